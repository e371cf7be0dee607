"""Producer quotas of the cluster bind appends as they bind whoever produces without bkes, and bkes' own
connections don't wait for one unseen."""

import shlex
import subprocess
import time

import pytest

from bkes_process import logged_in_bkes
from clients import eventually
from events import NONE, event, produce_outcomes, produce_request
from kafka_cluster import KafkaCluster, libs_dir
from kafka_security import Security, allow, allow_bkes
from kafka_node import java
from record_batches import batch
from wire import Connection

pytestmark = pytest.mark.plain_scene("has accounts of its own")

GUARDED, DIRECT, OTHERS = "bkes", "direct", "others"
USERS = {name: name + "-secret" for name in ("bkes", "newcomer", "alice", "bob")}
QUOTA = 100_000  # bytes a second; ten seconds of it may come at once
LARGE = 450_000
BY_USER = {"user": "alice"}
BY_CLIENT_ID = {"client-id": "metered"}


def set_quota(cluster, entity, bytes_per_second):
    """entity: {"user": name} or {"client-id": name}, or both; name None: the default. No number: no
    quota."""
    with Connection(*cluster.addresses[0]) as raw:
        parts = [{"EntityType": kind, "EntityName": name} for kind, name in entity.items()]
        answer = raw.call("AlterClientQuotas", 1, {"Entries": [{"Entity": parts, "Ops": [
            {"Key": "producer_byte_rate", "Value": bytes_per_second or 0,
             "Remove": bytes_per_second is None}]}]})
        assert answer["Entries"][0]["ErrorCode"] == NONE, answer


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    security = Security(users=USERS)
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), security=security) as cluster:
        for topic in (GUARDED, DIRECT, OTHERS):
            cluster.create_topic(topic, partitions=1)
            for user in ("alice", "bob"):
                allow(cluster, user, ["WRITE", "READ"], "topic", topic)
        set_quota(cluster, BY_USER, QUOTA)
        set_quota(cluster, BY_CLIENT_ID, QUOTA)
        yield cluster


@pytest.fixture(scope="module")
def bkes(cluster, tmp_path_factory):
    allow_bkes(cluster, GUARDED)
    with logged_in_bkes(cluster, tmp_path_factory.mktemp("bkes"), GUARDED) as process:
        yield process


class Writer:
    """A client that sends the next request as soon as it has an answer: it is for the other side to
    hold it back."""

    def __init__(self, place, topic, user, client_id):
        self.raw = Connection(*place, client_id=client_id)
        assert self.raw.login(user, USERS[user])["ErrorCode"] == NONE
        self.topic = topic

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.close()

    def send(self, size, key=b"k"):
        self.raw.send("Produce", 9, produce_request({(self.topic, 0): batch([event(key, bytes(size))])}))

    def take_throttle_ms(self):
        answer = self.raw.receive()
        assert produce_outcomes(answer)[self.topic, 0].code == NONE, answer
        return answer["ThrottleTimeMs"]

    def produce(self, size, **more):
        """(throttle time of the answer, seconds until it came)"""
        began = time.monotonic()
        self.send(size, **more)
        return self.take_throttle_ms(), time.monotonic() - began


