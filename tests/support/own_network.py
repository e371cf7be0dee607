"""A small network of pods: network namespaces with an address each, joined by a bridge in a namespace of its
own, the hub. Nothing of it is seen by the rest of the machine, and several of them may be there at once.

    with Network() as network:
        pod = network.pod("owner-1")                 # 10.77.0.2, the next one 10.77.0.3, ...
        subprocess.Popen([*pod.launcher, "sleep", "9"])
        with network.inside():                       # this thread is in the hub, and reaches all pods
            network.cut(pod, other)                  # what they send each other is lost without a word
            network.heal()

It needs root (CAP_SYS_ADMIN, CAP_NET_ADMIN), iproute2 and nftables; `why_not()` says what is missing.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import pathlib
import re
import subprocess

PREFIX = "bkes-net"
HUB = "hub"
SUBNET = "10.77.0"
CLONE_NEWNET = 0x40000000
_RULES = """table ip cut {
    set away { type ipv4_addr; }
    chain incoming { type filter hook input priority 0; ip saddr @away counter drop; }
}"""


@dataclasses.dataclass(frozen=True)
class Pod:
    name: str
    namespace: str
    host: str  # address

    @property
    def launcher(self):
        """What stands before a command so that it runs there, as the same process."""
        return ("ip", "netns", "exec", self.namespace)


class Network:
    def __init__(self):
        self.pods = {}
        self.cuts = set()  # frozenset of two pods

    def __enter__(self):
        remove_leftovers()
        try:
            self._add_namespace(HUB)
            for command in ("add hub type bridge", "set hub up"):
                self._in(HUB, "ip", "link", *command.split())
            self._in(HUB, "ip", "address", "add", f"{SUBNET}.1/24", "dev", "hub")
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        """The namespaces go when the last process in them has ended."""
        for name in [HUB, *self.pods]:
            subprocess.run(["ip", "netns", "delete", _namespace(name)], capture_output=True)
        self.pods, self.cuts = {}, set()

    def pod(self, name):
        """That of this name; made the first time."""
        if name not in self.pods:
            self.pods[name] = Pod(name, _namespace(name), f"{SUBNET}.{len(self.pods) + 2}")
            self._add(self.pods[name])
        return self.pods[name]

    def cut(self, one, other):
        """Established connections stay, and hear nothing any more."""
        self.cuts.add(frozenset((one, other)))
        for receiver, sender in ((one, other), (other, one)):
            self._in(receiver.name, "nft", "add", "element", "ip", "cut", "away", f"{{ {sender.host} }}")

    def heal(self):
        for pod in set().union(*self.cuts):
            self._in(pod.name, "nft", "flush", "set", "ip", "cut", "away")
        self.cuts = set()

    def lost(self, *pods):
        """How many packets to these were lost in cuts so far."""
        return sum(int(re.search(r'"packets": (\d+)', self._in(pod.name, "nft", "--json", "list", "chain", "ip", "cut",
                                                              "incoming"))[1]) for pod in pods)

    @contextlib.contextmanager
    def inside(self, name=HUB):
        """This thread, and what it starts, is there meanwhile."""
        with open("/proc/thread-self/ns/net") as before:
            with open(f"/run/netns/{_namespace(name)}") as there:
                _enter(there)
            try:
                yield
            finally:
                _enter(before)

    def _add(self, pod):
        self._add_namespace(pod.name)
        port = f"port{len(self.pods)}"
        self._in(HUB, "ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", pod.namespace)
        self._in(HUB, "ip", "link", "set", port, "master", "hub", "up")
        self._in(pod.name, "ip", "address", "add", f"{pod.host}/24", "dev", "eth0")
        self._in(pod.name, "ip", "link", "set", "eth0", "up")
        self._in(pod.name, "nft", "--file", "-", stdin=_RULES)

    def _add_namespace(self, name):
        _run("ip", "netns", "add", _namespace(name))
        self._in(name, "ip", "link", "set", "lo", "up")

    @staticmethod
    def _in(name, *command, stdin=""):
        return _run("ip", "netns", "exec", _namespace(name), *command, stdin=stdin)


def why_not():
    """Why this machine doesn't let one have a network; None if it does."""
    try:
        with Network() as network:
            network.pod("one")
            with network.inside():
                network.cut(network.pod("one"), network.pod("two"))
    except (OSError, RuntimeError) as refused:
        return f"no network namespaces: {refused}"
    return None


def remove_leftovers():
    """Networks of processes that have ended without removing theirs."""
    for name in _namespaces():
        owner = re.fullmatch(rf"{PREFIX}-(\d+)-.*", name)
        if owner and not pathlib.Path(f"/proc/{owner[1]}").exists():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def _namespaces():
    return [one["name"] for one in json.loads(_run("ip", "-json", "netns", "list") or "[]")]


def _namespace(name):
    return f"{PREFIX}-{os.getpid()}-{name}"


def _enter(file):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _run(*command, stdin=""):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
