"""FetchByKey and ListKeys, raw."""

import time

import pytest

from bkes_process import BkesProcess
from events import UNKNOWN_TOPIC, EventTopic, event, log_of
from record_batches import read_batches
from wire import Connection, request_frame

OFFSET_OUT_OF_RANGE, UNSUPPORTED_VERSION, INVALID_REQUEST = 1, 35, 42
DESCENDING, ORDER_MAX = 1, 2**63 - 1
TOPIC = "extensions"
KEYS = [b"", b"a", b"a\0", b"a\0b", b"ab", b"b", b"b\xff", b"b\xff\xff", b"\xff"]


@pytest.fixture(scope="module")
def bkes(kafka, tmp_path_factory):
    kafka.create_topic(TOPIC, partitions=5)
    with BkesProcess(tmp_path_factory.mktemp("bkes"), kafka.bootstrap_servers,
                     {"topics": TOPIC}) as process:
        yield process


@pytest.fixture(scope="module")
def events(bkes):
    """Key number n has n + 1 events."""
    with EventTopic(bkes, TOPIC) as topic:
        for n, key in enumerate(KEYS):
            for order in range(n + 1):
                sent = event(key, b"%d-%d" % (n, order), order, [("h", b"x")], 1000 * n + order)
                assert topic.append_all([sent]).code == 0
        yield topic


def fetch_by_key(raw, keys, topic=TOPIC, version=0, **more):
    """keys: dicts with Key, or just keys."""
    asked = [one if isinstance(one, dict) else {"Key": one} for one in keys]
    return raw.call("FetchByKey", version, {"Topic": topic, "Keys": asked} | more)


def fetch_down(raw, key, start=ORDER_MAX, **more):
    (one,) = fetch_by_key(raw, [{"Key": key, "FromOrder": start, "Direction": DESCENDING} | more],
                          version=1)["Keys"]
    return one


def values(aggregate):
    return [one.value for one in read_batches(aggregate["Records"])]


def test_several_keys_in_the_order_asked(events, kafka):
    asked = [KEYS[3], KEYS[0], KEYS[8], KEYS[3]]
    answer = fetch_by_key(events.raw, asked)
    assert (answer["ErrorCode"], answer["ErrorMessage"]) == (0, None)
    assert [one["Key"] for one in answer["Keys"]] == asked
    for one in answer["Keys"]:
        n = KEYS.index(one["Key"])
        partition = events.partition_of(one["Key"])
        assert one["ErrorCode"] == 0 and one["Partition"] == partition
        assert (one["StartOrder"], one["NextOrder"]) == (0, n + 1)
        found = read_batches(one["Records"])
        assert [(got.offset, got.value, got.timestamp) for got in found] == [
            (order, b"%d-%d" % (n, order), 1000 * n + order) for order in range(n + 1)]
        log, _ = log_of(kafka, TOPIC, partition)
        assert one["LogOffsets"] == [got.offset for got in log if got.key == one["Key"]]


def test_from_order(events):
    for start in range(10):
        (one,) = fetch_by_key(events.raw, [{"Key": KEYS[8], "FromOrder": start}])["Keys"]
        assert one["ErrorCode"] == 0
        assert values(one) == [b"8-%d" % n for n in range(start, 9)]
        assert len(one["LogOffsets"]) == 9 - start
    for start in (10, 2**63 - 1, -1):
        (one,) = fetch_by_key(events.raw, [{"Key": KEYS[8], "FromOrder": start}])["Keys"]
        assert one["ErrorCode"] == OFFSET_OUT_OF_RANGE and one["ErrorMessage"]


def test_key_never_seen(events, new_key):
    key = new_key()
    (one,) = fetch_by_key(events.raw, [key])["Keys"]
    assert (one["ErrorCode"], one["Partition"]) == (0, -1)
    assert (one["StartOrder"], one["NextOrder"]) == (0, 0)
    assert (one["LogOffsets"], one["Records"] or b"") == ([], b"")


