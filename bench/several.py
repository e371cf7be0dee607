"""(k) Several instances: two owners of a group and a router. What a hop to the owner costs an append and a read,
the memory of a router, and how long nobody answers for a partition that moves."""

import contextlib
import signal
import statistics
import threading
import time

from clients import eventually
from events import EventTopic, event
from figures import in_turns, median_ratio
from secure import asked
from sharing import wait_shared

PARTITIONS = 5
TOPIC = "shared"
EVENTS = 100_000
ROUNDS = 9  # at least: short ones, so that whatever else the machine does meets all ways
MOVES = 3
CONNECTIONS = (64, 256)
QUIET = 1_000
LEASE_S, SESSION_S = 1.0, 6.0  # lease.ms, session.timeout.ms: what they are by themselves
ADDED_MS_MAX, RATE_MIN, ROUTER_MIB_MAX = 0.15, 0.8, 20
MIB = 1 << 20


def run(bench):
    bench.fill(TOPIC, bench.count(EVENTS), "mixed")
    with contextlib.ExitStack() as running:
        owner, other = (start(bench, running, f"owner-{number}") for number in range(2))
        wait_shared([owner, other], PARTITIONS, 60)
        router = start(bench, running, "router", role="router")
        eventually(router.is_ready)
        bench.results["k"] = {
            "memory": memory(bench, router),  # first: what load leaves to the allocator would be counted too
            "lone": lone(bench, owner, other, router),
            "appends": appends(bench, owner, other, router),
            "reads": reads(bench, owner, other, router),
            "moves": moves(bench, owner, other)}


def start(bench, running, name, **options):
    bkes = bench.bkes(f"several-{name}", TOPIC)
    bkes.options |= {"group.id": TOPIC} | options
    running.callback(bkes.kill)
    return bkes.start()


def rounds(bench):
    return 2 if bench.quick else max(ROUNDS, bench.rounds)


def partitions_of(bkes):
    return ",".join(str(one) for one in sorted(bkes.owned()))


def memory(bench, router):
    """MiB: by itself, and what quiet connections that have asked two things add."""
    time.sleep(2)  # what the start needed goes back to the system
    idle = router.resident_bytes() / MIB
    count = bench.count(QUIET)
    connections = [asked(router.port, None) for _ in range(count)]
    more = router.resident_bytes() / MIB - idle
    for one in connections:
        one.close()
    bench.row("router by itself, MiB", f"{idle:.1f}", "", "", f"< {ROUTER_MIB_MAX}", idle < ROUTER_MIB_MAX,
              f"{count:,} quiet connections: {more:.1f} more, {more * 1024 / count:.0f} KiB each")
    return {"idle_mib": idle, "connections": count, "connections_mib": more}


def key_in(partition):
    """One that fill_topic has put there."""
    return f"of100-{partition:08}"


def lone(bench, owner, other, router):
    """One client, in turns by each way to the same owner."""
    partition = min(owner.owned())
    found = bench.program("latency_in_turns", topic=TOPIC, partition=partition, key=key_in(partition), rate=1000,
                          ms=3000 if bench.quick else 30_000,
                          plain=f"owner={owner.address},other={other.address},router={router.address}")
    for way, what in (("other", "the other owner"), ("router", "a router")):
        added = {figure: (found[way][figure] - found["owner"][figure]) / 1000 for figure in ("p50_us", "p99_us")}
        bench.row(f"a lone append through {what}, ms", lone_text(found[way]), lone_text(found["owner"]), "",
                  f"p50 + {ADDED_MS_MAX}", added["p50_us"] <= ADDED_MS_MAX,
                  f"p50 {added['p50_us']:+.3f}, p99 {added['p99_us']:+.3f}")
    return found


def lone_text(took):
    return f"{took['p50_us'] / 1000:.2f}/{took['p99_us'] / 1000:.2f}"


def appends(bench, owner, other, router):
    """All for partitions of the same owner: at it, at the other one, at the router."""
    ways = {"owner": owner, "other": other, "router": router}
    partitions = partitions_of(owner)

    def load(way, number, connections):
        return bench.program("append_load", address=ways[way].address, topic=TOPIC, partitions=partitions,
                             connections=connections, run=f"{way}-{connections}-{number}", warm_up_ms=300,
                             ms=1000 if bench.quick else 2000)

    for way in ways:
        load(way, "warm-up", 64)
    found = {}
    for connections in CONNECTIONS:
        measured = in_turns(ways, rounds(bench), lambda way, number, connections=connections:
                            load(way, number, connections))
        found[connections] = measured
        for way in ("other", "router"):
            report_appends(bench, connections, way, measured)
    assert owner.owned() == {int(one) for one in partitions.split(",")}, "partitions moved meanwhile"
    return found


