"""bkes' own connections where the brokers want TLS and a login: appends, reads, `sync`, `verify`, and
what is said when something doesn't fit. The brokers ask again for the login every few seconds.

Clients come through bkes with accounts of their own (SASL passes through); rights of bkes' own are
`allow_bkes`.
"""

import re
import time

import pytest

from bkes_process import BkesProcess, command
from certificates import Authority
from clients import eventually
from events import EventTopic, event
from kafka_cluster import KafkaCluster
from kafka_security import Security, allow, allow_bkes, set_password

pytestmark = pytest.mark.plain_scene("has secured brokers of its own")

USERS = {"bkes": "secret-of-bkes", "alice": "secret-of-alice"}
USAGE, UNREACHABLE, DONE = 2, 3, 0
REAUTHENTICATE_MS = 2500


@pytest.fixture(scope="module")
def plain_text(tmp_path_factory):
    """SASL without TLS, two brokers."""
    security = Security(users=USERS, reauthenticate_ms=REAUTHENTICATE_MS)
    with KafkaCluster(tmp_path_factory.mktemp("sasl"), brokers=2, security=security) as cluster:
        cluster.create_topic("bkes", assignment=[[1, 2], [2, 1], [1, 2]])
        allow_bkes(cluster, "bkes")
        allow(cluster, "alice", ["READ", "WRITE", "DESCRIBE"], "topic", "bkes")
        yield cluster


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates") / "ca")


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory, authority):
    """SASL under TLS."""
    security = Security(users=USERS, authority=authority, reauthenticate_ms=REAUTHENTICATE_MS)
    with KafkaCluster(tmp_path_factory.mktemp("sasl_ssl"), security=security) as cluster:
        cluster.create_topic("bkes", partitions=3)
        allow_bkes(cluster, "bkes")
        allow(cluster, "alice", ["READ", "WRITE", "DESCRIBE"], "topic", "bkes")
        yield cluster


@pytest.fixture(scope="module")
def mutual(tmp_path_factory, authority):
    """TLS without SASL: a client is who its certificate says."""
    security = Security(authority=authority, client_auth="required")
    with KafkaCluster(tmp_path_factory.mktemp("mutual"), security=security) as cluster:
        cluster.create_topic("bkes", partitions=2)
        allow_bkes(cluster, "bkes", user="bkes-own")
        yield cluster


def started(cluster, directory, settings):
    process = BkesProcess(directory, cluster.secured_servers, {"topics": "bkes", "instance.id": "one"} | settings)
    process.start()
    process.wait_for_log("ready topic=bkes")
    return process


def logged_in(bkes, user="alice"):
    topic = EventTopic(bkes, "bkes", partitions=3)
    assert topic.raw.login(user, USERS[user])["ErrorCode"] == 0
    return topic


def have_all_logged_in_again(bkes, times):
    """The connections that last: for appends, for reading the log, for the cluster's metadata."""
    found = re.findall(r"logged in again address=\S+ client_id=bkes-one(\S*)", bkes.log())
    return all(found.count(kind) >= times for kind in ("-append", "-read", ""))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_appends_and_reads_go_on_over_many_logins(plain_text, tmp_path, mechanism):
    """The client of the test has to log in again like anybody, so it does with each connection."""
    bkes = started(plain_text, tmp_path, plain_text.security.bkes("bkes", mechanism))
    key = f"k-{mechanism}".encode()
    try:
        appended = 0
        deadline = time.monotonic() + 60
        while not have_all_logged_in_again(bkes, times=3):
            assert time.monotonic() < deadline, bkes.log_tail()
            with logged_in(bkes) as topic:
                for _ in range(50):
                    assert topic.append(key, order=appended, timeout_ms=5000).code == 0
                    appended += 1
        with logged_in(bkes) as topic:
            assert len(topic.read(key)) == appended
        assert not re.search(r"login refused|not available", bkes.log()), bkes.log_tail(100)
    finally:
        bkes.stop()
    code, out, complaint = command("verify", "bkes", "--json", "--bootstrap-servers",
                                   plain_text.secured_servers, "--data-dir", bkes.data_dir,
                                   settings=plain_text.security.bkes("bkes", "PLAIN"))
    assert (code, '"differences":0' in out) == (DONE, True), out + complaint


