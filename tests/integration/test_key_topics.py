"""Reading an aggregate with an unmodified consumer: each key is a topic, its offsets are orders."""

import os
import threading
import time
import uuid

import pytest
from confluent_kafka import (TIMESTAMP_LOG_APPEND_TIME, KafkaError, KafkaException,
                             TopicPartition)
from confluent_kafka.admin import AdminClient, NewTopic
from kafka.structs import TopicPartition as PythonTopicPartition

import scene
from clients import (eventually, kcat, python_consumer, python_poll, rdkafka_consumer, rdkafka_poll,
                     rdkafka_producer, rdkafka_read, rdkafka_send)
from events import (INVALID_TOPIC, NONE, POLICY_VIOLATION, UNKNOWN_TOPIC, EventTopic, event,
                    fetch_request, fetched, key_topic)
from group_offsets import commit_offsets, committed_offsets
from kafka_cluster import EVENT_TOPIC
from record_batches import CODECS, read_batches, read_headers
from wire import Connection

OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_ID = 1, 100
BKES_NODE = 1000000000


@pytest.fixture
def events(bkes):
    with EventTopic(bkes) as topic:
        yield topic


@pytest.fixture
def aggregate(events, new_key):
    """(key, its topic's name) of an aggregate of ten events."""
    key = new_key()
    sent = [event(key, b"v%d" % n, n, [("n", b"%d" % n)], 1000 + 10 * n) for n in range(10)]
    assert events.append_all(sent).code == 0
    return key, key_topic("bkes", key)


VALUES = [b"v%d" % n for n in range(10)]


def metadata(raw, *names, version=12):
    answer = raw.call("Metadata", version, {"Topics": [{"Name": one} for one in names]})
    return {one["Name"]: one for one in answer["Topics"]}


def list_offset(raw, name, timestamp, version=11):
    answer = raw.call("ListOffsets", version, {"ReplicaId": -1, "Topics": [{
        "Name": name, "Partitions": [{"PartitionIndex": 0, "Timestamp": timestamp}]}]})
    return answer["Topics"][0]["Partitions"][0]


# Ordinary consumers


def test_kcat(bkes, aggregate):
    _, name = aggregate
    arguments = ("-C", "-t", name, "-p", "0", "-e", "-q", "-f", "%o=%s %h\n")
    found = kcat(bkes.address, *arguments, "-o", "beginning").splitlines()
    assert found == [b"%d=v%d n=%d,order=%d" % (n, n, n, n) for n in range(10)]
    assert len(kcat(bkes.address, *arguments, "-o", "7").splitlines()) == 3
    assert len(kcat(bkes.address, *arguments, "-o", "-2").splitlines()) == 2
    assert kcat(bkes.address, "-Q", "-t", f"{name}:0:-1").strip().endswith(b"offset 10")
    assert kcat(bkes.address, "-Q", "-t", f"{name}:0:1045").strip().endswith(b"offset 5")


def test_rdkafka(bkes, aggregate):
    key, name = aggregate
    found = rdkafka_read(bkes.address, name, 10, partition=0, check_crcs=True)
    assert [(one.offset(), one.key(), one.value()) for one in found] == [
        (n, key, VALUES[n]) for n in range(10)]
    assert [one.timestamp()[1] for one in found] == [1000 + 10 * n for n in range(10)]


def test_position_after_the_last_event_is_the_next_order(bkes, events, aggregate):
    key, name = aggregate
    consumer = rdkafka_consumer(bkes.address)
    consumer.assign([TopicPartition(name, 0, 0)])
    rdkafka_poll(consumer, 10)
    (position,) = consumer.position([TopicPartition(name, 0)])
    low, high = consumer.get_watermark_offsets(TopicPartition(name, 0), timeout=30)
    assert (position.offset, low, high) == (10, 0, 10)
    assert events.append(key, b"next", position.offset).code == 0
    (message,) = rdkafka_poll(consumer, 1)
    assert (message.offset(), message.value()) == (10, b"next")
    consumer.close()


