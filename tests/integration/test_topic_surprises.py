"""Guarded topics that change while bkes serves them."""

import threading

from confluent_kafka.admin import NewPartitions

from bkes_process import verify
from clients import eventually
from events import (NONE, NOT_ENOUGH_REPLICAS, NOT_LEADER, POLICY_VIOLATION, TIMED_OUT, UNKNOWN_TOPIC,
                    EventTopic, conflict, event, log_of)

RETRIABLE = (UNKNOWN_TOPIC, NOT_LEADER, NOT_ENOUGH_REPLICAS, TIMED_OUT)


def assert_store_agrees(bkes, topic):
    """Of a bkes that is stopped."""
    code, report = verify(bkes, topic)
    assert code == 0, report


def append_in_the_end(events, one, partition):
    """Tries again as a client does; the outcome that is no invitation to do so."""
    outcomes = []

    def is_final():
        outcomes.append(events.append_all([one], partition=partition))
        return outcomes[-1].code not in RETRIABLE
    eventually(is_final)
    return outcomes[-1]


def test_new_partitions_are_served_without_a_restart(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=2)
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, 2) as events:
        assert events.append(b"known", b"0", 0).code == NONE
        home = events.partition_of(b"known")
    admin = kafka.admin()  # the future dies with it
    admin.create_partitions([NewPartitions(topic, 4)])[topic].result(30)

    with EventTopic(bkes, topic, 4) as events:
        def append_to_new():
            outcome = events.append_all([event(b"new", b"0", 0)], partition=3)
            assert outcome.code in (NONE, UNKNOWN_TOPIC, NOT_LEADER, NOT_ENOUGH_REPLICAS), outcome
            return outcome.code == NONE
        eventually(append_to_new)
        assert events.values(b"new") == [b"0"]
        # A known key keeps its home, wherever clients hash it to now.
        other = next(n for n in (2, 3) if n != home)
        redirected = events.append_all([event(b"known", b"1", 1)], partition=other)
        assert (redirected.code, redirected.offset) == (NONE, -1)
        refused = events.append_all([event(b"known", b"1", 1)], partition=other)
        assert (refused.code, refused.text) == (POLICY_VIOLATION, conflict(2, 1, home))
        assert events.append_all([event(b"known", b"2", 2)], partition=home).code == NONE
        assert events.values(b"known") == [b"0", b"1", b"2"]
    bkes.stop()


def test_a_topic_that_is_deleted_and_created_again(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=3)
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, 3) as events:
        for order in range(3):
            assert events.append_all([event(b"old", b"v", order)], partition=2).code == NONE
        kafka.make_topic_anew(topic, partitions=2)
        # Until then a conflict may still be told by the topic that was, as it is for `lease.ms`.
        bkes.wait_for_log("deleted and created again")

        late = append_in_the_end(events, event(b"old", b"v", 3), partition=0)
        assert late.text == conflict(expected=0, got=3, partition=0)
        assert append_in_the_end(events, event(b"old", b"new", 0), partition=1).code == NONE
        assert events.values(b"old") == [b"new"]
        assert events.append_all([event(b"x", b"x", 0)], partition=2).code == UNKNOWN_TOPIC
    assert bkes.metrics()[("bkes_store_rebuilds_total", "cause=topic_made_anew")] == 2
    bkes.stop()
    assert [one.value for one in log_of(kafka, topic, 1)[0] if one.key] == [b"new"]
    assert_store_agrees(bkes, topic)


def test_a_topic_created_again_under_load(kafka, start_bkes, new_topic):
    """Whoever appends all the time, without an order, gets true answers: what is acknowledged after
    the new topic is there stands in it."""
    topic = new_topic(partitions=2)
    bkes = start_bkes(topics=topic)
    acknowledged, is_over = [], threading.Event()

    def append_until_over():
        with EventTopic(bkes, topic, 2) as events:
            number = 0
            while not is_over.is_set():
                outcome = events.append_all([event(b"busy", b"%d" % number, "any")], partition=0)
                assert outcome.code in (NONE, *RETRIABLE), outcome
                if outcome.code == NONE:
                    acknowledged.append((number, outcome.offset))
                number += 1

    appender = threading.Thread(target=append_until_over)
    appender.start()
    try:
        eventually(lambda: len(acknowledged) > 100)
        for _ in range(3):  # the ones before the last are gone for good
            kafka.make_topic_anew(topic, partitions=2)
            seen = len(acknowledged)
            eventually(lambda: len(acknowledged) > seen + 100)
    finally:
        is_over.set()
        appender.join()
    with EventTopic(bkes, topic, 2) as events:
        values = events.values(b"busy")
    log = [one for one in log_of(kafka, topic, 0)[0] if one.key == b"busy"]
    assert values == [one.value for one in log]
    standing = {one.offset: one.value for one in log}
    assert all(standing[offset] == b"%d" % number for number, offset in acknowledged[seen:])
    bkes.stop()
    assert_store_agrees(bkes, topic)


def test_a_topic_created_again_with_fewer_partitions_while_bkes_was_away(kafka, start_bkes, new_topic,
                                                                         tmp_path):
    topic = new_topic(partitions=3)
    bkes = start_bkes(topics=topic, directory=tmp_path / "kept")
    with EventTopic(bkes, topic, 3) as events:
        assert events.append_all([event(b"k", b"old", 0)], partition=2).code == NONE
    bkes.stop()
    kafka.make_topic_anew(topic, partitions=2)
    bkes = start_bkes(topics=topic, directory=tmp_path / "kept")
    with EventTopic(bkes, topic, 2) as events:
        assert append_in_the_end(events, event(b"k", b"new", 0), partition=1).code == NONE
        assert events.values(b"k") == [b"new"]
    bkes.wait_for_log(f"warn .*store of a partition is built again topic={topic} partition=0 cause=topic_made_anew")
    assert bkes.metrics()[("bkes_store_rebuilds_total", "cause=topic_made_anew")] == 2
    bkes.stop()
