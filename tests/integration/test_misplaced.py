"""Appends that name another partition than the home of their key (contract section 3): clients with
different partitioners, or partitions that were added. They are written at the home."""

import subprocess
import threading

import pytest
from confluent_kafka import KafkaError
from confluent_kafka.admin import NewPartitions

from bkes_process import run_bkes
from clients import eventually, rdkafka_producer, rdkafka_send
from events import (OUT_OF_ORDER_SEQUENCE, POLICY_VIOLATION, EventTopic, conflict, event, log_of,
                    produce_outcomes, produce_request)
from record_batches import batch, record

ELSEWHERE = (0, -1, None)  # written, but not in the partition that was named


@pytest.fixture
def events(bkes):
    with EventTopic(bkes) as topic:
        yield topic


@pytest.fixture
def two_homes(events, new_key):
    """(key, its home, another partition): the key has one event."""
    key = new_key()
    home = events.partition_of(key)
    assert events.append(key, b"0", 0).code == 0
    return key, home, (home + 1) % 5


def seen(outcome):
    return outcome.code, outcome.offset, outcome.text


def places(kafka, key, topic="bkes", partitions=5):
    """{partition: values of the key} in the log."""
    found = {n: [one.value for one in log_of(kafka, topic, n)[0] if one.key == key] for n in range(partitions)}
    return {partition: values for partition, values in found.items() if values}


def test_written_at_the_home_whatever_the_header(events, kafka, two_homes):
    key, home, other = two_homes
    for n, order in enumerate((1, "any", "exists", None), 1):
        assert seen(events.append(key, b"%d" % n, order, partition=other)) == ELSEWHERE
    assert events.values(key) == [b"%d" % n for n in range(5)]
    assert places(kafka, key) == {home: [b"%d" % n for n in range(5)]}
    assert seen(events.append(key, b"5", 5))[0] == 0


def test_conflict_is_that_of_the_home(events, kafka, two_homes):
    key, home, other = two_homes
    for order in (0, 7):
        refused = events.append(key, b"x", order, partition=other)
        assert seen(refused) == (POLICY_VIOLATION, -1, conflict(1, order, home))
        assert refused.record_errors == [(0, refused.text)]
    assert places(kafka, key) == {home: [b"0"]}


def test_batch_goes_as_a_whole(events, kafka, two_homes, new_key):
    """With a record without a key, which may stand anywhere."""
    key, home, other = two_homes
    second = next(key for key in iter(new_key, None) if events.partition_of(key) == home)
    assert events.append(second, order=0).code == 0
    outcome = events.append_all([event(key, b"1", 1), record(None, b"no event"), event(second, b"v", 1),
                                 event(key, b"2", "any")], partition=other)
    assert seen(outcome) == ELSEWHERE
    assert places(kafka, key) == {home: [b"0", b"1", b"2"]}
    refused = events.append_all([event(key, b"3", 3), event(second, b"v", 7)], partition=other)
    assert seen(refused) == (POLICY_VIOLATION, -1, conflict(2, 7, home, 1))
    assert events.next_order(key) == 3


def test_keys_of_several_homes_are_refused(events, kafka, two_homes, new_key):
    key, home, other = two_homes
    for stranger in (new_key(), next(key for key in iter(new_key, None) if events.partition_of(key) == other)):
        if events.partition_of(stranger) == other:
            assert events.append(stranger, order=0).code == 0
        for at, both in enumerate(([key, stranger], [stranger, key])):
            refused = events.append_all([event(one, b"x", "any") for one in both], partition=other)
            assert refused.code == POLICY_VIOLATION
            assert refused.text == f"bkes: wrong partition: home={home} got={other} index={at}"
    assert places(kafka, key) == {home: [b"0"]}


def test_sequences_are_those_of_the_partition_that_was_named(events, producer, two_homes, new_key):
    key, _, other = two_homes
    local = next(one for one in iter(new_key, None) if events.partition_of(one) == other)

    def send(records, sequence):
        return seen(events.append_batch(producer(records, sequence), other))

    assert send([event(local, b"0", 0)], 0)[0] == 0
    assert send([event(key, b"1", 1)], 1) == ELSEWHERE
    assert send([event(local, b"1", 1)], 2)[0] == 0
    assert send([event(key, b"1", 1)], 1) == ELSEWHERE, "a resend"
    assert send([event(key, b"other", 2)], 1)[0] == OUT_OF_ORDER_SEQUENCE, "no resend"
    assert send([event(key, b"x", 7)], 3)[0] == POLICY_VIOLATION
    assert send([event(local, b"2", 2)], 4)[0] == OUT_OF_ORDER_SEQUENCE, "behind a refused one"
    assert send([event(key, b"2", 2)], 3) == ELSEWHERE
    assert send([event(local, b"2", 2)], 4)[0] == 0
    assert events.values(key) == [b"0", b"1", b"2"]


