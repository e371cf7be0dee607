"""(i) By HTTP: how long an aggregate of ten events takes, and what tails cost that hear nothing."""

import resource
import socket
import time

from clients import eventually
from events import EventTopic, event
from figures import memory_mib
from http_api import path_of

TOPIC = "by-http"
READS = 3_000
WATCHING, IDLE = 1_000, 10_000
MEDIAN_MS_MAX, MEMORY_MIB_MAX = 1.0, 100


def run(bench):
    bench.cluster.create_topic(TOPIC, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        bkes = bench.bkes("by-http", TOPIC)
        bkes.options |= {"http.read": "true", "http.connections.max": 100_000}
        with bkes, EventTopic(bkes, TOPIC, partitions=1) as events:
            eventually(lambda: bkes.http("/readyz")[0] == 200)
            assert events.append_all([event(b"k", b"x" * 256, n) for n in range(10)]).code == 0
            bench.results["i"] = {"reads_ms": reads(bench, bkes), "tails": tails(bench, bkes, events)}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ask(bkes, path):
    """A connection that has asked."""
    connection = socket.create_connection((bkes.host, bkes.admin_port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(request_of(path))
    return connection


def request_of(path):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def receive_until(connection, is_whole):
    got = b""
    while not is_whole(got):
        more = connection.recv(1 << 16)
        assert more, got
        got += more


def is_whole_answer(got):
    head, _, body = got.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(length) and len(body) == int(length)


def reads(bench, bkes):
    """One connection, one request after the other."""
    path = path_of(TOPIC, b"k")
    times = []
    with ask(bkes, path) as connection:
        receive_until(connection, is_whole_answer)
        for _ in range(bench.count(READS)):
            began = time.perf_counter()
            connection.sendall(request_of(path))
            receive_until(connection, is_whole_answer)
            times.append(1000 * (time.perf_counter() - began))
    times.sort()
    found = {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}
    bench.row("10 events by HTTP, p50", f"{found['p50']:.2f} ms", "", "", MEDIAN_MS_MAX,
              found["p50"] < MEDIAN_MS_MAX, f"p99 {found['p99']:.2f} ms")
    return found


def tails(bench, bkes, events):
    """Many on one aggregate, and many on as many others."""
    before = memory_mib(bkes.process)["VmRSS"]
    keys = [b"k"] * bench.count(WATCHING) + [b"idle-%d" % n for n in range(bench.count(IDLE))]
    open_tails = [ask(bkes, path_of(TOPIC, key, "tail", **{"from": "end"})) for key in keys]
    for one in open_tails:
        receive_until(one, lambda got: b"caught_up" in got)
    more = memory_mib(bkes.process)["VmRSS"] - before
    began = time.perf_counter()
    assert events.append(b"k", b"x", 10).code == 0
    watching = bench.count(WATCHING)
    for one in open_tails[:watching]:
        receive_until(one, lambda got: b"id: 10" in got)
    took = 1000 * (time.perf_counter() - began)
    for one in open_tails:
        one.close()
    bench.row(f"{len(keys):,} tails, memory", f"{more:.0f} MiB", "", "", MEMORY_MIB_MAX,
              more < MEMORY_MIB_MAX, f"one event reached {watching:,} in {took:.0f} ms")
    return {"count": len(keys), "memory_mib": more, "event_to_all_ms": took}
