#!/usr/bin/python3
"""Runs the benchmarks: starts a real Kafka and bkes, measures both in the same run, prints a table
and writes bench/results/TIME.json. What each number means: bench/README.md."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
try:
    import beside_haproxy
    import counting
    import growth
    import http_reads
    import one_appender
    import partitions
    import secure
    import several
    from figures import cpu_of, median_ratio, memory_mib
    from bkes_process import BkesProcess
    from events import EventTopic, event
    from kafka_cluster import KafkaCluster
    from kafka_node import LASTING_JAVA, java, libs_dir
    from wire import Closed
except ModuleNotFoundError as missing:
    package = "python3-" + missing.name.split(".")[0].replace("_", "-")
    sys.exit(f"bench/run.py: {package} is missing: scripts/install-packages.sh run kafka test")

PARTITIONS = 5
# {(connections, requests in flight on each): target}
APPENDERS = {(1, 1): 0.75, (1, 5): 0.75, (16, 1): None, (64, 1): 3.0, (256, 1): 4.0}
# The load generator is not what is measured as long as it leaves this much of a processor idle.
GENERATOR_CPU_MAX = 0.6
READY_TIMEOUT_S = 900


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, one minute or two")
    parser.add_argument("--only", default="a,b,c,d,e,f,g,h,i,j,k", help="workloads, for example a,c; l and m have to be asked for")
    parser.add_argument("--events", type=int, default=growth.GOAL_EVENTS, help="of (l)")
    parser.add_argument("--value-size", type=int, default=256, help="bytes of each of them")
    parser.add_argument("--store-memory", type=int, default=128, help="MiB of store.memory.bytes of (l)")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies events and records")
    parser.add_argument("--rounds", type=int, help="interleaved rounds of (a) and (c)")
    parser.add_argument("--preset", default="release", help="which build to measure")
    parser.add_argument("--no-build", action="store_true", help="measure what is built already")
    parser.add_argument("--directory", help="where Kafka and bkes keep their data (default: a temporary one)")
    return parser.parse_args()


class Bench:
    """What the workloads share: the cluster, the sizes, and where results go."""

    def __init__(self, options, directory, cluster):
        self.directory = pathlib.Path(directory)
        self.cluster = cluster
        self.build = ROOT / "build" / options.preset
        self.binary = self.build / "bkes"
        self.scale = options.scale * (0.1 if options.quick else 1.0)
        self.quick = options.quick
        self.rounds = options.rounds or (2 if options.quick else 3)
        self.grown_events, self.grown_value_size = options.events, options.value_size
        self.grown_memory_bytes = options.store_memory << 20
        self.results = {}
        self.rows = []

    @property
    def kafka(self):
        return self.cluster.bootstrap_servers

    def count(self, full):
        return max(1, int(full * self.scale))

    def program(self, name, **flags):
        """One of our programs to its end; what it prints, as a dict."""
        command = [self.build / "bench" / name]
        for key, value in flags.items():
            command += ["--" + key.replace("_", "-"), str(value)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def bkes(self, name, topics, **options):
        return BkesProcess(self.directory / name, self.kafka,
                           {"topics": topics, "log.level": "info"} | options, binary=self.binary)

    def fill(self, topic, events, layout, value_size=256):
        self.cluster.create_topic(topic, PARTITIONS)
        self.program("fill_topic", address=self.kafka, topic=topic, events=events, layout=layout,
                     value_size=value_size)

    def row(self, what, bkes, direct, ratio, target=None, hit=None, note=""):
        self.rows.append((what, bkes, direct, ratio, target, hit, note))
        mark = "" if hit is None else ("hit" if hit else "MISSED")
        print(f"{what:<44} {bkes:>16} {direct:>16} {ratio:>8} {target or '':>14} {mark:<7} {note}",
              flush=True)


def title(bench, text, ours="through bkes", theirs="direct"):
    print(f"\n{text}")
    print(f"{'':<44} {ours:>16} {theirs:>16} {'ratio':>8} {'target':>14}", flush=True)


def bench_appends(bench):
    """(a) guarded appends through bkes, unguarded ones direct."""
    title(bench, "(a) one-record appenders, 256 bytes: appends/s, p50 / p99 in ms")
    bench.cluster.create_topic("guarded", PARTITIONS)
    bench.cluster.create_topic("plain", PARTITIONS)
    milliseconds = 2000 if bench.quick else 5000
    found = bench.results["a"] = []
    with bench.bkes("append", "guarded") as bkes:
        bkes.wait_for_log("ready topic=guarded", READY_TIMEOUT_S)
        warm_up(bench, bkes)
        for connections, in_flight in APPENDERS:
            rounds = []
            for number in range(bench.rounds):
                common = dict(connections=connections, in_flight=in_flight, ms=milliseconds,
                              warm_up_ms=1000, run=f"c{connections}x{in_flight}r{number}")
                direct = appends(bench, bkes, address=bench.kafka, topic="plain", **common)
                ours = appends(bench, bkes, address=bkes.address, topic="guarded", **common)
                rounds.append({"bkes": ours, "direct": direct})
            found.append({"connections": connections, "in_flight": in_flight, "rounds": rounds,
                          "ratio": report_appends(bench, connections, in_flight, rounds)})
        found.append(one_appender.run(bench, bkes))


def warm_up(bench, bkes):
    """A Java broker's first 100,000 requests cost ten times as much as the later ones."""
    for _ in range(2):
        for address, topic in ((bench.kafka, "plain"), (bkes.address, "guarded")):
            bench.program("append_load", address=address, topic=topic, connections=64, warm_up_ms=0,
                          ms=2500 if bench.quick else 5000, run=f"warm-up-{time.monotonic_ns()}")


