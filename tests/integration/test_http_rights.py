"""By HTTP everybody sees what Kafka's brokers let him read, and nobody sees by bkes' own account."""

import base64
import time

import pytest

from bkes_process import BkesProcess, logged_in_bkes
from certificates import Authority
from browser import Browser
from clients import eventually
from events import NONE, POLICY_VIOLATION, EventTopic
from http_api import HttpApi, bytes_of, path_of
from kafka_cluster import KafkaCluster
from kafka_security import Security, allow, allow_bkes, withdraw
from token_endpoint import unsecured_token

pytestmark = pytest.mark.plain_scene("has accounts of its own")

TOPIC = "bkes"
SECRET = b"what-nobody-may-see"
CACHE_MS = 300
USERS = {name: name + "-secret" for name in
         ("bkes", "writer", "nobody", "orders", "leaver")} | {"reader": "reader:secret with a colon"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    security = Security(users=USERS, unsecured_tokens=True)
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), security=security) as cluster:
        for name in (TOPIC, "by-key"):
            cluster.create_topic(name, partitions=2)
            allow_bkes(cluster, name)
        for user in ("reader", "leaver"):
            allow(cluster, user, ["READ"], "topic", TOPIC)
        allow(cluster, "writer", ["WRITE"], "topic", TOPIC)
        allow(cluster, "writer", ["WRITE"], "topic", "by-key.key.", prefixed=True)
        allow(cluster, "orders", ["READ"], "topic", "by-key.key.order-", prefixed=True)
        yield cluster


@pytest.fixture(scope="module")
def bkes(cluster, tmp_path_factory):
    with logged_in_bkes(cluster, tmp_path_factory.mktemp("bkes"), TOPIC, authorize_cache_ms=CACHE_MS,
                        http_read="true") as process:
        yield process


@pytest.fixture(scope="module")
def by_key(cluster, tmp_path_factory):
    with logged_in_bkes(cluster, tmp_path_factory.mktemp("by-key"), "by-key", authorize="keys",
                        authorize_cache_ms=CACHE_MS, http_read="true",
                        **{"kafka.sasl.mechanism": "SCRAM-SHA-512"}) as process:
        yield process


def writing(bkes, topic=TOPIC):
    events = EventTopic(bkes, topic, partitions=2)
    assert events.raw.login("writer", USERS["writer"])["ErrorCode"] == 0
    return events


@pytest.fixture(scope="module")
def key(bkes):
    with writing(bkes) as events:
        for order in range(3):
            assert events.append(b"secret", SECRET, order).code == NONE
    return b"secret"


def api_of(bkes, user):
    return HttpApi(bkes, user, USERS[user])


def paths(topic, key):
    return [path_of(topic, key), path_of(topic, key, "tail"), f"/api/v1/topics/{topic}/keys"]


def test_who_may_read_reads(bkes, key):
    reader = api_of(bkes, "reader")
    assert [bytes_of(one, "value") for one in reader.events(TOPIC, key)] == [SECRET] * 3
    assert reader.get("/api/v1/topics")[1]["topics"] == [{"topic": TOPIC, "partitions": 2}]
    assert reader.get(f"/api/v1/topics/{TOPIC}/keys")[1]["keys"][0]["next_order"] == 3
    with reader.stream(path_of(TOPIC, key, "tail")) as tail:
        assert bytes_of(tail.next()["data"], "value") == SECRET


@pytest.mark.parametrize("user", ["writer", "nobody"])
def test_who_may_not_read_is_told_nothing(bkes, key, user):
    asking = api_of(bkes, user)
    for path in paths(TOPIC, key) + paths(TOPIC, b"never-seen"):
        status, _, body = asking.ask(path)
        assert status == 403, body
        assert SECRET not in body
        assert b"next_order" not in body
    shown = asking.get("/api/v1/topics")[1]["topics"]
    assert [one["topic"] for one in shown] == ([TOPIC] if user == "writer" else [])


def test_a_token_is_a_login_too(bkes, key):
    assert HttpApi(bkes, token=unsecured_token("reader", 60)).get(path_of(TOPIC, key))[0] == 200
    assert HttpApi(bkes, token=unsecured_token("nobody", 60)).get(path_of(TOPIC, key))[0] == 403
    assert HttpApi(bkes, token=unsecured_token("reader", -60)).get(path_of(TOPIC, key))[0] == 401


