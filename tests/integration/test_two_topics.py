"""One request that names keys of two guarded topics: each is answered by what is known of its own
topic, never by what is known of the other."""

import types

import pytest
from confluent_kafka import Producer

from clients import eventually
from events import (NONE, NOT_LEADER, EventTopic, event, key_topic, produce_request)
from kafka_cluster import KafkaCluster
from record_batches import batch, read_batches
from relay import REQUESTS, Relay
from wire import Connection

KEY = b"a"
EARLIEST, LATEST = -2, -1
OUT_OF_RANGE = 1


def fetch(raw, places, max_wait_ms=0):
    """{topic: partition of the answer} of one Fetch; places: {topic: offset}."""
    answer = raw.call("Fetch", 11, {
        "ReplicaId": -1, "MaxWaitMs": max_wait_ms, "MinBytes": 1, "MaxBytes": 1 << 20,
        "SessionEpoch": -1, "Topics": [
            {"Topic": key_topic(topic, KEY), "Partitions": [
                {"Partition": 0, "FetchOffset": offset, "PartitionMaxBytes": 1 << 20}]}
            for topic, offset in places.items()]})
    assert answer["ErrorCode"] == NONE
    names = {key_topic(topic, KEY): topic for topic in places}
    return {names[one["Topic"]]: one["Partitions"][0] for one in answer["Responses"]}


def list_offsets(raw, topics, time=LATEST):
    answer = raw.call("ListOffsets", 5, {"ReplicaId": -1, "Topics": [
        {"Name": key_topic(topic, KEY), "Partitions": [{"PartitionIndex": 0, "Timestamp": time}]}
        for topic in topics]})
    names = {key_topic(topic, KEY): topic for topic in topics}
    return {names[one["Name"]]: one["Partitions"][0] for one in answer["Topics"]}


def values(partition):
    return [one.value for one in read_batches(partition["Records"] or b"")]


@pytest.fixture
def topics(new_topic):
    return new_topic(partitions=1), new_topic(partitions=1)


@pytest.fixture
def open_transaction(kafka):
    """begin(topic) leaves a transaction open that somebody else began there, until commit(topic)."""
    left = {}

    def begin(topic):
        producer = Producer({"bootstrap.servers": kafka.bootstrap_servers,
                             "transactional.id": f"left-open-{topic}"})
        producer.init_transactions(30)
        producer.begin_transaction()
        producer.produce(topic, key=b"other", value=b"undecided", partition=0)
        assert producer.flush(30) == 0
        left[topic] = producer

    def commit(topic):
        left.pop(topic).commit_transaction(30)

    yield types.SimpleNamespace(begin=begin, commit=commit)
    for producer in left.values():
        producer.abort_transaction(30)


def test_of_which_only_the_first_is_ready(kafka, start_bkes, topics, open_transaction):
    """Before bkes has caught up with the second topic, its keys are no new keys."""
    ready, late = topics
    with Connection(*kafka.bootstrap_servers.split(":")) as raw:
        for n in range(3):
            raw.call("Produce", 9, produce_request({(ready, 0): batch([event(KEY, b"r%d" % n)])}))
    open_transaction.begin(late)
    with Connection(*kafka.bootstrap_servers.split(":")) as raw:
        for n in range(500):
            raw.send("Produce", 9, produce_request({(late, 0): batch([event(KEY, b"l%d" % n)])}))
            raw.receive()

    bkes = start_bkes(topics=f"{ready},{late}", hold_ms=300)
    with Connection(bkes.host, bkes.port) as raw:
        eventually(lambda: list_offsets(raw, [ready])[ready]["Offset"] == 3)
        for places in ({ready: 0, late: 500}, {late: 500, ready: 0}):
            answers = fetch(raw, places)
            assert answers[ready]["ErrorCode"] == NONE
            assert values(answers[ready]) == [b"r0", b"r1", b"r2"]
            assert answers[late]["ErrorCode"] == NOT_LEADER
            for time in (EARLIEST, LATEST):
                offsets = list_offsets(raw, places, time)
                assert offsets[ready]["ErrorCode"] == NONE
                assert offsets[late]["ErrorCode"] == NOT_LEADER
        # What waits for more of the first is told when the second is ready, and what it has then.
        open_transaction.commit(late)
        eventually(lambda: list_offsets(raw, [late])[late]["Offset"] == 500)
        answers = fetch(raw, {ready: 3, late: 499}, max_wait_ms=10_000)
        assert (answers[ready]["ErrorCode"], values(answers[ready])) == (NONE, [])
        assert (answers[late]["ErrorCode"], values(answers[late])) == (NONE, [b"l499"])


@pytest.fixture(scope="module")
def relayed_kafka(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("relayed"), brokers=2, relayed=True) as cluster:
        yield cluster


def test_of_which_only_the_second_went_to_another_instance(relayed_kafka, start_bkes):
    """An owner that is cut off from the leader of the second topic alone doesn't answer for it by
    its proof for the first."""
    ours, taken = "ours", "taken"
    relayed_kafka.create_topic(ours, assignment=[[1]])
    relayed_kafka.create_topic(taken, assignment=[[2]])
    relays = {broker: Relay(relayed_kafka.relayed_listeners[broker],
                            relayed_kafka.relay_addresses[broker]) for broker in (1, 2)}
    with relays[1], relays[2]:
        beyond = types.SimpleNamespace(bootstrap_servers=relays[1].address)
        first = start_bkes(cluster=beyond, topics=f"{ours},{taken}", hold_ms=1000)
        for topic in (ours, taken):
            with EventTopic(first, topic, partitions=1) as events:
                eventually(lambda: events.append(KEY, b"0", 0).code == NONE)
        relays[2].hold(REQUESTS)
        second = start_bkes(cluster=relayed_kafka, topics=taken)
        with EventTopic(second, taken, partitions=1) as events:
            assert events.append(KEY, b"1", 1).code == NONE
        with Connection(first.host, first.port) as raw:
            for places in ({ours: 1, taken: 1}, {taken: 1, ours: 1}):
                offsets = list_offsets(raw, places)
                assert (offsets[ours]["ErrorCode"], offsets[ours]["Offset"]) == (NONE, 1)
                assert offsets[taken]["ErrorCode"] == NOT_LEADER
                answers = fetch(raw, places)
                assert answers[ours]["ErrorCode"] == NONE
                assert answers[taken]["ErrorCode"] == NOT_LEADER
