"""Every API in every version that bkes and the broker both know is answered through bkes as it is
past it: what is there, what isn't, and what is nonsense (contract section 9)."""

import pytest

from equivalence.apis import EXTENSIONS, KEYS, NOT_OFFERED, all_apis, common_versions, expected_ranges
from equivalence.comparing import differences, may_differ
from equivalence.fixtures import guarded, ranges, sides, world  # noqa: F401
from equivalence.running import (FOR_ALL_APIS, READING, answer_to, cut_differences_of,
                                 differences_of, outcomes)
from equivalence.sides import CLOSED
from kafka_cluster import KafkaCluster
from kafka_messages import api_names, decode

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


def test_offered_versions(ranges):
    assert ranges["through"] == expected_ranges(ranges["past"])
    # Else the requests below would ask less than it seems.
    assert {api for api in all_apis() if KEYS[api] not in ranges["through"]} == set(NOT_ASKED)


@pytest.mark.parametrize("api", all_apis())
def test_requests(sides, ranges, api):
    assert differences_of(sides, api, common_versions(api, ranges["through"])) == []


@pytest.mark.parametrize("api", all_apis())
def test_requests_without_their_end(sides, ranges, api):
    assert cut_differences_of(sides, api, common_versions(api, ranges["through"])) == []


@pytest.mark.parametrize("api", READING)
def test_guarded_topic_reads(guarded, ranges, api):
    """It is a topic of the broker as any other; only what writes to it is bkes' own."""
    versions = common_versions(api, ranges["through"])
    assert differences_of(guarded, api, versions, kinds=(True,)) == []


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
    for key in [*range(-1, 130), 999, 20000, 20005, 32767, -32768]:
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


def each_changed(value):
    """(path, the value with one leaf changed), for each of its leaves."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from ((f".{name}{path}", value | {name: other})
                        for path, other in each_changed(one))
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from ((path, [*value[:n], other, *value[n + 1:]])
                        for path, other in each_changed(one))
        yield "", value + ["more"]
    else:
        yield "", "changed"


@pytest.mark.parametrize("api", ["Metadata", "Fetch", "OffsetFetch", "DescribeGroups"])
def test_each_change_of_an_answer_is_seen(sides, world, ranges, api):
    """But of what may differ."""
    version = common_versions(api, ranges["through"])[-1]
    answer = answer_to(api, version, sides[1])
    assert differences(api, answer, answer) == []
    unseen = {api + path for path, changed in each_changed(answer)
              if not differences(api, answer, changed)}
    assert {path for path in unseen if not may_differ(path)} == set()
    assert unseen
