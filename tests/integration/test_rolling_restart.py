"""Three brokers restart one after the other, as for an upgrade, while applications run through bkes
and others directly: nobody behind bkes sees what the others don't, and no event is lost or doubled."""

import pytest

from applications import EVENTS, ID_HEADER, TOPICS, Load, three_brokers
from bkes_process import BkesProcess, assert_agrees
from cluster_requests import leaders, wait_for_replicas


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with three_brokers(tmp_path_factory.mktemp("kafka3")) as started:
        yield started


def test_each_broker_restarts(cluster, tmp_path):
    with BkesProcess(tmp_path, cluster.bootstrap_servers,
                     {"topics": EVENTS, "event.id.header": ID_HEADER}) as bkes:
        load = Load(cluster, bkes.address)
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