def report_appends(bench, connections, way, measured):
    def text(of):
        return (f"{statistics.median(one['appends_per_s'] for one in measured[of]):,.0f}"
                f" {statistics.median(one['p50_us'] for one in measured[of]) / 1000:.2f}/"
                f"{statistics.median(one['p99_us'] for one in measured[of]) / 1000:.2f}")

    pairs = list(zip(measured[way], measured["owner"]))
    ratio = median_ratio([(one["appends_per_s"], theirs["appends_per_s"]) for one, theirs in pairs])
    bench.row(f"{connections} connections through {'a router' if way == 'router' else 'the other owner'}",
              text(way), text("owner"), f"{ratio:.2f}", f">= {RATE_MIN}", ratio >= RATE_MIN)


def reads(bench, owner, other, router):
    """Of ten events. A router asks one of the instances for each of its connections, in turns: the one whose partition
    it is, or the other one, which asks that one how far it is."""
    partitions = partitions_of(owner)

    def load(bkes, how):
        return bench.program("restore_load", address=bkes.address, topic=TOPIC, events=bench.count(EVENTS), size=10,
                             reads=bench.count(3000), partitions=partitions, how=how)

    def measure(way, how):
        if way != "router":
            return load(owner if way == "owner" else other, how)
        return sorted((load(router, how) for _ in range(2)), key=lambda one: one["p50_us"])

    found = {}
    for how in ("fetch-by-key", "key-topic"):
        measured = in_turns(("owner", "other", "router"), rounds(bench), lambda way, _, how=how: measure(way, how))
        for index, name in enumerate(("router, owner", "router, other")):
            measured[name] = [both[index] for both in measured["router"]]
        del measured["router"]
        found[how] = measured
        for name, what in (("other", "at the other owner"), ("router, owner", "router, answered by the owner"),
                           ("router, other", "router, by the other owner")):
            report_reads(bench, f"{how} {what}", measured[name], measured["owner"])
    return found


def report_reads(bench, what, ours, theirs):
    def text(those):
        return "/".join(f"{statistics.median(one[figure] for one in those) / 1000:.2f}"
                        for figure in ("p50_us", "p99_us"))

    added = statistics.median(one["p50_us"] - its["p50_us"] for one, its in zip(ours, theirs)) / 1000
    ratio = median_ratio([(one["p50_us"], its["p50_us"]) for one, its in zip(ours, theirs)])
    bench.row(what, text(ours), text(theirs), f"{ratio:.2f}", note=f"p50: {added:+.3f} ms")


def moves(bench, stays, goes):
    """How long the partitions of one that goes have nobody who answers."""
    ends = {"SIGTERM": (lambda: goes.process.send_signal(signal.SIGTERM), LEASE_S + 1),
            "kill -9": (goes.kill, SESSION_S + 2),
            "SIGSTOP": (goes.pause, SESSION_S + 2)}
    found = {}
    for name, (end, limit) in ends.items():
        found[name] = [longest_silence(stays, goes, end) for _ in range(1 if bench.quick else MOVES)]
        worst = max(found[name])
        bench.row(f"{name}: a partition without an answer, worst", f"{worst:.2f} s", "", "", f"< {limit:.0f} s",
                  worst < limit, f"of {len(found[name])}: " + " ".join(f"{one:.2f}" for one in found[name]))
    return found


def longest_silence(stays, goes, end):
    """Seconds between two appends that were answered with success, of the partition where it is longest."""
    moving = goes.owned()
    with Appenders(stays) as load:
        time.sleep(1)
        end()
        eventually(lambda: stays.owned() == set(range(PARTITIONS)), 60)
        time.sleep(1)
    goes.kill()
    goes.start()
    wait_shared([stays, goes], PARTITIONS, 60)
    return max(load.longest_silence(number) for number in moving)


class Appenders:
    """Two for each partition, each with a connection, one event after the other."""

    def __init__(self, bkes):
        self.bkes = bkes
        self.over = threading.Event()
        self.answered = {number: [] for number in range(PARTITIONS)}  # when, of each partition
        self.threads = [threading.Thread(target=self.append_all, args=(number,))
                        for number in range(PARTITIONS) for _ in range(2)]

    def __enter__(self):
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for one in self.threads:
            one.join()

    def append_all(self, partition):
        key = key_in(partition).encode()
        with EventTopic(self.bkes, TOPIC, PARTITIONS) as events:
            while not self.over.is_set():
                outcome = events.append_all([event(key, b"v", "any")], partition=partition, timeout_ms=1000)
                if outcome.code == 0:
                    self.answered[partition].append(time.monotonic())

    def longest_silence(self, partition):
        moments = sorted(self.answered[partition])
        return max(after - before for before, after in zip(moments, moments[1:]))
