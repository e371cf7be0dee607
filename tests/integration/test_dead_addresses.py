"""Brokers are named, a name has several addresses, and one of them is dead: it refuses, or it is a
black hole. bkes comes in by another one, for itself and for its clients."""

import time

import pytest

from bkes_process import BkesProcess
from black_hole import BlackHole
from clients import eventually
from events import NONE, NOT_ENOUGH_REPLICAS, EventTopic
from kafka_cluster import KafkaCluster
from own_hosts import with_hosts
from wire import Connection

pytestmark = pytest.mark.plain_scene("the broker's certificate doesn't name it like that")

TOPIC, PARTITIONS, CLIENTS = "events", 2, 5
# The resolver gives the addresses of a name by their distance (RFC 6724): one of these is tried
# before the broker's, and the other one behind it.
FIRST, LAST = "127.0.0.3", "127.0.0.200"
NAMES = {FIRST: "dead-first.test", LAST: "dead-last.test"}
CONNECT_TIMEOUT_S = 1
# bkes asks so often at its start, each time the servers from the first one on.
OWN_QUESTIONS, OWN_CONNECT_TIMEOUT_S = 4, 3
# Of bkes and of this test for anything, on a machine that is busy.
SLACK_S = 2


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as started:
        started.create_topic(TOPIC, partitions=PARTITIONS)
        yield started


@pytest.fixture
def serve(cluster, tmp_path):
    """serve(servers): a bkes that comes in by these, {broker} where the broker is."""
    broker = cluster.broker(1)
    program = with_hosts(tmp_path, {name: [dead, broker.host] for dead, name in NAMES.items()})

    def begin(servers):
        return BkesProcess(tmp_path, servers.format(port=broker.port, broker=broker.address), {
            "topics": TOPIC, "connect.timeout.ms": CONNECT_TIMEOUT_S * 1000}, binary=program)

    return begin


def seconds_to_be_served(bkes):
    """Of each of some clients that come one after the other."""
    found = []
    for _ in range(CLIENTS):
        began = time.monotonic()
        with Connection(bkes.host, bkes.port) as raw:
            assert raw.call("Metadata", 1, {"Topics": []})["Brokers"]
        found.append(time.monotonic() - began)
    return found


def append(bkes, key):
    with EventTopic(bkes, TOPIC, PARTITIONS) as events:
        outcome = eventually(lambda: (done := events.append(key, b"v", 0)).code
                             != NOT_ENOUGH_REPLICAS and done)
        assert outcome.code == NONE, outcome


def assert_served_by_name(bkes, key, limit_s):
    append(bkes, key)
    assert max(seconds_to_be_served(bkes)) < limit_s
    # The server as a whole isn't given up, neither for bkes itself nor for clients.
    for words in ("can't be reached", "can't serve yet", "not available"):
        assert words not in bkes.log()


@pytest.mark.parametrize("dead", NAMES)
def test_one_address_refuses(serve, dead):
    with serve(NAMES[dead] + ":{port}") as bkes:
        assert_served_by_name(bkes, b"refuses-" + dead.encode(), SLACK_S)


@pytest.mark.parametrize("dead", NAMES)
def test_one_address_is_a_black_hole(cluster, serve, dead):
    with BlackHole(dead, cluster.broker(1).port), serve(NAMES[dead] + ":{port}") as bkes:
        assert_served_by_name(bkes, b"hole-" + dead.encode(), CONNECT_TIMEOUT_S + SLACK_S)


def test_a_whole_server_is_a_black_hole(cluster, serve):
    """The other one is asked when connect.timeout.ms is over; bkes' own questions don't wait for it."""
    with BlackHole(FIRST, cluster.broker(1).port), \
            serve(FIRST + ":{port},{broker}") as bkes:
        began = time.monotonic()
        append(bkes, b"server")
        assert time.monotonic() - began < OWN_QUESTIONS * OWN_CONNECT_TIMEOUT_S / 2
        spent = seconds_to_be_served(bkes)
        assert max(spent) < CONNECT_TIMEOUT_S + SLACK_S
        assert max(spent) > CONNECT_TIMEOUT_S / 2  # somebody met it
        bkes.wait_for_log(f"broker can't be reached address={FIRST}:.*timed out")


def test_a_broker_becomes_a_black_hole(cluster, serve):
    broker = cluster.broker(1)
    with serve("{broker}") as bkes:
        append(bkes, b"before")
        broker.kill()
        with BlackHole(broker.host, broker.port), Connection(bkes.host, bkes.port + 2) as raw:
            began = time.monotonic()
            raw.send("Metadata", 1, {"Topics": []})
            assert raw.wait_closed() == b""
            assert CONNECT_TIMEOUT_S / 2 < time.monotonic() - began < CONNECT_TIMEOUT_S + SLACK_S
            bkes.wait_for_log(f"broker can't be reached address={broker.address} .*timed out")
        broker.start()
        cluster.wait_ready()
        # bkes' own connections come back, too.
        append(bkes, b"behind")
