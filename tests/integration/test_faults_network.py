"""Clients that race for the same aggregates while the network between bkes and its broker is cut,
slow, torn, silent, or loses answers (relay.py). Afterwards all must be as in test_faults.py.

BKES_TEST_SEED repeats the clients' choices (not the machine's timing). With BKES_TEST_FAULTS=long all
happens three times, and until bkes gives up on what a silent network owes it."""

import os
import random
import types

import pytest

from events import NONE, NOT_LEADER, EventTopic, event, log_of, produce_outcomes, produce_request
from kafka_cluster import KafkaCluster
from race import Race, settle
from racers import PATIENCE_S
from record_batches import batch
from relay import ANSWERS, PRODUCE, REQUESTS, Relay

PARTITIONS = 3
KEYS = [b"a", b"b", b"c", b"d", b"e"]
KEY = b"a"
IS_LONG = os.environ.get("BKES_TEST_FAULTS") == "long"
SEED = int(os.environ.get("BKES_TEST_SEED", random.randrange(1_000_000)))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), relayed=True) as started:
        yield started


@pytest.fixture
def relay(cluster):
    with Relay(cluster.relayed_listeners[1], cluster.relay_addresses[1]) as running:
        yield running


@pytest.fixture
def beyond_relay(relay):
    """The cluster as who comes by the relay sees it."""
    return types.SimpleNamespace(bootstrap_servers=relay.address)


@pytest.fixture
def topic(request):
    return "".join(one if one.isalnum() else "-" for one in request.node.name)


@pytest.fixture
def race(cluster, topic):
    cluster.create_topic(topic, partitions=PARTITIONS)
    return Race(topic, PARTITIONS, KEYS, SEED)


def cut(relay, _):
    relay.cut()
    relay.wait_hits(5)


def drop(relay, race):
    for _ in range(5):
        relay.drop()
        race.wait_for_more(20)


def delay(relay, _):
    relay.delay(0.03)
    relay.wait_hits(300)


def delay_answers_past_the_lease(relay, _):
    relay.delay(1.2, ANSWERS)
    relay.wait_hits(12)


def tear_answers(relay, _):
    relay.tear(ANSWERS, 5)
    relay.wait_hits(5)


def tear_requests(relay, _):
    relay.tear(REQUESTS, 5)
    relay.wait_hits(5)


def swallow_answers(relay, _):
    relay.swallow(5)
    relay.wait_hits(5)


def silence(*directions):
    def begin(relay, race):
        """Who can't read now begins nothing: where it finds too few appends under way, once more."""
        target = race.unknown + 3
        for _ in range(5):
            relay.hold(*directions)
            if race.has_unknown(target, 2 * PATIENCE_S):
                return
            relay.heal()
            race.wait_for_more(20)
        assert race.unknown >= target, "a silent network left no append unanswered"
    return begin


FAULTS = [cut, drop, delay, delay_answers_past_the_lease, tear_answers, tear_requests,
          swallow_answers, silence(REQUESTS), silence(ANSWERS), silence(REQUESTS, ANSWERS)]
NAMES = [one.__name__ for one in FAULTS[:-3]] + ["no-requests", "no-answers", "silence"]


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_the_network_fails(cluster, relay, beyond_relay, start_bkes, race, fault):
    bkes = start_bkes(cluster=beyond_relay, topics=race.topic)
    race.start(lambda: [bkes])
    for _ in range(3 if IS_LONG else 1):
        race.wait_for_more(100)
        fault(relay, race)
        relay.heal()
    settle(cluster, race, bkes)


def test_another_takes_over_from_one_that_is_cut_off(cluster, relay, beyond_relay, start_bkes, race):
    """What it sent before arrives when the other serves already."""
    instances = [start_bkes(cluster=beyond_relay, topics=race.topic)]
    race.start(lambda: list(instances))
    race.wait_for_more(100)
    relay.hold(REQUESTS, ANSWERS)
    relay.wait_hits(1)
    instances.append(start_bkes(cluster=cluster, topics=race.topic))
    race.wait_for_more(100)
    relay.heal()
    race.wait_for_more(100)
    settle(cluster, race, instances[-1])


def test_an_append_that_arrives_after_the_fence(cluster, relay, beyond_relay, start_bkes, topic):
    cluster.create_topic(topic, partitions=1)
    first = start_bkes(cluster=beyond_relay, topics=topic)
    with EventTopic(first, topic, partitions=1) as old:
        assert old.append(KEY, b"0", 0).code == NONE
        relay.hold(REQUESTS, api=PRODUCE)
        old.raw.send("Produce", 9, produce_request({(topic, 0): batch([event(KEY, b"late", 1)])}))
        relay.wait_hits(1)
        with EventTopic(start_bkes(cluster=cluster, topics=topic), topic, partitions=1) as new:
            assert new.append(KEY, b"1", 1).code == NONE
            relay.heal()
            assert produce_outcomes(old.raw.receive())[topic, 0].code == NOT_LEADER
            assert new.values(KEY) == [b"0", b"1"]
    assert [one.value for one in log_of(cluster, topic, 0)[0]] == [b"0", b"1"]


def test_an_append_whose_answer_is_lost(cluster, relay, beyond_relay, start_bkes, topic):
    """It stands in the log once, at the offset that its client hears in the end."""
    cluster.create_topic(topic, partitions=1)
    bkes = start_bkes(cluster=beyond_relay, topics=topic)
    with EventTopic(bkes, topic, partitions=1) as events:
        heard = []
        for order in range(10):
            relay.swallow(1)
            heard.append(events.append(KEY, b"%d" % order, order))
            relay.wait_hits(1)
        assert [one.code for one in heard] == [NONE] * 10
        assert events.values(KEY) == [b"%d" % order for order in range(10)]
    log = log_of(cluster, topic, 0)[0]
    assert [(one.value, one.offset) for one in log] == [
        (b"%d" % order, one.offset) for order, one in enumerate(heard)]
