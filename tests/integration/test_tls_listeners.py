"""TLS towards clients: one listener where brokers have ports, one where they have names (SNI), one
that wants certificates of clients. What stands behind is a cluster in plain text."""

import contextlib
import shutil
import signal
import socket
import ssl

import kafka
import pytest

from bkes_process import BROKER_PORTS, BkesProcess, free_port_range, run_bkes
from certificates import Authority
from clients import (eventually, kcat, python_consumer, python_poll, python_producer,
                     rdkafka_producer, rdkafka_read, rdkafka_send)
from events import NONE, EventTopic, key_topic
from java_client import JavaClient
from kafka_tools import KafkaTools
from wire import Closed, Connection

pytestmark = pytest.mark.plain_scene("has listeners of its own")

PLAIN, EVENTS = "plain", "events"
BROKERS = (1, 2, 3)
BKES_NODE = 1_000_000_000
DOMAIN = "bkes.test"
HOSTS = ["127.0.0.1", DOMAIN, f"*.{DOMAIN}"]
KEY_PASSWORD = "secret-of-the-key"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates") / "ca")


class TlsBkes(BkesProcess):
    """`listening` is {name: settings of the listener}; all speak TLS with the certificate `shown`."""

    def __init__(self, directory, cluster, authority, shown, listening, **options):
        super().__init__(directory, cluster.bootstrap_servers, {"topics": EVENTS})
        self.authority = authority
        first = free_port_range((1 + BROKER_PORTS) * len(listening))
        self.ports = {name: first + n * (1 + BROKER_PORTS) for n, name in enumerate(listening)}
        self.port = next(iter(self.ports.values()))
        self.options |= {
            "listener": None, "broker.port.base": None, "broker.port.count": None,
            "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()),
            "listener.security.protocol.map": ",".join(f"{name}:SSL" for name in self.ports),
            "ssl.certificate.location": shown.certificate, "ssl.key.location": shown.key}
        self.options |= {f"listener.name.{name.lower()}.{key}": value
                         for name, settings in listening.items() for key, value in settings.items()}
        self.options |= options

    def wait_ready(self, timeout_s=30.0):
        self.wait_for_log(rf"listening .*listener={list(self.ports)[-1]}", timeout_s)

    def connect(self, name, broker=None, *, certificate=None, server_name=None, port=None):
        port = port or self.ports[name] + (0 if broker is None else 1 + broker)
        return Connection(self.host, port, tls=self.authority.client_context(certificate),
                          server_name=server_name)

    def address_of(self, name):
        return f"{self.host}:{self.ports[name]}"


@pytest.fixture(scope="module")
def bkes(kafka3, authority, tmp_path_factory):
    for topic in (PLAIN, EVENTS):
        kafka3.create_topic(topic, assignment=[[1, 2], [2, 3], [3, 1]])
    shown = authority.sign("bkes", HOSTS, password=KEY_PASSWORD)
    process = TlsBkes(
        tmp_path_factory.mktemp("bkes"), kafka3, authority, shown,
        {"PORTS": {}, "NAMES": {"broker.host": f"broker-$(id).{DOMAIN}"},
         "DOOR": {"ssl.client.auth": "required", "ssl.ca.location": authority.certificate}},
        **{"ssl.key.password": KEY_PASSWORD})
    process.options["advertised.listeners"] = f"NAMES://{DOMAIN}:{process.ports['NAMES']}"
    with process:
        yield process


def brokers_in(answer):
    return {(one["NodeId"], one["Host"], one["Port"]) for one in answer["Brokers"]}


def is_broker(raw, broker):
    answer = raw.call("DescribeConfigs", 4, {"Resources": [
        {"ResourceType": 4, "ResourceName": str(broker), "ConfigurationKeys": ["broker.id"]}]})
    return answer["Results"][0]["ErrorCode"] == NONE


def as_rdkafka(authority, **more):
    return {"security.protocol": "ssl", "ssl.ca.location": str(authority.certificate)} | more


