"""An instance that begins with the store of another one (restore.from=peer, contract section 8)."""

import contextlib
import re
import struct
import uuid

import pytest

from bkes_process import BkesProcess, assert_agrees, run_bkes, verify
from clients import fill_topic
from cluster_requests import set_read_quota
from events import NONE, EventTopic, end_of
from kafka_node import free_port_range
from relay import ANSWERS, Relay
from sharing import wait_shared
from wire import Connection

pytestmark = pytest.mark.plain_scene("has a group of its own")

PARTITIONS, EVENTS = 3, 330_000  # of fewer than 300,000 none is made
GROUP, TOPIC = "restoring", "filled"
FETCH_RESTORE_POINT = 20004
SNAPSHOT_NOT_FOUND, POSITION_OUT_OF_RANGE = 98, 99
NOBODY = uuid.UUID(int=0)


class Way:
    """Between those that begin and the one that has a store: what goes wrong at a piece of a file."""

    def __init__(self):
        self.pieces, self.fault_at, self.fault = 0, None, None

    def at_piece(self, number, fault):
        self.pieces, self.fault_at, self.fault = 0, number, fault

    def heal(self):
        self.fault_at = None

    def saw(self, frame):
        if struct.unpack_from(">h", frame, 4)[0] != FETCH_RESTORE_POINT:
            return
        self.pieces += 1
        if self.pieces == self.fault_at:
            self.fault()


@pytest.fixture(scope="module")
def way():
    return Way()


@pytest.fixture(scope="module")
def giver(kafka, way, tmp_path_factory):
    """An instance with many events, reached by others through `giver.relay`."""
    kafka.create_topic(TOPIC, partitions=PARTITIONS)
    fill_topic(kafka.bootstrap_servers, TOPIC, EVENTS)
    bkes = BkesProcess(tmp_path_factory.mktemp("giver"), kafka.bootstrap_servers,
                       {"topics": TOPIC, "group.id": GROUP, "log.level": "info"})
    with Relay((bkes.host, bkes.port), (bkes.host, free_port_range(1)), way.saw) as relay:
        bkes.relay = relay
        bkes.options["advertised.listener"] = relay.address
        with bkes:
            wait_shared([bkes], PARTITIONS)
            yield bkes


@pytest.fixture
def begin(start_bkes, way):
    """begin() starts an instance that wants another's store."""
    yield lambda **more: start_bkes(ready=False, restore_from="peer", instance_id="joiner", threads=2,
                                    **{"topics": TOPIC, "group_id": GROUP} | more)
    way.heal()


@contextlib.contextmanager
def reading_slowly(kafka):
    """The whole topic would take minutes."""
    set_read_quota(kafka, "bkes-joiner-read", 200_000)
    try:
        yield
    finally:
        set_read_quota(kafka, "bkes-joiner-read", None)


def append_to_all(bkes, keys, orders):
    with EventTopic(bkes, TOPIC, PARTITIONS) as events:
        for key in keys:
            for order in orders:
                assert events.append(key, b"%d" % order, order).code == NONE


def taken_from(giver, joiner):
    return joiner.wait_for_log(
        rf"store begins from another instance's restore point directory=\S+/data/store address={giver.relay.address} "
        rf"partitions={PARTITIONS} offsets=(\d+) bytes=(\d+) ms=\d+")


def test_it_begins_with_what_another_one_has(kafka, giver, begin):
    keys = [b"key-%d" % n for n in range(20)]
    append_to_all(giver, keys, (0, 1))
    with reading_slowly(kafka):
        joiner = begin()
        offsets, size = map(int, taken_from(giver, joiner).groups())
        append_to_all(giver, keys, (2, 3))  # after it was made: these it reads
        wait_shared([giver, joiner], PARTITIONS)
    assert EVENTS <= offsets <= sum(end_of(kafka, TOPIC, n) for n in range(PARTITIONS)) and size > 1_000_000
    joiner.wait_for_log(rf"store is fetched from another instance address={giver.relay.address} bytes={size} files=\d")
    giver.wait_for_log(r"restore point is offered to other instances directory=\S+/data/offered bytes=\d+ ms=\d+")
    assert "is built again" not in joiner.log()
    append_to_all(joiner, keys, (4,))
    with EventTopic(joiner, TOPIC, PARTITIONS) as events:
        assert all(events.values(key) == [b"0", b"1", b"2", b"3", b"4"] for key in keys)
    assert_agrees(joiner, TOPIC)
    # The next start has a store.
    joiner.start()
    joiner.wait_for_log("restore.from isn't needed, there is a store")
    wait_shared([giver, joiner], PARTITIONS)
    joiner.stop()


def test_who_only_follows_takes_it_too(kafka, giver, tmp_path):
    with reading_slowly(kafka):
        done = run_bkes("sync", "--once", "--topics", TOPIC, "--bootstrap-servers", kafka.bootstrap_servers, "--data-dir",
                        tmp_path / "data", "--group-id", GROUP, "--restore-from", "peer", "--instance-id", "joiner")
    assert done.returncode == 0, done.stderr
    assert f"store begins from another instance's restore point directory={tmp_path}/data/store address=" \
           f"{giver.relay.address} " in done.stderr.decode()
    code, report = verify(giver, TOPIC, "--data-dir", tmp_path / "data")
    assert (code, report["differences"], report["behind"]) == (0, 0, 0)


