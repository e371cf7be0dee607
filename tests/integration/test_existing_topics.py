"""Topics that were there before bkes, and others that write to them beside it.

Every store is looked at from two sides: what a client gets by key, and `bkes verify`.
"""

import collections
import itertools
import random
import shutil

import pytest

from bkes_process import assert_agrees, run_bkes, verify
from clients import (eventually, kcat, rdkafka_producer, rdkafka_send)
from events import (NONE, NOT_LEADER, POLICY_VIOLATION, EventTopic, conflict, end_of, event,
                    fetch_request, fetched, key_topic, produce_outcomes, produce_request)
from record_batches import CODECS, batch, read_batches, record
from wire import Connection

MIB = 1 << 20


def write(kafka, topic, partition, data, version=9):
    """A batch straight to the broker, past bkes. Its offset."""
    host, port = kafka.addresses[0]
    with Connection(host, port) as raw:
        def written():  # a topic may be new even to its leader
            answer = raw.call("Produce", version, produce_request({(topic, partition): data}))
            outcome = produce_outcomes(answer)[topic, partition]
            return outcome if outcome.code != NOT_LEADER else None
        outcome = eventually(written)
    assert outcome.code == NONE, outcome
    return outcome.offset


def wait_readable(bkes, topic):
    with Connection(bkes.host, bkes.port) as raw:
        eventually(lambda: raw.call("ListKeys", 0, {"Topic": topic, "Prefix": b"",
                                                    "Limit": 1})["ErrorCode"] == NONE, 60)


@pytest.fixture
def start_on(start_bkes):
    """start_on(topic): a bkes that has read all of it."""
    def start(topic):
        bkes = start_bkes(topics=topic)
        wait_readable(bkes, topic)
        return bkes
    return start


def fetch_all(events, keys):
    """{key: (partition, start, next, offsets, records)} by FetchByKey, byte for byte."""
    found = {}
    left = {key: 0 for key in keys}
    while left:
        asked = list(left.items())[:500]
        answer = events.raw.call("FetchByKey", 0, {
            "Topic": events.topic, "MaxBytes": 16 * MIB, "Keys": [
                {"Key": key, "FromOrder": order, "MinNextOrder": 0, "MaxBytes": 16 * MIB}
                for key, order in asked]})
        assert answer["ErrorCode"] == NONE, answer
        for one in answer["Keys"]:
            assert one["ErrorCode"] == NONE, one
            key, offsets = one["Key"], one["LogOffsets"]
            before = found.get(key, (None, None, None, [], b""))
            found[key] = (one["Partition"], one["StartOrder"], one["NextOrder"],
                          before[3] + offsets, before[4] + (one["Records"] or b""))
            order = max(left[key], one["StartOrder"]) + len(offsets)
            if order >= one["NextOrder"]:
                del left[key]
            else:
                left[key] = order
    return found


def list_keys(events):
    found, after = [], None
    while page := events.raw.call("ListKeys", 0, {
            "Topic": events.topic, "Prefix": b"", "After": after, "Limit": 10_000})["Keys"]:
        found += page
        after = page[-1]["Key"]
    return found


def content(events):
    """All that can be read of a topic's store."""
    listed = list_keys(events)
    return listed, fetch_all(events, [one["Key"] for one in listed])


# Old records


def test_records_without_headers_of_ordinary_producers(kafka, start_on, new_topic):
    topic = new_topic(partitions=3)
    producer = rdkafka_producer(kafka.bootstrap_servers, partitioner="consistent_random")
    rdkafka_send(producer, topic, [(b"k%d" % (n % 7), b"%d" % n, None) for n in range(700)])
    kcat(kafka.bootstrap_servers, "-P", "-t", topic, "-k", "from-kcat", stdin=b"a\nb\nc\n")
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 3) as events:
        for n in range(7):
            key = b"k%d" % n
            assert events.values(key) == [b"%d" % m for m in range(n, 700, 7)]
            assert events.next_order(key) == 100
            refused = events.append(key, b"x", 99)
            assert refused.text == conflict(100, 99, events.partition_of(key))
            assert events.append(key, b"x", 100).code == NONE
        assert events.values(b"from-kcat") == [b"a", b"b", b"c"]
    assert_agrees(bkes, topic, events=710, keys=8)


