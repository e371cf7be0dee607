"""Clients that race for the same aggregates while things go wrong, and the history of what each of
them asked and heard (history.py).

    race = Race(topic, partitions, keys, seed)
    race.start(6, lambda: [bkes])        # which instances there are to talk to
    race.wait_for_more(100)              # events written
    race.stop()
    race.check(log)                      # {key: [(value, offset)]}
"""

import random
import re
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from events import (NONE, NOT_ENOUGH_REPLICAS, NOT_LEADER, POLICY_VIOLATION, TIMED_OUT, EventTopic)
from history import Append, Sight, violations
from record_batches import read_batches
from wire import Closed



# A client that hears nothing for so long goes elsewhere; what it asked for may have happened.
PATIENCE_S = 4


class Race:
    def __init__(self, topic, partitions, keys, seed):
        self.topic, self.partitions, self.keys = topic, partitions, keys
        self.seed = seed
        self.lock = threading.Lock()
        self.appends = {key: [] for key in keys}
        self.sights = {key: [] for key in keys}
        self.written = 0
        self.failures = []
        self.over = threading.Event()
        self.threads = []

    def start(self, count, instances):
        for number in range(count):
            thread = threading.Thread(target=self._guarded, args=[number, instances], daemon=True)
            self.threads.append(thread)
            thread.start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a client hangs"
        assert not self.failures, self.failures

    def wait_for_more(self, count, timeout_s=60):
        target, deadline = self.written + count, time.monotonic() + timeout_s
        while self.written < target:
            assert not self.failures, self.failures
            assert time.monotonic() < deadline, f"no progress: {self.written} of {target}"
            time.sleep(0.02)

    def check(self, log):
        for key in self.keys:
            found = violations(log.get(key, []), self.appends[key], self.sights[key])
            assert not found, (f"seed {self.seed}, key {key}", found[:5])

    def _guarded(self, number, instances):
        try:
            self._run(number, instances)
        except BaseException as failure:  # noqa: BLE001 - shown by the main thread
            self.failures.append(failure)

    def _run(self, number, instances):
        rng = random.Random(self.seed * 1000 + number)
        serial = 0
        while not self.over.is_set():
            try:
                instance = rng.choice(instances())
                with EventTopic(instance, self.topic, self.partitions) as events:
                    events.raw.socket.settimeout(PATIENCE_S)
                    for _ in range(rng.randrange(5, 100)):
                        serial += 1
                        if self.over.is_set() or not self._step(
                                events, rng, b"%d-%d" % (number, serial)):
                            break
            except (Closed, OSError):
                time.sleep(0.02)  # nobody listens there now

    def _step(self, events, rng, value):
        """One read or append; False: this instance serves nobody now, another one may."""
        key = rng.choice(self.keys)
        count = self._read(events, key)
        if count is None:
            return False
        for _ in range(rng.randrange(4)):
            outcome = self._append(events, key, value + b"-%d" % count, count)
            if outcome is None:
                return False
            count = outcome
        return True

    def _read(self, events, key):
        called = time.monotonic()
        answer = events.raw.call("FetchByKey", 0, {"Topic": self.topic, "MaxBytes": 1 << 24,
                                                   "Keys": [{"Key": key, "MaxBytes": 1 << 24}]})
        returned = time.monotonic()
        if answer["ErrorCode"] == NOT_LEADER:
            return None
        assert answer["ErrorCode"] == NONE, answer
        found = answer["Keys"][0]
        values = tuple(one.value for one in read_batches(found["Records"]))
        assert len(values) == found["NextOrder"], answer
        with self.lock:
            self.sights[key].append(Sight(called, returned, found["NextOrder"], values))
        return found["NextOrder"]

    def _append(self, events, key, value, order):
        """The order that comes next, as far as this client knows; None: not served."""
        called = time.monotonic()
        try:
            outcome = events.append(key, value, order)
        except (Closed, OSError):
            self._note(key, Append(value, called, time.monotonic(), "unknown", order))
            raise
        returned = time.monotonic()
        if outcome.code == NONE:
            self._note(key, Append(value, called, returned, "written", order, outcome.offset))
            return order + 1
        if outcome.code == TIMED_OUT:
            self._note(key, Append(value, called, returned, "unknown", order))
            return None
        assert outcome.code in (POLICY_VIOLATION, NOT_ENOUGH_REPLICAS, NOT_LEADER), outcome
        self._note(key, Append(value, called, returned, "refused", order))
        if outcome.code != POLICY_VIOLATION:
            return None
        expected = int(re.search(r"expected=(\d+)", outcome.text)[1])
        with self.lock:
            self.sights[key].append(Sight(called, returned, expected, None, order))
        return expected

    def _note(self, key, append):
        with self.lock:
            self.appends[key].append(append)
            self.written += append.outcome == "written"


def read_log(kafka, topic, partitions):
    """{key: [(value, offset)]} as the brokers have it, whoever leads."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": "log",
                         "enable.auto.commit": False, "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in range(partitions)])
    found, ended = {}, set()
    while len(ended) < partitions:
        message = consumer.poll(30)
        assert message is not None, "the log can't be read"
        if message.error():
            ended.add(message.partition())
        else:
            found.setdefault(message.key(), []).append((message.value(), message.offset()))
    consumer.close()
    return found
