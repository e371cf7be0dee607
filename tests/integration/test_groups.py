"""What groups can do beyond the usual: static members, subscriptions by regular expression. Beside what they
do at the brokers; share groups: test_kafka_tools.py."""

import pytest

from clients import eventually
from events import EventTopic
from java_client import JavaClient, JavaError
from kafka_cluster import KafkaCluster

pytestmark = pytest.mark.administers

PROTOCOLS = ["classic", "consumer"]
SOON_MS = "100"
# A member hears of what the coordinator decided by its next heartbeat.
HEARTBEATS = {"group.consumer.heartbeat.interval.ms": SOON_MS, "group.consumer.min.heartbeat.interval.ms": SOON_MS}


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), properties=HEARTBEATS) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def direct(kafka, tmp_path_factory):
    """Java clients that ask the brokers."""
    client = JavaClient(kafka.bootstrap_servers, tmp_path_factory.mktemp("direct") / "java.log")
    yield client
    client.close()


@pytest.fixture(params=["direct", "through"])
def side(request, direct, java):
    return direct if request.param == "direct" else java


def group(name, protocol, **more):
    heartbeats = {"heartbeat.interval.ms": SOON_MS} if protocol == "classic" else {}
    return {"group.id": name, "group.protocol": protocol, "auto.offset.reset": "earliest",
            "metadata.max.age.ms": SOON_MS} | heartbeats | {key.replace("_", "."): value
                                                            for key, value in more.items()}


def send(client, topic, values, partition=0):
    client.send([{"topic": topic, "value": value, "partition": partition} for value in values])


def read(client, count, name):
    return sorted(one["value"] for one in client.poll(count, name=name)[0])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_static_member_comes_back_to_its_partitions(side, new_topic, protocol):
    topic = new_topic(partitions=2)
    for partition in range(2):
        send(side, topic, [f"old-{partition}"], partition)
    names = [f"{topic}-{instance}" for instance in range(2)]
    config = {name: group(topic, protocol, group_instance_id=name) for name in names}
    for name in names:
        side.subscribe([topic], name=name, config=config[name])
    share = {name: set() for name in names}

    def both_have_one():
        for name in names:
            share[name] = set(side.poll(1, name=name, timeout_s=0.3)[1])
        return [len(one) for one in share.values()] == [1, 1]

    eventually(both_have_one)
    side.call("commit", name=names[0])
    side.call("close", name=names[0])
    side.subscribe([topic], name=names[0], config=config[names[0]])
    came_back = eventually(lambda: set(side.poll(1, name=names[0], timeout_s=0.3)[1]))
    assert came_back == share[names[0]]
    for name in names:
        side.call("close", name=name)


@pytest.mark.parametrize("protocol, told", [("classic", "FencedInstanceIdException"),
                                            ("consumer", "UnreleasedInstanceIdException")])
def test_of_two_members_of_one_instance_id_one_is_told(side, new_topic, protocol, told):
    """In the classic protocol the first, in the new one the second."""
    topic = new_topic(partitions=1)
    send(side, topic, ["v"])
    for name in (f"{topic}-first", f"{topic}-second"):
        side.subscribe([topic], name=name, config=group(topic, protocol, group_instance_id=topic))
        if name.endswith("first"):
            assert read(side, 1, name) == ["v"]

    def refusal():
        for name in (f"{topic}-second", f"{topic}-first"):
            try:
                side.poll(1, name=name, timeout_s=0.3)
            except JavaError as failure:
                return failure.kind
        return None

    assert eventually(refusal) == told


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_regular_expression_finds_topics_that_come_later(side, new_topic, protocol):
    prefix = f"{new_topic(partitions=1)}-found"
    first, other = new_topic(prefix=f"{prefix}-", partitions=1), new_topic(prefix=f"not-{prefix}-", partitions=1)
    send(side, first, ["first"])
    send(side, other, ["other"])
    side.subscribe(name=prefix, config=group(prefix, protocol), pattern=f"{prefix}-.*")
    assert read(side, 1, prefix) == ["first"]
    second = new_topic(prefix=f"{prefix}-", partitions=1)
    send(side, second, ["second"])
    assert read(side, 1, prefix) == ["second"]
    assert set(side.poll(0, name=prefix)[1]) == {f"{first}-0", f"{second}-0"}
    side.call("close", name=prefix)


@pytest.mark.parametrize("protocol, kind", [("classic", "pattern"), ("consumer", "pattern"), ("consumer", "re2")])
def test_a_regular_expression_finds_the_guarded_topic_and_no_key_topics(bkes, java, new_key, protocol, kind):
    key = new_key()
    name = key.decode()
    with EventTopic(bkes) as events:
        assert events.append(key, name.encode(), order=0).code == 0
        assert events.values(key) == [name.encode()]  # its key topic has been asked for
    java.subscribe(name=name, config=group(name, protocol), **{kind: "bkes.*"})
    found = []
    eventually(lambda: found.extend(java.poll(1, name=name, timeout_s=1)[0]) or name in {
        one["value"] for one in found})
    positions = java.poll(0, name=name)[1]
    assert set(positions) == {f"bkes-{partition}" for partition in range(5)}
    java.call("commit", name=name)
    java.call("close", name=name)
