"""Clients that race for the same aggregates while things go wrong, and the history of what each of
them (racers.py) asked and heard (history.py).

    race = Race(topic, partitions, keys, seed)
    race.start(lambda: [bkes])           # which instances there are to talk to
    race.wait_for_more(100)              # events written
    settle(cluster, race, bkes)          # ends it; all must be right
"""

import collections
import random
import threading
import time

from bkes_process import verify
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from history import violations
from racers import RawRacer, idempotent_producer, plain_producer
from wire import Closed


RACERS = (*[RawRacer] * 4, plain_producer, idempotent_producer)


class Race:
    def __init__(self, topic, partitions, keys, seed, racers=RACERS, first_number=0):
        self.topic, self.partitions, self.keys = topic, partitions, keys
        self.seed = seed
        self.racers = racers
        self.first_number = first_number  # of the clients: their values begin with it
        self.lock = threading.Lock()
        self.appends = collections.defaultdict(list)  # by key
        self.sights = collections.defaultdict(list)
        self.written = self.unknown = 0
        self.failures = []
        self.over = threading.Event()
        self.threads = []

    def start(self, instances):
        for number, racer in enumerate(self.racers, self.first_number):
            thread = threading.Thread(target=self._guarded, args=[number, instances, racer],
                                      daemon=True)
            self.threads.append(thread)
            thread.start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a client hangs"
        assert not self.failures, self.failures

    def wait_for_more(self, count, timeout_s=60):
        """More events written."""
        target = self.written + count
        assert self._reaches(lambda: self.written, target, timeout_s), f"no progress: {self.written} of {target}"

    def has_unknown(self, target, timeout_s):
        """Whether there are so many appends of which nobody knows what became of them before the time is over."""
        return self._reaches(lambda: self.unknown, target, timeout_s)

    def _reaches(self, number, target, timeout_s):
        deadline = time.monotonic() + timeout_s
        while number() < target and time.monotonic() < deadline:
            assert not self.failures, self.failures
            time.sleep(0.02)
        return number() >= target

    def check(self, log):
        for key in self.keys:
            found = violations(log.get(key, []), self.appends[key], self.sights[key])
            assert not found, (f"seed {self.seed}, key {key}", found[:5])

    def _guarded(self, *arguments):
        try:
            self._run(*arguments)
        except BaseException as failure:  # noqa: BLE001 - shown by the main thread
            self.failures.append(failure)

    def _run(self, number, instances, racer):
        rng = random.Random(self.seed * 1000 + number)
        serial = 0
        while not self.over.is_set():
            try:
                with racer(self, rng.choice(instances()), rng) as client:
                    for _ in range(rng.randrange(5, 100)):
                        serial += 1
                        if self.over.is_set() or not self._step(
                                client, rng, b"%d-%d" % (number, serial)):
                            break
            except (Closed, OSError):
                time.sleep(0.02)  # nobody listens there now

    def _step(self, client, rng, value):
        """A read and up to three appends; False: this instance serves nobody now, another one may."""
        key = self._key(rng)
        count = client.read(key)
        if count is None:
            return False
        for _ in range(rng.randrange(4)):
            count = client.append(key, value + b"-%d" % count, count)
            if count is None:
                return False
        return True

    def _key(self, rng):
        return rng.choice(self.keys)

    def note_append(self, key, append):
        with self.lock:
            self.appends[key].append(append)
            self.written += append.outcome == "written"
            self.unknown += append.outcome == "unknown"

    def note_sight(self, key, sight):
        with self.lock:
            self.sights[key].append(sight)


def settle(cluster, race, bkes):
    """Ends the race and holds its history against the log, and the log against the store of the
    instance that owns the topic now."""
    race.wait_for_more(50)
    race.stop()
    print(f"seed {race.seed}: {race.written} events written, of {race.unknown} it isn't known")
    race.check(read_log(cluster, race.topic, race.partitions))
    bkes.stop()
    code, report = verify(bkes, race.topic, "--topics", race.topic)
    assert (code, report["differences"]) == (0, 0), report


def ends_of(kafka, topic, partitions):
    """{partition: where its log ends}, whoever leads."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": "log"})
    found = {n: consumer.get_watermark_offsets(TopicPartition(topic, n), timeout=10)[1] for n in range(partitions)}
    consumer.close()
    return found


def read_log(kafka, topic, partitions, ends=None):
    """{key: [(value, offset)]} as the brokers have it, whoever leads. `ends`, {partition: offset}: from there on
    only; brought up to where it ends now."""
    ends = {} if ends is None else ends
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": "log",
                         "enable.auto.commit": False, "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, n, ends.get(n, OFFSET_BEGINNING)) for n in range(partitions)])
    found, ended = {}, set()
    while len(ended) < partitions:
        message = consumer.poll(30)
        assert message is not None, "the log can't be read"
        if message.error():
            ended.add(message.partition())
            ends[message.partition()] = message.offset()
        else:
            found.setdefault(message.key(), []).append((message.value(), message.offset()))
    consumer.close()
    return found
