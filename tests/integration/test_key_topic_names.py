"""Names of key topics never reach a broker (contract section 9): each API that can name a topic, in
each version, with a key topic next to a real one. A relay sees what bkes sends to the broker.

Which fields these are comes from Kafka's own definitions (tests/support/topic_requests.py), and so
do the requests: an API that a new Kafka brings is tried without a line here."""

import json
import subprocess
import types
import uuid

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions

import kafka_messages
import scene
from bkes_process import BkesProcess
from clients import eventually
from events import INVALID_TOPIC, NONE, POLICY_VIOLATION, EventTopic, key_topic
from java_client import JavaClient, JavaError
from kafka_cluster import KafkaCluster
from kafka_node import java, libs_dir
from relay import Relay
from topic_requests import (APIS, FETCHED, GROUP, SHARE_GROUP, codes_in, parts_of, request_naming,
                            topic_fields, variants)
from wire import Connection

pytestmark = pytest.mark.administers

EVENTS, REAL, KEY = "bkes", "plain", key_topic("bkes", b"a-1")
INVALID_REQUEST, UNKNOWN_TOPIC_ID = 42, 100

# The code of a key topic where it isn't 17 INVALID_TOPIC_EXCEPTION.
CODES = {"Produce": POLICY_VIOLATION, "OffsetCommit": NONE,
         "TxnOffsetCommit": POLICY_VIOLATION, "DeleteRecords": POLICY_VIOLATION,
         "Fetch": NONE, "ListOffsets": NONE, "Metadata": NONE, "OffsetFetch": NONE,
         "DescribeTopicPartitions": NONE}
# One code for all; the rest's answer is there all the same, unless the whole was refused.
CODE_FOR_ALL = {"ListPartitionReassignments", "DescribeLogDirs"}
REFUSED = {"ConsumerGroupHeartbeat", "ShareGroupHeartbeat", "StreamsGroupHeartbeat"}
# Says nothing of a topic without reassignments.
SILENT = {"ListPartitionReassignments"}
# A topic of the brokers that may be deleted.
NOT_THERE = {"string": "not-there", "uuid": uuid.uuid4()}

# The scene


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), relayed=True) as started:
        started.create_topic(EVENTS, partitions=2)
        started.create_topic(REAL, partitions=1)
        yield started


@pytest.fixture(scope="module")
def seen(cluster):
    """The requests that reached the broker through bkes, its own among them."""
    frames = []
    with Relay(cluster.relayed_listeners[1], cluster.relay_addresses[1], frames.append) as relay:
        yield types.SimpleNamespace(frames=frames, address=relay.address)


@pytest.fixture(scope="module")
def bkes(seen, tmp_path_factory):
    with BkesProcess(tmp_path_factory.mktemp("bkes"), seen.address, {"topics": EVENTS}) as process:
        with EventTopic(process, partitions=2) as events:
            assert events.append(b"a-1", b"v", 0).code == NONE
        yield process


@pytest.fixture(scope="module")
def topics(bkes):
    """(the real one, the key topic), each with its name and id, by the types of Kafka's fields."""
    with Connection(bkes.host, bkes.port) as raw:
        names = [{"Name": REAL}, {"Name": KEY}]
        found = raw.call("Metadata", 12, {"Topics": names})["Topics"]
    ids = {one["Name"]: one["TopicId"] for one in found}
    return tuple({"string": name, "uuid": ids[name]} for name in (REAL, KEY))


