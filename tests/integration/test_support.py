"""The clusters that the other tests stand on, and what else is shared with the benchmarks."""

import os
import subprocess

from confluent_kafka import Consumer, Producer

from bkes_process import ROOT
from kafka_cluster import KafkaCluster, host_of
from kafka_node import live_brokers


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


def test_benchmarks_name_the_package_that_is_missing(tmp_path):
    """run.sh alone doesn't install all that they need."""
    (tmp_path / "kafka.py").write_text("raise ModuleNotFoundError(name='kafka')")
    done = subprocess.run(["/usr/bin/python3", "-B", ROOT / "bench" / "run.py", "--help"], text=True,
                          capture_output=True, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("bench/run.py: python3-kafka is missing: "
                           "scripts/install-packages.sh run kafka test\n")
