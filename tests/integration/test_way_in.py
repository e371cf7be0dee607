"""How bkes itself comes in at the brokers, and what it says when something is in its way: tokens of
OAUTHBEARER, rights that are missing, a password, an authority, brokers that come later. Whatever it
is, bkes stays, says it once, and goes on when it is repaired. One broker, SASL_SSL.
"""

import re
import socket
import ssl
import threading
import time

import pytest

from bkes_process import BkesProcess, command
from certificates import Authority
from clients import eventually
from events import EventTopic
from kafka_cluster import KafkaCluster
from kafka_security import Security, allow, allow_bkes, set_password, withdraw
from token_endpoint import TokenEndpoint
from wire import Closed

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


# What stands in the way of a start


def missing(bkes):
    """What bkes said that it lacks: (operation, resource) -> the command that adds it."""
    found = re.findall(
        r'right is missing principal="bkes" operation=(\w+) resource="([^"]*)" add="([^"]*)"',
        bkes.log())
    return {(operation, resource): command for operation, resource, command in found}


IDS = "--transactional-id bkes- --resource-pattern-type prefixed"


def test_each_missing_right_is_named_and_waited_for(cluster, tmp_path):
    cluster.create_topic("apart", partitions=3)
    allow(cluster, "alice", ["READ", "WRITE"], "topic", "apart")
    withdraw(cluster, "bkes", "transactional_id", "bkes-", prefixed=True)
    withdraw(cluster, "bkes", "cluster", "kafka-cluster")
    bkes = began(cluster, tmp_path, cluster.security.bkes("bkes"), topics="apart")
    try:
        bkes.wait_for_log("can't serve yet, .*User:bkes lacks rights")
        add = (f"kafka-acls.sh --bootstrap-server {cluster.secured_servers} --add "
               "--allow-principal User:bkes ")
        everything = {(operation, "--topic apart") for operation in
                      ("Read", "Write", "Describe", "DescribeConfigs")} | {
            ("Describe", "--topic apart.key. --resource-pattern-type prefixed"),
            ("Write", IDS), ("Describe", IDS), ("DescribeConfigs", "--cluster")}
        assert missing(bkes) == {one: f"{add}{one[1]} --operation {one[0]}" for one in everything}
        allow(cluster, "bkes", ["READ"], "topic", "apart")
        bkes.wait_for_log("rights were granted")
        allow(cluster, "bkes", ["WRITE"], "topic", "apart")
        allow(cluster, "bkes", ["WRITE", "DESCRIBE"], "transactional_id", "bkes-", prefixed=True)
        # It serves without what it only wishes for, and nothing was said twice.
        bkes.wait_for_log("ready topic=apart")
        with logged_in(bkes, topic="apart") as topic:
            assert topic.append(b"granted", order=0).code == 0
        assert bkes.log().count("right is missing") == len(everything)
        assert bkes.log().count("can't serve yet") == 1
    finally:
        allow_bkes(cluster, "bkes")
        bkes.stop()


def test_all_rights_are_no_news(cluster, tmp_path):
    bkes = began(cluster, tmp_path, cluster.security.bkes("bkes"))
    try:
        bkes.wait_for_log("ready topic=bkes")
        assert not re.search("right is missing|rights were granted|can't serve yet", bkes.log())
    finally:
        bkes.stop()


def test_a_password_that_is_put_right_at_the_brokers(cluster, tmp_path):
    settings = cluster.security.bkes("bkes", "SCRAM-SHA-256") | {
        "kafka.sasl.password": "the-new-secret"}
    bkes = began(cluster, tmp_path, settings)
    try:
        line = bkes.wait_for_log("can't serve yet, it is tried again .*")[0]
        assert "the broker refused the login: Authentication failed" in line
        assert "check kafka.sasl.mechanism, kafka.sasl.username and kafka.sasl.password" in line
        set_password(cluster, "bkes", "the-new-secret")
        bkes.wait_for_log("ready topic=bkes")
        assert bkes.log().count("can't serve yet") == 1
        assert "the-new-secret" not in bkes.log()
    finally:
        set_password(cluster, "bkes", USERS["bkes"])
        bkes.stop()


