"""SIGTERM with drain.ms under load, as when an instance is replaced: clients of three kinds append and read by key all
the time, and none of them hears of it. What they try again by themselves, with the settings that they come with or
that the README advises, they do as after a change of leaders."""

import json
import signal
import struct
import threading
import time

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as RdkafkaPartition
from kafka import KafkaConsumer, TopicPartition

import scene
from applications import WAIT_S, RdkafkaAppender, _Threads
from bkes_process import BkesProcess
from clients import eventually
from events import EventTopic, event, fetch_request, key_topic, log_of
from java_client import JavaClient
from wire import Connection

TOPIC, PARTITIONS, DRAIN_MS = "drained", 3, 1500


class JavaAppender(_Threads):
    """With the settings that Java's producer comes with, one event after the other."""

    def __init__(self, servers, topic, directory):
        self.topic, self.key, self.count = topic, b"JavaAppender", 0
        self.java = JavaClient(servers, directory / "appender.log")
        super().__init__(self._append_all)

    def _append_all(self):
        while not self.over.is_set():
            number = str(self.count)
            (result,) = self.java.send([{"topic": self.topic, "key": self.key.decode(), "value": number,
                                         "headers": {"order": number}}])
            assert "error" not in result, result
            self.count += 1
            self.over.wait(0.01)

    def end(self):
        self.over.set()
        self.join(self.threads[0])
        self.java.close()


class CertainRdkafkaAppender(RdkafkaAppender):
    """As the README advises. An append that fails is one too many."""

    def append(self, producer, value, headers):
        heard = []
        producer.produce(self.topic, value, self.key, headers=headers, on_delivery=lambda *told: heard.append(told[0]))
        assert producer.flush(WAIT_S) == 0, "no answer"
        assert heard == [None], heard
        return True


class PlainRdkafkaAppender(CertainRdkafkaAppender):
    """With the settings that librdkafka comes with, and no order: what is tried again may stand twice."""

    def make_producer(self):
        return Producer(scene.client(self.servers) | {"error_cb": self.see, "log_level": 0})

    def append(self, producer, value, headers):
        return super().append(producer, value, [("order", b"any")])


class _Reader(_Threads):
    """Follows an aggregate by its key topic: `orders` as they came."""

    def __init__(self, servers, topic, key):
        self.servers, self.topic, self.orders = servers, key_topic(topic, key), []
        super().__init__(self._read_all)

    def _read_all(self):
        consumer = self.open()
        while not self.over.is_set():
            self.orders += self.poll(consumer)
        consumer.close()

    def end(self, count):
        eventually(lambda: len(self.orders) >= count or self.failures, WAIT_S, f"{len(self.orders)} of {count}")
        self.over.set()
        self.join(self.threads[0])
        assert self.orders == list(range(count))


class RdkafkaReader(_Reader):
    def open(self):
        consumer = Consumer(scene.client(self.servers) | {
            "group.id": "g", "enable.auto.commit": False, "error_cb": self.see, "log_level": 0})
        consumer.assign([RdkafkaPartition(self.topic, 0, 0)])
        return consumer

    def poll(self, consumer):
        message = consumer.poll(0.1)
        if message is None:
            return []
        assert message.error() is None, message.error()
        return [message.offset()]


class PythonReader(_Reader):
    def open(self):
        consumer = KafkaConsumer(bootstrap_servers=self.servers, **scene.python_login(self.servers))
        consumer.assign([TopicPartition(self.topic, 0)])
        consumer.seek_to_beginning()
        return consumer

    def poll(self, consumer):
        return [one.offset for records in consumer.poll(timeout_ms=100).values() for one in records]


class JavaReader(_Reader):
    def __init__(self, servers, topic, key, directory):
        self.java = JavaClient(servers, directory / "reader.log")
        super().__init__(servers, topic, key)

    def open(self):
        self.java.assign([[self.topic, 0, -2]])
        return self.java

    def poll(self, consumer):
        return [one["offset"] for one in consumer.poll(1000, timeout_s=0.2)[0]]


def wait_for_more(all_, count):
    """Appends and reads by everybody."""
    def progress(one):
        return one.count if hasattr(one, "count") else len(one.orders)

    targets = [(one, progress(one) + count) for one in all_]
    for one, target in targets:
        eventually(lambda: progress(one) >= target or one.failures, WAIT_S, f"{one} doesn't come to {target}")
        assert not one.failures, (one, one.failures)


def reasons(bkes):
    status, body = bkes.http("/readyz")
    return status, [one["reason"] for one in json.loads(body).get("reasons", [])]


@pytest.fixture(scope="module")
def topic(kafka):
    kafka.create_topic(TOPIC, partitions=PARTITIONS)


@pytest.fixture
def bkes(kafka, topic, tmp_path):
    with BkesProcess(tmp_path, kafka.bootstrap_servers, {"topics": TOPIC, "drain.ms": DRAIN_MS}) as process:
        eventually(lambda: reasons(process)[0] == 200)
        yield process


