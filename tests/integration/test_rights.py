"""What clients may do through bkes is what the brokers' ACLs say, asked as the client itself."""

import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

import kafka_messages
from bkes_process import logged_in_bkes
from clients import eventually, kcat, rdkafka_poll
from events import (NONE, EventTopic, event, fetch_request, fetched, key_topic, log_of,
                    produce_outcomes, produce_request)
from group_offsets import commit_offsets, committed_offsets
from kafka_cluster import KafkaCluster
from kafka_security import Security, allow, allow_bkes, withdraw
from record_batches import batch, read_batches
from wire import Closed, Connection, offered

pytestmark = pytest.mark.plain_scene("has accounts of its own")

FORBIDDEN, GROUP_FORBIDDEN = 29, 30
TOPIC = "bkes"
MARKER = b"what-nobody-may-see"
USERS = {name: name + "-secret" for name in
         ("bkes", "writer", "reader", "nobody", "other", "clerk", "auditor")}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    security = Security(users=USERS)
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), security=security) as cluster:
        for name in (TOPIC, "by-key"):
            cluster.create_topic(name, partitions=2)
            allow_bkes(cluster, name)
        allow(cluster, "writer", ["WRITE"], "topic", TOPIC)
        allow(cluster, "reader", ["READ"], "topic", TOPIC)
        allow(cluster, "reader", ["READ"], "group", "rights")
        yield cluster


@pytest.fixture(scope="module")
def bkes(cluster, tmp_path_factory):
    with logged_in_bkes(cluster, tmp_path_factory.mktemp("bkes"), TOPIC, authorize_cache_ms=200) as process:
        yield process


@pytest.fixture(scope="module")
def by_key(cluster, tmp_path_factory):
    with logged_in_bkes(cluster, tmp_path_factory.mktemp("by-key"), "by-key", authorize="keys",
                        authorize_cache_ms=0) as process:
        yield process


def connect(bkes, user, port=None):
    raw = Connection(bkes.host, port or bkes.port)
    answer = raw.login(user, USERS[user])
    assert answer["ErrorCode"] == 0, answer
    return raw


def events_as(bkes, user, topic=TOPIC):
    events = EventTopic(bkes, topic, partitions=2)
    assert events.raw.login(user, USERS[user])["ErrorCode"] == 0
    return events


@pytest.fixture(scope="module")
def aggregate(bkes):
    """(key, id of its key topic) of an aggregate full of markers."""
    with events_as(bkes, "writer") as events:
        for order in range(3):
            sent = event(b"secret", MARKER, order, [("note", MARKER)])
            assert events.append_all([sent]).code == NONE
        name = key_topic(TOPIC, b"secret")
        answer = events.raw.call("Metadata", 12, {"Topics": [{"Name": name}]})
        return b"secret", answer["Topics"][0]["TopicId"]


def fetch_by_key(raw, keys, topic=TOPIC, **more):
    asked = [one if isinstance(one, dict) else {"Key": one} for one in keys]
    return raw.call("FetchByKey", 0, {"Topic": topic, "Keys": asked} | more)["Keys"]


# What each may do


def commit(raw, group, topic, order):
    """The code of a commit for a key topic."""
    (code,) = commit_offsets(raw, 9, group, {(topic, 0): order})[topic]
    return code


def committed(raw, group, topic):
    """(code, offset) that the client is told."""
    code, offsets = committed_offsets(raw, 8, group, topic)
    return code, list(offsets.values())