def test_an_authority_that_is_added_while_it_runs(cluster, authority, tmp_path):
    """Before the brokers get certificates of another one; for bkes' own connections and clients'."""
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(authority.certificate.read_bytes())
    bkes = began(cluster, tmp_path / "bkes",
                 cluster.security.bkes("bkes") | {"kafka.ssl.ca.location": trusted})
    try:
        bkes.wait_for_log("ready topic=bkes")
        both = tmp_path / "both.pem"
        both.write_bytes(trusted.read_bytes()
                         + Authority(tmp_path / "next").certificate.read_bytes())
        both.rename(trusted)
        for whose in ("own", "clients-to-brokers"):
            bkes.wait_for_log(f"certificates read again connections={whose}")
        with logged_in(bkes) as topic:
            assert topic.append(b"with-both", order=0).code == 0
    finally:
        bkes.stop()


def test_an_authority_that_is_replaced(cluster, authority, tmp_path):
    """The file of before is there; the brokers show certificates of the new authority."""
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(Authority(tmp_path / "old").certificate.read_bytes())
    settings = cluster.security.bkes("bkes") | {"kafka.ssl.ca.location": trusted}
    bkes = began(cluster, tmp_path / "bkes", settings)
    try:
        line = bkes.wait_for_log("can't serve yet, it is tried again .*")[0]
        assert "certificate is refused: unable to get local issuer certificate" in line
        assert "check kafka.ssl.ca.location" in line
        trusted.write_text("half written")
        line = bkes.wait_for_log("certificates can't be read again, .*")[0]
        assert f"kafka.ssl.ca.location={trusted}: holds no certificate in PEM form" in line
        trusted.write_bytes(authority.certificate.read_bytes())
        bkes.wait_for_log("ready topic=bkes")
    finally:
        bkes.stop()


def test_brokers_that_come_later(cluster, tmp_path):
    (broker,) = cluster.brokers
    broker.stop()
    bkes = began(cluster, tmp_path, cluster.security.bkes("bkes"))
    try:
        line = bkes.wait_for_log("can't serve yet, it is tried again .*")[0]
        assert f"no answer from {cluster.secured_servers} (Connection refused)" in line
        assert "check the address and that Kafka is running" in line
        broker.start()
        cluster.wait_ready()
        bkes.wait_for_log("ready topic=bkes", timeout_s=60)
    finally:
        bkes.stop()


class Man:
    """Somebody at the port of a broker that is down; `heard` is what anybody told him under TLS."""

    def __init__(self, address, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate.both)
        self.socket = socket.create_server(address)
        self.heard, self.came = b"", 0
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return  # closed
            self.came += 1
            try:
                with self.context.wrap_socket(client, server_side=True) as talks:
                    self.heard += talks.recv(65536)
            except OSError:  # of TLS too
                pass


def test_a_man_at_the_port_of_a_broker_that_is_down_hears_nothing(cluster, authority, tmp_path):
    """His certificate is good for the address, and of another authority."""
    (broker,), (address,) = cluster.brokers, cluster.secured_addresses
    bkes = began(cluster, tmp_path / "bkes", cluster.security.bkes("bkes"))
    try:
        bkes.wait_for_log("ready topic=bkes")
        broker.stop()
        shown = Authority(tmp_path / "other", name="somebody else").sign("man", [address[0]])
        man = Man(address, shown)
        with pytest.raises((Closed, ConnectionError)):
            logged_in(bkes)
        bkes.wait_for_log("broker can't be reached address=.*certificate is refused")
        came = man.came
        eventually(lambda: man.came > came)  # bkes' own connections try on
        assert man.heard == b""
        man.socket.close()
        broker.start()
        cluster.wait_ready()
        with eventually(lambda: let_in(bkes)) as topic:
            assert topic.append(b"after-the-man", order=0, timeout_ms=20_000).code == 0
    finally:
        bkes.stop()


def let_in(bkes):
    try:
        return logged_in(bkes)
    except (Closed, ConnectionError):
        return None