def test_tombstones_empty_keys_empty_values_and_no_keys(kafka, start_on, new_topic):
    topic = new_topic(partitions=2)
    headers = [("a", b"1"), ("a", None), ("", b"")]
    write(kafka, topic, 0, batch([record(b"", b"0"), record(b"k", None), record(None, b"no event"),
                                  record(b"k", b"", headers), record(b"", b"", headers),
                                  record(b"k", None, headers), record(b"", None)]))
    write(kafka, topic, 1, batch([record(None, None), record(b"\0\xff", b"binary")]))
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 2) as events:
        assert events.values(b"") == [b"0", b"", None]
        assert events.values(b"k") == [None, b"", None]
        assert [one.headers for one in events.read(b"k")] == [[], headers, headers]
        assert events.values(b"\0\xff") == [b"binary"]
        assert [one["Key"] for one in list_keys(events)] == [b"", b"\0\xff", b"k"]
        assert events.append(b"", b"more", 3, partition=0).code == NONE
    assert_agrees(bkes, topic, events=8, keys=3)


@pytest.mark.parametrize("codec", CODECS)
def test_every_compression(kafka, start_on, new_topic, codec):
    topic = new_topic(partitions=1, prefix=f"c-{codec}-")
    for first in range(0, 300, 100):
        write(kafka, topic, 0, batch([record(b"k%d" % (n % 3), b"%d" % n * 50)
                                      for n in range(first, first + 100)], codec=codec))
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 1) as events:
        for n in range(3):
            assert events.values(b"k%d" % n) == [b"%d" % m * 50 for m in range(n, 300, 3)]
    assert_agrees(bkes, topic, events=300, keys=3)


def test_event_of_1_mib_and_batches_of_many(kafka, start_on, new_topic):
    topic = new_topic(partitions=1, config={"max.message.bytes": "5000000"})
    value = random.Random(1).randbytes(MIB)
    write(kafka, topic, 0, batch([record(b"big", value)]))
    write(kafka, topic, 0, batch([record(b"small", b"%d" % n) for n in range(3000)], codec="zstd"))
    write(kafka, topic, 0, batch([record(b"big", value[::-1]), record(b"big", b"")]))
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 1) as events:
        assert fetch_all(events, [b"small"])[b"small"][2] == 3000
        (big,) = fetch_all(events, [b"big"]).values()
        assert [one.value for one in read_batches(big[4])] == [value, value[::-1], b""]
    assert_agrees(bkes, topic, events=3003, keys=2)


def test_control_records_and_aborted_transactions(kafka, start_on, new_topic):
    """They take offsets, never orders; also where they lie between each other."""
    topic = new_topic(partitions=2)
    producers = []
    for n in range(2):
        producers.append(rdkafka_producer(kafka.bootstrap_servers, transactional_id=f"{topic}-{n}"))
        producers[-1].init_transactions(30)

    def send(producer, value):
        for partition in range(2):
            producer.produce(topic, key=b"k%d" % partition, value=value, partition=partition)
        assert producer.flush(30) == 0

    expected = []
    for number in range(12):
        for producer in producers:
            producer.begin_transaction()
        send(producers[0], b"a%d" % number)
        send(producers[1], b"b%d" % number)
        send(producers[0], b"A%d" % number)
        if number % 3:
            producers[0].commit_transaction()
        else:
            producers[0].abort_transaction()
        send(producers[1], b"B%d" % number)
        if number % 2:
            producers[1].commit_transaction()
        else:
            producers[1].abort_transaction()
        for value, wins in ((b"a", number % 3), (b"b", number % 2), (b"A", number % 3),
                            (b"B", number % 2)):
            if wins:
                expected.append(value + b"%d" % number)
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 2) as events:
        assert events.values(b"k0") == events.values(b"k1") == expected
        # And while bkes runs: what is undecided is nobody's, and appends wait for it.
        producers[0].begin_transaction()
        send(producers[0], b"open")
        for partition in range(2):
            bkes.wait_for_log("transaction of another application is open "
                              f"topic={topic} partition={partition}")
        held = b"k0", b"held", len(expected) + 1
        with EventTopic(bkes, topic, 2) as waiting, EventTopic(bkes, topic, 2) as reading:
            data = batch([event(*held)])
            waiting.raw.send("Produce", 9, produce_request({(topic, 0): data}))
            reading.raw.send("Fetch", 11, fetch_request(
                key_topic(topic, b"k1"), max_wait_ms=20_000, MinBytes=0))
            waiting.raw.wait_read()
            reading.raw.wait_read()
            producers[0].commit_transaction()
            outcome = produce_outcomes(waiting.raw.receive())[topic, 0]
            assert outcome.code == NONE, outcome
            part = fetched(reading.raw.receive())
            assert part["ErrorCode"] == NONE
            assert [one.value for one in read_batches(part["Records"])] == [*expected, b"open"]
        eventually(lambda: events.values(b"k0") == [*expected, b"open", b"held"])
        eventually(lambda: events.values(b"k1") == [*expected, b"open"])
    assert_agrees(bkes, topic, events=2 * len(expected) + 3, keys=2)


