"""The two ways to a broker: past bkes and through it.

What a request changes must not be seen by the other side, so each side has names of its own, which
end with what comparing.py takes away. What is only read has one name for both.

    with Side(world, "past") as past:
        answer = past.ask("Metadata", 12, {"Topics": None})   # a dict, or CLOSED
"""

import collections
import dataclasses
import functools
import itertools
import uuid

from clients import eventually
from kafka_messages import fitting, valid_versions
from record_batches import batch, record
from wire import Closed, Connection, request_frame

CLOSED, UNANSWERED = "closed", "unanswered"
TIMEOUT_S = 10.0
SUFFIXES = {"past": "--past", "through": "--thru"}  # of one length: some answers hold sizes
NO_ID = uuid.UUID(int=4711)
PARTITIONS = 7
# A day in 2023: a time that means the same on both sides.
THEN_MS = 1_700_000_000_000

REQUESTS = collections.defaultdict(list)  # {api: [Request]}
Member = collections.namedtuple("Member", "group id generation")
Producer = collections.namedtuple("Producer", "transaction id epoch")


@dataclasses.dataclass
class Request:
    """`make(at)` gives its values; those that a version doesn't have are left out of it."""

    title: str
    versions: range
    make: object


def request(api, since=0):
    """Adds the decorated function to what is asked of an API."""
    def add(make):
        versions = valid_versions(api)
        REQUESTS[api].append(Request(make.__name__.replace("_", " "),
                                     range(max(since, versions.start), versions.stop), make))
        return make
    return add


@dataclasses.dataclass
class World:
    """What both sides may read. `topic` has a few records and a group, `log_dir` is the broker's."""

    kafka: object
    bkes: object
    topic: str
    topic_id: uuid.UUID
    group: str

    def address_of(self, side):
        """The port of bkes for the same broker."""
        if side == "through":
            return self.bkes.host, self.bkes.port + 2
        return (self.kafka.secured_addresses or self.kafka.addresses)[0]

    @property
    def has_tokens(self):
        """Those who have logged in get delegation tokens."""
        return self.kafka.security is not None

    @property
    def has_rights(self):
        return "authorizer.class.name" in self.kafka.properties

    @property
    def log_dir(self):
        return str(self.kafka.broker(1).directory / "data")


class Side:
    """One connection, opened again when it was closed. `account`: the user and password that log in
    on it."""

    def __init__(self, world, name, account=None):
        self.world, self.name, self.account = world, name, account
        self.address = world.address_of(name)
        self.suffix = SUFFIXES[name]
        self.raw = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.raw is not None:
            self.raw.close()
            self.raw = None

    def connected(self):
        if self.raw is None:
            self.raw = Connection(*self.address, timeout_s=TIMEOUT_S)
            if self.account is not None:
                answer = self.raw.login(*self.account)
                assert answer["ErrorCode"] == 0, answer
        return self.raw

    def ask(self, api, version, values):
        try:
            return self.connected().call(api, version, values)
        except (Closed, TimeoutError) as error:
            self.close()
            return CLOSED if isinstance(error, Closed) else UNANSWERED

    def ask_bytes(self, api, version, body, *, key=None):
        """The whole frame of the answer to a body as it stands here, or CLOSED. `key`, `version`:
        whatever stands in the header."""
        try:
            raw = self.connected()
            raw.socket.sendall(request_frame(api, version, None, body=body, key=key))
            return raw.receive_frame()
        except (Closed, BrokenPipeError):
            self.close()
            return CLOSED


