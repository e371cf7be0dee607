"""Bytes behind a request are ignored, as brokers do: librdkafka sends three of them behind Metadata
for all topics (librdkafka#5049), so list_topics() and a subscription by pattern depend on it."""

import pytest

import kafka_messages
from events import (NONE, EventTopic, event, fetch_request, fetched, key_topic, produce_outcomes,
                    produce_request)
from record_batches import batch, record
from wire import Closed, Connection, least, offered, request_frame

TAIL = b"\0\0\0"


class Tailed(Connection):
    """Sends three bytes more than each request has."""

    def send(self, api, version, values=None):
        correlation_id = self.next_id
        self.next_id += 1
        self.owed.append((correlation_id, api, version))
        body = kafka_messages.encode(api, "request", version, values or {}) + TAIL
        self.socket.sendall(request_frame(api, version, None, correlation_id, body=body))


def outcome(kind, bkes, api, version):
    try:
        with kind(bkes.host, bkes.port + 2) as raw:
            raw.call(api, version, least(api, version))
            return "answered"
    except Closed:
        return "closed"


def test_in_every_version_of_every_api(bkes):
    with Connection(bkes.host, bkes.port) as raw:
        requests = offered(raw)
    assert len(requests) > 200
    differences = [(api, version) for api, version in requests
                   if outcome(Tailed, bkes, api, version) != outcome(Connection, bkes, api, version)]
    assert differences == []


def real_requests(topic):
    """Requests with something in them, by what is decoded on the way."""
    group = {"GroupId": "tails", "MemberId": "", "GenerationIdOrMemberEpoch": -1}
    partition = {"PartitionIndex": 0}
    yield "Metadata", 12, {"Topics": None}
    yield "Metadata", 1, {"Topics": None}
    yield "Metadata", 12, {"Topics": [{"Name": topic}, {"Name": key_topic("bkes", b"k")}]}
    yield "Produce", 12, produce_request({(topic, 0): batch([record(b"k", b"v")])})
    yield "Produce", 12, produce_request({("bkes", 0): batch([event(b"tails", b"v", "any")])})
    yield "Fetch", 11, fetch_request(topic)
    yield "Fetch", 11, fetch_request(key_topic("bkes", b"k"))
    yield "ListOffsets", 7, {"ReplicaId": -1, "Topics": [
        {"Name": name, "Partitions": [partition | {"Timestamp": -1}]}
        for name in (topic, key_topic("bkes", b"k"))]}
    yield "OffsetCommit", 9, group | {"Topics": [{"Name": topic, "Partitions": [
        partition | {"CommittedOffset": 1}]}]}
    yield "OffsetFetch", 9, {"Groups": [{"GroupId": "tails", "Topics": [
        {"Name": topic, "PartitionIndexes": [0]}]}]}
    yield "CreateTopics", 7, {"Topics": [{"Name": topic, "NumPartitions": 1,
                                          "ReplicationFactor": 1}], "timeoutMs": 1000}
    yield "DeleteRecords", 2, {"Topics": [{"Name": topic, "Partitions": [
        partition | {"Offset": 0}]}], "TimeoutMs": 1000}
    yield "OffsetForLeaderEpoch", 4, {"Topics": [{"Topic": topic, "Partitions": [
        {"Partition": 0, "LeaderEpoch": 0}]}]}
    yield "DescribeTopicPartitions", 0, {"Topics": [{"Name": topic}]}
    yield "SaslHandshake", 1, {"Mechanism": "PLAIN"}
    yield "FetchByKey", 0, {"Topic": "bkes", "Keys": [{"Key": b"k"}]}
    yield "ListKeys", 0, {"Topic": "bkes"}
    yield "Forward", 0, {"Appends": [{"Topic": "bkes", "Records": b"x"}],
                         "Positions": [{"Topic": "bkes"}]}
    yield "FetchRestorePoint", 0, {}


def without(answer, *names):
    """The answer without what changes from one request to the next."""
    if isinstance(answer, dict):
        return {name: without(one, *names) for name, one in answer.items() if name not in names}
    if isinstance(answer, list):
        return [without(one, *names) for one in answer]
    return answer


def test_real_requests_get_the_same_answer(bkes, new_topic):
    topic = new_topic(partitions=1)
    with EventTopic(bkes) as events:
        assert events.append(b"k", b"v", 0).code == NONE
    for api, version, values in real_requests(topic):
        # Key topics and bkes' own requests are at home on the bootstrap port.
        with Connection(bkes.host, bkes.port) as plain, Tailed(bkes.host, bkes.port) as tailed:
            answers = [without(raw.call(api, version, values), "BaseOffset", "HighWatermark",
                               "LastStableOffset", "Records", "Offset", "CommittedOffset",
                               "NextOrder", "LastLogOffset", "LastTimestamp")
                       for raw in (plain, tailed)]
        assert answers[0] == answers[1], (api, version)


def test_an_append_with_bytes_behind_it_is_written_once(bkes, new_key):
    key = new_key()
    with EventTopic(bkes) as events, Tailed(bkes.host, bkes.port) as raw:
        place = "bkes", events.partition_of(key)
        answer = raw.call("Produce", 9, produce_request({place: batch([event(key, b"v", 0)])}))
        assert produce_outcomes(answer)[place].code == NONE
        part = fetched(raw.call("Fetch", 11, fetch_request(key_topic("bkes", key))))
        assert part["HighWatermark"] == 1
        assert events.values(key) == [b"v"]


@pytest.mark.parametrize("version", kafka_messages.valid_versions("Metadata"))
def test_all_topics_as_librdkafka_asks_for_them(bkes, new_topic, version):
    topic = new_topic(partitions=1)
    with Tailed(bkes.host, bkes.port) as raw:
        answer = raw.call("Metadata", version, {"Topics": None if version else []})
    assert topic in {one["Name"] for one in answer["Topics"]}
