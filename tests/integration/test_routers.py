"""Routers (`role=router`): no store, no partitions, and whoever asks one is answered as by an owner."""

import contextlib
import itertools
import select
import threading
import time

import pytest

from bkes_process import command
from clients import eventually
from events import NONE, POLICY_VIOLATION, EventTopic, event, fetch_request, fetched, key_topic, log_of
from record_batches import read_batches
from wire import Connection

PARTITIONS = 6
NOT_ENOUGH_REPLICAS = 19
DESCENDING, ORDER_MAX = 1, 2**63 - 1
OFFSET_OUT_OF_RANGE = 1


@pytest.fixture
def fleet(start_bkes, new_topic):
    """fleet(owners=2, routers=1): (owners, routers) of one group for fleet.topic."""
    topic = new_topic(partitions=PARTITIONS)
    options = {"topics": topic, "group_id": f"g-{topic}", "ready": False, "threads": 2}

    def start(owners=1, routers=1, **more):
        return ([start_bkes(**options, **more) for _ in range(owners)],
                [start_bkes(role="router", **options, **more) for _ in range(routers)])
    start.topic = topic
    return start


def wait_ready(*instances):
    eventually(lambda: all(one.is_ready() for one in instances), timeout_s=40)


def test_answers_are_those_of_the_owners(kafka, fleet):
    owners, routers = fleet(owners=2, routers=2)
    wait_ready(*owners, *routers)
    doors = [EventTopic(one, fleet.topic, PARTITIONS) for one in (*routers, owners[0])]
    keys = [b"key-%d" % n for n in range(20)]
    for key in keys:
        for order, (write, read) in enumerate(itertools.permutations(doors, 2)):
            assert write.append(key, b"%d" % order, order=order).code == NONE
            assert read.next_order(key) == order + 1
        refused = [one.append(key, order=3) for one in doors]
        assert refused[0] == refused[1] == refused[2]
        assert refused[0].code == POLICY_VIOLATION and "expected=6 got=3" in refused[0].text
        assert all(one.values(key) == [b"%d" % n for n in range(6)] for one in doors)
    written = sum(len(log_of(kafka, fleet.topic, number)[0]) for number in range(PARTITIONS))
    assert written == 6 * len(keys)


def read_by_key(topic, **asked):
    return topic.raw.call("FetchByKey", 1, {"Topic": topic.topic, "MaxBytes": 8 << 20} | asked)


