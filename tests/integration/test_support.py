"""The clusters that the other tests stand on, and what else is shared with the benchmarks."""

import os
import subprocess

import pytest
from confluent_kafka import Consumer, Producer
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from bkes_process import ROOT
from certificates import Authority
from clients import eventually
from kafka_cluster import KafkaCluster, host_of
from kafka_node import live_brokers
from kafka_security import Security, allow, set_password, withdraw
from wire import Closed, Connection

pytestmark = pytest.mark.plain_scene("the tests' own support")


def produce(servers, topic, count):
    producer = Producer({"bootstrap.servers": servers, "acks": "all"})
    for n in range(count):
        producer.produce(topic, key=b"k", value=str(n).encode())
    assert producer.flush(30) == 0


def consume(servers, topic, count):
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "g",
                         "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found = []
    while len(found) < count:
        message = consumer.poll(30)
        assert message is not None and message.error() is None
        found.append(message.value())
    consumer.close()
    return found


def test_single_broker_keeps_data_over_a_kill(tmp_path):
    with KafkaCluster(tmp_path) as cluster:
        cluster.create_topic("t")
        produce(cluster.bootstrap_servers, "t", 10)
        cluster.broker(1).kill()
        assert live_brokers(*cluster.addresses[0]) == 0
        cluster.broker(1).start()
        cluster.wait_ready()
        assert len(consume(cluster.bootstrap_servers, "t", 10)) == 10


def test_three_brokers_lose_one_and_gain_one(tmp_path):
    with KafkaCluster(tmp_path, brokers=3) as cluster:
        assert [host for host, _ in cluster.addresses] == [host_of(n) for n in (1, 2, 3)]
        cluster.create_topic("t", assignment=[[1, 2, 3], [2, 3, 1], [3, 1, 2]])
        cluster.broker(2).kill()
        produce(cluster.bootstrap_servers, "t", 10)
        cluster.broker(2).start()
        cluster.wait_ready()
        added = cluster.add_broker()
        assert added.node_id == 4
        cluster.create_topic("on4", assignment=[[4]])
        produce(cluster.bootstrap_servers, "on4", 10)
        assert len(consume(cluster.bootstrap_servers, "on4", 10)) == 10


def read_count(cluster, topic, user, password, mechanism="SCRAM-SHA-512"):
    """How many records somebody reads with kafka-python; 0 if he isn't let in."""
    try:
        consumer = KafkaConsumer(
            topic, bootstrap_servers=cluster.secured_servers, auto_offset_reset="earliest",
            security_protocol=cluster.security.protocol, sasl_mechanism=mechanism,
            sasl_plain_username=user, sasl_plain_password=password)
    except KafkaError:
        return 0
    try:
        return len(next(iter(consumer.poll(10_000).values()), ()))
    finally:
        consumer.close()


def topic_code(raw, topic):
    answer = raw.call("Metadata", 12, {"Topics": [{"Name": topic}], "AllowAutoTopicCreation": False})
    return answer["Topics"][0]["ErrorCode"]


def test_accounts_and_rights(tmp_path):
    security = Security(users={"alice": "a-secret", "bob": "b-secret"})
    with KafkaCluster(tmp_path, brokers=2, security=security) as cluster:
        cluster.create_topic("t", assignment=[[1, 2]])
        produce(cluster.bootstrap_servers, "t", 3)
        host, port = cluster.secured_addresses[0]
        with Connection(host, port) as nobody, pytest.raises(Closed):
            topic_code(nobody, "t")
        with Connection(host, port) as raw:
            assert raw.login("alice", "b-secret")["ErrorCode"] == 58
        with Connection(host, port) as raw:
            assert raw.login("alice", "a-secret")["ErrorCode"] == 0
            assert topic_code(raw, "t") == 29
            allow(cluster, "alice", ["READ", "WRITE"], "topic", "t")
            assert topic_code(raw, "t") == 0
        producer = Producer({"bootstrap.servers": cluster.secured_servers} | security.client("alice"))
        producer.produce("t", value=b"v")
        assert producer.flush(30) == 0
        assert read_count(cluster, "t", "alice", "a-secret") == 4
        assert read_count(cluster, "t", "alice", "a-secret", "SCRAM-SHA-256") == 4
        set_password(cluster, "alice", "new-secret")
        eventually(lambda: read_count(cluster, "t", "alice", "new-secret") == 4)
        withdraw(cluster, "alice", "topic", "t")
        with Connection(host, port) as raw:
            raw.login("alice", "a-secret")
            assert topic_code(raw, "t") == 29


def test_certificates(tmp_path):
    authority = Authority(tmp_path / "ca")
    security = Security(authority=authority, client_auth="required")
    with KafkaCluster(tmp_path / "cluster", security=security) as cluster:
        cluster.create_topic("t")
        allow(cluster, "alice", ["DESCRIBE"], "topic", "t")
        alice, bob = authority.sign("alice"), authority.sign("bob")
        for shown, code in ((alice, 0), (bob, 29)):
            host, port = cluster.secured_addresses[0]
            with Connection(host, port, tls=authority.client_context(shown)) as raw:
                assert topic_code(raw, "t") == code


def test_benchmarks_name_the_package_that_is_missing(tmp_path):
    """run.sh alone doesn't install all that they need."""
    (tmp_path / "kafka.py").write_text("raise ModuleNotFoundError(name='kafka')")
    done = subprocess.run(["/usr/bin/python3", "-B", ROOT / "bench" / "run.py", "--help"], text=True,
                          capture_output=True, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("bench/run.py: python3-kafka is missing: "
                           "scripts/install-packages.sh run kafka test\n")
