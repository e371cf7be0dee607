"""Requests that name topics, made from Kafka's own definitions: of every API that can, in every
version, with two topics wherever one can be named (tests/golden/topic_fields.py knows where).

    for named in variants("DeleteTopics", 6, topics):    # by name, and by id
        request = request_naming("DeleteTopics", 6, named)

A topic is {"string": its name, "uuid": its id}: after the types of Kafka's fields."""

import pathlib
import sys
import uuid

import kafka_messages
from kafka_node import libs_dir
from record_batches import batch, record

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
from schema_diff import names_topic, read_definitions  # noqa: E402
from topic_fields import BY_TYPE, EXCEPTIONS, walk  # noqa: E402

GROUP, SHARE_GROUP, TOPIC_RESOURCE = "names", "shares", 2

REQUESTS = {one["name"].removesuffix("Request"): one for one in read_definitions(str(libs_dir()))
            if one["type"] == "request" and "broker" in one["listeners"]}


def is_topic(path, field):
    return names_topic(field) or EXCEPTIONS.get(path) == BY_TYPE


def topic_fields(api, version):
    """Paths of the fields that name a topic in this version."""
    definition = REQUESTS[api]
    structs = {one["name"]: one["fields"] for one in definition.get("commonStructs", ())}
    fields = walk(definition["fields"], (version, version), structs, api)
    return {path: field for path, field in fields if is_topic(path, field)}


APIS = [api for api in REQUESTS
        if any(topic_fields(api, version) for version in kafka_messages.valid_versions(api))]


class _Naming:
    """A request of all defaults, but with the two topics wherever one can be named."""

    def __init__(self, api, version, topics):
        self.api, self.version, self.topics = api, version, topics
        self.paths = topic_fields(api, version)
        definition = REQUESTS[api]
        self.commons = {one["name"]: one["fields"] for one in definition.get("commonStructs", ())}

    def request(self):
        return self.struct(REQUESTS[self.api]["fields"], self.api, None)

    def struct(self, fields, path, topic):
        """`topic`: the struct is one of this topic."""
        values = {}
        for field in fields:
            here = f"{path}.{field['name']}"
            if kafka_messages.is_in(field, self.version):
                self.add(values, field, here, topic)
        return values

    def add(self, values, field, here, topic):
        kind = field["type"].removeprefix("[]")
        inner = field.get("fields") or self.commons.get(kind)
        if here in self.paths:
            given = [one[kind] for one in ([topic] if topic else self.topics)]
            if field["type"] == "[]string":
                given = [one["string"] for one in self.topics]
            if None not in given:
                values[field["name"]] = given if field["type"].startswith("[]") else given[-1]
            elif kind == "string" and "nullableVersions" in field:
                values[field["name"]] = None
        elif inner and any(path.startswith(here + ".") for path in self.paths):
            is_named_here = any(f"{here}.{one['name']}" in self.paths for one in inner)
            each = self.topics if is_named_here and topic is None else [topic]
            made = [self.struct(inner, here, one) for one in each]
            values[field["name"]] = made if field["type"].startswith("[]") else made[-1]
        elif topic and field["name"].startswith("Partition") and field["type"].startswith("[]"):
            values[field["name"]] = [self.struct(inner, here, topic) if inner else 0]
        elif here.endswith(".ResourceType"):
            values[field["name"]] = TOPIC_RESOURCE


def with_records(request):
    request |= {"Acks": -1, "TimeoutMs": 20000}
    for topic in request["TopicData"]:
        for part in topic["PartitionData"]:
            part["Records"] = batch([record(b"k", b"v")])


def with_partitions(request):
    for topic in request["Topics"]:
        topic |= {"Count": 9, "Assignments": None}
    request |= {"TimeoutMs": 20000, "ValidateOnly": True}


def with_sizes(request):
    for topic in request["Topics"]:
        topic |= {"NumPartitions": 1, "ReplicationFactor": 1}