def test_kafka_python(bkes, aggregate):
    _, name = aggregate
    where = PythonTopicPartition(name, 0)
    consumer = python_consumer(bkes.address)
    consumer.assign([where])
    assert [one.value for one in python_poll(consumer, 10)] == VALUES
    assert consumer.position(where) == 10
    assert consumer.beginning_offsets([where]) == {where: 0}
    assert consumer.end_offsets([where]) == {where: 10}
    assert consumer.offsets_for_times({where: 1041})[where].offset == 5
    consumer.close()


def test_java(events, java, aggregate):
    key, name = aggregate
    java.assign([[name, 0, -2]], name=name)
    records, positions = java.poll(10, name=name)
    assert [one["value"].encode() for one in records] == VALUES
    assert [one["offset"] for one in records] == list(range(10))
    assert positions == {f"{name}-0": 10}
    events.append(key, b"next", 10)
    records, positions = java.poll(1, name=name)
    assert [one["value"] for one in records] == ["next"]
    java.assign([[name, 0, -1]], name=name)
    assert java.poll(0, name=name)[1] == {f"{name}-0": 11}
    # Java's Admin looks up the leaders that DescribeTopicPartitions names in DescribeCluster, where
    # the bkes node never is, and so shows none.
    assert java.admin("describeTopics", [name]) == {name: [-1]}
    java.call("close", name=name)


def test_java_reads_key_topics_and_real_ones_at_once(java, events, new_topic, aggregate):
    _, name = aggregate
    plain = new_topic(partitions=1)
    java.send([{"topic": plain, "value": str(n)} for n in range(5)])
    java.assign([[name, 0, -2], [plain, 0, -2]], name=plain)
    records, positions = java.poll(15, name=plain)
    assert sorted(one["topic"] for one in records) == sorted([name] * 10 + [plain] * 5)
    assert positions == {f"{name}-0": 10, f"{plain}-0": 5}
    java.call("close", name=plain)


def test_classic_groups_may_subscribe(bkes, java, aggregate):
    _, name = aggregate
    found = rdkafka_read(bkes.address, name, 10, group_id=name)
    assert [one.value() for one in found] == VALUES
    java.subscribe([name], name=name, config={"group.id": name + "-java",
                                              "enable.auto.commit": "false",
                                              "auto.offset.reset": "earliest"})
    assert [one["value"].encode() for one in java.poll(10, name=name)[0]] == VALUES
    java.call("commit", name=name)
    java.call("close", name=name)


def test_key_never_seen_is_an_empty_topic(bkes, events, new_key):
    key = new_key()
    name = key_topic("bkes", key)
    assert kcat(bkes.address, "-C", "-t", name, "-p", "0", "-o", "beginning", "-e", "-q") == b""
    assert (list_offset(events.raw, name, -2)["Offset"], events.next_order(key)) == (0, 0)


# Metadata


def test_metadata_of_a_key_topic(bkes, events, new_key):
    name = key_topic("bkes", new_key())
    found = metadata(events.raw, name)[name]
    assert found["ErrorCode"] == NONE and not found["IsInternal"]
    (partition,) = found["Partitions"]
    assert (partition["PartitionIndex"], partition["LeaderId"], partition["ErrorCode"]) == (
        0, BKES_NODE, 0)
    assert found["TopicId"].int != 0
    with EventTopic(bkes, port=bkes.port + 2) as other:
        assert metadata(other.raw, name)[name]["TopicId"] == found["TopicId"]


def test_describe_topic_partitions(events, aggregate):
    _, name = aggregate
    answer = events.raw.call("DescribeTopicPartitions", 0, {
        "Topics": [{"Name": name}, {"Name": "bkes"}], "ResponsePartitionLimit": 100})
    found = {one["Name"]: one for one in answer["Topics"]}
    assert [one["LeaderId"] for one in found[name]["Partitions"]] == [BKES_NODE]
    assert found[name]["TopicId"] == metadata(events.raw, name)[name]["TopicId"]
    assert len(found["bkes"]["Partitions"]) == 5


def test_key_topics_are_never_created_nor_listed(bkes, kafka, events, aggregate):
    _, name = aggregate
    metadata(events.raw, name, version=1)  # a version that always asks for creation
    for servers in (bkes.address, kafka.bootstrap_servers):
        topics = AdminClient(scene.client(servers)).list_topics(timeout=30).topics
        assert "bkes" in topics and not [one for one in topics if ".key." in one]


