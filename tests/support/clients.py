"""Ordinary clients in few words: kcat, confluent-kafka (librdkafka) and kafka-python."""

import os
import subprocess
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from kafka import KafkaConsumer, KafkaProducer

import scene
from bkes_process import BINARY

WAIT_S = 30
RDKAFKA_CLIENT = os.environ.get("BKES_TEST_RDKAFKA_CLIENT",
                                BINARY.parent / "tests/clients/librdkafka/rdkafka_client")


def kcat(servers, *arguments, stdin=b"", timeout_s=WAIT_S):
    """Standard output of `kcat -b SERVERS ...`; raises with what it complained about."""
    login = [word for key, value in scene.login(servers).items() for word in ("-X", f"{key}={value}")]
    done = subprocess.run(["kcat", "-b", servers, *login, *map(str, arguments)], input=stdin,
                          capture_output=True, timeout=timeout_s)
    if done.returncode != 0:
        raise AssertionError(f"kcat {arguments}: {done.stderr.decode()}")
    return done.stdout


def rdkafka_producer(servers, **config):
    return Producer(scene.client(servers) | {"linger.ms": 0}
                    | {key.replace("_", "."): value for key, value in config.items()})


def rdkafka_send(producer, topic, records, timeout_s=WAIT_S):
    """The outcome of each record in order: its offset, or a KafkaError. A record is
    (key, value, headers[, partition])."""
    outcomes = [None] * len(records)

    def delivered(index):
        def note(error, message):
            outcomes[index] = error if error is not None else message.offset()
        return note

    for index, (key, value, headers, *partition) in enumerate(records):
        where = {"partition": partition[0]} if partition else {}
        producer.produce(topic, key=key, value=value, headers=headers,
                         on_delivery=delivered(index), **where)
    assert producer.flush(timeout_s) == 0, "no answer"
    return outcomes


def fill_topic(bootstrap_servers, topic, count, keys=9973):
    """So many small events, without a header."""
    producer, some = rdkafka_producer(bootstrap_servers, linger_ms=5), 50_000  # less than its queue holds
    for begin in range(0, count, some):
        outcomes = rdkafka_send(producer, topic, [(b"filled-%d" % (n % keys), b"value %d of a long run of events" % n, None)
                                                  for n in range(begin, min(begin + some, count))])
        assert all(isinstance(one, int) for one in outcomes)


def rdkafka_consumer(servers, **config):
    defaults = scene.client(servers) | {
        "group.id": "tests", "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "fetch.wait.max.ms": 100}
    return Consumer(defaults | {key.replace("_", "."): value for key, value in config.items()})


def rdkafka_read(servers, topic, count, *, partition=None, offset=0, timeout_s=WAIT_S, **config):
    """`count` messages of one partition, or of a subscribed topic."""
    consumer = rdkafka_consumer(servers, **config)
    if partition is None:
        consumer.subscribe([topic])
    else:
        consumer.assign([TopicPartition(topic, partition, offset)])
    try:
        return rdkafka_poll(consumer, count, timeout_s)
    finally:
        consumer.close()


def rdkafka_poll(consumer, count, timeout_s=WAIT_S):
    found = []
    deadline = time.monotonic() + timeout_s
    while len(found) < count:
        message = consumer.poll(1.0)
        if message is not None:
            assert message.error() is None, message.error()
            found.append(message)
        assert time.monotonic() < deadline, f"{len(found)} of {count} messages"
    return found


def python_producer(servers, **config):
    return KafkaProducer(bootstrap_servers=servers, **scene.python_login(servers) | config)


def python_consumer(servers, **config):
    return KafkaConsumer(bootstrap_servers=servers, fetch_max_wait_ms=100,
                         **{"auto_offset_reset": "earliest", "enable_auto_commit": False}
                         | scene.python_login(servers) | config)


def python_poll(consumer, count, timeout_s=WAIT_S):
    found = []
    deadline = time.monotonic() + timeout_s
    while len(found) < count:
        for records in consumer.poll(timeout_ms=1000).values():
            found += records
        assert time.monotonic() < deadline, f"{len(found)} of {count} records"
    return found


def eventually(condition, timeout_s=WAIT_S, what="it didn't come true"):
    """The first true value of the function; for what other processes must bring about."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def rdkafka_cpp(what, servers, *arguments, **process):
    """A running rdkafka_client (tests/clients/librdkafka), its output a pipe."""
    login = [f"{key}={value}" for key, value in scene.login(servers).items()]
    return subprocess.Popen([RDKAFKA_CLIENT, what, servers, *map(str, arguments), *login],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **process)


def rdkafka_cpp_lines(process, timeout_s=WAIT_S):
    """What it printed, a list of words for each line, once it has ended well."""
    out, complaint = process.communicate(timeout=timeout_s)
    assert process.returncode == 0, complaint
    return [line.split() for line in out.splitlines()]
