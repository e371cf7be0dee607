"""What an instance shows of itself over HTTP: whether it lives, whether it serves, and why not."""

import http.client
import json
import signal
import socket
import ssl
import urllib.error
import urllib.request

import pytest

from bkes_process import BkesProcess, free_port_range, run_bkes
from certificates import Authority
from clients import eventually
from events import EventTopic, fetch_request, key_topic
from kafka_cluster import KafkaCluster

TOPIC = "bkes"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as started:
        started.create_topic(TOPIC, partitions=2)
        yield started


@pytest.fixture
def make(cluster, tmp_path):
    """make(name, **options): a bkes that isn't started."""

    def prepared(name, **options):
        return BkesProcess(tmp_path / name, cluster.bootstrap_servers, {"topics": TOPIC} | options)

    return prepared


def reasons(bkes):
    """None: it is ready."""
    status, body = bkes.http("/readyz")
    said = json.loads(body)
    assert said["ready"] == (status == 200), (status, said)
    return None if said["ready"] else {one["reason"] for one in said["reasons"]}


def is_listening(bkes):
    try:
        return bkes.http("/livez")[0]
    except (ConnectionError, urllib.error.URLError):
        return None


def test_from_its_start_to_its_end(make):
    with make("life") as bkes, EventTopic(bkes, TOPIC, partitions=2) as events:
        eventually(lambda: reasons(bkes) is None)
        assert bkes.http("/livez") == (200, "live\n")
        assert bkes.http("/nothing")[0] == 404
        assert events.append(b"k", b"v", 0).code == 0
        # It owes this one an answer, and so doesn't end at once.
        events.raw.send("Fetch", 11, fetch_request(key_topic(TOPIC, b"k"), offset=1, max_wait_ms=3000))
        bkes.process.send_signal(signal.SIGTERM)
        eventually(lambda: reasons(bkes) == {"draining"})
        assert bkes.http("/livez")[0] == 200
        assert events.raw.receive()["Responses"]
        assert bkes.wait_end() == 0


def test_clients_come_for_a_while_after_the_signal(make):
    """So that who sends them elsewhere has time to."""
    with make("drains", **{"drain.ms": 2000}) as bkes:
        eventually(lambda: reasons(bkes) is None)
        bkes.process.send_signal(signal.SIGTERM)
        eventually(lambda: reasons(bkes) == {"draining"})
        with EventTopic(bkes, TOPIC, partitions=2) as late:
            assert late.append(b"late", b"v", 0).code == 0
            assert late.raw.wait_closed() == b""
        assert bkes.wait_end() == 0


def status_of(bkes, *more, **process):
    return run_bkes("status", "--admin-listener", f"{bkes.host}:{bkes.admin_port}", *more, **process)


def test_status(make):
    bkes = make("asked", **{"instance.id": "asked"})
    done = status_of(bkes)
    assert done.returncode == 3 and b"no answer from" in done.stderr
    with bkes, EventTopic(bkes, TOPIC, partitions=2) as events:
        eventually(lambda: reasons(bkes) is None)
        assert events.append(b"status", b"v", "any").code == 0
        done = status_of(bkes)
        assert done.returncode == 0, done.stderr
        first, head, *rows = done.stdout.decode().splitlines()
        assert "instance=asked phase=serving ready=yes" in first
        assert head.split() == ["TOPIC", "PARTITION", "STATE", "STORED-OFFSET", "LOG-END-OFFSET", "LAG"]
        assert [row.split()[:3] for row in rows] == [[TOPIC, "0", "ready"], [TOPIC, "1", "ready"]]
        said = json.loads(status_of(bkes, "--json").stdout)
        assert said["connections"] >= 1 and sum(one["stored_offset"] for one in said["partitions"]) > 0
        # Something else than the admin listener.
        done = run_bkes("status", "--admin-listener", bkes.address, "--timeout-ms", "2000")
        assert done.returncode == 3, done.stdout


def test_before_there_is_a_broker(make):
    bkes = make("early")
    bkes.bootstrap_servers = f"127.0.0.1:{free_port_range(1)}"
    bkes.start()
    try:
        eventually(lambda: is_listening(bkes) == 200)
        assert reasons(bkes) == {"starting"}
    finally:
        bkes.kill()