def test_a_password_that_is_changed_and_back(plain_text, tmp_path):
    """Each link finds out at its next login. Nothing is started anew."""
    bkes = started(plain_text, tmp_path, plain_text.security.bkes("bkes", "SCRAM-SHA-512"))
    try:
        with logged_in(bkes) as topic:
            assert topic.append(b"changed", order=0).code == 0
        set_password(plain_text, "bkes", "another-secret")
        line = bkes.wait_for_log(r"login refused .*")[0]
        for words in ("mechanism=SCRAM-SHA-512", "user=bkes", "Authentication failed",
                      "kafka.sasl.username and kafka.sasl.password"):
            assert words in line
        set_password(plain_text, "bkes", USERS["bkes"])
        bkes.wait_for_log(r"brokers accept the login again")

        def appended():
            with logged_in(bkes) as topic:
                return topic.append(b"changed", order=1, timeout_ms=3000).code == 0

        eventually(appended)
        assert len(re.findall("login refused", bkes.log())) == 1
        assert "secret" not in bkes.log()
    finally:
        set_password(plain_text, "bkes", USERS["bkes"])
        bkes.stop()


# What stops a command; `serve` waits until it is repaired (test_way_in.py).


def test_wrong_credentials_stop_a_command(plain_text, tmp_path):
    settings = plain_text.security.bkes("bkes", "SCRAM-SHA-256") | {
        "kafka.sasl.password": "no-such-secret"}
    code, _, text = command("sync", "--bootstrap-servers", plain_text.secured_servers,
                            "--data-dir", tmp_path, settings=settings)
    assert code == USAGE
    assert "the broker refused the login: Authentication failed" in text
    assert "check kafka.sasl.mechanism, kafka.sasl.username and kafka.sasl.password" in text
    assert "no-such-secret" not in text


def test_no_login_where_one_is_wanted(plain_text, tmp_path):
    code, _, text = command("sync", "--bootstrap-servers", plain_text.secured_servers,
                            "--data-dir", tmp_path, settings={})
    assert code == UNREACHABLE
    assert "if its listener wants a login, set kafka.security.protocol" in text


def test_commands_log_in_as_somebody(plain_text, tmp_path):
    bkes = started(plain_text, tmp_path, plain_text.security.bkes("bkes"))
    at = ("--bootstrap-servers", bkes.address)
    alice = plain_text.security.bkes("alice", "SCRAM-SHA-512")
    try:
        code, _, text = command("append", "bkes", "by-command", "--order", "0", *at, settings=alice,
                                stdin=b"v")
        assert code == DONE, text
        for mechanism in ("PLAIN", "SCRAM-SHA-256"):
            code, out, text = command("get", "bkes", "by-command", *at,
                                      settings=plain_text.security.bkes("alice", mechanism))
            assert code == DONE and "v" in out, text
        code, out, text = command("keys", "bkes", "--prefix", "by-", *at, settings=alice)
        assert code == DONE and "by-command" in out, text
        code, _, text = command("get", "bkes", "by-command", *at,
                                settings=alice | {"kafka.sasl.password": "wrong"})
        assert code == 1 and "refuses the login: Authentication failed" in text
    finally:
        bkes.stop()