def test_who_may_read_and_use_the_group_may_commit(bkes, cluster, aggregate):
    """The rights to a group are the brokers' to know, for key topics too."""
    allow(cluster, "writer", ["READ"], "group", "writers")
    name = key_topic(TOPIC, aggregate[0])
    with connect(bkes, "reader") as reader, connect(bkes, "writer") as writer, \
            connect(bkes, "nobody") as nobody:
        assert commit(reader, "rights", name, 2) == NONE
        assert committed(reader, "rights", name) == (NONE, [2])
        for other in (writer, nobody):
            assert commit(other, "rights", name, 3) == GROUP_FORBIDDEN
            assert committed(other, "rights", name) == (GROUP_FORBIDDEN, [])
        assert commit(reader, "others", name, 3) == GROUP_FORBIDDEN
        assert commit(writer, "writers", name, 3) == FORBIDDEN
        assert committed(reader, "rights", name) == (NONE, [2])
    with connect(bkes, "writer") as writer:
        assert committed(writer, "writers", name) == (NONE, [0])


def test_who_may_write_may_append_and_not_read(bkes, aggregate, new_key):
    key = new_key()
    with events_as(bkes, "writer") as events:
        assert events.append(key, b"v", 0).code == NONE
        refused = events.append(key, b"v", 0)
        assert refused.text.startswith("bkes: order conflict"), refused
        (one,) = fetch_by_key(events.raw, [aggregate[0]])
        assert (one["ErrorCode"], one["NextOrder"], one["Partition"]) == (FORBIDDEN, -1, -1)
        assert events.raw.call("ListKeys", 0, {"Topic": TOPIC})["ErrorCode"] == FORBIDDEN
        assert events.next_order(key) == 1  # WRITE implies DESCRIBE, as everywhere in Kafka
        part = fetched(events.raw.call("Fetch", 11, fetch_request(key_topic(TOPIC, key))))
        assert (part["ErrorCode"], part["HighWatermark"]) == (FORBIDDEN, -1)


def test_who_may_read_reads_and_may_not_append(bkes, cluster, aggregate, new_key):
    key = new_key()
    with events_as(bkes, "reader") as events:
        assert events.values(aggregate[0]) == [MARKER] * 3
        (one,) = fetch_by_key(events.raw, [aggregate[0]])
        assert one["NextOrder"] == 3
        before = [log_of(cluster, TOPIC, partition)[1] for partition in range(2)]
        for order in (0, "any", 7):
            refused = events.append(key, b"v", order)
            assert (refused.code, refused.offset) == (FORBIDDEN, -1)
            assert refused.text == f'bkes: no right to WRITE topic "{TOPIC}"'
        assert [log_of(cluster, TOPIC, partition)[1] for partition in range(2)] == before
        # Nothing is told of an order that would be right or wrong.
        assert events.append(aggregate[0], b"v", 0).text == events.append(aggregate[0], b"v", 3).text
        # A batch with acks=0 can't be refused but by the end of the connection.
        events.append(key, b"v", "any", acks=0)
        events.raw.wait_closed()


def test_a_request_to_two_topics_is_refused_for_one(bkes, cluster, new_key):
    cluster.create_topic("plain", partitions=1)
    allow(cluster, "reader", ["WRITE"], "topic", "plain")
    with connect(bkes, "reader", bkes.port + 2) as raw:
        answer = produce_outcomes(raw.call("Produce", 9, produce_request({
            ("plain", 0): batch([event(b"k", b"v")]),
            (TOPIC, 0): batch([event(new_key(), b"v", 0)])})))
    assert answer["plain", 0].code == NONE and answer[TOPIC, 0].code == FORBIDDEN


def test_metadata_tells_what_one_may_do(bkes, aggregate):
    name = key_topic(TOPIC, aggregate[0])
    asked = {"Topics": [{"Name": name}], "IncludeTopicAuthorizedOperations": True}
    for user, operations in (("reader", 0x108), ("writer", 0x100)):
        with connect(bkes, user) as raw:
            topic = raw.call("Metadata", 12, asked)["Topics"][0]
            assert (topic["ErrorCode"], topic["TopicAuthorizedOperations"]) == (NONE, operations)
            assert len(topic["Partitions"]) == 1
    with connect(bkes, "nobody") as raw:
        topic = raw.call("Metadata", 12, asked)["Topics"][0]
        assert (topic["ErrorCode"], topic["Name"], topic["Partitions"]) == (FORBIDDEN, name, [])
        assert topic["TopicId"].int == 0
        topic = raw.call("Metadata", 12, {"Topics": [{"TopicId": aggregate[1], "Name": None}]})[
            "Topics"][0]
        assert (topic["ErrorCode"], topic["Name"], topic["TopicId"]) == (
            FORBIDDEN, None, aggregate[1])


