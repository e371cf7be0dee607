"""The races of test_faults.py where three instances share the partitions, and clients talk to any of them:
instances die, sleep, come and go, and so do brokers. Afterwards every success stands in the log once, nothing
refused does, all histories are linearizable, and each store agrees with the log.

BKES_TEST_SEED repeats the clients' choices (not the machine's timing). BKES_TEST_FAULTS=long goes on for longer."""

import os
import random
import time

import pytest

from bkes_process import verify
from kafka_cluster import KafkaCluster
from race import Race, read_log
from sharing import wait_served

PARTITIONS = 6
KEYS = [b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"]
IS_LONG = os.environ.get("BKES_TEST_FAULTS") == "long"
ROUNDS = 6 if IS_LONG else 2
long_only = pytest.mark.skipif(not IS_LONG, reason="BKES_TEST_FAULTS=long")
SEED = int(os.environ.get("BKES_TEST_SEED", random.randrange(1_000_000)))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    properties = {"min.insync.replicas": 2, "offsets.topic.num.partitions": 3, "offsets.topic.replication.factor": 3,
                  "transaction.state.log.num.partitions": 6, "group.initial.rebalance.delay.ms": 500}
    with KafkaCluster(tmp_path_factory.mktemp("kafka3"), brokers=3, own_controller=True,
                      properties=properties) as started:
        yield started


@pytest.fixture
def race(cluster, request):
    topic = request.node.name.replace("test_", "")
    cluster.create_topic(topic, partitions=PARTITIONS, replication_factor=3)
    return Race(topic, PARTITIONS, KEYS, SEED)


@pytest.fixture
def group(cluster, start_bkes, race):
    """start(n): n instances that share the topic of the race."""
    def start(count=1):
        started = [start_bkes(cluster, topics=race.topic, group_id=race.topic, partitioner="crc32",
                              threads=2, ready=False)
                   for _ in range(count)]
        for one in started:
            wait_served(one)
        return started
    return start


def settle(cluster, race, instances):
    for one in instances:
        wait_served(one)
    race.wait_for_more(100)
    race.stop()
    print(f"seed {race.seed}: {race.written} events written, of {race.unknown} it isn't known")
    race.check(read_log(cluster, race.topic, PARTITIONS))
    for one in instances:
        one.stop()
    for one in instances:
        code, report = verify(one, race.topic, "--topics", race.topic)
        assert (code, report["differences"]) == (0, 0), report


def test_instances_are_killed(cluster, group, race):
    instances = group(3)
    race.start(lambda: [one for one in instances if one.is_alive()])
    for killed in (instances * ROUNDS)[:2 * ROUNDS]:
        race.wait_for_more(150)
        killed.kill()
        race.wait_for_more(150)
        killed.start()
        wait_served(killed)
    settle(cluster, race, instances)


@long_only
def test_instances_sleep(cluster, group, race):
    """For longer than the group waits for them; they wake up as owners that are none any more."""
    instances = group(3)
    asleep = []
    race.start(lambda: [one for one in instances if one not in asleep])
    for sleeper in instances[:ROUNDS]:
        race.wait_for_more(150)
        asleep.append(sleeper)
        sleeper.pause()
        time.sleep(8)
        race.wait_for_more(150)
        sleeper.resume()
        asleep.clear()
    settle(cluster, race, instances)


@long_only
def test_one_comes_and_goes(cluster, group, race):
    """A rebalance of the group without end."""
    instances = group(2)
    visitor, = group()
    race.start(lambda: instances)
    for _ in range(3 * ROUNDS):
        race.wait_for_more(50)
        visitor.stop()
        visitor.start()
        wait_served(visitor)
    settle(cluster, race, [*instances, visitor])


def test_brokers_are_killed(cluster, group, race):
    instances = group(3)
    race.start(lambda: instances)
    for node in cluster.brokers[:ROUNDS // 2]:
        race.wait_for_more(150)
        node.kill()
        race.wait_for_more(150)
        node.start()
        cluster.wait_ready()
    settle(cluster, race, instances)