def test_many_in_flight_keep_their_order(events, kafka, producer, two_homes, new_key):
    """Every other one stays; with the sequences of an idempotent producer, and without."""
    key, home, other = two_homes
    local = next(one for one in iter(new_key, None) if events.partition_of(one) == other)
    for make in (producer, lambda records, _: batch(records)):
        start = events.next_order(key)
        ours = [event(key, b"%d" % (start + n), start + n) for n in range(10)]
        theirs = [event(local, b"v", "any") for _ in range(10)]
        for n, one in enumerate(one for both in zip(ours, theirs) for one in both):
            events.raw.send("Produce", 9, produce_request({("bkes", other): make([one], n)}))
        for n in range(20):
            outcome = produce_outcomes(events.raw.receive())["bkes", other]
            assert outcome.code == 0 and (outcome.offset == -1) == (n % 2 == 0), (n, outcome)
    assert places(kafka, key) == {home: [b"%d" % n for n in range(21)]}


def test_new_key_in_all_partitions_at_once(events, kafka, new_key):
    key = new_key()
    answer = events.raw.call("Produce", 9, produce_request({
        ("bkes", n): batch([event(key, b"%d" % n, "any")]) for n in range(5)}))
    outcomes = produce_outcomes(answer)
    assert all(one.code == 0 for one in outcomes.values())
    ((_, home),) = [where for where, one in outcomes.items() if one.offset >= 0]
    ((place, values),) = places(kafka, key).items()
    assert place == home and sorted(values) == [b"%d" % n for n in range(5)]


def test_of_new_keys_in_two_partitions_one_writer_wins(bkes, new_key):
    for _ in range(20):
        key, outcomes = new_key(), {}
        barrier = threading.Barrier(2)

        def append(partition):
            with EventTopic(bkes) as events:
                barrier.wait()
                outcomes[partition] = events.append(key, order=0, partition=partition)

        threads = [threading.Thread(target=append, args=[n]) for n in (1, 3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(one.code for one in outcomes.values()) == [0, POLICY_VIOLATION]
        assert {one.text for one in outcomes.values()} & {conflict(1, 0, 1), conflict(1, 0, 3)}


def test_acks_0(events, two_homes):
    key, _, other = two_homes
    events.append(key, b"1", 1, partition=other, acks=0)
    eventually(lambda: events.next_order(key) == 2)
    assert events.values(key) == [b"0", b"1"]


def test_kcat_goes_on_with_what_bkes_append_began(bkes, kafka, new_key):
    """Their partitioners put 16 of 20 keys into different partitions."""
    keys = [new_key().decode() for _ in range(20)]
    for key in keys:
        done = run_bkes("append", "bkes", key, "--order", "0", "--bootstrap-servers", bkes.address, stdin=b"0")
        assert done.returncode == 0, done.stderr
        done = subprocess.run(["kcat", "-P", "-b", bkes.address, "-t", "bkes", "-k", key, "-H", "order=1"],
                              input=b"1", capture_output=True, timeout=60)
        assert done.returncode == 0 and not done.stderr, done.stderr
        ((_, values),) = places(kafka, key.encode()).items()
        assert values == [b"0", b"1"]


def test_partitions_that_are_added(kafka, start_bkes, new_topic):
    """The client's partitioner sends most keys elsewhere now; its producer is idempotent."""
    topic = new_topic(partitions=5)
    bkes = start_bkes(topics=topic)
    keys = [b"k%d" % n for n in range(100)]
    producer = rdkafka_producer(bkes.address, enable_idempotence=True, linger_ms=0, batch_num_messages=1)
    rdkafka_send(producer, topic, [(key, b"0", [("order", b"0")]) for key in keys])
    admin = kafka.admin()
    admin.create_partitions([NewPartitions(topic, 8)])[topic].result(30)
    producer = rdkafka_producer(bkes.address, enable_idempotence=True, linger_ms=0, batch_num_messages=1)
    eventually(lambda: len(producer.list_topics(topic).topics[topic].partitions) == 8)
    offsets = []
    for order in (1, 2):
        offsets += rdkafka_send(producer, topic, [(key, b"%d" % order, [("order", b"%d" % order)]) for key in keys])
    assert None in offsets and all(not isinstance(one, KafkaError) for one in offsets)
    for key in keys:
        ((_, values),) = places(kafka, key, topic, 8).items()
        assert values == [b"0", b"1", b"2"]


def test_refused_when_that_is_wanted(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=3)
    bkes = start_bkes(topics=topic, misplaced="refuse")
    with EventTopic(bkes, topic, 3) as events:
        assert events.append(b"k", order=0, partition=2).code == 0
        for order in (0, 1, 7, "any", "exists", None):
            refused = events.append(b"k", order=order, partition=1)
            assert seen(refused) == (POLICY_VIOLATION, -1, "bkes: wrong partition: home=2 got=1 index=0")
            assert refused.record_errors == [(0, refused.text)]
    assert places(kafka, b"k", topic, 3) == {2: [b"v"]}
