"""What tests of equivalence ask for, on top of their own `kafka` and `bkes`; imported by name."""

import dataclasses

import pytest

from equivalence.apis import ranges_of
from equivalence.running import both_sides
from equivalence.sides import Side, At, new_world
from events import NONE, EventTopic
from wire import Connection


@pytest.fixture(scope="module")
def world(kafka, bkes):
    return new_world(kafka, bkes)


@pytest.fixture(scope="module")
def sides(world):
    with both_sides(world) as both:
        yield both


@pytest.fixture(scope="module")
def guarded(world, bkes):
    """Both sides, for whom the topic that may be read is the guarded one."""
    with EventTopic(bkes) as events:
        for order in range(3):
            for key in (b"a", b"b", b"c", b"d"):
                assert events.append(key, b"value", order).code == NONE
    with Side(world, "past") as past:
        topic_id = At(past, 0, True, 0).id_of(events.topic)
    with both_sides(dataclasses.replace(world, topic=events.topic, topic_id=topic_id)) as both:
        yield both


@pytest.fixture(scope="module")
def ranges(world):
    """What each side offers: {"past": {api key: (first, last)}, "through": ...}."""
    found = {}
    for side in ("past", "through"):
        with Connection(*world.address_of(side)) as raw:
            found[side] = ranges_of(raw)
    return found
