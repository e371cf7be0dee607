"""The HTTP API: what a store holds, for people and programs that don't speak Kafka."""

import base64
import json
import socket

import pytest

from bkes_process import BkesProcess
from clients import eventually
from events import POLICY_VIOLATION, EventTopic, event
from http_api import HttpApi, bytes_of, path_of
from kafka_cluster import KafkaCluster

pytestmark = pytest.mark.plain_scene("asks without a login; test_http_rights.py has logins")

TOPIC = "bkes"
PARTITIONS = 3
ODD_KEYS = [b"", b".", b"..", b"a/b", b"a b+c&d=e", b"%41", b"\x00\xff\xfe", "ключ-ß".encode(), b"x" * 900]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as started:
        started.create_topic(TOPIC, partitions=PARTITIONS)
        started.create_topic("other", partitions=2)
        started.create_topic("heavy", partitions=1)
        yield started


@pytest.fixture(scope="module")
def bkes(cluster, tmp_path_factory):
    options = {"topics": f"{TOPIC},other", "http.read": "true"}
    with BkesProcess(tmp_path_factory.mktemp("bkes"), cluster.bootstrap_servers, options) as started:
        eventually(lambda: started.http("/readyz")[0] == 200)
        yield started


@pytest.fixture(scope="module")
def api(bkes):
    return HttpApi(bkes)


@pytest.fixture
def events(bkes):
    with EventTopic(bkes, TOPIC, partitions=PARTITIONS) as connected:
        yield connected


def fill(events, key, count):
    assert events.append_all([event(key, b"v%d" % n, n) for n in range(count)]).code == 0


def orders(shown):
    return [one["order"] for one in shown]


def test_topics(api, bkes):
    assert api.get("/api/v1/topics") == (200, {"bootstrap_servers": bkes.address, "topics": [
        {"topic": TOPIC, "partitions": PARTITIONS}, {"topic": "other", "partitions": 2}]})


def test_an_event_as_it_was_appended(api, events):
    headers = [("text", "ä".encode()), ("bytes", b"\xff\x00"), ("none", None)]
    written = events.append(b"one", b'{"n": 1}', 0, headers)
    assert written.code == 0
    assert events.append(b"one", None, 1).code == 0
    assert events.append(b"one", b"\x80", 2).code == 0
    status, page = api.get(path_of(TOPIC, b"one"))
    assert status == 200
    assert (page["topic"], bytes_of(page, "key"), page["partition"]) == (TOPIC, b"one", events.partition_of(b"one"))
    assert (page["start_order"], page["next_order"], page["next"]) == (0, 3, None)
    first = page["events"][0]
    assert (first["order"], first["offset"]) == (0, written.offset)
    assert first["timestamp"] > 1_700_000_000_000
    shown = {bytes_of(one, "key"): bytes_of(one, "value") for one in first["headers"]}
    assert shown == {b"order": b"0"} | {name.encode(): value for name, value in headers}
    assert [bytes_of(one, "value") for one in page["events"]] == [b'{"n": 1}', None, b"\x80"]


def test_a_key_never_seen_has_no_events(api):
    status, page = api.get(path_of(TOPIC, b"never"))
    assert status == 200
    assert (page["events"], page["next_order"], page["partition"], page["next"]) == ([], 0, None, None)


def test_pages_lead_through_an_aggregate_both_ways(api, events):
    fill(events, b"long", 25)
    pages = list(api.pages(path_of(TOPIC, b"long", limit=10)))
    assert [orders(page["events"]) for page in pages] == [
        list(range(10)), list(range(10, 20)), list(range(20, 25))]
    pages = list(api.pages(path_of(TOPIC, b"long", limit=10, order="desc")))
    assert [orders(page["events"]) for page in pages] == [
        list(range(24, 14, -1)), list(range(14, 4, -1)), list(range(4, -1, -1))]
    assert orders(api.events(TOPIC, b"long", **{"from": 7, "limit": 9})) == list(range(7, 25))
    assert orders(api.events(TOPIC, b"long", **{"from": 7, "order": "desc"})) == list(range(7, -1, -1))
    for behind in (25, 26, 2**63 - 1):
        status, page = api.get(path_of(TOPIC, b"long", **{"from": behind}))
        assert (status, page["events"], page["next_order"], page["next"]) == (200, [], 25, None)


