"""Kafka Connect and MirrorMaker 2 between bkes and something else, with the files of tests/clients/NAME.
Their jars come from a registry, so CI leaves this file out (label `registries`)."""

import contextlib
import re
import subprocess

import pytest

from clients import eventually, rdkafka_consumer, rdkafka_poll
from events import EventTopic
from kafka_cluster import KafkaCluster, free_port
from other_clients import SOURCES, Unavailable, prepare

pytestmark = pytest.mark.plain_scene("these programs don't log in")

WAIT_S = 90
OTHER_CLUSTER = "YW5vdGhlciBjbHVzdGVyIQ"


def prepared(name):
    try:
        return prepare(name)
    except Unavailable as reason:
        pytest.skip(f"{name}: {reason}")


def properties(directory, source, /, **changed):
    """The file of tests/clients with other values, in `directory`."""
    text = (SOURCES / source).read_text()
    for key, value in changed.items():
        key = key.replace("_", ".")
        line = f"{key}={value}"
        text, count = re.subn(rf"^{re.escape(key)}=.*$", line, text, flags=re.MULTILINE)
        text += "" if count else f"{line}\n"
    file = directory / f"{len(list(directory.iterdir()))}-{(SOURCES / source).name}"
    file.write_text(text)
    return file


@contextlib.contextmanager
def running(program, *files, log_file):
    """It ends by SIGTERM, as operators end it."""
    with open(log_file, "ab") as log:
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *program.words, *files], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, cwd=log_file.parent)
    try:
        yield process
        assert process.poll() is None, f"it ended: see {log_file}"
        process.terminate()
        process.wait(60)
    finally:
        process.kill()
        process.wait()


def lines_of(file):
    return file.read_text().splitlines() if file.exists() else []


def test_connect_carries_a_file_into_a_guarded_topic_and_back(bkes, new_key, tmp_path):
    program, key = prepared("connect"), new_key()
    source, whole, by_key = (tmp_path / name for name in ("in.txt", "whole.txt", "by-key.txt"))
    with EventTopic(bkes) as events:
        assert events.append(key, b"event 0", order=0).code == 0
        worker = properties(tmp_path, "connect/worker.properties", bootstrap_servers=bkes.address,
                            offset_storage_file_filename=tmp_path / "offsets",
                            listeners=f"http://127.0.0.1:{free_port()}")
        connectors = [
            properties(tmp_path, "connect/source.properties", file=source),
            properties(tmp_path, "connect/sink.properties", file=whole),
            properties(tmp_path, "connect/sink.properties", name="by-key", file=by_key,
                       topics=f"bkes.key.{key.decode()}")]
        written, appended = [], [b"event 0"]
        for n in (1, 2):  # the second time everything goes on where it ended
            with running(program, worker, *connectors, log_file=tmp_path / "connect.log"):
                with open(source, "a") as file:
                    file.write(f"line {n}\n")
                written.append(f"line {n}")
                assert events.append(key, b"event %d" % n, order=n).code == 0
                appended.append(b"event %d" % n)
                eventually(lambda: sorted(lines_of(whole)) == sorted(
                    written + [one.decode() for one in appended]), WAIT_S, "not all of the topic came")
                eventually(lambda: lines_of(by_key) == [one.decode() for one in appended], WAIT_S,
                           "not all of the aggregate came")
        assert events.values(key) == appended


def read_of(key, count, servers, topic):
    """The first events of one key, among whatever else there is."""
    consumer = rdkafka_consumer(servers)
    consumer.subscribe([topic])
    found = []
    while len(found) < count:
        found += [one for one in rdkafka_poll(consumer, 1, WAIT_S) if one.key() == key]
    consumer.close()
    return found


def test_mirror_maker_copies_a_guarded_topic(bkes, new_key, tmp_path):
    program = prepared("mirror-maker")
    key = new_key()
    with EventTopic(bkes) as events:
        for order in range(20):
            assert events.append(key, b"%d" % order, order=order).code == 0
        with KafkaCluster(tmp_path / "other", cluster_id=OTHER_CLUSTER) as other:
            file = properties(tmp_path, "mirror-maker/mm2.properties", src_bootstrap_servers=bkes.address,
                              dst_bootstrap_servers=other.bootstrap_servers)
            with running(program, file, log_file=tmp_path / "mirror.log"):
                eventually(lambda: "src.bkes" in other.admin().list_topics(timeout=10).topics, WAIT_S,
                           f"no topic: see {tmp_path / 'mirror.log'}")
                copied = read_of(key, 20, other.bootstrap_servers, "src.bkes")
        assert [one.value() for one in copied] == [b"%d" % order for order in range(20)]
        assert [one.headers() for one in copied] == [[("order", b"%d" % order)] for order in range(20)]