def test_lost_to_another_instance(make):
    with make("first") as first:
        eventually(lambda: reasons(first) is None)
        with make("second") as second:
            eventually(lambda: reasons(second) is None)
            eventually(lambda: reasons(first) == {"lost_to_another_instance"})
            assert first.http("/livez")[0] == 200


def test_no_leader(cluster, make):
    with make("leaderless") as bkes:
        eventually(lambda: reasons(bkes) is None)
        cluster.broker(1).stop()
        eventually(lambda: reasons(bkes) == {"held"})
        cluster.broker(1).start()
        cluster.wait_ready()
        eventually(lambda: reasons(bkes) is None)


def test_it_can_be_off_and_says_when_it_cannot_be_on(cluster, make, tmp_path):
    with make("off", **{"admin.listener": ""}) as bkes:
        assert is_listening(bkes) is None
    with make("on") as bkes:
        done = run_bkes("serve", "--bootstrap-servers", cluster.bootstrap_servers, "--data-dir", tmp_path / "other",
                        environment={"BKES_ADMIN_LISTENER": f"{bkes.host}:{bkes.admin_port}"})
        assert done.returncode == 1
        said = (done.stdout + done.stderr).decode()
        assert f"admin.listener={bkes.host}:{bkes.admin_port} can't be bound" in said


def test_by_tls(make, tmp_path):
    """Only with certificates of its own: those of all listeners are for clients of Kafka."""
    authority = Authority(tmp_path / "ca")
    shown = authority.sign("admin", ["127.0.0.1"])
    options = {"http.read": "true", "listener.name.admin.ssl.certificate.location": shown.certificate,
               "listener.name.admin.ssl.key.location": shown.key}
    with make("tls", **options) as bkes:
        bkes.wait_for_log(f"ready topic={TOPIC}")
        bkes.wait_for_log("admin listening address=.* protocol=https")
        trusting = ssl.create_default_context(cafile=authority.certificate)
        base = f"https://{bkes.host}:{bkes.admin_port}"
        for path in ("/readyz", "/", "/api/v1/topics"):
            with urllib.request.urlopen(base + path, context=trusting, timeout=10) as answer:
                assert answer.status == 200
        tail = http.client.HTTPSConnection(bkes.host, bkes.admin_port, context=trusting, timeout=10)
        tail.request("GET", f"/api/v1/topics/{TOPIC}/keys/by-tls/tail")
        told = tail.getresponse()
        with EventTopic(bkes, TOPIC, partitions=2) as events:
            assert events.append(b"by-tls", b"v", 0).code == 0
        while not told.readline().startswith(b"id: 0"):
            pass
        tail.close()
        # In plain text there is no answer, and a client that trusts others gets none.
        with socket.create_connection((bkes.host, bkes.admin_port)) as plain:
            plain.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert not plain.recv(100).startswith(b"HTTP/")
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(base + "/livez", timeout=10)
        same = {"BKES_" + key.replace(".", "_").upper(): str(value) for key, value in options.items()}
        asked = status_of(bkes, "--kafka-ssl-ca-location", authority.certificate, environment=same)
        assert asked.returncode == 0, asked.stderr
        assert b"ready=yes" in asked.stdout


@pytest.mark.parametrize("settings, says", [
    ({"listener.name.admin.ssl.certificate.location": "/a"},
     "admin.listener with TLS needs listener.name.admin.ssl.key.location"),
    ({"listener.name.admin.broker.host": "b$(id).example"}, "admin.listener leads to no brokers"),
    ({"listeners": "ADMIN://127.0.0.1:9192", "listener.security.protocol.map": "ADMIN:PLAINTEXT"},
     "ADMIN is how admin.listener is called"),
    ({"listener.name.admin.ssl.certificate.location": "/nowhere/cert.pem",
      "listener.name.admin.ssl.key.location": "/nowhere/key.pem"},
     "listener.name.admin.ssl.certificate.location"),
])
def test_tls_settings_that_make_no_sense(settings, says):
    flags = [word for key, value in ({"bootstrap.servers": "127.0.0.1:1"} | settings).items()
             for word in ("--" + key.replace(".", "-"), value)]
    done = run_bkes("serve", *flags, environment={"BKES_ADMIN_LISTENER": "127.0.0.1:0"})
    assert done.returncode != 0
    assert says in (done.stdout + done.stderr).decode()