def test_large_events_come_in_small_pages(api, events):
    for order in range(3):
        assert events.append(b"large", b"x" * 700_000, order).code == 0
    pages = list(api.pages(path_of(TOPIC, b"large")))
    assert [orders(page["events"]) for page in pages] == [[0], [1], [2]]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys_of_any_bytes(api, events, key):
    fill(events, key, 3)
    status, page = api.get(path_of(TOPIC, key, limit=2))
    assert status == 200, page
    assert bytes_of(page, "key") == key
    assert orders(page["events"] + api.get(page["next"])[1]["events"]) == [0, 1, 2]
    by_number = base64.urlsafe_b64encode(key).decode().rstrip("=")
    assert api.get(f"/api/v1/topics/{TOPIC}/keys/-/events?key64={by_number}")[1]["next_order"] == 3
    listed = api.get(f"/api/v1/topics/{TOPIC}/keys?prefix64={base64.b64encode(key).decode()}&limit=1")[1]
    assert bytes_of(listed["keys"][0], "key") == key


def test_keys_by_prefix_page_by_page(api, events):
    wanted = [b"prefix-%03d" % n for n in range(25)]
    for partition in range(PARTITIONS):
        there = [event(key, b"v", 0) for key in wanted if events.partition_of(key) == partition]
        assert events.append_all(there).code == 0
    pages = list(api.pages(f"/api/v1/topics/{TOPIC}/keys?prefix=prefix-&limit=10"))
    assert [len(page["keys"]) for page in pages] == [10, 10, 5]
    shown = [one for page in pages for one in page["keys"]]
    assert [bytes_of(one, "key") for one in shown] == wanted
    assert {(one["start_order"], one["next_order"]) for one in shown} == {(0, 1)}
    after = api.get(f"/api/v1/topics/{TOPIC}/keys?prefix=prefix-&after=prefix-023")[1]
    assert [bytes_of(one, "key") for one in after["keys"]] == [b"prefix-024"]
    assert api.get(f"/api/v1/topics/{TOPIC}/keys?prefix=nothing-like-it")[1] == {"keys": [], "next": None}


@pytest.mark.parametrize("path, status, says", [
    ("/api/v1/topics/bkes/keys?limit=0", 400, "limit must be a number from 1 to 1000"),
    ("/api/v1/topics/bkes/keys?limit=ten", 400, "limit"),
    ("/api/v1/topics/bkes/keys?limt=1", 400, 'no parameter limt'),
    ("/api/v1/topics/bkes/keys?limit=1&limit=2", 400, "limit is given twice"),
    ("/api/v1/topics/bkes/keys?after64=%21", 400, "after64 is no Base64"),
    ("/api/v1/topics/bkes/keys/-/events?key64=*", 400, "key64 is no Base64"),
    ("/api/v1/topics/bkes/keys/k/events?order=up", 400, "asc or desc"),
    ("/api/v1/topics/bkes/keys/k/events?from=-1", 400, "from must be a number, 0 at least"),
    ("/api/v1/topics/bkes/keys/never/tail?from=5", 400, "past the next order, 0"),
    ("/api/v1/topics/bkes/keys/k/tail?from=start", 400, "an order, or end"),
    ("/api/v1/topics/bkes/keys/%zz/events", 400, "percent-encoded"),
    ("/api/v1/topics/nothing/keys", 404, "not guarded"),
    ("/api/v1/topics/nothing/keys/k/events", 404, "not guarded"),
    ("/api/v1/topics/nothing/conflicts", 404, "not guarded"),
    ("/api/v1/topics/bkes", 404, "/api/v1/topics"),
    ("/api/v2/topics", 404, "/api/v1/topics"),
])
def test_what_is_wrong_is_said(api, path, status, says):
    got, headers, body = api.ask(path)
    said = json.loads(body)
    assert (got, said["status"]) == (status, status), said
    assert says in said["detail"], said
    assert headers["Content-Type"] == "application/problem+json"


