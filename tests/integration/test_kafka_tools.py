"""Kafka's own command line tools through bkes say and do what they say and do at the brokers."""

import itertools
import json
import re

import pytest

from bkes_process import BkesProcess
from clients import eventually
from events import EventTopic
from kafka_cluster import KafkaCluster
from kafka_tools import KafkaTools

pytestmark = pytest.mark.plain_scene("the tools come without an account; their cluster has an authorizer")

PROPERTIES = {
    # An authorizer that lets all do everything, so that there is one.
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    # A member of a share group gets its partitions with its second heartbeat.
    "group.share.heartbeat.interval.ms": 200, "group.share.min.heartbeat.interval.ms": 200,
}
DIRECT, THROUGH = "direct", "through"
newer = itertools.count()


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    """Two brokers, so that partitions can move."""
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), brokers=2, properties=PROPERTIES) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def bkes(kafka, tmp_path_factory):
    kafka.create_topic("bkes", partitions=2)
    with BkesProcess(tmp_path_factory.mktemp("bkes"), kafka.bootstrap_servers, {"topics": "bkes"}) as process:
        yield process


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    with KafkaTools(tmp_path_factory.mktemp("tools") / "tools.log") as started:
        yield started


@pytest.fixture
def ask(kafka, bkes, tools):
    """ask(tool, ...): through bkes, and it ended well unless another code is named."""

    def run(tool, *arguments, code=0, **more):
        done = tools.run(tool, bkes.address, *arguments, **more)
        assert done.code == code, done
        for host, port in kafka.addresses:
            assert f"{host}:{port}" not in done.out + done.err
        return done

    return run


@pytest.fixture
def both(kafka, tools, ask):
    """both(tool, ..., "t-SIDE"): asked directly and through bkes, each for a name of its own; both say the
    same. What they say, names of sides, times and ids aside."""

    def run(tool, *arguments, code=0, **more):
        def of(side):
            return [str(one).replace("SIDE", side) for one in arguments]

        wait_until_all_is_known(kafka)
        direct = tools.run(tool, kafka.bootstrap_servers, *of(DIRECT), **more)
        assert direct.code == code, direct
        through = ask(tool, *of(THROUGH), code=code, **more)
        assert comparable(through) == comparable(direct)
        return comparable(through)

    return run


def wait_until_all_is_known(kafka):
    """A tool asks any broker, which may not know yet what was changed. They learn from one log: who knows a
    newer topic knows all that was before it."""
    kafka.create_topic(f"newer-{next(newer)}")


def comparable(done):
    said = (done.out + done.err).replace(DIRECT, "SIDE").replace(THROUGH, "SIDE")
    for changing in (r'(?<="timestamp":)\d+', r"(?<=TopicId: )\S+", r'"(?:target|avg)_throughput":[\d.]+',
                     r"\S+:\d+\s+\(\d\)"):  # a group's coordinator
        said = re.sub(changing, "*", said)
    # Lines of a table stand in any order, its columns are as wide as the longest name; stacks are Java's.
    lines = (" ".join(line.split()) for line in said.splitlines())
    return sorted(line for line in lines if not line.startswith(("at ", "... ")))


@pytest.fixture
def topics(both):
    """topics(name): NAME-direct and NAME-through, one partition on each broker."""

    def create(name):
        both("kafka-topics", "--create", "--topic", f"{name}-SIDE", "--replica-assignment", "1,2")
        return f"{name}-SIDE"

    return create


def test_topics(both, topics, ask):
    topic = topics("topics")
    for _ in range(2):
        both("kafka-topics", "--create", "--topic", topic, "--replica-assignment", "1", "--if-not-exists")
    both("kafka-topics", "--create", "--topic", topic, "--replica-assignment", "1", code=1)
    both("kafka-topics", "--alter", "--topic", topic, "--partitions", 3, "--replica-assignment", "1,2,2")
    described = both("kafka-topics", "--describe", "--topic", topic)
    assert len([line for line in described if "Leader:" in line]) == 3
    both("kafka-topics", "--delete", "--topic", topic)
    eventually(lambda: "topics-" not in ask("kafka-topics", "--list").out)
    both("kafka-topics", "--describe", "--topic", topic, code=1)


