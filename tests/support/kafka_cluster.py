"""Real Kafka clusters for tests: one node or several, restarted, killed, joined by another.

Broker N listens on a loopback address of its own, 127.0.0.(10 + N), so that a test can search
what came through bkes for the address of a real broker. Ports are free ones.

    with KafkaCluster(tmp_path, brokers=3) as cluster:
        cluster.create_topic("bkes", partitions=5, replication_factor=3)
        cluster.broker(2).kill()
"""

import pathlib
import sys
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "kafka"))
from kafka_node import CLUSTER_ID, KafkaNode, free_port, libs_dir  # noqa: E402,F401
from quick_java import quick_java_flags  # noqa: E402

import scene  # noqa: E402
from clients import eventually  # noqa: E402
from kafka_security import Security, allow, allow_bkes  # noqa: E402
from wire import Connection  # noqa: E402

# Kept for ever and never compacted: what bkes asks of a guarded topic.
EVENT_TOPIC = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_OF_LISTENERS = ("listeners", "advertised.listeners", "listener.security.protocol.map")


def _security_of_scene():
    return Security(users=scene.USERS, authority=scene.authority()) if scene.IS_SECURE else None


def host_of(node_id):
    return f"127.0.0.{10 + node_id}"


def relay_host_of(node_id):
    return f"127.0.0.{150 + node_id}"


