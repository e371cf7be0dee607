"""Other people's clients with the settings that they come with: what tests/clients/*/FINDINGS.md and
the README's table say, as far as it is a promise of bkes.

They come from their registries, so CI leaves this file out (label `registries`); a client that can't be
fetched is skipped with its reason.
"""

import dataclasses

import pytest

from bkes_process import BkesProcess
from clients import eventually, rdkafka_producer, rdkafka_send
from events import EventTopic
from other_clients import KINDS, Unavailable, prepare
from race import read_log
from relay import Relay

pytestmark = pytest.mark.plain_scene("these programs don't log in")

COUNT = 5


@dataclasses.dataclass(frozen=True)
class Facts:
    """Of a client, in words of the settings that its program knows."""

    # With these the application hears success whatever became of the event.
    blind: tuple = ()
    # With these a producer that heard of a conflict is of no use any more.
    unusable: tuple = ()
    # With these a resend after a lost answer is recognised without event ids.
    idempotent: tuple = ("advised",)
    # With these it never tries again, and calls an append whose answer it didn't get a failure.
    never_resends: tuple = ()
    has_transactions: bool = True
    # It says a code, and not words alone.
    has_codes: bool = True


PRODUCERS = sorted(KINDS.keys() - {"kafka-streams", "connect", "mirror-maker"})
FACTS = dict.fromkeys(PRODUCERS, Facts()) | {
    "franz-go": Facts(idempotent=("default", "advised")),
    "java-4": Facts(idempotent=("default", "advised")),
    "kafka-go": Facts(blind=("default",), idempotent=(), has_transactions=False),
    "kafka-python-2": Facts(idempotent=(), never_resends=("default",), has_transactions=False),
    "kcat": Facts(has_transactions=False, has_codes=False),
    "kafka-python": Facts(unusable=("default",), idempotent=("default",)),
    "aiokafka": Facts(idempotent=()),
}
SETTINGS = ("default", "advised")
OFFSET_OF_MISPLACED = (-1, None)


@pytest.fixture(scope="module", params=PRODUCERS)
def client(request):
    return request.param, prepared(request.param)


@pytest.fixture(scope="module")
def streams():
    return prepared("kafka-streams")


def prepared(name):
    try:
        return prepare(name)
    except Unavailable as reason:
        pytest.skip(f"{name}: {reason}")


def answers_of(lines):
    assert not [line for line in lines if "failed" in line], lines
    return [line for line in lines if "writer" in line]


def read_as_in_log(kafka, bkes, key):
    """The events of a key, as soon as log and key topic agree: an append without an answer may still
    be on its way."""
    def both():
        with EventTopic(bkes) as events:
            read = events.values(key)
        logged = [value for value, _ in read_log(kafka, "bkes", 5).get(key, [])]
        return read and read == logged and [value.decode() for value in read]
    return eventually(both, what="key topic and log don't agree")


def check_told(kafka, bkes, key, answers, is_blind):
    """Everybody was told what stands in the log: by whom each order was won, and nothing is missing."""
    read = read_as_in_log(kafka, bkes, key)
    assert [value.split("-")[1] for value in read] == [str(order) for order in range(len(read))]
    for answer in answers:
        stands = f"{answer['writer']}-{answer['order']}" in read
        assert stands == answer["ok"] or (is_blind and answer["ok"]), (answer, read)
    return read


@pytest.mark.parametrize("settings", SETTINGS)
def test_of_two_writers_one_wins_each_order(client, settings, kafka, bkes, new_key):
    name, program = client
    facts, key = FACTS[name], new_key()
    answers = answers_of(program.run(bkes.address, settings, "race", "bkes", key.decode(), COUNT))
    assert len(answers) == 2 * COUNT
    read = check_told(kafka, bkes, key, answers, settings in facts.blind)
    assert len(read) == COUNT or settings in facts.unusable + facts.blind


@pytest.mark.parametrize("settings", SETTINGS)
def test_writers_that_do_not_wait_hear_of_each_event(client, settings, kafka, bkes, new_key):
    name, program = client
    key = new_key()
    answers = answers_of(program.run(bkes.address, settings, "burst", "bkes", key.decode(), COUNT))
    assert len(answers) == 2 * COUNT
    assert check_told(kafka, bkes, key, answers, settings in FACTS[name].blind)


def test_a_conflict_can_be_told_from_other_failures(client, bkes, new_key):
    name, program = client
    answers = answers_of(
        program.run(bkes.address, "advised", "append", "bkes", new_key().decode(), 0, 1, 1, 2))
    assert [one["ok"] for one in answers] == [True, True, False, True]
    if FACTS[name].has_codes:
        assert answers[2]["code"] == 44
    else:
        assert "Policy violation" in answers[2]["error"]


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_conflict_ends_no_producer(client, settings, bkes, new_key):
    name, program = client
    if settings in FACTS[name].blind:
        pytest.skip("hears of no conflict")
    answers = answers_of(
        program.run(bkes.address, settings, "append", "bkes", new_key().decode(), 0, 0, 1))
    assert [one["ok"] for one in answers] == [True, False, settings not in FACTS[name].unusable]


def test_an_aggregate_is_read_by_key(client, bkes, new_key):
    _, program = client
    key = new_key()
    with EventTopic(bkes) as events:
        for order in range(3):
            assert events.append(key, b"a-%d" % order, order=order).code == 0
    lines = program.run(bkes.address, "default", "consume", f"bkes.key.{key.decode()}", 3)
    assert [(one["partition"], one["offset"], one["value"]) for one in lines[:3]] == [
        (0, order, f"a-{order}") for order in range(3)]