@pytest.mark.parametrize("key", [b"", b"a.b/c", b"order-42_X", b"\0", bytes(range(60)),
                                 bytes(range(196, 256)), "ünïcode".encode(), b"." * 80,
                                 b"k" * 240])
def test_names_with_escapes(bkes, events, key):
    name = key_topic("bkes", key)
    assert len(name) <= 249
    start = events.next_order(key)
    assert events.append(key, b"v", start).code == 0
    found = rdkafka_read(bkes.address, name, start + 1, partition=0)
    assert {one.key() for one in found} == {key}
    consumer = python_consumer(bkes.address)
    consumer.assign([PythonTopicPartition(name, 0)])
    assert python_poll(consumer, start + 1)[-1].key == key
    consumer.close()


def test_examples_of_the_contract():
    assert key_topic("bkes", b"order-42") == "bkes.key.order-42"
    assert key_topic("bkes", b"a.b/c") == "bkes.key.a.2Eb.2Fc"


@pytest.mark.parametrize("escaped", [".2e", ".41", ".2", ".", "..", "a.G0", "a/b", "a b", "k" * 241,
                                     ".2E" * 81])
def test_malformed_names(kafka, events, escaped):
    name = "bkes.key." + escaped
    assert metadata(events.raw, name)[name]["ErrorCode"] == INVALID_TOPIC
    assert list_offset(events.raw, name, -1)["ErrorCode"] == INVALID_TOPIC
    assert name not in kafka.admin().list_topics(timeout=30).topics


def test_names_of_topics_that_only_look_alike(kafka, bkes, events):
    """Only the name space of a guarded topic is bkes'."""
    for name in ("bkes.keys.a", "xbkes.key.a", "bkes.Key.a"):
        kafka.create_topic(name)
        assert metadata(events.raw, name)[name]["Partitions"][0]["LeaderId"] == 1
        assert rdkafka_send(rdkafka_producer(bkes.address), name, [(b"k", b"v", None)]) == [0]


# Fetch


@pytest.mark.parametrize("version", range(4, 18))
def test_every_version_of_fetch(events, aggregate, version):
    key, name = aggregate
    found = metadata(events.raw, name)[name]
    topic = {"TopicId": found["TopicId"]} if version >= 13 else {"Topic": name}
    request = {"MaxWaitMs": 0, "Topics": [topic | {"Partitions": [
        {"Partition": 0, "FetchOffset": 3, "PartitionMaxBytes": 1 << 20}]}]}
    if version >= 7:
        request |= {"SessionId": 0, "SessionEpoch": 0}  # asks for a session
    answer = events.raw.call("Fetch", version, request)
    if version >= 7:
        assert (answer["ErrorCode"], answer["SessionId"]) == (0, 0)
    part = fetched(answer)
    assert (part["ErrorCode"], part["HighWatermark"], part["LastStableOffset"]) == (0, 10, 10)
    found = [one for one in read_batches(part["Records"]) if one.offset >= 3]
    assert [(one.offset, one.value) for one in found] == list(enumerate(VALUES))[3:]


def test_unknown_topic_id(events):
    unknown = bytearray(uuid.uuid4().bytes)
    unknown[6] = unknown[6] & 0x0F | 0x80  # as key topics have, but never handed out
    topic_id = uuid.UUID(bytes=bytes(unknown))
    request = {"MaxWaitMs": 0, "Topics": [{"TopicId": topic_id, "Partitions": [
        {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1000}]}]}
    assert fetched(events.raw.call("Fetch", 13, request))["ErrorCode"] == UNKNOWN_TOPIC_ID


