"""What an administrator does with a cluster: who leads what, and who is to; quotas.

`raw` is a connection to any broker, or through bkes (wire.py)."""

from clients import eventually
from wire import Connection

NONE, PREFERRED = 0, 0
WAIT_S = 60


def leaders(cluster, topic):
    """Of each partition, as a broker knows it; -1: none now."""
    found = cluster.admin().list_topics(topic, timeout=10).topics[topic].partitions
    return [found[number].leader for number in sorted(found)]


def wait_for_replicas(cluster, *topics):
    """Every replica is in sync again: the next broker may go."""
    def all_in_sync():
        known = cluster.admin().list_topics(timeout=10).topics
        return all(len(one.isrs) == len(one.replicas)
                   for topic in topics for one in known[topic].partitions.values())

    eventually(all_in_sync, WAIT_S, "replicas stay out of sync")


def move_partitions(raw, topic, replicas):
    """{partition: its brokers}; the first of each leads in the end, when this returns."""
    answer = raw.call("AlterPartitionReassignments", 0, {"TimeoutMs": 30_000, "Topics": [{
        "Name": topic, "Partitions": [{"PartitionIndex": partition, "Replicas": brokers}
                                      for partition, brokers in replicas.items()]}]})
    assert answer["ErrorCode"] == NONE, answer
    assert all(one["ErrorCode"] == NONE for one in answer["Responses"][0]["Partitions"]), answer

    def has_moved():
        raw.call("ElectLeaders", 2, {"ElectionType": PREFERRED, "TimeoutMs": 30_000,
                                     "TopicPartitions": [
                                         {"Topic": topic, "Partitions": list(replicas)}]})
        (found,) = raw.call("Metadata", 12, {"Topics": [{"Name": topic}]})["Topics"]
        parts = {one["PartitionIndex"]: one for one in found["Partitions"]}
        return all(parts[number]["LeaderId"] == brokers[0]
                   and sorted(parts[number]["ReplicaNodes"]) == sorted(brokers)
                   for number, brokers in replicas.items())

    eventually(has_moved, WAIT_S, f"the partitions of {topic} don't move")


def move_from(raw, topics, old, new):
    """Broker `new` is in the place of `old` in all partitions of the topics."""
    for topic in topics:
        (found,) = raw.call("Metadata", 12, {"Topics": [{"Name": topic}]})["Topics"]
        move_partitions(raw, topic, {
            one["PartitionIndex"]: [new if broker == old else broker
                                    for broker in one["ReplicaNodes"]]
            for one in found["Partitions"] if old in one["ReplicaNodes"]})


def set_read_quota(cluster, client_id, bytes_per_second):
    """None: no limit."""
    with Connection(*cluster.addresses[0]) as raw:
        answer = raw.call("AlterClientQuotas", 1, {"Entries": [{
            "Entity": [{"EntityType": "client-id", "EntityName": client_id}],
            "Ops": [{"Key": "consumer_byte_rate", "Value": bytes_per_second or 0,
                     "Remove": bytes_per_second is None}]}]})
        assert answer["Entries"][0]["ErrorCode"] == 0