def test_a_tail_tells_what_is_there_and_what_comes(api, events):
    fill(events, b"tail", 3)
    with api.stream(path_of(TOPIC, b"tail", "tail")) as tail:
        told = tail.take(3)
        assert [one["id"] for one in told] == ["0", "1", "2"]
        assert bytes_of(told[2]["data"], "value") == b"v2"
        assert tail.next() == {"id": None, "event": "caught_up", "data": {"next_order": 3}}
        for order in range(3, 6):
            assert events.append(b"tail", b"later", order).code == 0
            came = tail.next()
            assert (came["id"], came["data"]["order"], bytes_of(came["data"], "value")) == (
                str(order), order, b"later")


def test_a_tail_goes_on_where_it_was(api, events):
    fill(events, b"resumed", 5)
    with api.stream(path_of(TOPIC, b"resumed", "tail"), **{"Last-Event-ID": "2"}) as tail:
        assert [one["id"] for one in tail.take(2)] == ["3", "4"]
    with api.stream(path_of(TOPIC, b"resumed", "tail", **{"from": 4})) as tail:
        assert tail.next()["id"] == "4"
    with api.stream(path_of(TOPIC, b"resumed", "tail", **{"from": "end"})) as tail:
        assert tail.next()["event"] == "caught_up"
        assert events.append(b"resumed", b"v", 5).code == 0
        assert tail.next()["id"] == "5"


def test_a_tail_waits_for_the_first_event(api, events):
    with api.stream(path_of(TOPIC, b"to-come", "tail")) as tail:
        assert tail.next()["data"] == {"next_order": 0}
        assert events.append(b"to-come", b"v", 0).code == 0
        assert tail.next()["id"] == "0"


def test_a_tail_ends_when_its_topic_is_made_anew(cluster, tmp_path):
    """Or it would wait for an order that is far away, and leave out what comes before."""
    cluster.create_topic("renewed", partitions=1)
    with BkesProcess(tmp_path, cluster.bootstrap_servers, {"topics": "renewed", "http.read": "true"}) as own, \
            EventTopic(own, "renewed", partitions=1) as events:
        eventually(lambda: own.http("/readyz")[0] == 200)
        fill(events, b"k", 5)
        with HttpApi(own).stream(path_of("renewed", b"k", "tail")) as tail:
            assert tail.take(6)[-1]["event"] == "caught_up"
            cluster.make_topic_anew("renewed")
            own.wait_for_log("topic was deleted and created again")
            for order in range(6):
                eventually(lambda: events.append(b"k", b"new", order).code == 0)
            told = tail.next()
            assert (told["event"], told["data"]["status"]) == ("problem", 400)
            assert tail.next() is None


def test_many_tails_of_one_aggregate(api, events):
    tails = [api.stream(path_of(TOPIC, b"watched", "tail")) for _ in range(100)]
    for tail in tails:
        assert tail.next()["event"] == "caught_up"
    assert events.append(b"watched", b"v", 0).code == 0
    for tail in tails:
        assert tail.next()["id"] == "0"
        tail.__exit__()


