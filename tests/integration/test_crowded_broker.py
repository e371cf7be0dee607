"""A broker lets an address have so many connections (max.connections.per.ip), and all of bkes'
clients are one address to it. bkes' own connections are made first, and stay."""

import contextlib
import time

import pytest

from bkes_process import BkesProcess
from clients import eventually
from events import NONE, POLICY_VIOLATION, EventTopic
from kafka_cluster import KafkaCluster
from wire import Closed, Connection

TOPIC, PARTITIONS = "crowded", 3
LIMIT = 60
LEASE_MS = 100
PATIENCE_S = 5


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"),
                      properties={"max.connections.per.ip": LIMIT}) as started:
        started.create_topic(TOPIC, partitions=PARTITIONS)
        yield started


@pytest.fixture
def bkes(cluster, tmp_path):
    with BkesProcess(tmp_path, cluster.bootstrap_servers,
                     {"topics": TOPIC, "lease.ms": LEASE_MS}) as process:
        process.wait_for_log("ready topic=")
        yield process


def served(bkes):
    """A client's connection, or None if there is none for it."""
    client = Connection(bkes.host, bkes.port, timeout_s=PATIENCE_S)
    try:
        client.call("Metadata", 1, {"Topics": []})
    except Closed:
        client.close()
        return None
    return client


def crowd(bkes, clients):
    """As many clients as the broker lets in."""
    while len(clients) <= LIMIT:
        client = served(bkes)
        if client is None:
            return
        clients.append(client)
    raise AssertionError("the broker lets all in")


def test_appends_go_on_beside_a_crowd(bkes):
    clients = []
    with EventTopic(bkes, TOPIC, PARTITIONS) as events, contextlib.ExitStack() as at_end:
        at_end.callback(lambda: [one.close() for one in clients])
        keys = [b"a", b"b", b"c", b"d"]
        for key in keys:
            assert events.append(key, b"v", 0).code == NONE
        crowd(bkes, clients)
        for order in range(1, 50):
            for key in keys:
                assert events.append(key, b"v", order).code == NONE
        # What isn't written needs another proof of ownership, and so does a read.
        for _ in range(5):
            time.sleep(2 * LEASE_MS / 1000)
            for key in keys:
                assert events.append(key, b"v", 0).code == POLICY_VIOLATION
                assert events.next_order(key) == 50
        assert served(bkes) is None
        for words in ("unknown end", "not available", "lost"):
            assert words not in bkes.log()


@pytest.mark.plain_scene("under TLS the handshake fails, which is named as such")
def test_who_is_refused_is_told_and_named(bkes):
    clients = []
    crowd(bkes, clients)
    began = time.monotonic()
    with Connection(bkes.host, bkes.port) as refused:
        refused.send("Metadata", 1, {"Topics": []})
        assert refused.wait_closed() == b""
        client = refused.socket.getsockname()[1]
    assert time.monotonic() - began < PATIENCE_S
    line = bkes.wait_for_log(rf".*client=127.0.0.1:{client}\b.*")[0]
    assert " warn " in line and "max.connections.per.ip" in line, line
    # It has its place as soon as there is one.
    clients.pop().close()
    clients.append(eventually(lambda: served(bkes)))
    for one in clients:
        one.call("Metadata", 1, {"Topics": []})
        one.close()
