"""Three brokers restart one after the other, as for an upgrade, while applications run through bkes
and others directly: nobody behind bkes sees what the others don't, and no event is lost or doubled."""

import pytest

from applications import ID_HEADER, Load
from bkes_process import BkesProcess, assert_agrees
from cluster_requests import leaders, wait_for_replicas
from kafka_cluster import KafkaCluster

EVENTS, THROUGH, DIRECT = "events", "through", "direct"
TOPICS = (EVENTS, THROUGH, DIRECT)
EVERYWHERE = [[1, 2, 3], [2, 3, 1], [3, 1, 2]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    properties = {"min.insync.replicas": 2, "offsets.topic.num.partitions": 3,
                  "transaction.state.log.num.partitions": 3}
    with KafkaCluster(tmp_path_factory.mktemp("kafka3"), brokers=3, own_controller=True,
                      properties=properties) as started:
        for topic in TOPICS:
            started.create_topic(topic, assignment=EVERYWHERE)
        yield started


def test_each_broker_restarts(cluster, tmp_path):
    with BkesProcess(tmp_path, cluster.bootstrap_servers,
                     {"topics": EVENTS, "event.id.header": ID_HEADER}) as bkes:
        load = Load(cluster, bkes.address, events=EVENTS, through=THROUGH, direct=DIRECT)
        for broker in cluster.brokers:
            load.wait_for_more(20)
            broker.stop()
            assert broker.node_id not in {one for topic in TOPICS for one in leaders(cluster, topic)}
            load.wait_for_more(20)
            broker.start()
            cluster.wait_ready()
            wait_for_replicas(cluster, *TOPICS)
        load.wait_for_more(20)
        load.settle()
        assert_agrees(bkes, EVENTS)
