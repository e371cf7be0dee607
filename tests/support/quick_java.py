#!/usr/bin/python3
"""How the Java machines of tests start: they live for seconds, so starting is most of their work.

A first compiler without the second, a collector without threads, and Kafka's classes as the JVM
keeps them in memory: an archive (class data sharing) beside the jars, one for each version of
Java. Together they take 4 CPU seconds for a broker's start instead of 10. The archive is made by
calling this file, as test.sh does; without it all works, later. The JVM itself refuses one that
doesn't fit to the jars.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "kafka"))
from kafka_node import KafkaNode, java, libs_dir  # noqa: E402

SHORT_LIVED = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def archive():
    """Where the archive for this Java stands, if somebody made it."""
    version = subprocess.run([java(), "-version"], capture_output=True).stderr
    return libs_dir() / f"classes-{hashlib.sha256(version).hexdigest()[:16]}.jsa"


def quick_java_flags(version=None):
    """The archive is of the version that most tests have."""
    found = archive()
    is_there = version is None and found.exists()
    return SHORT_LIVED + ((f"-XX:SharedArchiveFile={found}",) if is_there else ())


def make_archive():
    """Of the classes that a broker uses from its start to its end."""
    wanted = archive()
    if wanted.exists():
        return
    print("quick_java.py: making an archive of Kafka's classes", file=sys.stderr)
    partial = wanted.with_suffix(".partial")
    with tempfile.TemporaryDirectory() as directory:
        node = KafkaNode(directory, java_flags=(*SHORT_LIVED, f"-XX:ArchiveClassesAtExit={partial}"))
        node.start()
        node.wait_ready()
        _use(node.address)
        node.stop(timeout_s=120)
    partial.rename(wanted)


def _use(address):
    """A topic, a transaction and a group: what most tests begin with."""
    from confluent_kafka import Consumer, Producer, TopicPartition
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic("any", 1, 1)], operation_timeout=30)["any"].result(30)
    producer = Producer({"bootstrap.servers": address, "transactional.id": "any"})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce("any", b"any")
    producer.commit_transaction(30)
    consumer = Consumer({"bootstrap.servers": address, "group.id": "any"})
    consumer.commit(offsets=[TopicPartition("any", 0, 1)], asynchronous=False)
    consumer.close()


if __name__ == "__main__":
    make_archive()
