"""Many clients race for the same keys: each order is won exactly once, and the log holds exactly
what was accepted."""

import collections
import random
import re
import threading

from clients import rdkafka_cpp, rdkafka_cpp_lines, rdkafka_producer, rdkafka_send
from events import POLICY_VIOLATION, EventTopic, event, key_topic, log_of


def run_together(*functions):
    """Each on a thread of its own; raises what the first of them raised."""
    failures = []

    def guarded(function):
        try:
            function()
        except BaseException as failure:  # noqa: BLE001 - shown by the main thread
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=[one]) for one in functions]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if failures:
        raise failures[0]


def keys_in_the_log(kafka, topic, partitions):
    """{key: [(order header, value, offset)] in the order of the log}"""
    found = collections.defaultdict(list)
    for partition in range(partitions):
        for one in log_of(kafka, topic, partition)[0]:
            found[one.key].append((one.order, one.value, one.offset))
    return found


def expected_order(text):
    return int(re.search(r"expected=(\d+)", text)[1])


def test_each_order_is_won_once(kafka, start_bkes, new_topic):
    """Eight connections to two ports guess the next order of three keys, wiser by each refusal."""
    topic = new_topic(partitions=2)
    bkes = start_bkes(topics=topic)
    keys, wins_each, wins = [b"a", b"b", b"c"], 150, collections.defaultdict(list)

    def race(name):
        def run():
            orders = dict.fromkeys(keys, 0)
            with EventTopic(bkes, topic, 2, port=bkes.port + 2 * (name % 2)) as events:
                rng = random.Random(name)
                for won in range(wins_each):
                    key = rng.choice(keys)
                    while True:
                        value = b"%d-%d" % (name, won)
                        outcome = events.append(key, value, orders[key])
                        if outcome.code == 0:
                            wins[key, orders[key]].append((value, outcome.offset))
                            orders[key] += 1
                            break
                        assert outcome.code == POLICY_VIOLATION, outcome
                        assert expected_order(outcome.text) > orders[key]
                        orders[key] = expected_order(outcome.text)
        return run

    run_together(*[race(name) for name in range(8)])
    log = keys_in_the_log(kafka, topic, 2)
    assert sum(map(len, log.values())) == 8 * wins_each
    for key in keys:
        expected = [(b"%d" % order, *wins[key, order][0]) for order in range(len(log[key]))]
        assert log[key] == expected
    assert all(len(winners) == 1 for winners in wins.values())


def test_all_clients_against_each_other(bkes, kafka, java, new_key):
    """Raw, librdkafka (C++ and Python) and Java, each the usual loop of read, decide, append."""
    key = new_key("mixed")
    name = key_topic("bkes", key)
    won = {}
    with EventTopic(bkes) as events:
        partition = events.partition_of(key)
    processes = [rdkafka_cpp("append", bkes.address, "bkes", name, key.decode(), partition, 40,
                             "linger.ms=0", f"enable.idempotence={idempotence}")
                 for idempotence in ("true", "false")]

    def raw():
        with EventTopic(bkes) as events:
            for _ in range(40):
                while True:
                    order = events.next_order(key)
                    if events.append(key, b"of-%d" % order, order).code == 0:
                        won.setdefault(order, []).append("raw")
                        break

    def python():
        producer = rdkafka_producer(bkes.address, enable_idempotence=True)
        with EventTopic(bkes) as events:
            for _ in range(40):
                while True:
                    order = events.next_order(key)
                    (outcome,) = rdkafka_send(producer, "bkes", [
                        (key, b"of-%d" % order, [("order", b"%d" % order)], partition)])
                    if isinstance(outcome, int):
                        won.setdefault(order, []).append("python")
                        break

    def of_java():
        with EventTopic(bkes) as events:
            for _ in range(40):
                while True:
                    order = events.next_order(key)
                    (result,) = java.send([{
                        "topic": "bkes", "key": key.decode(), "value": f"of-{order}",
                        "partition": partition, "headers": {"order": str(order)}}])
                    if "offset" in result:
                        won.setdefault(order, []).append("java")
                        break
                    assert result["error"] == "PolicyViolationException"

    run_together(raw, python, of_java)
    for process in processes:
        for order, _ in rdkafka_cpp_lines(process, timeout_s=120):
            won.setdefault(int(order), []).append("c++")
    assert sorted(won) == list(range(200))
    assert all(len(winners) == 1 for winners in won.values())
    found = [one for one in log_of(kafka, "bkes", partition)[0] if one.key == key]
    assert [(one.order, one.value) for one in found] == [
        (b"%d" % n, b"of-%d" % n) for n in range(200)]
    read = rdkafka_cpp_lines(rdkafka_cpp("read", bkes.address, name, "check.crcs=true"))
    assert read == [[str(n), f"of-{n}"] for n in range(200)]


def test_batches_stay_whole(bkes, kafka, new_key):
    """Batches of three that race: the log never holds a part of one."""
    keys = [new_key("whole") for _ in range(2)]
    accepted = []

    def race(name):
        def run():
            with EventTopic(bkes) as events:
                order = 0
                while order < 60:
                    tag = b"%d-%d" % (name, order)
                    # One key twice and another once, in one partition.
                    sent = [event(keys[0], tag, order * 2), event(keys[1], tag, order),
                            event(keys[0], tag, order * 2 + 1)]
                    outcome = events.append_all(sent, partition=4)
                    if outcome.code == 0:
                        accepted.append((order, tag, outcome.offset))
                    else:
                        assert outcome.code == POLICY_VIOLATION
                    order = events.next_order(keys[1])
        return run

    run_together(*[race(name) for name in range(6)])
    accepted.sort()
    assert [order for order, _, _ in accepted] == list(range(len(accepted)))
    log = [one for one in log_of(kafka, "bkes", 4)[0] if one.key in keys]
    assert [one.value for one in log] == [tag for _, tag, _ in accepted for _ in range(3)]
    assert [one.offset for one in log] == [
        offset + n for _, _, offset in accepted for n in range(3)]


def test_unchecked_appends_and_checked_ones(bkes, new_key):
    """`any` never conflicts; every event has a place of its own."""
    key, offsets = new_key("any"), []

    def race():
        with EventTopic(bkes) as events:
            for _ in range(100):
                outcome = events.append(key, order="any")
                assert outcome.code == 0
                offsets.append(outcome.offset)

    run_together(race, race, race, race)
    assert len(set(offsets)) == 400
    with EventTopic(bkes) as events:
        assert events.next_order(key) == 400


def test_readers_see_what_was_answered(bkes, new_key):
    """A read that begins after an answer, over another connection, sees that event."""
    key = new_key("linear")
    answered = [0]

    def write():
        with EventTopic(bkes) as events:
            for n in range(300):
                assert events.append(key, b"%d" % n, n).code == 0
                answered[0] = n + 1

    def read():
        with EventTopic(bkes, port=bkes.port + 2) as events:
            while answered[0] < 300:
                before = answered[0]
                assert events.next_order(key) >= before

    run_together(write, read, read)
