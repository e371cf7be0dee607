"""Two answers, field by field, and which field may differ.

    differences("Metadata", past, through)   # ["Brokers[0].RackId: 'a' became 'b'", ...]
"""

import re

from equivalence.apis import expected_ranges
from equivalence.sides import SUFFIXES

ADDRESS = "bkes' own instead of the broker's (contract 9)"
LISTENERS = "no client may learn a broker's address from its settings (contract 9)"
OFFER = "the broker's ranges cut to what bkes knows, and bkes' own requests (contract 9)"
RANDOM = "the broker draws it anew for each that asks"
MEMBER = RANDOM + ": a member of a group"
TIME = "a clock, or counts with it"
# {path: why it may differ}; a path without API is of all that have such a field.
MAY_DIFFER = {
    "ThrottleTimeMs": TIME,
    "Metadata.Brokers.Host": ADDRESS,
    "Metadata.Brokers.Port": ADDRESS,
    "FindCoordinator.Host": ADDRESS,
    "FindCoordinator.Port": ADDRESS,
    "FindCoordinator.Coordinators.Host": ADDRESS,
    "FindCoordinator.Coordinators.Port": ADDRESS,
    "DescribeCluster.Brokers.Host": ADDRESS,
    "DescribeCluster.Brokers.Port": ADDRESS,
    "Fetch.SessionId": RANDOM,
    "ApiVersions.FinalizedFeaturesEpoch": TIME,  # the offset of the metadata
    "CreateTopics.Topics.TopicId": RANDOM,
    "DeleteTopics.Responses.TopicId": RANDOM,
    "InitProducerId.ProducerId": RANDOM,
    "EndTxn.ProducerId": RANDOM,
    "DescribeTransactions.TransactionStates.ProducerId": RANDOM,
    "DescribeTransactions.TransactionStates.TransactionStartTimeMs": TIME,
    "JoinGroup.Leader": MEMBER,
    "JoinGroup.MemberId": MEMBER,
    "JoinGroup.Members.MemberId": MEMBER,
    "LeaveGroup.Members.MemberId": MEMBER,
    "DescribeGroups.Groups.Members.MemberId": MEMBER,
    "CreateDelegationToken.IssueTimestampMs": TIME,
    "CreateDelegationToken.ExpiryTimestampMs": TIME,
    "CreateDelegationToken.MaxTimestampMs": TIME,
    "CreateDelegationToken.TokenId": RANDOM,
    "CreateDelegationToken.Hmac": RANDOM,
    "RenewDelegationToken.ExpiryTimestampMs": TIME,
    "ExpireDelegationToken.ExpiryTimestampMs": TIME,
    "DescribeLogDirs.Results.UsableBytes": TIME,
    "DescribeQuorum.Topics.Partitions.HighWatermark": TIME,
    "DescribeQuorum.Topics.Partitions.CurrentVoters.LogEndOffset": TIME,
    "DescribeQuorum.Topics.Partitions.CurrentVoters.LastFetchTimestamp": TIME,
    "DescribeQuorum.Topics.Partitions.CurrentVoters.LastCaughtUpTimestamp": TIME,
}
# Lists in which brokers keep no order.
UNORDERED = {
    "CreateTopics.Topics": "Name",
    "ListGroups.Groups": "GroupId",
    "ListTransactions.TransactionStates": "TransactionalId",
}
# Java's view of a request, in the text for who lacks a right: connections, objects and buffers.
DUMP = re.compile(r"(?<=^Request )Request\(.*\)(?= needs \w+ permission\.$)", re.DOTALL)


def differences(api, past, through):
    if isinstance(past, dict) and isinstance(through, dict):
        past = _ADJUST.get(api, lambda answer: answer)(past)
    return [f"{path}: {one!r} became {other!r}" for path, one, other
            in _unequal(api, _without_side(past), _without_side(through))
            if not may_differ(path)]


def may_differ(path):
    """path: as in `differences`."""
    plain = re.sub(r"\[\d+\]", "", path)
    return plain in MAY_DIFFER or plain.rpartition(".")[2] in MAY_DIFFER


def _without_side(value):
    """The names of a side are those of the other."""
    if isinstance(value, dict):
        return {name: _without_side(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_side(one) for one in value]
    if isinstance(value, str):
        for suffix in SUFFIXES.values():
            value = value.replace(suffix, "--side")
        return DUMP.sub("Request(...)", value)
    return value


def _unequal(path, past, through):
    """(path, past, through) of what isn't equal, as far down as possible."""
    if isinstance(past, dict) and isinstance(through, dict) and past.keys() == through.keys():
        for name in past:
            yield from _unequal(f"{path}.{name}", past[name], through[name])
    elif isinstance(past, list) and isinstance(through, list) and len(past) == len(through):
        key = UNORDERED.get(re.sub(r"\[\d+\]", "", path))
        if key is not None:
            past, through = (sorted(one, key=lambda row: row[key]) for one in (past, through))
        for n, (one, other) in enumerate(zip(past, through)):
            yield from _unequal(f"{path}[{n}]", one, other)
    elif past != through:
        yield path, past, through


# What bkes has to make of the broker's answer, where that is more than another address.


def _offer(answer):
    """OFFER"""
    ranges = expected_ranges({row["ApiKey"]: (row["MinVersion"], row["MaxVersion"])
                              for row in answer["ApiKeys"]})
    if answer["ErrorCode"] != 0:
        return answer
    return answer | {"ApiKeys": [{"ApiKey": key, "MinVersion": first, "MaxVersion": last}
                                 for key, (first, last) in ranges.items()]}


HIDDEN = re.compile(r"(?<!^early\.start\.)(listeners|bootstrap\.servers|quorum\.voters|host\.name)$")
BROKER = 4


def _hidden(answer):
    """LISTENERS"""
    return answer | {"Results": [
        result | {"Configs": [_hidden_setting(one) for one in result["Configs"] or ()]}
        if result["ResourceType"] == BROKER else result for result in answer["Results"]]}


def _hidden_setting(setting):
    if not HIDDEN.search(setting["Name"]):
        return setting
    hidden = setting | {"Value": None, "IsSensitive": True}
    if "Synonyms" in setting:
        hidden["Synonyms"] = [one | {"Value": None} for one in setting["Synonyms"]]
    return hidden


_ADJUST = {"ApiVersions": _offer, "DescribeConfigs": _hidden}