@pytest.mark.parametrize("codec", CODECS)
def test_records_are_the_logs_and_batches_are_not(events, new_key, codec):
    """Whatever batch an event came in, it leaves as plain records of no producer."""
    key = new_key()
    sent = [event(key, b"%d" % n, n, [("h", None)], 5000 - n) for n in range(3)]
    assert events.append_all(sent, codec=codec, producer_id=os.getpid(), epoch=1, sequence=0,
                             partition=CODECS[codec]).code == 0
    part = fetched(events.raw.call("Fetch", 11, fetch_request(key_topic("bkes", key))))
    for header, _, _ in read_headers(part["Records"]):
        assert (header.attributes, header.producer_id, header.epoch, header.sequence) == (
            0, -1, -1, -1)
        assert header.last_delta == header.count - 1
    found = read_batches(part["Records"])
    assert [(one.offset, one.key, one.value, one.headers, one.timestamp) for one in found] == [
        (n, key, one.value, one.headers, one.timestamp) for n, one in enumerate(sent)]


def test_offsets_out_of_range(events, aggregate):
    _, name = aggregate
    for offset, code in [(0, 0), (10, 0), (11, OFFSET_OUT_OF_RANGE), (-1, OFFSET_OUT_OF_RANGE),
                         (2**63 - 1, OFFSET_OUT_OF_RANGE)]:
        part = fetched(events.raw.call("Fetch", 11, fetch_request(name, offset=offset)))
        assert part["ErrorCode"] == code


def test_other_partitions_are_not_there(events, aggregate):
    _, name = aggregate
    part = fetched(events.raw.call("Fetch", 11, fetch_request(name, partition=1)))
    assert part["ErrorCode"] == UNKNOWN_TOPIC


def test_consumers_reset_from_out_of_range(bkes, aggregate):
    _, name = aggregate
    found = rdkafka_read(bkes.address, name, 10, partition=0, offset=500)
    assert [one.value() for one in found] == VALUES


def test_long_poll_gets_a_new_event_at_once(bkes, events, aggregate):
    key, name = aggregate
    with Connection(bkes.host, bkes.port) as raw:
        raw.send("Fetch", 11, fetch_request(name, offset=10, max_wait_ms=20000))
        started = time.monotonic()
        assert events.append(key, b"new", 10).code == 0
        part = fetched(raw.receive())
        assert time.monotonic() - started < 5
        assert [one.value for one in read_batches(part["Records"])] == [b"new"]


def test_long_poll_ends_in_time_and_is_not_woken_by_other_keys(bkes, events, aggregate, new_key):
    _, name = aggregate
    with Connection(bkes.host, bkes.port) as raw:
        started = time.monotonic()
        raw.send("Fetch", 11, fetch_request(name, offset=10, max_wait_ms=400))
        events.append(new_key(), order=0)
        part = fetched(raw.receive())
        assert 0.39 < time.monotonic() - started < 5
        assert (part["ErrorCode"], part["HighWatermark"], part["Records"] or b"") == (0, 10, b"")


def test_min_bytes(bkes, events, aggregate):
    key, name = aggregate
    with Connection(bkes.host, bkes.port) as raw:
        request = fetch_request(name, offset=10, max_wait_ms=20000) | {"MinBytes": 2000}
        raw.send("Fetch", 11, request)
        for n in range(3):
            assert events.append(key, b"x" * 900, 10 + n).code == 0
        assert len(read_batches(fetched(raw.receive())["Records"])) == 3


def test_byte_limits_leave_at_least_one_record(events, new_key):
    key = new_key()
    name = key_topic("bkes", key)
    for n in range(4):
        sent = [event(key, b"x" * 10000, order) for order in range(25 * n, 25 * n + 25)]
        assert events.append_all(sent).code == 0
    for limit, partition_limit in [(1, 1 << 20), (1 << 20, 1), (0, 0)]:
        answer = events.raw.call("Fetch", 11, fetch_request(
            name, max_bytes=partition_limit, MaxBytes=limit))
        assert len(read_batches(fetched(answer)["Records"])) >= 1
        assert len(fetched(answer)["Records"]) < 25000
    answer = events.raw.call("Fetch", 11, fetch_request(name, max_bytes=105000))
    assert 9 <= len(read_batches(fetched(answer)["Records"])) <= 11
    assert events.values(key) == [b"x" * 10000] * 100


