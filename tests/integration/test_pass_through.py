"""Clients work through bkes as they do without it: on topics that bkes doesn't guard."""

import pytest
from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic
from kafka.admin import KafkaAdminClient
from kafka.structs import OffsetAndMetadata
from kafka.structs import TopicPartition as PythonTopicPartition

import scene
from clients import (eventually, kcat, python_consumer, python_poll, python_producer,
                     rdkafka_consumer, rdkafka_poll, rdkafka_producer, rdkafka_read, rdkafka_send)
from java_client import JavaError
from record_batches import batch, read_batches, record
from wire import Connection

pytestmark = pytest.mark.administers

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def values(messages):
    return [one.value() for one in messages]


@pytest.mark.parametrize("codec", CODECS)
def test_rdkafka_round_trip_in_every_compression(bkes, new_topic, codec):
    topic = new_topic(partitions=1)
    sent = [(b"k%d" % n, b"v%d" % n * 100, [("h", b"x")]) for n in range(200)]
    producer = rdkafka_producer(bkes.address, compression_codec=codec, linger_ms=50)
    assert rdkafka_send(producer, topic, sent) == list(range(200))
    found = rdkafka_read(bkes.address, topic, 200, partition=0)
    assert [(one.key(), one.value(), one.headers()) for one in found] == sent


def test_java_round_trip_in_every_compression(bkes, new_topic, java):
    topic = new_topic(partitions=1)
    for codec in CODECS:
        records = [{"topic": topic, "key": codec, "value": codec * 50} for _ in range(20)]
        config = {"compression.type": codec, "linger.ms": 20}
        results = java.send(records, name=codec, config=config)
        assert [one["partition"] for one in results] == [0] * 20
    java.assign([[topic, 0, -2]])
    records, positions = java.poll(100)
    assert [one["key"] for one in records] == [codec for codec in CODECS for _ in range(20)]
    assert positions == {f"{topic}-0": 100}


def test_kafka_python_round_trip(bkes, new_topic):
    topic = new_topic(partitions=3)
    producer = python_producer(bkes.address, compression_type="gzip", acks="all")
    sent = [producer.send(topic, key=b"k%d" % n, value=b"v", headers=[("h", b"x")])
            for n in range(30)]
    assert len({(one.get(30).partition, one.get(30).offset) for one in sent}) == 30
    producer.close()
    consumer = python_consumer(bkes.address)
    consumer.assign([PythonTopicPartition(topic, n) for n in range(3)])
    found = python_poll(consumer, 30)
    consumer.close()
    assert {one.key for one in found} == {b"k%d" % n for n in range(30)}
    assert found[0].headers == [("h", b"x")]


def test_kcat_lists_produces_and_consumes(bkes, new_topic):
    topic = new_topic(partitions=2)
    listing = kcat(bkes.address, "-L", "-t", topic).decode()
    assert f'topic "{topic}" with 2 partitions' in listing
    assert bkes.host in listing
    kcat(bkes.address, "-P", "-t", topic, "-p", "1", "-K", ":", stdin=b"a:1\nb:2\n")
    found = kcat(bkes.address, "-C", "-t", topic, "-p", "1", "-e", "-q", "-f", "%k=%s@%o;")
    assert found == b"a=1@0;b=2@1;"
    assert kcat(bkes.address, "-Q", "-t", f"{topic}:1:-1").strip().endswith(b"offset 2")