# Brokers have ports. -------------------------------------------------------------------------------

def test_clients_of_ports(bkes, authority, tmp_path):
    servers = bkes.address_of("PORTS")
    config = as_rdkafka(authority)
    offsets = rdkafka_send(rdkafka_producer(servers, **config), PLAIN,
                           [(b"", b"librdkafka", [], partition) for partition in range(3)])
    for partition, offset in enumerate(offsets):
        (read,) = rdkafka_read(servers, PLAIN, 1, partition=partition, offset=offset, **config)
        assert read.value() == b"librdkafka"

    secure = {"security_protocol": "SSL", "ssl_cafile": str(authority.certificate)}
    producer, consumer = python_producer(servers, **secure), python_consumer(servers, **secure)
    sent = producer.send(PLAIN, b"kafka-python", partition=1).get(30)
    place = kafka.TopicPartition(PLAIN, 1)
    consumer.assign([place])
    consumer.seek(place, sent.offset)
    assert python_poll(consumer, 1)[0].value == b"kafka-python"
    producer.close()
    consumer.close()

    flags = [word for key, value in config.items() for word in ("-X", f"{key}={value}")]
    kcat(servers, *flags, "-P", "-t", EVENTS, "-k", "by-kcat", "-H", "order=0", stdin=b"event")
    assert kcat(servers, *flags, "-C", "-t", key_topic(EVENTS, b"by-kcat"), "-e", "-q") == b"event\n"

    with contextlib.closing(JavaClient(servers, tmp_path / "java.log")) as java:
        config = java_config(authority)
        (sent,) = java.send([{"topic": PLAIN, "key": "k", "value": "java", "partition": 2}],
                            config=config)
        assert "offset" in sent


def java_config(authority):
    return {"security.protocol": "SSL", "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(authority.certificate)}


def test_each_port_is_its_broker(bkes):
    for broker in BROKERS:
        with bkes.connect("PORTS", broker) as raw:
            assert is_broker(raw, broker)
            port = bkes.ports["PORTS"]
            assert brokers_in(raw.call("Metadata", 12, {"Topics": None})) == {
                (n, bkes.host, port + 1 + n) for n in BROKERS}


def test_guarded_appends_and_reads(bkes, authority, new_key):
    key = new_key()
    with EventTopic(bkes, EVENTS, 3, raw=bkes.connect("PORTS")) as topic:
        assert topic.append(key, b"first", 0).code == NONE
        assert topic.append(key, b"no", 0).code != NONE
        large = b"x" * 300_000  # many records of TLS
        assert topic.append(key, large, 1).code == NONE
        assert topic.values(key) == [b"first", large]


# Brokers have names. -------------------------------------------------------------------------------

def name_of(broker):
    return f"broker-{broker}.{DOMAIN}"


def test_all_are_told_names_on_one_port(bkes):
    port = bkes.ports["NAMES"]
    expected = {(n, name_of(n), port) for n in BROKERS}
    with bkes.connect("NAMES", server_name=DOMAIN) as raw:
        assert brokers_in(raw.call("Metadata", 12, {"Topics": None})) == expected
        answer = raw.call("Metadata", 12, {"Topics": [{"Name": key_topic(EVENTS, b"k")}]})
        assert brokers_in(answer) == expected | {(BKES_NODE, DOMAIN, port)}


def test_the_name_asked_for_is_the_broker(bkes):
    for broker in BROKERS:
        for name in (name_of(broker), name_of(broker).upper()):
            with bkes.connect("NAMES", server_name=name) as raw:
                assert [n for n in BROKERS if is_broker(raw, n)] == [broker]


@pytest.mark.parametrize("name", [DOMAIN, f"somebody.{DOMAIN}", name_of("02"), name_of(BKES_NODE),
                                  "127.0.0.1"])
def test_another_name_or_none_is_the_way_in(bkes, name):
    """An address is no name, and isn't sent."""
    with bkes.connect("NAMES", server_name=name) as raw:
        assert raw.call("Metadata", 12, {"Topics": None})["Brokers"]


def test_a_broker_that_nobody_knows_is_down(bkes):
    with bkes.connect("NAMES", server_name=name_of(77)) as raw:
        with pytest.raises(Closed):
            raw.call("Metadata", 12, {"Topics": None})


def test_java_and_kafka_python_by_name(bkes, authority, tmp_path, monkeypatch):
    servers = f"{DOMAIN}:{bkes.ports['NAMES']}"
    hosts = tmp_path / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {host}\n" for host in (DOMAIN, *map(name_of, BROKERS))))
    config = java_config(authority)
    with contextlib.closing(JavaClient(servers, tmp_path / "java.log",
                                       jvm_flags=[f"-Djdk.net.hosts.file={hosts}"])) as java:
        sent = java.send([{"topic": PLAIN, "key": "k", "value": f"by-name-{partition}",
                           "partition": partition} for partition in range(3)], config=config)
        for partition, one in enumerate(sent):
            java.assign([[PLAIN, partition, one["offset"]]], name=f"of-{partition}", config=config)
            records, _ = java.poll(1, name=f"of-{partition}")
            assert records[0]["value"] == f"by-name-{partition}"

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: real(
        "127.0.0.1" if str(host).endswith(DOMAIN) else host, *more, **named))
    producer = python_producer(servers, security_protocol="SSL", ssl_cafile=str(authority.certificate))
    sent = producer.send(EVENTS, b"event", key=b"by-name", headers=[("order", b"0")]).get(30)
    assert sent.offset >= 0
    producer.close()