def test_log_that_begins_later(kafka, start_on, new_topic):
    """DeleteRecords as retention does it: before bkes reads the topic, and while it runs."""
    topic = new_topic(partitions=1)
    write(kafka, topic, 0, batch([event(b"gone", b"%d" % n, n) for n in range(10)]))
    write(kafka, topic, 0, batch([event(b"cut", b"%d" % n, n) for n in range(10)]))
    write(kafka, topic, 0, batch([event(b"whole", b"%d" % n, n) for n in range(10)]))
    delete_before(kafka, topic, 15)
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 1) as events:
        # The first event that is left says its own order.
        assert start_and_next(events, b"cut") == (5, 10)
        assert [one.value for one in events.read(b"cut", 5)] == [b"%d" % n for n in range(5, 10)]
        assert start_and_next(events, b"gone") == (0, 0)
        assert events.append(b"cut", b"10", 10).code == NONE
        assert events.append(b"whole", b"10", 10).code == NONE
        # Orders don't start again when all events of a key go.
        delete_before(kafka, topic, 30)
        eventually(lambda: start_and_next(events, b"cut") == (10, 11))
        assert start_and_next(events, b"whole") == (10, 11)
        delete_before(kafka, topic, -1)
        eventually(lambda: start_and_next(events, b"whole") == (11, 11))
        assert events.append(b"whole", b"11", 11).code == NONE
        assert [one.value for one in events.read(b"whole", 11)] == [b"11"]
        refused = events.append(b"cut", b"x", 0)
        assert (refused.code, refused.text) == (POLICY_VIOLATION, conflict(11, 0, 0))
    assert_agrees(bkes, topic)


def start_and_next(events, key):
    (one,) = events.raw.call("FetchByKey", 0, {"Topic": events.topic, "Keys": [
        {"Key": key, "FromOrder": 0, "MinNextOrder": 0}]})["Keys"]
    return one["StartOrder"], one["NextOrder"]