def in_groups(name):
    def adjust(request):
        if "Groups" in request:
            request["Groups"] = [one | {"GroupId": name} for one in request["Groups"]]
        else:
            request["GroupId"] = name
    return adjust


FETCHED = {"MaxWaitMs": 100, "MaxBytes": 1000, "MaxRecords": 10, "BatchSize": 10}


def in_session(request):
    request |= {"GroupId": SHARE_GROUP, "MemberId": str(uuid.uuid4())}
    if "ForgottenTopicsData" in request:
        request |= FETCHED
        return
    for topic in request["Topics"]:
        for part in topic["Partitions"]:
            part["AcknowledgementBatches"] = [
                {"FirstOffset": 0, "LastOffset": 0, "AcknowledgeTypes": [1]}]


def as_member(request):
    request |= {"GroupId": "members", "MemberId": str(uuid.uuid4())}


def in_transaction(request):
    if "Transactions" in request:
        request["Transactions"][0]["TransactionalId"] = "t"
    else:
        request["V3AndBelowTransactionalId"] = "t"


# What a request needs besides, to be one that a broker works on.
_ADJUST = {
    "Produce": with_records,
    "Fetch": lambda request: request.update({"MaxWaitMs": 100, "MinBytes": 1}),
    "CreateTopics": with_sizes,
    "CreatePartitions": with_partitions,
    "DeleteRecords": lambda request: request.update({"TimeoutMs": 20000}),
    "OffsetCommit": in_groups(GROUP),
    "OffsetFetch": in_groups(GROUP),
    "OffsetDelete": in_groups(GROUP),
    "TxnOffsetCommit": lambda request: request.update({"GroupId": GROUP, "TransactionalId": "t"}),
    "AddPartitionsToTxn": in_transaction,
    "AlterReplicaLogDirs": lambda request: request["Dirs"][0].update({"Path": "/nowhere"}),
    "AlterConfigs": lambda request: request.update({"ValidateOnly": True}),
    "IncrementalAlterConfigs": lambda request: request.update({"ValidateOnly": True}),
    "DescribeTopicPartitions": lambda request: request.pop("Cursor"),
    "DescribeShareGroupOffsets": in_groups(SHARE_GROUP),
    "AlterShareGroupOffsets": in_groups(SHARE_GROUP),
    "DeleteShareGroupOffsets": in_groups(SHARE_GROUP),
    "ShareFetch": in_session,
    "ShareAcknowledge": in_session,
    "ConsumerGroupHeartbeat": as_member,
    "ShareGroupHeartbeat": as_member,
    "StreamsGroupHeartbeat": as_member,
}


def request_naming(api, version, topics):
    """What else it needs, to be one that a broker works on, is in it."""
    request = _Naming(api, version, topics).request()
    _ADJUST.get(api, lambda _: None)(request)
    return request


def variants(api, version, topics):
    """Both topics by name, by id, or by each, as the version has it."""
    kinds = {field["type"].removeprefix("[]") for field in topic_fields(api, version).values()}
    if api == "Metadata" and version < 12:  # brokers refuse ids there
        kinds.discard("uuid")
    for kind in sorted(kinds):
        yield [{"string": None, "uuid": None} | {kind: one[kind]} for one in topics]


# Answers

NAMES = ("Name", "Topic", "TopicName", "ResourceName", "TopicId")


def parts_of(answer, topic):
    """All structs of an answer that are of this topic."""
    if isinstance(answer, dict):
        if any(answer.get(name) in (topic["string"], topic["uuid"])
               for name in NAMES if answer.get(name) is not None):
            yield answer
        answer = answer.values()
    elif not isinstance(answer, list):
        return
    for one in answer:
        yield from parts_of(one, topic)


def codes_in(part):
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("ErrorCode", "PartitionErrorCode", "AcknowledgeErrorCode"):
                yield value
            else:
                yield from codes_in(value)
    elif isinstance(part, list):
        for one in part:
            yield from codes_in(one)
