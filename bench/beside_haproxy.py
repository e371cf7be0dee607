"""(h) Pass-through beside HAProxy in TCP mode, which understands nothing and so is the limit, and beside
the broker itself, in plain text: throughput, CPU, and what a client's latency grows by.

Kafka's clients follow what Metadata says, so for HAProxy the broker has a listener of its own that is
advertised at HAProxy's port (KafkaCluster, relayed).
"""

import contextlib
import shutil
import socket
import statistics
import subprocess

from clients import eventually
from figures import cpu_of, in_turns, median_ratio

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
  bind {host}:{port}
  server broker {broker}
"""


def is_there():
    return shutil.which("haproxy") is not None


def run(bench, tools):
    """`tools`: {"produce": rate in MB/s of (bench, address, topic, records), "consume": ...}"""
    bench.cluster.create_topic("guarded-elsewhere-2", PARTITIONS)
    bench.cluster.create_topic("carried", PARTITIONS)
    bench.cluster.create_topic("one-partition", 1)
    with bench.bkes("beside-haproxy", "guarded-elsewhere-2") as bkes, haproxy(bench) as (proxy, address):
        bkes.wait_for_log("ready topic=", READY_TIMEOUT_S)
        tools["produce"](bench, bench.kafka, "carried", bench.count(500_000))  # warms up the broker
        ways = {"direct": (bench.kafka, None), "haproxy": (address, proxy), "bkes": (bkes.address, bkes.process)}
        bench.results["h"] = {"throughput": throughput(bench, tools, ways), "latency": latency(bench, ways)}


@contextlib.contextmanager
def haproxy(bench):
    """(its process, its address)"""
    (host, port), = bench.cluster.relay_addresses.values()
    broker = "{}:{}".format(*next(iter(bench.cluster.relayed_listeners.values())))
    config = bench.directory / "haproxy.cfg"
    config.write_text(CONFIG.format(host=host, port=port, broker=broker))
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


def throughput(bench, tools, ways):
    records = bench.count(500_000)
    found = {}
    for what, measure in tools.items():
        def one_run(way, _, measure=measure):
            address, process = ways[way]
            before = cpu_of(process) if process else 0
            rate = measure(bench, address, "carried", records)
            cpu = cpu_of(process) - before if process else 0
            return {"mb_per_s": rate, "cpu_s_per_gb": cpu / (records * RECORD_BYTES / 1e9)}

        found[what] = in_turns(ways, 1 if bench.quick else max(ROUNDS, bench.rounds), one_run)
        report(bench, what, found[what], 1.0 if what == "produce" else 0.75)
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


def latency(bench, ways):
    """In turns, by one client. The partition's only broker is behind all ways."""
    found = bench.program("latency_in_turns", topic="one-partition", ms=4000 if bench.quick else 40_000,
                          plain=",".join(f"{way}={address}" for way, (address, _) in ways.items()))
    for what in ("p50_us", "p99_us"):
        added = {way: (found[way][what] - found["direct"][what]) / 1000 for way in ("bkes", "haproxy")}
        is_target = what == "p99_us"
        bench.row(f"latency: {what[:3]} added, ms", f"{added['bkes']:.2f}", f"{added['haproxy']:.2f}", "",
                  "< 0.3" if is_target else None, added["bkes"] < 0.3 if is_target else None,
                  f"direct {found['direct'][what] / 1000:.2f}")
    return found
