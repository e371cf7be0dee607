"""Applications as they run for weeks, whatever becomes of the cluster meanwhile, and what they see.

    load = Load(cluster, bkes.address, applications=[RdkafkaApplication, PythonApplication])
    load.wait_for_more(20)      # records by everybody
    load.settle()               # ends it; all must be right

Some produce to a topic and read it again in a group, with the settings that their client comes
with; each of them runs twice at the same time, through bkes and directly, so that what is the
cluster's doing is seen by both. Others append events to one aggregate each, with the settings that
the README advises and event ids, one order after the other.
"""

import collections
import contextlib
import itertools
import logging
import threading
import time

from confluent_kafka import Consumer, Producer
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError, PolicyViolationError

import scene
from clients import eventually
from kafka_cluster import KafkaCluster
from race import read_log

EVENTS, THROUGH, DIRECT = "events", "through", "direct"
TOPICS = (EVENTS, THROUGH, DIRECT)
EVERYWHERE = [[1, 2, 3], [2, 3, 1], [3, 1, 2]]
ORDER_HEADER, ID_HEADER = "order", "id"
PACE_S = 0.03
WAIT_S = 90
_NUMBERS = itertools.count(1)

# kafka-python tells there what it repairs by itself; an application hears of the rest.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def three_brokers(directory):
    """With all topics; any of the brokers may be missing."""
    properties = {"min.insync.replicas": 2, "offsets.topic.num.partitions": 3,
                  "transaction.state.log.num.partitions": 3}
    with KafkaCluster(directory, brokers=3, own_controller=True, properties=properties) as started:
        for topic in TOPICS:
            started.create_topic(topic, assignment=EVERYWHERE)
        yield started


class _Threads:
    """`seen`: what the application is told of, by kind."""

    def __init__(self, *works):
        self.seen = collections.Counter()
        self.over = threading.Event()
        self.failures = []
        self.threads = [threading.Thread(target=self._guarded, args=[work], daemon=True)
                        for work in works]
        for thread in self.threads:
            thread.start()

    def _guarded(self, work):
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - shown by the main thread
            self.failures.append(failure)

    def join(self, thread):
        thread.join(WAIT_S)
        assert not thread.is_alive(), f"{self} hangs"
        assert not self.failures, (self, self.failures)

    def see(self, error):
        self.seen[error.name() if hasattr(error, "name") else type(error).__name__] += 1


class _Application(_Threads):
    """Produces records of its own and receives those of all in a topic."""

    # What it is told of wherever a broker goes, directly or not; whether in the end is up to chance.
    unavoidable = frozenset()

    def __init__(self, servers, topic):
        self.servers, self.topic = servers, topic
        self.name = f"{type(self).__name__}-{next(_NUMBERS)}-{topic}"
        self.acknowledged, self.received = [], set()
        self.has_received = threading.Event()  # all there is
        super().__init__(self._produce, self._consume)

    def __str__(self):
        return f"{self.name} ({len(self.acknowledged)} written, {len(self.received)} read," \
               f" saw {dict(self.seen)})"

    def progress(self):
        return min(len(self.acknowledged), len(self.received))

    def _produce(self):
        producer, number = self.make_producer(), 0
        while not self.over.is_set():
            self.send(producer, b"%s-%d" % (self.name.encode(), number))
            number += 1
        producer.flush(WAIT_S)

    def _consume(self):
        consumer = self.make_consumer()
        while not self.has_received.is_set():
            self.received.update(self.poll(consumer))
        consumer.close()

    def end_producing(self):
        self.over.set()
        self.join(self.threads[0])

    def end_consuming(self, values):
        eventually(lambda: self.received >= values or self.failures, WAIT_S,
                   f"{self} misses {sorted(values - self.received)[:5]}")
        self.has_received.set()
        self.join(self.threads[1])


class RdkafkaApplication(_Application):
    """Its producer wants all replicas' word."""

    def _settings(self):
        return scene.client(self.servers) | {"error_cb": self.see, "log_level": 0}

    def make_producer(self):
        return Producer(self._settings())

    def send(self, producer, value):
        def delivered(error, message):
            if error is not None:
                self.see(error)
            else:
                self.acknowledged.append(message.value())

        producer.produce(self.topic, value, on_delivery=delivered)
        producer.poll(0)
        self.over.wait(PACE_S)

    def make_consumer(self):
        consumer = Consumer(self._settings() | {"group.id": self.name,
                                                "auto.offset.reset": "earliest"})
        consumer.subscribe([self.topic])
        return consumer

    def poll(self, consumer):
        message = consumer.poll(0.1)
        if message is None:
            return []
        if message.error():
            self.see(message.error())
            return []
        return [message.value()]


