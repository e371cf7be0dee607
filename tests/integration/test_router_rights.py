"""A router asks for the rights of its clients, and comes to the owners as bkes' own user."""

import contextlib
import time

import pytest

from bkes_process import BkesProcess
from clients import eventually
from events import NONE, EventTopic, event, fetch_request, fetched, key_topic
from kafka_cluster import KafkaCluster
from kafka_security import Security, allow, allow_bkes, withdraw

pytestmark = pytest.mark.plain_scene("has accounts of its own")

FORBIDDEN, SNAPSHOT_NOT_FOUND = 29, 98
PARTITIONS = 2
USERS = {name: name + "-secret" for name in ("bkes", "router", "clerk", "reader", "nobody")}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), security=Security(users=USERS)) as cluster:
        for topic in ("keys", "whole"):
            cluster.create_topic(topic, partitions=PARTITIONS)
            allow_bkes(cluster, topic)
            # Of a router: what it does for others, and no ids of transactions.
            allow(cluster, "router", ["READ", "WRITE", "DESCRIBE"], "topic", topic)
        for user in ("bkes", "router"):
            allow(cluster, user, ["READ"], "group", "owners-", prefixed=True)
        allow(cluster, "clerk", ["WRITE", "READ"], "topic", "keys.key.customer-", prefixed=True)
        allow(cluster, "reader", ["READ"], "topic", "keys")
        yield cluster


@contextlib.contextmanager
def routed(cluster, folder, topic, **more):
    """(owner, router)"""
    def start(name, user, **options):
        port = {"listener": None, "listener.security.protocol.map": "IN:SASL_PLAINTEXT"}
        process = BkesProcess(folder / name, cluster.secured_servers, cluster.security.bkes(user) | port
                              | {"topics": topic, "group.id": f"owners-{topic}"} | more | options)
        process.options["listeners"] = f"IN://{process.address}"
        return process.start()
    with contextlib.ExitStack() as running:
        owner = start("owner", "bkes")
        running.callback(owner.kill)
        router = start("router", "router", role="router")
        running.callback(router.kill)
        eventually(lambda: owner.is_ready() and router.is_ready(), timeout_s=40)
        yield owner, router
        router.stop()
        owner.stop()


@pytest.fixture(scope="module")
def both_by_key(cluster, tmp_path_factory):
    with routed(cluster, tmp_path_factory.mktemp("keys"), "keys", authorize="keys") as both:
        yield both


@pytest.fixture(scope="module")
def by_key(both_by_key):
    return both_by_key[1]


def events_as(bkes, user, topic):
    events = EventTopic(bkes, topic, PARTITIONS)
    assert events.raw.login(user, USERS[user])["ErrorCode"] == 0
    return events


def outcomes(events, key):
    """What each way to read the key tells, as a code."""
    name = key_topic(events.topic, key)
    asked = {"Topic": events.topic, "MaxBytes": 1 << 20, "Keys": [{"Key": key, "MaxBytes": 1 << 20}]}
    offsets = events.raw.call("ListOffsets", 5, {"Topics": [{
        "Name": name, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}]})
    return [fetched(events.raw.call("Fetch", 11, fetch_request(name)))["ErrorCode"],
            events.raw.call("FetchByKey", 0, asked)["Keys"][0]["ErrorCode"],
            offsets["Topics"][0]["Partitions"][0]["ErrorCode"]]


def listed(events):
    page = events.raw.call("ListKeys", 0, {"Topic": events.topic, "Limit": 100})
    return [one["Key"] for one in page["Keys"]]


def test_rights_to_keys_are_the_client_s(by_key):
    with events_as(by_key, "clerk", "keys") as clerk, events_as(by_key, "nobody", "keys") as nobody, \
            events_as(by_key, "reader", "keys") as reader:
        for key in (b"customer-1", b"customer-2"):
            assert clerk.append(key, order=0).code == NONE
        assert clerk.append(b"account-1", order=0).code == FORBIDDEN
        assert reader.append(b"customer-1", order=1).code == FORBIDDEN
        assert outcomes(clerk, b"customer-1") == [NONE] * 3
        assert outcomes(clerk, b"account-1") == outcomes(nobody, b"customer-1") == [FORBIDDEN] * 3
        # Who may read the topic may read each of its keys.
        assert outcomes(reader, b"customer-1") == outcomes(reader, b"account-1") == [NONE] * 3
        assert listed(clerk) == listed(reader) == [b"customer-1", b"customer-2"]
        assert listed(nobody) == []


def test_who_may_have_the_store(both_by_key):
    """An instance of the group reads the topics; with authorize=keys a right to keys isn't enough."""
    def ask(user):
        with events_as(both_by_key[0], user, "keys") as events:
            return events.raw.call("FetchRestorePoint", 0)
    for user in ("clerk", "nobody"):
        answer = ask(user)
        assert (answer["ErrorCode"], answer["Files"]) == (FORBIDDEN, [])
        assert answer["ErrorMessage"] == 'bkes: no right to READ topic "keys"'
    for user in ("reader", "bkes"):
        answer = ask(user)
        assert answer["ErrorCode"] == SNAPSHOT_NOT_FOUND and "it has read" in answer["ErrorMessage"]


def test_a_right_that_ends_while_a_read_waits(cluster, tmp_path):
    with routed(cluster, tmp_path, "whole", authorize_cache_ms=200) as (_, router):
        allow(cluster, "reader", ["READ"], "topic", "whole")
        allow(cluster, "clerk", ["WRITE"], "topic", "whole")
        with events_as(router, "reader", "whole") as reader, events_as(router, "clerk", "whole") as clerk:
            assert clerk.append_all([event(b"k", b"v", 0)]).code == NONE
            assert outcomes(reader, b"k") == [NONE] * 3
            began = time.monotonic()
            reader.raw.send("Fetch", 11, fetch_request(key_topic("whole", b"k"), offset=1,
                                                       max_wait_ms=60_000))
            withdraw(cluster, "reader", "topic", "whole")
            assert fetched(reader.raw.receive())["ErrorCode"] == FORBIDDEN
            assert time.monotonic() - began < 15
