"""Where brokers want a login and rights: who hasn't logged in, who may do nothing, the login itself
and delegation tokens, past bkes and through it (contract section 9)."""

import struct

import pytest

from bkes_process import BkesProcess
from clients import eventually
from equivalence.apis import all_apis, common_versions, ranges_of
from equivalence.comparing import differences
from equivalence.running import both_sides, differences_of
from equivalence.sides import CLOSED, NO_ID, World
from kafka_cluster import KafkaCluster
from kafka_messages import valid_versions
from kafka_security import Security, allow_bkes
from wire import Connection, least

pytestmark = pytest.mark.plain_scene("has secured brokers of its own")

USERS = {user: "secret-of-" + user for user in ("bkes", "owner", "stranger")}
ACCOUNTS = {user: (user, password) for user, password in USERS.items()}
TOKENS = ["CreateDelegationToken", "RenewDelegationToken", "ExpireDelegationToken"]
# What is answered to those who haven't logged in.
BEFORE_LOGIN = ("ApiVersions", "SaslHandshake")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    security = Security(users=USERS, properties={"delegation.token.secret.key": "secret"})
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), security=security) as kafka:
        for topic in ("read", "bkes"):
            kafka.create_topic(topic)
        allow_bkes(kafka, "bkes")
        bkes = BkesProcess(tmp_path_factory.mktemp("bkes"), kafka.secured_servers,
                           {"topics": "bkes"} | security.bkes("bkes"))
        bkes.start()
        bkes.wait_for_log("ready topic=bkes")
        yield World(kafka, bkes, "read", NO_ID, "readers")
        bkes.stop()


@pytest.fixture(scope="module")
def ranges(world):
    with Connection(*world.address_of("through")) as raw:
        return ranges_of(raw)


@pytest.fixture
def sides(world):
    """Who hasn't logged in."""
    with both_sides(world) as both:
        yield both


@pytest.fixture(scope="module")
def strangers(world):
    """Who may do nothing."""
    with both_sides(world, ACCOUNTS["stranger"]) as both:
        yield both


@pytest.mark.parametrize("api", all_apis())
def test_without_any_right(strangers, ranges, api):
    assert differences_of(strangers, api, common_versions(api, ranges), kinds=(False,)) == []


def test_lack_of_a_right_tells_no_address(strangers):
    _, through = strangers
    answer = through.ask("UnregisterBroker", 0, {"BrokerId": 77})
    assert "permission" in answer["ErrorMessage"]
    assert strangers[0].address[0] not in answer["ErrorMessage"]


@pytest.mark.parametrize("api", sorted(set(all_apis()) - set(BEFORE_LOGIN)))
def test_before_the_login(sides, ranges, api):
    for version in common_versions(api, ranges):
        assert [side.ask(api, version, least(api, version)) for side in sides] == [CLOSED, CLOSED]


@pytest.mark.parametrize("version", valid_versions("SaslHandshake"))
def test_handshakes(sides, version):
    for mechanism in ("PLAIN", "SCRAM-SHA-256", "NOTHING", ""):
        answers = [side.ask("SaslHandshake", version, {"Mechanism": mechanism}) for side in sides]
        assert differences("SaslHandshake", *answers) == [], mechanism
        for side in sides:
            side.close()


LOGINS = {"right": b"\0owner\0secret-of-owner", "wrong": b"\0owner\0wrong", "nobody": b"\0x\0y",
          "no token": b"\xff\xff", "empty": b""}


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("version", valid_versions("SaslAuthenticate"))
def test_logins(sides, version, login):
    assert_alike(sides, "SaslHandshake", 1, {"Mechanism": "PLAIN"})
    assert_alike(sides, "SaslAuthenticate", version, {"AuthBytes": LOGINS[login]})
    # Served, or closed as the login failed.
    assert_alike(sides, "DescribeCluster", 0, {})


@pytest.mark.parametrize("login", LOGINS)
def test_logins_by_bare_tokens(sides, login):
    """As they follow version 0 of the handshake."""
    assert_alike(sides, "SaslHandshake", 0, {"Mechanism": "PLAIN"})
    token = LOGINS[login]
    for side in sides:
        side.raw.socket.sendall(struct.pack(">i", len(token)) + token)
    if login == "right":
        assert [side.raw.receive_frame() for side in sides] == [b"", b""]
        assert_alike(sides, "DescribeCluster", 0, {})
    else:
        assert [side.raw.wait_closed() for side in sides] == [b"", b""]


def assert_alike(sides, api, version, values):
    assert differences(api, *(side.ask(api, version, values) for side in sides)) == []


@pytest.mark.parametrize("api", TOKENS)
def test_delegation_tokens(world, ranges, api):
    with both_sides(world, ACCOUNTS["stranger"]) as both:
        assert differences_of(both, api, common_versions(api, ranges)) == []


def test_described_delegation_tokens(world, ranges):
    api = "DescribeDelegationToken"
    with both_sides(world, ACCOUNTS["owner"]) as both:
        made = both[0].ask("CreateDelegationToken", 2, {"MaxLifetimeMs": 600_000})
        assert made["ErrorCode"] == 0, made
        asked = {"Owners": [{"PrincipalType": "User", "PrincipalName": "owner"}]}
        eventually(lambda: both[0].ask(api, 2, asked)["Tokens"])
        assert differences_of(both, api, common_versions(api, ranges)) == []