def test_one_fetch_of_key_topics_and_real_ones(bkes, new_topic, aggregate):
    """Clients don't do so, as leaders differ; both halves are right all the same."""
    _, name = aggregate
    plain = new_topic(partitions=1)
    with EventTopic(bkes, port=bkes.port + 2) as events:
        rdkafka_send(rdkafka_producer(bkes.address), plain, [(None, b"p%d" % n, None)
                                                             for n in range(3)])
        request = fetch_request(name, max_wait_ms=500)
        request["Topics"].append(fetch_request(plain)["Topics"][0])
        request["Topics"].append(fetch_request("bkes.key.never-seen")["Topics"][0])
        for _ in range(2):
            answer = events.raw.call("Fetch", 11, request)
            parts = {one["Topic"]: one["Partitions"][0] for one in answer["Responses"]}
            values = {topic: [one.value for one in read_batches(part["Records"])]
                      for topic, part in parts.items()}
            assert values == {name: VALUES, plain: [b"p0", b"p1", b"p2"], "bkes.key.never-seen": []}


def test_read_committed_and_uncommitted_are_the_same(bkes, aggregate):
    _, name = aggregate
    for level in ("read_committed", "read_uncommitted"):
        assert len(rdkafka_read(bkes.address, name, 10, partition=0, isolation_level=level)) == 10


def test_many_readers_of_many_keys(bkes, events):
    keys = [b"many-%d" % n for n in range(200)]
    for key in keys:
        assert events.append_all([event(key, key + b"-%d" % n, n) for n in range(5)]).code == 0
    consumer = rdkafka_consumer(bkes.address)
    consumer.assign([TopicPartition(key_topic("bkes", key), 0, 0) for key in keys])
    found = rdkafka_poll(consumer, 1000, timeout_s=60)
    consumer.close()
    for key in keys:
        mine = [(one.offset(), one.value()) for one in found if one.key() == key]
        assert mine == [(n, key + b"-%d" % n) for n in range(5)]


def test_events_appear_in_order_while_they_are_written(bkes, new_key):
    key = new_key()

    def write():
        with EventTopic(bkes) as events:
            for n in range(300):
                assert events.append(key, b"%d" % n, n).code == 0

    writer = threading.Thread(target=write)
    writer.start()
    found = rdkafka_read(bkes.address, key_topic("bkes", key), 300, partition=0)
    writer.join()
    assert [(one.offset(), one.value()) for one in found] == [(n, b"%d" % n) for n in range(300)]


# ListOffsets


def test_list_offsets(events, aggregate):
    _, name = aggregate  # timestamps 1000, 1010, ... 1090
    for timestamp, offset, found_time in [
            (-1, 10, -1), (-2, 0, -1), (-4, 0, -1), (-3, 9, 1090), (-5, -1, -1), (-6, -1, -1),
            (0, 0, 1000), (1000, 0, 1000), (1001, 1, 1010), (1090, 9, 1090), (1091, -1, -1)]:
        part = list_offset(events.raw, name, timestamp)
        assert (part["ErrorCode"], part["Offset"], part["Timestamp"]) == (0, offset, found_time)


def test_list_offsets_of_unordered_times(events, new_key):
    key = new_key()
    times = [50, 70, 10, 70, 60]
    events.append_all([event(key, b"v", n, (), one) for n, one in enumerate(times)])
    name = key_topic("bkes", key)
    assert list_offset(events.raw, name, 55)["Offset"] == 1
    assert list_offset(events.raw, name, 5)["Offset"] == 0
    assert list_offset(events.raw, name, -3)["Offset"] == 1


@pytest.mark.parametrize("version", range(1, 12))
def test_every_version_of_list_offsets(events, aggregate, version):
    _, name = aggregate
    assert list_offset(events.raw, name, -1, version)["Offset"] == 10


def test_list_offsets_beside_a_real_topic(bkes, events, new_topic, aggregate):
    _, name = aggregate
    plain = new_topic(partitions=1)
    with Connection(bkes.host, bkes.port + 2) as raw:
        answer = raw.call("ListOffsets", 5, {"Topics": [
            {"Name": one, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}
            for one in (plain, name)]})
    found = {one["Name"]: one["Partitions"][0] for one in answer["Topics"]}
    assert (found[plain]["ErrorCode"], found[plain]["Offset"]) == (0, 0)
    assert (found[name]["ErrorCode"], found[name]["Offset"]) == (0, 10)