def delete_before(kafka, topic, offset):
    host, port = kafka.addresses[0]
    with Connection(host, port) as raw:
        answer = raw.call("DeleteRecords", 2, {"TimeoutMs": 30_000, "Topics": [
            {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": offset}]}]})
    assert answer["Topics"][0]["Partitions"][0]["ErrorCode"] == NONE, answer


# Many


def test_100000_keys_and_a_key_with_20000_events(kafka, start_on, new_topic):
    topic = new_topic(partitions=4)
    counts = collections.Counter()
    producer = rdkafka_producer(kafka.bootstrap_servers, linger_ms=20, compression_type="lz4",
                                queue_buffering_max_messages=200_000)

    def send(key, partition):
        producer.produce(topic, key=key, value=b"%s-%d" % (key, counts[key]), partition=partition)
        counts[key] += 1

    for n in range(100_000):
        send(b"key-%d" % n, n % 4)
        if n % 5 == 0:
            send(b"long", 2)
        if n % 1000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 4) as events:
        listed = list_keys(events)
        assert len(listed) == 100_001
        assert [one["Key"] for one in listed] == sorted(counts)
        (long,) = fetch_all(events, [b"long"]).values()
        assert long[:3] == (2, 0, 20_000)
        assert [one.value for one in read_batches(long[4])] == [b"long-%d" % n
                                                               for n in range(20_000)]
        sample = [b"key-%d" % n for n in range(0, 100_000, 97)]
        for key, found in fetch_all(events, sample).items():
            assert [one.value for one in read_batches(found[4])] == [key + b"-0"]
        name = key_topic(topic, b"long")
        last = kcat(bkes.address, "-C", "-t", name, "-p", "0", "-o", "19998", "-e", "-q",
                    "-f", "%o %s\n")
        assert last == b"19998 long-19998\n19999 long-19999\n"
        assert events.append(b"long", b"more", 20_000, partition=2).code == NONE
    assert bkes.resident_bytes() < 300 * MIB
    assert_agrees(bkes, topic, events=120_001, keys=100_001)


# Others write beside bkes


def test_foreign_records_while_bkes_runs(kafka, start_on, new_topic):
    topic = new_topic(partitions=1)
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 1) as events:
        assert events.append(b"k", b"0", 0).code == NONE
        # Found when the next append's offset shows a gap: before its answer leaves.
        write(kafka, topic, 0, batch([record(b"other", b"0")]))
        assert events.append(b"k", b"1", 1).code == NONE
        assert events.values(b"other") == [b"0"]
        # A foreign event of the same key: the order goes on from what the log says.
        write(kafka, topic, 0, batch([record(b"k", b"2"), record(b"k", b"3")]))
        eventually(lambda: events.next_order(b"k") == 4)
        refused = events.append(b"k", b"x", 2)
        assert (refused.code, refused.text) == (POLICY_VIOLATION, conflict(4, 2, 0))
        assert events.append(b"k", b"4", 4).code == NONE
        assert events.values(b"k") == [b"0", b"1", b"2", b"3", b"4"]
        # An order header that isn't the place: the place counts.
        write(kafka, topic, 0, batch([event(b"k", b"5", 77)]))
        eventually(lambda: events.next_order(b"k") == 6)
        bkes.wait_for_log(f"an order that isn't their place topic={topic} partition=0 count=1")
        assert events.append(b"k", b"6", 6).code == NONE
        assert [one.offset for one in events.read(b"k")] == list(range(7))
    assert_agrees(bkes, topic, events=8, keys=2, misnumbered=1)


def test_long_polls_see_foreign_records(kafka, start_on, new_topic):
    topic = new_topic(partitions=1)
    bkes = start_on(topic)
    with EventTopic(bkes, topic, 1) as events:
        events.raw.send("FetchByKey", 0, {"Topic": topic, "MaxWaitMs": 20_000, "Keys": [
            {"Key": b"k", "FromOrder": 0, "MinNextOrder": 1}]})
        events.raw.wait_read()
        write(kafka, topic, 0, batch([record(b"k", b"foreign")]))
        (one,) = events.raw.receive()["Keys"]
        assert [found.value for found in read_batches(one["Records"])] == [b"foreign"]


def test_foreign_and_guarded_writers_race(kafka, start_on, new_topic):
    """Hundreds of gaps: every event by its place in the log, once."""
    topic = new_topic(partitions=2)
    bkes = start_on(topic)
    foreign = rdkafka_producer(kafka.bootstrap_servers)
    appended = 0
    with EventTopic(bkes, topic, 2) as events:
        for n in range(300):
            foreign.produce(topic, key=b"k%d" % (n % 2), value=b"f%d" % n, partition=n % 2)
            if n % 10 == 0:
                foreign.poll(0)
            outcome = events.append(b"k%d" % (n % 2), b"b%d" % n, "any", partition=n % 2)
            assert outcome.code == NONE, outcome
            appended += 1
        assert foreign.flush(30) == 0
        eventually(lambda: events.next_order(b"k0") + events.next_order(b"k1") == 300 + appended)
        for partition in range(2):
            values = events.values(b"k%d" % partition)
            assert sorted(values) == sorted(
                kind + b"%d" % n for kind, n in itertools.product((b"f", b"b"), range(300))
                if n % 2 == partition)
            for kind in (b"f", b"b"):
                mine = [int(one[1:]) for one in values if one.startswith(kind)]
                assert mine == sorted(mine)
    assert_agrees(bkes, topic, events=600, keys=2)


def test_key_in_two_partitions(kafka, start_on, new_topic):
    """Split by others: the partition whose first event is the older one is its home, for ever."""
    topic = new_topic(partitions=3)
    write(kafka, topic, 2, batch([record(b"split", b"late", timestamp=2_000)]))
    write(kafka, topic, 0, batch([record(b"split", b"early", timestamp=1_000)]))
    bkes = start_on(topic)
    for order in (1, 2):
        with EventTopic(bkes, topic, 3) as events:
            assert events.values(b"split") == [b"early", b"next", b"next"][:order]
            moved = events.append(b"split", b"next", order, partition=2)
            assert (moved.code, moved.offset) == (0, -1)
        bkes.wait_for_log(f'aggregate stands in two partitions topic={topic} .*key="split"')
        bkes.stop()
        code, report = verify(bkes, topic)
        assert (code, report["differences"]) == (0, 0)
        assert report["split_keys"] == [{"key": "split"}]
        shutil.rmtree(bkes.data_dir)
        bkes.start().wait_ready()
        wait_readable(bkes, topic)


# Rebuilt


def test_store_is_rebuilt_byte_for_byte(kafka, start_on, new_topic):
    """Written through bkes and past it, in transactions and compressed: deleted and read again
    twice, by `serve` and by `sync --once`, it is the same."""
    topic = new_topic(partitions=3)
    bkes = start_on(topic)
    choice = random.Random(3)
    producer = rdkafka_producer(kafka.bootstrap_servers, transactional_id=topic)
    producer.init_transactions(30)
    with EventTopic(bkes, topic, 3) as events:
        for n in range(150):
            key = b"k%d" % choice.randrange(20)
            partition = events.partition_of(key)
            what = choice.randrange(4)
            if what == 0:
                write(kafka, topic, partition, batch(
                    [record(key, choice.randbytes(choice.randrange(300)), [("h", b"%d" % n)])
                     for _ in range(choice.randrange(1, 5))], codec=choice.choice(list(CODECS))))
            elif what == 1 and n % 5 == 0:
                producer.begin_transaction()
                producer.produce(topic, key=key, value=b"t%d" % n, partition=partition)
                (producer.commit_transaction if n % 2 else producer.abort_transaction)()
            else:
                outcome = events.append(key, choice.choice([None, b"", b"v%d" % n]), "any",
                                        [("id", b"%d" % n)])
                assert outcome.code == NONE, outcome
        foreign_are_read(kafka, bkes, topic, 3)
        before = content(events)
    assert len(before[1]) == 20
    bkes.stop()
    for again in ("serve", "sync", "serve"):
        shutil.rmtree(bkes.data_dir)
        if again == "sync":
            done = run_bkes("sync", "--once", "--topics", topic, "--bootstrap-servers",
                            bkes.bootstrap_servers, "--data-dir", bkes.data_dir)
            assert done.returncode == 0, done.stderr
        bkes.start().wait_ready()
        wait_readable(bkes, topic)
        with EventTopic(bkes, topic, 3) as events:
            assert content(events) == before
        assert_agrees(bkes, topic)


def foreign_are_read(kafka, bkes, topic, partitions):
    """A first append to each partition fills what others wrote before it."""
    with EventTopic(bkes, topic, partitions) as events:
        for partition in range(partitions):
            assert events.append(None, b"no event", partition=partition).code == NONE
