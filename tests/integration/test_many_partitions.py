"""A cluster of 10,000 partitions. Kafka takes a minute to make them, so CI leaves this file out (label `long`)."""

import pytest
from confluent_kafka.admin import NewTopic

from clients import eventually, rdkafka_producer, rdkafka_read, rdkafka_send
from events import NONE, EventTopic
from kafka_cluster import KafkaCluster
from wire import Connection, offered

pytestmark = pytest.mark.administers

TOPICS = [f"wide-{n}" for n in range(10)]
PARTITIONS = 1_000
WAIT_S = 300


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), heap_mb=1024) as cluster:
        admin = cluster.admin()
        for name in TOPICS:
            admin.create_topics([NewTopic(name, PARTITIONS, 1)], request_timeout=WAIT_S)[name].result(WAIT_S)
        # A broker tells of a topic when it has made the partitions of all topics before.
        admin.create_topics([NewTopic("last", 1, 1)], request_timeout=WAIT_S)["last"].result(WAIT_S)
        with Connection(*cluster.addresses[0], timeout_s=WAIT_S) as raw:
            eventually(lambda: "last" in [topic["Name"] for topic in ask(raw, 12)["Topics"]], WAIT_S)
        yield cluster


def ask(raw, version):
    return raw.call("Metadata", version, {"Topics": [] if version == 0 else None})


def partitions_in(answer):
    return {(topic["Name"], one["PartitionIndex"]) for topic in answer["Topics"] if topic["Name"] in TOPICS
            for one in topic["Partitions"] if one["LeaderId"] == 1}


def without_brokers(answer):
    """Topics and partitions stand in any order."""
    topics = [topic | {"Partitions": sorted(topic["Partitions"], key=lambda one: one["PartitionIndex"])}
              for topic in answer["Topics"]]
    return answer | {"Brokers": len(answer["Brokers"]), "Topics": sorted(topics, key=lambda one: one["Name"])}


def test_metadata_of_all_is_as_the_brokers_say(kafka, bkes):
    with (Connection(*kafka.addresses[0], timeout_s=60) as direct,
          Connection(bkes.host, bkes.port, timeout_s=60) as through):
        versions = [version for api, version in offered(through) if api == "Metadata"]
        assert len(versions) > 10
        for version in versions:
            told = ask(through, version)
            assert len(partitions_in(told)) == len(TOPICS) * PARTITIONS
            assert without_brokers(told) == without_brokers(ask(direct, version))
            assert [(one["Host"], one["Port"]) for one in told["Brokers"]] == [(bkes.host, bkes.port + 2)]


def test_clients_find_their_way(bkes, java, new_key):
    producer, last = rdkafka_producer(bkes.address), PARTITIONS - 1
    assert len(producer.list_topics(timeout=60).topics[TOPICS[-1]].partitions) == PARTITIONS
    assert rdkafka_send(producer, TOPICS[0], [(b"k", b"v", None, last)]) == [0]
    assert rdkafka_read(bkes.address, TOPICS[0], 1, partition=last)[0].value() == b"v"
    assert java.admin("describeTopics", TOPICS) == {name: [1] * PARTITIONS for name in TOPICS}
    for protocol in ("classic", "consumer"):
        java.subscribe(TOPICS, name=protocol, config={
            "group.id": protocol, "group.protocol": protocol, "auto.offset.reset": "earliest"})
        assert [one["value"] for one in java.poll(1, name=protocol, timeout_s=60)[0]] == ["v"]
        java.call("close", name=protocol)
    key = new_key()
    with EventTopic(bkes) as events:
        assert events.append(key, b"v", order=0).code == NONE
        assert events.values(key) == [b"v"]
