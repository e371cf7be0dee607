"""Clients that ask for as much as the protocol lets them: what they get is bounded, and another
client's appends and reads go on meanwhile."""

import contextlib
import itertools
import time

import pytest

from bkes_process import BkesProcess
from clients import eventually
from events import NONE, EventTopic, event, fetch_request, fetched, key_topic, produce_request
from greedy import Greedy
from record_batches import batch, read_batches
from wire import Connection, request_frame

TOPIC = "greedy"
LONG = b"long"  # an aggregate of so many events
LONG_EVENTS = 200_000
KEYS = 30_000  # others, of one event each
PARTITIONS = 2
LARGEST_TIME = -3
INVALID_REQUEST = 42
UNKNOWN_TOPIC_ID = 100
ATTACK_S = 1.5
# An append and a read, on a machine that broker, bkes and eight greedy clients share. Requests that
# did all their work in one go kept others waiting for many seconds.
PATIENCE_S = 2.0
# The store's 128 MiB, and for each of eight connections 32 MiB of work and an answer of 8 MiB as
# what was read, as it is encoded, and as it is being sent; and what an allocator keeps of that.
MEMORY_MAX = 1000 << 20


@pytest.fixture(scope="module")
def bkes(kafka, tmp_path_factory):
    kafka.create_topic(TOPIC, partitions=PARTITIONS)
    host, port = kafka.addresses[0]
    with Connection(host, port) as raw:
        def write(partition, events):
            answer = raw.call("Produce", 9, produce_request({(TOPIC, partition): batch(events)}))
            assert answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"] == NONE

        long = [event(LONG, b"v" * 50) for _ in range(5_000)]
        for _ in range(0, LONG_EVENTS, len(long)):
            write(0, long)
        for first in range(0, KEYS, 5_000):
            write(1, [event(b"key-%06d" % n, b"v") for n in range(first, first + 5_000)])
    with BkesProcess(tmp_path_factory.mktemp("bkes"), kafka.bootstrap_servers,
                     {"topics": TOPIC, "log.level": "info"}) as process:
        process.wait_for_log("ready topic=")
        yield process


def frames(api, version, values, count=100):
    return [request_frame(api, version, values, number) for number in range(count)]


def list_offsets(entries, time=LARGEST_TIME, key=LONG):
    return {"ReplicaId": -1, "Topics": [{"Name": key_topic(TOPIC, key), "Partitions": [
        {"PartitionIndex": 0, "Timestamp": time} for _ in range(entries)]}]}


def fetch_by_key(keys, **of_each):
    return {"Topic": TOPIC, "MaxBytes": 1 << 30,
            "Keys": [{"Key": key, "MaxBytes": 1 << 30} | of_each for key in keys]}


DOORS = {
    "a time that has to be looked for": lambda: frames("ListOffsets", 5, list_offsets(1)),
    "one key a thousand times": lambda: frames("FetchByKey", 0, fetch_by_key([LONG] * 1_000)),
    "one key a thousand times, downwards": lambda: frames(
        "FetchByKey", 1, fetch_by_key([LONG] * 1_000, FromOrder=LONG_EVENTS, Direction=1)),
    "ten thousand keys": lambda: frames(
        "FetchByKey", 0, fetch_by_key([b"key-%06d" % n for n in range(10_000)]), 5),
    "all keys": lambda: frames("ListKeys", 0, {"Topic": TOPIC, "Limit": 10_000}),
    "a long aggregate": lambda: frames(
        "Fetch", 11, fetch_request(key_topic(TOPIC, LONG), max_bytes=1 << 30)),
    "more bytes than there are": lambda: frames("Fetch", 11, fetch_request(
        key_topic(TOPIC, LONG), offset=LONG_EVENTS - 10_000, max_wait_ms=2**31 - 1,
        max_bytes=1 << 30, MinBytes=2**31 - 1), 1_000),
}


