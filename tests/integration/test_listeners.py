"""Two listeners: each client is told addresses of the one it came through, and finds every broker
there."""

import kafka
import pytest

from bkes_process import BROKER_PORTS, BkesProcess, free_port_range
from clients import (eventually, python_consumer, python_poll, python_producer, rdkafka_consumer,
                     rdkafka_poll, rdkafka_producer, rdkafka_send)
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from events import NONE, EventTopic, key_topic
from java_client import JavaClient
from kafka_node import live_brokers
from wire import Closed, Connection

pytestmark = pytest.mark.plain_scene("has listeners of its own")

PLAIN, EVENTS = "plain", "events"
BROKERS = (1, 2, 3)
BKES_NODE = 1_000_000_000
# OUTSIDE listens everywhere, and tells clients this address of the machine.
OUTSIDE_HOST = "127.0.0.3"


class Listener:
    def __init__(self, name, host, port):
        self.name, self.host, self.port = name, host, port

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def port_of(self, broker):
        return self.port + 1 + broker

    def brokers(self, *more):
        return {(n, self.host, self.port_of(n)) for n in BROKERS} | set(more)

    def connect(self, broker=None):
        return Connection(self.host, self.port if broker is None else self.port_of(broker))


@pytest.fixture(scope="module")
def bkes(kafka3, tmp_path_factory):
    for topic in (PLAIN, EVENTS):
        kafka3.create_topic(topic, assignment=[[1, 2], [2, 3], [3, 1]])
    process = BkesProcess(tmp_path_factory.mktemp("bkes"), kafka3.bootstrap_servers,
                          {"topics": EVENTS})
    outside = free_port_range(1 + BROKER_PORTS)
    process.options |= {
        "listener": None, "broker.port.base": None,
        "listeners": f"INSIDE://{process.address},OUTSIDE://0.0.0.0:{outside}",
        "advertised.listeners": f"OUTSIDE://{OUTSIDE_HOST}:{outside}",
        "listener.security.protocol.map": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT"}
    process.listeners = [Listener("INSIDE", process.host, process.port),
                         Listener("OUTSIDE", OUTSIDE_HOST, outside)]
    with process:
        yield process


@pytest.fixture(params=["INSIDE", "OUTSIDE"])
def listener(bkes, request):
    return next(one for one in bkes.listeners if one.name == request.param)


def brokers_in(answer, name="Brokers", id_name="NodeId"):
    return {(one[id_name], one["Host"], one["Port"]) for one in answer[name]}


def test_every_port_tells_addresses_of_its_listener(bkes, listener):
    for broker in (None, *BROKERS):
        with listener.connect(broker) as raw:
            assert brokers_in(raw.call("Metadata", 12, {"Topics": None})) == listener.brokers()
            told = raw.call("DescribeCluster", 0)
            assert brokers_in(told, id_name="BrokerId") == listener.brokers()
            (found,) = eventually(lambda: [one for one in raw.call("FindCoordinator", 4, {
                "KeyType": 0, "CoordinatorKeys": [listener.name]})["Coordinators"]
                if one["ErrorCode"] == NONE])
            assert (found["NodeId"], found["Host"], found["Port"]) in listener.brokers()
            answer = raw.call("Metadata", 12, {"Topics": [{"Name": key_topic(EVENTS, b"k")}]})
            assert brokers_in(answer) == listener.brokers((BKES_NODE, listener.host, listener.port))


def test_each_port_is_its_broker(listener):
    for broker in BROKERS:
        with listener.connect(broker) as raw:
            answer = raw.call("DescribeConfigs", 4, {"Resources": [
                {"ResourceType": 4, "ResourceName": str(broker), "ConfigurationKeys": ["broker.id"]}]})
            assert answer["Results"][0]["ErrorCode"] == NONE


def test_librdkafka_stays_on_its_listener(listener):
    producer = rdkafka_producer(listener.address)
    value = listener.name.encode()
    offsets = rdkafka_send(producer, PLAIN, [(b"", value, [], partition) for partition in range(3)])
    assert all(isinstance(one, int) for one in offsets)
    consumer = rdkafka_consumer(listener.address, group_id=f"rdkafka-{listener.name}")
    consumer.assign([TopicPartition(PLAIN, partition, offset)
                     for partition, offset in enumerate(offsets)])
    assert {one.value() for one in rdkafka_poll(consumer, 3)} >= {value}
    consumer.close()
    told = AdminClient({"bootstrap.servers": listener.address}).list_topics().brokers.values()
    assert {(one.id, one.host, one.port) for one in told} == listener.brokers()


def test_kafka_python_stays_on_its_listener(listener):
    producer = python_producer(listener.address)
    consumer = python_consumer(listener.address, group_id=f"python-{listener.name}")
    try:
        sent = producer.send(PLAIN, listener.name.encode(), partition=1).get(30)
        place = kafka.TopicPartition(PLAIN, 1)
        consumer.assign([place])
        consumer.seek(place, sent.offset)
        assert python_poll(consumer, 1)[0].value == listener.name.encode()
        told = {(one.nodeId, one.host, one.port) for one in consumer._client.cluster.brokers()}
        assert told == listener.brokers()
    finally:
        consumer.close()
        producer.close()


def test_java_stays_on_its_listener(bkes, listener, tmp_path):
    client = JavaClient(listener.address, tmp_path / "java.log")
    try:
        (sent,) = client.send([{"topic": PLAIN, "key": "k", "value": listener.name, "partition": 2}])
        assert "offset" in sent
        client.assign([[PLAIN, 2, sent["offset"]]])
        records, _ = client.poll(1)
        assert records[0]["value"] == listener.name
    finally:
        client.close()


def test_what_is_appended_through_one_is_read_through_the_other(bkes, new_key):
    key = new_key()
    _, outside = bkes.listeners
    with EventTopic(bkes, EVENTS, 3) as through_inside, \
            EventTopic(bkes, EVENTS, 3, port=outside.port) as through_outside:
        assert through_inside.append(key, b"in", 0).code == NONE
        assert through_outside.append(key, b"out", 1).code == NONE
        assert through_outside.append(key, b"no", 1).code != NONE
        assert through_outside.values(key) == through_inside.values(key) == [b"in", b"out"]


def is_reached(host, port, broker):
    """Whether that broker is behind the port."""
    try:
        with Connection(host, port) as raw:
            answer = raw.call("DescribeConfigs", 4, {"Resources": [
                {"ResourceType": 4, "ResourceName": str(broker), "ConfigurationKeys": ["broker.id"]}]})
            return answer["Results"][0]["ErrorCode"] == NONE
    except (Closed, ConnectionRefusedError):
        return False


def test_ports_are_the_same_after_a_restart(kafka3, start_bkes):
    """OUTSIDE has ports for 0 to 2 by the rule: broker 3 gets what is left."""
    first, second = free_port_range(4), free_port_range(4)
    bkes = start_bkes(cluster=kafka3, topics="", ready=False, listener=None, broker_port_base=None,
                      broker_port_count=None,
                      listeners=f"INSIDE://127.0.0.1:{first},OUTSIDE://127.0.0.1:{second}",
                      listener_security_protocol_map="INSIDE:PLAINTEXT,OUTSIDE:SASL_PLAINTEXT",
                      listener_name_outside_broker_port_count=3)
    bkes.port = first
    bkes.wait_ready()
    left = second + 1

    def assert_all_are_reached():
        # Nobody has asked anything on OUTSIDE yet.
        assert all(is_reached("127.0.0.1", first + 1 + broker, broker) for broker in BROKERS)
        assert all(is_reached("127.0.0.1", port, broker)
                   for port, broker in ((left, 3), (left + 1, 1), (left + 2, 2)))

    assert_all_are_reached()
    remembered = bkes.data_dir / "broker-ports"
    assert remembered.read_text() == f"OUTSIDE 3 {left}\n"
    bkes.stop()

    # The broker is down when bkes starts: clients that know only its port find that bound.
    kafka3.broker(3).kill()
    eventually(lambda: live_brokers(*kafka3.addresses[0]) == 2)
    remembered.write_text(f"3 {left}\n")  # as it was before there were several listeners
    bkes.start()
    bkes.wait_ready()
    with Connection("127.0.0.1", left) as raw:
        raw.send("DescribeLogDirs", 4, {"Topics": None})
        assert raw.wait_closed() == b""
    kafka3.broker(3).start()
    eventually(lambda: is_reached("127.0.0.1", left, 3))
    assert_all_are_reached()


def test_a_port_that_is_taken_is_named_with_its_listener(bkes, kafka3, start_bkes):
    taken = bkes.listeners[1].port
    other = free_port_range(4)
    second = start_bkes(cluster=kafka3, topics="", ready=False, listener=None, broker_port_base=None,
                        listeners=f"INSIDE://127.0.0.1:{other},OUTSIDE://127.0.0.1:{taken}",
                        listener_security_protocol_map="INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT")
    assert second.wait_end(30) == 1
    assert (f"listeners=OUTSIDE://127.0.0.1:{taken} can't be bound: Address already in use"
            in second.log())
