"""What no client should send: one clear log line, that connection closed, nobody else disturbed.

Every test of this file ends with the same look at the rest: a connection that was there before is
still served, bkes lives, and its memory is where it was.
"""

import os
import random
import socket
import struct
import time

import pytest

from clients import eventually
from events import (INVALID_RECORD, NONE, TOO_LARGE, EventTopic, event, fetch_request, fetched,
                    key_topic, produce_outcomes, produce_request)
from record_batches import CODECS, batch, calc_crc32c, encode_record, record
from wire import Closed, Connection, request_frame

pytestmark = pytest.mark.plain_scene("hostile bytes of clients that don't log in")

MIB = 1 << 20
CORRUPT_MESSAGE = 2
# What a test may leave behind: pools of allocators, not buffers of connections.
MEMORY_LEFT_MAX = 48 * MIB


@pytest.fixture(autouse=True)
def others_do_not_notice(bkes, new_key):
    key = new_key()
    with EventTopic(bkes) as bystander:
        assert bystander.append(key, b"before", 0).code == NONE
        before = bkes.resident_bytes()
        yield
        assert bystander.append(key, b"after", 1).code == NONE
        assert bystander.values(key) == [b"before", b"after"]
        bystander.raw.call("Metadata", 12, {"Topics": None})
        eventually(lambda: bkes.resident_bytes() < before + MEMORY_LEFT_MAX,
                   what=f"{bkes.resident_bytes() - before} bytes more than before")


@pytest.fixture
def log_since(bkes):
    """The warnings and errors since the test began, eventually at least one."""
    start = len(bkes.log())

    def lines(port):
        def found():
            return [one for one in bkes.log()[start:].splitlines() if f"127.0.0.1:{port} " in one + " "
                    and ("warn" in one or "error" in one)]
        eventually(found, what=f"nothing was logged about the client at port {port}")
        return found()

    return lines