def test_topic_that_is_not_guarded(events, new_topic):
    plain = new_topic()
    for topic in (plain, "no-such-topic", "", TOPIC + ".key.a"):
        answer = fetch_by_key(events.raw, [b"a"], topic)
        assert answer["ErrorCode"] == UNKNOWN_TOPIC and answer["ErrorMessage"]
        assert list_keys(events.raw, topic=topic, check=False)["ErrorCode"] == UNKNOWN_TOPIC


def test_waits_for_an_order(bkes, events, new_key):
    key = new_key()
    with Connection(bkes.host, bkes.port) as raw:
        raw.send("FetchByKey", 0, {"Topic": TOPIC, "MaxWaitMs": 20000, "Keys": [
            {"Key": key, "MinNextOrder": 3}, {"Key": KEYS[1], "MinNextOrder": 2}]})
        started = time.monotonic()
        for n in range(3):
            assert events.append(key, b"%d" % n, n).code == 0
        one, other = raw.receive()["Keys"]
        assert time.monotonic() - started < 10
    assert values(one) == [b"0", b"1", b"2"]
    assert values(other) == [b"1-0", b"1-1"]


def test_answers_at_once_or_when_the_time_is_over(events, new_key):
    started = time.monotonic()
    fetch_by_key(events.raw, [{"Key": KEYS[2], "MinNextOrder": 3}], MaxWaitMs=20000)
    assert time.monotonic() - started < 10
    started = time.monotonic()
    asked = [{"Key": new_key(), "MinNextOrder": 1}, KEYS[2]]
    answer = fetch_by_key(events.raw, asked, MaxWaitMs=300)
    assert 0.29 < time.monotonic() - started < 10
    assert [one["NextOrder"] for one in answer["Keys"]] == [0, 3]
    assert values(answer["Keys"][1]) == [b"2-0", b"2-1", b"2-2"]


def test_limits_leave_the_rest_to_another_request(events, new_key):
    keys = [new_key() for _ in range(4)]
    for key in keys:
        for n in range(3):
            assert events.append(key, b"x" * 4000, n).code == 0
    # Each key has its own limit, with at least one event.
    answer = fetch_by_key(events.raw, [{"Key": key, "MaxBytes": 1} for key in keys])
    assert [len(values(one)) for one in answer["Keys"]] == [1, 1, 1, 1]
    # And all of them together have one.
    answer = fetch_by_key(events.raw, keys, MaxBytes=20000)
    counts = [len(values(one)) for one in answer["Keys"]]
    assert counts[0] == 3 and counts[-1] == 0
    assert [one["NextOrder"] for one in answer["Keys"]] == [3, 3, 3, 3]
    # Asked again for what is missing, it all comes.
    found = {key: [] for key in keys}
    while any(len(events_read) < 3 for events_read in found.values()):
        asked = [{"Key": key, "FromOrder": len(got)} for key, got in found.items() if len(got) < 3]
        answer = fetch_by_key(events.raw, asked, MaxBytes=1)
        assert len(values(answer["Keys"][0])) == 1
        for one in answer["Keys"]:
            found[one["Key"]] += values(one)


def test_no_keys(events):
    assert fetch_by_key(events.raw, [])["Keys"] == []


def test_every_port_and_pipelines(bkes, events):
    with Connection(bkes.host, bkes.port + 2) as raw:
        for n in (5, 2):
            raw.send("FetchByKey", 0, {"Topic": TOPIC, "Keys": [{"Key": KEYS[n]}]})
            raw.send("Metadata", 1, {"Topics": [{"Name": TOPIC}]})
        for n in (5, 2):
            assert len(values(raw.receive()["Keys"][0])) == n + 1
            assert raw.receive()["Topics"][0]["Name"] == TOPIC


# FetchByKey 1: downwards, and a number of events


def orders(aggregate):
    return [one.offset for one in read_batches(aggregate["Records"])]


