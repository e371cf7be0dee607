"""Restore points: made of a bkes that serves, and begun from by another one (contract section 11)."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import stat
import statistics
import subprocess
import threading
import time

import pytest

from bkes_process import BINARY, BkesProcess, assert_agrees, run_bkes, running_bkes, verify
from clients import eventually, rdkafka_producer, rdkafka_send
from cluster_requests import set_read_quota
from events import EventTopic, end_of
from kafka_cluster import KafkaCluster
from wire import Closed

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3
PARTITIONS = 3


def checkpoint(data_dir, place, *more):
    return run_bkes("checkpoint", place, "--data-dir", data_dir, *more)


def made(data_dir, place):
    """What the command says of one that it makes."""
    done = checkpoint(data_dir, place, "--json")
    assert done.returncode == DONE, done.stderr
    return json.loads(done.stdout)


def ask(data_dir, request):
    """The answer through the socket itself, without the time that a command takes to start."""
    with socket.socket(socket.AF_UNIX) as raw, _short_path(data_dir) as folder:
        raw.settimeout(60)
        raw.connect(f"{folder}/control")
        raw.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(raw.makefile("rb").readline())


@contextlib.contextmanager
def _short_path(folder):
    """An address of a socket has room for 107 bytes."""
    descriptor = os.open(folder, os.O_PATH)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def sync_once(bkes, topic, data_dir, place):
    return run_bkes("sync", "--once", "--topics", topic, "--bootstrap-servers", bkes.bootstrap_servers,
                    "--data-dir", data_dir, "--restore-from", place)


def assert_refused(bkes, words):
    assert bkes.wait_end(30) == REFUSED, bkes.log_tail()
    assert re.search(f" error .*can't serve, bkes ends reason=.*{words}", bkes.log()), bkes.log_tail()


class Appenders:
    """Threads that append until they are stopped. `acknowledged`: {key: count}."""

    def __init__(self, bkes, topic, count):
        self.acknowledged = {b"appender-%d" % n: 0 for n in range(count)}
        self.spans = []  # (from, to) of each append
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._append, args=[bkes, topic, key])
                         for key in self.acknowledged]

    def __enter__(self):
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for one in self._threads:
            one.join(30)
            assert not one.is_alive()

    def _append(self, bkes, topic, key):
        with contextlib.suppress(Closed, OSError), EventTopic(bkes, topic, PARTITIONS) as events:
            while not self._stop.is_set():
                order = self.acknowledged[key]
                begun = time.monotonic()
                outcome = events.append(key, b"%d" % order, order)
                assert outcome.code == 0, outcome
                self.spans.append((begun, time.monotonic()))
                self.acknowledged[key] = order + 1

    def wait_for(self, more):
        target = sum(self.acknowledged.values()) + more
        eventually(lambda: sum(self.acknowledged.values()) >= target)

    def longest(self, begin, end):
        """Of those that were under way then."""
        spans = list(self.spans)
        return max(to - since for since, to in spans if since < end and to > begin)


def fill(kafka, topic, keys, size):
    rdkafka_send(rdkafka_producer(kafka.bootstrap_servers), topic,
                 [(b"filled-%d" % (n % 997), bytes(size), None) for n in range(keys)])


def wait_until_stored(bkes, kafka, topic):
    def is_stored():
        figures = bkes.metrics()
        return all(figures["bkes_partition_stored_offset", f"partition={n}", f"topic={topic}"]
                   >= end_of(kafka, topic, n) for n in range(PARTITIONS))
    eventually(is_stored)


def total(report):
    return sum(one["next_offset"] for one in report["partitions"])


def test_made_under_load_and_begun_from(kafka, start_bkes, new_topic, tmp_path):
    topic = new_topic(partitions=PARTITIONS)
    fill(kafka, topic, 20_000, 400)
    first = start_bkes(topics=topic)
    wait_until_stored(first, kafka, topic)
    with Appenders(first, topic, 8) as appenders:
        appenders.wait_for(200)
        reports = []
        for n in range(3):
            before = dict(appenders.acknowledged)
            reports.append(made(first.data_dir, tmp_path / f"point{n}"))
            appenders.wait_for(100)
    last = reports[-1]
    assert last["ok"] and last["directory"] == str(tmp_path / "point2")
    assert [(one["topic"], one["partition"]) for one in last["partitions"]] == \
        [(topic, n) for n in range(PARTITIONS)]
    assert 20_000 + sum(before.values()) <= total(last) <= sum(
        end_of(kafka, topic, n) for n in range(PARTITIONS))
    assert total(reports[0]) < total(reports[1]) < total(last)
    assert last["bytes"] > 1_000_000 and last["ms"] >= 0
    first.wait_for_log(rf"restore point made directory={tmp_path}/point2 partitions={PARTITIONS} "
                       rf"bytes={last['bytes']} ms={last['ms']}")
    # Its tables are those of the store.
    assert any(one.stat().st_nlink > 1 for one in (tmp_path / "point2/store").glob("*.sst"))
    first.stop()
    shutil.rmtree(first.data_dir)

    # From the beginning it would take minutes.
    set_read_quota(kafka, "bkes-restored-read", 50_000)
    try:
        second = start_bkes(topics=topic, restore_from=tmp_path / "point2", instance_id="restored")
        second.wait_for_log(rf"store begins from a restore point directory=\S+/data/store restore_point={tmp_path}"
                            rf"/point2 partitions={PARTITIONS} offsets={total(last)} linked_bytes=[1-9]")
        second.wait_for_log(f"ready topic={topic}")
    finally:
        set_read_quota(kafka, "bkes-restored-read", None)
    assert "is built again" not in second.log()
    assert all(value == 0 for (name, *_), value in second.metrics().items()
               if name == "bkes_store_rebuilds_total")
    with EventTopic(second, topic, PARTITIONS) as events:
        for key, count in appenders.acknowledged.items():
            assert events.values(key) == [b"%d" % n for n in range(count)]
            assert events.append(key, b"more", count).code == 0
    assert_agrees(second, topic)

    # The next start has a store, whatever the restore point is by then.
    shutil.rmtree(tmp_path / "point2")
    second.start().wait_ready()
    second.wait_for_log("restore.from isn't needed, there is a store")
    second.wait_for_log(f"ready topic={topic}")
    assert_agrees(second, topic)

    # An older one, also for `sync`.
    done = sync_once(first, topic, tmp_path / "third", tmp_path / "point0")
    assert done.returncode == DONE, done.stderr
    assert f"offsets={total(reports[0])}" in done.stderr.decode()
    code, report = verify(first, topic, "--data-dir", tmp_path / "third")
    assert (code, report["differences"], report["behind"]) == (DONE, 0, 0)


def test_no_append_waits_for_it(kafka, start_bkes, new_topic, tmp_path):
    """The longest append while one is made, and the longest in as much time without: beyond it by at most
    50 ms, in most of several rounds, as anything may delay one append on a busy machine."""
    topic = new_topic(partitions=PARTITIONS)
    fill(kafka, topic, 20_000, 400)
    bkes = start_bkes(topics=topic, log_level="info")
    wait_until_stored(bkes, kafka, topic)
    beyond, took = [], []
    with Appenders(bkes, topic, 4) as appenders:
        appenders.wait_for(500)
        for n in range(9):
            begin = time.monotonic()
            answer = ask(bkes.data_dir, {"checkpoint": str(tmp_path / f"point{n}")})
            end = time.monotonic()
            assert answer.get("ok"), answer
            appenders.wait_for(100)
            quiet = time.monotonic()
            appenders.wait_for(100)
            eventually(lambda: time.monotonic() - quiet > end - begin)
            beyond.append(appenders.longest(begin, end) - appenders.longest(quiet, quiet + end - begin))
            took.append(end - begin)
    print("took", took, "beyond", beyond)
    assert statistics.median(beyond) < 0.05, (beyond, took)


# Who may begin from it


@pytest.fixture(scope="module")
def point(kafka, tmp_path_factory):
    """(topic, restore point) with ten events; copy it to change it."""
    topic, folder = "pointed", tmp_path_factory.mktemp("point")
    kafka.create_topic(topic, partitions=PARTITIONS)
    with BkesProcess(folder / "bkes", kafka.bootstrap_servers, {"topics": topic}) as bkes:
        with EventTopic(bkes, topic, PARTITIONS) as events:
            for order in range(10):
                assert events.append(b"k", b"%d" % order, order).code == 0
        made(bkes.data_dir, folder / "point")
    return topic, folder / "point"


def _is_gone(place, _bkes):
    shutil.rmtree(place)


def _is_a_store(place, bkes):
    shutil.rmtree(place)
    shutil.copytree(bkes, place)


def _of_another_format(place, _bkes):
    facts = place / "RESTORE_POINT"
    facts.write_text(facts.read_text().replace("format_version=3", "format_version=77"))


def _lacks_a_table(place, _bkes):
    next((place / "store").glob("*.sst")).unlink()


@pytest.mark.parametrize("harm, words", [
    (_is_gone, "there is no such directory"),
    (_is_a_store, "it is no restore point, as bkes checkpoint makes them"),
    (_of_another_format, "it has the store's format 77, and this bkes has 3"),
    (_lacks_a_table, "its files are damaged"),
])
def test_refused_with_a_reason(start_bkes, point, tmp_path, harm, words):
    topic, good = point
    place = tmp_path / "copy"
    shutil.copytree(good, place)
    harm(place, good.parent / "bkes/data")
    bkes = start_bkes(ready=False, topics=topic, restore_from=place)
    assert_refused(bkes, f"restore.from={place} can't be used: {words}")
    assert os.listdir(bkes.data_dir) == []
    done = sync_once(bkes, topic, bkes.data_dir, place)
    assert done.returncode == REFUSED and words in done.stderr.decode()
    # Without it, or with a good one, the same directory serves.
    bkes.options["restore.from"] = good
    bkes.start().wait_ready()
    with EventTopic(bkes, topic, PARTITIONS) as events:
        assert len(events.values(b"k")) == 10


def test_of_another_cluster_is_refused(start_bkes, point, tmp_path):
    topic, good = point
    with KafkaCluster(tmp_path / "other", cluster_id="YW5vdGhlciBjbHVzdGVyIQ") as other:
        other.create_topic(topic, partitions=PARTITIONS)
        bkes = start_bkes(other, ready=False, topics=topic, restore_from=good)
        assert_refused(bkes, f"restore.from={good} can't be used: it is of the Kafka cluster "
                       "YmtlcyBpcyBhIHN0b3JlIQ, and this one is YW5vdGhlciBjbHVzdGVyIQ")


def test_of_a_topic_that_was_made_anew(kafka, start_bkes, tmp_path):
    """Its events are not those of the new one."""
    topic = "made-anew"
    kafka.create_topic(topic, partitions=PARTITIONS)
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, PARTITIONS) as events:
        assert events.append(b"k", b"old", 0).code == 0
    made(bkes.data_dir, tmp_path / "point")
    bkes.stop()
    kafka.make_topic_anew(topic, partitions=PARTITIONS)
    second = start_bkes(topics=topic, restore_from=tmp_path / "point")
    second.wait_for_log(f"store of a partition is built again topic={topic} partition=\\d cause=topic_made_anew")
    with EventTopic(second, topic, PARTITIONS) as events:
        assert events.append(b"k", b"new", 0).code == 0
        assert events.values(b"k") == [b"new"]
    assert_agrees(second, topic)


# The command


def test_the_command(bkes, new_key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with EventTopic(bkes) as events:  # a partition that was never written may have no position yet
        assert events.append(new_key(), b"v", 0).code == 0
    done = checkpoint(bkes.data_dir, "relative")
    assert done.returncode == DONE, done.stderr
    first, head, *rows = done.stdout.decode().splitlines()
    assert re.fullmatch(rf"restore point {tmp_path}/relative: \d+ partitions, \d+ bytes, made in \d+ ms", first)
    assert head.split() == ["TOPIC", "PARTITION", "NEXT-OFFSET"] and len(rows) == int(first.split()[3])
    (tmp_path / "empty").mkdir()
    assert checkpoint(bkes.data_dir, tmp_path / "empty").returncode == DONE
    # It is what a person may look at, move and delete.
    assert sorted(os.listdir("relative")) == ["RESTORE_POINT", "store"]
    assert "cluster_id=YmtlcyBpcyBhIHN0b3JlIQ" in pathlib.Path("relative/RESTORE_POINT").read_text()
    assert sorted(os.listdir(tmp_path)) == ["empty", "relative"]


@pytest.mark.parametrize("place, words", [
    ("full", "full: the directory isn't empty"),
    ("file", "file: something else stands there"),
    ("any.unfinished", "any.unfinished: names that end in .unfinished are for what isn't whole yet"),
    ("none/below", "none/below.unfinished can't be made: No such file or directory"),
    ("/dev/shm/bkes-restore-point", "it is on another file system than .*copy it from there"),
    ("{data}/store/point", "it would stand in the store's own directory"),
])
def test_places_that_are_refused(bkes, tmp_path, place, words):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/any").touch()
    (tmp_path / "file").touch()
    path = tmp_path / place.format(data=bkes.data_dir)
    done = checkpoint(bkes.data_dir, path, "--json")
    assert done.returncode == REFUSED and done.stdout == b""
    assert re.search(words, done.stderr.decode()), done.stderr
    bkes.wait_for_log(f"restore point can't be made directory={path} reason=")
    assert not path.with_name(path.name + ".unfinished").exists()


def test_no_instance_and_wrong_words(tmp_path):
    for data_dir in (tmp_path, tmp_path / "none", tmp_path / ("long" * 60)):
        done = checkpoint(data_dir, tmp_path / "point")
        assert done.returncode == UNREACHABLE
        assert f"no bkes runs in data.dir={data_dir}" in done.stderr.decode()
    assert run_bkes("checkpoint", "--data-dir", tmp_path).returncode == USAGE
    assert run_bkes("checkpoint", "a", "b").returncode == USAGE
    assert run_bkes("checkpoint", "a", "--topics", "b").returncode == USAGE


def test_what_is_no_request_is_refused(bkes):
    for request in ({}, {"checkpoint": 1}, {"checkpoint": "relative"}, {"stop": True}, [], "checkpoint"):
        assert list(ask(bkes.data_dir, request)) == ["error"]


def test_the_socket_is_its_users_and_goes_with_bkes(start_bkes, new_topic, tmp_path):
    bkes = start_bkes(topics=new_topic())
    file = bkes.data_dir / "control"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_ISSOCK(file.stat().st_mode)
    bkes.stop()
    assert not file.exists()
    assert checkpoint(bkes.data_dir, tmp_path / "a").returncode == UNREACHABLE
    # A stale one is nobody's, and is replaced.
    bkes.start().wait_ready()
    bkes.wait_for_log("listening address=")
    bkes.kill()
    assert file.exists()
    assert checkpoint(bkes.data_dir, tmp_path / "a").returncode == UNREACHABLE
    bkes.start().wait_ready()
    eventually(lambda: checkpoint(bkes.data_dir, tmp_path / "a").returncode == DONE)
    bkes.stop()


def test_sync_makes_them_too(kafka, bkes, new_key, tmp_path):
    key = new_key()
    with EventTopic(bkes) as events:
        assert events.append(key, b"v", 0).code == 0
    with running_bkes("sync", "--topics", "bkes", "--bootstrap-servers", kafka.bootstrap_servers,
                      "--data-dir", tmp_path / "data", directory=tmp_path) as following:
        eventually(lambda: "ready topic=bkes" in following.err.read_text())
        report = made(tmp_path / "data", tmp_path / "point")
        assert {one["topic"] for one in report["partitions"]} == {"bkes"}
        following.terminate()
        assert following.wait(20) == DONE
    assert not (tmp_path / "data/control").exists()
    assert sync_once(bkes, "bkes", tmp_path / "second", tmp_path / "point").returncode == DONE
    code, report = verify(bkes, "bkes", "--data-dir", tmp_path / "second")
    assert (code, report["behind"]) == (DONE, 0)


def test_a_kill_in_the_middle_leaves_none_or_a_whole_one(kafka, start_bkes, new_topic, tmp_path):
    topic = new_topic(partitions=PARTITIONS)
    fill(kafka, topic, 3_000, 400)
    bkes = start_bkes(topics=topic)
    wait_until_stored(bkes, kafka, topic)
    ends = []
    for n, delay in enumerate((0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08)):
        place = tmp_path / f"point{n}"
        command = subprocess.Popen(
            [BINARY, "checkpoint", place, "--data-dir", bkes.data_dir], stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, env=os.environ | {"BKES_ADMIN_LISTENER": ""})
        unfinished = tmp_path / f"point{n}.unfinished"
        eventually(lambda: unfinished.exists() or place.exists() or command.poll() is not None)
        deadline = time.monotonic() + delay
        while time.monotonic() < deadline:
            pass
        bkes.kill()
        command.wait(30)
        ends.append("whole" if place.exists() else "unfinished" if unfinished.exists() else "none")
        done = sync_once(bkes, topic, tmp_path / f"data{n}", place)
        if place.exists():
            assert done.returncode == DONE, done.stderr
            assert verify(bkes, topic, "--data-dir", tmp_path / f"data{n}")[0] == DONE
        else:
            assert done.returncode == REFUSED
            assert "there is no such directory" in done.stderr.decode()
        if unfinished.exists():
            done = sync_once(bkes, topic, tmp_path / f"left{n}", unfinished)
            assert done.returncode == REFUSED and b"it was never finished" in done.stderr
        bkes.start().wait_ready()
        bkes.wait_for_log(f"ready topic={topic}")
        if not place.exists():
            made(bkes.data_dir, place)
        assert not unfinished.exists()
    print(ends)
    assert_agrees(bkes, topic)
