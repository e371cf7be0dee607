"""What becomes of a cluster over the years, under applications that don't restart: leaders move, a
broker gets other ports, one is replaced by another, bkes itself is started again."""

import pytest

import scene
from applications import (EVENTS, EVERYWHERE, ID_HEADER, TOPICS, Load, RdkafkaApplication, RdkafkaAppender,
                          three_brokers)
from bkes_process import BkesProcess, assert_agrees
from cluster_requests import leaders, move_from, move_partitions, wait_for_replicas
from wire import Connection

INTERNAL = ("__consumer_offsets", "__transaction_state")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with three_brokers(tmp_path_factory.mktemp("kafka3")) as started:
        yield started


@pytest.fixture(scope="module")
def bkes(cluster, tmp_path_factory):
    with BkesProcess(tmp_path_factory.mktemp("bkes"), cluster.bootstrap_servers,
                     {"topics": EVENTS, "event.id.header": ID_HEADER}) as process:
        yield process
        assert_agrees(process, EVENTS)


def doors(bkes, *brokers):
    """The ports that stand for them, and not the bootstrap port."""
    return ",".join(f"{bkes.host}:{bkes.port + 1 + broker}" for broker in brokers)


@pytest.fixture
def load(cluster, bkes):
    """Applications that know the ports of brokers alone."""
    running = Load(cluster, doors(bkes, 1, 2, 3), applications=[RdkafkaApplication], appenders=[RdkafkaAppender])
    running.wait_for_more(20)
    return running


def administrator(bkes):
    return Connection(bkes.host, bkes.port, user=scene.ADMINISTRATOR)


def test_leaders_move(cluster, bkes, load):
    for places in (EVERYWHERE[1:] + EVERYWHERE[:1], EVERYWHERE):
        with administrator(bkes) as raw:
            for topic in TOPICS:
                move_partitions(raw, topic, dict(enumerate(places)))
        assert leaders(cluster, EVENTS) == [one[0] for one in places]
        load.wait_for_more(50)
    load.settle()


def test_a_broker_gets_other_ports(cluster, bkes, load):
    cluster.move_broker(2)
    wait_for_replicas(cluster, *TOPICS)
    with administrator(bkes) as raw:
        for topic in TOPICS:
            move_partitions(raw, topic, dict(enumerate(EVERYWHERE)))
    load.wait_for_more(50)
    bkes.wait_for_log("broker moved broker=2")
    load.settle()


def test_a_broker_is_replaced_by_another(cluster, bkes, load):
    added = cluster.add_broker().node_id
    with administrator(bkes) as raw:
        move_from(raw, (*INTERNAL, *TOPICS), old=3, new=added)
    assert leaders(cluster, EVENTS) == [1, 2, added]
    load.wait_for_more(20)
    cluster.remove_broker(3)
    load.wait_for_more(50)
    with administrator(bkes) as raw:
        known = raw.call("Metadata", 12, {"Topics": []})["Brokers"]
    assert {(one["NodeId"], one["Port"]) for one in known} == {
        (broker, bkes.port + 1 + broker) for broker in (1, 2, added)}
    load.settle()


def test_bkes_starts_again_for_those_who_know_brokers_alone(cluster, bkes, load):
    for end in (bkes.stop, bkes.kill):
        load.wait_for_more(20)
        end()
        bkes.start()
        bkes.wait_ready()
    load.wait_for_more(50)
    # As those would who are connected to brokers that all go.
    load.settle(unavoidable={"_TRANSPORT", "_ALL_BROKERS_DOWN"})