# Every door


class Filled:
    """A request of any API in any version, with something in each of its fields."""

    def __init__(self, names, ids):
        self.names = names
        self.ids = ids

    def request(self, api, version):
        definition = kafka_messages._definitions()[api + "Request"]
        commons = {one["name"]: one["fields"] for one in definition.get("commonStructs", ())}
        return self._struct(definition["fields"], version, commons)

    def _struct(self, fields, version, commons, turn=0):
        return {one["name"]: self._value(one, one["type"], version, commons, turn)
                for one in fields if kafka_messages.is_in(one, version)
                and not kafka_messages._holds(one.get("taggedVersions"), version)}

    def _value(self, field, kind, version, commons, turn):
        if kind.startswith("[]"):
            return [self._value(field, kind[2:], version, commons, n)
                    for n in range(len(self.names))]
        if kind == "string":
            is_topic = field.get("entityType") == "topicName" or field["name"] in (
                "Topic", "TopicName", "ResourceName")
            return self.names[turn] if is_topic else "rights"
        if kind == "uuid":
            return self.ids[turn]
        if kind == "records":
            return batch([event(b"secret", b"v", 3)])
        if kind == "bytes":
            return b"secret" if field["name"] in ("Key", "Prefix") else b""
        if kind == "bool":
            return field["name"] in ("IncludeTopicAuthorizedOperations",)
        if kind in kafka_messages._FIXED:
            known = {"Acks": -1, "MaxBytes": 1 << 20, "PartitionMaxBytes": 1 << 20, "Limit": 100,
                     "TimeoutMs": 100, "timeoutMs": 100, "ReplicaId": -1, "SessionEpoch": -1,
                     "CurrentLeaderEpoch": -1, "ResourceType": 2, "BatchSize": 10}
            return known.get(field["name"], 0)
        return self._struct(field.get("fields") or commons[kind], version, commons, turn)


def told(bkes, user, filled, api, version, port):
    """Every byte that comes back for one request."""
    with connect(bkes, user, port) as raw:
        try:
            raw.send(api, version, filled.request(api, version))
            return raw.receive_frame()
        except Closed:
            return b""
        except ValueError as unable:
            raise AssertionError(f"{api} v{version}: {unable}")


def test_no_door_is_open_to_who_has_no_rights(bkes, cluster, aggregate):
    key, topic_id = aggregate
    name = key_topic(TOPIC, key)
    with connect(bkes, "writer") as raw:
        guarded_id = raw.call("Metadata", 12, {"Topics": [{"Name": TOPIC}]})["Topics"][0]["TopicId"]
        requests = [one for one in offered(raw)
                    if one[0] not in ("SaslHandshake", "SaslAuthenticate")]
    assert len(requests) > 200
    ends = [log_of(cluster, TOPIC, partition)[1] for partition in range(2)]
    seen_by = {"nobody": set(), "reader": set()}
    for names, ids in (([name], [topic_id]), ([TOPIC], [guarded_id])):
        filled = Filled(names, ids)
        for api, version in requests:
            for user, doors in seen_by.items():
                if user == "reader" and api not in ("Fetch", "FetchByKey", "ListKeys"):
                    continue
                # Key topics are at home on the bootstrap port.
                port = bkes.port if names == [name] else bkes.port + 2
                if MARKER in told(bkes, user, filled, api, version, port):
                    doors.add(api)
    assert seen_by == {"nobody": set(), "reader": {"Fetch", "FetchByKey"}}
    assert [log_of(cluster, TOPIC, partition)[1] for partition in range(2)] == ends
    with events_as(bkes, "reader") as events:
        assert events.next_order(key) == 3


