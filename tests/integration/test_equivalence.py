"""Every API in every version that bkes and the broker both know is answered through bkes as it is
past it: what is there, what isn't, and what is nonsense (contract section 9)."""

import dataclasses

import pytest

from equivalence.apis import (EXTENSIONS, KEYS, NOT_OFFERED, all_apis, common_versions,
                              expected_ranges, ranges_of)
from equivalence.running import (FOR_ALL_APIS, READING, both_sides, cut_differences_of,
                                 differences_of, outcomes)
from equivalence.sides import CLOSED, new_world
from events import EventTopic
from kafka_cluster import KafkaCluster
from kafka_messages import api_names, decode
from wire import Connection

pytestmark = pytest.mark.plain_scene("the rights of both sides are not the same")

UNSUPPORTED_VERSION = 35
# {api: why no request of it reaches this broker}
NOT_ASKED = dict.fromkeys(
    ["GetTelemetrySubscriptions", "PushTelemetry"],
    "brokers offer it when a plugin of theirs takes what clients measure (metric.reporters)")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), properties=FOR_ALL_APIS) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def world(kafka, bkes):
    return new_world(kafka, bkes)


@pytest.fixture(scope="module")
def sides(world):
    with both_sides(world) as both:
        yield both


@pytest.fixture(scope="module")
def ranges(world):
    """What each side offers: {api key: (first, last)}."""
    found = {}
    for side in ("past", "through"):
        with Connection(*world.address_of(side)) as raw:
            found[side] = ranges_of(raw)
    return found


def test_offered_versions(ranges):
    assert ranges["through"] == expected_ranges(ranges["past"])
    # Else the requests below would ask less than it seems.
    assert {api for api in all_apis() if KEYS[api] not in ranges["through"]} == set(NOT_ASKED)


NOT_YET = {"ApiVersions": "an answer that is an error lists bkes' own requests all the same"}


def with_marks(api):
    marks = pytest.mark.xfail(reason=NOT_YET[api], strict=True) if api in NOT_YET else ()
    return pytest.param(api, marks=marks)


@pytest.mark.parametrize("api", map(with_marks, all_apis()))
def test_requests(sides, ranges, api):
    assert differences_of(sides, api, common_versions(api, ranges["through"])) == []


@pytest.mark.parametrize("api", all_apis())
def test_requests_without_their_end(sides, ranges, api):
    assert cut_differences_of(sides, api, common_versions(api, ranges["through"])) == []


@pytest.fixture(scope="module")
def guarded(world, bkes):
    """Both sides, for whom the topic that may be read is the guarded one."""
    with EventTopic(bkes) as events:
        for order in range(3):
            for key in (b"a", b"b", b"c", b"d"):
                assert events.append(key, b"value", order).code == 0
        topic = {"Topics": [{"Name": events.topic}]}
        topic_id = events.raw.call("Metadata", 12, topic)["Topics"][0]["TopicId"]
    with both_sides(dataclasses.replace(world, topic="bkes", topic_id=topic_id)) as both:
        yield both


@pytest.mark.parametrize("api", READING)
def test_guarded_topic_reads(guarded, ranges, api):
    """It is a topic of the broker as any other; only what writes to it is bkes' own."""
    versions = common_versions(api, ranges["through"])
    assert differences_of(guarded, api, versions, also_unknown=False) == []


def test_versions_that_are_not_offered(sides, ranges):
    """Each side closes the connection for them; bkes also for those that it doesn't offer."""
    for key, (first, last) in ranges["through"].items():
        if key == KEYS["ApiVersions"] or key in EXTENSIONS.values():
            continue
        for version in {-1, first - 1, last + 1, 99}:
            past, through = outcomes(sides, key, version)
            assert through == CLOSED, (key, version)
            assert past == CLOSED or version <= ranges["past"][key][1], (key, version)


def test_keys_that_nobody_offers(sides, ranges):
    names = api_names()
    for key in [*range(-1, 130), 999, 20000, 20003, 32767, -32768]:
        if key not in ranges["past"] and key not in ranges["through"]:
            assert outcomes(sides, key, 0) == [CLOSED, CLOSED], (key, names.get(key))
        elif key not in ranges["through"]:
            assert names[key] in NOT_OFFERED, key
            assert outcomes(sides, key, 0)[1] == CLOSED, names[key]


@pytest.mark.parametrize("version", [5, 99, 32767])
def test_api_versions_that_is_too_new(sides, version):
    """Answered in the oldest layout, with the versions of ApiVersions itself (KIP-511)."""
    frames = [side.ask_bytes("ApiVersions", version, b"any bytes") for side in sides]
    past, through = (decode("ApiVersions", "response", 0, frame[4:]) for frame in frames)
    assert past["ErrorCode"] == UNSUPPORTED_VERSION
    assert past == through
