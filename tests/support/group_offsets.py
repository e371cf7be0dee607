"""What a group commits, and what it is told of that, by raw requests."""

from clients import eventually

_COORDINATOR_IS_MADE = {14, 15, 16}


def commit_offsets(raw, version, group, offsets):
    """{topic: the codes of its partitions}. `offsets`: {(topic, partition): offset}. Waits for the
    coordinator, which may still be made."""
    def asked():
        answer = raw.call("OffsetCommit", version, {
            "GroupId": group, "GenerationIdOrMemberEpoch": -1, "Topics": [
                {"Name": name, "Partitions": [{"PartitionIndex": partition, "CommittedOffset": offset}]}
                for (name, partition), offset in offsets.items()]})
        codes = {one["Name"]: [part["ErrorCode"] for part in one["Partitions"]] for one in answer["Topics"]}
        return None if _COORDINATOR_IS_MADE & {code for all_of in codes.values() for code in all_of} else codes

    return eventually(asked)


def committed_offsets(raw, version, group, *names):
    """(the group's code, {topic: offset of its partition 0})"""
    topics = [{"Name": one, "PartitionIndexes": [0]} for one in names]
    if version >= 8:
        answer = raw.call("OffsetFetch", version, {"Groups": [{"GroupId": group, "Topics": topics}]})["Groups"][0]
    else:
        answer = raw.call("OffsetFetch", version, {"GroupId": group, "Topics": topics})
    parts = {one["Name"]: one["Partitions"][0] for one in answer["Topics"]}
    assert all(one["ErrorCode"] == 0 for one in parts.values()), parts
    return answer.get("ErrorCode", 0), {name: one["CommittedOffset"] for name, one in parts.items()}