@pytest.mark.parametrize("reads", [True, False], ids=["reading", "not reading"])
@pytest.mark.parametrize("door", DOORS)
def test_another_client_goes_on(bkes, new_key, door, reads):
    # Anew: of a client that is gone bkes may hear with its next answer only, and the bound is for eight.
    bkes.kill()
    bkes.start()
    bkes.wait_for_log("ready topic=")
    key, slowest = new_key(), 0.0
    with EventTopic(bkes, TOPIC, PARTITIONS) as events, \
            Greedy(bkes, DOORS[door](), reads=reads):
        end = time.monotonic() + ATTACK_S
        for order in itertools.count():
            began = time.monotonic()
            assert events.append(key, b"v", order).code == NONE
            assert events.next_order(key) == order + 1
            slowest = max(slowest, time.monotonic() - began)
            if began > end:
                break
    assert slowest < PATIENCE_S
    assert bkes.resident_bytes() < MEMORY_MAX
    assert bkes.is_alive()


def test_a_question_that_is_repeated_is_refused_as_by_a_broker(bkes):
    with Connection(bkes.host, bkes.port) as raw:
        answer = raw.call("ListOffsets", 5, list_offsets(20_000))
        codes = {one["ErrorCode"] for one in answer["Topics"][0]["Partitions"]}
        assert codes == {INVALID_REQUEST}
        (one,) = raw.call("ListOffsets", 5, list_offsets(1))["Topics"][0]["Partitions"]
        assert one["ErrorCode"] == NONE and 0 <= one["Offset"] < LONG_EVENTS


def test_too_many_keys_are_refused_by_name(bkes):
    with Connection(bkes.host, bkes.port) as raw:
        answer = raw.call("FetchByKey", 0, fetch_by_key([b"k"] * 10_001))
        assert answer["ErrorCode"] == INVALID_REQUEST and "10000 keys" in answer["ErrorMessage"]
        answer = raw.call("FetchByKey", 0, fetch_by_key([b"k" * (9 << 20)]))
        assert answer["ErrorCode"] == INVALID_REQUEST and "bytes" in answer["ErrorMessage"]
        assert raw.call("FetchByKey", 0, fetch_by_key([b"key-000001"]))["ErrorCode"] == NONE


def test_an_answer_is_bounded_and_the_rest_can_be_asked_for(bkes):
    with Connection(bkes.host, bkes.port) as raw:
        offset = count = 0
        while offset < LONG_EVENTS:
            part = fetched(raw.call("Fetch", 11, fetch_request(
                key_topic(TOPIC, LONG), offset=offset, max_bytes=1 << 30)))
            assert part["ErrorCode"] == NONE and len(part["Records"]) <= 8 << 20
            found = read_batches(part["Records"])
            assert [one.offset for one in found] == list(range(offset, offset + len(found)))
            offset, count = offset + len(found), count + 1
        assert count > 1
        (one,) = raw.call("FetchByKey", 0, fetch_by_key([LONG]))["Keys"]
        assert one["NextOrder"] == LONG_EVENTS and 0 < len(one["LogOffsets"]) < LONG_EVENTS


def test_an_answer_downwards_is_bounded_as_well(bkes):
    """Though it is read in many slices, its events are one run."""
    with Connection(bkes.host, bkes.port) as raw:
        end = LONG_EVENTS
        while end > 0:
            (one,) = raw.call("FetchByKey", 1, fetch_by_key(
                [LONG], FromOrder=end - 1, Direction=1))["Keys"]
            assert one["ErrorCode"] == NONE and len(one["Records"]) <= 8 << 20
            found = read_batches(one["Records"])
            assert [got.offset for got in found] == list(range(end - len(found), end))
            assert len(one["LogOffsets"]) == len(found)
            end -= len(found)


