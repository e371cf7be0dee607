"""What every integration test can ask for."""

import itertools
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import scene  # noqa: E402
from bkes_process import BkesProcess  # noqa: E402
from clients import eventually  # noqa: E402
from java_client import JavaClient  # noqa: E402
from kafka_cluster import KafkaCluster  # noqa: E402
from record_batches import batch  # noqa: E402
from wire import Connection  # noqa: E402

_numbers = itertools.count(1)


def pytest_configure(config):
    for marker in ("plain_scene(reason): makes no sense in another scene (tests/support/scene.py)",
                   "not_routed(reason): is not so at a router",
                   "administers: its clients need the rights of an administrator"):
        config.addinivalue_line("markers", marker)
    # Of kafka-python, which knows no newer way.
    config.addinivalue_line("filterwarnings", "ignore:ssl.PROTOCOL_TLS:DeprecationWarning:kafka")


def pytest_collection_modifyitems(items):
    for item in items:
        marker = item.get_closest_marker("plain_scene")
        if marker and scene.NAME != "plain":
            item.add_marker(pytest.mark.skip(reason=marker.args[0]))
        marker = item.get_closest_marker("not_routed")
        if marker and scene.IS_ROUTED:
            item.add_marker(pytest.mark.skip(reason=marker.args[0]))
        if item.get_closest_marker("administers"):
            scene.usual_client = scene.ADMINISTRATOR


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """A single-node Kafka for the whole file. Use topics of your own: `new_topic`."""
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka3(tmp_path_factory):
    """Three brokers; node 1 is the controller too, so restart 2 or 3."""
    with KafkaCluster(tmp_path_factory.mktemp("kafka3"), brokers=3) as cluster:
        yield cluster


@pytest.fixture
def new_topic(kafka):
    """new_topic(partitions=5, ...) creates an event topic that no other test uses."""

    def create(partitions=5, prefix="t", **options):
        name = f"{prefix}{next(_numbers)}"
        kafka.create_topic(name, partitions=partitions, **options)
        return name

    return create


@pytest.fixture(scope="session")
def bkes(kafka, tmp_path_factory):
    """One bkes for the whole file. It guards topic `bkes` of five partitions: use keys of your
    own (`new_key`)."""
    kafka.create_topic("bkes", partitions=5)
    with BkesProcess(tmp_path_factory.mktemp("bkes"), kafka.bootstrap_servers,
                     {"topics": "bkes"}) as process:
        yield process


@pytest.fixture(scope="session")
def java(bkes, tmp_path_factory):
    """Java clients of the session's bkes."""
    client = JavaClient(bkes.address, tmp_path_factory.mktemp("java") / "java.log")
    yield client
    client.close()


@pytest.fixture
def new_key():
    """new_key() is a key that no other test uses."""
    return lambda prefix="key": f"{prefix}-{next(_numbers)}".encode()


@pytest.fixture
def producer(bkes):
    """A batch by an idempotent producer of its own: producer(events, sequence)."""
    def producer_id():  # a broker that has just started has none yet
        answer = raw.call("InitProducerId", 1, {"TransactionalId": None,
                                                "TransactionTimeoutMs": 60000})
        return answer if answer["ErrorCode"] == 0 else None

    with Connection(bkes.host, bkes.port) as raw:
        given = eventually(producer_id)

    def make(events, sequence, **more):
        return batch(events, producer_id=given["ProducerId"], epoch=given["ProducerEpoch"],
                     sequence=sequence, **more)

    return make


@pytest.fixture
def start_bkes(tmp_path, request):
    """start_bkes(topics="t1", ...) starts bkes and waits until it serves; all end with the test.
    Options are bkes' settings with _ for a dot; cluster= another KafkaCluster."""
    started = []

    def start(cluster=None, directory=None, ready=True, **options):
        folder = directory or tmp_path / f"bkes{len(started)}"
        # The session's Kafka starts for those who use it only.
        brokers = cluster or request.getfixturevalue("kafka")
        bkes = BkesProcess(folder, brokers.bootstrap_servers, options)
        started.append(bkes)
        bkes.start()
        if ready:
            bkes.wait_ready()
        return bkes

    yield start
    for bkes in started:
        bkes.kill()
    for bkes in started:
        bkes.check_reports()