def test_no_client_hears_of_it(kafka, bkes, tmp_path):
    appenders = [JavaAppender(bkes.address, TOPIC, tmp_path), CertainRdkafkaAppender(bkes.address, TOPIC),
                 CertainRdkafkaAppender(bkes.address, TOPIC)]
    crowd = [PlainRdkafkaAppender(bkes.address, TOPIC) for _ in range(4)]
    readers = [kind(bkes.address, TOPIC, appender.key)
               for appender in appenders[:2] for kind in (RdkafkaReader, PythonReader)]
    readers.append(JavaReader(bkes.address, TOPIC, appenders[1].key, tmp_path))
    everybody = [*appenders, *crowd, *readers]
    for _ in range(3):
        wait_for_more(everybody, 20)
        bkes.process.send_signal(signal.SIGTERM)
        bkes.wait_for_log("stopping signal=15")
        told = time.monotonic()
        assert reasons(bkes) == (503, ["draining"])
        wait_for_more(appenders, 5)  # it goes on meanwhile
        with EventTopic(bkes, TOPIC, PARTITIONS) as late:
            assert late.append(b"late", b"v", "any").code == 0
        assert reasons(bkes)[0] == 503 and time.monotonic() - told < DRAIN_MS / 1000
        assert bkes.wait_end() == 0
        assert time.monotonic() - told >= DRAIN_MS / 1000
        assert not [line for line in bkes.log().splitlines() if "are ended that are owed something" in line]
        bkes.start().wait_ready()
    wait_for_more(everybody, 20)
    for one in (*appenders, *crowd):
        one.end()
    for one, appender in zip(readers, [appenders[0]] * 2 + [appenders[1]] * 3):
        one.end(appender.count)
    readers[-1].java.close()
    log = [one for partition in range(PARTITIONS) for one in log_of(kafka, TOPIC, partition)[0]]
    for one in appenders:
        assert [found.value for found in log if found.key == one.key] == [b"%d" % n for n in range(one.count)]


def answers_to_the_end(raw):
    """How many come until the connection ends. It isn't reset: that could take away an answer on its way."""
    data = b""
    while more := raw.socket.recv(65536):
        data += more
    found = 0
    while data:
        (size,) = struct.unpack(">i", data[:4])
        data, found = data[4 + size:], found + 1
    return found


def test_each_connection_ends_when_nothing_is_owed_to_it(bkes):
    """One that is quiet at once; one that waits for an event with its answer, whatever it has sent meanwhile."""
    with Connection(bkes.host, bkes.port) as quiet, EventTopic(bkes, TOPIC, PARTITIONS) as waits:
        quiet.call("ApiVersions", 2)
        assert waits.append(b"k", b"v", 0).code == 0
        waits.raw.send("Fetch", 11, fetch_request(key_topic(TOPIC, b"k"), offset=1, max_wait_ms=4000))
        bkes.process.send_signal(signal.SIGTERM)
        bkes.wait_for_log("draining, no more connections are taken")
        assert answers_to_the_end(quiet) == 0
        quiet.close()
        for _ in range(5):
            waits.raw.send("Heartbeat", 0, {"GroupId": "g", "GenerationId": 1, "MemberId": "m"})
            time.sleep(0.05)
        assert bkes.is_alive()
        assert answers_to_the_end(waits.raw) >= 1
        with pytest.raises(ConnectionRefusedError):
            Connection(bkes.host, bkes.port)
    assert bkes.wait_end() == 0


def test_a_second_instance_takes_over_and_the_first_is_told_to_end(kafka, topic, tmp_path):
    """Clients know the addresses of both."""
    name = "handed-over"
    kafka.create_topic(name, partitions=PARTITIONS)
    first, second = (BkesProcess(tmp_path / one, kafka.bootstrap_servers, {"topics": name, "drain.ms": DRAIN_MS})
                     for one in ("first", "second"))
    servers = f"{first.address},{second.address}"
    with first:
        eventually(lambda: reasons(first)[0] == 200)
        appenders = [JavaAppender(servers, name, tmp_path), CertainRdkafkaAppender(servers, name)]
        reader = RdkafkaReader(servers, name, appenders[1].key)
        wait_for_more([*appenders, reader], 20)
        with second:
            eventually(lambda: reasons(second)[0] == 200)
            assert reasons(first)[1] == ["lost_to_another_instance"] * PARTITIONS
            first.stop()
            wait_for_more([*appenders, reader], 20)
            for one in appenders:
                one.end()
            reader.end(appenders[1].count)
    log = [one for partition in range(PARTITIONS) for one in log_of(kafka, name, partition)[0]]
    for one in appenders:
        assert [found.value for found in log if found.key == one.key] == [b"%d" % n for n in range(one.count)]
