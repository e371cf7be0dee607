"""bkes in front of brokers that are older than its own definitions: what both know is as past it,
and a guarded topic works."""

import shutil
import struct

import pytest

from bkes_process import BkesProcess
from equivalence.apis import KEYS, all_apis, common_versions, expected_ranges
from equivalence.fixtures import guarded, ranges, sides, world  # noqa: F401
from equivalence.running import FOR_ALL_APIS, READING, cut_differences_of, differences_of
from events import NONE, POLICY_VIOLATION, EventTopic
from kafka_cluster import KafkaCluster
from kafka_messages import decode, encode, valid_versions

pytestmark = pytest.mark.plain_scene("the rights of both sides are not the same")

# The last of Kafka 3, and the first that runs without ZooKeeper on Java 17, which has no rights yet.
BROKERS = {
    "3.9.1": FOR_ALL_APIS | {"group.coordinator.rebalance.protocols": "classic,consumer"},
    "3.0.2": {"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"},
}
UNSUPPORTED_VERSION = 35
API_VERSIONS = encode("ApiVersions", "request", 3, {"ClientSoftwareName": "new",
                                                    "ClientSoftwareVersion": "99"})


@pytest.fixture(scope="module", params=BROKERS)
def kafka(tmp_path_factory, request):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), version=request.param,
                      properties=BROKERS[request.param]) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def bkes(kafka, tmp_path_factory):
    kafka.create_topic("bkes", partitions=5)
    with BkesProcess(tmp_path_factory.mktemp("bkes"), kafka.bootstrap_servers,
                     {"topics": "bkes"}) as process:
        yield process


def test_offered_versions(ranges):
    assert ranges["through"] == expected_ranges(ranges["past"])


@pytest.mark.parametrize("api", all_apis())
def test_requests(sides, ranges, api):
    assert differences_of(sides, api, common_versions(api, ranges["through"])) == []


@pytest.mark.parametrize("api", all_apis())
def test_requests_without_their_end(sides, ranges, api):
    assert cut_differences_of(sides, api, common_versions(api, ranges["through"])) == []


@pytest.mark.parametrize("api", READING)
def test_guarded_topic_reads(guarded, ranges, api):
    versions = common_versions(api, ranges["through"])
    assert differences_of(guarded, api, versions, kinds=(True,)) == []


def test_api_versions_that_is_newer_than_the_broker(sides, ranges):
    """The broker's own answer, if bkes has the version."""
    _, last = ranges["past"][KEYS["ApiVersions"]]
    frames = [side.ask_bytes("ApiVersions", last + 1, b"any bytes") for side in sides]
    past, through = (decode("ApiVersions", "response", 0, frame[4:]) for frame in frames)
    assert past["ErrorCode"] == UNSUPPORTED_VERSION
    assert past == through


def test_api_versions_of_a_client_that_is_newer_than_all(sides, ranges):
    """It asks again with the newest version that it was told, and ends at the broker's."""
    _, through = sides
    asked, code = [99], UNSUPPORTED_VERSION
    while code == UNSUPPORTED_VERSION:
        body = API_VERSIONS if asked[-1] in valid_versions("ApiVersions") else b"any bytes"
        frame = through.ask_bytes("ApiVersions", asked[-1], body)
        (code,) = struct.unpack(">h", frame[4:6])
        if code == UNSUPPORTED_VERSION:
            (told,) = [row["MaxVersion"] for row in
                       decode("ApiVersions", "response", 0, frame[4:])["ApiKeys"]
                       if row["ApiKey"] == KEYS["ApiVersions"]]
            assert told < asked[-1]
            asked.append(told)
    assert (code, asked[-1]) == (NONE, ranges["past"][KEYS["ApiVersions"]][1])


def test_guarded_topic(bkes):
    """Appends, conflicts, reads by key, and all of it again with a store that is built anew."""
    with EventTopic(bkes) as events:
        for order in range(3):
            assert events.append(b"key", b"%d" % order, order).code == NONE
        assert events.append(b"key", b"late", 1).code == POLICY_VIOLATION
        assert events.values(b"key") == [b"0", b"1", b"2"]
    bkes.stop()
    shutil.rmtree(bkes.data_dir / "store")
    bkes.start()
    bkes.wait_ready()
    with EventTopic(bkes) as events:
        assert events.values(b"key") == [b"0", b"1", b"2"]
        assert events.append(b"key", b"late", 2).code == POLICY_VIOLATION
        assert events.append(b"key", b"3", 3).code == NONE
        assert events.values(b"key") == [b"0", b"1", b"2", b"3"]
