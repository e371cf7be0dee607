"""(g) The same bkes with two listeners, plain and TLS: what TLS costs, and what asking for rights."""

import statistics

from bkes_process import BROKER_PORTS, free_port_range
from certificates import Authority
from wire import Connection

PARTITIONS = 5
READY_TIMEOUT_S = 900
CONNECTIONS = 500
ASKED_ONCE = 3_600_000  # authorize.cache.ms: rights are asked for once on each connection


def run(bench):
    authority = Authority(bench.directory / "ca")
    for topic in ("secured", "unguarded"):
        bench.cluster.create_topic(topic, PARTITIONS)
    with two_listeners(bench, authority, "secured") as bkes, \
            two_listeners(bench, authority, "asked-once", **{"authorize.cache.ms": ASKED_ONCE}) as asked_once:
        for one in (bkes, asked_once):
            one.wait_for_log("ready topic=", READY_TIMEOUT_S)
        bench.results["g"] = {"appends": appends(bench, bkes), "rights": rights(bench, bkes, asked_once),
                              "latency": latency(bench, bkes), "memory": memory(bench, bkes, authority)}


def two_listeners(bench, authority, name, **options):
    """Each instance guards a topic of its own: two can't own the same one."""
    topic = "secured" if name == "secured" else "secured-2"
    if topic != "secured":
        bench.cluster.create_topic(topic, PARTITIONS)
    shown = authority.sign(name, ["127.0.0.1"])
    bkes = bench.bkes(name, topic)
    bkes.topic = topic
    bkes.tls_port = free_port_range(1 + BROKER_PORTS)
    bkes.options |= {
        "listener": None, "broker.port.base": None,
        "listeners": f"OPEN://{bkes.address},SECURE://127.0.0.1:{bkes.tls_port}",
        "listener.security.protocol.map": "OPEN:PLAINTEXT,SECURE:SSL",
        "ssl.certificate.location": shown.certificate, "ssl.key.location": shown.key} | options
    return bkes


def load(bench, bkes, number, *, tls, topic=None, **flags):
    if tls:
        flags["tls"] = f"127.0.0.1:{bkes.tls_port}"
    return bench.program("append_load", address=bkes.address, topic=topic or bkes.topic,
                         run=f"{'tls' if tls else 'plain'}-{number}-{flags['connections']}",
                         ms=2000 if bench.quick else 5000, warm_up_ms=1000, **flags)


def in_turns(bench, measures):
    """{name: results of each round}; who is first changes."""
    found = {name: [] for name in measures}
    for number in range(max(3, bench.rounds)):
        for name in list(measures)[::1 if number % 2 else -1]:
            found[name].append(measures[name](number))
    return found


def ratio_of(found, ours, theirs):
    return statistics.median(one["appends_per_s"] / other["appends_per_s"]
                             for one, other in zip(found[ours], found[theirs]))


def row(bench, what, found, ours, theirs, target=None, minimum=None):
    def text(name):
        return f"{statistics.median(one['appends_per_s'] for one in found[name]):,.0f}"

    ratio = ratio_of(found, ours, theirs)
    bench.row(what, text(ours), text(theirs), f"{ratio:.2f}", target,
              None if minimum is None else ratio >= minimum)


def appends(bench, bkes):
    load(bench, bkes, "warm-up", tls=False, connections=64)
    found = in_turns(bench, {
        "tls": lambda number: load(bench, bkes, number, tls=True, connections=64),
        "plain": lambda number: load(bench, bkes, number, tls=False, connections=64)})
    row(bench, "64 appenders, appends/s, TLS", found, "tls", "plain")
    return found


def rights(bench, bkes, asked_once):
    """What is remembered for ten seconds is asked for again in each run, and again in its midst."""
    found = in_turns(bench, {
        "default": lambda number: load(bench, bkes, f"r{number}", tls=False, connections=64),
        "asked once": lambda number: load(bench, asked_once, f"r{number}", tls=False, connections=64)})
    row(bench, "64 appenders, rights asked each 10 s / once", found, "default", "asked once", ">= 0.97",
        0.97)
    return found


def latency(bench, bkes):
    """One client, 100 requests/s to a topic that isn't guarded: beside the broker itself."""
    def direct(number):
        return bench.program("append_load", address=bench.kafka, topic="unguarded", connections=1, rate=100,
                             run=f"direct-{number}", ms=2000 if bench.quick else 10_000, warm_up_ms=1000)

    def through(tls):
        return lambda number: load(bench, bkes, f"l{number}", tls=tls, topic="unguarded", connections=1,
                                   rate=100)

    found = in_turns(bench, {"direct": direct, "plain": through(False), "tls": through(True)})

    def median_ms(name, what):
        return statistics.median(one[what] for one in found[name]) / 1000

    for what in ("p50_us", "p99_us"):
        added = median_ms("tls", what) - median_ms("direct", what)
        is_target = what == "p99_us"
        bench.row(f"pass-through at 100/s, {what[:3]} ms (direct {median_ms('direct', what):.2f})",
                  f"{median_ms('tls', what):.2f}", f"{median_ms('plain', what):.2f}", "",
                  "added < 0.5" if is_target else None, added < 0.5 if is_target else None,
                  f"TLS adds {added:.2f} to direct")
    return found


def memory(bench, bkes, authority):
    """KiB of a quiet connection that has asked two things."""
    found = {}
    for name, port, tls in (("plain", bkes.port, None), ("tls", bkes.tls_port, authority.client_context())):
        with asked(port, tls):
            pass
        before = bkes.resident_bytes()
        connections = [asked(port, tls) for _ in range(CONNECTIONS)]
        found[name] = (bkes.resident_bytes() - before) / CONNECTIONS / 1024
        for one in connections:
            one.close()
    bench.row("a connection, KiB", f"{found['tls']:.0f}", f"{found['plain']:.0f}",
              f"{found['tls'] / found['plain']:.2f}", "< 96", found["tls"] < 96)
    return found


def asked(port, tls):
    raw = Connection("127.0.0.1", port, tls=tls)
    raw.call("ApiVersions", 0)
    raw.call("Metadata", 12, {"Topics": None})
    return raw
