"""One real Kafka node (KRaft) as a child process: format, start, wait until ready, stop.

run.sh (through start.py) and the tests (tests/support/kafka_cluster.py) stand on it, so it needs
nothing but Python's standard library, a Java of at least 17 and the jars of fetch.sh.

A node ends with the thread that started it, however that ends (PR_SET_PDEATHSIG): no test that is
killed leaves a broker behind. So start nodes from the main thread.
"""

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
KAFKA_DIR = HERE.parent.parent / ".kafka"
# Any will do; a test that needs two clusters that differ gives the other one its own.
CLUSTER_ID = "YmtlcyBpcyBhIHN0b3JlIQ"
# Below Linux's range for outgoing connections, so that a port stays free while a node restarts.
PORTS = range(20000, 32000)
# For a node that serves for longer than it starts.
LASTING_JAVA = ("-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")


def stop_threads(process):
    """SIGSTOP, and waits until each thread stands still: one that runs may yet answer somebody."""
    process.send_signal(signal.SIGSTOP)
    tasks = pathlib.Path(f"/proc/{process.pid}/task")
    deadline = time.monotonic() + 10
    while any((task / "stat").read_text().rsplit(")", 1)[1].split()[0] not in "TtZX"
              for task in tasks.iterdir()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {process.pid} doesn't stop")
        time.sleep(0.001)


class KafkaError(Exception):
    """What went wrong, in words for the person who started it."""


def libs_dir(version=None):
    """The folder of Kafka's jars, fetched if they are missing; of pom.xml's version if None."""
    wanted = [version] if version else []
    done = subprocess.run([HERE / "fetch.sh", *wanted], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if done.returncode != 0:
        raise KafkaError("Kafka's jars are missing")
    return pathlib.Path(done.stdout.decode().strip())


def java():
    """The java of PATH, if it is new enough for Kafka 4."""
    path = shutil.which("java")
    if path is None:
        raise KafkaError("java is missing: install openjdk-17-jre-headless")
    version = subprocess.run([path, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', version)
    if not found or int(found[1]) < 17:
        raise KafkaError(f"Kafka 4 needs Java 17 or newer, {path} is: {version.splitlines()[0]}")
    return path


def is_free(host, port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


_given = set()


def free_port_range(count, host="127.0.0.1"):
    """The first of `count` free ports in a row; none twice, as nobody listens yet at those that were just given."""
    for first in random.sample(range(PORTS.start, PORTS.stop - count + 1), 500):
        wanted = {(host, first + n) for n in range(count)}
        if not wanted & _given and all(is_free(*one) for one in wanted):
            _given.update(wanted)
            return first
    raise KafkaError(f"no {count} free ports in a row on {host}")


def free_port(host="127.0.0.1"):
    return free_port_range(1, host)


def live_brokers(host, port, timeout_s=5.0):
    """How many brokers a node knows to be alive: Metadata v1 for no topics. 0 if it can't say."""
    request = struct.pack(">hhih", 3, 1, 0, -1) + struct.pack(">i", 0)
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.makefile("rb").read(12)
    except OSError:
        return 0
    return struct.unpack(">iii", answer)[2] if len(answer) == 12 else 0


class KafkaNode:
    """A node in `directory`. Nothing happens before `start`; `stop` or `kill`, then `start` again
    keeps data and ports."""

    def __init__(self, directory, node_id=1, host="127.0.0.1", port=None, *, roles="broker,controller",
                 voters=None, controller_port=None, properties=None, heap_mb=512,
                 cluster_id=CLUSTER_ID, format_arguments=(), java_flags=LASTING_JAVA, version=None,
                 launcher=()):
        self.directory = pathlib.Path(directory).resolve()
        self.node_id = node_id
        self.host = host
        self.roles = roles
        self.port = port or free_port(host)
        self.controller_port = controller_port or free_port(host)
        self.voters = voters or f"{node_id}@{host}:{self.controller_port}"
        self.properties = dict(properties or {})
        self.heap_mb = heap_mb
        self.cluster_id = cluster_id
        self.format_arguments = format_arguments  # more for StorageTool
        self.java_flags = java_flags
        self.version = version  # None: that of pom.xml
        self.launcher = launcher  # stands before each command
        self.process = None

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    @property
    def is_broker(self):
        return "broker" in self.roles

    @property
    def log_file(self):
        return self.directory / "server.log"

    def all_properties(self):
        """server.properties as a dict; single copies of everything unless told otherwise."""
        listeners = []
        if self.is_broker:
            listeners.append(f"PLAINTEXT://{self.address}")
        if "controller" in self.roles:
            listeners.append(f"CONTROLLER://{self.host}:{self.controller_port}")
        found = {
            "process.roles": self.roles,
            "node.id": self.node_id,
            "listeners": ",".join(listeners),
            "controller.listener.names": "CONTROLLER",
            # A static quorum: its ports may differ from one start to the next.
            "controller.quorum.voters": self.voters,
            "log.dirs": self.directory / "data",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 5,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 5,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 5,
            "group.initial.rebalance.delay.ms": 0,
            # The default is one array of 128 MiB, for which a small heap hasn't always room.
            "log.cleaner.dedupe.buffer.size": 16 << 20,
        }
        if self.is_broker:
            found["advertised.listeners"] = f"PLAINTEXT://{self.address}"
        found.update(self.properties)
        return found

    def start(self):
        """Starts the process, formatting the storage the first time. Returns before it is ready."""
        if self.is_alive():
            raise KafkaError(f"node {self.node_id} runs already")
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "server.properties"
        config.write_text("".join(f"{k}={v}\n" for k, v in self.all_properties().items()))
        if not (self.directory / "data" / "meta.properties").exists():
            self._format(config)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(self._command("kafka.Kafka", config), cwd=self.directory,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def wait_ready(self, brokers=1, timeout_s=60.0):
        """Returns when the node serves clients and knows of `brokers` live brokers."""
        deadline = time.monotonic() + timeout_s
        while live_brokers(self.host, self.port) < brokers:
            if not self.is_alive():
                raise KafkaError(f"Kafka ended at its start:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise KafkaError(f"Kafka isn't ready after {timeout_s:.0f} s:\n{self.log_tail()}")
            time.sleep(0.05)

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout_s=20.0):
        """SIGTERM, and SIGKILL if that doesn't end it in time."""
        if not self.is_alive():
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """kill -9."""
        if self.is_alive():
            self.process.kill()
            self.process.wait()

    def pause(self):
        """SIGSTOP: the node keeps its connections and answers nothing."""
        stop_threads(self.process)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def log_tail(self, lines=20):
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return "\n".join(text.splitlines()[-lines:]) + f"\n(whole log: {self.log_file})"

    def _format(self, config):
        done = subprocess.run(self._command("kafka.tools.StorageTool", "format", "-t",
                                            self.cluster_id, "-c", config,
                                            *self.format_arguments), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise KafkaError(f"Kafka's storage can't be formatted:\n{done.stdout}")

    def _command(self, main_class, *arguments):
        return [*self.launcher, "setpriv", "--pdeathsig", "KILL", java(), f"-Xmx{self.heap_mb}m", "-Xms128m",
                *self.java_flags, "-Djava.awt.headless=true",
                f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
                "-cp", f"{libs_dir(self.version)}/*", main_class, *map(str, arguments)]
