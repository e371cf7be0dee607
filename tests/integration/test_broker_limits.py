"""What brokers limit: how long a connection may be quiet, how large a batch, which times, how few
replicas; and what else they do to a log while it is written."""

import threading
import time
import types

import pytest

from confluent_kafka.admin import NewPartitions

from bkes_process import assert_agrees
from clients import eventually
from events import (NONE, NOT_ENOUGH_REPLICAS, TIMED_OUT, TOO_LARGE, EventTopic, end_of, event,
                    log_of, produce_outcomes, produce_request)
from kafka_cluster import EVENT_TOPIC, KafkaCluster
from record_batches import batch, now_ms
from relay import Relay
from wire import Connection

IDLE_S = 5
PAUSE_S = IDLE_S + 2  # a broker looks for quiet connections now and then only
QUICK_S = 0.1
PATIENT_S = 60
INVALID_TIMESTAMP = 32


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


# What is merged


def alter(kafka, topic, **config):
    changed = [{"Name": name.replace("_", "."), "ConfigOperation": 0, "Value": str(value)}
               for name, value in config.items()]
    with Connection(*kafka.addresses[0]) as raw:
        answer = raw.call("IncrementalAlterConfigs", 1, {"Resources": [{
            "ResourceType": 2, "ResourceName": topic, "Configs": changed}]})
    assert answer["Responses"][0]["ErrorCode"] == NONE, answer


def append_many(bkes, topic, events):
    """All at once, each in a batch of its own, so that bkes merges them: the codes."""
    with Connection(bkes.host, bkes.port) as raw:
        for one in events:
            raw.send("Produce", 9, produce_request({(topic, 0): batch([one])}))
        return [produce_outcomes(raw.receive())[topic, 0].code for _ in events]


def assert_all_stand_once(bkes, kafka, topic, events):
    """In the log and in the store."""
    found, _ = log_of(kafka, topic, 0)
    assert sorted(one.key for one in found) == sorted(one.key for one in events)
    assert_agrees(bkes, topic)


def test_only_who_is_too_large_hears_of_it(impatient, start_bkes):
    """The topic's limit is below what bkes merges, and is lowered while it serves."""
    impatient.create_topic("large", config=EVENT_TOPIC | {"max.message.bytes": "8000"})
    bkes = start_bkes(cluster=impatient, topics="large")
    written = []

    def append_some(name, large):
        events = [event(b"%s-%d" % (name, n), b"v" * (large if n % 500 == 250 else 100), 0)
                  for n in range(1500)]
        codes = append_many(bkes, "large", events)
        assert codes == [TOO_LARGE if n % 500 == 250 else NONE for n in range(1500)]
        written.extend(one for one, code in zip(events, codes) if code == NONE)

    append_some(b"first", 9000)
    alter(impatient, "large", max_message_bytes=2000)
    append_some(b"lowered", 3000)
    # It learns the limit instead of sending each one alone.
    assert bkes.log().count("batch refused by the broker") < 60
    alter(impatient, "large", max_message_bytes=100_000)
    with EventTopic(bkes, "large", 1) as events:
        written.append(event(b"raised", b"v" * 50_000, 0))
        assert events.append_all(written[-1:]).code == NONE
    assert_all_stand_once(bkes, impatient, "large", written)


@pytest.mark.parametrize("limit, hours", [("before", -2), ("after", 2)])
def test_only_whose_time_is_wrong_hears_of_it(impatient, start_bkes, limit, hours):
    topic = f"times-{limit}"
    impatient.create_topic(topic, config=EVENT_TOPIC | {
        f"message.timestamp.{limit}.max.ms": "3600000"})
    bkes = start_bkes(cluster=impatient, topics=topic)
    events = [event(b"k%d" % n, b"v", 0, timestamp=now_ms() + (hours * 3_600_000 if n == 30 else 0))
              for n in range(100)]
    codes = append_many(bkes, topic, events)
    assert codes == [INVALID_TIMESTAMP if n == 30 else NONE for n in range(100)]
    assert_all_stand_once(bkes, impatient, topic, events[:30] + events[31:])


# Times that the broker gives