def run_tool(command, servers):
    """A kafka-configs.sh line, with somebody's rights who may do it."""
    words = shlex.split(command)
    assert words[0] == "kafka-configs.sh"
    words[words.index("--bootstrap-server") + 1] = servers
    subprocess.run([java(), "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                    f"{libs_dir()}/*", "kafka.admin.ConfigCommand", *words[1:]],
                   check=True, timeout=120)


def test_a_quota_that_holds_up_all_appends_is_told_with_what_exempts_them(cluster, bkes):
    """Three clients that are within their quota are over it together."""
    def append_large():
        for number in range(3):
            with Writer((bkes.host, bkes.port), GUARDED, "bob", f"client-{number}") as writer:
                assert writer.produce(LARGE)[0] == 0

    def seconds_of_an_append():
        with Writer((bkes.host, bkes.port), GUARDED, "bob", "another") as writer:
            return writer.produce(1)[1]

    set_quota(cluster, {"client-id": None}, QUOTA)
    try:
        append_large()
        told = bkes.wait_for_log(r"warn .*a quota of the brokers holds up the appends of all "
                                 r"clients address=\S+ throttle_ms=\d+ .* exempt=\"(.*)\"")[1]
        assert seconds_of_an_append() > 1.0
        run_tool(told, cluster.bootstrap_servers)
        eventually(lambda: seconds_of_an_append() < 0.5)
        append_large()
        assert seconds_of_an_append() < 1.0
    finally:
        set_quota(cluster, {"client-id": None}, None)


def is_about(given, expected, within=150):
    return abs(given - expected) <= 0.1 * expected + within


# A throttle time depends on when within a second it is asked for: brokers count by windows of one.
WINDOW_MS = 1000


@pytest.mark.parametrize("user,client_id", [("alice", "app"), ("bob", "metered")],
                         ids=["user", "client-id"])
def test_who_is_over_its_quota_is_held_back_as_by_a_broker(cluster, bkes, user, client_id):
    """Beside one who does the same at the same time without bkes."""
    here, there = (bkes.host, bkes.port), cluster.secured_listeners[1]
    set_quota(cluster, {"client-id": f"direct-{client_id}"}, QUOTA)
    with Writer(here, GUARDED, user, client_id) as guarded, \
            Writer(there, DIRECT, "bob", f"direct-{client_id}") as direct, \
            Writer(here, GUARDED, "bob", "neighbour") as neighbour:
        neighbour.produce(1)
        for _ in range(2):
            assert [guarded.produce(LARGE)[0], direct.produce(LARGE)[0]] == [0, 0]
        over, seconds = guarded.produce(LARGE)
        direct_over, _ = direct.produce(LARGE)
        assert seconds < 0.9, "what is over is written, and answered, at once"
        assert over > 1000 and is_about(over, direct_over, WINDOW_MS), (over, direct_over)
        began = time.monotonic()
        guarded.send(1)
        direct.send(1)
        neighbours_throttle, neighbours_seconds = neighbour.produce(1)
        assert (neighbours_throttle, neighbours_seconds < 0.9) == (0, True), neighbours_seconds
        again = guarded.take_throttle_ms()
        waited_ms = 1000 * (time.monotonic() - began)
        direct_again = direct.take_throttle_ms()
        direct_waited_ms = 1000 * (time.monotonic() - began)
        assert is_about(again, direct_again, WINDOW_MS), (again, direct_again)
        assert is_about(waited_ms, over) and is_about(direct_waited_ms, direct_over), (
            waited_ms, direct_waited_ms)


def test_who_wants_no_answer_is_held_back_too(bkes):
    with Writer((bkes.host, bkes.port), GUARDED, "bob", "metered") as writer:
        request = produce_request({(GUARDED, 0): batch([event(b"k", bytes(LARGE))])}, acks=0)
        for _ in range(3):
            writer.raw.send("Produce", 9, request, answered=False)
        began = time.monotonic()
        assert writer.raw.call("Metadata", 9, {"Topics": []})["Brokers"]
        assert time.monotonic() - began > 0.8


def test_a_request_for_guarded_and_other_topics_counts_as_a_whole(bkes):
    """Its parts are counted here and at the broker; the longer of both times is told."""
    with Writer((bkes.host, bkes.port), GUARDED, "alice", "both") as writer:
        both = {(topic, 0): batch([event(b"k", bytes(LARGE))]) for topic in (GUARDED, DIRECT)}
        for _ in range(3):
            answer = writer.raw.call("Produce", 9, produce_request(both))
            assert {one.code for one in produce_outcomes(answer).values()} == {NONE}
        assert answer["ThrottleTimeMs"] > 1000
        began = time.monotonic()
        assert writer.raw.call("Metadata", 9, {"Topics": []})["Brokers"]
        assert time.monotonic() - began > 0.8


def test_quotas_bind_when_bkes_may_read_them(cluster, tmp_path):
    """Its user lacks the right at first."""
    for right in ((["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"], "topic", OTHERS),
                  (["WRITE", "DESCRIBE"], "transactional_id", "bkes-")):
        allow(cluster, "newcomer", *right, prefixed=right[1] != "topic")
    set_quota(cluster, {"client-id": "slow"}, 1)

    def throttle_ms():
        with Writer((bkes.host, bkes.port), OTHERS, "bob", "slow") as writer:
            return writer.produce(1)[0]

    with logged_in_bkes(cluster, tmp_path, OTHERS, "newcomer") as bkes:
        told = bkes.wait_for_log(r"quotas of clients can't be read.* add=\"kafka-acls.sh (.*)\"")[1]
        assert told.endswith("--allow-principal User:newcomer --cluster --operation DescribeConfigs")
        assert throttle_ms() == 0
        allow(cluster, "newcomer", ["DESCRIBE_CONFIGS"], "cluster", "kafka-cluster")
        assert eventually(throttle_ms) > 60_000