class PythonApplication(_Application):
    """Its producer tries nothing again, and is content with the leader's word."""

    unavoidable = frozenset(["NotLeaderForPartitionError", "KafkaConnectionError"])

    def make_producer(self):
        return KafkaProducer(bootstrap_servers=self.servers, **scene.python_login(self.servers))

    def send(self, producer, value):
        try:
            sent = producer.send(self.topic, value)
        except KafkaError as error:
            self.see(error)
        else:
            sent.add_callback(lambda _: self.acknowledged.append(value)).add_errback(self.see)
        self.over.wait(PACE_S)

    def make_consumer(self):
        return KafkaConsumer(self.topic, bootstrap_servers=self.servers, group_id=self.name,
                             auto_offset_reset="earliest", **scene.python_login(self.servers))

    def poll(self, consumer):
        try:
            found = consumer.poll(timeout_ms=100)
        except KafkaError as error:
            self.see(error)
            return []
        return [one.value for records in found.values() for one in records]


class _Appender(_Threads):
    """Appends 0, 1, 2 ... to a key of its own. What failed is tried again, with the same id: it is
    written once. Never is there a conflict."""

    def __init__(self, servers, topic):
        self.servers, self.topic = servers, topic
        self.key = f"{type(self).__name__}-{next(_NUMBERS)}".encode()
        self.count = 0
        super().__init__(self._append_all)

    def __str__(self):
        return f"{type(self).__name__} ({self.count} appended, saw {dict(self.seen)})"

    def progress(self):
        return self.count

    def _append_all(self):
        producer = self.make_producer()
        while not self.over.is_set():
            number = b"%d" % self.count
            headers = [(ORDER_HEADER, number), (ID_HEADER, self.key + number)]
            if self.append(producer, number, headers):
                self.count += 1
            self.over.wait(PACE_S)

    def end(self):
        self.over.set()
        self.join(self.threads[0])


class RdkafkaAppender(_Appender):
    def make_producer(self):
        return Producer(scene.client(self.servers) | {
            "error_cb": self.see, "log_level": 0, "linger.ms": 0, "batch.num.messages": 1,
            "enable.idempotence": True, "partitioner": "murmur2_random"})

    def append(self, producer, value, headers):
        heard = []
        producer.produce(self.topic, value, self.key, headers=headers,
                         on_delivery=lambda error, _: heard.append(error))
        assert producer.flush(WAIT_S) == 0, "no answer"
        if heard[0] is not None:
            self.see(heard[0])
            assert heard[0].name() != "POLICY_VIOLATION", heard[0].str()
        return heard[0] is None


class PythonAppender(_Appender):
    def make_producer(self):
        return KafkaProducer(bootstrap_servers=self.servers, linger_ms=0, batch_size=0,
                             **scene.python_login(self.servers))

    def append(self, producer, value, headers):
        try:
            producer.send(self.topic, value, self.key, headers=headers).get(WAIT_S)
        except PolicyViolationError:
            raise
        except KafkaError as error:
            self.see(error)
            return False
        return True


class Load:
    """`cluster` is asked directly, and `servers` lead to bkes, which guards EVENTS. Applications use
    THROUGH behind it, and DIRECT."""

    def __init__(self, cluster, servers, *,
                 applications=(RdkafkaApplication, PythonApplication),
                 appenders=(RdkafkaAppender, PythonAppender)):
        self.cluster = cluster
        self.appenders = [kind(servers, EVENTS) for kind in appenders]
        self.through = [kind(servers, THROUGH) for kind in applications]
        self.direct = [kind(cluster.bootstrap_servers, DIRECT) for kind in applications]

    def __str__(self):
        return "\n".join(str(one) for one in self._all())

    def _all(self):
        return [*self.appenders, *self.through, *self.direct]

    def wait_for_more(self, count):
        targets = [(one, one.progress() + count) for one in self._all()]
        deadline = time.monotonic() + WAIT_S
        for one, target in targets:
            eventually(lambda: one.progress() >= target or one.failures,
                       deadline - time.monotonic(), f"{one} doesn't come to {target}")
            assert not one.failures, (one, one.failures)

    def settle(self, *, unavoidable=()):
        """Those behind bkes have seen what the others have, and what can't be avoided."""
        for one in (*self.through, *self.direct):
            one.end_producing()
        for one in self.appenders:
            one.end()
        self._check_records(self.through)
        self._check_records(self.direct)
        self._check_events()
        print(self)
        for one, reference in zip(self.through, self.direct):
            assert set(one.seen) <= {*reference.seen, *one.unavoidable, *unavoidable}, f"{one}\n{reference}"

    def _check_records(self, applications):
        found = read_log(self.cluster, applications[0].topic, self._partitions(applications[0].topic))
        values = {value for value, _ in found[None]}
        for one in applications:
            one.end_consuming(values)
            assert one.received == values
            # Who asks for less than all replicas' word may lose some, as everywhere.
            if isinstance(one, RdkafkaApplication):
                assert values.issuperset(one.acknowledged), one

    def _check_events(self):
        found = read_log(self.cluster, EVENTS, self._partitions(EVENTS))
        for one in self.appenders:
            values = [value for value, _ in found[one.key]]
            assert values == [b"%d" % n for n in range(one.count)], (one, values[-5:])

    def _partitions(self, topic):
        return len(self.cluster.admin().list_topics(topic, timeout=30).topics[topic].partitions)
