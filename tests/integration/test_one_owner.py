"""Two instances and one guarded topic: the second takes over, the first neither writes nor answers
for it any more, however long it slept; and what brokers forget doesn't open the door again."""

import time

import pytest
from confluent_kafka import Producer

from clients import eventually
from events import (NONE, NOT_LEADER, POLICY_VIOLATION, EventTopic, event, fetch_request, fetched,
                    key_topic, log_of, produce_outcomes, produce_request)
from kafka_cluster import KafkaCluster
from record_batches import batch
from wire import Connection

KEY = b"a"
YEAR_2001 = 1_000_000_000_000


def append_later(events, value, order):
    """Sends an append and leaves its answer to `outcome`."""
    events.raw.send("Produce", 9, produce_request(
        {(events.topic, 0): batch([event(KEY, value, order)])}))


def outcome(events):
    return produce_outcomes(events.raw.receive())[events.topic, 0]


def fetch_by_key(events):
    return events.raw.call("FetchByKey", 0, {"Topic": events.topic, "Keys": [{"Key": KEY}]})


def serving(bkes, topic):
    """A connection; the topic's only partition is served."""
    events = EventTopic(bkes, topic, partitions=1)
    assert fetch_by_key(events)["ErrorCode"] == NONE
    return events


def values_of(kafka, topic):
    return [one.value for one in log_of(kafka, topic, 0)[0]]


@pytest.fixture
def topic(new_topic):
    return new_topic(partitions=1)


def test_the_second_instance_takes_over(kafka, start_bkes, new_topic, topic):
    first = start_bkes(topics=topic)
    one = serving(first, topic)
    assert one.append(KEY, b"0", 0).code == NONE
    other = serving(start_bkes(topics=topic), topic)
    assert other.append(KEY, b"1", 1).code == NONE

    first.wait_for_log("another instance owns the partition")
    refused = one.append(KEY, b"lost", 2)
    assert refused.code == NOT_LEADER and "another instance" in refused.text
    answer = one.raw.call("Fetch", 11, fetch_request(key_topic(topic, KEY)))
    assert fetched(answer)["ErrorCode"] == NOT_LEADER
    assert fetch_by_key(one)["ErrorCode"] == NOT_LEADER
    # As a proxy it goes on.
    with EventTopic(first, new_topic(partitions=1), partitions=1) as plain:
        assert plain.append(KEY, b"plain", 7).code == NONE

    assert other.append(KEY, b"2", 2).code == NONE
    assert other.values(KEY) == [b"0", b"1", b"2"]
    assert values_of(kafka, topic) == [b"0", b"1", b"2"]


def test_an_instance_that_slept_through_the_take_over(kafka, start_bkes, topic):
    first = start_bkes(topics=topic)
    writer, late = serving(first, topic), serving(first, topic)
    assert writer.append(KEY, b"0", 0).code == NONE
    first.pause()
    other = serving(start_bkes(topics=topic), topic)
    assert other.append(KEY, b"1", 1).code == NONE
    append_later(writer, b"late", 1)
    append_later(late, b"late", 0)  # by its own store a conflict, with a number that is none
    first.resume()
    assert outcome(writer).code == NOT_LEADER
    assert outcome(late).code == NOT_LEADER
    assert fetch_by_key(late)["ErrorCode"] == NOT_LEADER
    assert other.values(KEY) == [b"0", b"1"]
    assert values_of(kafka, topic) == [b"0", b"1"]


def test_each_start_takes_over_from_the_one_before(kafka, start_bkes, topic, tmp_path):
    expected = []
    for n in range(4):
        bkes = start_bkes(topics=topic, directory=tmp_path / f"turn{n % 2}")
        events = serving(bkes, topic)
        assert events.append(KEY, b"%d" % n, n).code == NONE
        assert events.append(KEY, b"again", n).code == POLICY_VIOLATION
        expected.append(b"%d" % n)
        bkes.kill()
    assert values_of(kafka, topic) == expected


@pytest.fixture(scope="module")
def forgetful_kafka(tmp_path_factory):
    """Forgets silent producers after three seconds."""
    properties = {"producer.id.expiration.ms": 3000,
                  "producer.id.expiration.check.interval.ms": 200}
    with KafkaCluster(tmp_path_factory.mktemp("forgetful"), properties=properties) as cluster:
        yield cluster


def await_forgotten_producer(kafka):
    """Until somebody who is silent from now on is forgotten."""
    topic = f"silent-{time.monotonic_ns()}"
    kafka.create_topic(topic, partitions=1)
    silent = Producer({"bootstrap.servers": kafka.bootstrap_servers, "enable.idempotence": True})
    silent.produce(topic, b"")
    assert silent.flush(30) == 0
    host, port = kafka.addresses[0]
    with Connection(host, port) as raw:
        def known():
            answer = raw.call("DescribeProducers", 0, {
                "Topics": [{"Name": topic, "PartitionIndexes": [0]}]})
            return answer["Topics"][0]["Partitions"][0]["ActiveProducers"]
        assert known()
        eventually(lambda: not known(), timeout_s=30, what="the silent producer is remembered")


@pytest.mark.parametrize("timestamp", [None, YEAR_2001], ids=["idle", "import"])
def test_an_epoch_that_the_broker_would_forget(forgetful_kafka, start_bkes, timestamp):
    """What a broker remembers of a writer is as old as the newest record of its last batch, so
    silence makes it forget, and so does an import of old events."""
    topic = f"kept-{timestamp}"
    forgetful_kafka.create_topic(topic, partitions=1)
    first = start_bkes(cluster=forgetful_kafka, topics=topic)
    writer = serving(first, topic)
    assert writer.append(KEY, b"0", 0).code == NONE
    first.pause()
    other = serving(start_bkes(cluster=forgetful_kafka, topics=topic), topic)
    assert other.append_all([event(KEY, b"1", 1, timestamp=timestamp)], partition=0).code == NONE
    await_forgotten_producer(forgetful_kafka)
    append_later(writer, b"late", 1)
    first.resume()
    assert outcome(writer).code == NOT_LEADER
    assert other.append(KEY, b"2", 2).code == NONE
    assert values_of(forgetful_kafka, topic) == [b"0", b"1", b"2"]
