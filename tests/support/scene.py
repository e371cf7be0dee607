"""The surroundings that the integration tests run in: BKES_TEST_SCENE.

    plain    (default) plain text everywhere, and everybody may do everything
    secure   the brokers want TLS, a login and rights. bkes has an account with what the README says
             that it needs, the tests' clients one with what applications have: to read and write.
             bkes speaks TLS with clients; Java's find brokers by name (SNI), all others by port
    routed   as plain, but the bkes of a test is a router, with an instance behind it that owns

Tests are the same in each. Whoever connects for a test asks here how, by the address:

    Producer(scene.client(bkes.address) | {"linger.ms": 0})

The brokers' plain-text listener stays for the test's own hands (kafka.bootstrap_servers), who may
do everything. bkes is led from there to the secured one; so are its commands.

This module knows no other of the tests' but certificates: all others stand on it.
"""

import atexit
import dataclasses
import functools
import os
import pathlib
import shutil
import ssl
import tempfile

from certificates import Authority

NAME = os.environ.get("BKES_TEST_SCENE") or "plain"
if NAME not in ("plain", "secure", "routed"):
    raise SystemExit(f"BKES_TEST_SCENE={NAME}: plain, secure or routed")
IS_SECURE = NAME == "secure"
IS_ROUTED = NAME == "routed"

BKES, APPLICATION, ADMINISTRATOR = "bkes", "application", "administrator"
USERS = {user: "secret-of-" + user for user in (BKES, APPLICATION, ADMINISTRATOR)}
# Whose account clients use that aren't told another one; ADMINISTRATOR where the whole file has the
# marker `administers`.
usual_client = APPLICATION

# How clients talk to bkes in the secure scene: their SASL passes through it to the brokers.
CLIENT_PROTOCOL = "SASL_SSL"
# Names that only Java's clients can look up: they can be told of a file of hosts.
DOMAIN = "bkes.test"


@dataclasses.dataclass(frozen=True)
class _Way:
    """How bkes gets to a broker that a test names by its plain-text address."""

    address: str
    protocol: str
    cluster: object


_ways = {}  # {"host:port" as tests know it: _Way}
_doors = set()  # (host, port) where bkes serves clients
_named_doors = {}  # {"host:port": the same bkes, where it tells names}

_AUTHORITY = "BKES_TEST_AUTHORITY"


@functools.cache
def authority():
    """Signs for the brokers of all clusters of this process, and is trusted by all clients."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bkes-scene-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    made = Authority(directory / "ca")
    os.environ[_AUTHORITY] = str(made.certificate)  # for the test's own processes (greedy.py)
    return made


def _trusted():
    """The file of its certificate."""
    return os.environ.get(_AUTHORITY) or str(authority().certificate)


@functools.cache
def _certificate():
    """What bkes shows to clients."""
    return authority().sign("bkes-server", ["127.0.0.1", DOMAIN, f"*.{DOMAIN}"])


# Who is where


def add_way(known_as, address, protocol, cluster):
    """`cluster.admit_bkes(topics)` gives bkes its rights."""
    _ways[known_as] = _Way(address, protocol, cluster)


def add_doors(host, ports):
    _doors.update((host, port) for port in ports)


def is_door(host, port):
    return (host, port) in _doors


def is_of_scene(servers):
    """Brokers of the secure scene, and not of a test that secures its own or wants none."""
    return all(one in _ways for one in (servers or "").split(","))


def _leads_to_bkes(servers):
    places = [one.rpartition(":") for one in (servers or "").split(",")]
    return all(port.isdigit() and is_door(host, int(port)) for host, _, port in places)


def seen_by_bkes(servers):
    """Where bkes goes to instead."""
    return ",".join(_ways[one].address if one in _ways else one for one in servers.split(","))


# Clients of bkes


def client(servers, user=None):
    """Settings of a client, by librdkafka's names."""
    return {"bootstrap.servers": servers} | login(servers, user)


def login(servers, user=None):
    """The same without the address."""
    if not _leads_to_bkes(servers):
        return {}
    return _login(user or usual_client, "PLAIN", CLIENT_PROTOCOL)


def _login(user, mechanism, protocol):
    found = {"security.protocol": protocol, "sasl.mechanism": mechanism, "sasl.username": user,
             "sasl.password": USERS[user]}
    if protocol == "SASL_SSL":
        found["ssl.ca.location"] = _trusted()
    return found


def java_login(servers):
    """By the names of Java's clients, with which brokers have ports."""
    given = login(servers)
    if not given:
        return {}
    mechanism = "SCRAM-SHA-256"
    found = {"security.protocol": given["security.protocol"], "sasl.mechanism": mechanism,
             "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required"
             f' username="{usual_client}" password="{USERS[usual_client]}";'}
    if "ssl.ca.location" in given:
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": given["ssl.ca.location"]}
    return found


