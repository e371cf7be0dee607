"""docs/http-api.yaml is what a running bkes does."""

import json
import pathlib
import random

import jsonschema
import pytest
import yaml

import schemathesis
from bkes_process import BkesProcess
from clients import eventually
from events import POLICY_VIOLATION, EventTopic, event
from http_api import HttpApi, path_of
from kafka_cluster import KafkaCluster

pytestmark = pytest.mark.plain_scene("asks without a login")

TOPIC = "bkes"
DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "http-api.yaml"


@pytest.fixture(scope="module")
def bkes(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as cluster:
        cluster.create_topic(TOPIC, partitions=2)
        options = {"topics": TOPIC, "http.read": "true"}
        with BkesProcess(tmp_path_factory.mktemp("bkes"), cluster.bootstrap_servers, options) as started, \
                EventTopic(started, TOPIC, partitions=2) as events:
            eventually(lambda: started.http("/readyz")[0] == 200)
            for key in (b"order-1", b"0", b"\xff\x00"):
                assert events.append_all([event(key, b"v", n, [("\u00e4", b"\xff"), ("none", None)])
                                          for n in range(20)]).code == 0
            yield started


def test_requests_made_from_the_document(bkes, tmp_path):
    """Right ones are answered as it says, wrong ones are refused, and none does any harm."""
    seed = str(random.randrange(1_000_000))
    print("seed", seed)
    # Streams have no end that could be waited for: see below.
    done = schemathesis.run(
        DOCUMENT, f"http://{bkes.host}:{bkes.admin_port}", "--checks", "all", "--phases", "coverage,fuzzing",
        "--exclude-operation-id", "tailEvents", "--exclude-operation-id", "tailConflicts",
        "--max-examples", "100", "--seed", seed, "--continue-on-failure", directory=tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert "3 selected / 5 total" in done.stdout
    assert bkes.is_alive()


def checker(name):
    """A schema of the document as a check that raises."""
    whole = yaml.safe_load(DOCUMENT.read_text())
    schema = {"$ref": f"#/components/schemas/{name}", "components": whole["components"]}
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema).validate


def test_what_streams_tell(bkes):
    api = HttpApi(bkes)
    with api.stream(path_of(TOPIC, b"order-1", "tail")) as tail:
        for _ in range(20):
            checker("Event")(tail.next()["data"])
    with EventTopic(bkes, TOPIC, partitions=2) as events, \
            api.stream(f"/api/v1/topics/{TOPIC}/conflicts") as conflicts:
        for order in (3, "exists"):
            assert events.append(b"key-of-conflict", b"v", order).code == POLICY_VIOLATION
            checker("Conflict")(conflicts.next()["data"])
    for path in ("tail?from=x", "tail?from=21", "tail?what=1"):
        status, headers, body = api.ask(f"/api/v1/topics/{TOPIC}/keys/order-1/{path}")
        assert (status, headers["Content-Type"]) == (400, "application/problem+json")
        checker("Problem")(json.loads(body))


def test_every_path_is_in_the_document(bkes):
    """What it names is there, but for its methods."""
    for path in yaml.safe_load(DOCUMENT.read_text())["paths"]:
        status, _, body = HttpApi(bkes).ask(path.format(topic="no-such-topic", key="k"))
        assert b"no such path" not in body
        assert status in (200, 404)
