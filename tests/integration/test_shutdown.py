"""SIGTERM: what was answered stays, what is owed is answered, and bkes ends with 0."""

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest
from bkes_process import BINARY
from clients import rdkafka_consumer
from events import EventTopic, event, fetch_request, key_topic, log_of, produce_request
from namespaces import unshare
from record_batches import batch
from wire import Closed, Connection


class Writers:
    """Threads that append until their connection ends: `acknowledged` is {key: count}."""

    def __init__(self, bkes, topic, partitions, count):
        self.acknowledged = {}
        self.threads = [
            threading.Thread(target=self._write, args=[bkes, topic, partitions, b"w%d" % n])
            for n in range(count)]

    def start(self):
        for one in self.threads:
            one.start()

    def join(self):
        for one in self.threads:
            one.join(30)
            assert not one.is_alive()

    def _write(self, bkes, topic, partitions, key):
        self.acknowledged[key] = 0
        try:
            with EventTopic(bkes, topic, partitions) as events:
                while True:
                    order = self.acknowledged[key]
                    outcome = events.append(key, b"%d" % order, order)
                    if outcome.code != 0:
                        return
                    self.acknowledged[key] = order + 1
        except (Closed, OSError):
            pass


def assert_log_holds(kafka, topic, partitions, acknowledged):
    log = {}
    for partition in range(partitions):
        for one in log_of(kafka, topic, partition)[0]:
            log.setdefault(one.key, []).append(one.order)
    for key, count in acknowledged.items():
        assert count > 0
        orders = log[key]
        assert orders == [b"%d" % n for n in range(len(orders))]
        # The last one may have been written without its answer having arrived.
        assert count <= len(orders) <= count + 1


def wait_for_progress(writers, more=50):
    start = sum(writers.acknowledged.values())
    deadline = time.monotonic() + 30
    while sum(writers.acknowledged.values()) < start + more:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_sigterm_under_load(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=3)
    bkes = start_bkes(topics=topic)
    total = {}
    for _ in range(2):
        writers = Writers(bkes, topic, 3, count=8)
        writers.start()
        wait_for_progress(writers, 200)
        started = time.monotonic()
        bkes.stop()  # asserts status 0
        assert time.monotonic() - started < 9
        writers.join()
        assert "stopped" in bkes.log()
        assert_log_holds(kafka, topic, 3, writers.acknowledged)
        total = writers.acknowledged
        topic = new_topic(partitions=3)
        bkes.options["topics"] = topic
        bkes.start().wait_ready()
    assert len(total) == 8
    bkes.stop()


def test_idle_connections_and_long_polls_do_not_hold_it_up(kafka, start_bkes, new_topic):
    topic, plain = new_topic(partitions=1), new_topic(partitions=1)
    bkes = start_bkes(topics=topic)
    idle = [Connection(bkes.host, bkes.port) for _ in range(20)]
    for one in idle[:10]:
        one.call("ApiVersions", 2)
    consumer = rdkafka_consumer(bkes.address)
    consumer.subscribe([plain])
    consumer.poll(1)
    polls = [Connection(bkes.host, port) for port in (bkes.port, bkes.port + 2)]
    polls[0].send("Fetch", 11, fetch_request(key_topic(topic, b"k"), max_wait_ms=600))
    polls[1].send("Fetch", 11, fetch_request(plain, max_wait_ms=600))
    started = time.monotonic()
    bkes.stop()
    assert time.monotonic() - started < 5
    for one in idle:
        assert one.wait_closed() == b""
    consumer.close()


def test_what_is_in_flight_is_answered(kafka, start_bkes, new_topic):
    """Kafka is silent while SIGTERM comes: the answer still arrives."""
    topic = new_topic(partitions=1)
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, 1) as events:
        assert events.append(b"k", b"0", 0).code == 0
        kafka.broker(1).pause()
        try:
            data = batch([event(b"k", b"1", 1)])
            events.raw.send("Produce", 9, produce_request({(topic, 0): data}))
            events.raw.wait_read()
            bkes.process.send_signal(signal.SIGTERM)
            bkes.wait_for_log("stopping")
        finally:
            kafka.broker(1).resume()
        answer = events.raw.receive()
        assert answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"] == 0
    assert bkes.wait_end() == 0
    assert [one.value for one in log_of(kafka, topic, 0)[0]] == [b"0", b"1"]


def test_nobody_is_accepted_after_sigterm(start_bkes, new_topic):
    bkes = start_bkes(topics=new_topic())
    bkes.stop()
    for port in (bkes.port, bkes.port + 2):
        try:
            Connection(bkes.host, port).close()
        except ConnectionRefusedError:
            continue
        raise AssertionError("accepted")


def test_kill_under_load_loses_nothing_acknowledged(kafka, start_bkes, new_topic):
    """What the store had not flushed stands in the topic, so the store gets it again."""
    topic = new_topic(partitions=3)
    bkes = start_bkes(topics=topic)
    known = {}
    for _ in range(2):
        writers = Writers(bkes, topic, 3, count=4)
        writers.start()
        wait_for_progress(writers, 100)
        bkes.kill()
        writers.join()
        assert_log_holds(kafka, topic, 3, writers.acknowledged)
        known = writers.acknowledged
        bkes.start().wait_ready()
        with EventTopic(bkes, topic, 3) as events:
            for key, count in known.items():
                assert events.next_order(key) in (count, count + 1)
                assert [one.value for one in events.read(key)][:count] == [
                    b"%d" % n for n in range(count)]
        topic = new_topic(partitions=3)
        bkes.stop()
        bkes.options["topics"] = topic
        bkes.start().wait_ready()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_start_that_waits_ends_at_once(start_bkes, stop):
    bkes = start_bkes(ready=False, topics="any", bootstrap_servers="127.0.0.1:1")
    bkes.wait_for_log("can't serve yet")
    bkes.process.send_signal(stop)
    assert bkes.wait_end() == -stop
    assert f" stopped before it served signal={stop.value}\n" in bkes.log()


@pytest.mark.parametrize("command", ["serve", "sync", "keys"])
def test_the_first_process_of_a_container_heeds_signals(tmp_path, command):
    """As in bkes' image; the kernel ends such a process by none that it doesn't handle."""
    contain = unshare("--fork", "--pid", "--kill-child")
    if subprocess.run([*contain, "true"], capture_output=True).returncode != 0:
        pytest.skip("no right to make a namespace of processes")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        words = ["bkes"] if command == "keys" else ["--data-dir", tmp_path / "data"]
        listener = ["--listener", "127.0.0.1:0", "--admin-listener", ""] if command == "serve" else []
        with subprocess.Popen([*contain, BINARY, command, *words, *listener, "--bootstrap-servers",
                               f"127.0.0.1:{silent.getsockname()[1]}"]) as container:
            try:
                with silent.accept()[0]:
                    children = pathlib.Path(f"/proc/{container.pid}/task/{container.pid}/children")
                    os.kill(int(children.read_text()), signal.SIGTERM)
                    assert container.wait(10) == 128 + signal.SIGTERM
            finally:
                container.kill()
