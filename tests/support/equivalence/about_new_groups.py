"""Groups whose partitions brokers give out: KIP-848 consumers, share groups, streams."""

from equivalence.sides import request

LONG_MS = 300_000


def heartbeat(at, group, epoch=0):
    return {"GroupId": group, "MemberId": at.member_id(), "MemberEpoch": epoch,
            "RebalanceTimeoutMs": LONG_MS, "SubscribedTopicNames": [at.topic], "TopicPartitions": []}


def with_member(at, api, version, **more):
    """The name of a new group with a member."""
    group = at.own(api)
    if at.is_known:
        at.call(api, version, heartbeat(at, group) | more)
    return group


@request("ConsumerGroupHeartbeat")
def first_consumer(at):
    return heartbeat(at, at.own("consumers"))


@request("ConsumerGroupHeartbeat")
def consumer_that_is_not_there(at):
    return heartbeat(at, with_member(at, "ConsumerGroupHeartbeat", 0)) | {
        "MemberId": "nobody", "MemberEpoch": 5}


@request("ConsumerGroupHeartbeat", since=1)
def consumer_of_a_pattern(at):
    return heartbeat(at, at.own("consumers")) | {"SubscribedTopicNames": None,
                                                 "SubscribedTopicRegex": at.topic if at.is_known
                                                 else "("}


@request("ConsumerGroupDescribe")
def consumer_group(at):
    return {"GroupIds": [with_member(at, "ConsumerGroupHeartbeat", 0)],
            "IncludeAuthorizedOperations": True}


@request("ShareGroupHeartbeat")
def first_sharer(at):
    return heartbeat(at, at.own("sharers"))


@request("ShareGroupHeartbeat")
def sharer_that_is_not_there(at):
    return heartbeat(at, with_member(at, "ShareGroupHeartbeat", 1)) | {
        "MemberId": "nobody", "MemberEpoch": 5}


@request("ShareGroupDescribe")
def share_group(at):
    return {"GroupIds": [with_member(at, "ShareGroupHeartbeat", 1)],
            "IncludeAuthorizedOperations": True}


def left_group(at, *, with_offsets):
    """A share group without members. What a member wants to read gets its first offsets by and by,
    so this one wanted nothing that there is."""
    group = with_member(at, "ShareGroupHeartbeat", 1, SubscribedTopicNames=["no-such-topic"])
    if at.is_known:
        at.call("ShareGroupHeartbeat", 1, {"GroupId": group, "MemberId": at.member_id(),
                                           "MemberEpoch": -1})
    if at.is_known and with_offsets:
        at.call("AlterShareGroupOffsets", 0, starting(at, group))
    return group


def starting(at, group):
    return {"GroupId": group, "Topics": [
        {"TopicName": at.topic, "Partitions": [{"PartitionIndex": 0, "StartOffset": 1}]}]}


@request("DescribeShareGroupOffsets")
def share_offsets(at):
    return {"Groups": [{"GroupId": left_group(at, with_offsets=True), "Topics": [
        {"TopicName": at.topic, "Partitions": [0, 1]}]}]}


@request("AlterShareGroupOffsets")
def to_the_start(at):
    return starting(at, left_group(at, with_offsets=False))


@request("DeleteShareGroupOffsets")
def offsets_of_a_topic(at):
    return {"GroupId": left_group(at, with_offsets=True), "Topics": [{"TopicName": at.topic}]}


def sharing(at, group, epoch, **more):
    return {"GroupId": group, "MemberId": at.member_id(), "ShareSessionEpoch": epoch,
            "MaxWaitMs": 5_000, "MinBytes": 1, "MaxBytes": 1 << 20, "MaxRecords": 10,
            "BatchSize": 10, "Topics": [
                {"TopicId": at.topic_id, "Partitions": [{"PartitionIndex": 0} | more]}]}


def sharer(at):
    """The group of a member that will get records."""
    group = left_group(at, with_offsets=True)
    if at.is_known:
        at.call("ShareGroupHeartbeat", 1, heartbeat(at, group))
    return group


@request("ShareFetch")
def first_share(at):
    return sharing(at, sharer(at), 0)


@request("ShareFetch")
def share_of_no_session(at):
    return sharing(at, at.own("sharers"), 5)


def acknowledging(at, group, epoch, first, last):
    return sharing(at, group, epoch, AcknowledgementBatches=[
        {"FirstOffset": first, "LastOffset": last, "AcknowledgeTypes": [1]}])


@request("ShareAcknowledge")
def what_was_given(at):
    group, first, last = sharer(at), 0, 0
    if at.is_known:
        given = at.call("ShareFetch", 1, sharing(at, group, 0))["Responses"][0]["Partitions"][0]
        records = given["AcquiredRecords"][0]
        first, last = records["FirstOffset"], records["LastOffset"]
    return acknowledging(at, group, 1, first, last)


@request("ShareAcknowledge")
def what_was_not_given(at):
    group = sharer(at)
    if at.is_known:
        at.call("ShareFetch", 1, sharing(at, group, 0))
    return acknowledging(at, group, 1, 1000, 1000)


def topology(at):
    return {"ActiveTasks": [], "StandbyTasks": [], "WarmupTasks": [], "ProcessId": "process",
            "ClientTags": [], "Topology": {"Epoch": 0, "Subtopologies": [
                {"SubtopologyId": "0", "SourceTopics": [at.topic], "SourceTopicRegex": [],
                 "StateChangelogTopics": [], "RepartitionSinkTopics": [],
                 "RepartitionSourceTopics": [], "CopartitionGroups": []}]}}


@request("StreamsGroupHeartbeat")
def first_of_streams(at):
    return heartbeat(at, at.own("streams")) | topology(at)


@request("StreamsGroupHeartbeat")
def one_of_streams_that_is_not_there(at):
    return heartbeat(at, at.own("streams"), epoch=4) | {"ActiveTasks": [], "StandbyTasks": [],
                                                        "WarmupTasks": []}


@request("StreamsGroupDescribe")
def streams_group(at):
    return {"GroupIds": [with_member(at, "StreamsGroupHeartbeat", 0, **topology(at))],
            "IncludeAuthorizedOperations": True}