# What makes no sense for a key topic


def committed(raw, version, group, *names):
    code, offsets = committed_offsets(raw, version, group, *names)
    assert code == NONE
    return [offsets[name] for name in names]


@pytest.mark.parametrize("version", range(2, 10))
def test_offsets_are_committed_beside_others(bkes, new_topic, aggregate, version):
    _, name = aggregate
    plain, group = new_topic(partitions=1), f"commits-{version}"
    with Connection(bkes.host, bkes.port) as raw:
        assert committed(raw, version, group, name, plain) == [0, -1], "never committed: from the start"
        assert commit_offsets(raw, version, group, {(name, 0): 3, (plain, 0): 5}) == {name: [0], plain: [0]}
        assert committed(raw, version, group, name, plain) == [3, 5]
        assert committed(raw, version, group + "-other", name) == [0]
        assert commit_offsets(raw, version, group, {(name, 0): 4}) == {name: [0]}
        assert committed(raw, version, group, name) == [4]


def test_commits_beside_the_guarded_topic_itself(bkes, aggregate):
    _, name = aggregate
    with Connection(bkes.host, bkes.port) as raw:
        assert commit_offsets(raw, 9, "both", {("bkes", 0): 1, (name, 0): 3}) == {"bkes": [0], name: [0]}
        assert committed(raw, 8, "both", "bkes", name) == [1, 3]


def test_commits_that_make_no_sense(bkes, aggregate):
    _, name = aggregate
    with Connection(bkes.host, bkes.port) as raw:
        assert commit_offsets(raw, 9, "nonsense", {(name, 1): 3}) == {name: [UNKNOWN_TOPIC]}
        assert commit_offsets(raw, 9, "nonsense", {("bkes.key.a.2e", 0): 3}) == {"bkes.key.a.2e": [INVALID_TOPIC]}
        assert committed(raw, 8, "nonsense", name) == [0]