def test_configs(both, topics):
    entity = "--entity-type", "topics", "--entity-name", topics("configs")
    both("kafka-configs", "--alter", *entity, "--add-config", "retention.ms=1234567")
    assert any("retention.ms=1234567" in line for line in both("kafka-configs", "--describe", *entity))
    both("kafka-configs", "--describe", "--all", *entity)
    both("kafka-configs", "--alter", *entity, "--delete-config", "retention.ms")
    assert not any("1234567" in line for line in both("kafka-configs", "--describe", *entity))
    both("kafka-configs", "--describe", "--entity-type", "brokers", "--entity-name", "2")


def test_acls(both, topics):
    topic = topics("acls")
    rule = "--allow-principal", "User:SIDE", "--topic", topic, "--operation", "Read"
    both("kafka-acls", "--add", *rule)
    assert any("principal=User:SIDE" in line for line in both("kafka-acls", "--list", "--topic", topic))
    both("kafka-acls", "--remove", "--force", *rule)
    assert not any("principal" in line for line in both("kafka-acls", "--list", "--topic", topic))


def test_console_tools_and_groups(both, topics):
    topic, group = topics("console"), "console-SIDE"
    both("kafka-console-producer", "--topic", topic, "--reader-property", "parse.key=true",
         stdin="".join(f"k{n}\tv{n}\n" for n in range(7)))
    read = both("kafka-console-consumer", "--topic", topic, "--from-beginning", "--max-messages", 7, "--group", group)
    assert [line for line in read if line.startswith("v")] == [f"v{n}" for n in range(7)]
    assert lags(both("kafka-consumer-groups", "--describe", "--group", group)) == [0, 0]
    both("kafka-consumer-groups", "--describe", "--state", "--group", group)
    of_group = "--group", group, "--topic", topic
    both("kafka-consumer-groups", "--reset-offsets", "--to-earliest", "--dry-run", *of_group)
    both("kafka-consumer-groups", "--reset-offsets", "--to-earliest", "--execute", *of_group)
    assert sum(lags(both("kafka-consumer-groups", "--describe", "--group", group))) == 7
    both("kafka-consumer-groups", "--delete-offsets", *of_group)
    both("kafka-consumer-groups", "--delete", "--group", group)
    gone = both("kafka-consumer-groups", "--describe", "--group", group)
    assert any("Group console-SIDE not found" in line for line in gone)


def lags(lines):
    """GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG ..."""
    return [int(line.split()[5]) for line in lines if line.startswith("console-SIDE console-SIDE")]


def test_verifiable_tools_and_offsets(both, topics, ask):
    topic = topics("verifiable").replace("SIDE", THROUGH)
    written = ask("kafka-verifiable-producer", "--topic", topic, "--max-messages", 20).json_lines
    assert [one["name"] for one in written].count("producer_send_success") == 20
    found = ask("kafka-get-offsets", "--topic", topic).out.split()
    assert sum(int(line.split(":")[2]) for line in found) == 20
    read = ask("kafka-verifiable-consumer", "--topic", topic, "--group-id", "verifiable", "--max-messages", 20,
               "--reset-policy", "earliest").json_lines
    assert sum(one["count"] for one in read if one["name"] == "records_consumed") == 20
    assert all(one["success"] for one in read if one["name"] == "offsets_committed")
    for when in ("earliest", "latest", "max-timestamp", "-2"):
        both("kafka-get-offsets", "--topic", topic, "--time", when)


