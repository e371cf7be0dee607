"""kafka-transactions finds a hanging transaction and aborts it through bkes (KIP-664)."""

import subprocess

import pytest

from confluent_kafka import Producer

import scene
from clients import rdkafka_producer, rdkafka_read, rdkafka_send
from events import NONE, EventTopic
from kafka_node import java, libs_dir
from quick_java import quick_java_flags

pytestmark = pytest.mark.administers

# Longer than any test: nobody but the tool ends such a transaction.
TRANSACTION_TIMEOUT_MS = 600_000


def kafka_transactions(bkes, *arguments):
    """Its output; raises with what it complained about."""
    done = subprocess.run(
        [java(), "-Xmx128m", *quick_java_flags(), "-cp", f"{libs_dir()}/*",
         "org.apache.kafka.tools.TransactionsCommand",
         *scene.tool_arguments(bkes.address, bkes.directory), *map(str, arguments)],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def leave_open(servers, topic, partition):
    """A transaction with one record, whose producer is never heard of again."""
    producer = Producer(scene.client(servers) | {
        "transactional.id": f"hangs-{topic}", "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, value=b"open", partition=partition)
    assert producer.flush(30) == 0
    return producer


def test_abort_of_a_hanging_transaction(bkes, new_topic):
    topic = new_topic(partitions=1)
    producer = leave_open(bkes.address, topic, 0)
    rdkafka_send(rdkafka_producer(bkes.address), topic, [(None, b"behind it", None)])
    described = kafka_transactions(bkes, "describe-producers", "--topic", topic, "--partition", 0)
    assert described.splitlines()[0].split()[-1] == "CurrentTransactionStartOffset"
    kafka_transactions(bkes, "abort", "--topic", topic, "--partition", 0, "--start-offset", 0)
    # Held back until then.
    (message,) = rdkafka_read(bkes.address, topic, 1, partition=0,
                              isolation_level="read_committed")
    assert message.value() == b"behind it"
    del producer


def test_abort_in_a_guarded_topic(kafka, start_bkes, new_topic):
    """Appends behind it are held: its records may be events or not."""
    topic = new_topic(partitions=1)
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, partitions=1) as events:
        assert events.append(b"k", b"v", 0).code == NONE
        producer = leave_open(kafka.bootstrap_servers, topic, 0)
        bkes.wait_for_log("not ready topic=")
        described = kafka_transactions(bkes, "describe-producers", "--topic", topic,
                                       "--partition", 0)
        offset = next(line.split()[-1] for line in described.splitlines()[1:]
                      if line.split()[-1] != "None")
        kafka_transactions(bkes, "abort", "--topic", topic, "--partition", 0, "--start-offset",
                           offset)
        assert events.append(b"k", b"w", 1).code == NONE
        assert events.values(b"k") == [b"v", b"w"]
    del producer