def test_consumer_group_shares_and_resumes(bkes, new_topic):
    topic = new_topic(partitions=4)
    rdkafka_send(rdkafka_producer(bkes.address), topic,
                 [(None, b"%d" % n, None, n % 4) for n in range(40)])
    group = {"group_id": topic, "partition_assignment_strategy": "roundrobin"}
    first, second = (rdkafka_consumer(bkes.address, **group) for _ in range(2))
    for consumer in (first, second):
        consumer.subscribe([topic])
    found = set()

    def both_have_their_share():
        for consumer in (first, second):
            message = consumer.poll(0.05)
            if message is not None and message.error() is None:
                found.add(message.value())
        return len(first.assignment()) == len(second.assignment()) == 2 and len(found) == 40

    eventually(both_have_their_share)
    for consumer in (first, second):
        ends = [TopicPartition(topic, one.partition, 10) for one in consumer.assignment()]
        consumer.commit(offsets=ends, asynchronous=False)
        consumer.close()

    rdkafka_send(rdkafka_producer(bkes.address), topic, [(None, b"new", None, 3)])
    assert values(rdkafka_read(bkes.address, topic, 1, **group)) == [b"new"]


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_java_consumer_group(bkes, new_topic, java, protocol):
    topic = new_topic(partitions=2)
    group = {"group.id": topic, "group.protocol": protocol, "auto.offset.reset": "earliest"}
    java.send([{"topic": topic, "value": str(n), "partition": n % 2} for n in range(10)])
    java.subscribe([topic], name=topic, config=group)
    records, _ = java.poll(10, name=topic)
    assert sorted(one["value"] for one in records) == [str(n) for n in range(10)]
    java.call("commit", name=topic)
    java.call("close", name=topic)
    java.send([{"topic": topic, "value": "new", "partition": 0}])
    java.subscribe([topic], name=topic, config=group)
    records, _ = java.poll(1, name=topic)
    java.call("close", name=topic)
    assert [one["value"] for one in records] == ["new"]


def test_transactions_of_rdkafka(bkes, new_topic):
    source, topic = new_topic(partitions=1), new_topic(partitions=1)
    rdkafka_send(rdkafka_producer(bkes.address), source, [(None, b"in", None)])
    consumer = rdkafka_consumer(bkes.address, group_id=topic)
    consumer.subscribe([source])
    rdkafka_poll(consumer, 1)
    producer = Producer(scene.client(bkes.address) | {"transactional.id": topic})
    producer.init_transactions(30)
    for value, commit in [(b"aborted", False), (b"committed", True)]:
        producer.begin_transaction()
        producer.produce(topic, value=value)
        if commit:
            producer.send_offsets_to_transaction(consumer.position(consumer.assignment()),
                                                 consumer.consumer_group_metadata(), 30)
            producer.commit_transaction(30)
        else:
            producer.flush(30)
            producer.abort_transaction(30)
    assert consumer.committed([TopicPartition(source, 0)], 30)[0].offset == 1
    consumer.close()
    committed = rdkafka_read(bkes.address, topic, 1, partition=0, isolation_level="read_committed")
    everything = rdkafka_read(bkes.address, topic, 2, partition=0,
                              isolation_level="read_uncommitted")
    assert values(committed) == [b"committed"]
    assert values(everything) == [b"aborted", b"committed"]


def test_transactions_of_java(bkes, new_topic, java):
    topic = new_topic(partitions=2)
    for n, commit in enumerate([True, False, True]):
        java.transaction([{"topic": topic, "value": f"{n}-{p}", "partition": p} for p in range(2)],
                         name=f"{topic}-id", commit=commit)
    java.assign([[topic, 0, -2], [topic, 1, -2]], name=topic,
                config={"isolation.level": "read_committed"})
    records, positions = java.poll(4, name=topic)
    assert sorted(one["value"] for one in records) == ["0-0", "0-1", "2-0", "2-1"]
    assert positions == {f"{topic}-0": 6, f"{topic}-1": 6}


def retention(admin):
    resource = ConfigResource("topic", "admin-rd")
    return admin.describe_configs([resource])[resource].result(30)["retention.ms"].value


def test_admin_of_rdkafka(bkes):
    admin = AdminClient(scene.client(bkes.address))
    admin.create_topics([NewTopic("admin-rd", 3, 1, config={"retention.ms": "1234567"})],
                        operation_timeout=30)["admin-rd"].result(30)
    assert len(admin.list_topics("admin-rd", timeout=30).topics["admin-rd"].partitions) == 3
    eventually(lambda: retention(admin) == "1234567")
    resource = ConfigResource("topic", "admin-rd")
    resource.set_config("retention.ms", "7654321")
    admin.alter_configs([resource])[resource].result(30)
    eventually(lambda: retention(admin) == "7654321")
    admin.delete_topics(["admin-rd"], operation_timeout=30)["admin-rd"].result(30)
    eventually(lambda: "admin-rd" not in admin.list_topics(timeout=30).topics)
    with pytest.raises(KafkaException):
        admin.delete_topics(["admin-rd"])["admin-rd"].result(30)