def test_one_that_waits_for_many_bytes_is_told_when_they_are_there(bkes, new_key):
    key = new_key()
    with EventTopic(bkes, TOPIC, PARTITIONS) as events, Connection(bkes.host, bkes.port) as raw:
        raw.send("Fetch", 11, fetch_request(key_topic(TOPIC, key), max_wait_ms=60_000,
                                            MinBytes=5_000))
        for order in range(10):
            raw.wait_read()
            assert events.append(key, b"v" * 1_000, order).code == NONE
        found = read_batches(fetched(raw.receive())["Records"])
        assert 4 <= len(found) <= 10


def test_waiting_ends_with_its_session(bkes):
    """Thousands of waiting requests leave nothing behind, however long they wanted to wait."""
    waiting = frames("Fetch", 11, fetch_request(
        key_topic(TOPIC, b"never"), max_wait_ms=2**31 - 1, MinBytes=1), 900)
    before, held = bkes.resident_bytes(), []
    for _ in range(10):
        with contextlib.ExitStack() as open_ones:
            for _ in range(20):
                one = open_ones.enter_context(Connection(bkes.host, bkes.port))
                one.socket.sendall(b"".join(waiting))
                one.wait_read()
            held.append(bkes.resident_bytes())
    # What an allocator keeps comes and goes; what stayed for good would be ten rounds.
    # At first it may come out of what those before have left.
    one_round = max(held[0] - before, 10 << 20)
    eventually(lambda: bkes.resident_bytes() <= before + 5 * one_round)


def test_many_names_at_once_push_no_ones_topic_id_out(bkes):
    """A client of Fetch 13 names its topic by an id that bkes has to remember."""
    with Connection(bkes.host, bkes.port) as raw, Connection(bkes.host, bkes.port) as flood:
        name = key_topic(TOPIC, LONG)
        (topic,) = raw.call("Metadata", 12, {"Topics": [{"Name": name}]})["Topics"]

        def by_id():
            answer = raw.call("Fetch", 13, {
                "MaxWaitMs": 0, "MinBytes": 1, "MaxBytes": 1 << 20, "SessionEpoch": -1, "Topics": [
                    {"TopicId": topic["TopicId"], "Partitions": [
                        {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1 << 16}]}]})
            return answer["Responses"][0]["Partitions"][0]["ErrorCode"]

        assert by_id() == NONE
        for first in range(0, 150_000, 50_000):
            flood.call("Metadata", 12, {"Topics": [
                {"Name": key_topic(TOPIC, b"flood-%d" % n)} for n in range(first, first + 50_000)]})
        assert by_id() == NONE


def test_a_read_takes_longer_than_a_proof_of_ownership_lasts(kafka, tmp_path):
    topic, key = "long-reads", b"k"
    kafka.create_topic(topic, partitions=1)
    host, port = kafka.addresses[0]
    with Connection(host, port) as raw:
        for _ in range(10):
            raw.call("Produce", 9, produce_request(
                {(topic, 0): batch([event(key, b"v") for _ in range(20_000)])}))
    with BkesProcess(tmp_path, kafka.bootstrap_servers,
                     {"topics": topic, "lease.ms": 10}) as bkes, \
            EventTopic(bkes, topic, 1) as events:
        bkes.wait_for_log("ready topic=")
        assert len(events.read(key)) == 200_000
        (one,) = events.raw.call("FetchByKey", 0, {
            "Topic": topic, "MaxBytes": 1 << 30,
            "Keys": [{"Key": key, "MaxBytes": 1 << 30}]})["Keys"]
        assert one["NextOrder"] == 200_000 and len(one["LogOffsets"]) > 100_000
        answer = events.raw.call("ListOffsets", 5, {"Topics": [{
            "Name": key_topic(topic, key),
            "Partitions": [{"PartitionIndex": 0, "Timestamp": 2**62}]}]})
        assert answer["Topics"][0]["Partitions"][0] == {
            "PartitionIndex": 0, "ErrorCode": NONE, "Timestamp": -1, "Offset": -1,
            "LeaderEpoch": -1}
