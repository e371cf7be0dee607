"""Appending to a guarded topic: what is accepted, what is refused and how, what the log holds."""

import socket

import pytest
from confluent_kafka import KafkaError
from kafka.errors import PolicyViolationError

from clients import eventually, python_producer, rdkafka_producer, rdkafka_send
from events import (INVALID_ACKS, INVALID_RECORD, INVALID_TOPIC, NOT_ENOUGH_REPLICAS,
                    OUT_OF_ORDER_SEQUENCE, POLICY_VIOLATION, TIMED_OUT, TOO_LARGE, UNKNOWN_TOPIC,
                    EventTopic, conflict, end_of, event, log_of, produce_outcomes, produce_request)
from record_batches import CODECS, batch, encode_record, record, xerial_snappy
from wire import Connection


@pytest.fixture
def events(bkes):
    with EventTopic(bkes) as topic:
        yield topic


def assert_refused(outcome, code, text, index=0):
    """Code, text and the one record error that clients show."""
    assert (outcome.code, outcome.offset) == (code, -1)
    assert outcome.text == text
    assert outcome.record_errors == [(index, text)]


# Accepted


def test_orders_count_up_from_0(events, kafka, new_key):
    key = new_key()
    partition = events.partition_of(key)
    for n in range(5):
        end = end_of(kafka, "bkes", partition)
        outcome = events.append(key, b"v%d" % n, n)
        assert (outcome.code, outcome.text) == (0, None)
        assert outcome.offset >= end
        # Success means readable, at once and in the log.
        assert events.values(key)[-1] == b"v%d" % n
        assert events.next_order(key) == n + 1
    found, _ = log_of(kafka, "bkes", partition)
    mine = [one for one in found if one.key == key]
    assert [one.order for one in mine] == [b"%d" % n for n in range(5)]
    assert mine[-1].offset == outcome.offset


def test_log_holds_a_record_as_it_was_produced(events, kafka, new_key):
    key, headers = new_key(), [("a", b"1"), ("a", None), ("", b""), ("é", bytes(range(256)))]
    sent = event(key, bytes(range(256)), 0, headers, timestamp=1234567890123)
    outcome = events.append_all([sent])
    found, _ = log_of(kafka, "bkes", events.partition_of(key))
    (mine,) = [one for one in found if one.key == key]
    assert (mine.value, mine.headers, mine.timestamp) == (sent.value, sent.headers, sent.timestamp)
    assert mine.offset == outcome.offset
    (read,) = events.read(key)
    assert (read.value, read.headers, read.timestamp) == (sent.value, sent.headers, sent.timestamp)
    assert read.offset == 0


def test_tombstone_and_empty_value_are_events(events, new_key):
    key = new_key()
    for n, value in enumerate([None, b"", b"x"]):
        assert events.append(key, value, n).code == 0
    assert events.values(key) == [None, b"", b"x"]


def test_any_exists_and_absent_header(events, new_key):
    key = new_key()
    assert events.append(key, b"0", "any").code == 0
    assert events.append(key, b"1", "exists").code == 0
    assert events.append(key, b"2").code == 0
    assert events.append(key, b"3", 3).code == 0
    assert events.values(key) == [b"0", b"1", b"2", b"3"]


def test_empty_key_is_a_key(events):
    assert events.append(b"", b"0", 0).code == 0
    assert_refused(events.append(b"", b"0", 0), POLICY_VIOLATION,
                   conflict(1, 0, events.partition_of(b"")))
    assert events.append(b"", b"1", 1).code == 0
    assert events.values(b"") == [b"0", b"1"]


def test_null_key_is_no_event_and_passes(events, kafka):
    for order in (None, "any"):
        outcome = events.append(None, b"no event", order, partition=2)
        assert outcome.code == 0
        found, _ = log_of(kafka, "bkes", 2)
        assert [(one.key, one.value) for one in found if one.offset == outcome.offset] == [
            (None, b"no event")]


