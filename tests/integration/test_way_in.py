"""How bkes itself comes in at the brokers, and what it says when something is in its way: tokens of
OAUTHBEARER, rights that are missing, a password, an authority, brokers that come later. Whatever it
is, bkes stays, says it once, and goes on when it is repaired. One broker, SASL_SSL.
"""

import re
import time

import pytest

from bkes_process import BkesProcess, run_bkes
from certificates import Authority
from clients import eventually
from events import EventTopic
from kafka_cluster import KafkaCluster
from kafka_security import Security, allow, allow_bkes, set_password, withdraw
from token_endpoint import TokenEndpoint

USERS = {"bkes": "secret-of-bkes", "alice": "secret-of-alice"}
CLIENT, CLIENT_SECRET = "bkes-at-the-endpoint", "secret-of-the-client"
DONE = 0
REAUTHENTICATE_MS = 2500


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates") / "ca")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, authority):
    security = Security(users=USERS, authority=authority, unsecured_tokens=True,
                        reauthenticate_ms=REAUTHENTICATE_MS)
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), security=security) as cluster:
        cluster.create_topic("bkes", partitions=3)
        allow_bkes(cluster, "bkes")
        allow(cluster, "alice", ["READ", "WRITE", "DESCRIBE"], "topic", "bkes")
        yield cluster


@pytest.fixture
def endpoint(authority):
    with TokenEndpoint(authority, {CLIENT: CLIENT_SECRET}, "bkes", lifetime_s=4) as endpoint:
        yield endpoint


def with_tokens(cluster, endpoint, **more):
    settings = cluster.security.bkes("bkes") | endpoint.bkes(CLIENT, **more)
    return {key: value for key, value in settings.items()
            if key not in ("kafka.sasl.username", "kafka.sasl.password")}


def began(cluster, directory, settings, topics="bkes"):
    process = BkesProcess(directory, cluster.secured_servers,
                          {"topics": topics, "instance.id": "one"} | settings)
    return process.start()


def logged_in(bkes, user="alice", topic="bkes"):
    events = EventTopic(bkes, topic, partitions=3)
    assert events.raw.login(user, USERS[user])["ErrorCode"] == 0
    return events


def command(*words, settings, **process):
    flags = [word for key, value in settings.items()
             for word in ("--" + key.replace(".", "-"), value)]
    done = run_bkes(*words, *flags, **process)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# Tokens


def test_appends_go_on_over_many_tokens(cluster, endpoint, tmp_path):
    """A token lasts four seconds and a login two and a half; nothing is started anew."""
    bkes = began(cluster, tmp_path, with_tokens(
        cluster, endpoint, **{"sasl.oauthbearer.scope": "kafka events",
                              "sasl.oauthbearer.extensions": "traceOf=tests"}))
    try:
        bkes.wait_for_log("ready topic=bkes")
        appended, deadline = 0, time.monotonic() + 60
        while len(endpoint.granted) < 4 or len(re.findall("logged in again", bkes.log())) < 9:
            assert time.monotonic() < deadline, bkes.log_tail()
            with logged_in(bkes) as topic:
                for _ in range(50):
                    assert topic.append(b"tokens", order=appended, timeout_ms=5000).code == 0
                    appended += 1
        with logged_in(bkes) as topic:
            assert len(topic.read(b"tokens")) == appended
        assert not re.search("login refused|no token", bkes.log()), bkes.log_tail(100)
        assert set(endpoint.scopes) == {"kafka events"}
    finally:
        bkes.stop()
    assert CLIENT_SECRET not in bkes.log_file.read_text()
    assert not [token for token in endpoint.granted if token in bkes.log_file.read_text()]
    code, out, text = command("verify", "bkes", "--json", "--bootstrap-servers",
                              cluster.secured_servers, "--data-dir", bkes.data_dir,
                              settings=with_tokens(cluster, endpoint))
    assert (code, '"differences":0' in out) == (DONE, True), out + text


def test_an_endpoint_that_goes_and_comes_back(cluster, endpoint, tmp_path):
    endpoint.stop()
    bkes = began(cluster, tmp_path, with_tokens(cluster, endpoint))
    try:
        line = bkes.wait_for_log(r"no token for the brokers .*")[0]
        for words in (f"client_id={CLIENT}", "Connection refused", "last_one_lasts_s=0",
                      "kafka.sasl.oauthbearer.*"):
            assert words in line
        endpoint.start()
        bkes.wait_for_log("ready topic=bkes")
        assert "tokens are given again" in bkes.log()
        # Now from the midst of it: the last token ends, and then all logins.
        endpoint.stop()
        bkes.wait_for_log(r"(?s)(no token for the brokers.*){2}")
        eventually(lambda: re.search("there is no token to log in with", bkes.log()), 30)
        endpoint.start()

        def appended():
            with logged_in(bkes) as topic:
                return topic.append(b"back", order=0, timeout_ms=3000).code == 0

        eventually(appended, 30)
        assert len(re.findall("no token for the brokers", bkes.log())) <= 3
    finally:
        endpoint.stop()
        bkes.stop()
        endpoint.start()


def test_an_endpoint_that_refuses(cluster, endpoint, tmp_path):
    settings = with_tokens(cluster, endpoint) | {
        "kafka.sasl.oauthbearer.client.secret": "no-such-secret"}
    bkes = began(cluster, tmp_path, settings)
    try:
        line = bkes.wait_for_log(r"no token for the brokers .*")[0]
        assert 'reason="HTTP status 401: invalid_client: who is that?"' in line
        endpoint.clients[CLIENT] = "no-such-secret"
        bkes.wait_for_log("ready topic=bkes")
        assert "no-such-secret" not in bkes.log()
    finally:
        bkes.stop()


def test_commands_log_in_with_a_token(cluster, endpoint, tmp_path):
    bkes = began(cluster, tmp_path, cluster.security.bkes("bkes"))
    try:
        bkes.wait_for_log("ready topic=bkes")
        at = ("--bootstrap-servers", bkes.address)
        endpoint.subject = "alice"
        tokens = {key: value for key, value in with_tokens(cluster, endpoint).items()}
        tokens["kafka.security.protocol"] = "SASL_PLAINTEXT"
        code, _, text = command("append", "bkes", "by-token", "--order", "0", *at, settings=tokens,
                                stdin=b"v")
        assert code == DONE, text
        code, out, text = command("get", "bkes", "by-token", *at, settings=tokens)
        assert code == DONE and "v" in out, text
    finally:
        bkes.stop()