def appends(bench, bkes, **flags):
    """One run of the load, and what it cost broker and bkes (warm-up and end too)."""
    processes = {"kafka": bench.cluster.broker(1).process, "bkes": bkes.process}
    before = {name: cpu_of(process) for name, process in processes.items()}
    measured = bench.program("append_load", **flags)
    count = measured["appends_per_s"] * (flags["ms"] + flags["warm_up_ms"]) / 1000
    for name, process in processes.items():
        measured[f"{name}_cpu_us"] = round((cpu_of(process) - before[name]) * 1e6 / count, 1)
    return measured


def report_appends(bench, connections, in_flight, rounds):
    def median(side, what):
        return statistics.median(one[side][what] for one in rounds)

    ratio = median_ratio([(one["bkes"]["appends_per_s"], one["direct"]["appends_per_s"])
                          for one in rounds])
    busiest = max(one[side]["generator_cpu"] for one in rounds for side in ("bkes", "direct"))
    target = APPENDERS[connections, in_flight]
    note = f"generator {busiest:.0%} of a CPU"
    if busiest > GENERATOR_CPU_MAX:
        note += ": IT MAY BE THE BOTTLENECK"
    note += (f"; CPU us an append: bkes {median('bkes', 'bkes_cpu_us'):.0f} + Kafka"
             f" {median('bkes', 'kafka_cpu_us'):.0f}, direct {median('direct', 'kafka_cpu_us'):.0f}")

    def text(side):
        return (f"{median(side, 'appends_per_s'):,.0f} {median(side, 'p50_us') / 1000:.1f}/"
                f"{median(side, 'p99_us') / 1000:.1f}")

    chain = f", {in_flight} in flight for one key" if in_flight > 1 else ""
    bench.row(f"{connections} connections{chain}", text("bkes"), text("direct"), f"{ratio:.2f}",
              f">= {target}" if target else None, ratio >= target if target else None, note)
    return ratio