class KafkaCluster:
    """Node 1 is broker and controller, the others are brokers; so restart any but 1 at will.
    With `own_controller` the controller is a node of its own (100) and all brokers may go.

    `properties` are lines of server.properties for all nodes.

    `relayed`: each broker has one more listener, `relayed_listeners`, that tells its clients to come
    by the relay of that broker, `relay_addresses` (relay.py).

    `security`: each broker has one more listener, secured like that (kafka_security.py). Without
    it the scene decides (scene.py).

    `java_flags`: as for a test that is over soon (quick_java.py) unless told otherwise.

    `version`: another Kafka than all tests have, as fetch.sh knows it.

    `network`: each node is in a pod of its own there (own_network.py), with the usual ports."""

    def __init__(self, directory, brokers=1, *, own_controller=False, properties=None, heap_mb=256,
                 cluster_id=CLUSTER_ID, relayed=False, security=None, java_flags=None,
                 version=None, network=None):
        self.directory = pathlib.Path(directory)
        self.properties = self._defaults(brokers) | dict(properties or {})
        self.heap_mb = heap_mb
        self.cluster_id = cluster_id
        self.is_relayed = relayed
        self.java_flags = java_flags or quick_java_flags(version)
        self.version = version
        self.network = network
        self.relay_addresses, self.relayed_listeners = {}, {}  # {broker: (host, port)}
        self.is_of_scene = scene.IS_SECURE and security is None
        self.security = security or _security_of_scene()
        self.guarded = set()  # topics for which bkes of the scene has its rights
        self.secured_listeners = {}  # {broker: (host, port)}
        controller_id = 100 if own_controller else 1
        controller = self._place(controller_id)
        self.controller_port = controller.get("controller_port") or free_port(controller["host"])
        self.voters = f"{controller_id}@{controller['host']}:{self.controller_port}"
        self.nodes = {}
        if own_controller:
            self._add(controller_id, "controller")
        for node_id in range(1, brokers + 1):
            self._add(node_id, "broker,controller" if node_id == controller_id else "broker")

    @staticmethod
    def _defaults(brokers):
        copies = min(brokers, 3)
        return {
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "share.coordinator.state.topic.replication.factor": copies,
            "auto.create.topics.enable": "false",
            # A stopped or killed broker is noticed quickly.
            "broker.heartbeat.interval.ms": 500,
            "broker.session.timeout.ms": 3000,
            "controlled.shutdown.max.retries": 1,
        }

    def _add(self, node_id, roles):
        node = KafkaNode(self.directory / f"node-{node_id}", node_id, roles=roles, voters=self.voters,
                         **{"controller_port": self.controller_port} | self._place(node_id),
                         properties=self.properties, heap_mb=self.heap_mb,
                         cluster_id=self.cluster_id, java_flags=self.java_flags,
                         version=self.version,
                         format_arguments=self.security.format_arguments() if self.security else ())
        if roles == "broker":
            self._format_broker(node)
        if self.security:
            node.properties |= self.security.node_properties(node)
        if node.is_broker:
            self._add_listeners(node)
        self.nodes[node_id] = node
        return node

    def _place(self, node_id):
        """Where a node runs, as KafkaNode wants to know it."""
        if self.network is None:
            return {"host": host_of(node_id)}
        pod = self.pod(node_id)
        return {"host": pod.host, "port": 9092, "controller_port": 9093, "launcher": pod.launcher}

    def pod(self, node_id):
        return self.network.pod(f"kafka-{node_id}")

    def _add_listeners(self, node):
        """Those besides the usual one."""
        if self.is_relayed:
            listener = node.host, free_port(node.host)
            relay = relay_host_of(node.node_id), free_port(relay_host_of(node.node_id))
            self.relayed_listeners[node.node_id], self.relay_addresses[node.node_id] = listener, relay
            protocol = self.security.relayed_protocol if self.security else "PLAINTEXT"
            self._add_listener(node, "RELAYED", protocol, listener, relay)
            if self.is_of_scene:
                address = "{}:{}".format(*relay)
                scene.add_way(address, address, protocol, self)
        if self.security:
            listener = node.host, free_port(node.host)
            self.secured_listeners[node.node_id] = listener
            self._add_listener(node, "SECURED", self.security.protocol, listener, listener)
            if self.is_of_scene:
                scene.add_way(node.address, "{}:{}".format(*listener), self.security.protocol, self)

    @staticmethod
    def _add_listener(node, name, protocol, listener, advertised):
        usual = node.all_properties()
        listeners, told, protocols = _OF_LISTENERS
        for key, (host, port) in ((listeners, listener), (told, advertised)):
            node.properties[key] = f"{usual[key]},{name}://{host}:{port}"
        usual = usual.get(protocols, "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT")
        node.properties[protocols] = f"{usual},{name}:{protocol}"

    @staticmethod
    def _format_broker(node):
        """What StorageTool does for a node that is no controller, without a Java machine's start."""
        data = node.directory / "data"
        data.mkdir(parents=True, exist_ok=True)
        identity = data / "meta.properties"
        if not identity.exists():
            identity.write_text(f"version=1\ncluster.id={node.cluster_id}\n"
                                f"node.id={node.node_id}\n")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        try:
            for node in self.nodes.values():
                node.start()
            self.wait_ready()
            if self.is_of_scene:
                self._admit_clients()
        except BaseException:
            self.stop()
            raise
        return self

    def _admit_clients(self):
        """The rights of those who come through bkes."""
        for kind, operations in (("topic", ["READ", "WRITE"]), ("group", ["READ"]),
                                 ("transactional_id", ["WRITE"])):
            allow(self, scene.APPLICATION, operations, kind, "*")
            allow(self, scene.ADMINISTRATOR, ["ALL"], kind, "*")
        allow(self, scene.ADMINISTRATOR, ["ALL"], "cluster", "kafka-cluster")

    def admit_bkes(self, topics):
        for topic in set(topics) - self.guarded:
            allow_bkes(self, topic, user=scene.BKES)
            self.guarded.add(topic)

    def stop(self):
        """Ends all nodes at once: nobody needs the data of a test."""
        for node in self.nodes.values():
            node.kill()

    def wait_ready(self):
        """Every broker that runs knows of every other."""
        running = [node for node in self.brokers if node.is_alive()]
        for node in running:
            node.wait_ready(brokers=len(running))

    @property
    def brokers(self):
        return [node for node in self.nodes.values() if node.is_broker]

    def broker(self, node_id):
        return self.nodes[node_id]

    def add_broker(self):
        """A broker with the next id joins; returns when all know of it."""
        node = self._add(max(node.node_id for node in self.brokers) + 1, "broker")
        node.start()
        self.wait_ready()
        return node

    def move_broker(self, node_id):
        """One that is no controller stops, and comes back on other ports; returns when all know of
        it again. Whoever knows the old ones alone finds nobody there."""
        node = self.broker(node_id)
        node.stop()
        node.port = free_port(node.host)
        for key in _OF_LISTENERS:
            node.properties.pop(key, None)
        self._add_listeners(node)
        node.start()
        self.wait_ready()

    def remove_broker(self, node_id):
        """One that holds nothing any more goes for good, and the others forget it."""
        self.broker(node_id).stop()
        del self.nodes[node_id]
        (node, *_) = [one for one in self.brokers if one.is_alive()]
        with Connection(node.host, node.port) as raw:
            eventually(lambda: raw.call("UnregisterBroker", 0, {"BrokerId": node_id})["ErrorCode"]
                       == 0, what=f"broker {node_id} isn't forgotten")
        self.wait_ready()

    @property
    def bootstrap_servers(self):
        return ",".join(node.address for node in self.brokers)

    @property
    def addresses(self):
        """(host, port) of every broker: nothing that came through bkes may hold one of them."""
        return [(node.host, node.port) for node in self.brokers]

    @property
    def secured_addresses(self):
        return list(self.secured_listeners.values())

    @property
    def secured_servers(self):
        return ",".join(f"{host}:{port}" for host, port in self.secured_addresses)

    def admin(self):
        return AdminClient({"bootstrap.servers": self.bootstrap_servers})

    def create_topic(self, name, partitions=1, replication_factor=1, config=None, assignment=None):
        """An event topic unless `config` says otherwise; returns when every broker knows it.
        `assignment`: for each partition the list of its replicas, the leader first."""
        if assignment is not None:
            topic = NewTopic(name, len(assignment), replica_assignment=assignment,
                             config=config or EVENT_TOPIC)
        else:
            topic = NewTopic(name, partitions, replication_factor, config=config or EVENT_TOPIC)
        admin = self.admin()  # the future dies with it
        admin.create_topics([topic], operation_timeout=30)[name].result(30)
        for node in self.brokers:
            if node.is_alive():
                self._wait_for_topic(node, name, partitions if assignment is None else len(assignment))

        self._wait_for_leaders(name, partitions if assignment is None else len(assignment))

    def make_topic_anew(self, name, partitions=1):
        """Deletes it first, and waits until that is so."""
        admin = self.admin()
        admin.delete_topics([name])[name].result(30)
        eventually(lambda: name not in admin.list_topics(timeout=10).topics)
        self.create_topic(name, partitions=partitions)

    @staticmethod
    def _wait_for_topic(node, name, partitions):
        admin = AdminClient({"bootstrap.servers": node.address})
        for _ in range(200):
            found = admin.list_topics(topic=name, timeout=10).topics[name].partitions
            if len(found) == partitions and all(one.leader >= 0 for one in found.values()):
                return
        raise TimeoutError(f"topic {name} has no leaders at broker {node.node_id}")

    def _wait_for_leaders(self, name, partitions):
        """A broker tells of a partition before it leads it; until then it answers 6."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap_servers, "group.id": "wait"})
        for partition in range(partitions):
            for attempt in range(200):
                try:
                    consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=10)
                    break
                except KafkaException:
                    if attempt == 199:
                        raise
                    time.sleep(0.05)
        consumer.close()