def test_a_group_on_a_key_topic_commits_and_goes_on(client, bkes, new_key):
    _, program = client
    key = new_key()
    with EventTopic(bkes) as events:
        for part in ((0, 1, 2), (3, 4)):
            for order in part:
                assert events.append(key, b"a-%d" % order, order=order).code == 0
            lines = program.run(bkes.address, "default", "group", f"bkes.key.{key.decode()}",
                                f"group-{key.decode()}", len(part))
            assert [one["offset"] for one in lines if "value" in one] == list(part)
            assert [one["commit"] for one in lines if "commit" in one].count(False) == 0, lines


def test_a_group_on_a_real_topic_commits(client, kafka, bkes, new_topic):
    _, program = client
    topic = new_topic(partitions=1)
    program.run(bkes.address, "advised", "append", topic, "k", 0, 1, 2)
    lines = program.run(bkes.address, "default", "group", topic, f"group-{topic}", 3)
    assert [one["value"] for one in lines if "value" in one] == ["a-0", "a-1", "a-2"]
    assert [one for one in lines if one.get("commit")] and not [
        one for one in lines if one.get("commit") is False], lines


def test_transactions_of_real_topics_pass(client, bkes, new_topic):
    name, program = client
    if not FACTS[name].has_transactions:
        pytest.skip("has none")
    topic = new_topic(partitions=2)
    lines = program.run(bkes.address, "default", "transact", topic, f"id-{topic}", 3)
    assert [one["ok"] for one in answers_of(lines)] == [True] * 3
    assert lines[-1] == {"transaction": "committed"}


@pytest.fixture(scope="module")
def lossy(kafka, tmp_path_factory):
    """{are there event ids: (topic, bkes, relay)}: a bkes each whose answers a relay can lose."""
    started = {}
    try:
        for has_ids in (False, True):
            topic = f"lossy-{has_ids}"
            kafka.create_topic(topic, partitions=1)
            bkes = BkesProcess(tmp_path_factory.mktemp(topic), kafka.bootstrap_servers,
                               {"topics": topic} | ({"event.id.header": "id"} if has_ids else {}))
            relays = [Relay((bkes.host, port), ("127.0.0.77", port))
                      for port in (bkes.port, bkes.port + 2)]
            bkes.options["advertised.listener"] = relays[0].address
            started[has_ids] = topic, bkes, relays
            bkes.__enter__()
            for relay in relays:
                relay.__enter__()
        yield started
    finally:
        for _, bkes, relays in started.values():
            for relay in relays:
                relay.__exit__()
            bkes.stop()


@pytest.mark.parametrize("has_ids", [False, True], ids=["without_ids", "event_ids"])
@pytest.mark.parametrize("settings", SETTINGS)
def test_an_append_whose_answer_was_lost(client, settings, has_ids, lossy, new_key):
    """Safe where the README says so; else it comes back as a conflict, never twice in the log."""
    name, program = client
    if settings in FACTS[name].blind:
        pytest.skip("waits for no answer")
    topic, bkes, relays = lossy[has_ids]
    key = new_key()
    relays[1].swallow(1)
    answers = answers_of(program.run(relays[0].address, settings, "append", topic, key.decode(), 0, 1))
    relays[1].wait_hits(1)
    relays[1].heal()
    is_recognised = ((has_ids or settings in FACTS[name].idempotent)
                     and settings not in FACTS[name].never_resends)
    assert [one["ok"] for one in answers] == [is_recognised, True], answers
    with EventTopic(bkes, topic, partitions=1) as events:
        assert events.values(key) == [b"a-0", b"a-1"]


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_misplaced_append_is_told_as_success(client, settings, bkes, new_key):
    """It is written at its home; the base offset -1 makes no client stumble."""
    _, program = client
    key = new_key().decode()
    told = [answers_of(program.run(bkes.address, settings, "place", "bkes", key, partition, order))[0]
            for order, partition in enumerate((1, 2, 3, 1))]
    assert all(one["ok"] for one in told), told
    assert all(one.get("offset") in OFFSET_OF_MISPLACED for one in told[1:3]), told
    with EventTopic(bkes) as events:
        eventually(lambda: events.values(key.encode()) == [b"a-%d" % order for order in range(4)])


def send(kafka, topic, records):
    producer = rdkafka_producer(kafka.bootstrap_servers)
    assert all(isinstance(one, int) for one in rdkafka_send(producer, topic, [
        (key, value, []) for key, value in records]))


def test_streams_count_words_exactly_once(streams, kafka, bkes, new_topic):
    lines, counts = new_topic(partitions=1), new_topic(partitions=1)
    send(kafka, lines, [(b"", b"a b a"), (b"", b"b a c")])
    told = streams.run(bkes.address, "exactly_once_v2", "words", lines, counts, f"id-{lines}", 6)
    assert {one["word"]: one["seen"] for one in told if "word" in one} == {"a": 3, "b": 2, "c": 1}
    assert told[-1] == {"state": "NOT_RUNNING", "over": True}


def test_streams_append_and_fail_at_a_conflict(streams, kafka, bkes, new_topic, new_key):
    commands, key = new_topic(partitions=1), new_key()
    send(kafka, commands, [(key, b"0"), (key, b"1")])
    streams.run(bkes.address, "at_least_once", "events", commands, "bkes", f"id-{commands}", 2)
    with EventTopic(bkes) as events:
        assert events.values(key) == [b"0", b"1"]
    failed, _ = streams.run(bkes.address, "at_least_once", "events", commands, "bkes",
                            f"again-{commands}", 99)
    assert failed["class"] == "PolicyViolationException" and "order conflict" in failed["failed"]