def test_everything_that_is_read_by_key(fleet):
    owners, routers = fleet()
    wait_ready(*owners, *routers)
    by_owner, by_router = (EventTopic(one, fleet.topic, PARTITIONS) for one in (*owners, *routers))
    for key in (b"a", b"b", b"c\0"):
        assert by_router.append_all([event(key, b"v%d" % n, n, timestamp=1_000 * (n + 1))
                                     for n in range(50)]).code == NONE

    def both(ask):
        answers = [ask(one) for one in (by_owner, by_router)]
        assert answers[0] == answers[1]
        return answers[1]

    def listed(topic, after=None):
        return topic.raw.call("ListKeys", 0, {"Topic": topic.topic, "Limit": 2, "After": after})
    assert [one["Key"] for one in both(listed)["Keys"]] == [b"a", b"b"]
    assert [one["Key"] for one in both(lambda topic: listed(topic, b"b"))["Keys"]] == [b"c\0"]

    def offsets(topic):
        return topic.raw.call("ListOffsets", 7, {"Topics": [
            {"Name": key_topic(topic.topic, b"a"), "Partitions": [{"PartitionIndex": 0, "Timestamp": at}]}
            if at is not None else
            {"Name": key_topic(topic.topic, b"b"), "Partitions": [{"PartitionIndex": 1, "Timestamp": -1}]}
            for at in (time_asked, None)]})
    for time_asked, found in ((-1, 50), (-2, 0), (10_500, 10), (-3, 49), (10**15, -1)):
        answer = both(offsets)
        assert answer["Topics"][0]["Partitions"][0]["Offset"] == found
        assert answer["Topics"][1]["Partitions"][0]["ErrorCode"] == 3

    for asked in ({"Key": b"a", "FromOrder": 48, "MaxBytes": 8 << 20}, {"Key": b"none", "MaxBytes": 1},
                  {"Key": b"b", "FromOrder": ORDER_MAX, "Direction": DESCENDING, "MaxEvents": 3,
                   "MaxBytes": 8 << 20},
                  {"Key": b"b", "FromOrder": 51, "MaxBytes": 1}, {"Key": b"b", "Direction": 7}):
        both(lambda topic: read_by_key(topic, Keys=[asked, {"Key": b"c\0", "MaxBytes": 100}]))
    for offset, size, code in ((0, 8 << 20, NONE), (49, 1, NONE), (51, 1, OFFSET_OUT_OF_RANGE)):
        part = fetched(both(lambda topic: topic.raw.call("Fetch", 11, fetch_request(
            key_topic(topic.topic, b"a"), offset=offset, max_bytes=size))))
        assert part["ErrorCode"] == code
    # By topic ids, as clients of today do.
    def by_id(topic):
        (named,) = topic.raw.call("Metadata", 12, {"Topics": [{"Name": key_topic(topic.topic, b"b")}]})["Topics"]
        return topic.raw.call("Fetch", 13, {"MaxWaitMs": 0, "MinBytes": 1, "MaxBytes": 1 << 20,
                                            "SessionEpoch": -1, "Topics": [
            {"TopicId": named["TopicId"], "Partitions": [
                {"Partition": 0, "FetchOffset": 7, "PartitionMaxBytes": 1 << 20}]}]})
    assert len(read_batches(fetched(both(by_id))["Records"])) >= 43


def test_what_waits_is_told_when_it_is_there(fleet):
    owners, routers = fleet()
    wait_ready(*owners, *routers)
    write = EventTopic(owners[0], fleet.topic, PARTITIONS)
    read = EventTopic(routers[0], fleet.topic, PARTITIONS)
    assert write.append(b"k", b"first", order=0).code == NONE

    def told_after(api, version, request):
        began = time.monotonic()
        read.raw.send(api, version, request)
        assert not select.select([read.raw.socket], [], [], 0.7)[0], "it was answered before anything came"
        order = write.next_order(b"k")
        assert write.append(b"k", b"more", order=order).code == NONE
        answer = read.raw.receive()
        assert time.monotonic() - began < 3, "it heard too late"
        return order, answer
    order, answer = told_after("Fetch", 11, fetch_request(
        key_topic(fleet.topic, b"k"), offset=1, max_wait_ms=30_000))
    assert [one.offset for one in read_batches(fetched(answer)["Records"])] == [order]
    order, answer = told_after("FetchByKey", 1, {"Topic": fleet.topic, "MaxWaitMs": 30_000,
                                                 "MaxBytes": 1 << 20, "Keys": [
        {"Key": b"k", "MaxBytes": 1 << 20, "MinNextOrder": 3}]})
    assert answer["Keys"][0]["NextOrder"] == order + 1 == 3
    # And if nothing comes, at the end of its time.
    began = time.monotonic()
    answer = read.raw.call("Fetch", 11, fetch_request(
        key_topic(fleet.topic, b"k"), offset=3, max_wait_ms=1_000))
    assert not fetched(answer)["Records"] and 0.9 < time.monotonic() - began < 2.5


