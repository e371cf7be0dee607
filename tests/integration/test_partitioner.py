"""The setting `partitioner` (contract section 8): where `bkes append` puts a new key, and what
`bkes verify` says of keys that stand elsewhere."""

import zlib

import pytest
from confluent_kafka.admin import NewPartitions
from kafka.partitioner.default import murmur2

from bkes_process import run_bkes, verify
from clients import kcat, rdkafka_producer, rdkafka_send
from events import EventTopic, log_of

RULES = {"murmur2": lambda key, count: (murmur2(key) & 0x7fffffff) % count,
         "crc32": lambda key, count: zlib.crc32(key) % count}
KEYS = [b"k%d" % n for n in range(30)] + ["ä/b".encode(), b"6b3f0c5e-7f5a-4b1e", b"x" * 300]


def homes(kafka, topic, partitions):
    """{key: the partitions that hold it}, from the log."""
    found = {}
    for partition in range(partitions):
        for one in log_of(kafka, topic, partition)[0]:
            found.setdefault(one.key, set()).add(partition)
    return found


def append(bkes, topic, key, order=0, **environment):
    done = run_bkes("append", topic, key.decode(), "--order", order, "--bootstrap-servers", bkes.address,
                    stdin=b"v", environment=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("rule, of_kcat", [("crc32", ()), ("murmur2", ("-X", "partitioner=murmur2_random"))])
def test_append_puts_a_new_key_where_kcat_does(kafka, start_bkes, new_topic, rule, of_kcat):
    topic, of_others = new_topic(partitions=7), new_topic(partitions=7)
    bkes = start_bkes(topics=topic, partitioner=rule)
    for key in KEYS:
        append(bkes, topic, key, BKES_PARTITIONER=rule)
    lines = b"".join(key + b"=v\n" for key in KEYS)
    kcat(kafka.bootstrap_servers, "-P", "-t", of_others, "-K", "=", *of_kcat, stdin=lines)
    there = homes(kafka, of_others, 7)
    assert len(there) == len(KEYS) and len(set.union(*there.values())) > 5
    assert homes(kafka, topic, 7) == there


@pytest.mark.parametrize("rule, of_librdkafka", [("crc32", "consistent"), ("murmur2", "murmur2_random")])
def test_the_empty_key_has_a_home_too(kafka, start_bkes, new_topic, rule, of_librdkafka):
    topic, of_others = new_topic(partitions=7), new_topic(partitions=7)
    append(start_bkes(topics=topic), topic, b"", BKES_PARTITIONER=rule)
    producer = rdkafka_producer(kafka.bootstrap_servers, partitioner=of_librdkafka)
    rdkafka_send(producer, of_others, [(b"", b"v", [])])
    assert homes(kafka, topic, 7) == homes(kafka, of_others, 7) == {b"": {RULES[rule](b"", 7)}}


def test_a_known_key_keeps_its_home(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=5)
    bkes = start_bkes(topics=topic)
    moving = [key for key in KEYS if RULES["murmur2"](key, 5) != RULES["crc32"](key, 5)]
    assert len(moving) > 10
    for order, rule in enumerate(("murmur2", "crc32")):
        for key in moving:
            append(bkes, topic, key, order, BKES_PARTITIONER=rule)
    assert homes(kafka, topic, 5) == {key: {RULES["murmur2"](key, 5)} for key in moving}


def remark(bkes, topic, *more):
    """What `bkes verify` says of keys elsewhere: their number, and {key: (partition, expected)}."""
    code, report = verify(bkes, topic, *more)
    assert (code, report["differences"], report["behind"]) == (0, 0, 0), report
    first = [(one["key"].encode(), (one["partition"], one["expected"])) for one in report["first_elsewhere"]]
    assert first == sorted(first)
    return report["elsewhere"], dict(first)


def test_verify_names_keys_that_stand_elsewhere(start_bkes, new_topic):
    topic = new_topic(partitions=5)
    bkes = start_bkes(topics=topic)
    home = {key: number % 5 for number, key in enumerate(KEYS)}
    with EventTopic(bkes, topic) as events:
        for key, partition in home.items():
            for order in range(2):  # a key counts once
                assert events.append(key, b"v", order, partition=partition).code == 0
    bkes.stop()
    for name, rule in RULES.items():
        elsewhere = {key: (home[key], rule(key, 5)) for key in sorted(KEYS) if rule(key, 5) != home[key]}
        assert 20 < len(elsewhere) < len(KEYS)
        flags = ("--partitioner", name)
        assert remark(bkes, topic, *flags) == (len(elsewhere), dict(list(elsewhere.items())[:20]))
        assert remark(bkes, topic, *flags, "--limit", 3) == (len(elsewhere), dict(list(elsewhere.items())[:3]))
        assert remark(bkes, topic, *flags, "--limit", 1000) == (len(elsewhere), elsewhere)
        shown = run_bkes("verify", topic, "--bootstrap-servers", bkes.bootstrap_servers, "--data-dir", bkes.data_dir,
                         *flags, "--limit", 1)
        assert shown.returncode == 0, shown.stderr
        key, (stands, expected) = next(iter(elsewhere.items()))
        assert f"key elsewhere: {key.decode()} is in partition {stands}, {name} says {expected}\n" \
            f"and {len(elsewhere) - 1} keys elsewhere more\n" in shown.stdout.decode()
        assert f"{len(elsewhere)} keys elsewhere than partitioner={name} says" in shown.stdout.decode()
    assert remark(bkes, topic) == remark(bkes, topic, "--partitioner", "murmur2")


def test_partitions_that_are_added_leave_keys_elsewhere(kafka, start_bkes, new_topic):
    topic = new_topic(partitions=2)
    bkes = start_bkes(topics=topic)
    for key in KEYS:
        append(bkes, topic, key)
    bkes.stop()
    assert remark(bkes, topic) == (0, {})
    admin = kafka.admin()  # its requests end with it
    admin.create_partitions([NewPartitions(topic, 5)])[topic].result(30)
    bkes.start().wait_ready()
    bkes.wait_for_log(f"ready topic={topic}")
    rule = RULES["murmur2"]
    for key in KEYS:
        append(bkes, topic, key, 1)
    assert homes(kafka, topic, 5) == {key: {rule(key, 2)} for key in KEYS}
    bkes.stop()
    assert remark(bkes, topic, "--limit", 100) == (
        sum(rule(key, 2) != rule(key, 5) for key in KEYS),
        {key: (rule(key, 2), rule(key, 5)) for key in KEYS if rule(key, 2) != rule(key, 5)})


def test_other_names_are_refused():
    for command in (("serve",), ("append", "bkes", "k", "--order", 0), ("verify", "bkes")):
        done = run_bkes(*command, "--bootstrap-servers", "127.0.0.1:1", "--partitioner", "murmur2_random")
        assert done.returncode == 2, done
        assert b"murmur2 or crc32" in done.stderr, done.stderr
