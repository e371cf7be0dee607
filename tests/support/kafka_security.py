"""Clusters with accounts, rights and TLS: KafkaCluster(..., security=Security(...)).

Each broker has one more listener, SECURED, for the clients of the test: `secured_servers`,
`secured_addresses`. The usual one stays: plain text, for the brokers among themselves and for the
test's own hands (`create_topic`, `log_of`), as ANONYMOUS, who may do everything.

    with KafkaCluster(tmp_path, security=Security(users={"alice": "a"})) as cluster:
        allow(cluster, "alice", ["WRITE"], "topic", "bkes")
        Producer({"bootstrap.servers": cluster.secured_servers} | cluster.security.client("alice"))
        BkesProcess(folder, cluster.secured_servers, cluster.security.bkes("alice"))

Without `users` there is no SASL, and a client is who its certificate says: CN=alice is User:alice.
"""

import dataclasses
import hashlib
import os

from certificates import Authority, Certificate
from clients import eventually
from wire import Connection

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_JAAS = "org.apache.kafka.common.security"

# Kafka's numbers (ResourceType, PatternType, AclOperation, AclPermissionType).
_RESOURCES = {"topic": 2, "group": 3, "cluster": 4, "transactional_id": 5}
_LITERAL, _PREFIXED = 3, 4
_OPERATIONS = {"ALL": 2, "READ": 3, "WRITE": 4, "CREATE": 5, "DELETE": 6, "ALTER": 7, "DESCRIBE": 8,
               "CLUSTER_ACTION": 9, "DESCRIBE_CONFIGS": 10, "ALTER_CONFIGS": 11,
               "IDEMPOTENT_WRITE": 12}
_DENY, _ALLOW = 2, 3
_ANY = 1


@dataclasses.dataclass(frozen=True)
class Security:
    """What stands before the clients of a cluster. With an authorizer nobody may do anything
    that was not allowed (`allow`)."""

    users: dict = dataclasses.field(default_factory=dict)  # {name: password}, for all MECHANISMS
    authority: Authority | None = None  # TLS, with certificates of this authority
    client_auth: str = "none"  # none, requested, required: the client's certificate
    authorizer: bool = True
    unsecured_tokens: bool = False  # OAUTHBEARER too, with tokens as token_endpoint.py makes them
    reauthenticate_ms: int = 0  # connections.max.reauth.ms; 0: a login lasts for ever
    properties: dict = dataclasses.field(default_factory=dict)  # more of server.properties

    @property
    def protocol(self):
        return self.relayed_protocol.replace("PLAINTEXT", "SSL" if self.authority else "PLAINTEXT")

    @property
    def relayed_protocol(self):
        """A relay (relay.py) reads what goes through it."""
        return ("SASL_" if self.users else "") + "PLAINTEXT"

    def node_properties(self, node):
        """Lines of server.properties."""
        found = {}
        if self.authorizer:
            found |= {"authorizer.class.name":
                      "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                      "super.users": "User:ANONYMOUS"}
        if node.is_broker:
            listener = self._sasl() | self._tls(node.node_id, node.host)
            found |= {f"listener.name.secured.{key}": value for key, value in listener.items()}
            found |= {f"listener.name.relayed.{key}": value for key, value in self._sasl().items()}
        return found | self.properties

    def _sasl(self):
        if not self.users:
            return {}
        users = " ".join(f'user_{name}="{password}"' for name, password in self.users.items())
        mechanisms = MECHANISMS + (("OAUTHBEARER",) if self.unsecured_tokens else ())
        return {
            "sasl.enabled.mechanisms": ",".join(mechanisms),
            "connections.max.reauth.ms": self.reauthenticate_ms,
            "plain.sasl.jaas.config": f"{_JAAS}.plain.PlainLoginModule required {users};",
            "scram-sha-256.sasl.jaas.config": f"{_JAAS}.scram.ScramLoginModule required;",
            "scram-sha-512.sasl.jaas.config": f"{_JAAS}.scram.ScramLoginModule required;",
            "oauthbearer.sasl.jaas.config":
                f"{_JAAS}.oauthbearer.OAuthBearerLoginModule required;",
        }

    def _tls(self, node_id, host):
        if self.authority is None:
            return {}
        shown = self.authority.sign(f"broker-{node_id}", [host, "localhost"])
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": shown.both,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority.certificate,
            "ssl.client.auth": self.client_auth,
            "ssl.principal.mapping.rules": "RULE:^CN=([^,]*).*$/$1/,DEFAULT",
        }

    def format_arguments(self):
        """For StorageTool: the users of SCRAM are there from the beginning."""
        return [word for name, password in self.users.items() for mechanism in MECHANISMS[1:]
                for word in ("--add-scram", f"{mechanism}=[name={name},password={password}]")]

    def client(self, user=None, mechanism="PLAIN", certificate: Certificate | None = None):
        """Settings of a client, by librdkafka's names."""
        found = {"security.protocol": self.protocol}
        if self.users:
            found |= {"sasl.mechanism": mechanism, "sasl.username": user,
                      "sasl.password": self.users[user]}
        if self.authority:
            found["ssl.ca.location"] = str(self.authority.certificate)
        if certificate:
            found |= {"ssl.certificate.location": str(certificate.certificate),
                      "ssl.key.location": str(certificate.key)}
        return found

    def bkes(self, user=None, mechanism="PLAIN", certificate: Certificate | None = None):
        """The same as settings of bkes, for its own connections."""
        return {"kafka." + key: value
                for key, value in self.client(user, mechanism, certificate).items()}