def test_who_isnt_logged_in_is_asked_to(bkes, key):
    for asking in (HttpApi(bkes), HttpApi(bkes, "reader", "wrong"), HttpApi(bkes, "no-such-user", "x"),
                   HttpApi(bkes, token="a.b.c")):
        for path in [*paths(TOPIC, key), "/api/v1/topics", f"/api/v1/topics/{TOPIC}/conflicts"]:
            status, headers, body = asking.ask(path)
            assert status == 401, body
            assert headers["WWW-Authenticate"].startswith('Basic realm="bkes"')
            assert SECRET not in body
    assert HttpApi(bkes).get("/api/v1/topics", Authorization="Basic nonsense")[0] == 400
    assert HttpApi(bkes).ask("/")[0] == 200  # the page itself holds nothing


def test_rights_by_key(by_key):
    with writing(by_key, "by-key") as events:
        for name in (b"order-1", b"order-2", b"bill-1"):
            assert events.append(name, SECRET, 0).code == NONE
        orders = api_of(by_key, "orders")
        with orders.stream("/api/v1/topics/by-key/conflicts") as conflicts:
            assert len(orders.events("by-key", b"order-1")) == 1
            assert orders.ask(path_of("by-key", b"bill-1"))[0] == 403
            pages = orders.pages("/api/v1/topics/by-key/keys?limit=1")
            assert [bytes_of(one, "key") for page in pages for one in page["keys"]] == [b"order-1", b"order-2"]
            for name in (b"bill-1", b"order-2"):
                assert events.append(name, SECRET, 7).code == POLICY_VIOLATION
            assert bytes_of(conflicts.next()["data"], "key") == b"order-2"


def test_a_right_that_is_withdrawn_ends_a_tail_before_it_tells_more(cluster, bkes, key):
    leaver = api_of(bkes, "leaver")
    with writing(bkes) as events, leaver.stream(path_of(TOPIC, key, "tail", **{"from": "end"})) as tail:
        assert tail.next()["event"] == "caught_up"
        withdraw(cluster, "leaver", "topic", TOPIC)
        eventually(lambda: leaver.ask(path_of(TOPIC, key))[0] == 403)
        time.sleep(CACHE_MS / 1000)  # what the tail's own connection remembers
        assert events.append(key, b"later", "any").code == NONE
        told = tail.next()
        assert (told["event"], told["data"]["status"]) == ("problem", 403)
        assert tail.next() is None


def test_passwords_are_nowhere(bkes, key):
    api_of(bkes, "reader").get(path_of(TOPIC, key))
    HttpApi(bkes, "reader", "wrong-secret-17").get(path_of(TOPIC, key))
    seen = bkes.log() + bkes.http("/metrics")[1] + bkes.http("/status")[1]
    for secret in (USERS["reader"], "wrong-secret-17"):
        assert secret not in seen
        assert base64.b64encode(f"reader:{secret}".encode()).decode() not in seen


def test_the_page_shows_what_its_reader_may_see(bkes, key):
    with Browser() as browser:
        address = f"http://{bkes.host}:{bkes.admin_port}/#/events/{TOPIC}?key=secret"
        # As the browser sends it when a person has told it in its own dialog.
        for user, seen in (("writer", "You may not see this"), ("nobody", "none that you may see"), ("reader", SECRET.decode())):
            browser.headers(api_of(bkes, user).headers)
            browser.open(address)
            browser.wait("main", seen)
            assert (SECRET.decode() in browser.text("main")) == (user == "reader")
        browser.wait(".live-box", "Live")
        with writing(bkes) as events:
            assert events.append(b"secret", b"and one more", "any").code == NONE
        browser.wait(".event", "and one more")


def test_who_lets_passwords_travel_in_plain_text_is_warned(cluster, tmp_path):
    def said(name, address, **more):
        options = {"topics": "", "admin.listener": address, "http.read": "true"} | more
        bkes = BkesProcess(tmp_path / name, cluster.secured_servers, cluster.security.bkes("bkes") | options)
        bkes.start()
        try:
            bkes.wait_for_log(r"listening address=\S+ advertised")
            return "passwords of people travel in plain text" in bkes.log()
        finally:
            bkes.stop()

    shown = Authority(tmp_path / "ca").sign("admin", ["127.0.0.1"])
    assert said("open", "0.0.0.0:0")
    assert not said("loopback", "127.0.0.1:0")
    assert not said("tls", "0.0.0.0:0", **{"listener.name.admin.ssl.certificate.location": shown.certificate,
                                           "listener.name.admin.ssl.key.location": shown.key})
