"""What is large or unusual, of topics that bkes doesn't guard, beside what the brokers say."""

import pytest
from confluent_kafka import KafkaError, Producer, TopicPartition

import scene
from bkes_process import BkesProcess
from clients import eventually, rdkafka_consumer, rdkafka_poll, rdkafka_producer, rdkafka_read, rdkafka_send
from events import (INVALID_RECORD, NONE, POLICY_VIOLATION, TOO_LARGE, EventTopic, fetch_request, fetched,
                    produce_outcomes, produce_request)
from kafka_cluster import EVENT_TOPIC, KafkaCluster
from record_batches import batch, read_batches, record
from wire import Connection

pytestmark = pytest.mark.administers

MB = 1_000_000
LARGE = 20 * MB
HAS_ROOM = {"max.message.bytes": str(LARGE + MB)}
# The log is cleaned as soon as something can be.
CLEANER = {"log.cleaner.backoff.ms": 100}
COMPACTED = {"cleanup.policy": "compact", "segment.ms": "1", "min.cleanable.dirty.ratio": "0.01",
             "delete.retention.ms": "0", "max.compaction.lag.ms": "1"}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), properties=CLEANER, heap_mb=512) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def bkes(kafka, tmp_path_factory):
    """`bkes` has room for large messages too."""
    kafka.create_topic("bkes", partitions=1, config=EVENT_TOPIC | HAS_ROOM)
    with BkesProcess(tmp_path_factory.mktemp("bkes"), kafka.bootstrap_servers, {"topics": "bkes"}) as process:
        yield process


@pytest.fixture
def leader(kafka, bkes):
    """{"direct": ..., "through": ...}: (host, port) of the only broker."""
    return {"direct": kafka.addresses[0], "through": (bkes.host, bkes.port + 2)}


def large_value():
    return bytes(range(256)) * (LARGE // 256)


def test_messages_of_20_mb(bkes, new_topic):
    topic = new_topic(partitions=1, config=HAS_ROOM)
    producer = rdkafka_producer(bkes.address, message_max_bytes=LARGE + MB)
    assert rdkafka_send(producer, topic, [(b"k", large_value(), None)] * 2) == [0, 1]
    found = rdkafka_read(bkes.address, topic, 2, partition=0, fetch_message_max_bytes=LARGE + MB,
                         fetch_max_bytes=LARGE + MB, receive_message_max_bytes=LARGE + 2 * MB)
    assert [one.value() == large_value() for one in found] == [True, True]


def test_an_event_of_20_mb_is_too_large_until_batch_bytes_max_is_raised(bkes, start_bkes, kafka, new_key):
    key = new_key()
    producer = rdkafka_producer(bkes.address, message_max_bytes=LARGE + MB)
    large = [(key, large_value(), [("order", b"0")])]
    (refused,) = rdkafka_send(producer, "bkes", large)
    assert isinstance(refused, KafkaError) and refused.code() == TOO_LARGE
    with EventTopic(bkes, partitions=1) as events:
        assert events.append(key, b"0", order=0).code == NONE  # nothing else is held up
    kafka.create_topic("roomy", partitions=1, config=EVENT_TOPIC | HAS_ROOM)
    roomy = start_bkes(topics="roomy", batch_bytes_max=LARGE + MB)
    producer = rdkafka_producer(roomy.address, message_max_bytes=LARGE + MB)
    (offset,) = rdkafka_send(producer, "roomy", large)
    assert isinstance(offset, int), offset
    (found,) = rdkafka_read(roomy.address, f"roomy.key.{key.decode()}", 1, partition=0,
                            fetch_message_max_bytes=LARGE + MB, fetch_max_bytes=LARGE + MB,
                            receive_message_max_bytes=LARGE + 2 * MB)
    assert found.value() == large_value()


def test_compacted_topics(kafka, leader, new_topic):
    """A record without a key is refused as by a broker; what the cleaner left is read with its gaps."""
    topic = new_topic(partitions=1, config=COMPACTED)

    def produce(side, *records):
        with Connection(*leader[side]) as raw:
            return produce_outcomes(raw.call("Produce", 9, produce_request({(topic, 0): batch(records)})))[topic, 0]

    refused = {side: produce(side, record(None, b"v")) for side in leader}
    assert refused["through"] == refused["direct"] and refused["through"].code == INVALID_RECORD
    for n in range(5):
        assert produce("through", record(b"k", b"%d" % n), record(b"only-%d" % n, b"v")).code == NONE

    def read(side):
        with Connection(*leader[side]) as raw:
            answer = fetched(raw.call("Fetch", 11, fetch_request(topic)))
            return [(one.offset, one.key, one.value) for one in read_batches(answer["Records"])]

    def is_cleaned():
        produce("through", record(b"roll", b""))  # the newest segment is never cleaned
        return [value for _, key, value in read("direct") if key == b"k"] == [b"4"]

    eventually(is_cleaned)
    found = read("through")
    assert found == read("direct")
    assert {key for _, key, _ in found} >= {b"k"} | {b"only-%d" % n for n in range(5)}
    assert found[0][0] > 0, "no gap"


@pytest.mark.parametrize("is_guarded", [False, True], ids=["plain", "guarded"])
def test_five_idempotent_batches_in_flight_and_all_of_them_again(bkes, leader, new_topic, new_key, producer,
                                                                 is_guarded):
    topic, key = "bkes" if is_guarded else new_topic(partitions=1), new_key()
    batches = [producer([record(key, b"%d" % n, [("order", b"%d" % n)])], sequence=n) for n in range(5)]

    def all_at_once():
        with Connection(*leader["through"]) as raw:
            for one in batches:
                raw.send("Produce", 9, produce_request({(topic, 0): one}))
            answers = [produce_outcomes(raw.receive())[topic, 0] for _ in batches]
        return [(one.code, one.offset) for one in answers]

    first = all_at_once()
    start = first[0][1]
    assert first == [(NONE, start + n) for n in range(5)]
    assert all_at_once() == first


def test_transactions_beside_guarded_appends(bkes, new_topic, new_key):
    """An open transaction of another topic holds no append up, and takes offsets of a guarded topic's group along."""
    topic, key = new_topic(partitions=1), new_key()
    with EventTopic(bkes, partitions=1) as events:
        assert events.append(key, b"0", order=0).code == NONE
        consumer = rdkafka_consumer(bkes.address, group_id=topic, isolation_level="read_committed")
        consumer.subscribe(["bkes"])
        while rdkafka_poll(consumer, 1)[0].key() != key:
            pass
        producer = Producer(scene.client(bkes.address) | {"transactional.id": topic})
        producer.init_transactions(30)
        for order, commits in ((1, False), (2, True)):
            producer.begin_transaction()
            producer.produce(topic, value=b"%d" % order)
            assert producer.flush(30) == 0
            assert events.append(key, b"%d" % order, order=order).code == NONE
            if commits:
                producer.send_offsets_to_transaction(consumer.position(consumer.assignment()),
                                                     consumer.consumer_group_metadata(), 30)
                producer.commit_transaction(30)
            else:
                producer.abort_transaction(30)
        position = consumer.position([TopicPartition("bkes", 0)])[0].offset
        assert consumer.committed([TopicPartition("bkes", 0)], 30)[0].offset == position
        consumer.close()
        assert events.values(key) == [b"0", b"1", b"2"]
        conflict = events.append(key, b"x", order=1)
        assert conflict.code == POLICY_VIOLATION
    committed = rdkafka_read(bkes.address, topic, 1, partition=0, isolation_level="read_committed")
    assert [one.value() for one in committed] == [b"2"]
