"""What somebody can take of bkes of whom it doesn't know whether the brokers listen to him, and what
anybody can take with few bytes: memory is measured."""

import contextlib
import resource
import signal
import socket
import struct
import time

import pytest

from bkes_process import BINARY, BkesProcess
from black_hole import BlackHole
from clients import eventually, rdkafka_producer, rdkafka_send
from events import NONE, POLICY_VIOLATION, EventTopic, key_topic
from kafka_cluster import KafkaCluster
from kafka_messages import uvarint
from relay import REQUESTS, Relay
from wire import Closed, Connection, request_frame

pytestmark = pytest.mark.plain_scene("its hostile clients don't log in")

MIB = 1 << 20
TOPIC = "limits"
PRODUCE, METADATA = 0, 3
KIB = 1 << 10


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), relayed=True) as started:
        started.create_topic(TOPIC, partitions=1)
        with Relay(started.relayed_listeners[1], started.relay_addresses[1]) as started.relay:
            yield started


@pytest.fixture
def start(cluster, tmp_path):
    """start(setting=value) gives a bkes whose connections to the broker go through the relay."""
    with contextlib.ExitStack() as started:
        yield lambda **options: started.enter_context(BkesProcess(
            tmp_path / "bkes", cluster.relay.address, {"topics": TOPIC} | options))
        cluster.relay.heal()


def begin_frame(size, api=PRODUCE, version=9):
    return struct.pack(">ihhih", size, api, version, 1, -1)


class Hostile:
    """A connection that sends what it is given until bkes takes no more."""

    def __init__(self, bkes, data):
        self.socket = socket.create_connection((bkes.host, bkes.port), timeout=30)
        self.socket.setblocking(False)
        self.data = memoryview(data)
        self.send()

    def send(self):
        """Whether something went out."""
        try:
            sent = self.socket.send(self.data)
        except (BlockingIOError, ConnectionError):
            return False
        self.data = self.data[sent:]
        return sent > 0

    def is_closed(self):
        try:
            return self.socket.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True