class Raw:
    """A socket, and the port by which the log names it."""

    def __init__(self, bkes, port=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(30)
        self.socket.connect((bkes.host, port or bkes.port))
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def assert_closed(self):
        try:
            assert self.socket.recv(1) == b""
        except ConnectionResetError:
            pass


def sized(data):
    return struct.pack(">i", len(data)) + data


METADATA = request_frame("Metadata", 12, {"Topics": []})
PRODUCE = request_frame("Produce", 9, produce_request({("bkes", 0): batch([event(b"k", b"v")])}))

REFUSED = {
    "negative size": (struct.pack(">i", -1), "malformed_request"),
    "smallest size": (struct.pack(">i", -2**31), "malformed_request"),
    "over the limit": (struct.pack(">i", 100 * MIB + 1), "frame_too_large"),
    "largest size": (struct.pack(">i", 2**31 - 1), "frame_too_large"),
    "http": (b"GET / HTTP/1.1\r\nHost: kafka\r\n\r\n", "frame_too_large"),
    "empty frame": (sized(b""), "malformed_request"),
    "half a header": (sized(b"\0\3\0"), "malformed_request"),
    "no client id": (sized(struct.pack(">hhi", 3, 1, 1)), "malformed_request"),
    "client id past the end": (sized(struct.pack(">hhih", 3, 1, 1, 1000)), "malformed_request"),
    "unknown api": (sized(struct.pack(">hhih", 999, 0, 1, -1)), "unsupported_request"),
    "negative api": (sized(struct.pack(">hhih", -5, 0, 1, -1)), "unsupported_request"),
    "api of brokers": (sized(struct.pack(">hhih", 4, 0, 1, -1)), "unsupported_request"),
    "version too new": (sized(struct.pack(">hhih", 3, 99, 1, -1)), "unsupported_request"),
    "negative version": (sized(struct.pack(">hhih", 3, -1, 1, -1)), "unsupported_request"),
    "produce by topic id": (sized(struct.pack(">hhih", 0, 13, 1, -1) + b"\0"), "unsupported_request"),
    "produce cut short": (sized(PRODUCE[4:-20]), "malformed_request"),
    "fetch of nothing": (request_frame("Fetch", 11, body=b"", values=None), "malformed_request"),
    "metadata with a lying count": (
        request_frame("Metadata", 1, body=struct.pack(">i", 2**31 - 1), values=None),
        "malformed_request"),
    "metadata with a lying compact count": (
        request_frame("Metadata", 12, body=b"\xff\xff\xff\xff\x0f", values=None),
        "malformed_request"),
    "metadata with an endless varint": (
        request_frame("Metadata", 12, body=b"\xff" * 30, values=None), "malformed_request"),
    "fetch by key of nothing": (
        request_frame("FetchByKey", 0, body=b"", values=None), "malformed_request"),
    "list keys with a lying length": (
        request_frame("ListKeys", 0, body=b"\xff\xff\xff\xff\x07abc", values=None),
        "malformed_request"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_frames(bkes, log_since, what):
    frame, cause = REFUSED[what]
    with Raw(bkes) as raw:
        raw.send(frame)
        raw.assert_closed()
        (line,) = log_since(raw.port)
    assert f"connection closed cause={cause} client=127.0.0.1:{raw.port}" in line
    assert "reason=" in line


def test_requests_before_a_bad_one_are_answered_or_the_connection_is_closed(bkes, log_since):
    with Raw(bkes) as raw:
        raw.send(METADATA * 3 + struct.pack(">i", -1))
        (line,) = log_since(raw.port)
    assert "malformed_request" in line


@pytest.mark.parametrize("version", [b"\x03\x01", b"\x03\x03"])
def test_tls_client_hello(bkes, log_since, version):
    hello = b"\x16" + version + struct.pack(">H", 200) + b"\x01\0\0\xc4" + version + os.urandom(194)
    with Raw(bkes) as raw:
        raw.send(hello)
        raw.assert_closed()
        (line,) = log_since(raw.port)
    assert "cause=tls_on_plain_port" in line and "security.protocol=PLAINTEXT" in line


def test_truncated_frames_wait_and_end_with_their_client(bkes):
    """A frame that never comes whole costs what has arrived of it, and nothing when it goes."""
    for frame in (METADATA, PRODUCE):
        for size in range(1, len(frame)):
            with Raw(bkes) as raw:
                raw.send(frame[:size])


def test_claimed_size_is_not_allocated(bkes):
    before = bkes.resident_bytes()
    waiting = [Raw(bkes) for _ in range(100)]
    for one in waiting:
        one.send(struct.pack(">i", 100 * MIB) + b"\0\0\0\x09" + b"x" * 1000)
    with EventTopic(bkes) as events:
        events.raw.call("Metadata", 12, {"Topics": []})
    assert bkes.resident_bytes() < before + 32 * MIB
    for one in waiting:
        one.socket.close()


def test_every_bit_of_a_request_flipped(bkes, new_key):
    """Answered or closed, never anything else; and never an event that nobody sent."""
    key = new_key("flipped")
    frames = [request_frame("Produce", 9, produce_request({("bkes", 1): batch([event(key, b"v", 5)])})),
              request_frame("Fetch", 11, fetch_request(key_topic("bkes", key))),
              request_frame("FetchByKey", 0, {"Topic": "bkes", "Keys": [
                  {"Key": key, "FromOrder": 0, "MinNextOrder": 0}]}),
              METADATA]
    choice = random.Random(20260101)
    for frame in frames:
        places = range(4 * 8, len(frame) * 8)
        for bit in choice.sample(places, min(len(places), 150)):
            flipped = bytearray(frame)
            flipped[bit // 8] ^= 0x80 >> bit % 8
            with Raw(bkes) as raw:
                raw.send(bytes(flipped))
                raw.socket.shutdown(socket.SHUT_WR)
                try:
                    while raw.socket.recv(65536):
                        pass
                except ConnectionResetError:
                    pass
    with EventTopic(bkes) as events:
        assert events.next_order(key) == 0


def test_random_bytes(bkes):
    choice = random.Random(20260102)
    for _ in range(200):
        with Raw(bkes, choice.choice([bkes.port, bkes.port + 2])) as raw:
            raw.send(sized(choice.randbytes(choice.randrange(200))) if choice.random() < 0.7
                     else choice.randbytes(300))
            raw.socket.shutdown(socket.SHUT_WR)
            try:
                while raw.socket.recv(65536):
                    pass
            except ConnectionResetError:
                pass


# Batches for a guarded topic


def batch_cases():
    one = [event(b"bad", b"v" * 100, 0)]
    good = batch(one)
    plain = encode_record(one[0], 0, one[0].timestamp)
    yield "crc", batch(one, crc=0), CORRUPT_MESSAGE
    yield "one bit", good[:-1] + bytes([good[-1] ^ 1]), CORRUPT_MESSAGE
    yield "length too large", batch(one, length=10_000), CORRUPT_MESSAGE
    yield "length too small", batch(one, length=49), None
    yield "negative length", batch(one, length=-5), CORRUPT_MESSAGE
    yield "cut short", good[:-3], CORRUPT_MESSAGE
    yield "header only", good[:40], CORRUPT_MESSAGE
    yield "more records than there are", batch(one, count=2, last_delta=1), CORRUPT_MESSAGE
    yield "fewer records than there are", batch(one * 2, count=1, last_delta=0), CORRUPT_MESSAGE
    yield "two billion records", batch(one, count=2**31 - 1, last_delta=2**31 - 2), None
    yield "negative count", batch(one, count=-1), None
    yield "record longer than the batch", batch(one, records=b"\xfe\xff\x0f" + plain[1:]), None
    yield "endless varint", batch(one, records=b"\xff" * 20), None
    yield "two batches", good + good, INVALID_RECORD
    yield "old format", batch(one, magic=1), None
    yield "format of the future", batch(one, magic=3), None
    for codec in CODECS:
        if codec != "none":
            yield f"no {codec}", batch(one, attributes=CODECS[codec], records=os.urandom(80)), None
            whole = batch([event(b"bad", os.urandom(2000), 0)], codec=codec)
            yield f"{codec} cut short", recut(whole, 30), None
    yield "unknown compression", batch(one, attributes=7), None
    yield "control batch", batch(one, attributes=0x20), INVALID_RECORD
    yield "time of the broker", batch(one, attributes=0x08), None


def recut(data, less):
    """The batch without its last bytes, its length and CRC right again."""
    body = data[21:-less]
    rest = data[12:17] + struct.pack(">I", calc_crc32c(body)) + body
    return data[:8] + struct.pack(">i", len(rest)) + rest


BATCHES = {name: (data, code) for name, data, code in batch_cases()}
# The words of a broker for a batch that it can't take.
REFUSALS = (CORRUPT_MESSAGE, TOO_LARGE, 32, 43, 76, INVALID_RECORD)


@pytest.mark.parametrize("what", BATCHES)
def test_bad_batches_are_refused_by_the_protocol(bkes, what):
    data, code = BATCHES[what]
    with EventTopic(bkes) as events:
        outcome = events.append_batch(data, 0)
        assert outcome.code in (REFUSALS if code is None else (code,)), outcome
        assert outcome.text and outcome.offset == -1
        # The connection is as good as before.
        assert events.next_order(b"bad") == 0


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_zip_bomb(bkes, codec):
    """64 MiB of zeros, against batch.bytes.max of 16 MiB."""
    before = bkes.resident_bytes()
    bomb = batch([event(b"bomb", bytes(64 * MIB), 0)], codec=codec)
    assert len(bomb) < 16 * MIB
    with EventTopic(bkes) as events:
        started = time.monotonic()
        for _ in range(3):
            outcome = events.append_batch(bomb, 0)
            assert outcome.code == TOO_LARGE and outcome.text
        assert time.monotonic() - started < 10
        assert events.next_order(b"bomb") == 0
    assert bkes.resident_bytes() < before + 100 * MIB


# Clients that cost


def test_client_that_stops_reading(bkes, new_topic):
    """Answers of megabytes are due, and it takes none: bkes stops reading it and keeps little."""
    plain = new_topic(partitions=1, config={"max.message.bytes": "1100000"})
    with Connection(bkes.host, bkes.port + 2) as raw:
        data = batch([record(None, os.urandom(MIB))])
        for _ in range(8):
            answer = raw.call("Produce", 9, produce_request({(plain, 0): data}))
            assert produce_outcomes(answer)[plain, 0].code == NONE
    with EventTopic(bkes) as events:
        data = batch([event(b"big", os.urandom(MIB - 1000))])
        for _ in range(8):
            assert events.append_batch(data, events.partition_of(b"big")).code == NONE
    before = bkes.resident_bytes()
    deaf = []
    for port, topic in ((bkes.port + 2, plain), (bkes.port, key_topic("bkes", b"big"))):
        fetch = request_frame("Fetch", 11, fetch_request(topic, max_bytes=8 * MIB))
        for _ in range(10):
            one = Raw(bkes, port, receive_buffer=65536)
            one.send(fetch * 20)
            deaf.append(one)
    with EventTopic(bkes) as events:
        for _ in range(20):
            part = fetched(events.raw.call("Fetch", 11, fetch_request(key_topic("bkes", b"big"))))
            assert part["HighWatermark"] == 8 and len(part["Records"]) > 7 * MIB
    # Each may hold its limit (4 MiB of answers) and one answer on top.
    assert bkes.resident_bytes() < before + 20 * 16 * MIB
    for one in deaf:
        one.socket.close()
    with Connection(bkes.host, bkes.port + 2) as raw:
        part = fetched(raw.call("Fetch", 11, fetch_request(plain)))
        assert part["ErrorCode"] == NONE and len(part["Records"]) >= MIB


def test_client_that_is_gone_while_its_requests_wait(bkes, new_key):
    """So many wait that bkes neither reads from the client nor writes to it."""
    def connections():
        return bkes.metrics()["bkes_connections",]

    def fetches():
        return bkes.metrics().get(("bkes_requests_total", "api=Fetch"), 0)

    others, taken = connections(), fetches()
    lost = Raw(bkes, bkes.port)
    wait = fetch_request(key_topic("bkes", new_key()), max_wait_ms=600_000)
    lost.send(request_frame("Fetch", 11, wait) * 2_000)
    eventually(lambda: fetches() >= taken + 900)
    assert connections() == others + 1
    lost.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    lost.socket.close()
    eventually(lambda: connections() == others)
    assert fetches() < taken + 2_000  # some waited until its end


def test_thousand_idle_connections(bkes, new_key):
    before = bkes.resident_bytes()
    idle = []
    for n in range(1000):
        idle.append(Raw(bkes, (bkes.port, bkes.port + 2)[n % 2]))
        if n % 4 == 0:
            idle[-1].send(METADATA)
    for one in idle[::4]:
        assert one.socket.recv(65536)
    key = new_key()
    with EventTopic(bkes) as events:
        for order in range(50):
            assert events.append(key, b"v", order).code == NONE
        assert events.next_order(key) == 50
    grown = bkes.resident_bytes() - before
    assert grown < 1000 * 16 * 1024, f"{grown / 1000:.0f} bytes for each connection"
    for one in idle:
        one.socket.close()


def test_too_many_connections(start_bkes, new_topic):
    bkes = start_bkes(topics=new_topic(), connections_max=20)
    open_ones = [Connection(bkes.host, bkes.port) for _ in range(20)]
    for one in open_ones:
        one.call("Metadata", 12, {"Topics": []})
    with Raw(bkes) as raw:
        raw.assert_closed()
        bkes.wait_for_log(f"cause=too_many_connections client=127.0.0.1:{raw.port} "
                          'reason="connections.max=20"')
    for one in open_ones:
        one.call("Metadata", 12, {"Topics": []})
    open_ones.pop().close()

    def served():
        try:
            with Connection(bkes.host, bkes.port) as another:
                return another.call("Metadata", 12, {"Topics": []})
        except Closed:
            return None
    eventually(served)
    for one in open_ones:
        one.close()
