"""(h) Pass-through beside HAProxy in TCP mode, which understands nothing and so is the limit, and beside
the broker itself: throughput, CPU, and what a client's latency grows by. Twice: in plain text, and with
TLS from the client to the proxies, which reach the broker in plain text, as the client does directly.

Kafka's clients follow what Metadata says, so for HAProxy the broker has a listener of its own that is
advertised at HAProxy's port (KafkaCluster, relayed).
"""

import contextlib
import dataclasses
import shutil
import socket
import statistics
import subprocess

from certificates import Authority
from clients import eventually
from figures import cpu_of, in_turns, median_ratio
from secure import two_listeners

PARTITIONS = 5
READY_TIMEOUT_S = 900
RECORD_BYTES = 1024
ROUNDS = 5  # at least
CONFIG = """
defaults
  mode tcp
  option splice-auto
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen kafka
  bind {host}:{port}{tls}
  server broker {broker}
"""


def is_there():
    return shutil.which("haproxy") is not None


def run(bench, tools):
    """`tools`: {"produce": rate in MB/s of (bench, address, topic, records, properties), "consume": ...}"""
    bench.cluster.create_topic("carried", PARTITIONS)
    bench.cluster.create_topic("one-partition", 1)
    authority = Authority(bench.directory / "ca-beside-haproxy")
    tools["produce"](bench, bench.kafka, "carried", bench.count(500_000))  # warms up the broker
    bench.results["h"] = {}
    with two_listeners(bench, authority, "beside-haproxy", "guarded-elsewhere-2") as bkes:
        bkes.wait_for_log("ready topic=", READY_TIMEOUT_S)
        for name, ours, trusted in (("plain", bkes.address, None),
                                    ("tls", f"{bkes.host}:{bkes.tls_port}", authority)):
            with haproxy(bench, trusted) as (proxy, theirs):
                ways = {"direct": Way(bench.kafka), "haproxy": Way(theirs, proxy, trusted),
                        "bkes": Way(ours, bkes.process, trusted)}
                bench.results["h"][name] = {"throughput": throughput(bench, tools, ways, name),
                                            "latency": latency(bench, ways, name)}


@dataclasses.dataclass(frozen=True)
class Way:
    """To the broker. With an authority: by TLS, to a process whose certificate it has signed."""
    address: str
    process: subprocess.Popen | None = None
    authority: Authority | None = None

    @property
    def properties(self):
        return {} if self.authority is None else {
            "security.protocol": "SSL", "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority.certificate}


@contextlib.contextmanager
def haproxy(bench, authority):
    """(its process, its address)"""
    (host, port), = bench.cluster.relay_addresses.values()
    broker = "{}:{}".format(*next(iter(bench.cluster.relayed_listeners.values())))
    tls = f" ssl crt {authority.sign('haproxy', [host]).both}" if authority else ""
    config = bench.directory / "haproxy.cfg"
    config.write_text(CONFIG.format(host=host, port=port, broker=broker, tls=tls))
    process = subprocess.Popen(["haproxy", "-q", "-f", config])
    try:
        eventually(lambda: can_connect(host, port))
        yield process, f"{host}:{port}"
    finally:
        process.kill()
        process.wait()


def can_connect(host, port):
    try:
        socket.create_connection((host, port)).close()
    except ConnectionRefusedError:
        return False
    return True


def throughput(bench, tools, ways, name):
    records = bench.count(500_000)
    found = {}
    for what, measure in tools.items():
        def one_run(way, _, measure=measure):
            way = ways[way]
            before = cpu_of(way.process) if way.process else 0
            rate = measure(bench, way.address, "carried", records, way.properties)
            cpu = cpu_of(way.process) - before if way.process else 0
            return {"mb_per_s": rate, "cpu_s_per_gb": cpu / (records * RECORD_BYTES / 1e9)}

        found[what] = in_turns(ways, 1 if bench.quick else max(ROUNDS, bench.rounds), one_run)
        report(bench, f"{name}, {what}", found[what], 1.0 if what == "produce" else 0.75)
    return found


def report(bench, what, found, cpu_target):
    def median(way, figure):
        return statistics.median(one[figure] for one in found[way])

    def ratio(ours, theirs, figure):
        return median_ratio([(one[figure], other[figure]) for one, other in zip(found[ours], found[theirs])])

    of_direct = ratio("bkes", "direct", "mb_per_s")
    bench.row(f"{what}: MB/s", f"{median('bkes', 'mb_per_s'):.1f}", f"{median('haproxy', 'mb_per_s'):.1f}",
              f"{ratio('bkes', 'haproxy', 'mb_per_s'):.2f}", ">= 0.97 of direct",
              of_direct >= 0.97,
              f"direct {median('direct', 'mb_per_s'):.1f}, bkes {of_direct:.2f} of it, HAProxy"
              f" {ratio('haproxy', 'direct', 'mb_per_s'):.2f}")
    cpu = ratio("bkes", "haproxy", "cpu_s_per_gb")
    bench.row(f"{what}: CPU s/GB", f"{median('bkes', 'cpu_s_per_gb'):.2f}",
              f"{median('haproxy', 'cpu_s_per_gb'):.2f}", f"{cpu:.2f}", f"<= {cpu_target}",
              cpu <= cpu_target)


def latency(bench, ways, name):
    """In turns, by one client. The partition's only broker is behind all ways."""
    def those(by_tls):
        return ",".join(f"{name}={way.address}" for name, way in ways.items()
                        if (way.authority is not None) == by_tls)

    found = bench.program("latency_in_turns", topic="one-partition", ms=4000 if bench.quick else 40_000,
                          plain=those(by_tls=False), tls=those(by_tls=True))
    for what in ("p50_us", "p99_us"):
        added = {way: (found[way][what] - found["direct"][what]) / 1000 for way in ("bkes", "haproxy")}
        is_target = what == "p99_us"
        bench.row(f"{name}, {what[:3]} added, ms", f"{added['bkes']:.2f}", f"{added['haproxy']:.2f}", "",
                  "< 0.3" if is_target else None, added["bkes"] < 0.3 if is_target else None,
                  f"direct {found['direct'][what] / 1000:.2f}")
    return found
