"""`topics` may be empty: bkes is a proxy only."""

import pytest

from bkes_process import run_bkes
from clients import rdkafka_consumer, rdkafka_poll, rdkafka_producer, rdkafka_read, rdkafka_send
from events import NONE, UNKNOWN_TOPIC
from wire import Connection


@pytest.fixture(scope="module")
def topics(kafka):
    """One with a name that a key topic could have, if anything were guarded."""
    for name in ("plain", "plain.key.a"):
        kafka.create_topic(name, partitions=2)
    return "plain", "plain.key.a"


def test_traffic_without_guarded_topics(kafka, start_bkes, topics):
    bkes = start_bkes(topics="")
    for topic in topics:
        sent = [(b"%d" % n, b"v%d" % n, [("order", b"7")], n % 2) for n in range(20)]
        assert sorted(rdkafka_send(rdkafka_producer(bkes.address), topic, sent)) == [
            n // 2 for n in range(20)]
        found = rdkafka_read(bkes.address, topic, 20, group_id=f"group-{topic}")
        assert sorted(one.value() for one in found) == sorted(b"v%d" % n for n in range(20))
    consumer = rdkafka_consumer(bkes.address, group_id="pattern")
    consumer.subscribe(["^plain.*"])
    assert {one.topic() for one in rdkafka_poll(consumer, 40)} == set(topics)
    consumer.close()
    bkes.stop()
    assert "error" not in bkes.log() and "topics=\n" in bkes.log().replace("topics= \n", "topics=\n")


def test_requests_for_guarded_topics_find_none(kafka, start_bkes, topics):
    bkes = start_bkes(topics="")
    with Connection(bkes.host, bkes.port) as raw:
        for api in ("FetchByKey", "ListKeys"):
            assert raw.call(api, 0, {"Topic": topics[0]})["ErrorCode"] == UNKNOWN_TOPIC
        answer = raw.call("Metadata", 12, {"Topics": [{"Name": topics[1]}]})
        assert answer["Topics"][0]["ErrorCode"] == NONE
        assert [one["NodeId"] for one in answer["Brokers"]] == [1]
    done = run_bkes("keys", topics[0], "--bootstrap-servers", bkes.address)
    assert done.returncode == 1 and b"not guarded" in done.stderr


def test_sync_without_topics_is_done_at_once(kafka, tmp_path):
    done = run_bkes("sync", "--once", "--topics", "", "--bootstrap-servers",
                    kafka.bootstrap_servers, "--data-dir", tmp_path / "data")
    assert done.returncode == 0, done.stderr