def bench_restore(bench):
    """(b) one aggregate: by key, by key topic, by reading the partition."""
    title(bench, "(b) restore of one aggregate, ms: p50/p99", "by key", "partition scan")
    full = bench.count(1_000_000)
    found = bench.results["b"] = []
    sizes = [(full // 10, "small"), (full, "mixed")]
    for events, topic in sizes:
        if topic not in bench.results.setdefault("filled", []):
            bench.fill(topic, events, "mixed")
            bench.results["filled"].append(topic)
    # Both at once, so that the two sizes of topic are measured in turns.
    with bench.bkes("restore", "small,mixed") as bkes:
        for events, topic in sizes:
            bkes.wait_for_log(f"ready topic={topic} ", READY_TIMEOUT_S)
        for size in (10, 100, 1000):
            for events, topic in sizes:
                found.append(restore_of(bench, bkes, topic, events, size))
    report_restore(bench, found, full)


def restore_of(bench, bkes, topic, events, size):
    common = dict(topic=topic, events=events, size=size)
    reads = max(100, 20_000 // size)
    rounds = {"fetch-by-key": [], "key-topic": []}
    for _ in range(3):
        for how, measured in rounds.items():
            measured.append(bench.program("restore_load", address=bkes.address, how=how, reads=reads,
                                          **common))
    scan = bench.program("restore_load", address=bench.kafka, how="scan",
                         reads=2 if bench.quick else 3, **common)
    return {"topic_events": events, "size": size, "scan": scan,
            **{how: {what: statistics.median(one[what] for one in measured)
                     for what in ("p50_us", "p99_us")} for how, measured in rounds.items()}}


def report_restore(bench, found, full):
    def text(measured):
        return f"{measured['p50_us'] / 1000:.3f}/{measured['p99_us'] / 1000:.3f}"

    for one in found:
        for how in ("fetch-by-key", "key-topic"):
            is_target = how == "fetch-by-key" and one["size"] == 10
            speed_up = one["scan"]["p50_us"] / one[how]["p50_us"]
            bench.row(f"{how}, {one['size']} events of {one['topic_events']:,}", text(one[how]),
                      f"{one['scan']['p50_us'] / 1000:.0f}", f"{speed_up:,.0f}x",
                      "p50 < 0.200" if is_target else None,
                      one[how]["p50_us"] < 200 if is_target else None)
    for how in ("fetch-by-key", "key-topic"):
        of = {one["topic_events"]: one[how]["p50_us"] for one in found if one["size"] == 10}
        ratio = of[full] / of[full // 10]
        # The noise of two such medians on a shared machine.
        bench.row(f"{how}, 10 events: ten times the topic", f"{of[full] / 1000:.3f}",
                  f"{of[full // 10] / 1000:.3f}", f"{ratio:.2f}",
                  "<= 1.2" if how == "fetch-by-key" else None,
                  ratio <= 1.2 if how == "fetch-by-key" else None, "direct column: a tenth")


def kafka_tool(bench, name, properties, *arguments):
    """`properties`: of its client, on how it connects."""
    settings = bench.directory / "tool.properties"
    settings.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
    arguments += "--command-config", settings
    command = [java(), "-Xmx256m", "-cp", f"{libs_dir()}/*", f"org.apache.kafka.tools.{name}", *arguments]
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True,
                          cwd=bench.directory)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
    return done.stdout


def produce_rate(bench, address, topic, records, properties=None):
    out = kafka_tool(bench, "ProducerPerformance", properties or {}, "--bootstrap-server", address, "--topic", topic,
                     "--num-records", records, "--record-size", 1024, "--throughput", -1,
                     "--command-property", "acks=all")
    return float(re.findall(r"\(([\d.]+) MB/sec\)", out)[-1])


def consume_rate(bench, address, topic, records, properties=None):
    """MB/s while fetching: without the time to join the group."""
    out = kafka_tool(bench, "ConsumerPerformance", properties or {}, "--bootstrap-server", address, "--topic", topic,
                     "--num-records", records, "--hide-header")
    fields = [field.strip() for field in out.strip().splitlines()[-1].split(",")]
    return float(fields[8])


def bench_pass_through(bench):
    """(c) what bkes doesn't look into."""
    title(bench, "(c) pass-through with Kafka's own tools, 1 KiB records: MB/s")
    records = bench.count(1_000_000)
    bench.cluster.create_topic("guarded-elsewhere", PARTITIONS)
    found = bench.results["c"] = {"produce": [], "consume": [], "records": records}
    measures = {"produce": produce_rate, "consume": consume_rate}
    bench.cluster.create_topic("passed", PARTITIONS)
    cpu = {"produce": 0.0, "consume": 0.0}
    rounds = max(3, bench.rounds)
    with bench.bkes("pass", "guarded-elsewhere") as bkes:
        produce_rate(bench, bench.kafka, "passed", records)  # warms up the broker
        for number in range(rounds):
            for what, measure in measures.items():
                pair = {}
                # Each side goes first in turn.
                for side in ("direct", "bkes") if number % 2 == 0 else ("bkes", "direct"):
                    before = cpu_of(bkes.process)
                    pair[side] = measure(bench, bkes.address if side == "bkes" else bench.kafka,
                                         "passed", records)
                    cpu[what] += cpu_of(bkes.process) - before
                found[what].append(pair)
    for what in measures:
        pairs = [(one["bkes"], one["direct"]) for one in found[what]]
        ratio = found[what + "_ratio"] = median_ratio(pairs)
        gigabytes = records * rounds * 1024 / 1e9
        ratios = sorted(ours / theirs for ours, theirs in pairs)
        bench.row(what, f"{statistics.median(one[0] for one in pairs):.1f}",
                  f"{statistics.median(one[1] for one in pairs):.1f}", f"{ratio:.2f}", ">= 0.9",
                  ratio >= 0.9, f"ratios {ratios[0]:.2f}-{ratios[-1]:.2f}; bkes"
                  f" {cpu[what] / gigabytes:.2f} CPU s/GB")


def bench_rebuild(bench):
    """(d) the store from nothing, against a consumer that drops what it reads."""
    title(bench, "(d) rebuild of the store: events/s")
    events = bench.count(1_000_000)
    found = bench.results["d"] = []
    for topic, layout in (("mixed", "mixed"), ("distinct", "distinct")):
        if topic not in bench.results.setdefault("filled", []):
            bench.fill(topic, events, layout)
            bench.results["filled"].append(topic)
        bench.program("plain_consumer", address=bench.kafka, topic=topic)  # into the page cache
        rounds = []
        for number in range(1 if bench.quick else bench.rounds):
            plain = bench.program("plain_consumer", address=bench.kafka, topic=topic)
            rounds.append({"plain": plain, "bkes": rebuild(bench, topic, number)})
        found.append({"layout": layout, "events": rounds[0]["plain"]["records"], "rounds": rounds})
        report_rebuild(bench, topic, rounds)


def rebuild(bench, topic, number):
    """A new data directory; from the start of the process to the log line that it is ready."""
    bkes = bench.bkes(f"rebuild-{topic}-{number}", topic)
    start = time.monotonic()
    bkes.start()
    bkes.wait_for_log(f"ready topic={topic} ", READY_TIMEOUT_S)
    seconds = time.monotonic() - start
    time.sleep(2)  # what was written behind
    memory = memory_mib(bkes.process)
    cpu = cpu_of(bkes.process)
    bkes.stop()
    return {"seconds": seconds, "cpu_seconds": cpu, **memory}


def report_rebuild(bench, topic, rounds):
    def rate(side):
        return statistics.median(one["plain"]["records"] / one[side]["seconds"] for one in rounds)

    ratio = median_ratio([(one["plain"]["seconds"], one["bkes"]["seconds"]) for one in rounds])
    cpu = statistics.median(one["bkes"]["cpu_seconds"] for one in rounds)
    bench.row(f"{topic}, {rounds[0]['plain']['records']:,} events", f"{rate('bkes'):,.0f}",
              f"{rate('plain'):,.0f}", f"{ratio:.2f}", ">= 0.4", ratio >= 0.4,
              f"bkes {cpu:.1f} CPU s, plain"
              f" {statistics.median(one['plain']['cpu_seconds'] for one in rounds):.1f}")
    peak = max(one["bkes"]["VmHWM"] for one in rounds)
    resident = max(one["bkes"]["VmRSS"] for one in rounds)
    bench.row(f"{topic}: memory at the end, MiB (peak)", f"{resident:.0f} ({peak:.0f})", "", "",
              "peak < 300", peak < 300)


def first_append(bkes, topic, partition=0):
    """Seconds until an append is acknowledged, from now."""
    start = time.monotonic()
    while True:
        try:
            with EventTopic(bkes, topic, PARTITIONS) as events:
                outcome = events.append_all([event(b"probe-%d" % partition, b"v", "any")],
                                            partition=partition, timeout_ms=5000)
                if outcome.code == 0:
                    return time.monotonic() - start
        except (Closed, OSError):
            time.sleep(0.01)  # it doesn't listen yet


def filled_topic(bench):
    if "mixed" not in bench.results.setdefault("filled", []):
        bench.fill("mixed", bench.count(1_000_000), "mixed")
        bench.results["filled"].append("mixed")
    return "mixed"


def bench_restart(bench):
    """(e) kill -9 while appending, and start again on the same directory."""
    title(bench, "(e) from kill -9 to the first append: seconds", "bkes", "")
    topic = filled_topic(bench)
    bkes = bench.bkes("restart", topic)
    bkes.start()
    bkes.wait_for_log(f"ready topic={topic} ", READY_TIMEOUT_S)
    found = bench.results["e"] = []
    for number in range(bench.rounds):
        bench.program("append_load", address=bkes.address, topic=topic, connections=64, ms=2000,
                      warm_up_ms=0, run=f"restart-{number}")
        bkes.kill()
        bkes.start()
        found.append(first_append(bkes, topic))
    bkes.stop()
    worst = max(found)
    bench.row(f"restart with {bench.count(1_000_000):,} events, worst of {len(found)}", f"{worst:.2f}",
              "", "", "< 3 s", worst < 3)


def bench_take_over(bench):
    """(f) a second instance, with a store of its own that is nearly caught up, takes over."""
    title(bench, "(f) from the start of a second instance to its first append: seconds", "bkes", "")
    topic = filled_topic(bench)
    found = bench.results["f"] = []
    instances = [bench.bkes(f"take-over-{number}", topic) for number in range(2)]
    for one in instances:
        one.start()
        one.wait_for_log(f"ready topic={topic} ", READY_TIMEOUT_S)
    for number in range(bench.rounds):
        old, new = instances[number % 2], instances[1 - number % 2]
        new.stop()
        old.stop()
        old.start()
        first_append(old, topic)
        new.start()
        found.append(first_append(new, topic))
    for one in instances:
        one.stop()
    worst = max(found)
    bench.row(f"take-over, with lease.ms=1000, worst of {len(found)}", f"{worst:.2f}", "", "", "< 2 s",
              worst < 2)


def bench_secure(bench):
    """(g) TLS towards clients, and what it costs to ask for their rights."""
    title(bench, "(g) secured: 64 appenders, one client at a fixed rate, memory", "secured", "plain")
    secure.run(bench)


def bench_beside_haproxy(bench):
    """(h) pass-through beside HAProxy."""
    title(bench, "(h) pass-through beside HAProxy in TCP mode, 1 KiB records", "through bkes", "HAProxy")
    beside_haproxy.run(bench, {"produce": produce_rate, "consume": consume_rate})


def bench_http(bench):
    """(i) reads and tails by HTTP."""
    title(bench, "(i) by HTTP: an aggregate of ten events, and tails that hear nothing", "by HTTP", "")
    http_reads.run(bench)


def bench_counting(bench):
    """(j) counting for /metrics, as a share of what an append costs."""
    title(bench, "(j) counting for /metrics, beside bkes' CPU for an append", "counting", "an append")
    counting.run(bench, appends)


def bench_several(bench):
    """(k) several instances: a hop to the owner, a router, partitions that move."""
    title(bench, "(k) two owners and a router: appends/s and reads by key, p50 / p99 in ms", "by a hop", "at the owner")
    several.run(bench)


def bench_growth(bench):
    title(bench, "(l) a topic of as many keys as events", "bkes", "")
    growth.run(bench, bench.grown_events, bench.grown_value_size, bench.grown_memory_bytes)


def bench_partitions(bench):
    title(bench, "(m) partitions on which nothing happens", ours="bkes", theirs="")
    partitions.run(bench)


WORKLOADS = {"a": bench_appends, "b": bench_restore, "c": bench_pass_through, "d": bench_rebuild,
             "e": bench_restart, "f": bench_take_over, "g": bench_secure, "h": bench_beside_haproxy,
             "i": bench_http, "j": bench_counting, "k": bench_several, "l": bench_growth,
             "m": bench_partitions}


def build(options):
    environment = os.environ | {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"}
    for command in (["cmake", "--preset", options.preset, "--log-level=WARNING"],
                    ["cmake", "--build", ROOT / "build" / options.preset, "--target", "bkes",
                     "bench_programs"]):
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def write_results(bench, options):
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                            capture_output=True, text=True).stdout.strip()
    path = folder / f"{now:%Y-%m-%dT%H-%M-%S}.json"
    path.write_text(json.dumps({
        "time": now.isoformat(timespec="seconds"), "commit": commit, "preset": options.preset,
        "scale": bench.scale, "rounds": bench.rounds,
        "machine": {"processors": os.cpu_count(), "kernel": platform.release(),
                    "load": os.getloadavg()},
        "workloads": {name: bench.results[name] for name in WORKLOADS if name in bench.results},
        "table": [dict(zip(("what", "bkes", "direct", "ratio", "target", "hit", "note"), row))
                  for row in bench.rows],
    }, indent=1) + "\n")
    return path


def main():
    options = parse_arguments()
    chosen = [name.strip() for name in options.only.split(",")]
    unknown = [name for name in chosen if name not in WORKLOADS]
    if unknown:
        print(f"run.py: no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}",
              file=sys.stderr)
        return 2
    if "h" in chosen and not beside_haproxy.is_there():
        print("run.py: (h) needs haproxy: apt-get install haproxy, or --only without h", file=sys.stderr)
        return 2
    if not options.no_build:
        build(options)
    with tempfile.TemporaryDirectory(prefix="bkes-bench-", dir=options.directory) as directory, \
            KafkaCluster(pathlib.Path(directory) / "kafka", heap_mb=1024, java_flags=LASTING_JAVA,
                         relayed=True) as cluster:
        bench = Bench(options, directory, cluster)
        for name in chosen:
            WORKLOADS[name](bench)
        print(f"\nwritten to {write_results(bench, options).relative_to(ROOT)}")
    missed = [row[0] for row in bench.rows if row[5] is False]
    if missed:
        print(f"targets missed: {', '.join(missed)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
