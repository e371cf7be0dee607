"""Guarded topics that change while bkes serves them."""

from confluent_kafka.admin import NewPartitions

from clients import eventually
from events import (NONE, NOT_ENOUGH_REPLICAS, NOT_LEADER, POLICY_VIOLATION, UNKNOWN_TOPIC, EventTopic,
                    event)


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
        refused = events.append_all([event(b"known", b"1", 1)], partition=2)
        assert refused.code == POLICY_VIOLATION
        assert f"home={home}" in refused.text
        assert events.append_all([event(b"known", b"1", 1)], partition=home).code == NONE
        assert events.values(b"known") == [b"0", b"1"]
    bkes.stop()