def test_the_newest_events_come_in_ascending_order(events):
    key = KEYS[8]  # nine events
    whole = fetch_by_key(events.raw, [key])["Keys"][0]
    for start in (ORDER_MAX, 9, 8):
        one = fetch_down(events.raw, key, start, MaxEvents=4)
        assert (one["ErrorCode"], one["StartOrder"], one["NextOrder"]) == (0, 0, 9)
        assert orders(one) == [5, 6, 7, 8]
        assert values(one) == [b"8-%d" % n for n in (5, 6, 7, 8)]
        assert one["LogOffsets"] == whole["LogOffsets"][5:]
    assert orders(fetch_down(events.raw, key, 3, MaxEvents=2)) == [2, 3]
    assert orders(fetch_down(events.raw, key, 0)) == [0]
    assert orders(fetch_down(events.raw, key)) == list(range(9))
    assert orders(fetch_down(events.raw, key, MaxEvents=100)) == list(range(9))
    # It is the same batch as upwards.
    assert fetch_down(events.raw, key)["Records"] == whole["Records"]


def test_what_can_not_be_read_downwards(events, new_key):
    none = fetch_down(events.raw, KEYS[8], -1)  # where paging down ends
    assert (none["ErrorCode"], none["NextOrder"], orders(none)) == (0, 9, [])
    never = fetch_down(events.raw, new_key())
    assert (never["ErrorCode"], never["Partition"], never["NextOrder"]) == (0, -1, 0)
    assert (never["LogOffsets"], never["Records"] or b"") == ([], b"")
    below = fetch_down(events.raw, KEYS[8], -2)
    assert (below["ErrorCode"], orders(below)) == (OFFSET_OUT_OF_RANGE, [])
    for wrong in ({"Direction": 2}, {"Direction": -1}, {"MaxEvents": -1}):
        one = fetch_down(events.raw, KEYS[8], **wrong)
        assert (one["ErrorCode"], orders(one)) == (INVALID_REQUEST, []) and one["ErrorMessage"]


def test_a_number_of_events_upwards(events):
    asked = [{"Key": KEYS[8], "FromOrder": 2, "MaxEvents": 3}, {"Key": KEYS[8], "MaxEvents": 1},
             {"Key": KEYS[8], "Direction": DESCENDING, "FromOrder": 9, "MaxEvents": 1}, KEYS[1]]
    answer = fetch_by_key(events.raw, asked, version=1)
    assert [orders(one) for one in answer["Keys"]] == [[2, 3, 4], [0], [8], [0, 1]]
    (late,) = fetch_by_key(events.raw, [{"Key": KEYS[8], "FromOrder": 10}], version=1)["Keys"]
    assert late["ErrorCode"] == OFFSET_OUT_OF_RANGE


def test_paging_downwards_within_limits(events, new_key):
    key, count = new_key(), 40
    for n in range(count):
        assert events.append(key, b"x" * 1000, n).code == 0
    for limit, most in ((1, 1), (5000, 4), (8 << 20, count)):
        found, start, pages = [], ORDER_MAX, 0
        while True:
            one = fetch_down(events.raw, key, start, MaxBytes=limit)
            assert len(one["Records"] or b"") <= max(limit, 1200)
            if not one["Records"]:
                break
            assert orders(one) == sorted(orders(one)) and len(orders(one)) <= most
            found = orders(one) + found
            start, pages = orders(one)[0] - 1, pages + 1
        assert found == list(range(count)) and pages >= count // most


def test_the_newest_event_that_is_waited_for(bkes, events, new_key):
    key = new_key()
    assert events.append(key, b"0", 0).code == 0
    with Connection(bkes.host, bkes.port) as raw:
        raw.send("FetchByKey", 1, {"Topic": TOPIC, "MaxWaitMs": 20000, "Keys": [
            {"Key": key, "FromOrder": ORDER_MAX, "Direction": DESCENDING, "MaxEvents": 1,
             "MinNextOrder": 2}]})
        assert events.append(key, b"1", 1).code == 0
        (one,) = raw.receive()["Keys"]
    assert values(one) == [b"1"]