def test_reassign_partitions(both, topics, kafka, bkes, tools, tmp_path, ask):
    """One side after the other: the brokers refuse a second plan while one is carried out."""
    topic = topics("moved")
    for side, servers in ((DIRECT, kafka.bootstrap_servers), (THROUGH, bkes.address)):
        plan = tmp_path / f"{side}.json"
        plan.write_text(json.dumps({"version": 1, "partitions": [
            {"topic": topic.replace("SIDE", side), "partition": 0, "replicas": [2]}]}))

        def reassign(*what):
            return tools.run("kafka-reassign-partitions", servers, *what)

        done = reassign("--reassignment-json-file", plan, "--execute")
        assert done.code == 0 and "Successfully started" in done.out, done
        eventually(lambda: "No partition reassignments found" in reassign("--list").out)
        wait_until_all_is_known(kafka)
        done = reassign("--reassignment-json-file", plan, "--verify")
        assert f"{topic.replace('SIDE', side)}-0 is completed" in done.out, done
    described = both("kafka-topics", "--describe", "--topic", topic)
    assert [line.split("Leader: ")[1][0] for line in described if "Leader:" in line] == ["2", "2"]


def test_broker_api_versions(kafka, bkes, tools, ask):
    """bkes offers what brokers offer, in no version that they don't."""
    row = re.compile(r"^\t(\w+)\((\d+)\): (\d+) to (\d+) ", re.MULTILINE)

    def offered(said):
        """{api: (from, to)} of the first broker; the tool asks each."""
        return {name: (int(first), int(last)) for name, _, first, last in row.findall(said.split(")\n")[0])}

    through = ask("kafka-broker-api-versions").out
    assert re.findall(r"^(\S+) \(id: (\d)", through, re.MULTILINE) != []
    assert {(where, broker) for where, broker in re.findall(r"^(\S+) \(id: (\d)", through, re.MULTILINE)} == {
        (f"{bkes.host}:{bkes.port + 1 + n}", str(n)) for n in (1, 2)}
    direct = offered(tools.run("kafka-broker-api-versions", kafka.bootstrap_servers).out)
    seen = offered(through)
    assert seen and seen.keys() <= direct.keys()
    assert all(direct[api][0] <= first and last <= direct[api][1] for api, (first, last) in seen.items())


def test_share_groups(both, topics):
    topic, group = topics("shared"), "shared-SIDE"
    both("kafka-configs", "--alter", "--entity-type", "groups", "--entity-name", group, "--add-config",
         "share.auto.offset.reset=earliest")
    both("kafka-console-producer", "--topic", topic, stdin="one\ntwo\nthree\n")
    read = both("kafka-console-share-consumer", "--topic", topic, "--group", group, "--max-messages", 3)
    assert {"one", "two", "three"} < set(read)
    both("kafka-share-groups", "--describe", "--state", "--group", group)


def test_guarded_and_key_topics(ask, bkes, kafka):
    """As FINDINGS.md of tests/clients/kafka-tools says."""
    with_order = "--topic", "bkes", "--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"
    lines = "".join(f"order:{order}\tk\tv{order}\n" for order in range(3))
    ask("kafka-console-producer", *with_order, "--producer-property", "batch.size=0", stdin=lines)
    refused = ask("kafka-console-producer", *with_order, stdin="order:1\tk\tv1\n")
    with EventTopic(bkes, partitions=2) as events:
        assert events.values(b"k") == [b"v0", b"v1", b"v2"]
    assert "order conflict: expected=3 got=1" in refused.err
    read = ask("kafka-console-consumer", "--topic", "bkes.key.k", "--from-beginning", "--max-messages", 3)
    assert read.out.split() == ["v0", "v1", "v2"]
    read = ask("kafka-verifiable-consumer", "--topic", "bkes.key.k", "--group-id", "by-key", "--max-messages", 3,
               "--reset-policy", "earliest").json_lines
    assert [one["success"] for one in read if one["name"] == "offsets_committed"] == [True]
    written = ask("kafka-verifiable-producer", "--topic", "bkes", "--max-messages", 3).json_lines
    assert [one["name"] for one in written].count("producer_send_success") == 3
    assert "bkes.key" not in ask("kafka-topics", "--list").out
    refused = ask("kafka-topics", "--create", "--topic", "bkes.key.other", "--partitions", 1, code=1)
    assert "bkes: this name belongs to a key topic, which can only be read" in refused.out
    kept = ask("kafka-topics", "--describe", "--topic", "bkes.key.k", code=1)
    assert "does not exist as expected" in kept.out
