"""Several instances that share the partitions of a topic (contract section 8): whoever is asked answers
as if he owned all of them."""

import functools
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from kafka.partitioner.default import murmur2

from events import NONE, POLICY_VIOLATION, EventTopic, log_of
from sharing import wait_shared

PARTITIONS = 6


@pytest.fixture
def group(kafka, start_bkes, new_topic):
    """start(n): n instances of one group for one topic."""
    topic = new_topic(partitions=PARTITIONS)

    def start(count=1, **options):
        return [start_bkes(topics=topic, group_id=f"g-{topic}", threads=2, ready=False, **options)
                for _ in range(count)]
    start.topic = topic
    return start


def test_one_alone_serves_soon(group):
    began = time.monotonic()
    bkes, = group()
    wait_shared([bkes], PARTITIONS)
    assert time.monotonic() - began < 10
    events = EventTopic(bkes, group.topic, PARTITIONS)
    assert events.append(b"k", order=0).code == NONE
    assert len(events.read(b"k")) == 1


def test_any_instance_answers_for_any_key(kafka, group):
    instances = group(3)
    wait_shared(instances, PARTITIONS)
    topics = [EventTopic(one, group.topic, PARTITIONS) for one in instances]
    keys = [b"key-%d" % n for n in range(30)]
    for key in keys:
        for order, (write, read) in enumerate(itertools.permutations(topics, 2)):
            assert write.append(key, b"%d" % order, order=order).code == NONE
            assert read.next_order(key) == order + 1
            again = read.append(key, b"again", order=order)
            assert again.code == POLICY_VIOLATION and f"expected={order + 1} got={order}" in again.text
        assert all(one.values(key) == [b"%d" % n for n in range(6)] for one in topics)
    assert sum(len(log_of(kafka, group.topic, number)[0]) for number in range(PARTITIONS)) == 6 * len(keys)
    for one in instances:
        one.wait_for_log(rf" ready topic={group.topic} ")


def test_a_conflict_reads_as_that_of_the_owner(group):
    instances = group(2)
    wait_shared(instances, PARTITIONS)
    topics = [EventTopic(one, group.topic, PARTITIONS) for one in instances]
    for key in [b"a", b"b", b"c", b"d", b"e", b"f"]:
        assert topics[0].append(key, order=0).code == NONE
    for key in [b"a", b"b", b"c", b"d", b"e", b"f"]:
        heard = [one.append(key, order=7) for one in topics]
        assert heard[0] == heard[1] and heard[0].code == POLICY_VIOLATION


def test_a_second_one_takes_its_share_and_gives_it_back(kafka, group):
    first, = group()
    wait_shared([first], PARTITIONS)
    events = EventTopic(first, group.topic, PARTITIONS)
    orders = dict.fromkeys([b"k%d" % n for n in range(12)], 0)

    def append_all(to):
        for key, order in orders.items():
            assert to.append(key, order=order).code == NONE
            orders[key] = order + 1
    append_all(events)
    second, = group()
    wait_shared([first, second], PARTITIONS)
    append_all(events)
    append_all(EventTopic(second, group.topic, PARTITIONS))
    second.stop()
    wait_shared([first], PARTITIONS)
    append_all(events)
    assert all(events.next_order(key) == order for key, order in orders.items())


def test_an_owner_that_is_killed_is_replaced(group):
    instances = group(2)
    wait_shared(instances, PARTITIONS)
    first, second = instances
    events = EventTopic(first, group.topic, PARTITIONS)
    keys = [b"k%d" % n for n in range(12)]
    for key in keys:
        assert events.append(key, order=0).code == NONE
    second.kill()
    wait_shared([first], PARTITIONS)
    for key in keys:
        assert events.append(key, order=1).code == NONE


def test_an_owner_says_how_far_the_log_is_and_of_which_leader(group):
    bkes, = group()
    wait_shared([bkes], PARTITIONS)
    events = EventTopic(bkes, group.topic, PARTITIONS)
    key = b"k"
    home = (murmur2(key) & 0x7fffffff) % PARTITIONS
    offset = events.append(key, order=0, partition=home).offset
    description, = events.raw.call("DescribeGroups", 0, {"Groups": [f"g-{group.topic}"]})["Groups"]
    member, = description["Members"]
    said, = events.raw.call("Forward", 0, {
        "OwnerInstance": member["ClientId"].split(":")[-1], "MaxWaitMs": 5000,
        "Positions": [{"Id": 7, "Topic": group.topic, "Partition": home, "MaxWaitMs": 5000}]})["Positions"]
    first_leader = 0
    assert said == {"Id": 7, "ErrorCode": NONE, "NextOffset": offset + 1, "LeaderEpoch": first_leader}


@pytest.mark.parametrize("is_at_home", [True, False])
def test_a_conflict_found_by_who_slept_is_judged_by_the_owner(group, is_at_home):
    first, sleeper = group(2)
    wait_shared([first, sleeper], PARTITIONS)
    events, of_sleeper = (EventTopic(one, group.topic, PARTITIONS) for one in (first, sleeper))
    home, other, *_ = sorted(sleeper.owned())
    key = next(key for key in (b"k%d" % n for n in itertools.count())
               if (murmur2(key) & 0x7fffffff) % PARTITIONS == home)
    sent_to = home if is_at_home else other
    append = functools.partial(of_sleeper.append, key, order=0, partition=sent_to)
    assert append().code == NONE
    sleeper.pause()
    with ThreadPoolExecutor() as waiting:
        heard = waiting.submit(append)
        wait_shared([first], PARTITIONS)
        assert events.append(key, order=1).code == NONE
        sleeper.resume()
        outcome = heard.result(timeout=20)
    assert outcome.code == POLICY_VIOLATION and "expected=2 got=0" in outcome.text


def test_appends_go_on_while_partitions_move(kafka, group):
    first, = group()
    wait_shared([first], PARTITIONS)
    stop = threading.Event()
    problems, counts = [], []

    def write(number):
        key, order, longest = b"writer-%d" % number, 0, 0.0
        with EventTopic(first, group.topic, PARTITIONS) as events:
            while not stop.is_set():
                began = time.monotonic()
                heard = events.append(key, b"%d" % order, order=order)
                longest = max(longest, time.monotonic() - began)
                if heard.code != NONE:
                    problems.append((key, order, heard))
                    return
                order += 1
        counts.append((key, order, longest))
    writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for one in writers:
        one.start()
    second, = group()
    wait_shared([first, second], PARTITIONS)
    time.sleep(1)
    second.stop()
    wait_shared([first], PARTITIONS)
    stop.set()
    for one in writers:
        one.join()
    assert not problems
    events = EventTopic(first, group.topic, PARTITIONS)
    for key, order, longest in counts:
        assert events.values(key) == [b"%d" % n for n in range(order)]
        assert longest < 4, (key, longest)