def java_client(servers):
    """With the address where brokers have names, for a Java machine with `java_flags`."""
    return {"bootstrap.servers": _named_doors.get(servers, servers)} | java_login(servers)


def java_broker(servers, broker):
    """The address that such a client is told for a broker."""
    if servers in _named_doors:
        return f"broker-{broker}.{_named_doors[servers]}"
    host, port = servers.split(":")
    return f"{host}:{int(port) + 1 + broker}"


def java_flags(directory):
    """So that it can look them up."""
    if not IS_SECURE:
        return []
    names = [DOMAIN, *(f"broker-{n}.{DOMAIN}" for n in range(10))]
    hosts = pathlib.Path(directory) / "hosts"
    hosts.write_text(f"127.0.0.1 {' '.join(names)}\n")
    return [f"-Djdk.net.hosts.file={hosts}"]


def python_login(servers):
    """By the names of kafka-python."""
    names = {"security.protocol": "security_protocol", "sasl.mechanism": "sasl_mechanism",
             "sasl.username": "sasl_plain_username", "sasl.password": "sasl_plain_password",
             "ssl.ca.location": "ssl_cafile"}
    return {names[key]: value for key, value in login(servers).items()}


def tool_arguments(servers, directory):
    """For Kafka's command line tools: where, and with which account."""
    file = pathlib.Path(directory) / "client.properties"
    file.write_text("".join(f"{key}={value}\n" for key, value in java_login(servers).items()))
    return ["--bootstrap-server", servers, "--command-config", file]


def account_at(host, port, user=None):
    """(user, password) for a raw connection, or None."""
    user = user or usual_client
    return (user, USERS[user]) if is_door(host, port) else None


def tls_of(host, port):
    """An ssl.SSLContext for a raw connection, or None."""
    return ssl.create_default_context(cafile=_trusted()) if is_door(host, port) else None


# bkes


def listener_settings(host, port, broker_ports):
    """With a port for each broker from `port` on, and, in the secure scene, a name for each there."""
    if not is_door(host, port):
        return {"listener": f"{host}:{port}", "broker.port.base": port + 1,
                "broker.port.count": broker_ports}
    name_port = port + 1 + broker_ports
    _named_doors[f"{host}:{port}"] = f"{DOMAIN}:{name_port}"
    shown = _certificate()
    return {
        "listeners": f"PORTS://{host}:{port},NAMES://{host}:{name_port}",
        "advertised.listeners": f"NAMES://{DOMAIN}:{name_port}",
        "listener.security.protocol.map": f"PORTS:{CLIENT_PROTOCOL},NAMES:{CLIENT_PROTOCOL}",
        "listener.name.ports.broker.port.count": broker_ports,
        "listener.name.names.broker.host": f"broker-$(id).{DOMAIN}",
        "ssl.certificate.location": shown.certificate, "ssl.key.location": shown.key}


def settings_of_bkes(servers, topics, mechanism="SCRAM-SHA-512"):
    """Its way to brokers of the scene, with the rights to guard `topics`; else just the servers."""
    if not is_of_scene(servers):
        return {"bootstrap.servers": servers}
    ways = [_ways[one] for one in servers.split(",")]
    ways[0].cluster.admit_bkes([one for one in topics.split(",") if one])
    own = _login(BKES, mechanism, ways[0].protocol)
    return {"bootstrap.servers": seen_by_bkes(servers)} | {
        "kafka." + key: value for key, value in own.items()}


def command_of_bkes(arguments):
    """The arguments of one command with what it needs to log in where it goes: to bkes as a client,
    to the brokers as bkes."""
    arguments = [str(one) for one in arguments]
    flag = "--bootstrap-servers"
    if flag not in arguments:
        return arguments
    at = arguments.index(flag) + 1
    if _leads_to_bkes(arguments[at]):
        more = {"kafka." + key: value for key, value in login(arguments[at]).items()}
    else:
        # librdkafka, which only `verify` uses, fails with SCRAM against Kafka 4.3 on Debian 12.
        mechanism = "PLAIN" if arguments[0] == "verify" else "SCRAM-SHA-512"
        more = settings_of_bkes(arguments[at], _topics_in(arguments), mechanism)
        arguments[at] = more.pop("bootstrap.servers")
    return arguments + [word for key, value in more.items()
                        for word in ("--" + key.replace(".", "-"), value)]


def _topics_in(arguments):
    if "--topics" in arguments:
        return arguments[arguments.index("--topics") + 1]
    return arguments[1] if arguments[0] == "verify" else ""
