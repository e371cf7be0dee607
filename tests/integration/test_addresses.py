"""No answer of bkes ever holds a real broker's address: three brokers, every byte looked at."""

import itertools
import uuid

import pytest

import kafka_messages
from bkes_process import BROKER_PORTS, BkesProcess
from clients import (eventually, kcat, python_consumer, python_poll, rdkafka_producer, rdkafka_read,
                     rdkafka_send)
from java_client import JavaClient
from kafka_cluster import host_of
from record_batches import batch, record
from tap import Tap
from wire import Connection

pytestmark = pytest.mark.plain_scene("looks at every byte that clients get: they are encrypted")

# bkes listens on 127.0.0.1 but tells clients this address, where the tap listens.
TAP_HOST = "127.0.0.2"
TOPIC = "plain"
EVENTS = "bkes"


@pytest.fixture(scope="module")
def bkes(kafka3, tmp_path_factory):
    for topic in (TOPIC, EVENTS):
        kafka3.create_topic(topic, assignment=[[1, 2], [2, 3], [3, 1]])
    process = BkesProcess(tmp_path_factory.mktemp("bkes"), kafka3.bootstrap_servers,
                          {"topics": EVENTS})
    process.options["advertised.listener"] = f"{TAP_HOST}:{process.port}"
    with process:
        yield process


@pytest.fixture(scope="module")
def tap(bkes, kafka3):
    ports = range(bkes.port, bkes.port + 1 + BROKER_PORTS)
    with Tap(bkes.host, ports, TAP_HOST) as tap:
        yield tap
        streams = tap.received()
    for node in kafka3.brokers:
        for stream in streams:
            assert node.host.encode() not in stream


def port_of(bkes, node_id):
    return bkes.port + 1 + node_id


def bootstrap(bkes):
    return f"{TAP_HOST}:{bkes.port}"


def expected_brokers(bkes):
    return {(n, TAP_HOST, port_of(bkes, n)) for n in (1, 2, 3)}


def brokers_in(answer, name="Brokers", id_name="NodeId"):
    return {(one[id_name], one["Host"], one["Port"]) for one in answer[name]}


def test_tap_sees_what_passes(tap, bkes):
    before = sum(map(len, tap.received()))
    with Connection(TAP_HOST, bkes.port) as raw:
        raw.call("Metadata", 1, {"Topics": [{"Name": TOPIC}]})
    assert TAP_HOST.encode() in b"".join(tap.received())
    assert sum(map(len, tap.received())) > before


@pytest.mark.parametrize("version", kafka_messages.valid_versions("Metadata"))
def test_metadata(tap, bkes, version):
    with Connection(TAP_HOST, bkes.port) as raw:
        for topics in ([{"Name": TOPIC}], [{"Name": TOPIC}, {"Name": EVENTS}], None):
            if topics is None and version == 0:
                topics = []
            answer = raw.call("Metadata", version, {"Topics": topics})
            assert brokers_in(answer) == expected_brokers(bkes)
            found = {one["Name"]: one for one in answer["Topics"]}
            assert {one["LeaderId"] for one in found[TOPIC]["Partitions"]} == {1, 2, 3}


@pytest.mark.parametrize("version", kafka_messages.valid_versions("Metadata"))
def test_metadata_with_a_key_topic(tap, bkes, version):
    """The bkes node stands at its bootstrap address, and only where a key topic is named."""
    with Connection(TAP_HOST, bkes.port) as raw:
        topics = [{"Name": EVENTS + ".key.a"}, {"Name": TOPIC}]
        answer = raw.call("Metadata", version, {"Topics": topics})
    own = (1000000000, TAP_HOST, bkes.port)
    assert brokers_in(answer) == expected_brokers(bkes) | {own}
    found = {one["Name"]: one for one in answer["Topics"]}
    assert [one["LeaderId"] for one in found[EVENTS + ".key.a"]["Partitions"]] == [own[0]]
    assert len(found[TOPIC]["Partitions"]) == 3


@pytest.mark.parametrize("version", kafka_messages.valid_versions("FindCoordinator"))
def test_find_coordinator(tap, bkes, version):
    found = set()
    with Connection(TAP_HOST, bkes.port) as raw:
        for key, kind in itertools.product(["a", "b", "c", "d"], [0, 1]):
            if version >= 4:
                request = {"CoordinatorKeys": [key, key + "2"], "KeyType": kind}
            else:
                request = {"Key": key} | ({"KeyType": kind} if version >= 1 else {})

            def answered():
                answer = raw.call("FindCoordinator", version, request)
                parts = answer["Coordinators"] if version >= 4 else [answer]
                return all(one["ErrorCode"] == 0 for one in parts) and parts

            found |= {(one["NodeId"], one["Host"], one["Port"]) for one in eventually(answered)}
    assert found <= expected_brokers(bkes) and len(found) > 1


