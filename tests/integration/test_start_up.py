"""Starts that can't work: each ends soon, with an exit code and words that say what to do."""

import re
import socket

import pytest

import scene
from bkes_process import BROKER_PORTS, free_port_range, run_bkes
from clients import rdkafka_producer, rdkafka_send
from cluster_requests import set_read_quota
from events import EventTopic
from kafka_cluster import EVENT_TOPIC, KafkaCluster

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3


def assert_ends(bkes, code, *words):
    assert bkes.wait_end(30) == code, bkes.log_tail()
    errors = [line for line in bkes.log().splitlines() if " error " in line or " warn " in line]
    assert errors, bkes.log_tail()
    for word in words:
        assert any(re.search(word, line) for line in errors), (word, errors)


def serve(*flags, environment=None):
    done = run_bkes("serve", *flags, environment=environment, timeout_s=30)
    return done.returncode, done.stderr.decode()


# The configuration


@pytest.mark.parametrize("flags, words", [
    (["--no-such-key", "1"], ["--no-such-key", "no such setting", "bkes serve --help"]),
    (["--hold.mss", "1"], ["--hold.mss", "did you mean --hold-ms"]),
    (["--hold-ms", "soon"], ["hold.ms", "soon", "a number from 0 to"]),
    (["--hold-ms"], ["--hold-ms needs a value"]),
    (["--topics", "a b"], ["topics", "legal Kafka names"]),
    (["--topics", "a,a"], ["topics", "twice"]),
    (["--listener", "9192"], ["listener", "host:port"]),
    (["--order-required", "maybe"], ["order.required", "true"]),
    (["--bootstrap-servers", "localhost"], ["bootstrap.servers", "host:port"]),
    (["--bootstrap-servers", "127.0.0.1:9192"], ["bkes' own listener", "real Kafka brokers"]),
    (["--listener", "0.0.0.0:9192"], ["advertised.listener"]),
    (["--listener", "h:1", "--listeners", "PLAINTEXT://h:1"], ["listener=h:1", "listeners=PLAINTEXT:"]),
    (["--listeners", "SSL://h:1"], ["SSL speaks SSL and needs ssl.certificate.location"]),
    (["--listener-name-gone-broker-port-base", "5000"], ["there is no listener GONE"]),
    (["--config", "/no/such/file"], ["/no/such/file"]),
    (["extra"], ["extra"]),
])
def test_wrong_flags(flags, words):
    # Nobody listens there: a start that went on would end with another code.
    code, text = serve(*flags, environment={"BKES_BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    assert code == USAGE, text
    for word in words:
        assert word in text


def test_brokers_must_be_named():
    code, text = serve("--topics", "orders")
    assert code == USAGE and "bootstrap.servers" in text


def test_wrong_file_and_environment(tmp_path):
    file = tmp_path / "bkes.properties"
    file.write_text("bootstrap.servers=127.0.0.1:1\n# a comment\ntopic=orders\nhold.ms=x\n")
    code, text = serve("--config", file)
    assert code == USAGE
    # Both at once, each with its place.
    assert "bkes.properties:3" in text and "bkes.properties:4" in text
    assert "topics" in text
    code, text = serve("--bootstrap-servers", "127.0.0.1:1", environment={"BKES_HOLD_MS": "x"})
    assert code == USAGE and "BKES_HOLD_MS" in text
    code, text = serve("--bootstrap-servers", "127.0.0.1:1", environment={"BKES_HOLDMS": "5"})
    assert code == USAGE and "BKES_HOLDMS" in text


def test_later_sources_win(tmp_path):
    file = tmp_path / "bkes.properties"
    file.write_text("bootstrap.servers=file:1\nhold.ms=1\nlease.ms=1001\nnode.id=77\n"
                    "kafka.ssl.key.password=geheim\n")
    done = run_bkes("serve", "--print-config", "--config", file, "--hold-ms", "3",
                    environment={"BKES_HOLD_MS": "2", "BKES_LEASE_MS": "1002"})
    assert done.returncode == DONE, done.stderr
    text = done.stdout.decode()
    for line in ("bootstrap.servers=file:1", "hold.ms=3", "lease.ms=1002", "node.id=77"):
        assert line in text
    assert "geheim" not in text


def test_a_kafka_setting_that_not_all_connections_honour():
    code, text = serve("--bootstrap-servers", "127.0.0.1:1", "--kafka-client-rack", "r1")
    assert code == USAGE
    assert "kafka.client.rack is not honoured" in text and "kafka.ssl.ca.location" in text


def test_certificates_that_can_not_be_used(tmp_path):
    no_ca = tmp_path / "ca.pem"
    no_ca.write_text("no certificate")
    for path, what in ((tmp_path / "none.pem", "can't be read: No such file or directory"),
                       (no_ca, "holds no certificate in PEM form")):
        code, text = serve("--bootstrap-servers", "127.0.0.1:1", "--kafka-security-protocol", "SSL",
                           "--kafka-ssl-ca-location", path)
        assert code == USAGE
        assert f"kafka.ssl.ca.location={path}: {what}" in text


# The brokers


def test_unreachable_brokers(start_bkes):
    """Nobody listens; no such host; something listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        servers = ["127.0.0.1:1", "no-such-host.invalid:9092", f"127.0.0.1:{silent.getsockname()[1]}"]
        started = [start_bkes(ready=False, topics="any", bootstrap_servers=one) for one in servers]
        for bkes, one in zip(started, servers):
            what = f"bootstrap.servers={one}.*check the address"
            bkes.wait_for_log("can't serve yet, it is tried again .*" + what)
            assert bkes.is_alive()
            bkes.kill()
            done = run_bkes("sync", "--once", "--topics", "any", "--bootstrap-servers", one,
                            "--data-dir", bkes.data_dir)
            assert done.returncode == UNREACHABLE and re.search(what, done.stderr.decode())


# The topics


def test_missing_topic(start_bkes):
    bkes = start_bkes(ready=False, topics="no-such-topic")
    assert_ends(bkes, USAGE, "'no-such-topic' does not exist: create it")


@pytest.mark.parametrize("policy", ["compact", "compact,delete"])
def test_compacted_topic(start_bkes, new_topic, policy):
    topic = new_topic(config=EVENT_TOPIC | {"cleanup.policy": policy})
    bkes = start_bkes(ready=False, topics=topic)
    assert_ends(bkes, USAGE, f"'{topic}' is compacted .*cleanup.policy=delete")


def test_retention_is_warned_about(start_bkes, new_topic):
    topic = new_topic(config=EVENT_TOPIC | {"retention.ms": "86400000"})
    bkes = start_bkes(topics=topic)
    bkes.wait_for_log(f"warn .*events will be deleted by retention topic={topic} .*retention.ms=-1")


def test_kafkas_own_topics_can_not_be_guarded(start_bkes):
    bkes = start_bkes(ready=False, topics="__consumer_offsets")
    assert bkes.wait_end(30) == USAGE
    assert "__consumer_offsets is Kafka's own" in bkes.log()


# The data directory


def test_directory_of_another_cluster(start_bkes, new_topic, tmp_path):
    topic = new_topic()
    bkes = start_bkes(topics=topic)
    bkes.stop()
    with KafkaCluster(tmp_path / "other", cluster_id="YW5vdGhlciBjbHVzdGVyIQ") as other:
        other.create_topic(topic)
        foreign = start_bkes(other, ready=False, topics=topic, data_dir=bkes.data_dir)
        assert_ends(foreign, REFUSED, "belongs to another Kafka cluster.*cluster=YmtlcyBpcyBhIHN0b3JlIQ this_cluster=YW5vdGhlciBjbHVzdGVyIQ"
                    ".*set data.dir to another directory, or delete this one")
    bkes.start().wait_ready()


def test_directory_in_use(start_bkes, new_topic):
    topic = new_topic()
    first = start_bkes(topics=topic)
    second = start_bkes(ready=False, topics=topic, data_dir=first.data_dir)
    assert_ends(second, REFUSED, "in use by another process: end that one, or choose another data.dir")
    for command in (["sync", "--once", "--topics", topic], ["verify", topic]):
        done = run_bkes(*command, "--bootstrap-servers", first.bootstrap_servers,
                        "--data-dir", first.data_dir)
        assert done.returncode == REFUSED
        assert b"in use by another process" in done.stderr
    # The first one didn't notice.
    with EventTopic(first, topic) as events:
        assert events.append(b"k", order=0).code == 0


def test_directory_that_can_not_be_made(start_bkes, new_topic, tmp_path):
    (tmp_path / "file").write_text("in the way")
    bkes = start_bkes(ready=False, topics=new_topic(), data_dir=tmp_path / "file" / "data")
    assert_ends(bkes, REFUSED, "data.dir=.*/file/data can't be created")


def test_damaged_store(start_bkes, new_topic):
    topic = new_topic()
    bkes = start_bkes(topics=topic)
    bkes.stop()
    for file in (bkes.data_dir / "store").glob("MANIFEST-*"):
        file.write_bytes(b"\0" * 100)
    bkes.start()
    assert_ends(bkes, REFUSED, "damaged.*delete this directory.*rebuilt from the topic")


# Ports


@pytest.mark.plain_scene("has a listener of its own")
def test_port_in_use(start_bkes, new_topic):
    first = start_bkes(topics=new_topic())
    second = start_bkes(ready=False, topics=new_topic(), listener=first.address,
                        broker_port_base=free_port_range(BROKER_PORTS))
    assert_ends(second, REFUSED, f"listener={first.address} can't be bound: Address already in use")


def test_broker_port_in_use_is_replaced(start_bkes, new_topic):
    with socket.socket() as taken:
        base = free_port_range(BROKER_PORTS)
        taken.bind(("127.0.0.1", base + 1))
        taken.listen()
        bkes = start_bkes(topics=new_topic(), broker_port_base=base)
        found = bkes.wait_for_log(r"broker is reached at broker=1 address=127.0.0.1:(\d+)")
        assert int(found[1]) == base + BROKER_PORTS - 1
        bkes.stop()
        # Remembered, as clients may know this port; but the rule goes first when it can.
        for expected in (base + BROKER_PORTS - 1, base + 1):
            bkes.start().wait_ready()
            found = bkes.wait_for_log(r"broker is reached at broker=1 address=127.0.0.1:(\d+)")
            assert int(found[1]) == expected
            bkes.stop()
            taken.close()


# What a person sees when all is well


def test_log_of_a_start(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=3)
    bkes = start_bkes(topics=topic, log_level="info")
    with EventTopic(bkes, topic, 3) as events:
        for order in range(5):
            assert events.append(b"k", order=order).code == 0
    bkes.wait_for_log(f"ready topic={topic}")
    bkes.stop()
    bkes.start().wait_ready()
    ready = bkes.wait_for_log(rf"ready topic={topic} partitions=3 offsets=(\d+) read=\d+ seconds=")
    bkes.wait_for_log(r"listening address=\S+ advertised=\S+ cluster=YmtlcyBpcyBhIHN0b3JlIQ brokers=1")
    text = bkes.log()
    assert re.search(rf"bkes starts version=\d+\.\d+\.\d+ instance=\S+ bootstrap=\S+ topics={topic}", text)
    assert f"guarded topic topic={topic} partitions=3" in text
    assert int(ready[1]) >= 5
    address = scene.seen_by_bkes(kafka.bootstrap_servers)
    assert len(re.findall(rf"broker found .*address={address}", text)) == 1
    bkes.stop()
    assert re.search(r"stopping signal=15.*\n(.*\n)*.*stopped", bkes.log())
    for line in bkes.log().splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warn|error) ", line), line


def test_refused_appends_are_logged_at_debug(start_bkes, new_topic):
    topic = new_topic(partitions=1)
    bkes = start_bkes(topics=topic)
    with EventTopic(bkes, topic, 1) as events:
        assert events.append(b"k", order=7).code == 44
    bkes.wait_for_log(rf'debug .*append refused topic={topic} partition=0 client=127.0.0.1:\d+ '
                      r'text="bkes: order conflict: expected=0 got=7')


def test_catch_up_is_reported_with_rate_and_time_left(kafka, start_bkes, new_topic):
    """A quota makes it slow enough."""
    topic = new_topic(partitions=1)
    values = [(b"k%d" % n, bytes(50_000), None) for n in range(200)]
    rdkafka_send(rdkafka_producer(kafka.bootstrap_servers), topic, values)
    set_read_quota(kafka, "bkes-slow-read", 300_000)
    try:
        bkes = start_bkes(topics=topic, instance_id="slow")
        found = bkes.wait_for_log(rf"catching up topic={topic} offsets=\d+ left=(\d+) "
                                  r"per_second=(\d+) seconds_left=(\d+)")
        left, rate, seconds = map(int, found.groups())
        assert 0 < left < 200 and 0 < rate
        # Each of the numbers is rounded by itself.
        assert left / (rate + 0.5) - 0.5 <= seconds <= left / (rate - 0.5) + 0.5
    finally:
        set_read_quota(kafka, "bkes-slow-read", None)