# ListKeys


def list_keys(raw, topic=TOPIC, check=True, **more):
    answer = raw.call("ListKeys", 0, {"Topic": topic} | more)
    if check:
        assert (answer["ErrorCode"], answer["ErrorMessage"]) == (0, None)
    return answer


def test_list_keys_in_byte_order(events):
    found = list_keys(events.raw)["Keys"]
    mine = [one for one in found if one["Key"] in KEYS]
    assert [one["Key"] for one in found] == sorted(one["Key"] for one in found)
    assert [one["Key"] for one in mine] == sorted(KEYS)
    for one in mine:
        n = KEYS.index(one["Key"])
        assert (one["StartOrder"], one["NextOrder"]) == (0, n + 1)
        assert one["Partition"] == events.partition_of(one["Key"])
        assert one["LastTimestamp"] == 1000 * n + n
        (aggregate,) = fetch_by_key(events.raw, [one["Key"]])["Keys"]
        assert one["LastLogOffset"] == aggregate["LogOffsets"][-1]


def test_list_keys_by_prefix(events):
    for prefix in (b"a", b"a\0", b"b\xff", b"\xff", b"zz"):
        found = [one["Key"] for one in list_keys(events.raw, Prefix=prefix)["Keys"]]
        assert found == sorted(key for key in KEYS if key.startswith(prefix))


def test_list_keys_by_page(events):
    for limit in (1, 2, 3, 100):
        found, after = [], None
        while True:
            page = [one["Key"] for one in
                    list_keys(events.raw, Prefix=b"", After=after, Limit=limit)["Keys"]]
            assert len(page) <= limit
            if not page:
                break
            found += page
            after = page[-1]
        assert [key for key in found if key in KEYS] == sorted(KEYS)
        assert found == sorted(set(found))


def test_list_keys_never_gives_more_than_the_limit(events):
    """The empty key is the first of all: behind it is what the empty `after` asks for."""
    first, second = [[one["Key"] for one in list_keys(events.raw, After=after, Limit=1)["Keys"]]
                     for after in (None, b"")]
    assert (first, second) == ([b""], [b"a"])
    for limit in (0, -1):
        answer = list_keys(events.raw, check=False, Limit=limit)
        assert (answer["ErrorCode"], answer["Keys"]) == (INVALID_REQUEST, [])
    assert len(list_keys(events.raw, Limit=2**31 - 1)["Keys"]) >= len(KEYS)


def test_list_keys_shows_a_new_key_when_its_append_is_answered(events, new_key):
    for _ in range(20):
        key = new_key("fresh")
        assert events.append(key, order=0).code == 0
        assert [one["Key"] for one in list_keys(events.raw, Prefix=key)["Keys"]] == [key]


def test_extensions_are_advertised(events):
    answer = events.raw.call("ApiVersions", 2)
    keys = {one["ApiKey"]: (one["MinVersion"], one["MaxVersion"]) for one in answer["ApiKeys"]}
    assert [keys[20001 + n] for n in range(4)] == [(0, 1), (0, 0), (0, 0), (0, 0)]


def test_unknown_versions_are_refused_in_the_oldest_form(bkes):
    with Connection(bkes.host, bkes.port) as raw:
        for api, version in [("FetchByKey", 2), ("ListKeys", 7), ("ListKeys", -1), ("FetchRestorePoint", 1)]:
            raw.owed.append((9, api, 0))
            raw.socket.sendall(request_frame(api, version, None, 9, body=b"of the future"))
            answer = raw.receive()
            assert (answer["ErrorCode"], answer.get("Keys", [])) == (UNSUPPORTED_VERSION, [])
            assert str(version) in answer["ErrorMessage"]
        assert list_keys(raw)["Keys"]