def test_a_tail_that_isnt_read_ends_alone(cluster, tmp_path):
    """It costs what the kernel holds of it, and then its connection."""
    options = {"topics": "heavy", "http.read": "true"}
    with BkesProcess(tmp_path, cluster.bootstrap_servers, options) as own, \
            EventTopic(own, "heavy", partitions=1) as events:
        eventually(lambda: own.http("/readyz")[0] == 200)
        for order in range(40):
            assert events.append(b"heavy", b"x" * 900_000, order).code == 0
        before = own.resident_bytes()
        deaf = []
        for _ in range(30):
            one = socket.create_connection((own.host, own.admin_port))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.sendall(f"GET {path_of('heavy', b'heavy', 'tail')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            deaf.append(one)
        with HttpApi(own).stream(path_of("heavy", b"heavy", "tail")) as heard:
            assert [heard.next()["data"]["order"] for _ in range(40)] == list(range(40))
        # An event and its text for each, not forty.
        assert own.resident_bytes() - before < 30 * 6_000_000
        for one in deaf:
            one.close()


def test_conflicts_as_they_happen(bkes, api, events):
    fill(events, b"fought", 2)
    assert events.append(b"fought", b"late", 0).code == POLICY_VIOLATION
    with api.stream(f"/api/v1/topics/{TOPIC}/conflicts") as conflicts:
        def until(key):
            while True:
                told = conflicts.next()
                if bytes_of(told["data"], "key") == key:
                    return told

        earlier = until(b"fought")
        assert (earlier["data"]["expected"], earlier["data"]["got"]) == (2, 0)
        assert earlier["data"]["partition"] == events.partition_of(b"fought")
        assert events.append(b"fought", b"early", 7).code == POLICY_VIOLATION
        assert events.append(b"not-there", b"v", "exists").code == POLICY_VIOLATION
        told = until(b"fought")
        assert (told["data"]["expected"], told["data"]["got"]) == (2, 7)
        assert told["data"]["client_id"]
        unseen = until(b"not-there")
        assert (unseen["data"]["expected"], unseen["data"]["got"]) == (0, None)
    with api.stream(f"/api/v1/topics/{TOPIC}/conflicts", **{"Last-Event-ID": told["id"]}) as conflicts:
        assert conflicts.next() == unseen
    with api.stream("/api/v1/topics/other/conflicts") as conflicts, \
            EventTopic(bkes, "other", partitions=2) as others:
        assert others.append(b"k", b"v", 5).code == POLICY_VIOLATION
        assert bytes_of(conflicts.next()["data"], "key") == b"k"


def test_a_conflict_of_a_redirected_append(api, events):
    key = b"moved"
    fill(events, key, 1)
    elsewhere = (events.partition_of(key) + 1) % PARTITIONS
    with api.stream(f"/api/v1/topics/{TOPIC}/conflicts") as conflicts:
        assert events.append_all([event(key, b"v", 0)], partition=elsewhere).code == POLICY_VIOLATION
        told = conflicts.next()
        while bytes_of(told["data"], "key") != key:
            told = conflicts.next()
        assert (told["data"]["expected"], told["data"]["got"]) == (1, 0)


def test_a_strangers_name_leads_nowhere(api, bkes):
    """DNS rebinding: a page elsewhere makes its own name an address of this machine."""
    assert api.get("/api/v1/topics", Host=f"evil.example:{bkes.admin_port}")[0] == 421
    for known in ("localhost", "127.0.0.1", "[::1]:9190", "10.1.2.3:80"):
        assert api.get("/api/v1/topics", Host=known)[0] == 200


def test_nothing_is_told_unless_wanted(cluster, tmp_path):
    with BkesProcess(tmp_path, cluster.bootstrap_servers, {"topics": ""}) as off:
        status, body = off.http("/api/v1/topics")
        assert (status, "http.read=true" in body) == (404, True)
        assert off.http("/")[0] == 404


def test_the_page_is_there(api):
    status, headers, body = api.ask("/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert b"<html" in body
    assert api.ask("/page/nothing.js")[0] == 404
    assert api.ask("/", method="HEAD")[2] == b""
    assert api.ask("/api/v1/topics", method="POST")[0] == 405