class At:
    """Where a request is asked: at a side, in a version, about what is there or what isn't
    (`is_known`). Makes what a request needs to be one that a broker works on."""

    _numbers = itertools.count(1)

    def __init__(self, side, version, is_known, run):
        self.side, self.version, self.is_known = side, version, is_known
        self.run = run  # the same for both sides, another one for each request

    @classmethod
    def both(cls, sides, version, is_known):
        run = next(cls._numbers)
        return [cls(side, version, is_known, run) for side in sides]

    @property
    def world(self):
        return self.side.world

    @property
    def topic(self):
        return self.world.topic if self.is_known else "no-such-topic"

    @property
    def topic_id(self):
        return self.world.topic_id if self.is_known else NO_ID

    @property
    def group(self):
        return self.world.group if self.is_known else "no-such-group"

    def own(self, prefix):
        """A name that nobody else has."""
        return f"{prefix}-{self.run}{self.side.suffix}"

    @property
    def written_topic(self):
        """A topic of this side, with a record."""
        return f"written{self.side.suffix}" if self.is_known else "no-such-topic"

    def call(self, api, version, values):
        """What comes before."""
        answer = self.side.connected().call(api, version, fitting(api, version, values))
        assert answer.get("ErrorCode", 0) == 0, (api, answer)
        return answer

    def wait_for(self, api, version, values, condition):
        """What a controller has confirmed, its brokers know a little later."""
        return eventually(lambda: condition(self.call(api, version, values)))

    def new_topic(self):
        """The name of a new topic of this side, in no hurry to have a leader."""
        name = self.own("topic")
        if self.is_known:
            topic = {"Name": name, "NumPartitions": 1, "ReplicationFactor": 1}
            made = self.call("CreateTopics", 5, {"Topics": [topic], "timeoutMs": 20000})
            assert made["Topics"][0]["ErrorCode"] == 0, made
        return name

    def id_of(self, topic):
        if not self.is_known:
            return NO_ID
        return self.wait_for("Metadata", 10, {"Topics": [{"Name": topic}]}, lambda answer:
                             not answer["Topics"][0]["ErrorCode"] and answer["Topics"][0]["TopicId"])

    def new_group(self):
        """A group without members that has committed."""
        name = self.own("group")
        if self.is_known:
            self.call("OffsetCommit", 7, committing(name, self.world.topic))
        return name

    def member(self, is_stable=True):
        """The only member of a classic group."""
        if not self.is_known:
            return Member("no-such-group", "nobody", 1)
        joining = joining_of(self.own("classic"))
        joined = self.call("JoinGroup", 3, joining)
        member = Member(joining["GroupId"], joined["MemberId"], joined["GenerationId"])
        if is_stable:
            self.call("SyncGroup", 3, {"GroupId": member.group, "MemberId": member.id,
                                       "GenerationId": member.generation})
        return member

    def member_id(self):
        """As KIP-848 and what follows it want it: one that the client has chosen."""
        return str(uuid.UUID(int=self.run))

    def producer(self, *, with_partition=False, version=3):
        """Of a transaction; with `with_partition` it has begun."""
        if not self.is_known:
            return Producer("no-such-transaction", NO_ID.int, 0)
        name = self.own("transaction")
        made = self.call("InitProducerId", version, {"TransactionalId": name,
                                                     "TransactionTimeoutMs": 60000})
        found = Producer(name, made["ProducerId"], made["ProducerEpoch"])
        if with_partition:
            self.call("AddPartitionsToTxn", 3, {
                "V3AndBelowTransactionalId": name, "V3AndBelowProducerId": found.id,
                "V3AndBelowProducerEpoch": found.epoch,
                "V3AndBelowTopics": [{"Name": self.written_topic, "Partitions": [0]}]})
        return found

    @property
    def batch(self):
        return batch([record(b"key", b"value", [("name", b"x")], THEN_MS)])


def joining_of(group, **more):
    return {"GroupId": group, "SessionTimeoutMs": 300_000, "RebalanceTimeoutMs": 300_000,
            "MemberId": "", "ProtocolType": "consumer",
            "Protocols": [{"Name": "range", "Metadata": b"any"}]} | more


def committing(group, topic):
    return {"GroupId": group, "MemberId": "", "GenerationIdOrMemberEpoch": -1, "Topics": [
        {"Name": topic, "Partitions": [{"PartitionIndex": n, "CommittedOffset": n + 1,
                                        "CommittedLeaderEpoch": 0, "CommittedMetadata": f"m{n}"}
                                       for n in range(2)]}]}


def new_world(kafka, bkes):
    """Topics with records, and coordinators that are there: the first question makes them."""
    topics = ["read", *(f"{kind}{suffix}" for kind in ("written", "shortened", "altered")
                        for suffix in SUFFIXES.values())]
    for topic in topics:
        kafka.create_topic(topic, partitions=PARTITIONS if topic == "read" else 1,
                           config={"retention.ms": "-1"})
    world = World(kafka, bkes, "read", None, "readers")
    with Side(world, "past") as past:
        at = At(past, 0, True, 0)
        world.topic_id = at.id_of(world.topic)
        for topic in topics:
            for partition in range(3 if topic == "read" else 1):
                _write(at, topic, partition)
        _wait_for_coordinators(past)
        at.call("OffsetCommit", 7, committing(world.group, world.topic))
    return world


def _write(at, topic, partition):
    """Some batches, in the last partition with a producer's sequence."""
    producer = at.call("InitProducerId", 0, {"TransactionalId": None,
                                                "TransactionTimeoutMs": 60000})
    numbered = {"producer_id": producer["ProducerId"], "epoch": 0, "sequence": 0}
    for number, codec in enumerate(("none", "gzip", "zstd")):
        values = [record(b"%d" % n, b"value" * n, [("n", b"%d" % n)], THEN_MS + number * 10 + n)
                  for n in range(4)]
        more = numbered if partition == 2 and number == 0 else {}
        data = batch(values, codec=codec, **more)
        at.call("Produce", 9, {"Acks": -1, "TimeoutMs": 20000, "TopicData": [
            {"Name": topic, "PartitionData": [{"Index": partition, "Records": data}]}]})


def _wait_for_coordinators(side):
    for kind in (0, 1):
        for _ in range(600):
            found = side.ask("FindCoordinator", 2, {"Key": "any", "KeyType": kind})
            if found["ErrorCode"] == 0:
                break
        assert found["ErrorCode"] == 0, found


@functools.cache
def load_requests():
    """{api: [Request]} of all about_*.py."""
    import equivalence.about_cluster  # noqa: F401
    import equivalence.about_groups  # noqa: F401
    import equivalence.about_new_groups  # noqa: F401
    import equivalence.about_topics  # noqa: F401
    import equivalence.about_transactions  # noqa: F401
    return dict(REQUESTS)
