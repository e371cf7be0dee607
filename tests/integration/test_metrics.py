"""What Prometheus is given: right in form, each metric explained, and true."""

import pathlib
import re
import select
import shutil
import subprocess

import pytest

from bkes_process import ROOT, BkesProcess
from clients import eventually
from events import EventTopic, event
from kafka_cluster import KafkaCluster
from wire import Connection

TOPIC, PARTITIONS = "bkes", 3


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as started:
        started.create_topic(TOPIC, partitions=PARTITIONS)
        yield started


@pytest.fixture(scope="module")
def bkes(cluster, tmp_path_factory):
    with BkesProcess(tmp_path_factory.mktemp("bkes"), cluster.bootstrap_servers, {"topics": TOPIC}) as process:
        eventually(lambda: process.http("/readyz")[0] == 200)
        yield process


def text_of(bkes):
    status, text = bkes.http("/metrics")
    assert status == 200
    return text


def grown(before, after, name, *labels):
    key = (name, *sorted(labels))
    return after.get(key, 0) - before.get(key, 0)


def test_promtool_finds_nothing(bkes):
    with EventTopic(bkes, TOPIC, PARTITIONS) as events:
        events.append(b"some", b"v", 0)
    done = subprocess.run(["promtool", "check", "metrics"], input=text_of(bkes), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_alerts_have_reasons():
    rules = ROOT / "docker" / "monitoring"
    done = subprocess.run(["promtool", "test", "rules", rules / "alerts_test.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_and_dashboard_ask_for_what_there_is(bkes):
    """A series of a histogram has a name of its own for each of its parts."""
    shown = set(re.findall(r"^(\w+)(?:\{| )", text_of(bkes), re.MULTILINE))
    for file in ("alerts.yml", "grafana/bkes.json"):
        text = (ROOT / "docker" / "monitoring" / file).read_text()
        asked = set(re.findall(r"\b(?:bkes|process)_\w+(?=[{\[]| ==)", text))
        assert asked and asked <= shown, (file, asked - shown)


def test_each_is_explained(bkes):
    """In docs/operating.md, a row for each, and no row for what there isn't."""
    shown = set(re.findall(r"^# TYPE (\S+)", text_of(bkes), re.MULTILINE))
    page = pathlib.Path(ROOT / "docs" / "operating.md").read_text()
    assert set(re.findall(r"^\| `((?:bkes|process)_\w+)`", page, re.MULTILINE)) == shown


def test_appends_and_conflicts(bkes):
    with EventTopic(bkes, TOPIC, PARTITIONS) as events:
        before = bkes.metrics()
        for order in range(3):
            assert events.append(b"counted", b"v", order).code == 0
        assert events.append(b"counted", b"v", 1).code != 0
        after = bkes.metrics()
        partition = f"partition={events.partition_of(b'counted')}"
    where = [f"topic={TOPIC}"]
    assert grown(before, after, "bkes_appends_total", "outcome=written", *where) == 3
    assert grown(before, after, "bkes_appends_total", "outcome=order_conflict", *where) == 1
    assert grown(before, after, "bkes_append_seconds_count", *where) == 4
    assert grown(before, after, "bkes_append_kafka_seconds_count", *where) == 3
    assert grown(before, after, "bkes_append_batch_records_sum", *where) == 3
    assert grown(before, after, "bkes_partition_stored_offset", partition, *where) == 3
    spent, at_kafka = (grown(before, after, f"bkes_append{part}_seconds_sum", *where) for part in ("", "_kafka"))
    assert 0 < at_kafka < spent < 10


def test_resends(bkes):
    with EventTopic(bkes, TOPIC, PARTITIONS) as events:
        before = bkes.metrics()
        for _ in range(2):
            outcome = events.append_all([event(b"again", b"v", 0)], producer_id=77, epoch=0, sequence=0)
            assert outcome.code == 0
        after = bkes.metrics()
    where = [f"topic={TOPIC}"]
    assert grown(before, after, "bkes_appends_total", "outcome=written", *where) == 2
    assert grown(before, after, "bkes_resends_total", *where) == 1
    assert grown(before, after, "bkes_append_kafka_seconds_count", *where) == 1


def test_requests_and_connections(bkes):
    # The connection of the test before this one may just be ending.
    before = eventually(lambda: (now := bkes.metrics())[("bkes_connections",)] == 0 and now)
    with EventTopic(bkes, TOPIC, PARTITIONS) as events:
        assert events.append(b"k", b"x" * 1000, "any").code == 0
        assert events.raw.call("Metadata", 12, {"Topics": []})["Brokers"]
        during = bkes.metrics()
    after = eventually(lambda: (now := bkes.metrics())[("bkes_connections",)] < during[("bkes_connections",)] and now)
    assert grown(before, during, "bkes_connections_opened_total") == 1
    assert grown(before, after, "bkes_connections_ended_total", "cause=client_closed") == 1
    for api in ("Produce", "Metadata"):
        assert grown(before, during, "bkes_requests_total", f"api={api}") == 1
        assert grown(before, during, "bkes_request_inside_seconds_count", f"api={api}") == 1
    assert 1000 < grown(before, during, "bkes_request_bytes_total", "api=Produce") < 1300
    assert 50 < grown(before, during, "bkes_response_bytes_total", "api=Metadata") < 1000


def test_the_brokers_time_is_not_ours(cluster, bkes):
    """A broker that is silent for a while makes an append slow, and Metadata too, but not bkes."""
    with EventTopic(bkes, TOPIC, PARTITIONS) as events:
        before = bkes.metrics()
        cluster.broker(1).pause()
        try:
            events.raw.send("Metadata", 12, {"Topics": []})
            assert select.select([events.raw.socket], [], [], 0.5) == ([], [], [])
        finally:
            cluster.broker(1).resume()
        assert events.raw.receive()["Brokers"]
        after = bkes.metrics()
    assert grown(before, after, "bkes_request_inside_seconds_count", "api=Metadata") == 1
    assert grown(before, after, "bkes_request_inside_seconds_sum", "api=Metadata") < 0.25


def test_what_others_write_is_counted(cluster, bkes):
    before = bkes.metrics()
    with EventTopic(bkes, TOPIC, PARTITIONS, raw=Connection(*cluster.addresses[0])) as direct:
        partition = direct.partition_of(b"foreign")
        assert direct.append_all([event(b"foreign", b"v")], partition=partition).code == 0
    where = f"topic={TOPIC}", f"partition={partition}"
    eventually(lambda: grown(before, bkes.metrics(), "bkes_foreign_records_total", *where) == 1)


def test_states_and_the_process(bkes):
    found = bkes.metrics()
    for partition in range(PARTITIONS):
        states = {state: found[("bkes_partition_state", f"partition={partition}", f"state={state}", f"topic={TOPIC}")]
                  for state in ("ready", "held", "catching_up", "lost_to_another_instance")}
        assert states == {"ready": 1, "held": 0, "catching_up": 0, "lost_to_another_instance": 0}
    assert found[("process_open_fds",)] > 3 and found[("process_threads",)] > 1
    assert found[("process_resident_memory_bytes",)] > 1 << 20


def test_rebuilds_and_holds(cluster, tmp_path):
    """A store that is empty before a topic that isn't. What is appended before it has been read waits."""
    topic = "rebuilt"
    cluster.create_topic(topic, partitions=1)
    process = BkesProcess(tmp_path, cluster.bootstrap_servers, {"topics": topic})

    def seen(name, *labels):
        return process.metrics()[(name, *sorted(labels))]

    def rebuilds():
        return {cause: seen("bkes_store_rebuilds_total", f"cause={cause}")
                for cause in ("store_was_empty", "older_format", "topic_made_anew", "log_was_replaced", "log_was_cut")}

    with process:
        with EventTopic(process, topic, 1) as events:
            assert events.append(b"k", b"v", 0).code == 0
        assert set(rebuilds().values()) == {0}
        process.stop()
        shutil.rmtree(process.data_dir)
        process.start().wait_ready()
        with EventTopic(process, topic, 1) as events:  # not before it has taken over again
            assert events.append(b"k", b"v", 1).code == 0
        assert rebuilds() == {"store_was_empty": 1, "older_format": 0, "topic_made_anew": 0, "log_was_replaced": 0,
                              "log_was_cut": 0}
        process.wait_for_log(f"info .*store of a partition is built again topic={topic} partition=0 cause=store_was_empty")
        assert seen("bkes_appends_held_total", f"topic={topic}", "cause=not_ready") == 1
        assert seen("bkes_appends_waiting", f"topic={topic}") == 0
        process.stop()
        process.start().wait_ready()
        eventually(lambda: process.http("/readyz")[0] == 200)
        assert set(rebuilds().values()) == {0}