def test_batch_counts_up(events, new_key):
    key = new_key()
    assert events.append_all([event(key, b"%d" % n, n) for n in range(5)]).code == 0
    outcome = events.append_all([event(key, b"%d" % n, n) for n in (5, 6, 7)])
    assert outcome.code == 0
    assert events.values(key) == [b"%d" % n for n in range(8)]


def test_batch_of_several_keys(events, new_key):
    keys = [new_key() for _ in range(3)]
    sent = [event(keys[n % 3], b"%d" % n, n // 3) for n in range(9)]
    sent.insert(4, event(None, b"no event"))
    outcome = events.append_all(sent, partition=1)
    assert outcome.code == 0
    for n, key in enumerate(keys):
        assert events.values(key) == [b"%d" % m for m in range(n, 9, 3)]


def test_mixed_conditions_in_one_batch(events, new_key):
    key = new_key()
    orders = [0, "exists", "any", 3, None, 5]
    assert events.append_all([event(key, b"%d" % n, order)
                              for n, order in enumerate(orders)]).code == 0
    assert events.values(key) == [b"%d" % n for n in range(6)]


@pytest.mark.parametrize("codec", [*CODECS, "xerial"])
def test_compressed_batches(events, new_key, codec):
    key = new_key()
    sent = [event(key, b"%d" % n * 200, n) for n in range(50)]
    if codec == "xerial":
        plain = b"".join(encode_record(one, n, sent[0].timestamp) for n, one in enumerate(sent))
        data = batch(sent, attributes=CODECS["snappy"], records=xerial_snappy(plain))
        outcome = events.append_batch(data, events.partition_of(key))
    else:
        outcome = events.append_all(sent, codec=codec)
    assert outcome.code == 0
    assert events.values(key) == [one.value for one in sent]
    refused = events.append_all(sent, codec="none" if codec == "xerial" else codec)
    assert_refused(refused, POLICY_VIOLATION, conflict(50, 0, events.partition_of(key)))


@pytest.mark.parametrize("version", range(3, 13))
def test_every_version_of_produce(events, new_key, version):
    key = new_key()
    assert events.append(key, order=0, version=version).code == 0
    refused = events.append(key, order=0, version=version)
    if version >= 8:
        assert_refused(refused, POLICY_VIOLATION, conflict(1, 0, events.partition_of(key)))
    else:
        assert (refused.code, refused.text) == (POLICY_VIOLATION, None)


def test_any_port_takes_a_guarded_produce(bkes, events, new_key):
    key = new_key()
    with EventTopic(bkes, port=bkes.port + 2) as other:
        for n in range(10):
            assert (events, other)[n % 2].append(key, order=n).code == 0


def test_pipelined_appends_on_one_connection(events, new_key):
    key = new_key()
    partition = events.partition_of(key)
    for n in range(100):
        data = batch([event(key, b"%d" % n, n)])
        events.raw.send("Produce", 9, produce_request({("bkes", partition): data}))
    outcomes = [produce_outcomes(events.raw.receive())["bkes", partition] for _ in range(100)]
    assert [one.code for one in outcomes] == [0] * 100
    assert [one.offset for one in outcomes] == sorted({one.offset for one in outcomes})
    assert events.next_order(key) == 100


def test_event_of_1_mib(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=1, config={"max.message.bytes": "1200000"})
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, 1) as events:
        value = b"0123456789abcdef" * 65536
        assert events.append(b"k", value, 0).code == 0
        assert events.append(b"k", value[::-1], 1, version=12).code == 0
        assert events.values(b"k") == [value, value[::-1]]
        # The broker's own limit, in its own words.
        outcome = events.append(b"k", value * 2, 2)
        assert outcome.code == TOO_LARGE
        assert events.append(b"k", b"small", 2).code == 0


# Refused: nothing of these may reach the log


@pytest.fixture
def unchanged_log(kafka, events):
    """The log's ends are the same after the test as at `unchanged_log()`."""
    before = []

    def remember():
        before[:] = [end_of(kafka, "bkes", n) for n in range(5)]

    remember()
    yield remember
    assert [end_of(kafka, "bkes", n) for n in range(5)] == before


def test_conflict(events, new_key, unchanged_log):
    key = new_key()
    partition = events.partition_of(key)
    assert_refused(events.append(key, order=1), POLICY_VIOLATION, conflict(0, 1, partition))
    assert events.append_all([event(key, b"v", n) for n in range(7)]).code == 0
    unchanged_log()
    for got in (0, 5, 6, 8, 2**63 - 1):
        assert_refused(events.append(key, order=got), POLICY_VIOLATION, conflict(7, got, partition))


def test_exists_on_a_key_never_seen(events, new_key, unchanged_log):
    key = new_key()
    text = f"bkes: no such aggregate: partition={events.partition_of(key)} index=0"
    assert_refused(events.append(key, order="exists"), POLICY_VIOLATION, text)


BAD_HEADERS = [b"+5", b"05", b"00", b"-1", b"", b" 5", b"5 ", b"5\0", b"0x5", b"5.0", b"1e3",
               b"ANY", b"Any", b"exist", b"9223372036854775808", b"18446744073709551616", b"\xff",
               None]


@pytest.mark.parametrize("value", BAD_HEADERS)
def test_unreadable_header(events, new_key, unchanged_log, value):
    key = new_key()
    outcome = events.append(key, headers=[("order", value)])
    assert outcome.code == INVALID_RECORD
    assert "order" in outcome.text and "index=0" in outcome.text
    assert outcome.record_errors == [(0, outcome.text)]


def test_repeated_header(events, new_key, unchanged_log):
    for values in ((b"0", b"0"), (b"any", b"any"), (b"0", b"any"), (b"x", b"0")):
        outcome = events.append(new_key(), headers=[("order", one) for one in values])
        assert outcome.code == INVALID_RECORD
        assert outcome.record_errors == [(0, outcome.text)]


def test_header_names_are_compared_exactly(events, new_key):
    key = new_key()
    for name in ("Order", "ORDER", "order ", "orde", "orders"):
        assert events.append(key, headers=[(name, b"77")]).code == 0


@pytest.mark.parametrize("order", [0, 1, "exists"])
def test_null_key_with_an_order(events, unchanged_log, order):
    outcome = events.append(None, order=order)
    assert outcome.code == INVALID_RECORD
    assert "key" in outcome.text
    assert outcome.record_errors == [(0, outcome.text)]


def test_batch_is_all_or_nothing(events, new_key, unchanged_log):
    key, other = new_key(), new_key()
    partition = events.partition_of(key)
    outcome = events.append_all([event(key, b"v", n) for n in (0, 1, 3)])
    assert_refused(outcome, POLICY_VIOLATION, conflict(2, 3, partition, 2), 2)
    outcome = events.append_all([event(key, b"v", n) for n in (0, 0)])
    assert_refused(outcome, POLICY_VIOLATION, conflict(1, 0, partition, 1), 1)
    outcome = events.append_all([event(key, b"v", 0), event(other, b"v", 1)], partition=partition)
    assert_refused(outcome, POLICY_VIOLATION, conflict(0, 1, partition, 1), 1)
    outcome = events.append_all([event(key, b"v", 0), event(other, b"v", "exists")])
    text = f"bkes: no such aggregate: partition={partition} index=1"
    assert_refused(outcome, POLICY_VIOLATION, text, 1)
    outcome = events.append_all([event(key, b"v", 0), event(key, b"v", "05")])
    assert outcome.code == INVALID_RECORD and outcome.record_errors == [(1, outcome.text)]
    assert events.next_order(key) == events.next_order(other) == 0


def test_first_part_of_a_batch_is_known_already(events, new_key, unchanged_log):
    key = new_key()
    assert events.append_all([event(key, b"v", n) for n in range(3)]).code == 0
    unchanged_log()
    outcome = events.append_all([event(key, b"v", n) for n in range(5)])
    assert_refused(outcome, POLICY_VIOLATION, conflict(3, 0, events.partition_of(key)))


def test_partition_that_is_not_there(events, new_key, unchanged_log):
    for partition in (5, 1000, -1):
        assert events.append(new_key(), order=0, partition=partition).code == UNKNOWN_TOPIC


def test_transactional_batch(events, new_key, unchanged_log):
    outcome = events.append(new_key(), order=0, attributes=0x10, producer_id=1, epoch=0, sequence=0)
    assert outcome.code == POLICY_VIOLATION
    assert "transaction" in outcome.text


def test_acks_that_do_not_exist(events, new_key, unchanged_log):
    for acks in (2, -2, 100):
        assert events.append(new_key(), order=0, acks=acks).code == INVALID_ACKS


def test_key_topics_are_read_only(events, unchanged_log):
    answer = events.raw.call("Produce", 9, produce_request({
        ("bkes.key.a", 0): batch([event(b"a", b"v", 0)]),
        ("bkes.key..2e", 0): batch([event(b"a", b"v", 0)])}))
    outcomes = produce_outcomes(answer)
    assert outcomes["bkes.key.a", 0].code == POLICY_VIOLATION
    assert outcomes["bkes.key..2e", 0].code == INVALID_TOPIC


# Several at once


def test_one_request_to_guarded_and_other_topics(bkes, kafka, new_topic, new_key):
    plain, key, other = new_topic(partitions=2), new_key(), new_key()
    with EventTopic(bkes, port=bkes.port + 2) as events:  # the leader of `plain`
        for round_number in range(2):
            outcomes = produce_outcomes(events.raw.call("Produce", 9, produce_request({
                (plain, 0): batch([record(None, b"p0")]),
                ("bkes", 0): batch([event(key, b"v", 0)]),
                ("bkes", 1): batch([event(other, b"v", "any")]),
                (plain, 1): batch([record(None, b"p1")]),
                ("no-such-topic", 0): batch([record(None, b"v")])})))
            codes = {where: outcome.code for where, outcome in outcomes.items()}
            assert codes == {(plain, 0): 0, (plain, 1): 0, ("no-such-topic", 0): UNKNOWN_TOPIC,
                             ("bkes", 1): 0, ("bkes", 0): POLICY_VIOLATION if round_number else 0}
    assert end_of(kafka, plain, 0) == end_of(kafka, plain, 1) == 2


# acks


def test_acks_1_and_all_are_both_answered_when_written(events, new_key):
    key = new_key()
    for n, acks in enumerate([1, -1, 1]):
        assert events.append(key, order=n, acks=acks).code == 0
        assert events.next_order(key) == n + 1


def test_acks_0_is_not_answered(events, new_key):
    key = new_key()
    for n in range(10):
        events.append(key, b"%d" % n, n, acks=0)
    # Answers come in the order of the requests: this one is the first.
    assert events.append(key, b"10", 10).code == 0
    assert events.values(key) == [b"%d" % n for n in range(11)]


def test_refused_append_with_acks_0_closes_the_connection(bkes, events, new_key, unchanged_log):
    events.append(new_key(), order=1, acks=0)
    assert events.raw.wait_closed() == b""
    bkes.wait_for_log("order conflict: expected=0 got=1")


def test_acks_0_with_another_topic_beside(bkes, kafka, new_topic, new_key):
    plain, key = new_topic(partitions=1), new_key()
    with Connection(bkes.host, bkes.port + 2) as raw:
        for n in range(3):
            raw.send("Produce", 9, produce_request({
                ("bkes", 0): batch([event(key, b"v", n)]),
                (plain, 0): batch([record(None, b"p")])}, acks=0), answered=False)
        assert raw.call("Metadata", 9, {"Topics": [{"Name": plain}]})["Topics"]
    with EventTopic(bkes) as events:
        eventually(lambda: events.next_order(key) == 3)
    assert end_of(kafka, plain, 0) == 3


# The same append again


def idempotent(events, key, orders, sequence, producer_id=77, epoch=0):
    return events.append_all([event(key, b"%d" % n, n) for n in orders], producer_id=producer_id,
                             epoch=epoch, sequence=sequence)


def test_resend_of_an_idempotent_producer_gets_the_original_offset(events, new_key):
    key = new_key()
    partition = events.partition_of(key)
    first = idempotent(events, key, [0, 1], 0)
    second = idempotent(events, key, [2], 2)
    assert (first.code, second.code) == (0, 0)
    for _ in range(2):
        assert idempotent(events, key, [0, 1], 0) == first
        assert idempotent(events, key, [2], 2) == second
    # Without sequences it is another append, and equal bytes make it no resend.
    assert_refused(events.append_all([event(key, b"2", 2)]), POLICY_VIOLATION,
                   conflict(3, 2, partition))
    assert events.values(key) == [b"0", b"1", b"2"]


def test_sequences_are_checked(events, new_key):
    key = new_key()
    assert idempotent(events, key, [0], 0, producer_id=78).code == 0
    assert idempotent(events, key, [1], 5, producer_id=78).code == OUT_OF_ORDER_SEQUENCE
    assert idempotent(events, key, [1], 1, producer_id=78).code == 0
    # A refused batch: what comes after it waits for its sequence, or for a new epoch.
    assert idempotent(events, key, [7], 2, producer_id=78).code == POLICY_VIOLATION
    assert idempotent(events, key, [2], 3, producer_id=78).code == OUT_OF_ORDER_SEQUENCE
    assert idempotent(events, key, [2], 0, producer_id=78, epoch=1).code == 0


def test_event_ids(start_bkes, new_topic):
    topic = new_topic(partitions=1)
    bkes = start_bkes(topics=topic, event_id_header="ce_id")

    def sent(first, ids):
        return [event(b"k", one, first + n, [("ce_id", one)]) for n, one in enumerate(ids)]

    with EventTopic(bkes, topic, 1) as events:
        first = events.append_all(sent(0, [b"a"]))
        second = events.append_all(sent(1, [b"b", b"c"]))
        assert (first.code, second.code) == (0, 0)
        assert events.append_all(sent(0, [b"a"])) == first
        assert events.append_all(sent(1, [b"b", b"c"])) == second
        assert events.append_all(sent(0, [b"x"])).code == POLICY_VIOLATION
        assert events.append_all(sent(1, [b"b", b"x"])).code == POLICY_VIOLATION
        assert events.append_all(sent(1, [b"b", b"c", b"d"])).code == POLICY_VIOLATION
        assert events.append_all([event(b"k", b"any", "any", [("ce_id", b"a")])]).code == 0
        assert events.values(b"k") == [b"a", b"b", b"c", b"any"]


# Other settings


def test_required_header(start_bkes, new_topic):
    topic = new_topic(partitions=1)
    bkes = start_bkes(topics=topic, order_required="true")
    with EventTopic(bkes, topic, 1) as events:
        for key, order in [(b"k", None), (None, None), (None, "any")]:
            outcome = events.append(key, order=order)
            assert outcome.code == INVALID_RECORD
            assert outcome.record_errors == [(0, outcome.text)]
        assert events.append(b"k", order="any").code == 0
        assert events.append(b"k", order=1).code == 0


def test_other_header_name(start_bkes, new_topic):
    topic = new_topic(partitions=1)
    bkes = start_bkes(topics=topic, order_header="x-version")
    with EventTopic(bkes, topic, 1) as events:
        assert events.append(b"k", headers=[("x-version", b"0"), ("order", b"77")]).code == 0
        outcome = events.append(b"k", headers=[("x-version", b"0")])
        assert_refused(outcome, POLICY_VIOLATION, conflict(1, 0, 0))


@pytest.mark.parametrize("codec", CODECS)
def test_batch_above_the_limit(start_bkes, new_topic, codec):
    topic = new_topic(partitions=1)
    bkes = start_bkes(topics=topic, batch_bytes_max=100000)
    with EventTopic(bkes, topic, 1) as events:
        sent = [event(b"k", b"x" * 60000, n) for n in range(2)]
        assert events.append_all(sent, codec=codec).code == TOO_LARGE
        assert events.append_all(sent[:1], codec=codec).code == 0
        assert events.next_order(b"k") == 1


# When Kafka doesn't answer


def test_kafka_does_not_answer_in_time(kafka, bkes, events, new_key):
    key = new_key()
    assert events.append(key, order=0).code == 0
    kafka.broker(1).pause()
    try:
        outcome = events.append(key, b"late", 1, timeout_ms=300)
        assert outcome.code == TIMED_OUT
    finally:
        kafka.broker(1).resume()
    # It is still driven to its end.
    eventually(lambda: events.next_order(key) == 2)
    assert events.values(key) == [b"v", b"late"]
    assert events.append(key, order=2).code == 0


def test_answers_while_kafka_is_silent_tell_the_truth(kafka, start_bkes, new_topic):
    """7: it may be written, and will be. 19: nothing was written, send it again."""
    topic = new_topic(partitions=1)
    bkes = start_bkes(topics=topic, hold_ms=300)
    bkes.wait_for_log("ready topic=")
    with EventTopic(bkes, topic, 1) as events:
        assert events.append(b"k", order=0).code == 0
        kafka.broker(1).pause()
        try:
            outcomes = {b"%d" % n: events.append(b"%d" % n, order=0, timeout_ms=500)
                        for n in range(3)}
        finally:
            kafka.broker(1).resume()
        assert outcomes[b"0"].code == TIMED_OUT
        assert {one.code for one in outcomes.values()} <= {TIMED_OUT, NOT_ENOUGH_REPLICAS}
        assert events.append(b"k", order=1).code == 0
        for key, outcome in outcomes.items():
            assert events.next_order(key) == (1 if outcome.code == TIMED_OUT else 0)


def test_client_that_goes_away_does_not_stop_its_append(bkes, events, new_key):
    key = new_key()
    with EventTopic(bkes) as gone:
        gone.raw.send("Produce", 9, produce_request({
            ("bkes", gone.partition_of(key)): batch([event(key, b"v", 0)])}))
        gone.raw.socket.shutdown(socket.SHUT_WR)
    outcome = events.append(key, order=1)
    assert outcome.code in (0, POLICY_VIOLATION)
    eventually(lambda: events.next_order(key) in (1, 2) or None)


# What ordinary clients see


def test_rdkafka_sees_the_conflict(bkes, events, new_key):
    for config in ({}, {"enable_idempotence": True}):
        key = new_key()
        where = events.partition_of(key)
        producer = rdkafka_producer(bkes.address, **config)
        for n in range(3):
            (offset,) = rdkafka_send(producer, "bkes", [(key, b"v", [("order", b"%d" % n)], where)])
            assert isinstance(offset, int)
            (error,) = rdkafka_send(producer, "bkes", [(key, b"v", [("order", b"0")], where)])
            assert error.code() == KafkaError.POLICY_VIOLATION and not error.fatal()
        assert events.next_order(key) == 3


def test_kafka_python_sees_the_conflict(bkes, events, new_key):
    key = new_key()
    producer = python_producer(bkes.address, acks="all")

    def send(order):
        headers = [("order", b"%d" % order)]
        return producer.send("bkes", key=key, value=b"v", headers=headers, partition=0).get(30)

    for n in range(2):
        assert send(n).offset >= 0
        with pytest.raises(PolicyViolationError):
            send(0)
    producer.close()
    assert events.next_order(key) == 2


@pytest.mark.parametrize("idempotence", ["true", "false"])
def test_java_sees_the_conflict_and_its_text(java, events, new_key, idempotence):
    key = new_key().decode()
    config = {"enable.idempotence": idempotence}

    def send(*orders):
        return java.send([{"topic": "bkes", "key": key, "value": "v", "partition": 3,
                           "headers": {"order": str(one)}} for one in orders],
                         name=f"i{idempotence}", config=config)

    assert "offset" in send(0)[0]
    for n in range(1, 4):
        (refused,) = send(0)
        assert refused["error"] == "PolicyViolationException"
        assert conflict(n, 0, 3) in refused["message"]
        assert "offset" in send(n)[0]
    assert events.next_order(key.encode()) == 4


def test_java_transaction_on_a_guarded_topic(java, events, new_key, unchanged_log):
    key = new_key()
    (refused,) = java.transaction([{"topic": "bkes", "key": key.decode(), "value": "v"}],
                                  name="guarded-txn", commit=False)
    assert refused["error"] == "PolicyViolationException"
    assert events.next_order(key) == 0