# Clients show certificates. -----------------------------------------------------------------------

def test_a_certificate_of_the_authority_opens_the_door(bkes, authority):
    with bkes.connect("DOOR", certificate=authority.sign("client")) as raw:
        assert raw.call("Metadata", 12, {"Topics": None})["Brokers"]


def test_a_command_shows_the_certificate_that_its_file_names(bkes, authority, tmp_path):
    """The file is one of Kafka's tools: they take it too."""
    shown = authority.sign("shell")
    address = bkes.address_of("DOOR")
    file = tmp_path / "client.properties"
    file.write_text(f"""
        security.protocol=SSL
        ssl.truststore.type=PEM
        ssl.truststore.location={authority.certificate}
        ssl.keystore.type=PEM
        ssl.keystore.location={shown.both}""")
    at = ("--command-config", file, "--bootstrap-servers", address)
    done = run_bkes("append", EVENTS, "by-file", "--order", 0, *at, stdin=b"v")
    assert done.returncode == 0, done
    done = run_bkes("get", EVENTS, "by-file", "--reverse", *at)
    assert done.returncode == 0 and b"order 0 " in done.stdout, done
    with KafkaTools(tmp_path / "tools.log") as tools:
        told = tools.run("kafka-topics", address, "--list", "--command-config", file)
        assert told.code == 0 and EVENTS in told.out, told
    file.write_text(file.read_text().replace(str(shown.both), "/no/such.pem"))
    done = run_bkes("get", EVENTS, "by-file", *at)
    assert done.returncode == 2 and b"/no/such.pem" in done.stderr, done


def test_others_stay_outside(bkes, authority, tmp_path):
    stranger = Authority(tmp_path / "other", name="somebody else")
    for certificate in (None, stranger.sign("client"), authority.sign("late", expired=True)):
        # With TLS 1.3 a client hears of it when it reads.
        with pytest.raises((ssl.SSLError, Closed)):
            with bkes.connect("DOOR", certificate=certificate) as raw:
                raw.call("ApiVersions", 0)
    for reason in ("peer did not return a certificate", "certificate is refused: unable to get local",
                   "certificate is refused: certificate has expired"):
        bkes.wait_for_log(f"cause=handshake_failed .*{reason}")


# Files change. ------------------------------------------------------------------------------------

def serial_of(bkes, name, port=None):
    with bkes.connect(name, port=port) as raw:
        return raw.socket.getpeercert()["serialNumber"]