def test_the_brokers_time_is_told_and_stored(impatient, start_bkes):
    impatient.create_topic("clock", config=EVENT_TOPIC | {"message.timestamp.type": "LogAppendTime"})
    with Relay(impatient.relayed_listeners[1], impatient.relay_addresses[1]) as relay:
        bkes = start_bkes(cluster=types.SimpleNamespace(bootstrap_servers=relay.address),
                          topics="clock")
        with EventTopic(bkes, "clock", 1) as events:
            # The first one may have to be sent twice, to a leader that is just made.
            assert events.append_all([event(b"k", b"v", 0, timestamp=1_000)]).code == NONE
            sent = batch([event(b"k", b"v", 1, timestamp=1_000)])
            answer = events.raw.call("Produce", 9, produce_request({("clock", 0): sent}))
            told = answer["Responses"][0]["PartitionResponses"][0]
            assert told["ErrorCode"] == NONE
            stored = events.read(b"k")[-1]
            assert stored.timestamp == told["LogAppendTimeMs"] > 1_000
            relay.swallow(1)  # written, but the answer is lost
            assert events.append_all([event(b"k", b"w", 2, timestamp=1_000)]).code == NONE
            relay.wait_hits(1)
            stored = [one.timestamp for one in events.read(b"k")]
        bkes.stop()
    found, _ = log_of(impatient, "clock", 0)
    assert len(found) == 3
    # A batch with the broker's time says so in its attributes, and its records keep their own.
    assert 1_000 < stored[0] <= stored[1] <= stored[2] <= now_ms()
    assert_agrees(bkes, "clock", bootstrap_servers=impatient.bootstrap_servers)


# Replicas


@pytest.fixture
def two_brokers(tmp_path):
    with KafkaCluster(tmp_path / "two", brokers=2) as cluster:
        yield cluster


def test_too_few_replicas_for_a_while(two_brokers, start_bkes):
    """And partitions are added meanwhile."""
    two_brokers.create_topic("replicas", assignment=[[1, 2]],
                             config=EVENT_TOPIC | {"min.insync.replicas": "2"})
    bkes = start_bkes(cluster=two_brokers, topics="replicas")
    with EventTopic(bkes, "replicas", 1) as events:
        assert events.append(b"first", b"v", 0).code == NONE
    two_brokers.broker(2).stop()
    codes = []

    def append_in_background(key, timeout_ms):
        with EventTopic(bkes, "replicas", 1, timeout_s=2 * PATIENT_S) as events:
            codes.append(events.append(key, b"v", 0, timeout_ms=timeout_ms).code)

    patient = threading.Thread(target=append_in_background, args=(b"patient", PATIENT_S * 1000))
    patient.start()
    bkes.wait_for_log("write is sent again")
    append_in_background(b"hasty", 500)
    assert codes.pop() in (NOT_ENOUGH_REPLICAS, TIMED_OUT)
    admin = two_brokers.admin()  # the future dies with it
    partition = NewPartitions("replicas", 2, replica_assignment=[[1, 2]])
    admin.create_partitions([partition])["replicas"].result(30)
    two_brokers.broker(2).start()
    patient.join()
    assert codes == [NONE]
    with EventTopic(bkes, "replicas", 1) as events:
        assert events.append(b"patient", b"v", 1).code == NONE
        assert events.values(b"patient") == [b"v", b"v"]
    found = [one.key for one in log_of(two_brokers, "replicas", 0)[0]]
    assert found.count(b"patient") == 2 and found.count(b"hasty") <= 1 and len(found) <= 4


# The log's beginning moves


def test_records_are_deleted_under_load(impatient, start_bkes):
    impatient.create_topic("shrinks")
    bkes = start_bkes(cluster=impatient, topics="shrinks")
    orders, is_over = [], threading.Event()

    def append_until_over():
        with EventTopic(bkes, "shrinks", 1) as events:
            while not is_over.is_set():
                outcome = events.append(b"k", b"v", len(orders))
                assert outcome.code == NONE, outcome
                orders.append(outcome.offset)

    appender = threading.Thread(target=append_until_over)
    appender.start()
    try:
        with Connection(*impatient.addresses[0]) as raw:
            for _ in range(5):
                seen = len(orders)
                eventually(lambda: len(orders) > seen + 20 or not appender.is_alive())
                raw.call("DeleteRecords", 2, {"TimeoutMs": 10_000, "Topics": [{
                    "Name": "shrinks", "Partitions": [{"PartitionIndex": 0, "Offset": orders[-1]}]}]})
    finally:
        is_over.set()
        appender.join()
    assert len(orders) > 100
    with EventTopic(bkes, "shrinks", 1) as events:
        assert events.next_order(b"k") == len(orders)
        assert events.append(b"k", b"v", len(orders)).code == NONE
    assert_agrees(bkes, "shrinks")