def test_it_is_there_before_the_owners_and_outlives_them(kafka, fleet):
    (), (router,) = fleet(owners=0)
    router.wait_ready()
    status, reasons = router.http("/readyz")
    assert status == 503 and '"held"' in reasons
    events = EventTopic(router, fleet.topic, PARTITIONS)
    assert events.append(b"k", order=0, timeout_ms=300).code == NOT_ENOUGH_REPLICAS
    with Connection(router.host, router.port) as raw:  # all else is the brokers'
        assert raw.call("Metadata", 9, {"Topics": [{"Name": fleet.topic}]})["Topics"][0]["ErrorCode"] == 0
    owners, _ = fleet(owners=2, routers=0)
    wait_ready(*owners, router)
    assert events.append(b"k", order=0).code == NONE
    assert len(events.read(b"k")) == 1
    for one in owners:
        one.kill()
    for one in owners:
        one.start()
    eventually(lambda: events.append(b"k", order=1).code in (NONE, POLICY_VIOLATION), timeout_s=40)
    assert len(events.read(b"k")) == events.next_order(b"k") == 2
    assert len([one for number in range(PARTITIONS)
                for one in log_of(kafka, fleet.topic, number)[0]]) == 2


def test_it_keeps_nothing(fleet):
    owners, (router,) = fleet()
    wait_ready(*owners, router)
    events = EventTopic(router, fleet.topic, PARTITIONS)
    for n in range(200):
        assert events.append(b"k%d" % (n % 7), b"v" * 1_000, order=n // 7).code == NONE
        assert events.next_order(b"k%d" % (n % 7)) == n // 7 + 1
    assert not router.data_dir.exists()
    assert router.resident_bytes() < 40 << 20
    metrics = router.metrics()
    forwarded = sum(value for (name, *_), value in metrics.items()
                    if name == "bkes_forwarded_appends_total")
    assert forwarded == 200
    assert not any(name.startswith("bkes_store") for name, *_ in metrics)


def test_a_client_that_never_reads_holds_no_memory(fleet):
    owners, (router,) = fleet()
    wait_ready(*owners, router)
    events = EventTopic(router, fleet.topic, PARTITIONS)
    for order in range(0, 400, 10):
        assert events.append_all([event(b"k", b"v" * 20_000, order + n) for n in range(10)]).code == NONE
    asked = {"Topic": fleet.topic, "MaxBytes": 8 << 20, "Keys": [{"Key": b"k", "MaxBytes": 8 << 20}]}
    with Connection(router.host, router.port) as greedy:
        def flood():
            with contextlib.suppress(OSError):  # it ends with the connection
                for _ in range(200):
                    greedy.send("FetchByKey", 0, asked)
        threading.Thread(target=flood, daemon=True).start()
        for _ in range(30):
            assert events.next_order(b"k") == 400
        assert router.resident_bytes() < 150 << 20


def test_groups_commit_through_it(fleet):
    owners, (router,) = fleet()
    wait_ready(*owners, router)
    events = EventTopic(router, fleet.topic, PARTITIONS)
    for order in range(5):
        assert events.append(b"k", order=order).code == NONE
    name = key_topic(fleet.topic, b"k")

    def committed():
        answer = events.raw.call("OffsetFetch", 5, {"GroupId": "readers", "Topics": [
            {"Name": name, "PartitionIndexes": [0]}]})
        return answer["ErrorCode"], answer["Topics"][0]["Partitions"][0]["CommittedOffset"]
    eventually(lambda: committed() == (0, 0))
    answer = events.raw.call("OffsetCommit", 2, {"GroupId": "readers", "GenerationIdOrMemberEpoch": -1, "MemberId": "",
                                                 "RetentionTimeMs": -1, "Topics": [
        {"Name": name, "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 3, "CommittedMetadata": ""}]}]})
    assert answer["Topics"][0]["Partitions"][0]["ErrorCode"] == 0
    assert committed() == (0, 3)


def test_what_it_can_t_be_without(kafka):
    settings = {"bootstrap.servers": kafka.bootstrap_servers, "role": "router"}
    code, _, complaint = command("serve", settings=settings)
    assert code == 2 and "role=router" in complaint and "group.id" in complaint
