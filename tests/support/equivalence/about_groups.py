"""Classic consumer groups and their offsets."""

import base64

from equivalence.sides import committing, joining_of, request


@request("OffsetCommit")
def by_nobody(at):
    return committing(at.own("committed"), at.topic)


@request("OffsetCommit")
def by_a_stranger(at):
    return committing(at.group, at.topic) | {"MemberId": "stranger", "GenerationIdOrMemberEpoch": 3}


@request("OffsetFetch")
def some_offsets(at):
    topics = [{"Name": at.topic, "PartitionIndexes": [0, 1, 5]}]
    return {"GroupId": at.group, "Topics": topics, "RequireStable": True,
            "Groups": [{"GroupId": at.group, "Topics": topics}]}


@request("OffsetFetch", since=2)
def all_offsets(at):
    return {"GroupId": at.group, "Topics": None, "Groups": [{"GroupId": at.group, "Topics": None}]}


@request("OffsetDelete")
def of_a_group(at):
    return {"GroupId": at.new_group(), "Topics": [{"Name": at.topic, "Partitions": [
        {"PartitionIndex": 0}]}]}


@request("FindCoordinator")
def of_group(at):
    return {"KeyType": 0 if at.is_known else 9, "Key": at.group, "CoordinatorKeys": [at.group]}


@request("FindCoordinator", since=1)
def of_transaction(_):
    return {"KeyType": 1, "Key": "any", "CoordinatorKeys": ["any", "other"]}


@request("FindCoordinator", since=1)
def of_share_partition(at):
    topic = base64.urlsafe_b64encode(at.topic_id.bytes).decode().rstrip("=")
    key = f"shares:{topic}:0" if at.is_known else "no key"
    return {"KeyType": 2, "Key": key, "CoordinatorKeys": [key]}


@request("JoinGroup")
def first_member(at):
    """From version 4 on it is told its id and has to come again."""
    return joining_of(at.own("joined"))


@request("JoinGroup")
def again(at):
    member = at.member(is_stable=False)
    return joining_of(member.group, MemberId=member.id)


@request("JoinGroup", since=5)
def static_member(at):
    return joining_of(at.own("joined"), GroupInstanceId="static")


@request("JoinGroup")
def other_protocol(at):
    group = at.member().group if at.is_known else at.own("joined")
    return joining_of(group, ProtocolType="other", MemberId="" if at.version < 4 else "any")


@request("SyncGroup")
def with_an_assignment(at):
    member = at.member(is_stable=False)
    return {"GroupId": member.group, "MemberId": member.id, "GenerationId": member.generation,
            "ProtocolType": "consumer", "ProtocolName": "range",
            "Assignments": [{"MemberId": member.id, "Assignment": b"assigned"}]}


@request("Heartbeat")
def of_a_member(at):
    member = at.member()
    return {"GroupId": member.group, "MemberId": member.id, "GenerationId": member.generation}


@request("Heartbeat")
def of_an_old_generation(at):
    member = at.member()
    return {"GroupId": member.group, "MemberId": member.id, "GenerationId": 77}


@request("LeaveGroup")
def only_member(at):
    member = at.member()
    return {"GroupId": member.group, "MemberId": member.id, "Members": [{"MemberId": member.id}]}


@request("DescribeGroups")
def with_a_member(at):
    return {"Groups": [at.member().group], "IncludeAuthorizedOperations": True}


@request("ListGroups")
def empty_ones(_):
    return {"StatesFilter": ["Empty"], "TypesFilter": ["classic"]}


@request("DeleteGroups")
def empty_group(at):
    return {"GroupsNames": [at.new_group()]}


@request("DeleteGroups")
def group_with_a_member(at):
    return {"GroupsNames": [at.member().group]}