@pytest.mark.parametrize("version", kafka_messages.valid_versions("DescribeCluster"))
def test_describe_cluster(tap, bkes, version):
    with Connection(TAP_HOST, bkes.port) as raw:
        answer = raw.call("DescribeCluster", version)
    assert brokers_in(answer, id_name="BrokerId") == expected_brokers(bkes)


@pytest.mark.parametrize("version", kafka_messages.valid_versions("ApiVersions"))
def test_api_versions(tap, bkes, version):
    names = {"ClientSoftwareName": "raw", "ClientSoftwareVersion": "1"} if version >= 3 else {}
    with Connection(TAP_HOST, bkes.port) as raw:
        answer = raw.call("ApiVersions", version, names)
    assert answer["ErrorCode"] == 0
    ranges = {one["ApiKey"]: (one["MinVersion"], one["MaxVersion"]) for one in answer["ApiKeys"]}
    assert ranges[0] == (0, 12)
    assert ranges[8][1] == 9 and ranges[9][1] == 9 and ranges[28][1] == 5
    assert ranges[20001] == (0, 1) and ranges[20002] == ranges[20003] == ranges[20004] == (0, 0)
    with Connection(*_address(bkes, 1)) as raw:
        answer = raw.call("ApiVersions", version, names)
    of_broker = {one["ApiKey"]: one for one in answer["ApiKeys"]}
    for key in of_broker.keys() & ranges.keys():
        assert of_broker[key]["MinVersion"] <= ranges[key][0]
        assert of_broker[key]["MaxVersion"] >= ranges[key][1]


def _address(bkes, node_id):
    servers = dict(one.rsplit(":", 1) for one in bkes.bootstrap_servers.split(","))
    return host_of(node_id), int(servers[host_of(node_id)])


def test_too_new_api_versions_is_answered_with_the_oldest_form(tap, bkes):
    with Connection(TAP_HOST, bkes.port) as raw:
        raw.owed.append((1, "ApiVersions", 0))
        raw.socket.sendall(bytes.fromhex("0000000f 0012 0009 00000001 0001 61 00 01 01 00"))
        answer = raw.receive()
        assert answer["ErrorCode"] == 35
        assert [one["MaxVersion"] for one in answer["ApiKeys"] if one["ApiKey"] == 18][0] >= 4
        assert raw.call("Metadata", 1, {"Topics": []})["Brokers"]


def produce_to(topic, partition):
    return {"Acks": -1, "TimeoutMs": 10000, "TopicData": [{"Name": topic, "PartitionData": [
        {"Index": partition, "Records": batch([record(b"k", b"v")])}]}]}


@pytest.mark.parametrize("version", range(10, 13))
def test_produce_to_another_than_the_leader(tap, bkes, version):
    """Partition n has its leader on broker n + 1: the answer says where that is."""
    for partition, asked in itertools.permutations(range(3), 2):
        with Connection(TAP_HOST, port_of(bkes, asked + 1)) as raw:
            answer = raw.call("Produce", version, produce_to(TOPIC, partition))
        part = answer["Responses"][0]["PartitionResponses"][0]
        assert part["ErrorCode"] == 6
        assert part["CurrentLeader"]["LeaderId"] == partition + 1
        assert brokers_in(answer, "NodeEndpoints") == {
            (partition + 1, TAP_HOST, port_of(bkes, partition + 1))}


@pytest.mark.parametrize("version", range(12, 18))
def test_fetch_from_another_than_the_leader(tap, bkes, version):
    with Connection(TAP_HOST, bkes.port) as raw:
        found = raw.call("Metadata", 12, {"Topics": [{"Name": TOPIC}]})["Topics"][0]
    topic = {"TopicId": found["TopicId"]} if version >= 13 else {"Topic": TOPIC}
    # A follower serves consumers too; only one without a replica sends them away.
    partition, asked = 0, 3
    request = {"MaxWaitMs": 100, "MinBytes": 1, "Topics": [topic | {"Partitions": [
        {"Partition": partition, "FetchOffset": 0, "PartitionMaxBytes": 1000}]}]}
    with Connection(TAP_HOST, port_of(bkes, asked)) as raw:
        answer = raw.call("Fetch", version, request)
    part = answer["Responses"][0]["Partitions"][0]
    assert part["ErrorCode"] == 6
    if version >= 16:
        assert brokers_in(answer, "NodeEndpoints") == {(1, TAP_HOST, port_of(bkes, 1))}