def test_commands_log_in_as_a_file_of_kafkas_tools_says(plain_text, tmp_path):
    bkes = started(plain_text, tmp_path / "bkes", plain_text.security.bkes("bkes"))
    modules = "org.apache.kafka.common.security"
    file = tmp_path / "client.properties"

    def as_told(*words, user="alice", password=USERS["alice"], scram=True, **more):
        module, mechanism = (f"{modules}.scram.ScramLoginModule", "SCRAM-SHA-512") if scram else (
            f"{modules}.plain.PlainLoginModule", "PLAIN")
        file.write_text(f"""
            bootstrap.servers={bkes.address}
            security.protocol=SASL_PLAINTEXT
            sasl.mechanism={mechanism}
            sasl.jaas.config={module} required \\
              username="{user}" \\
              password="{password}";""")
        return command(*words, "--command-config", file, settings={}, **more)

    try:
        # Of whom the file doesn't speak, bkes' own settings may: they don't count.
        own = {"BKES_KAFKA_SASL_USERNAME": "bkes", "BKES_KAFKA_SSL_CA_LOCATION": "/no/such/file"}
        code, _, text = as_told("append", "bkes", "by-file", "--order", "0", stdin=b"v",
                                environment=own)
        assert code == DONE, text
        code, out, text = as_told("get", "bkes", "by-file", "--last", "1", scram=False)
        assert code == DONE and "v" in out, text
        code, out, text = as_told("keys", "bkes", "--prefix", "by-f")
        assert code == DONE and "by-file" in out, text
        for words in (("get", "bkes", "by-file"), ("tail", "bkes", "by-file")):
            code, _, text = as_told(*words, password="no-such-secret")
            assert code == 1 and "refuses the login: Authentication failed" in text
            assert "no-such-secret" not in text
    finally:
        bkes.stop()
    # Whoever reads the log goes to the brokers with it.
    code, out, text = as_told("verify", "bkes", "--json", "--data-dir", bkes.data_dir, "--bootstrap-servers",
                              plain_text.secured_servers, user="bkes", password=USERS["bkes"], scram=False)
    assert code == DONE and '"differences":0' in out, text


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_tls_and_a_login(encrypted, tmp_path, mechanism):
    settings = encrypted.security.bkes("bkes", mechanism)
    bkes = started(encrypted, tmp_path, settings)
    key = f"k-{mechanism}".encode()
    with logged_in(bkes) as topic:
        assert topic.append(key, order=0).code == 0
        assert topic.values(key) == [b"v"]
    bkes.wait_for_log("logged in again")
    bkes.stop()
    code, out, text = command("verify", "bkes", "--json", "--bootstrap-servers",
                              encrypted.secured_servers, "--data-dir", bkes.data_dir,
                              settings=encrypted.security.bkes("bkes", "PLAIN"))
    assert code == DONE and '"differences":0' in out, text


def test_verify_by_scram_works_or_says_at_once_why_not(encrypted, tmp_path):
    """librdkafka before 2.6.1 (Debian 12's) is refused by brokers that check the nonce, and asks for ever."""
    settings = encrypted.security.bkes("bkes", "SCRAM-SHA-256")
    bkes = started(encrypted, tmp_path, settings)
    with logged_in(bkes) as topic:
        assert topic.append(b"verified", order=0).code == 0
    bkes.stop()
    code, out, text = command("verify", "bkes", "--json", "--bootstrap-servers", encrypted.secured_servers,
                              "--data-dir", bkes.data_dir, settings=settings)
    if code == DONE:
        assert '"differences":0' in out
    else:
        assert code == USAGE
        assert re.search("librdkafka 2[.][0-6][.]0?.*is not let in: .*SASL authentication error.*Before 2.6.1", text)
        assert "kafka.sasl.mechanism=PLAIN or OAUTHBEARER" in text


def test_an_authority_that_bkes_does_not_know(encrypted, tmp_path):
    stranger = Authority(tmp_path / "stranger")
    settings = encrypted.security.bkes("bkes") | {"kafka.ssl.ca.location": stranger.certificate}
    code, _, text = command("sync", "--bootstrap-servers", encrypted.secured_servers,
                            "--data-dir", tmp_path, settings=settings)
    assert code == USAGE
    assert "certificate is refused: unable to get local issuer certificate" in text
    assert "check kafka.ssl.ca.location" in text


def test_plain_text_where_tls_is_spoken_and_the_reverse(encrypted, plain_text, tmp_path):
    code, _, text = command("serve", "--bootstrap-servers", encrypted.secured_servers,
                            "--data-dir", tmp_path, settings={})
    assert code == USAGE and "the broker speaks TLS there: kafka.security.protocol" in text
    code, _, text = command("sync", "--bootstrap-servers", plain_text.secured_servers,
                            "--data-dir", tmp_path,
                            settings=encrypted.security.bkes("bkes"))
    assert code == UNREACHABLE and "check kafka.security.protocol" in text


def test_a_certificate_of_its_own(mutual, authority, tmp_path):
    shown = authority.sign("bkes-own")
    settings = mutual.security.bkes(certificate=shown)
    bkes = started(mutual, tmp_path / "bkes", settings)
    bkes.stop()
    code, out, text = command("verify", "bkes", "--json", "--bootstrap-servers",
                              mutual.secured_servers, "--data-dir", bkes.data_dir,
                              settings=settings)
    assert code == DONE and '"differences":0' in out, text
    code, _, text = command("sync", "--bootstrap-servers", mutual.secured_servers, "--data-dir",
                            tmp_path, settings=mutual.security.bkes())
    assert code == UNREACHABLE and "certificate" in text