def test_admin_of_java(bkes, java):
    java.admin("createTopics", ["admin-java"], partitions=2)

    def described():
        try:
            return java.admin("describeTopics", ["admin-java"])
        except JavaError as error:  # a broker hears of it a little later
            assert "UnknownTopicOrPartitionException" in str(error)
            return None

    assert eventually(described)["admin-java"] == [1, 1]
    cluster = java.admin("describeCluster")
    assert cluster["nodes"] == [f"1@{scene.java_broker(bkes.address, 1)}"]
    java.admin("deleteTopics", ["admin-java"])


def test_admin_of_kafka_python(bkes, kafka, new_topic):
    topic = new_topic(partitions=2)
    consumer = python_consumer(bkes.address, group_id=topic)
    consumer.assign([PythonTopicPartition(topic, 0)])
    consumer.commit({PythonTopicPartition(topic, 0): OffsetAndMetadata(0, "here")})
    consumer.close()
    admin = KafkaAdminClient(bootstrap_servers=bkes.address, **scene.python_login(bkes.address))
    assert topic in {name for name, _ in admin.list_consumer_groups()}
    offsets = admin.list_consumer_group_offsets(topic)
    assert offsets[PythonTopicPartition(topic, 0)].metadata == "here"
    admin.close()


def produce_request(topic, value, acks):
    return {"Acks": acks, "TimeoutMs": 10000, "TopicData": [{"Name": topic, "PartitionData": [
        {"Index": 0, "Records": batch([record(None, value)])}]}]}


def fetch_request(topic, offset=0, **more):
    return {"MaxWaitMs": 500, "MinBytes": 1, "Topics": [{"Topic": topic, "Partitions": [
        {"Partition": 0, "FetchOffset": offset, "PartitionMaxBytes": 1 << 20}]}]} | more


def test_unanswered_and_answered_produce_keep_their_order(bkes, new_topic):
    topic = new_topic(partitions=1)
    with Connection(bkes.host, bkes.port + 2) as raw:
        for n in range(50):
            acks = n % 2
            raw.send("Produce", 9, produce_request(topic, b"%d" % n, acks), answered=acks == 1)
        offsets = [raw.receive()["Responses"][0]["PartitionResponses"][0]["BaseOffset"]
                   for _ in range(25)]
        assert offsets == list(range(1, 50, 2))
        answer = raw.call("Fetch", 11, fetch_request(topic))
        found = read_batches(answer["Responses"][0]["Partitions"][0]["Records"])
        assert [one.value for one in found] == [b"%d" % n for n in range(50)]


def test_pipelined_requests_are_answered_in_their_order(bkes, new_topic):
    topic = new_topic(partitions=1)
    with Connection(bkes.host, bkes.port + 2) as raw:
        # The long poll holds back what was asked after it, as at a broker.
        raw.send("Fetch", 11, fetch_request(topic, MaxWaitMs=300))
        for version in (0, 4, 9, 12):
            raw.send("Metadata", version, {"Topics": [{"Name": topic}]})
        raw.send("ApiVersions", 2)
        raw.send("ListOffsets", 5, {"Topics": [{"Name": topic, "Partitions": [
            {"PartitionIndex": 0, "Timestamp": -1}]}]})
        assert raw.receive()["Responses"][0]["Partitions"][0]["HighWatermark"] == 0
        for _ in range(4):
            assert raw.receive()["Topics"][0]["Name"] == topic
        assert raw.receive()["ErrorCode"] == 0
        assert raw.receive()["Topics"][0]["Partitions"][0]["Offset"] == 0


def test_big_messages_both_ways(bkes, new_topic):
    topic = new_topic(partitions=1, config={"max.message.bytes": "9000000"})
    value = bytes(range(256)) * 32000  # 8 MB
    sent = rdkafka_send(rdkafka_producer(bkes.address, message_max_bytes=9000000), topic,
                        [(b"k", value, None)])
    assert sent == [0]
    found = rdkafka_read(bkes.address, topic, 1, partition=0, fetch_message_max_bytes=9000000)
    assert found[0].value() == value


def test_many_clients_at_once(bkes, new_topic):
    topic = new_topic(partitions=5)
    producers = [rdkafka_producer(bkes.address) for _ in range(10)]
    for n, producer in enumerate(producers):
        for m in range(500):
            producer.produce(topic, key=b"%d" % n, value=b"%d" % m)
    assert [producer.flush(30) for producer in producers] == [0] * 10
    found = rdkafka_read(bkes.address, topic, 5000, group_id=topic)
    for n in range(10):
        assert [int(one.value()) for one in found if one.key() == b"%d" % n] == list(range(500))
