"""What bkes relies on when it owns a partition, asked of real brokers by raw requests: three of them,
whose leaders move. What it means: docs/decisions/fencing-on-three-brokers.md."""

import pytest

from fencing import INVALID_EPOCH, NONE, OUT_OF_ORDER, PRODUCER_FENCED, Writer
from kafka_cluster import KafkaCluster
from wire import Connection

pytestmark = pytest.mark.plain_scene("asks brokers alone")

UPGRADE, UNSAFE_DOWNGRADE = 1, 3


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    properties = {"min.insync.replicas": 2, "transaction.state.log.num.partitions": 3}
    with KafkaCluster(tmp_path_factory.mktemp("kafka3"), brokers=3, own_controller=True,
                      properties=properties) as started:
        yield started


@pytest.fixture
def new_writer(cluster, request):
    """new_writer() is one more instance that wants the partition; all have the same id."""
    topic = request.node.name.replace("[", "-").replace("]", "")
    cluster.create_topic(topic, replication_factor=3)
    return lambda: Writer(cluster, topic, 0, f"id-{topic}")


@pytest.fixture(autouse=True)
def all_brokers(cluster):
    """Whatever a test did, the next one finds all of them."""
    yield
    for node in cluster.brokers:
        if not node.is_alive():
            node.start()
    cluster.wait_ready()


def test_a_fence_holds_at_every_later_leader(new_writer):
    old, new = new_writer().take_over(), new_writer()
    assert old.produce(0)[0] == NONE
    new.take_over()
    assert old.produce(1)[0] == INVALID_EPOCH
    first = new.move_leader()
    assert old.produce(1)[0] == INVALID_EPOCH
    assert new.produce(0)[0] == NONE
    first.start()
    new.wait_in_sync(3)
    new.move_leader()
    assert old.produce(1)[0] == INVALID_EPOCH
    assert old.prove() == PRODUCER_FENCED
    assert new.produce(1)[0] == NONE


def test_a_new_leader_recognises_the_last_five_batches(new_writer):
    writer = new_writer().take_over()
    written = [writer.produce(sequence) for sequence in range(7)]
    assert [code for code, _ in written] == [NONE] * 7
    writer.move_leader()
    assert [writer.produce(sequence) for sequence in range(2, 7)] == written[2:]
    assert writer.produce(1)[0] == OUT_OF_ORDER
    assert writer.produce(7) == (NONE, written[6][1] + 1)


def test_a_restarted_leader_recognises_the_newest_batch_only(cluster):
    cluster.create_topic("restarted", assignment=[[2, 3]], config={"min.insync.replicas": "1"})
    writer = Writer(cluster, "restarted", 0, "id-restarted").take_over()
    written = [writer.produce(sequence) for sequence in range(3)]
    first = writer.move_leader()
    first.start()
    writer.wait_in_sync(2)
    writer.move_leader()
    assert writer.leader() == first.node_id
    assert writer.produce(2) == written[2]
    assert writer.produce(1)[0] == OUT_OF_ORDER
    assert writer.produce(3)[0] == NONE


def test_an_unclean_election_takes_the_fence_along(cluster):
    """Replicas on 2 and 3. What happens while 3 is away is lost when it is elected in the end."""
    topic = "unclean"
    cluster.create_topic(topic, assignment=[[2, 3]], config={
        "min.insync.replicas": "1", "unclean.leader.election.enable": "true"})
    old, new = (Writer(cluster, topic, 0, "id-unclean") for _ in range(2))
    old.take_over()
    assert old.produce(0)[0] == NONE
    cluster.broker(3).kill()
    lost = old.produce(1)  # acknowledged
    assert lost[0] == NONE
    new.take_over()
    assert [new.produce(0)[0], new.produce(1)[0], old.produce(2)[0]] == [NONE, NONE, INVALID_EPOCH]
    cluster.broker(2).kill()
    cluster.broker(3).start()
    assert new.leader() == 3

    # It knows of nothing that was lost: neither the new epoch ...
    assert new.produce(2)[0] == OUT_OF_ORDER
    # ... nor that the old one was fenced, and takes its batch for a new one.
    assert old.produce(1)[0] == NONE
    # A proof is what closes the door again, and what tells the old owner.
    assert new.prove() == NONE
    assert old.produce(2)[0] == INVALID_EPOCH
    assert old.prove() == PRODUCER_FENCED


@pytest.fixture
def set_transaction_version(cluster):
    def update(level):
        node = cluster.broker(1)
        with Connection(node.host, node.port) as raw:
            answer = raw.call("UpdateFeatures", 1, {"timeoutMs": 30000, "FeatureUpdates": [
                {"Feature": "transaction.version", "MaxVersionLevel": level,
                 "UpgradeType": UPGRADE if level == 2 else UNSAFE_DOWNGRADE}]})
        assert answer["ErrorCode"] == NONE, answer
        assert not any(one["ErrorCode"] for one in answer.get("Results", ())), answer
    yield update
    update(2)


@pytest.mark.parametrize("version", [0, 1, 2])
def test_the_recipe_fences_with_every_transaction_version(new_writer, set_transaction_version, version):
    set_transaction_version(version)
    old, new = new_writer().take_over(), new_writer()
    assert old.produce(0)[0] == NONE
    new.take_over()
    assert (new.producer_id, new.epoch) == (old.producer_id, old.epoch + 1)
    assert old.produce(1)[0] == INVALID_EPOCH
    assert old.prove() == PRODUCER_FENCED
    assert new.produce(0)[0] == NONE
    assert new.prove() == NONE  # the same epoch, and the sequences go on
    assert new.produce(1)[0] == NONE