@pytest.fixture(scope="module")
def groups(bkes):
    """A group with an offset to delete, and a share group."""
    with Connection(bkes.host, bkes.port) as raw:
        eventually(lambda: raw.call("OffsetCommit", 9, {
            "GroupId": GROUP, "GenerationIdOrMemberEpoch": -1, "Topics": [
                {"Name": REAL, "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 0}]}]})
            ["Topics"][0]["Partitions"][0]["ErrorCode"] == NONE)
        member = {"GroupId": SHARE_GROUP, "MemberId": str(uuid.uuid4())}
        eventually(lambda: raw.call("ShareGroupHeartbeat", 1, member | {
            "MemberEpoch": 0, "SubscribedTopicNames": [REAL]})["ErrorCode"] == NONE)
        assert raw.call("ShareGroupHeartbeat", 1, member | {"MemberEpoch": -1})["ErrorCode"] == NONE


@pytest.fixture
def silence(seen, topics):
    """Nothing that a test does takes the key topic to the broker."""
    seen.frames.clear()
    yield
    sent = b"".join(seen.frames)
    assert b".key." not in sent
    assert topics[1]["uuid"].bytes not in sent


@pytest.fixture(scope="module")
def offered(bkes):
    """{api key: its versions}"""
    with Connection(bkes.host, bkes.port) as raw:
        keys = raw.call("ApiVersions", 0)["ApiKeys"]
    return {one["ApiKey"]: range(one["MinVersion"], one["MaxVersion"] + 1) for one in keys}


def test_the_relay_sees_what_bkes_sends(bkes, seen):
    seen.frames.clear()
    with Connection(bkes.host, bkes.port) as raw:
        raw.call("Metadata", 12, {"Topics": [{"Name": "not.key.topic"}]})
    assert any(b"not.key.topic" in one for one in seen.frames)


@pytest.mark.parametrize("api", APIS)
def test_a_key_topic_next_to_a_real_one(bkes, seen, topics, groups, silence, offered, api):
    key = kafka_messages.api_key(api)
    versions = [one for one in kafka_messages.valid_versions(api)
                if one in offered.get(key, ()) and topic_fields(api, one)]
    of_both = (NOT_THERE if api == "DeleteTopics" else topics[0], topics[1])
    for version in versions:
        for named in variants(api, version, of_both):
            check(bkes, seen, of_both, api, version, request_naming(api, version, named))


def check(bkes, seen, topics, api, version, request):
    what = f"{api} v{version} {request}"
    with Connection(bkes.host, bkes.port + 2) as raw:
        if api == "ShareAcknowledge":
            open_session(raw, request, topics[0])
        answer = raw.call(api, version, request)
    real, of_key = topics
    if api in REFUSED or api in CODE_FOR_ALL:
        has_code = api != "DescribeLogDirs" or version >= 3
        assert not has_code or answer["ErrorCode"] == INVALID_TOPIC, (what, answer)
    else:
        parts = list(parts_of(answer, of_key))
        assert parts, (what, answer)
        codes = {code for part in parts for code in codes_in(part)}
        assert codes == {CODES.get(api, INVALID_TOPIC)}, (what, answer)
    if api in REFUSED:
        assert not any(is_of(one, api) for one in seen.frames)
        return
    assert any(is_of(one, api) for one in seen.frames), what
    if api not in SILENT:
        parts = list(parts_of(answer, real))
        assert parts, (what, answer)
        assert INVALID_TOPIC not in set(codes_in(parts)), (what, answer)


def is_of(frame, api):
    return int.from_bytes(frame[4:6]) == kafka_messages.api_key(api)


def open_session(raw, request, real):
    answer = raw.call("ShareFetch", 1, {
        "GroupId": request["GroupId"], "MemberId": request["MemberId"], "Topics": [
            {"TopicId": real["uuid"], "Partitions": [{"PartitionIndex": 0}]}]} | FETCHED)
    assert answer["ErrorCode"] == NONE
    request["ShareSessionEpoch"] = 1


def test_every_api_that_is_offered_was_tried(bkes, offered):
    with_topics = {api for api in APIS if kafka_messages.api_key(api) in offered}
    assert len(with_topics) > 30
    assert {"DeleteTopics", "StreamsGroupHeartbeat", "WriteTxnMarkers"} <= with_topics


# Alone, or where the rest is not a list of topics


@pytest.mark.parametrize("api,version,request_of", [
    ("DescribeLogDirs", 5, lambda name, _: {"Topics": [{"Topic": name, "Partitions": [0]}]}),
    ("ShareFetch", 2, lambda _, topic_id: FETCHED | {
        "GroupId": SHARE_GROUP, "MemberId": str(uuid.uuid4()), "Topics": [
            {"TopicId": topic_id, "Partitions": [{"PartitionIndex": 0}]}]}),
    ("AddPartitionsToTxn", 5, lambda name, _: {"Transactions": [
        {"TransactionalId": "t", "Topics": [{"Name": name, "Partitions": [0]}]}]}),
    ("WriteTxnMarkers", 2, lambda name, _: {"Markers": [
        {"ProducerId": 1, "Topics": [{"Name": name, "PartitionIndexes": [0]}]}]}),
    ("DeleteTopics", 6, lambda name, _: {"Topics": [{"Name": name}]}),
    ("ElectLeaders", 2, lambda name, _: {"TopicPartitions": [{"Topic": name, "Partitions": [0]}]}),
])
def test_a_key_topic_alone(bkes, topics, groups, silence, api, version, request_of):
    with Connection(bkes.host, bkes.port + 2) as raw:
        answer = raw.call(api, version, request_of(KEY, topics[1]["uuid"]))
        assert INVALID_TOPIC in set(codes_in(answer))
        if api == "DescribeLogDirs":
            assert answer["Results"]
        assert raw.call("Metadata", 12, {"Topics": []})["Brokers"]


def test_a_cursor_at_a_key_topic(bkes, silence):
    with Connection(bkes.host, bkes.port) as raw:
        answer = raw.call("DescribeTopicPartitions", 0, {
            "Topics": [{"Name": REAL}], "Cursor": {"TopicName": KEY, "PartitionIndex": 0}})
    codes = {one["Name"]: one["ErrorCode"] for one in answer["Topics"]}
    assert codes == {REAL: INVALID_REQUEST, KEY: INVALID_TOPIC}


def test_an_id_that_was_not_handed_out(bkes, silence, topics):
    unknown = uuid.UUID(bytes=bytes([*topics[1]["uuid"].bytes[:-1],
                                     topics[1]["uuid"].bytes[-1] ^ 1]))
    with Connection(bkes.host, bkes.port) as raw:
        answer = raw.call("DeleteTopics", 6, {"Topics": [{"TopicId": unknown}]})
    assert [one["ErrorCode"] for one in answer["Responses"]] == [UNKNOWN_TOPIC_ID]


# Ordinary clients


def refused(future):
    with pytest.raises(KafkaException) as error:
        future.result(30)
    return error.value.args[0].code()


def test_librdkafka_s_admin(bkes, cluster, silence):
    cluster.create_topic("goes", partitions=1)
    admin = AdminClient(scene.client(bkes.address))
    made = admin.create_partitions([NewPartitions(KEY, 3), NewPartitions("goes", 3)])
    assert refused(made[KEY]) == INVALID_TOPIC
    made["goes"].result(30)
    of_key, of_real = (ConfigResource(ConfigResource.Type.TOPIC, one, {"segment.ms": "100000"})
                       for one in (KEY, "goes"))
    described = admin.describe_configs([of_key, of_real])
    assert refused(described[of_key]) == INVALID_TOPIC
    assert described[of_real].result(30)["cleanup.policy"].value == "delete"
    altered = admin.alter_configs([of_key, of_real])
    assert refused(altered[of_key]) == INVALID_TOPIC
    altered[of_real].result(30)
    deleted = admin.delete_topics([KEY, "goes"])
    assert refused(deleted[KEY]) == INVALID_TOPIC
    deleted["goes"].result(30)
    assert "goes" not in cluster.admin().list_topics(timeout=30).topics


def test_java_clients(bkes, silence, tmp_path):
    client = JavaClient(bkes.address, tmp_path / "java.log")
    try:
        with pytest.raises(JavaError, match="InvalidTopicException"):
            client.admin("deleteTopics", [KEY])
        client.subscribe([KEY, REAL], name="c", config={"group.id": "new", "group.protocol":
                                                        "consumer"})
        with pytest.raises(JavaError, match="InvalidTopicException.*brokers can't assign"):
            client.poll(1, name="c")
    finally:
        client.close()


@pytest.mark.parametrize("tool,complaint,arguments", [
    # Looks among all topics first.
    ("org.apache.kafka.tools.TopicCommand", "does not exist", ["--delete", "--topic", KEY]),
    ("kafka.admin.ConfigCommand", "can only be read", [
        "--alter", "--entity-type", "topics", "--entity-name", KEY, "--add-config",
        "segment.ms=100000"]),
    ("org.apache.kafka.tools.reassign.ReassignPartitionsCommand", "can only be read", [
        "--execute", "--reassignment-json-file", "PLAN"]),
], ids=["topics", "configs", "reassign-partitions"])
def test_kafka_s_tools(bkes, silence, tmp_path, tool, complaint, arguments):
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": KEY, "partition": 0, "replicas": [1]}]}))
    done = subprocess.run(
        [java(), "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
         f"{libs_dir()}/*", tool, *scene.tool_arguments(bkes.address, tmp_path),
         *(plan if one == "PLAN" else one for one in arguments)],
        capture_output=True, text=True, timeout=120)
    assert done.returncode != 0 and complaint in done.stdout + done.stderr, done.stdout + done.stderr