def test_committed_offset_is_never_out_of_range(start_bkes, new_topic):
    """Which a client with auto.offset.reset=latest would take for leave to skip what is there."""
    topic = new_topic(partitions=1)
    name = key_topic(topic, b"k")
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, 1) as events:
        offsets = [events.append(b"k", b"v", n).offset for n in range(3)]
        assert commit_offsets(events.raw, 9, "early", {(name, 0): 0}) == {name: [0]}
        assert commit_offsets(events.raw, 9, "end", {(name, 0): 3}) == {name: [0]}
        assert commit_offsets(events.raw, 9, "beyond", {(name, 0): 4}) == {name: [0]}
        answer = events.raw.call("DeleteRecords", 2, {"TimeoutMs": 10_000, "Topics": [
            {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": offsets[1]}]}]})
        assert answer["Topics"][0]["Partitions"][0]["ErrorCode"] == 0
        eventually(lambda: list_offset(events.raw, name, -2)["Offset"] == 1)
        found = [committed(events.raw, version, group, name)
                 for version in (1, 7, 8) for group in ("none", "early", "end", "beyond")]
        assert found == [[1], [1], [3], [1]] * 3


@pytest.mark.not_routed("it hears of the new topic within ten seconds")
def test_commits_go_with_the_topic(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=1)
    name = key_topic(topic, b"k")
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, 1) as events:
        for n in range(3):
            assert events.append(b"k", b"v", n).code == 0
        assert commit_offsets(events.raw, 9, "gone", {(name, 0): 2}) == {name: [0]}
        admin = kafka.admin()
        admin.delete_topics([topic])[topic].result(30)
        kafka.create_topic(topic, partitions=1)
        for n in range(3):
            eventually(lambda: events.append(b"k", b"v", n).code == 0)
        assert committed(events.raw, 8, "gone", name) == [0]


def test_a_group_goes_on_where_it_was(bkes, events, new_key):
    """With auto.offset.reset=latest, which would skip what came meanwhile if nothing were remembered."""
    key = new_key()
    name = key_topic("bkes", key)
    for n in range(3):
        assert events.append(key, b"%d" % n, n).code == 0

    def next_values(count):
        consumer = rdkafka_consumer(bkes.address, group_id=name, auto_offset_reset="latest")
        consumer.subscribe([name])
        values = [one.value() for one in rdkafka_poll(consumer, count)]
        consumer.commit(asynchronous=False)
        consumer.close()
        return values

    assert next_values(3) == [b"0", b"1", b"2"]
    assert events.append(key, b"3", 3).code == 0
    assert next_values(1) == [b"3"]


def test_creation_is_refused_beside_others(bkes, kafka, new_key):
    name = key_topic("bkes", new_key())
    admin = AdminClient(scene.client(bkes.address, scene.ADMINISTRATOR))
    created = admin.create_topics([NewTopic(name, 1, 1), NewTopic("beside-key-topic", 1, 1)])
    created["beside-key-topic"].result(30)
    with pytest.raises(KafkaException) as refused:
        created[name].result(30)
    assert refused.value.args[0].code() == KafkaError.TOPIC_EXCEPTION
    topics = kafka.admin().list_topics(timeout=30).topics
    assert name not in topics and "beside-key-topic" in topics


def test_deletion_of_records_is_refused(events, aggregate):
    key, name = aggregate
    answer = events.raw.call("DeleteRecords", 2, {"TimeoutMs": 10000, "Topics": [
        {"Name": name, "Partitions": [{"PartitionIndex": 0, "Offset": 5}]}]})
    assert answer["Topics"][0]["Partitions"][0]["ErrorCode"] == POLICY_VIOLATION
    assert events.values(key) == VALUES


def test_produce_is_refused_for_ordinary_clients(bkes, events, aggregate):
    key, name = aggregate
    (error,) = rdkafka_send(rdkafka_producer(bkes.address), name, [(b"k", b"v", None)])
    assert error.code() == KafkaError.POLICY_VIOLATION
    assert events.values(key) == VALUES


def test_key_topics_of_two_guarded_topics(start_bkes, new_topic):
    names = [new_topic(partitions=2) for _ in range(2)]
    bkes = start_bkes(topics=",".join(names))
    for n, topic in enumerate(names):
        with EventTopic(bkes, topic, 2) as events:
            for order in range(n + 1):
                assert events.append(b"same", topic.encode(), order).code == 0
    for n, topic in enumerate(names):
        found = rdkafka_read(bkes.address, key_topic(topic, b"same"), n + 1, partition=0)
        assert {one.value() for one in found} == {topic.encode()}


def test_times_of_the_brokers_are_told_as_such(kafka, start_bkes, new_topic):
    """Type and time of each record are those of the log, whoever wrote it."""
    topic = new_topic(partitions=1,
                      config=EVENT_TOPIC | {"message.timestamp.type": "LogAppendTime"})
    key = b"stamped"
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, 1) as events:
        for order in range(3):
            assert events.append_all([event(key, b"%d" % order, order, (), 1_000)]).code == 0
        rdkafka_send(rdkafka_producer(kafka.bootstrap_servers), topic, [(key, b"past bkes", None)])
        eventually(lambda: events.next_order(key) == 4)
        assert events.append_all([event(key, b"%d" % order, order) for order in (4, 5)]).code == 0
    log = rdkafka_read(kafka.bootstrap_servers, topic, 6, partition=0)
    found = rdkafka_read(bkes.address, key_topic(topic, key), 6, partition=0)
    assert [one.offset() for one in found] == list(range(6))
    assert {one.timestamp()[0] for one in found} == {TIMESTAMP_LOG_APPEND_TIME}
    assert [one.timestamp() for one in found] == [one.timestamp() for one in log]


@pytest.mark.not_routed("which of the two ends first is chance")
def test_real_topic_in_the_name_space_stops_the_start(kafka, start_bkes, new_topic):
    topic = new_topic()
    kafka.create_topic(topic + ".key.real")
    bkes = start_bkes(topics=topic, ready=False)
    assert bkes.wait_end() != 0
    assert topic + ".key.real" in bkes.log()


