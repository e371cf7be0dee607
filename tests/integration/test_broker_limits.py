"""What brokers limit: how long a connection may be quiet."""

import time
import types

import pytest

from clients import eventually
from events import EventTopic, end_of
from kafka_cluster import KafkaCluster
from relay import Relay

IDLE_S = 5
PAUSE_S = IDLE_S + 2  # a broker looks for quiet connections now and then only
QUICK_S = 0.1


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A Kafka that closes connections that are quiet for five seconds."""
    properties = {"connections.max.idle.ms": 1000 * IDLE_S}
    with KafkaCluster(tmp_path_factory.mktemp("impatient"), properties=properties,
                      relayed=True) as cluster:
        yield cluster


# Quiet connections


def test_an_append_after_a_pause_is_as_quick_as_any(impatient, start_bkes):
    impatient.create_topic("quiet", partitions=1)
    bkes = start_bkes(cluster=impatient, topics="quiet")
    with EventTopic(bkes, "quiet", 1) as events:
        assert events.append(b"k", b"v", 0).code == 0
    end = end_of(impatient, "quiet", 0)
    for order in range(1, 4):
        time.sleep(PAUSE_S)
        with EventTopic(bkes, "quiet", 1) as events:
            assert events.next_order(b"k") == order  # and the client's connection is made
            begun = time.monotonic()
            assert events.append(b"k", b"v", order).code == 0
            assert time.monotonic() - begun < QUICK_S
    assert "unknown end" not in bkes.log()
    assert "quiet connection ended" not in bkes.log()
    # No proof of ownership but that of the beginning.
    assert end_of(impatient, "quiet", 0) == end + 3


def test_a_connection_that_ended_is_made_again_before_the_next_append(impatient, start_bkes):
    impatient.create_topic("cut", partitions=3)
    with Relay(impatient.relayed_listeners[1], impatient.relay_addresses[1]) as relay:
        bkes = start_bkes(cluster=types.SimpleNamespace(bootstrap_servers=relay.address),
                          topics="cut")
        with EventTopic(bkes, "cut", 3) as events:
            assert events.append(b"k", b"v", 0).code == 0
        ends = [end_of(impatient, "cut", partition) for partition in range(3)]
        relay.drop()
        # One marker in each partition.
        eventually(lambda: [end_of(impatient, "cut", n) for n in range(3)] == [end + 1 for end in ends])
        with EventTopic(bkes, "cut", 3) as events:
            assert events.next_order(b"k") == 1
            begun = time.monotonic()
            assert events.append(b"k", b"v", 1).code == 0
            assert time.monotonic() - begun < QUICK_S
        assert "unknown end" not in bkes.log()
        assert sum(end_of(impatient, "cut", n) for n in range(3)) == sum(ends) + 4
