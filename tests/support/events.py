"""Guarded topics seen with raw requests: append, read by key, and what stands in the log.

    events = EventTopic(bkes, "bkes")
    assert events.append(b"k", b"v", order=0).code == 0
    events.read(b"k")                    # through bkes, by key
    log_of(kafka, "bkes", partition=3)   # from the broker, past bkes
"""

import dataclasses
import string
import zlib

from record_batches import batch, read_headers, read_batches, record
from wire import Connection

NONE, UNKNOWN_TOPIC, NOT_LEADER, TIMED_OUT, TOO_LARGE = 0, 3, 6, 7, 10
INVALID_TOPIC, NOT_ENOUGH_REPLICAS, INVALID_ACKS, POLICY_VIOLATION = 17, 19, 21, 44
OUT_OF_ORDER_SEQUENCE, INVALID_RECORD = 45, 87


@dataclasses.dataclass
class Outcome:
    """The answer for one partition of a Produce."""

    code: int
    offset: int
    text: str | None
    record_errors: list  # (index, text)


def conflict(expected, got, partition, index=0):
    """The text of a conflict."""
    return (f"bkes: order conflict: expected={expected} got={got} partition={partition}"
            f" index={index}")


def event(key, value, order=None, headers=(), timestamp=None):
    """A record; `order` is a number, a text or None for no header."""
    if order is not None:
        headers = [*headers, ("order", str(order).encode())]
    return record(key, value, headers, timestamp)


def key_topic(topic, key):
    legal = (string.ascii_letters + string.digits + "_-").encode()
    return f"{topic}.key." + "".join(chr(one) if one in legal else f".{one:02X}" for one in key)


def produce_request(parts, acks=-1, timeout_ms=20000, transactional_id=None):
    """parts: {(topic, partition): batch}; a topic's partitions stand together."""
    topics = {}
    for (topic, partition), data in parts.items():
        topics.setdefault(topic, []).append({"Index": partition, "Records": data})
    return {"TransactionalId": transactional_id, "Acks": acks, "TimeoutMs": timeout_ms,
            "TopicData": [{"Name": topic, "PartitionData": data} for topic, data in topics.items()]}


def produce_outcomes(answer):
    """{(topic, partition): Outcome}"""
    found = {}
    for topic in answer["Responses"]:
        for one in topic["PartitionResponses"]:
            errors = [(bad["BatchIndex"], bad["BatchIndexErrorMessage"])
                      for bad in one.get("RecordErrors", ())]
            found[topic["Name"], one["Index"]] = Outcome(
                one["ErrorCode"], one["BaseOffset"], one.get("ErrorMessage"), errors)
    return found


def fetch_request(topic, partition=0, offset=0, max_wait_ms=0, max_bytes=8 << 20, **more):
    return {"MaxWaitMs": max_wait_ms, "MinBytes": 1, "Topics": [{"Topic": topic, "Partitions": [
        {"Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": max_bytes}]}]} | more


def fetched(answer):
    """The only partition of a Fetch answer."""
    return answer["Responses"][0]["Partitions"][0]


class EventTopic:
    """One connection to a port of bkes (the bootstrap port unless told otherwise), or `raw`."""

    def __init__(self, bkes, topic="bkes", partitions=5, port=None, timeout_s=30.0, raw=None):
        self.topic = topic
        self.partitions = partitions
        self.raw = raw or Connection(bkes.host, port or bkes.port, timeout_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.close()

    def partition_of(self, key):
        return zlib.crc32(key or b"") % self.partitions

    def append(self, key, value=b"v", order=None, headers=(), **more):
        return self.append_all([event(key, value, order, headers)], **more)

    def append_all(self, events, *, partition=None, acks=-1, version=9, timeout_ms=20000,
                   **batch_lies):
        """One batch, in the partition of its first key unless told otherwise."""
        if partition is None:
            partition = self.partition_of(events[0].key)
        return self.append_batch(batch(events, **batch_lies), partition, acks=acks, version=version,
                                 timeout_ms=timeout_ms)

    def append_batch(self, data, partition, *, acks=-1, version=9, timeout_ms=20000):
        request = produce_request({(self.topic, partition): data}, acks, timeout_ms)
        if acks == 0:
            self.raw.send("Produce", version, request, answered=False)
            return None
        answer = self.raw.call("Produce", version, request)
        return produce_outcomes(answer)[self.topic, partition]

    def read(self, key, offset=0):
        """All events of a key from its key topic. What can't be read yet (a transaction was open
        a moment ago, a partition catches up) is waited for, as any client does."""
        name = key_topic(self.topic, key)
        part = fetched(self.raw.call("Fetch", 11, fetch_request(
            name, offset=offset, max_wait_ms=5_000, MinBytes=0)))
        assert part["ErrorCode"] == 0, part
        found = read_batches(part["Records"])
        if found and found[-1].offset + 1 < part["HighWatermark"]:
            found += self.read(key, found[-1].offset + 1)
        return [one for one in found if one.offset >= offset]

    def values(self, key):
        return [one.value for one in self.read(key)]

    def next_order(self, key):
        answer = self.raw.call("ListOffsets", 5, {"Topics": [{
            "Name": key_topic(self.topic, key), "Partitions": [
                {"PartitionIndex": 0, "Timestamp": -1}]}]})
        part = answer["Topics"][0]["Partitions"][0]
        assert part["ErrorCode"] == 0, part
        return part["Offset"]


def log_of(kafka, topic, partition, *, isolation=0):
    """(events, end offset) of a real partition, read at its broker past bkes. Uncompressed only."""
    host, port = kafka.addresses[0]
    with Connection(host, port) as raw:
        found, offset = [], 0
        while True:
            part = fetched(raw.call("Fetch", 11, fetch_request(topic, partition, offset,
                                                               IsolationLevel=isolation)))
            assert part["ErrorCode"] == 0, part
            headers = [header for header, _, _ in read_headers(part["Records"])]
            if not headers:
                return [one for one in found if one.offset >= 0], part["HighWatermark"]
            found += [one for one in read_batches(part["Records"]) if one.offset >= offset]
            offset = headers[-1].base_offset + headers[-1].last_delta + 1


def end_of(kafka, topic, partition):
    host, port = kafka.addresses[0]
    with Connection(host, port) as raw:
        answer = raw.call("ListOffsets", 5, {"Topics": [{"Name": topic, "Partitions": [
            {"PartitionIndex": partition, "Timestamp": -1}]}]})
        return answer["Topics"][0]["Partitions"][0]["Offset"]
