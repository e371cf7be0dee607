"""Three brokers behind one bkes: leaders everywhere, brokers that go, come back and join."""

import threading
import time

import pytest
from confluent_kafka import TopicPartition

import scene
from bkes_process import BkesProcess
from clients import (eventually, kcat, rdkafka_consumer, rdkafka_poll, rdkafka_producer,
                     rdkafka_read, rdkafka_send)
from cluster_requests import move_partitions, wait_for_replicas
from events import (NONE, NOT_ENOUGH_REPLICAS, NOT_LEADER, POLICY_VIOLATION, TIMED_OUT, EventTopic,
                    conflict)
from kafka_cluster import KafkaCluster
from wire import Closed, Connection

EVENTS, PLAIN, PARTITIONS = "events", "plain", 6
# Every broker leads two partitions of each topic.
EVERYWHERE = [[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 3, 2], [2, 1, 3], [3, 2, 1]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    properties = {"min.insync.replicas": 2, "offsets.topic.num.partitions": 3}
    with KafkaCluster(tmp_path_factory.mktemp("kafka3"), brokers=3, own_controller=True,
                      properties=properties) as started:
        for topic in (EVENTS, PLAIN):
            started.create_topic(topic, assignment=EVERYWHERE)
        yield started


@pytest.fixture(scope="module")
def bkes(cluster, tmp_path_factory):
    with BkesProcess(tmp_path_factory.mktemp("bkes"), cluster.bootstrap_servers,
                     {"topics": EVENTS}) as process:
        yield process


@pytest.fixture
def events(bkes):
    with EventTopic(bkes, EVENTS, PARTITIONS) as topic:
        yield topic


def port_of(bkes, broker):
    return bkes.port + 1 + broker


def metadata(bkes, topic):
    """({broker: (host, port)}, [leader of each partition]) as a client of bkes sees them."""
    with Connection(bkes.host, bkes.port) as raw:
        answer = raw.call("Metadata", 12, {"Topics": [{"Name": topic}]})
    partitions = sorted(answer["Topics"][0]["Partitions"], key=lambda one: one["PartitionIndex"])
    return ({one["NodeId"]: (one["Host"], one["Port"]) for one in answer["Brokers"]},
            [one["LeaderId"] for one in partitions])


def keys_by_partition(events, prefix):
    """A key for each partition."""
    found = {}
    number = 0
    while len(found) < PARTITIONS:
        key = f"{prefix}-{number}".encode()
        found.setdefault(events.partition_of(key), key)
        number += 1
    return [found[n] for n in range(PARTITIONS)]


def logged(cluster, partition):
    """[(key, order header, value), ...] of a partition's log, read past bkes."""
    consumer = rdkafka_consumer(cluster.bootstrap_servers, isolation_level="read_committed")
    where = TopicPartition(EVENTS, partition, 0)
    end = consumer.get_watermark_offsets(where, timeout=30)[1]
    consumer.assign([where])
    found = []
    while consumer.position([where])[0].offset < end:
        message = consumer.poll(0.5)
        if message is not None:
            assert message.error() is None, message.error()
            found.append((message.key(), dict(message.headers()).get("order"), message.value()))
    consumer.close()
    return found


class Writer(threading.Thread):
    """Appends 0, 1, 2 ... to one key over one connection at a time, as a client that retries does:
    whatever becomes of brokers, every order is written once."""

    def __init__(self, bkes, key):
        super().__init__()
        self.bkes = bkes
        self.key = key
        self.next_order = 0
        self.stopping = False
        self.failed = None
        self.start()

    def run(self):
        try:
            while not self.stopping:
                try:
                    with EventTopic(self.bkes, EVENTS, PARTITIONS) as events:
                        self.append_on(events)
                except (Closed, OSError):
                    time.sleep(0.05)
        except BaseException as failed:
            self.failed = failed
            raise

    def append_on(self, events):
        while not self.stopping:
            order = self.next_order
            outcome = events.append(self.key, b"%d" % order, order)
            if outcome.code == POLICY_VIOLATION:  # an earlier try was written after all
                assert outcome.text == conflict(order + 1, order, events.partition_of(self.key))
            else:
                assert outcome.code in (NONE, NOT_ENOUGH_REPLICAS, NOT_LEADER, TIMED_OUT), outcome
                if outcome.code != NONE:
                    time.sleep(0.05)
                    continue
            self.next_order = order + 1

    def wait_for(self, more):
        target = self.next_order + more
        eventually(lambda: self.failed or self.next_order >= target, 60,
                   f"{self.key} stays at {self.next_order}\n{self.bkes.log_tail()}")
        assert self.failed is None

    def end(self):
        self.stopping = True
        self.join(60)
        assert not self.is_alive()
        assert self.failed is None


def test_leaders_on_all_brokers(cluster, bkes, events):
    brokers, leaders = metadata(bkes, EVENTS)
    assert brokers == {n: (bkes.host, port_of(bkes, n)) for n in (1, 2, 3)}
    assert leaders == [1, 2, 3, 1, 2, 3]
    # Pass-through, with clients that go to each leader's own port.
    records = [(None, b"%d" % n, None, n % PARTITIONS) for n in range(120)]
    sent = rdkafka_send(rdkafka_producer(bkes.address), PLAIN, records)
    assert sorted(sent) == sorted(list(range(20)) * PARTITIONS)
    read = rdkafka_read(bkes.address, PLAIN, 120, group_id="all")
    assert sorted(int(one.value()) for one in read) == list(range(120))
    # Guarded, through the bootstrap port and through every broker's, leader or not.
    for partition, key in enumerate(keys_by_partition(events, "all")):
        assert events.append(key, b"0", 0).code == NONE
        for order, broker in enumerate((1, 2, 3), start=1):
            with EventTopic(bkes, EVENTS, PARTITIONS, port_of(bkes, broker)) as other:
                assert other.append(key, b"%d" % order, order).code == NONE
        assert events.values(key) == [b"0", b"1", b"2", b"3"]
        name = f"{EVENTS}.key.{key.decode()}"
        read = kcat(bkes.address, "-C", "-e", "-q", "-t", name, "-f", "%p %o %s\n")
        assert read == b"0 0 0\n0 1 1\n0 2 2\n0 3 3\n"
        mine = [one for one in logged(cluster, partition) if one[0] == key]
        assert [value for _, _, value in mine] == [b"0", b"1", b"2", b"3"]


def test_brokers_restart_under_load(cluster, bkes, events):
    keys = keys_by_partition(events, "restart")
    plain = rdkafka_producer(bkes.address, enable_idempotence=True, acks="all")
    consumer = rdkafka_consumer(bkes.address, group_id="restart")
    failed = []
    consumer.subscribe([PLAIN])
    before = len(rdkafka_poll(consumer, 120))
    writers = [Writer(bkes, key) for key in keys]
    sent = 0
    try:
        for broker, end in ((1, "kill"), (2, "stop")):
            for one in writers:
                one.wait_for(5)
            getattr(cluster.broker(broker), end)()
            # Its partitions get another leader, and everybody goes on with that one.
            eventually(lambda: broker not in metadata(bkes, EVENTS)[1])
            for n in range(PARTITIONS):
                plain.produce(PLAIN, b"%d" % sent, partition=n,
                              on_delivery=lambda error, _: error and failed.append(error))
                sent += 1
            assert plain.flush(60) == 0
            for one in writers:
                one.wait_for(20)
            cluster.broker(broker).start()
            cluster.wait_ready()
            wait_for_replicas(cluster, EVENTS, PLAIN)
    finally:
        for one in writers:
            one.end()
    assert failed == []
    read = rdkafka_poll(consumer, sent)
    assert before == 120 and sorted(int(one.value()) for one in read) == list(range(sent))
    consumer.close()
    for partition, one in enumerate(writers):
        mine = [(order, value) for key, order, value in logged(cluster, partition)
                if key == one.key]
        assert mine == [(b"%d" % n, b"%d" % n) for n in range(one.next_order)]
        with EventTopic(bkes, EVENTS, PARTITIONS) as fresh:
            assert fresh.values(one.key) == [value for _, value in mine]


def test_broker_added_later(cluster, bkes, events):
    (key, *_) = keys_by_partition(events, "added")
    assert events.append(key, b"0", 0).code == NONE
    added = cluster.add_broker()
    assert added.node_id == 4
    # It gets a port, without a restart of bkes, by the first answer that names it.
    brokers = eventually(lambda: (known := metadata(bkes, EVENTS)[0]) and 4 in known and known)
    assert brokers[4] == (bkes.host, port_of(bkes, 4))
    bkes.wait_for_log(rf"broker is reached at broker=4 address={bkes.host}:{port_of(bkes, 4)}")
    cluster.create_topic("on4", assignment=[[4]])
    sent = rdkafka_send(rdkafka_producer(bkes.address), "on4",
                        [(None, b"%d" % n, None) for n in range(10)])
    assert sent == list(range(10))
    assert len(rdkafka_read(bkes.address, "on4", 10, group_id="on4")) == 10
    # It takes over a partition of the guarded topic.
    with Connection(bkes.host, bkes.port, user=scene.ADMINISTRATOR) as raw:
        move_partitions(raw, EVENTS, {0: [4, 1, 2]})
    with EventTopic(bkes, EVENTS, PARTITIONS, port_of(bkes, 4)) as there:
        for order in range(1, 20):
            outcome = eventually(lambda: (done := there.append(key, b"%d" % order, order)).code
                                 != NOT_ENOUGH_REPLICAS and done)
            assert outcome.code == NONE, outcome
    assert events.values(key) == [b"%d" % n for n in range(20)]
    mine = [value for found, _, value in logged(cluster, 0) if found == key]
    assert mine == [b"%d" % n for n in range(20)]