@pytest.mark.parametrize("connections, announced, held_each_max", [
    (1_000, 100 * MIB, 64 * KIB),   # as much as frame.bytes.max: not read on
    (300, 500 * KIB, 640 * KIB),    # as much as anybody may send: all but the last byte is held
])
def test_unfinished_frames_of_many_connections(cluster, start, connections, announced,
                                               held_each_max):
    resource.setrlimit(resource.RLIMIT_NOFILE, (16_384, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    bkes = start(topics="")
    before = bkes.resident_bytes()
    cluster.relay.hold(REQUESTS)  # the broker answers nobody, as one that wants a login
    data = (begin_frame(announced) + bytes(2 * MIB))[:announced]
    hostile = [Hostile(bkes, data) for _ in range(connections)]
    quiet = 0
    while quiet < 5:  # until nobody can send more
        quiet = 0 if any([one.send() for one in hostile]) else quiet + 1
        time.sleep(0.1)
    assert not any(one.is_closed() for one in hostile)
    assert bkes.resident_bytes() - before < connections * held_each_max
    for one in hostile:
        one.socket.close()


def test_a_large_first_request_is_served_where_nobody_logs_in(cluster, start):
    bkes = start(topics="", frame_bytes_max=8 * MIB)
    cluster.relay.hold(REQUESTS, api=METADATA)
    with Connection(bkes.host, bkes.port) as raw:
        body = bytes(4 * MIB)
        raw.socket.sendall(request_frame("ApiVersions", 2, {}) + request_frame(
            "DescribeAcls", 1, {}, 2, body=body)[:MIB])
        assert raw.receive_frame()[:4] == struct.pack(">i", 1)
        cluster.relay.wait_hits(1)  # the broker is asked
        cluster.relay.heal()
    producer = rdkafka_producer(bkes.address, message_max_bytes=MIB)
    assert rdkafka_send(producer, TOPIC, [(None, bytes(900_000), [])]) == [0]


def served(bkes):
    """A client's connection, or None if there is none for it."""
    client = Connection(bkes.host, bkes.port)
    try:
        client.call("ApiVersions", 2)
    except Closed:
        client.close()
        return None
    return client


def test_an_address_has_so_many_connections(start):
    bkes = start(topics="", connections_max_per_ip=3)
    with contextlib.ExitStack() as open_:
        held = [open_.enter_context(Connection(bkes.host, bkes.port)) for _ in range(3)]
        for one in held:
            one.call("ApiVersions", 2)
        assert served(bkes) is None
        bkes.wait_for_log("cause=too_many_connections .*reason=\"connections.max.per.ip=3\"")
        other = socket.create_connection((bkes.host, bkes.port), source_address=("127.0.0.9", 0))
        other.sendall(request_frame("ApiVersions", 2, {}))
        assert other.recv(4)
        other.close()
        held[0].close()

        eventually(lambda: served(bkes)).close()


def test_an_idle_connection_ends_and_one_that_waits_does_not(start, new_key):
    bkes = start(connections_max_idle_ms=4_000)
    key = new_key()
    bkes.wait_for_log("ready topic=")
    with EventTopic(bkes, TOPIC, 1) as events, Connection(bkes.host, bkes.port) as waits:
        assert events.append(key, b"v", 0).code == NONE
        began = time.monotonic()
        waits.send("Fetch", 11, {"MaxWaitMs": 9_000, "MinBytes": 1, "Topics": [
            {"Topic": key_topic(TOPIC, key), "Partitions": [
                {"Partition": 0, "FetchOffset": 1, "PartitionMaxBytes": MIB}]}]})
        assert events.raw.wait_closed() == b""
        assert time.monotonic() - began > 3.9
        bkes.wait_for_log("cause=idle")
        assert waits.receive()["ErrorCode"] == NONE
        assert time.monotonic() - began > 8.9


def test_limits_of_connections_are_read_again(cluster, start, tmp_path):
    """They count for those that come."""
    settings = tmp_path / "bkes.properties"
    settings.write_text("connections.max.per.ip=1\n")
    bkes = start(topics="", config=settings)
    with eventually(lambda: served(bkes)) as first:
        assert served(bkes) is None
        settings.write_text("connections.max.per.ip=2\nconnections.max.idle.ms=1000\n")
        bkes.process.send_signal(signal.SIGHUP)
        bkes.wait_for_log("settings read again .*connections.max.idle.ms")
        with served(bkes) as second:
            assert second.wait_closed() == b""
        bkes.wait_for_log("cause=idle")
        first.call("ApiVersions", 2)


def with_open_files(directory, soft, hard):
    """bkes as a service is started that may have so many, and raise that to so many."""
    program = directory / "with-open-files"
    program.write_text(f'#!/bin/sh\nexec prlimit --nofile={soft}:{hard} "{BINARY}" "$@"\n')
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("hard, clients_min, clients_max", [(4_000, 300, 300), (200, 40, 50)])
def test_clients_leave_open_files_for_bkes(cluster, tmp_path, hard, clients_min, clients_max):
    with BkesProcess(tmp_path / "bkes", cluster.bootstrap_servers, {"topics": TOPIC},
                     binary=with_open_files(tmp_path, 200, hard)) as bkes, \
            EventTopic(bkes, TOPIC, 1) as events, contextlib.ExitStack() as at_end:
        key = b"files-%d" % hard
        assert events.append(key, b"v", 0).code == NONE
        held = []
        while len(held) < 300 and (client := served(bkes)) is not None:
            held.append(at_end.enter_context(client))
        assert clients_min <= len(held) <= clients_max
        for order in range(1, 10):
            assert events.append(key, b"v", order).code == NONE
            assert events.append(key, b"v", 0).code == POLICY_VIOLATION
        assert "Too many open files" not in bkes.log()


def test_a_broker_that_takes_no_connection_is_given_up_in_time(cluster, start):
    bkes = start(topics="", connect_timeout_ms=300)
    with BlackHole("127.0.0.1") as (host, port):
        bkes.stop()
        bkes.options["bootstrap.servers"] = f"{host}:{port},{cluster.relay.address}"
        bkes.start()
        bkes.wait_ready()
        bkes.wait_for_log(f"broker can't be reached address={host}:{port} .*timed out")


# Elements of two or three bytes each


def names(count, name, version=1):
    return struct.pack(">i", count) + (struct.pack(">h", len(name)) + name) * count


def tags(count):
    """Of a header: each takes two bytes."""
    return uvarint(count) + b"".join(uvarint(one) + b"\0" for one in range(count))


BODIES = {
    "topics": ("Metadata", 1, lambda: names(5_000_000, b"a")),
    "key topics": ("Metadata", 1, lambda: names(300_000, f"{TOPIC}.key.a".encode())),
    "key topics that are described": ("DescribeTopicPartitions", 0, lambda: uvarint(300_001) + (
        uvarint(len(TOPIC) + 7) + f"{TOPIC}.key.a".encode() + b"\0") * 300_000
        + struct.pack(">ib", 100, -1) + b"\0"),
    "partitions": ("ListOffsets", 1, lambda: struct.pack(">i", -1) + struct.pack(">i", 1)
                   + struct.pack(">h", len(TOPIC) + 6) + f"{TOPIC}.key.a".encode()
                   + struct.pack(">i", 2_000_000) + bytes(12 * 2_000_000)),
    "offsets": ("OffsetFetch", 1, lambda: struct.pack(">h", 1) + b"g" + struct.pack(">i", 1)
                + struct.pack(">h", len(TOPIC) + 6) + f"{TOPIC}.key.a".encode()
                + struct.pack(">i", 3_000_000) + bytes(4 * 3_000_000)),
    "appends": ("Produce", 3, lambda: struct.pack(">hhii", -1, -1, 1_000, 1)
                + struct.pack(">h", len(TOPIC)) + TOPIC.encode() + struct.pack(">i", 1_000_000)
                + bytes(8 * 1_000_000)),
    "events of key topics": ("Fetch", 4, lambda: struct.pack(">iiiibi", -1, 0, 1, MIB, 0, 1)
                             + struct.pack(">h", len(TOPIC) + 6) + f"{TOPIC}.key.a".encode()
                             + struct.pack(">i", 1_000_000) + bytes(16 * 1_000_000)),
}


@pytest.fixture(scope="module")
def shared(cluster, tmp_path_factory):
    with BkesProcess(tmp_path_factory.mktemp("shared"), cluster.bootstrap_servers,
                     {"topics": TOPIC}) as process:
        yield process


@pytest.mark.parametrize("what", BODIES)
def test_small_elements_are_counted_before_they_are_made(shared, what):
    api, version, body = BODIES[what]
    frame = request_frame(api, version, {}, body=body())
    with Connection(shared.host, shared.port) as raw:
        raw.call("Metadata", 1, {"Topics": []})
        shared.peak_bytes()
        before = shared.resident_bytes()
        start = len(shared.log())
        raw.socket.sendall(frame)
        with pytest.raises(Closed):
            raw.receive_frame()
    lines = [one for one in shared.log()[start:].splitlines() if " connection closed " in one]
    assert len(lines) == 1 and "cause=too_many_elements" in lines[0], lines
    # The frame itself, as it grows, and what is decoded of it.
    assert shared.peak_bytes() - before < 3 * len(frame) + 64 * MIB
    assert shared.is_alive()


def test_a_header_of_nothing_but_tags_ends_the_connection(shared):
    no_topics = b"\1\0\0\0"
    header = struct.pack(">hhih", METADATA, 12, 1, -1) + tags(500_000) + no_topics
    with Connection(shared.host, shared.port) as raw:
        raw.socket.sendall(struct.pack(">i", len(header)) + header)
        with pytest.raises(Closed):
            raw.receive_frame()
    shared.wait_for_log("cause=malformed_request")


def test_many_topics_are_no_fault(shared):
    with Connection(shared.host, shared.port) as raw:
        asked = [{"Name": f"{TOPIC}.key.{n}"} for n in range(20_000)]
        answer = raw.call("Metadata", 1, {"Topics": asked})
        assert {one["Name"] for one in answer["Topics"]} == {one["Name"] for one in asked}