def test_a_lost_connection_is_made_again(giver, way, begin):
    way.at_piece(5, lambda: giver.relay.tear(ANSWERS))
    joiner = begin()
    taken_from(giver, joiner)
    assert way.pieces > way.fault_at
    wait_shared([giver, joiner], PARTITIONS)
    assert_agrees(joiner, TOPIC)


def test_damage_is_found_and_the_topic_is_read(giver, begin):
    ask(giver)  # what is there now is what the next one gets
    table = max((giver.data_dir / "offered/store").glob("*.sst"), key=lambda one: one.stat().st_size)
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.unlink()  # the store has it too
    table.write_bytes(content)
    joiner = begin()
    joiner.wait_for_log(rf"instance gives no restore point address={giver.relay.address} "
                        rf"reason=\"its files are damaged: .*{re.escape(table.name)}")
    joiner.wait_for_log(f"no instance gives a restore point, the topics are read group={GROUP} instances=1")
    wait_shared([giver, joiner], PARTITIONS)
    assert_agrees(joiner, TOPIC)
    giver.stop()
    assert not (giver.data_dir / "offered").exists()
    giver.start()
    wait_shared([giver], PARTITIONS)


def ask(bkes, **values):
    with Connection(bkes.host, bkes.port) as raw:
        return raw.call("FetchRestorePoint", 0, values)


def test_what_is_asked_for_and_what_is_refused(giver, bkes):
    offer = ask(giver)
    assert (offer["ErrorCode"], offer["FormatVersion"], offer["ClusterId"]) == (NONE, "3", "YmtlcyBpcyBhIHN0b3JlIQ")
    assert ask(giver)["RestorePoint"] == offer["RestorePoint"] != NOBODY
    folder = giver.data_dir / "offered/store"
    assert {one["Name"]: one["Size"] for one in offer["Files"]} == \
        {one.name: one.stat().st_size for one in folder.iterdir()}
    number, table = max(enumerate(offer["Files"]), key=lambda one: one[1]["Size"])
    content = (folder / table["Name"]).read_bytes()

    def piece(**values):
        return ask(giver, RestorePoint=offer["RestorePoint"], **values)
    assert piece(File=number, MaxBytes=1 << 30)["Piece"] == content[:1 << 20]  # as much as there is at once
    assert piece(File=number, Position=10, MaxBytes=7)["Piece"] == content[10:17]
    assert piece(File=number, Position=len(content) - 3, MaxBytes=7)["Piece"] == content[-3:]
    assert len(piece(File=number, MaxBytes=-1)["Piece"]) == 1
    for values in ({"File": len(offer["Files"])}, {"File": -1}, {"File": number, "Position": len(content)},
                   {"File": number, "Position": -1}, {"File": number, "Position": 2**63 - 1}):
        answer = piece(MaxBytes=10, **values)
        assert (answer["ErrorCode"], answer["Piece"]) == (POSITION_OUT_OF_RANGE, b""), values
    unknown = ask(giver, RestorePoint=uuid.uuid4(), MaxBytes=10)
    assert unknown["ErrorCode"] == SNAPSHOT_NOT_FOUND and "isn't offered, or not any more" in unknown["ErrorMessage"]
    alone = ask(bkes)
    assert (alone["ErrorCode"], alone["ErrorMessage"]) == \
        (SNAPSHOT_NOT_FOUND, "bkes: this instance shares no partitions (group.id)")


def test_who_sends_many_requests_and_reads_no_answers(giver):
    """Pieces wait on the disk, not in memory."""
    offer = ask(giver)
    number = max(range(len(offer["Files"])), key=lambda n: offer["Files"][n]["Size"])
    giver.peak_bytes()
    before = giver.resident_bytes()
    with Connection(giver.host, giver.port) as raw, Connection(giver.host, giver.port) as other:
        for _ in range(500):
            raw.send("FetchRestorePoint", 0, {"RestorePoint": offer["RestorePoint"], "File": number,
                                              "MaxBytes": 1 << 20})
        for n in range(600):
            assert other.call("FetchRestorePoint", 0)["ErrorCode"] == NONE  # nobody waits for it
            assert n < 100 or len(raw.receive()["Piece"]) == 1 << 20
    assert giver.peak_bytes() - before < 100 << 20


def test_where_nobody_has_one(begin, new_topic):
    topic = new_topic(partitions=PARTITIONS)
    first = begin(topics=topic, group_id=f"g-{topic}")
    first.wait_for_log(f"no instance gives a restore point, the topics are read group=g-{topic} instances=0")
    wait_shared([first], PARTITIONS)
    with EventTopic(first, topic, PARTITIONS) as events:
        assert events.append(b"k", b"v", 0).code == NONE
    second = begin(topics=topic, group_id=f"g-{topic}")
    second.wait_for_log(f"instance gives no restore point address={first.address} reason=\"bkes: it has read "
                        r"\d+ offsets, which is no more work than a restore point\"")
    wait_shared([first, second], PARTITIONS)
    with EventTopic(second, topic, PARTITIONS) as events:
        assert events.values(b"k") == [b"v"]


def test_one_that_is_killed_meanwhile(giver, way, begin):
    """The last one: nobody needs it any more."""
    way.at_piece(5, giver.kill)
    joiner = begin()
    joiner.wait_for_log(rf"instance gives no restore point address={giver.relay.address} ")
    wait_shared([joiner], PARTITIONS)
    assert list(joiner.data_dir.glob("*.unfinished")) == []
    assert_agrees(joiner, TOPIC)
