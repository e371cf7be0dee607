"""A gigabyte of records on its way through bkes takes no memory, whether the client reads it or not,
and keeps nobody else waiting."""

import contextlib
import os
import socket
import struct

import pytest

import scene
from events import NONE, EventTopic, event, fetch_request, produce_outcomes, produce_request
from record_batches import batch
from wire import Connection, request_frame

MIB = 1 << 20
GIB = 1 << 30
# Brokers of tests are slow under TLS.
PASSED = 96 * MIB if scene.IS_SECURE else GIB
TOPIC = "large"
TOPIC_BYTES = 96 * MIB
READERS, DEAF, RECEIVE_BUFFER = 2, 20, 64 << 10
# For each connection the buffers of both of its sides; and what an allocator keeps.
HELD_MAX = (READERS + DEAF) * (256 << 10) + 4 * MIB


@pytest.fixture(scope="module")
def large(kafka):
    """A topic of many batches, each as large as a broker takes them."""
    kafka.create_topic(TOPIC)
    data = batch([event(b"k", os.urandom(1_000_000))])
    with Connection(*kafka.addresses[0]) as raw:
        for _ in range(TOPIC_BYTES // len(data)):
            answer = raw.call("Produce", 9, produce_request({(TOPIC, 0): data}))
            assert produce_outcomes(answer)[TOPIC, 0].code == NONE
    return TOPIC


def fetch(topic):
    return request_frame("Fetch", 11, fetch_request(topic, max_bytes=GIB, MaxBytes=GIB))


def skip_answer(source, into):
    """Reads one frame and forgets it; its size."""
    size, left = b"", 0
    while len(size) < 4:
        size += source.recv(4 - len(size))
    left = struct.unpack(">i", size)[0]
    while left > 0:
        left -= source.recv_into(into, min(left, len(into)))
    return struct.unpack(">i", size)[0]


def read_all(sources, topic):
    into, total = bytearray(MIB), 0
    while total < PASSED:
        for one in sources:
            one.sendall(fetch(topic))
        total += sum(skip_answer(one, into) for one in sources)


def test_a_gigabyte_passes_through(bkes, large, new_key):
    with contextlib.ExitStack() as open_ones:
        def connect():
            return open_ones.enter_context(Connection(bkes.host, bkes.port + 2)).socket

        deaf, readers = [connect() for _ in range(DEAF)], [connect() for _ in range(READERS)]
        events = open_ones.enter_context(EventTopic(bkes))
        key = new_key()
        assert events.append(key, b"v", 0).code == NONE
        before = bkes.resident_bytes()
        bkes.peak_bytes()
        for one in deaf:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            one.sendall(fetch(large))
        read_all(readers, large)
        # Those who don't read are owed all of it yet; others are served.
        for order in range(1, 20):
            assert events.append(key, b"v", order).code == NONE
        assert events.next_order(key) == 20
        assert bkes.peak_bytes() - before < HELD_MAX
        deaf[0].settimeout(30)
        assert skip_answer(deaf[0], bytearray(MIB)) > 32 * MIB
