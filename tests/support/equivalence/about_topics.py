"""Topics, their records and their settings."""

from equivalence.sides import PARTITIONS, THEN_MS, request
from record_batches import batch, record

TOPIC, BROKER = 2, 4
SECONDS = 20_000


def producing(at, data, acks=-1):
    return {"Acks": acks, "TimeoutMs": SECONDS, "TopicData": [
        {"Name": at.written_topic, "PartitionData": [{"Index": 0, "Records": data}]}]}


@request("Produce")
def one_record(at):
    return producing(at, at.batch)


@request("Produce")
def wrong_checksum(at):
    return producing(at, batch([record(b"k", b"v", (), THEN_MS)], crc=1))


@request("Produce")
def acks_that_nobody_knows(at):
    return producing(at, at.batch, acks=5)


@request("Produce")
def unknown_partition(at):
    asked = producing(at, at.batch)
    asked["TopicData"][0]["PartitionData"][0]["Index"] = 77
    return asked


@request("Produce")
def no_batch(at):
    return producing(at, b"")


@request("Produce")
def sequence_out_of_order(at):
    data = batch([record(b"k", b"v", (), THEN_MS)], producer_id=4711, epoch=0, sequence=5)
    return producing(at, data)


def fetching(at, partitions=(0,), offset=1, **more):
    return {"ReplicaId": -1, "MaxWaitMs": 0, "MinBytes": 1, "MaxBytes": 1 << 20, "Topics": [
        {"Topic": at.topic, "TopicId": at.topic_id, "Partitions": [
            {"Partition": one, "FetchOffset": offset, "PartitionMaxBytes": 1 << 20}
            for one in partitions]}]} | more


@request("Fetch")
def some_records(at):
    return fetching(at, range(4))


@request("Fetch")
def committed_records_in_few_bytes(at):
    return fetching(at, IsolationLevel=1, MaxBytes=10)


@request("Fetch")
def past_the_end(at):
    return fetching(at, offset=1000)


@request("Fetch")
def partition_that_is_not_there(at):
    return fetching(at, (99,))


@request("Fetch", since=9)
def epoch_that_is_not_there(at):
    asked = fetching(at)
    asked["Topics"][0]["Partitions"][0]["CurrentLeaderEpoch"] = 50
    return asked


@request("Fetch", since=7)
def next_of_a_session(at):
    first = at.call("Fetch", at.version, fetching(at, SessionId=0, SessionEpoch=0))
    return fetching(at, (1,), SessionId=first["SessionId"], SessionEpoch=1)


@request("Fetch", since=7)
def unknown_session(at):
    return fetching(at, SessionId=123, SessionEpoch=7)


@request("ListOffsets")
def every_kind_of_time(at):
    """-1 latest, -2 earliest, -3 with the largest time, -4 local, -5 tiered, -6 pending upload."""
    times = (-1, -2, -3, -4, -5, -6, THEN_MS)
    return {"ReplicaId": -1, "TimeoutMs": SECONDS, "Topics": [{"Name": at.topic, "Partitions": [
        {"PartitionIndex": n % PARTITIONS, "Timestamp": time} for n, time in enumerate(times)]}]}


@request("ListOffsets")
def by_time(at):
    times = (THEN_MS + 5, THEN_MS + 1_000, 0)
    return {"ReplicaId": -1, "IsolationLevel": 1, "TimeoutMs": SECONDS, "Topics": [
        {"Name": at.topic, "Partitions": [{"PartitionIndex": n, "Timestamp": time}
                                          for n, time in enumerate(times)]}]}


@request("ListOffsets")
def latest_of_a_partition_that_is_not_there(at):
    return {"ReplicaId": -1, "Topics": [{"Name": at.topic, "Partitions": [
        {"PartitionIndex": 99, "Timestamp": -1}]}]}


@request("Metadata")
def one_topic(at):
    return {"Topics": [{"Name": at.topic}], "AllowAutoTopicCreation": False,
            "IncludeClusterAuthorizedOperations": True, "IncludeTopicAuthorizedOperations": True}


@request("Metadata", since=1)
def all_topics(_):
    return {"Topics": None}


@request("Metadata", since=10)
def topic_by_id(at):
    """Brokers have this since 10 and refuse it until 12."""
    return {"Topics": [{"TopicId": at.topic_id, "Name": None}]}


@request("Metadata")
def name_that_no_topic_has(_):
    return {"Topics": [{"Name": "no/topic"}]}


@request("OffsetForLeaderEpoch")
def epochs(at):
    return {"ReplicaId": -2, "Topics": [{"Topic": at.topic, "Partitions": [
        {"Partition": 0, "CurrentLeaderEpoch": -1, "LeaderEpoch": 0},
        {"Partition": 1, "CurrentLeaderEpoch": -1, "LeaderEpoch": 9}]}]}


@request("DescribeTopicPartitions")
def first_partitions(at):
    return {"Topics": [{"Name": at.topic}], "ResponsePartitionLimit": 2}


@request("DescribeTopicPartitions")
def partitions_behind_a_cursor(at):
    return {"Topics": [{"Name": at.topic}], "Cursor": {"TopicName": at.topic, "PartitionIndex": 4}}


