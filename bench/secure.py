"""(g) The same bkes with two listeners, plain and TLS: what TLS costs, and what asking for rights."""

import statistics

from bkes_process import BROKER_PORTS, free_port_range
from certificates import Authority
from figures import in_turns, median_ratio
from wire import Connection

PARTITIONS = 5
READY_TIMEOUT_S = 900
CONNECTIONS = 5_000
ROUNDS = 7  # at least: they differ by more than what is looked for
ASKED_ONCE = 3_600_000  # authorize.cache.ms: rights are asked for once on each connection


def run(bench):
    authority = Authority(bench.directory / "ca")
    bench.cluster.create_topic("unguarded", PARTITIONS)
    with two_listeners(bench, authority, "secured", "secured") as bkes, \
            two_listeners(bench, authority, "asked-once", "secured-2",
                          **{"authorize.cache.ms": ASKED_ONCE}) as asked_once:
        for one in (bkes, asked_once):
            one.wait_for_log("ready topic=", READY_TIMEOUT_S)
        # Memory comes first: what load has left to the allocator would be taken for connections.
        bench.results["g"] = {"memory": memory(bench, asked_once, bkes, authority),
                              "appends": appends(bench, bkes),
                              "rights": rights(bench, bkes, asked_once), "latency": latency(bench, bkes)}


def two_listeners(bench, authority, name, topic, **options):
    """A bkes that guards a new topic, one of its own: two can't own the same one."""
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
                         ms=2000 if bench.quick else 5000, warm_up_ms=500, **flags)


def rounds(bench):
    return max(ROUNDS, bench.rounds)


def row(bench, what, found, ours, theirs, target=None, minimum=None):
    def text(name):
        return f"{statistics.median(one['appends_per_s'] for one in found[name]):,.0f}"

    ratio = median_ratio([(one["appends_per_s"], other["appends_per_s"])
                          for one, other in zip(found[ours], found[theirs])])
    bench.row(what, text(ours), text(theirs), f"{ratio:.2f}", target,
              None if minimum is None else ratio >= minimum)


def appends(bench, bkes):
    load(bench, bkes, "warm-up", tls=False, connections=64)
    def measure(way, number):
        return load(bench, bkes, number, tls=way == "tls", connections=64)

    found = in_turns(["tls", "plain"], rounds(bench), measure)
    row(bench, "64 appenders, appends/s, TLS", found, "tls", "plain")
    return found


def rights(bench, bkes, asked_once):
    """What is remembered for ten seconds is asked for again in each run, and again in its midst."""
    instances = {"default": bkes, "asked once": asked_once}

    def measure(way, number):
        return load(bench, instances[way], f"r{number}", tls=False, connections=64)

    found = in_turns(instances, rounds(bench), measure)
    row(bench, "64 appenders, rights asked each 10 s / once", found, "default", "asked once", ">= 0.97",
        0.97)
    return found


def latency(bench, bkes):
    """One client, a topic that isn't guarded, in turns to the broker itself and through bkes."""
    found = bench.program("latency_in_turns", topic="unguarded", ms=4000 if bench.quick else 40_000,
                          plain=f"direct={bench.kafka},plain={bkes.address}",
                          tls=f"tls=127.0.0.1:{bkes.tls_port}")
    for what in ("p50_us", "p99_us"):
        took = {name: found[name][what] / 1000 for name in found}
        added = took["tls"] - took["direct"]
        is_target = what == "p99_us"
        bench.row(f"pass-through, {what[:3]} ms (direct {took['direct']:.2f})", f"{took['tls']:.2f}",
                  f"{took['plain']:.2f}", "", "added < 0.5" if is_target else None,
                  added < 0.5 if is_target else None, f"TLS adds {added:.2f} to direct")
    return found


def memory(bench, plain, tls, authority):
    """KiB of a quiet connection that has asked two things. Each kind has an instance of its own, and all
    are held open to the end, as what was given back would be taken for new ones."""
    found, opened = {}, []
    count = bench.count(CONNECTIONS)
    for name, bkes, port, context in (("plain", plain, plain.port, None),
                                      ("tls", tls, tls.tls_port, authority.client_context())):
        opened.append(asked(port, context))
        before = bkes.resident_bytes()
        opened += [asked(port, context) for _ in range(count)]
        found[name] = (bkes.resident_bytes() - before) / count / 1024
    for one in opened:
        one.close()
    bench.row(f"one of {count:,} quiet connections, KiB", f"{found['tls']:.0f}", f"{found['plain']:.0f}",
              f"{found['tls'] / found['plain']:.2f}", "< 96", found["tls"] < 96)
    return found


def asked(port, tls):
    raw = Connection("127.0.0.1", port, tls=tls)
    raw.call("ApiVersions", 0)
    raw.call("Metadata", 12, {"Topics": None})
    return raw