def test_29_does_not_tell_whether_there_is_an_aggregate(bkes, aggregate, new_key):
    answers = []
    for key in (aggregate[0], new_key()):
        name = key_topic(TOPIC, key)
        with connect(bkes, "nobody") as raw:
            offsets = raw.call("ListOffsets", 5, {"Topics": [{"Name": name, "Partitions": [
                {"PartitionIndex": 0, "Timestamp": time} for time in (-1,)]}]})
            part = offsets["Topics"][0]["Partitions"][0]
            (one,) = fetch_by_key(raw, [key])
            answers.append((part, fetched(raw.call("Fetch", 11, fetch_request(name, offset=1))),
                            {k: v for k, v in one.items() if k != "Key"}))
    assert answers[0] == answers[1]
    assert answers[0][0]["ErrorCode"] == answers[0][1]["ErrorCode"] == FORBIDDEN


# Before and during a login


def test_nothing_is_told_before_a_login(bkes, cluster, aggregate):
    before = [log_of(cluster, TOPIC, partition)[1] for partition in range(2)]
    requests = [
        ("FetchByKey", 0, {"Topic": TOPIC, "Keys": [{"Key": aggregate[0]}]}),
        ("ListKeys", 0, {"Topic": TOPIC}),
        ("Fetch", 11, fetch_request(key_topic(TOPIC, aggregate[0]))),
        ("Produce", 9, produce_request({(TOPIC, 0): batch([event(b"x", b"v", "any")])})),
        ("Metadata", 12, {"Topics": [{"Name": key_topic(TOPIC, aggregate[0])}]})]
    for request in requests:
        with Connection(bkes.host, bkes.port) as raw:
            raw.send(*request)
            assert raw.wait_closed() == b"", request
        # In the midst of one, and behind one that fails.
        with Connection(bkes.host, bkes.port) as raw:
            assert raw.call("SaslHandshake", 1, {"Mechanism": "SCRAM-SHA-256"})["ErrorCode"] == 0
            raw.send(*request)
            assert raw.wait_closed() == b"", request
        with Connection(bkes.host, bkes.port) as raw:
            raw.send("SaslHandshake", 1, {"Mechanism": "PLAIN"})
            raw.send("SaslAuthenticate", 2, {"AuthBytes": b"\0writer\0wrong"})
            raw.send(*request)
            assert raw.receive()["ErrorCode"] == 0
            assert raw.receive()["ErrorCode"] == 58
            assert raw.wait_closed() == b"", request
    assert [log_of(cluster, TOPIC, partition)[1] for partition in range(2)] == before


def test_requests_sent_together_with_a_login(bkes, aggregate):
    """Java sends nothing ahead, but nothing forbids it."""
    with Connection(bkes.host, bkes.port) as raw:
        raw.send("SaslHandshake", 1, {"Mechanism": "PLAIN"})
        raw.send("SaslAuthenticate", 2, {"AuthBytes": b"\0reader\0" + USERS["reader"].encode()})
        raw.send("FetchByKey", 0, {"Topic": TOPIC, "Keys": [{"Key": aggregate[0]}]})
        raw.send("Metadata", 12, {"Topics": [{"Name": key_topic(TOPIC, aggregate[0])}]})
        assert [raw.receive()["ErrorCode"] for _ in range(2)] == [0, 0]
        assert raw.receive()["Keys"][0]["NextOrder"] == 3
        assert raw.receive()["Topics"][0]["ErrorCode"] == 0


# Rights that change


def test_a_right_ends_and_comes_back(bkes, cluster, new_key):
    key = new_key()
    allow(cluster, "other", ["WRITE", "READ"], "topic", TOPIC)
    with events_as(bkes, "other") as events:
        assert events.append(key, b"v", 0).code == NONE
        withdraw(cluster, "other", "topic", TOPIC)
        eventually(lambda: events.append(key, b"v", 0).code == FORBIDDEN)
        assert fetch_by_key(events.raw, [key])[0]["ErrorCode"] == FORBIDDEN
        allow(cluster, "other", ["WRITE", "READ"], "topic", TOPIC)
        eventually(lambda: events.append(key, b"v", 1).code == NONE)
        withdraw(cluster, "other", "topic", TOPIC)