@pytest.fixture
def renewed(kafka3, authority, tmp_path):
    """A bkes whose certificate lies in files that the test replaces."""
    first = authority.sign("first", HOSTS)
    files = type(first)(*(tmp_path / f"shown.{kind}" for kind in ("pem", "key", "both")))
    replace(files, first)
    process = TlsBkes(tmp_path / "bkes", kafka3, authority, files, {"ONE": {}}, topics="",
                      **{"connections.max": 4})
    with process:
        process.files = files
        yield process


def replace(files, fresh):
    for old, new in ((files.certificate, fresh.certificate), (files.key, fresh.key)):
        shutil.copy(new, old.with_suffix(".new"))
        old.with_suffix(".new").rename(old)


def test_a_renewed_certificate_is_shown_and_connections_stay(renewed, authority):
    before = serial_of(renewed, "ONE")
    with renewed.connect("ONE") as old:
        replace(renewed.files, authority.sign("second", HOSTS))
        eventually(lambda: serial_of(renewed, "ONE") != before)
        assert "certificates read again listener=ONE" in renewed.log()
        assert old.call("Metadata", 12, {"Topics": None})["Brokers"]


def test_files_that_can_not_be_used_leave_the_old_ones_in_force(renewed, authority):
    before = serial_of(renewed, "ONE")
    shutil.copy(authority.sign("third", HOSTS).certificate, renewed.files.certificate)  # not the key
    line = renewed.wait_for_log(r"certificates can't be read again.*")[0]
    assert f"listener=ONE" in line and f"ssl.key.location={renewed.files.key}: is not the key" in line
    assert serial_of(renewed, "ONE") == before
    replace(renewed.files, authority.sign("fourth", HOSTS))
    eventually(lambda: serial_of(renewed, "ONE") != before)


def test_sighup_reads_settings_and_certificates(renewed, authority, tmp_path):
    """The settings of this process are flags, which stay; so a file is asked for in addition."""
    renewed.stop()
    settings = tmp_path / "bkes.properties"
    settings.write_text("connections.max=1\nlog.level=info\n")
    renewed.options |= {"connections.max": None, "log.level": None, "config": settings}
    with renewed:
        with renewed.connect("ONE") as first:
            first.call("ApiVersions", 0)
            with pytest.raises((Closed, ConnectionError, ssl.SSLError)):
                renewed.connect("ONE").call("ApiVersions", 0)
            settings.write_text("connections.max=2\nlog.level=debug\n")
            renewed.process.send_signal(signal.SIGHUP)
            renewed.wait_for_log("certificates read again listener=ONE")
            with renewed.connect("ONE") as second:
                second.call("ApiVersions", 0)
            renewed.wait_for_log("debug .*connection closed cause=client_closed")

            settings.write_text("connections.max=none\n")
            renewed.process.send_signal(signal.SIGHUP)
            renewed.wait_for_log("settings can't be read again, all stay in force reason=.*"
                                 "connections.max")
            assert first.call("Metadata", 12, {"Topics": None})["Brokers"]


# A start that can't be. ---------------------------------------------------------------------------

def test_a_wrong_password_of_the_key_stops_the_start(kafka3, authority, tmp_path):
    shown = authority.sign("locked", HOSTS, password=KEY_PASSWORD)
    process = TlsBkes(tmp_path, kafka3, authority, shown, {"ONE": {}}, topics="",
                      **{"ssl.key.password": "something-else"})
    process.start()
    assert process.wait_end() == 1
    assert f"ssl.key.location={shown.key}: holds no private key in PEM form, or" in process.log()
    assert "something-else" not in process.log()


def test_no_secret_is_shown(bkes):
    done = run_bkes("serve", *bkes.flags(), "--print-config")
    assert done.returncode == 0 and b"ssl.key.password=[hidden]" in done.stdout
    everything = done.stdout + done.stderr + b"".join(
        file.read_bytes() for file in bkes.directory.rglob("*") if file.is_file())
    assert KEY_PASSWORD.encode() not in everything
