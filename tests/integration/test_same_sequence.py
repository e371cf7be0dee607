"""Idempotent producers that send a batch again, and ones that give two batches one sequence."""

import dataclasses

import pytest

from events import (OUT_OF_ORDER_SEQUENCE, POLICY_VIOLATION, EventTopic, event, log_of,
                    produce_outcomes, produce_request)
from record_batches import CODECS, batch


@pytest.fixture
def events(bkes):
    with EventTopic(bkes) as topic:
        yield topic


def in_flight_together(events, partition, *batches):
    """The outcomes of batches sent on one connection before the first answer."""
    for data in batches:
        events.raw.send("Produce", 9, produce_request({(events.topic, partition): data}))
    return [produce_outcomes(events.raw.receive())[events.topic, partition] for _ in batches]


def values_in_log(kafka, partition, key):
    found, _ = log_of(kafka, "bkes", partition)
    return [one.value for one in found if one.key == key]


ORDERS = {"any": ("any", "any", "any"), "absent": (None, None, None), "numbers": (0, 1, 2)}


@pytest.mark.parametrize("orders", ORDERS.values(), ids=ORDERS)
def test_second_of_two_in_flight_is_refused(events, kafka, producer, new_key, orders):
    key = new_key()
    partition = events.partition_of(key)
    first, second, third = (event(key, b"%d" % n, order) for n, order in enumerate(orders))
    outcomes = in_flight_together(events, partition, producer([first], 0), producer([second], 0),
                                  producer([third if orders[0] != 0 else second], 1))
    assert [one.code for one in outcomes] == [0, OUT_OF_ORDER_SEQUENCE, 0]
    assert outcomes[1].offset == -1
    # The first one's successor is accepted, and nothing is called a success that isn't there.
    kept = b"2" if orders[0] != 0 else b"1"
    assert events.values(key) == values_in_log(kafka, partition, key) == [b"0", kept]


@pytest.mark.parametrize("orders", ORDERS.values(), ids=ORDERS)
def test_second_of_two_in_turn_is_refused(events, kafka, producer, new_key, orders):
    key = new_key()
    partition = events.partition_of(key)
    first, second, third = (event(key, b"%d" % n, order) for n, order in enumerate(orders))
    assert events.append_batch(producer([first], 0), partition).code == 0
    refused = events.append_batch(producer([second], 0), partition)
    assert (refused.code, refused.offset) == (OUT_OF_ORDER_SEQUENCE, -1)
    assert events.append_batch(producer([second], 1), partition).code == 0
    # Neither of the newest batch nor of one before it.
    for sequence in (0, 1):
        assert events.append_batch(producer([third], sequence),
                                   partition).code == OUT_OF_ORDER_SEQUENCE
    assert events.append_batch(producer([third], 2), partition).code == 0
    assert events.values(key) == values_in_log(kafka, partition, key) == [b"0", b"1", b"2"]


def test_second_over_another_connection_is_refused(bkes, events, producer, new_key):
    key = new_key()
    partition = events.partition_of(key)
    with EventTopic(bkes) as other:
        events.raw.send("Produce", 9, produce_request(
            {("bkes", partition): producer([event(key, b"0", "any")], 0)}))
        other.raw.send("Produce", 9, produce_request(
            {("bkes", partition): producer([event(key, b"1", "any")], 0)}))
        codes = [produce_outcomes(one.raw.receive())["bkes", partition].code
                 for one in (events, other)]
    assert sorted(codes) == [0, OUT_OF_ORDER_SEQUENCE]
    assert events.values(key) == [b"%d" % codes.index(0)]


def test_refused_sequence_may_carry_another_command(events, producer, new_key):
    """What a client does after a conflict: the sequence isn't used up."""
    key = new_key()
    partition = events.partition_of(key)
    refused = events.append_batch(producer([event(key, b"wrong", 7)], 0), partition)
    assert refused.code == POLICY_VIOLATION
    assert events.append_batch(producer([event(key, b"right", 0)], 0), partition).code == 0
    assert events.append_batch(producer([event(key, b"wrong", 7)], 0),
                               partition).code == OUT_OF_ORDER_SEQUENCE
    assert events.values(key) == [b"right"]


@pytest.mark.parametrize("codec", CODECS)
def test_resend_may_be_stamped_and_compressed_anew(events, kafka, producer, new_key, codec):
    key = new_key()
    partition = events.partition_of(key)
    sent = [event(key, b"v" * 100, "any", [("h", b"1")]), event(key, None, "any")]
    first = events.append_batch(producer(sent, 0), partition)
    assert first.code == 0
    later = [dataclasses.replace(one, timestamp=one.timestamp + 5000 + 7 * n)
             for n, one in enumerate(sent)]
    again = events.append_batch(producer(later, 0, codec=codec), partition)
    assert (again.code, again.offset) == (0, first.offset)
    outcomes = in_flight_together(events, partition, producer([event(key, b"w", "any")], 2),
                                  producer([event(key, b"w", "any", timestamp=1)], 2))
    assert [one.code for one in outcomes] == [0, 0]
    assert outcomes[0].offset == outcomes[1].offset
    assert values_in_log(kafka, partition, key) == [b"v" * 100, None, b"w"]


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "broker"])
def test_sequences_go_on_at_0_after_the_largest(bkes, producer, new_topic, new_key, is_guarded):
    """A batch may lie across the end. The broker shows what is right."""
    largest = 2**31 - 1
    topic = "bkes" if is_guarded else new_topic(partitions=5)
    key = new_key()
    with EventTopic(bkes, topic) as events:
        def append(count, sequence, value=b"v"):
            outcome = events.append_batch(producer([event(key, value)] * count, sequence),
                                          events.partition_of(key))
            return outcome.code, outcome.offset

        _, first = append(2, largest - 3)
        assert append(4, largest - 1) == (0, first + 2)
        assert append(4, largest - 1) == (0, first + 2)
        assert append(1, largest)[0] == OUT_OF_ORDER_SEQUENCE
        assert append(1, 3)[0] == OUT_OF_ORDER_SEQUENCE
        assert append(1, 2) == (0, first + 6)
        assert append(2, largest - 3) == (0, first)
        assert append(1, 3) == (0, first + 7)