@pytest.mark.parametrize("api", ["Fetch", "FetchByKey"])
def test_a_right_that_ends_while_a_long_poll_waits(bkes, cluster, new_key, api):
    key = new_key()
    allow(cluster, "other", ["READ"], "topic", TOPIC)
    with events_as(bkes, "writer") as writer, connect(bkes, "other") as raw:
        if api == "Fetch":
            raw.send("Fetch", 11, fetch_request(key_topic(TOPIC, key), max_wait_ms=20_000))
        else:
            raw.send("FetchByKey", 0, {"Topic": TOPIC, "MaxWaitMs": 20_000, "Keys": [
                {"Key": key, "MinNextOrder": 1}]})
        raw.wait_read()
        withdraw(cluster, "other", "topic", TOPIC)
        time.sleep(0.3)  # authorize.cache.ms, and a little more
        assert writer.append(key, MARKER, 0).code == NONE
        frame = raw.receive_frame()
        assert MARKER not in frame
        start_of_body = 4 if api == "Fetch" else 5
        answer = kafka_messages.decode(api, "response", 11 if api == "Fetch" else 0,
                                       frame[start_of_body:])
        code = fetched(answer) if api == "Fetch" else answer["Keys"][0]
        assert code["ErrorCode"] == FORBIDDEN


# Rights to keys


@pytest.fixture(scope="module")
def clerk(cluster, by_key):
    """clerk may append and read customers, auditor may read all and append nothing."""
    allow(cluster, "clerk", ["WRITE", "READ"], "topic", "by-key.key.customer-", prefixed=True)
    allow(cluster, "clerk", ["READ"], "topic", "by-key.key.customer-7", deny=True)
    allow(cluster, "auditor", ["READ"], "topic", "by-key.key.", prefixed=True)
    allow(cluster, "other", ["WRITE"], "topic", "by-key.key.", prefixed=True)
    with events_as(by_key, "other", "by-key") as events:
        for n in range(10):
            assert events.append(b"customer-%d" % n, MARKER, 0).code == NONE
            assert events.append(b"account-%d" % n, MARKER, 0).code == NONE


def test_rights_to_some_keys(by_key, clerk):
    with events_as(by_key, "clerk", "by-key") as events:
        assert events.append(b"customer-1", b"v", 1).code == NONE
        assert events.append(b"account-1", b"v", 1).code == FORBIDDEN
        assert events.append(b"", b"v", 0).code == FORBIDDEN
        assert events.append(None, b"v", "any").code == FORBIDDEN
        # A batch is accepted or refused as a whole.
        partition = events.partition_of(b"customer-2")
        other = next(b"account-%d" % n for n in range(10, 99)
                     if events.partition_of(b"account-%d" % n) == partition)
        refused = events.append_all([event(b"customer-2", b"v", 1), event(other, b"v", 0)],
                                    partition=partition)
        assert refused.code == FORBIDDEN and other.decode() in refused.text
        allowed, unseen, forbidden, denied = fetch_by_key(
            events.raw, [b"customer-2", b"customer-x", b"account-1", b"customer-7"], "by-key")
        assert (allowed["ErrorCode"], allowed["NextOrder"]) == (NONE, 1)
        assert (unseen["ErrorCode"], unseen["NextOrder"]) == (NONE, 0)
        for one in (forbidden, denied):
            assert (one["ErrorCode"], one["NextOrder"], one["Records"] or b"") == (FORBIDDEN, -1, b"")
        # Past bkes there is no way: the topic itself is none of theirs.
        answer = produce_outcomes(events.raw.call("Produce", 9, produce_request(
            {(key_topic("by-key", b"customer-1"), 0): batch([event(b"customer-1", b"v")])})))
        assert all(one.code != NONE for one in answer.values())
        part = fetched(events.raw.call("Fetch", 11, fetch_request("by-key", 0)))
        assert part["ErrorCode"] == FORBIDDEN


