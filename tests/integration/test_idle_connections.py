"""Brokers that end connections on which they hear nothing (connections.max.idle.ms, ten minutes by
default): a client that bkes serves by itself is no idle client."""

import collections
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

import scene
from bkes_process import BkesProcess
from events import NONE, EventTopic, key_topic, log_of
from kafka_cluster import KafkaCluster
from wire import Closed, Connection

IDLE_MS = 3_000
PARTITIONS = 3
TOPIC = "idle"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), brokers=3,
                      properties={"connections.max.idle.ms": IDLE_MS}) as started:
        started.create_topic(TOPIC, assignment=PARTITIONS * [[1]])  # broker 3 may go
        yield started


@pytest.fixture(scope="module")
def bkes(cluster, tmp_path_factory):
    with BkesProcess(tmp_path_factory.mktemp("bkes"), cluster.bootstrap_servers,
                     {"topics": TOPIC}) as process:
        yield process


class Writer:
    """One writer with keys of its own, as the README sets librdkafka up: no conflict can be right,
    and what is written stands there once."""

    def __init__(self, bkes, name, mode, idempotent):
        self.mode = mode
        self.keys = [f"{name}-{n}".encode() for n in range(5)]
        self.next = collections.Counter()
        self.busy = set()
        self.outcomes = collections.Counter()
        self.sent = 0
        self.producer = Producer(scene.client(bkes.address) | {
            "batch.num.messages": 1, "linger.ms": 0, "enable.idempotence": idempotent})

    def step(self):
        for key in set(self.keys) - self.busy:
            order = b"%d" % self.next[key] if self.mode == "order" else b"any"
            self.busy.add(key)
            self.sent += 1
            self.producer.produce(TOPIC, key=key, value=b"%d" % self.sent,
                                  headers=[("order", order)], on_delivery=self._told(key))
        self.producer.poll(0.002)

    def finish(self):
        assert self.producer.flush(30) == 0

    def _told(self, key):
        def told(error, _):
            self.outcomes["ok" if error is None else error.name()] += 1
            self.busy.discard(key)
            self.next[key] += error is None

        return told


def test_a_writer_alone_on_its_connections(cluster, bkes):
    writers = [Writer(bkes, f"{mode}-{idempotent}", mode, idempotent)
               for mode in ("order", "any") for idempotent in (False, True)]
    end = time.monotonic() + 3.2 * IDLE_MS / 1000
    while time.monotonic() < end:
        for writer in writers:
            writer.step()
    for writer in writers:
        writer.finish()
        assert set(writer.outcomes) == {"ok"}, writer.outcomes
    standing = collections.Counter(
        one.key for number in range(PARTITIONS) for one in log_of(cluster, TOPIC, number)[0])
    for writer in writers:
        assert {key: standing[key] for key in writer.keys} == dict(writer.next)


def test_a_reader_by_key_that_waits(bkes):
    """Nothing but long polls goes over its connection, for two of the brokers' limits."""
    key = b"read-by-key"
    reader = Consumer(scene.client(bkes.address) | {
        "group.id": "unused", "enable.auto.commit": False, "fetch.wait.max.ms": 300})
    reader.assign([TopicPartition(key_topic(TOPIC, key), 0, 0)])
    assert reader.poll(2.2 * IDLE_MS / 1000) is None
    with EventTopic(bkes, TOPIC, PARTITIONS) as events:
        assert events.append(key, b"0", 0).code == NONE
    assert reader.poll(10).value() == b"0"
    reader.close()


def test_one_long_wait_for_an_event(bkes):
    """The client sends nothing at all while bkes owes it an answer."""
    key = b"one-long-wait"
    with Connection(bkes.host, bkes.port) as raw:
        raw.send("FetchByKey", 0, {"Topic": TOPIC, "MaxWaitMs": 60_000,
                                   "Keys": [{"Key": key, "MinNextOrder": 1}]})
        time.sleep(2.2 * IDLE_MS / 1000)  # as long as a broker would leave it alone
        with EventTopic(bkes, TOPIC, PARTITIONS) as events:
            assert events.append(key, b"0", 0).code == NONE
        (answered,) = raw.receive()["Keys"]
    assert (answered["ErrorCode"], answered["NextOrder"]) == (NONE, 1)


def test_an_idle_client_is_left_to_the_broker(bkes):
    with Connection(bkes.host, bkes.port) as raw:
        raw.call("FetchByKey", 0, {"Topic": TOPIC, "Keys": [{"Key": b"idle"}]})
        began = time.monotonic()
        assert raw.wait_closed() == b""
        assert time.monotonic() - began < 3 * IDLE_MS / 1000


def test_what_is_owed_comes_before_the_end(cluster, tmp_path):
    """The broker ends the connection while bkes owes an answer: the answer comes all the same."""
    with BkesProcess(tmp_path, cluster.bootstrap_servers, {"topics": TOPIC}) as bkes:
        bkes.wait_for_log("ready topic=")
        key = b"owed-at-the-end"
        broker = cluster.broker(3)
        with Connection(bkes.host, bkes.port + 1 + 3) as raw:  # by the port that stands for it
            # The broker says what the client may do, while it can.
            raw.call("FetchByKey", 0, {"Topic": TOPIC, "Keys": [{"Key": key}]})
            raw.send("FetchByKey", 0, {"Topic": TOPIC, "MaxWaitMs": 3_000,
                                       "Keys": [{"Key": key, "MinNextOrder": 1}]})
            raw.wait_read()
            broker.kill()
            (answered,) = raw.receive()["Keys"]
            assert (answered["ErrorCode"], answered["NextOrder"]) == (NONE, 0)
            with pytest.raises(Closed):
                raw.call("ApiVersions", 0)