def test_share_groups(tap, bkes, kafka3):
    """ShareFetch and ShareAcknowledge at a broker that isn't the leader."""
    with Connection(TAP_HOST, bkes.port) as raw:
        topic_id = raw.call("Metadata", 12, {"Topics": [{"Name": TOPIC}]})["Topics"][0]["TopicId"]
    member = str(uuid.uuid4())
    with Connection(TAP_HOST, port_of(bkes, 3)) as raw:
        answer = raw.call("ShareFetch", 1, {
            "GroupId": "shares", "MemberId": member, "ShareSessionEpoch": 0, "MaxWaitMs": 100,
            "MinBytes": 1, "MaxBytes": 1000, "MaxRecords": 10, "BatchSize": 10,
            "Topics": [{"TopicId": topic_id, "Partitions": [{"PartitionIndex": 0}]}]})
        assert answer["ErrorCode"] == 0
        assert answer["Responses"][0]["Partitions"][0]["ErrorCode"] == 6
        assert brokers_in(answer, "NodeEndpoints") == {(1, TAP_HOST, port_of(bkes, 1))}
        answer = raw.call("ShareAcknowledge", 1, {
            "GroupId": "shares", "MemberId": member, "ShareSessionEpoch": 1,
            "Topics": [{"TopicId": topic_id, "Partitions": [{"PartitionIndex": 0,
                "AcknowledgementBatches": [{"FirstOffset": 0, "LastOffset": 0,
                                            "AcknowledgeTypes": [1]}]}]}]})
        # The session holds no such partition, says the broker: so it names no other node either.
        assert answer["Responses"][0]["Partitions"][0]["ErrorCode"] == 3


def test_ordinary_clients(tap, bkes, tmp_path):
    """Whatever they ask for: their bytes are searched at the end of the module."""
    sent = [(b"%d" % n, b"x", None) for n in range(100)]
    rdkafka_send(rdkafka_producer(bootstrap(bkes)), TOPIC, sent)
    assert len(rdkafka_read(bootstrap(bkes), TOPIC, 100, group_id="g")) == 100
    assert b"127.0.0.2" in kcat(bootstrap(bkes), "-L")
    consumer = python_consumer(bootstrap(bkes), group_id="p")
    consumer.subscribe([TOPIC])
    assert len(python_poll(consumer, 100)) >= 100
    consumer.close()
    java = JavaClient(bootstrap(bkes), tmp_path / "java.log")
    try:
        nodes = java.admin("describeCluster")["nodes"]
        assert set(nodes) == {f"{n}@{host}:{port}" for n, host, port in expected_brokers(bkes)}
        assert sorted(java.admin("describeTopics", [TOPIC])[TOPIC]) == [1, 2, 3]
        java.subscribe([TOPIC], name="c", config={"group.id": "j", "auto.offset.reset": "earliest"})
        assert len(java.poll(100, name="c")[0]) >= 100
    finally:
        java.close()


def described(raw, version, resource_type, name):
    answer = raw.call("DescribeConfigs", version, {
        "IncludeSynonyms": True, "Resources": [
            {"ResourceType": resource_type, "ResourceName": name, "ConfigurationKeys": None}]})
    (result,) = answer["Results"]
    assert result["ErrorCode"] == 0
    return {one["Name"]: one for one in result["Configs"]}


@pytest.mark.parametrize("version", kafka_messages.valid_versions("DescribeConfigs"))
def test_settings_of_a_broker(tap, bkes, version):
    """The tap sees that no address is among them, the controllers' included."""
    with Connection(TAP_HOST, port_of(bkes, 2)) as raw:
        of_broker = described(raw, version, 4, "2")
        of_topic = described(raw, version, 2, TOPIC)
    for name in ("listeners", "advertised.listeners", "controller.quorum.voters"):
        assert (of_broker[name]["Value"], of_broker[name]["IsSensitive"]) == (None, True)
        assert all(one["Value"] is None for one in of_broker[name]["Synonyms"])
    assert of_broker["broker.id"]["Value"] == "2"
    assert of_broker["log.retention.ms"]["IsSensitive"] is False
    assert of_topic["cleanup.policy"]["Value"] == "delete"


@pytest.mark.parametrize("version", [1, 2])
def test_brokers_do_not_tell_of_controllers(tap, bkes, version):
    """Endpoint type 2 asks for the controllers' addresses (KIP-919)."""
    with Connection(TAP_HOST, bkes.port) as raw:
        answer = raw.call("DescribeCluster", version, {"EndpointType": 2})
    mismatched_endpoint_type = 114
    assert (answer["ErrorCode"], answer["Brokers"]) == (mismatched_endpoint_type, [])


@pytest.mark.parametrize("version", [0, 1])
def test_quorum(tap, bkes, version):
    with Connection(TAP_HOST, bkes.port) as raw:
        answer = raw.call("DescribeQuorum", version, {"Topics": [
            {"TopicName": "__cluster_metadata", "Partitions": [{"PartitionIndex": 0}]}]})
    assert answer["Topics"][0]["Partitions"][0]["LeaderId"] == 1
