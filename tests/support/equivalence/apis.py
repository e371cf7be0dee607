"""Which APIs in which versions are offered, past bkes and through it.

Why bkes has fewer than Kafka's newest definitions stands in tests/golden/api_coverage.py, line by
line, and is held against them there: a Kafka with something new fails that test, without a broker,
and those that stand on this module, with one.
"""

import pathlib
import sys

import kafka_messages

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "golden"))
from api_coverage import EXTENSIONS, NOT_OFFERED, OTHER_VERSIONS  # noqa: E402

KEYS = {name: key for key, name in kafka_messages.api_names().items()}


def ranges_of(raw):
    """{api key: (first, last)}"""
    return {row["ApiKey"]: (row["MinVersion"], row["MaxVersion"])
            for row in raw.call("ApiVersions", 0)["ApiKeys"]}


def known_range(api):
    """Of bkes: what Kafka has, but for the tables of api_coverage.py."""
    if api in OTHER_VERSIONS:
        return OTHER_VERSIONS[api][0]
    versions = kafka_messages.stable_versions(api)
    return versions[0], versions[-1]


def expected_ranges(of_broker):
    """What a broker's ranges have to become through bkes."""
    found = {}
    for key, (first, last) in of_broker.items():
        name = kafka_messages.api_names().get(key)
        if name is None or name in NOT_OFFERED:
            continue
        least, most = known_range(name)
        if max(first, least) <= min(last, most):
            found[key] = max(first, least), min(last, most)
    return found | {key: known_range(name) for name, key in EXTENSIONS.items()}


def common_versions(api, ranges):
    """In which versions an API can be asked on both sides."""
    first, last = ranges.get(KEYS[api], (0, -1))
    return [version for version in range(first, last + 1)
            if version in kafka_messages.valid_versions(api)]


def all_apis():
    """What goes through bkes to a broker."""
    return [name for _, name in sorted(kafka_messages.api_names().items())
            if kafka_messages.valid_versions(name) and name not in (*NOT_OFFERED, *EXTENSIONS)]
