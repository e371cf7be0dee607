"""(l) What grows with the number of keys: a topic of scattered keys with an event each, the least favourable
one, is read into an empty store; then bkes is killed and starts again on it, and a second instance takes its store.
Minutes, and gigabytes on disk: only when it is asked for. --events, --value-size and --store-memory of run.py."""

import threading
import time

from clients import eventually
from figures import cpu_of, memory_mib

TOPIC = "grown"
READS = 20_000
READY_TIMEOUT_S = 3_600
MERGED_TIMEOUT_S = 900
GOAL_S, GOAL_EVENTS = 100, 10_000_000
RESTART_S_MAX, READ_MS_MAX, SERVING_MIB_MAX, DISK_RATIO_MAX = 2, 1.0, 512, 1.3


def run(bench, events, value_size, memory_bytes):
    bench.fill(TOPIC, events, "scattered", value_size)
    log_bytes = bytes_in(bench.directory / "kafka", f"**/{TOPIC}-*/*.log")
    bkes = bench.bkes("grown", TOPIC, **{"store.memory.bytes": memory_bytes})
    found = bench.results["l"] = {"events": events, "value_size": value_size, "log_bytes": log_bytes,
                                  "store_memory_bytes": memory_bytes}
    found["filled"] = filled(bench, bkes, events)
    found["read"] = {"at once": read(bench, bkes, events, "read by key at once", None),
                     "merged": merged(bench, bkes, events)}
    found["disk_ratio"] = ratio = bytes_in(bkes.data_dir, "**/*.sst") / log_bytes
    bench.row("disk, of the log's bytes", f"{ratio:.2f}", "", "", f"<= {DISK_RATIO_MAX}",
              ratio <= DISK_RATIO_MAX)
    found["restart"] = restarted(bench, bkes)
    found["from_a_peer"] = given(bench, bkes, found["filled"]["seconds"])
    bkes.stop()


def bytes_in(folder, pattern):
    return sum(one.stat().st_size for one in folder.glob(pattern))


def filled(bench, bkes, events):
    """From the start of the process until it is ready."""
    began = time.monotonic()
    bkes.start()
    with Peak(bkes.process) as peak:
        bkes.wait_for_log(f"ready topic={TOPIC} ", READY_TIMEOUT_S)
    seconds = time.monotonic() - began
    cpu = cpu_of(bkes.process) * 1e6 / events
    goal = GOAL_S if events == GOAL_EVENTS else None
    bench.row(f"{events:,} keys into an empty store, seconds", f"{seconds:.1f}", "", "",
              f"< {goal}" if goal else None, seconds < goal if goal else None,
              f"{events / seconds:,.0f} events/s, {cpu:.1f} us CPU each, peak {peak.mib:.0f} MiB")
    return {"seconds": seconds, "cpu_us": cpu, "peak_mib": peak.mib}


def read(bench, bkes, events, what, p99_max):
    taken = bench.program("restore_load", address=bkes.address, topic=TOPIC, layout="scattered",
                          events=events, size=1, reads=READS, how="fetch-by-key")
    p50, p99 = taken["p50_us"] / 1000, taken["p99_us"] / 1000
    bench.row(f"{what}, ms: p50 / p99", f"{p50:.2f} / {p99:.2f}", "", "", p99_max and f"p99 < {p99_max:.0f}",
              p99 < p99_max if p99_max else None)
    return taken


def merged(bench, bkes, events):
    """When what was written is merged: bkes has nothing to do any more."""
    deadline = time.monotonic() + MERGED_TIMEOUT_S
    began, used = time.monotonic(), cpu_of(bkes.process)
    while time.monotonic() < deadline:
        time.sleep(2)
        before, used = used, cpu_of(bkes.process)
        if used - before < 0.1:
            break
    merging_s = time.monotonic() - began
    taken = read(bench, bkes, events, "read by key when merged", READ_MS_MAX)
    resident = memory_mib(bkes.process)["VmRSS"]
    bench.row("memory, MiB", f"{resident:.0f}", "", "", f"< {SERVING_MIB_MAX}", resident < SERVING_MIB_MAX,
              f"merging went on for {merging_s:.0f} s")
    return taken | {"resident_mib": resident}


def restarted(bench, bkes):
    """Kill -9 and a new start on the same directory, until it is ready."""
    bkes.kill()
    began = time.monotonic()
    bkes.start()
    eventually(bkes.is_ready)
    seconds = time.monotonic() - began
    bench.row("kill -9 and start again, seconds", f"{seconds:.2f}", "", "", f"< {RESTART_S_MAX}",
              seconds < RESTART_S_MAX)
    return seconds


def given(bench, bkes, filled_s):
    """A second instance of its group, from the start of its process until it is ready; the first one serves."""
    shared = {"group.id": "grown", "restore.from": "peer"}
    bkes.stop()
    bkes.options |= shared
    bkes.start()
    eventually(bkes.is_ready)
    began = time.monotonic()
    second = bench.bkes("second", TOPIC, **shared).start()
    fetched = second.wait_for_log(r"store begins from another instance's restore point .* bytes=(\d+) ms=(\d+)",
                                  READY_TIMEOUT_S)
    second.wait_for_log(f"ready topic={TOPIC} ", READY_TIMEOUT_S)
    seconds = time.monotonic() - began
    second.stop()
    size, ms = map(int, fetched.groups())
    bench.row("the store of another instance, seconds", f"{seconds:.1f}", f"{filled_s:.1f}", f"{seconds / filled_s:.2f}",
              None, None, f"{size / ms / 1000:.0f} MB/s; beside it: reading the topic")
    return {"seconds": seconds, "bytes": size, "fetch_ms": ms}


class Peak:
    """The most memory a process had while this was open, looked at each half second: what it maps of its
    files isn't counted, as VmHWM does."""

    def __init__(self, process):
        self.process, self.mib = process, 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.over.wait(0.5):
            self.mib = max(self.mib, memory_mib(self.process)["RssAnon"])

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
