"""The clients of a race (race.py): raw requests, librdkafka with and without idempotence, and Java's
producer.

    with RawRacer(race, bkes, rng) as client:
        count = client.read(key)                    # None: not served here and now
        count = client.append(key, value, count)    # the order that comes next, or None

Each of them notes in the race's history what it asked and heard, and when.
"""

import functools
import itertools
import re
import time
import zlib

import scene
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from events import (NONE, NOT_ENOUGH_REPLICAS, NOT_LEADER, OUT_OF_ORDER_SEQUENCE, POLICY_VIOLATION,
                    TIMED_OUT, EventTopic, fetch_request, fetched, key_topic)
from history import Append, Sight
from record_batches import read_batches
from wire import Closed

# A client that hears nothing for so long goes elsewhere; what it asked for may have happened.
PATIENCE_S = 4
JAVA_MAY_HEAR = ("PolicyViolationException", "NotEnoughReplicasException", "TimeoutException",
                 "NotLeaderOrFollowerException", "OutOfOrderSequenceException", "NetworkException")
NOT_WRITTEN = (POLICY_VIOLATION, NOT_ENOUGH_REPLICAS, NOT_LEADER)
MAX_BYTES = 1 << 24


class RawRacer:
    def __init__(self, race, instance, rng):
        self.race, self.rng = race, rng
        self.events = EventTopic(instance, race.topic, race.partitions)
        self.events.raw.socket.settimeout(PATIENCE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.events.raw.close()

    def read(self, key):
        called = time.monotonic()
        read = self.rng.choice([self._fetch_by_key, self._fetch_key_topic])
        code, values, count = read(key)
        returned = time.monotonic()
        if code == NOT_LEADER:
            return None
        assert code == NONE, code
        assert len(values) == count, f"{len(values)} events of {count}"
        self.race.note_sight(key, Sight(called, returned, count, values))
        return count

    def _fetch_by_key(self, key):
        answer = self.events.raw.call("FetchByKey", 0, {
            "Topic": self.race.topic, "MaxBytes": MAX_BYTES,
            "Keys": [{"Key": key, "MaxBytes": MAX_BYTES}]})
        if answer["ErrorCode"] != NONE:
            return answer["ErrorCode"], (), 0
        found = answer["Keys"][0]
        return found["ErrorCode"], _values_in(found["Records"]), found["NextOrder"]

    def _fetch_key_topic(self, key):
        """What there was at the first answer: one may end early (a proof of ownership that got too old), and is
        gone on from, as consumers do."""
        values, count = (), None
        while count is None or len(values) < count:
            request = fetch_request(key_topic(self.race.topic, key), offset=len(values), max_bytes=MAX_BYTES,
                                    MaxBytes=MAX_BYTES)
            found = fetched(self.events.raw.call("Fetch", 11, request))
            if found["ErrorCode"] != NONE:
                return found["ErrorCode"], (), 0
            count = found["HighWatermark"] if count is None else count
            more = _values_in(found["Records"])
            assert more or len(values) == count, f"nothing after {len(values)} events of {count}"
            values += more
        return NONE, values[:count], count

    def append(self, key, value, order):
        called = time.monotonic()
        try:
            outcome = self.events.append(key, value, order)
        except (Closed, OSError):
            self._note(key, value, called, "unknown", order)
            raise
        if outcome.code == TIMED_OUT:
            self._note(key, value, called, "unknown", order)
            return None
        if outcome.code == NONE:
            self._note(key, value, called, "written", order, outcome.offset)
            return order + 1
        assert outcome.code in NOT_WRITTEN, outcome
        returned = self._note(key, value, called, "refused", order)
        if outcome.code != POLICY_VIOLATION:
            return None
        expected = int(re.search(r"expected=(\d+)", outcome.text)[1])
        self.race.note_sight(key, Sight(called, returned, expected, None, order))
        return expected

    def _note(self, key, value, called, *outcome):
        returned = time.monotonic()
        self.race.note_append(key, Append(value, called, returned, *outcome))
        return returned


def _values_in(records):
    return tuple(one.value for one in read_batches(records))


class LibrdkafkaRacer:
    """Reads key topics with a consumer. A producer that resends doesn't tell whether it was an
    earlier copy that took effect: only what it says of a success is held against it. Without
    resends a refusal is one."""

    def __init__(self, race, instance, _rng, *, is_resending, **settings):
        self.race = race
        self.is_resending = is_resending
        common = scene.client(instance.address) | {"log_level": 0, "error_cb": _no_matter}
        self.producer = Producer(common | settings | {
            "linger.ms": 0, "batch.num.messages": 1, "message.timeout.ms": PATIENCE_S * 1000})
        self.consumer = Consumer(common | {
            "group.id": "race", "enable.auto.commit": False, "enable.partition.eof": True,
            "fetch.wait.max.ms": 10})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.producer.purge()
        self.producer.flush(1)
        self.consumer.close()

    def read(self, key):
        called = time.monotonic()
        self.consumer.assign([TopicPartition(key_topic(self.race.topic, key), 0, 0)])
        values = []
        while (left := called + PATIENCE_S - time.monotonic()) > 0:
            message = self.consumer.poll(left)
            if message is None or (message.error()
                                   and message.error().code() != KafkaError._PARTITION_EOF):
                continue
            if message.error():
                returned = time.monotonic()
                self.race.note_sight(key, Sight(called, returned, len(values), tuple(values)))
                return len(values)
            assert message.offset() == len(values), (key, message.offset(), len(values))
            values.append(message.value())
        return None

    def append(self, key, value, order):
        called = time.monotonic()
        heard = []
        self.producer.produce(self.race.topic, key=key, value=value,
                              partition=zlib.crc32(key) % self.race.partitions,
                              headers=[("order", b"%d" % order)],
                              on_delivery=lambda *outcome: heard.append(outcome))
        self.producer.flush(2 * PATIENCE_S)
        error, message = heard[0] if heard else (KafkaError(KafkaError._TIMED_OUT), None)
        outcome = ["unknown", order]
        if error is None:
            outcome = ["written", order, message.offset()]
        elif error.code() in NOT_WRITTEN and not self.is_resending:
            outcome = ["refused", order]
        self.race.note_append(key, Append(value, called, time.monotonic(), *outcome))
        if error is None:
            return order + 1
        assert error.code() < 0 or error.code() in (*NOT_WRITTEN, TIMED_OUT,
                                                    OUT_OF_ORDER_SEQUENCE), error
        return None


class JavaRacer(RawRacer):
    """Appends with Kafka's own producer as it is by default: idempotent, resending until its time is
    over. Reads by raw requests. `java` (java_client.py) is used by one racer at a time."""

    NAMES = itertools.count()
    CONFIG = {"linger.ms": 0, "batch.size": 0, "request.timeout.ms": PATIENCE_S * 1000 // 2,
              "delivery.timeout.ms": PATIENCE_S * 1000, "max.block.ms": PATIENCE_S * 1000}

    def __init__(self, race, instance, rng, *, java):
        super().__init__(race, instance, rng)
        self.java = java
        self.address = instance.address
        self.name = f"producer-{next(self.NAMES)}"

    def __exit__(self, *arguments):
        self.java.call("close", name=self.name)
        super().__exit__(*arguments)

    def append(self, key, value, order):
        called = time.monotonic()
        (result,) = self.java.send(
            [{"topic": self.race.topic, "partition": zlib.crc32(key) % self.race.partitions,
              "key": key.decode(), "value": value.decode(), "headers": {"order": str(order)}}],
            name=self.name, servers=self.address, config=self.CONFIG)
        if "error" in result:
            assert result["error"] in JAVA_MAY_HEAR, result
            self._note(key, value, called, "unknown", order)
            return None
        self._note(key, value, called, "written", order, result["offset"])
        return order + 1


def _no_matter(_error):
    """That brokers are gone is what the race is about."""


plain_producer = functools.partial(LibrdkafkaRacer, is_resending=False, retries=0)
idempotent_producer = functools.partial(LibrdkafkaRacer, is_resending=True,
                                        **{"enable.idempotence": True})


def java_producer(java):
    return functools.partial(JavaRacer, java=java)
