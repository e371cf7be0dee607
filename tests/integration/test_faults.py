"""Clients that race for the same aggregates while bkes or brokers die, sleep, and come back. Three
brokers, three copies of everything, two needed. Afterwards: every success stands in the log once, at
its offset; nothing refused does; all histories are linearizable; store and log agree.

BKES_TEST_SEED repeats the clients' choices (not the machine's timing). BKES_TEST_FAULTS=long does
to every broker what the short form does to one; scripts/faults.sh goes on with that."""

import os
import random
import shutil

import pytest

from bkes_process import run_bkes
from events import NONE, NOT_ENOUGH_REPLICAS, TIMED_OUT, EventTopic, event
from java_client import JavaClient
from kafka_cluster import KafkaCluster
from race import RACERS, Race, settle
from racers import java_producer
from small_disk import fill, small_disk

PARTITIONS = 3
KEYS = [b"a", b"b", b"c", b"d", b"e"]
IS_LONG = os.environ.get("BKES_TEST_FAULTS") == "long"
SEED = int(os.environ.get("BKES_TEST_SEED", random.randrange(1_000_000)))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    properties = {"min.insync.replicas": 2, "offsets.topic.num.partitions": 3,
                  "transaction.state.log.num.partitions": 6}
    with KafkaCluster(tmp_path_factory.mktemp("kafka3"), brokers=3, own_controller=True,
                      properties=properties) as started:
        yield started


@pytest.fixture(scope="module")
def java_machine(tmp_path_factory):
    client = JavaClient(None, tmp_path_factory.mktemp("java") / "java.log")
    yield client
    client.close()


@pytest.fixture
def race(cluster, java_machine, request):
    topic = request.node.name.replace("test_", "").replace("[", "-").replace("]", "")
    cluster.create_topic(topic, partitions=PARTITIONS, replication_factor=3)
    return Race(topic, PARTITIONS, KEYS, SEED, (*RACERS, java_producer(java_machine)))


def some_brokers(cluster):
    return cluster.brokers if IS_LONG else random.Random(SEED).sample(cluster.brokers, 1)


def test_bkes_is_killed(cluster, start_bkes, race):
    bkes = start_bkes(cluster, topics=race.topic)
    race.start(lambda: [bkes])
    for _ in range(3 if IS_LONG else 2):
        race.wait_for_more(100)
        bkes.kill()
        bkes.start()
    settle(cluster, race, bkes)


def test_bkes_is_killed_and_its_store_deleted(cluster, start_bkes, race):
    bkes = start_bkes(cluster, topics=race.topic)
    race.start(lambda: [bkes])
    race.wait_for_more(300)
    bkes.kill()
    shutil.rmtree(bkes.data_dir)
    bkes.start()
    settle(cluster, race, bkes)


def test_each_broker_is_killed_in_turn(cluster, start_bkes, race):
    bkes = start_bkes(cluster, topics=race.topic)
    race.start(lambda: [bkes])
    for node in cluster.brokers:
        race.wait_for_more(150)
        node.kill()
        race.wait_for_more(150)
        node.start()
        cluster.wait_ready()
    settle(cluster, race, bkes)


def test_a_broker_is_stopped_and_started_again(cluster, start_bkes, race):
    """Leaders move in an orderly way."""
    bkes = start_bkes(cluster, topics=race.topic)
    race.start(lambda: [bkes])
    for node in some_brokers(cluster):
        race.wait_for_more(150)
        node.stop()
        race.wait_for_more(150)
        node.start()
        cluster.wait_ready()
    settle(cluster, race, bkes)


def test_a_broker_sleeps(cluster, start_bkes, race):
    """Its connections stay, and it wakes up as a leader that is none any more."""
    bkes = start_bkes(cluster, topics=race.topic)
    race.start(lambda: [bkes])
    for node in some_brokers(cluster):
        race.wait_for_more(150)
        node.pause()
        race.wait_for_more(150)
        node.resume()
        cluster.wait_ready()
    settle(cluster, race, bkes)


def test_bkes_sleeps_while_another_takes_over(cluster, start_bkes, race):
    first = start_bkes(cluster, topics=race.topic)
    instances = [first]
    race.start(lambda: list(instances))
    for _ in range(3 if IS_LONG else 2):
        race.wait_for_more(100)
        older = instances[-1]
        older.pause()
        instances.append(start_bkes(cluster, topics=race.topic))
        race.wait_for_more(100)
        older.resume()
    settle(cluster, race, instances[-1])


def test_the_stores_disk_is_full(cluster, start_bkes, race, tmp_path):
    """What can't be stored isn't answered as written; when there is room again all goes on."""
    folder = tmp_path / "small"
    with small_disk(folder / "data", 64) as disk:
        bkes = start_bkes(cluster, topics=race.topic, directory=folder,
                          store_memory_bytes=16 << 20)
        race.start(lambda: [bkes])
        race.wait_for_more(100)
        ballast = fill(disk)
        with EventTopic(bkes, race.topic, PARTITIONS) as events:
            large = event(b"large", b"x" * 500_000, "any")
            codes = [events.append_all([large], partition=0, timeout_ms=3000).code]
            while codes[-1] == NONE and len(codes) < 200:
                codes.append(events.append_all([large], partition=0, timeout_ms=3000).code)
        assert codes[-1] in (NOT_ENOUGH_REPLICAS, TIMED_OUT), codes
        assert "store can't be written" in bkes.log()
        for _ in range(3):  # nor does that keep it from going on
            refused = run_bkes("checkpoint", disk / "point", "--data-dir", bkes.data_dir)
            assert refused.returncode == 1, refused
        assert bkes.is_alive()
        ballast.unlink()
        race.wait_for_more(100)
        settle(cluster, race, bkes)