@request("CreateTopics")
def new_topic(at):
    """Unknown: more copies than there are brokers."""
    return {"timeoutMs": SECONDS, "Topics": [
        {"Name": at.own("created"), "NumPartitions": 2, "ReplicationFactor": 1 if at.is_known else 7,
         "Configs": [{"Name": "retention.ms", "Value": "1234567"}]}]}


@request("CreateTopics")
def topics_that_cannot_be(at):
    return {"timeoutMs": SECONDS, "validateOnly": True, "Topics": [
        {"Name": "no/topic", "NumPartitions": 1, "ReplicationFactor": 1},
        {"Name": at.own("created"), "NumPartitions": 1, "ReplicationFactor": 1,
         "Configs": [{"Name": "no.such.setting", "Value": "1"}]},
        {"Name": at.world.topic, "NumPartitions": 1, "ReplicationFactor": 1}]}


@request("DeleteTopics")
def topic_by_name(at):
    name = at.new_topic()
    return {"TimeoutMs": SECONDS, "TopicNames": [name], "Topics": [{"Name": name}]}


@request("DeleteTopics", since=6)
def deleted_by_id(at):
    topic_id = at.id_of(at.new_topic())
    return {"TimeoutMs": SECONDS, "Topics": [{"Name": None, "TopicId": topic_id}]}


@request("DeleteRecords")
def first_record(at):
    topic = f"shortened{at.side.suffix}" if at.is_known else at.topic
    return {"TimeoutMs": SECONDS, "Topics": [{"Name": topic, "Partitions": [
        {"PartitionIndex": 0, "Offset": 1}]}]}


@request("CreatePartitions")
def one_more(at):
    return {"TimeoutMs": SECONDS, "Topics": [{"Name": at.new_topic(), "Count": 2,
                                              "Assignments": None}]}


@request("CreatePartitions")
def fewer(at):
    return {"TimeoutMs": SECONDS, "ValidateOnly": True, "Topics": [
        {"Name": at.topic, "Count": 1, "Assignments": None}]}


@request("DescribeConfigs")
def of_topic_and_broker(at):
    return {"IncludeSynonyms": True, "IncludeDocumentation": True, "Resources": [
        {"ResourceType": TOPIC, "ResourceName": at.topic, "ConfigurationKeys": None},
        {"ResourceType": BROKER, "ResourceName": "1" if at.is_known else "77",
         "ConfigurationKeys": None}]}


@request("DescribeConfigs")
def some_of_a_topic(at):
    return {"Resources": [{"ResourceType": TOPIC, "ResourceName": at.topic, "ConfigurationKeys": [
        "retention.ms", "no.such.setting"]}]}


@request("AlterConfigs")
def all_of_a_topic(at):
    name = f"altered{at.side.suffix}" if at.is_known else at.topic
    return {"Resources": [{"ResourceType": TOPIC, "ResourceName": name, "Configs": [
        {"Name": "retention.ms", "Value": "7654321"}]}]}


@request("AlterConfigs")
def value_that_cannot_be(at):
    return {"Resources": [{"ResourceType": TOPIC, "ResourceName": at.topic, "Configs": [
        {"Name": "retention.ms", "Value": "soon"}]}]}


@request("IncrementalAlterConfigs")
def one_setting(at):
    name = f"altered{at.side.suffix}" if at.is_known else at.topic
    return {"Resources": [{"ResourceType": TOPIC, "ResourceName": name, "Configs": [
        {"Name": "retention.ms", "ConfigOperation": 0, "Value": "7654321"}]}]}


@request("IncrementalAlterConfigs")
def appended_to_what_is_no_list(at):
    """An operation that nobody knows ends the controller of Kafka 4.3."""
    return {"Resources": [{"ResourceType": TOPIC, "ResourceName": at.topic, "Configs": [
        {"Name": "retention.ms", "ConfigOperation": 2, "Value": "1"}]}]}


@request("ListConfigResources")
def topics_and_brokers(_):
    return {"ResourceTypes": [TOPIC, BROKER]}


@request("AlterReplicaLogDirs")
def to_where_it_is(at):
    path = at.world.log_dir if at.is_known else "/nowhere"
    return {"Dirs": [{"Path": path, "Topics": [{"Name": at.topic, "Partitions": [0]}]}]}


@request("DescribeLogDirs")
def of_one_topic(at):
    return {"Topics": [{"Topic": at.topic, "Partitions": [0, 1, 2]}]}


@request("ElectLeaders")
def preferred(at):
    return {"ElectionType": 0, "TimeoutMs": SECONDS,
            "TopicPartitions": [{"Topic": at.topic, "Partitions": [0]}]}


@request("AlterPartitionReassignments")
def to_the_same(at):
    return {"TimeoutMs": SECONDS, "Topics": [{"Name": at.topic, "Partitions": [
        {"PartitionIndex": 0, "Replicas": [1]}, {"PartitionIndex": 1, "Replicas": None}]}]}


@request("AlterPartitionReassignments")
def to_nobody(at):
    return {"TimeoutMs": SECONDS, "Topics": [{"Name": at.topic, "Partitions": [
        {"PartitionIndex": 0, "Replicas": [77]}]}]}


@request("ListPartitionReassignments")
def of_a_topic(at):
    return {"TimeoutMs": SECONDS, "Topics": [{"Name": at.topic, "PartitionIndexes": [0, 1]}]}


@request("DescribeProducers")
def of_partitions(at):
    return {"Topics": [{"Name": at.topic, "PartitionIndexes": [0, 2, 99]}]}