def _each_broker(cluster, api, version, request):
    for node in cluster.brokers:
        if node.is_alive():
            with Connection(node.host, node.port) as raw:
                yield raw.call(api, version, request)


def _first_broker(cluster, api, version, request):
    return next(_each_broker(cluster, api, version, request))


def _resource(kind, name, prefixed):
    return {"ResourceType": _RESOURCES[kind], "ResourceName": name,
            "ResourcePatternType": _PREFIXED if prefixed else _LITERAL}


def allow(cluster, user, operations, kind, name, *, prefixed=False, deny=False):
    """allow(cluster, "alice", ["READ"], "topic", "bkes"); the only "cluster" is "kafka-cluster".
    Returns when every broker knows it."""
    named = _resource(kind, name, prefixed)
    permission = _DENY if deny else _ALLOW
    answer = _first_broker(cluster, "CreateAcls", 3, {"Creations": [
        named | {"Principal": f"User:{user}", "Host": "*", "Operation": _OPERATIONS[operation],
                 "PermissionType": permission} for operation in operations]})
    assert all(one["ErrorCode"] == 0 for one in answer["Results"]), answer
    wanted = {_OPERATIONS[operation] for operation in operations}
    eventually(lambda: all(wanted <= found for found in _known(cluster, user, named, permission)),
               what="the brokers don't hear of the right")


def allow_bkes(cluster, topic, user="bkes"):
    """What bkes' own user needs for a guarded topic: what the README names, and no more."""
    allow(cluster, user, ["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"], "topic", topic)
    allow(cluster, user, ["DESCRIBE"], "topic", topic + ".key.", prefixed=True)
    allow(cluster, user, ["WRITE", "DESCRIBE"], "transactional_id", "bkes-", prefixed=True)
    allow(cluster, user, ["DESCRIBE_CONFIGS"], "cluster", "kafka-cluster")


def withdraw(cluster, user, kind, name, *, prefixed=False):
    """Takes away all rights of the user on the resource. Returns when every broker knows it."""
    named = _resource(kind, name, prefixed)
    answer = _first_broker(cluster, "DeleteAcls", 3, {"Filters": [{
        "ResourceTypeFilter": named["ResourceType"], "ResourceNameFilter": named["ResourceName"],
        "PatternTypeFilter": named["ResourcePatternType"], "PrincipalFilter": f"User:{user}",
        "HostFilter": None, "Operation": _ANY, "PermissionType": _ANY}]})
    assert all(one["ErrorCode"] == 0 for one in answer["FilterResults"]), answer
    eventually(lambda: not any(_known(cluster, user, named, _ANY)),
               what="the brokers don't hear of the withdrawal")


def _known(cluster, user, named, permission):
    """For each broker the operations that it knows of."""
    for answer in _each_broker(cluster, "DescribeAcls", 3, {
            "ResourceTypeFilter": named["ResourceType"],
            "ResourceNameFilter": named["ResourceName"],
            "PatternTypeFilter": named["ResourcePatternType"], "PrincipalFilter": f"User:{user}",
            "HostFilter": None, "Operation": _ANY, "PermissionType": permission}):
        assert answer["ErrorCode"] == 0, answer
        yield {acl["Operation"] for one in answer["Resources"] for acl in one["Acls"]}


def set_password(cluster, user, password):
    """For the SCRAM mechanisms; PLAIN keeps what the cluster was started with. A broker may need a
    moment to hear of it."""
    for number, digest in ((1, "sha256"), (2, "sha512")):
        salt = os.urandom(16)
        answer = _first_broker(cluster, "AlterUserScramCredentials", 0, {"Upsertions": [{
            "Name": user, "Mechanism": number, "Iterations": 4096, "Salt": salt,
            "SaltedPassword": hashlib.pbkdf2_hmac(digest, password.encode(), salt, 4096)}]})
        assert all(one["ErrorCode"] == 0 for one in answer["Results"]), answer