def listed(raw, **more):
    keys, after = [], None
    while True:
        page = raw.call("ListKeys", 0, {"Topic": "by-key", "After": after} | more)
        assert page["ErrorCode"] == NONE, page
        if not page["Keys"]:
            return keys
        keys += [one["Key"] for one in page["Keys"]]
        after = keys[-1]


def test_keys_are_listed_as_far_as_they_may_be_read(by_key, clerk):
    customers = sorted(b"customer-%d" % n for n in range(10))
    accounts = sorted(b"account-%d" % n for n in range(10))
    for limit in (1, 3, 1000):
        with connect(by_key, "clerk") as raw:
            assert listed(raw, Limit=limit) == [key for key in customers if key != b"customer-7"]
            assert listed(raw, Limit=limit, Prefix=b"account") == []
        with connect(by_key, "auditor") as raw:
            assert listed(raw, Limit=limit) == accounts + customers
        with connect(by_key, "nobody") as raw:
            assert listed(raw, Limit=limit) == []


def test_a_key_whose_name_is_too_long_for_a_topic(by_key, clerk):
    key = b"customer-" + b"x" * 1000
    with events_as(by_key, "clerk", "by-key") as events:
        assert events.append(key, b"v", 0).code == NONE
        (one,) = fetch_by_key(events.raw, [key], "by-key")
        assert (one["ErrorCode"], one["NextOrder"]) == (NONE, 1)
    with events_as(by_key, "auditor", "by-key") as events:
        assert events.append(key, b"v", 1).code == FORBIDDEN


# Clients that others wrote


def test_librdkafka_with_an_account(bkes, cluster, new_key):
    key = new_key()

    def client(user):
        return {"bootstrap.servers": bkes.address} | cluster.security.client(user)

    producer = Producer(client("writer") | {"linger.ms": 0})
    outcomes = []
    for order in (0, 0):
        producer.produce(TOPIC, key=key, value=b"v", headers=[("order", str(order).encode())],
                         on_delivery=lambda error, message: outcomes.append(error))
        producer.flush(30)
    assert outcomes[0] is None and outcomes[1].name() == "POLICY_VIOLATION"
    consumer = Consumer(client("reader") | {"group.id": "rights"})
    consumer.assign([TopicPartition(key_topic(TOPIC, key), 0, 0)])
    assert [one.value() for one in rdkafka_poll(consumer, 1)] == [b"v"]
    consumer.close()
    producer = Producer(client("reader") | {"linger.ms": 0})
    producer.produce(TOPIC, key=key, value=b"v", headers=[("order", b"1")],
                     on_delivery=lambda error, message: outcomes.append(error))
    producer.flush(30)
    assert outcomes[2].name() == "TOPIC_AUTHORIZATION_FAILED"
    consumer = Consumer(client("nobody") | {"group.id": "rights"})
    name = key_topic(TOPIC, key)
    found = consumer.list_topics(name, timeout=10).topics[name]
    assert found.error.name() == "TOPIC_AUTHORIZATION_FAILED" and not found.partitions
    consumer.close()


def test_kcat_with_an_account(bkes, cluster, aggregate):
    options = [word for key, value in cluster.security.client("reader").items()
               for word in ("-X", f"{key}={value}")]
    out = kcat(bkes.address, "-C", "-t", key_topic(TOPIC, aggregate[0]), "-e", "-q", *options)
    assert out.count(MARKER) == 3


def test_no_secret_is_in_the_log(bkes, by_key):
    for process in (bkes, by_key):
        log = process.log_file.read_text()
        assert not [password for password in USERS.values() if password in log]
        assert MARKER.decode() not in log
