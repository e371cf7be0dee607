#!/usr/bin/env python3
"""Compares the APIs that bkes offers with all that Kafka has.

usage: api_coverage.py PRINT_APIS      compare; PRINT_APIS is the program of that name
       api_coverage.py --self-test PRINT_APIS
                                       plant differences and see that each is found

What a client may send to a broker is offered, in every stable version. What isn't, and what tells
addresses, stands below with its reason; a Kafka with something new fails this test until somebody
has thought about it. Kafka's definitions come from its clients jar, as in schema_diff.py; without it
the test is skipped (exit code 77).
"""

import os
import subprocess
import sys

from schema_diff import FETCHED_LIBS, NO_LIMIT, SKIPPED, parse_range, read_definitions, snake

EXTENSIONS = {"FetchByKey": 20001, "ListKeys": 20002, "Forward": 20003,
              "FetchRestorePoint": 20004}

CONTROLLERS = "only controllers listen for it"
SHARE_STATE = "what the leaders of share partitions tell the share coordinator, and no tool sends"
NOT_OFFERED = {
    "Vote": CONTROLLERS,
    "BeginQuorumEpoch": CONTROLLERS,
    "EndQuorumEpoch": CONTROLLERS,
    "AlterPartition": CONTROLLERS,
    "Envelope": CONTROLLERS,
    "FetchSnapshot": CONTROLLERS,
    "BrokerRegistration": CONTROLLERS,
    "BrokerHeartbeat": CONTROLLERS,
    "AllocateProducerIds": CONTROLLERS,
    "ControllerRegistration": CONTROLLERS,
    "AssignReplicasToDirs": CONTROLLERS,
    "UpdateRaftVoter": CONTROLLERS,
    "InitializeShareGroupState": SHARE_STATE,
    "ReadShareGroupState": SHARE_STATE,
    "WriteShareGroupState": SHARE_STATE,
    "DeleteShareGroupState": SHARE_STATE,
    "ReadShareGroupStateSummary": SHARE_STATE,
}

BY_ID_ONLY = "names topics by id only from the next version on"
# {api: ((first, last), reason)} where that isn't what Kafka has.
OTHER_VERSIONS = {
    "Produce": ((0, 12), BY_ID_ONLY + "; brokers list 0 to 2 for the sake of old librdkafka"),
    "OffsetCommit": ((2, 9), BY_ID_ONLY),
    "OffsetFetch": ((1, 9), BY_ID_ONLY),
    "DescribeQuorum": ((0, 1), "2 tells the controllers' host and port"),
}

REWRITTEN = "rewritten"
OF_A_CLIENT = "the address of a client, not of a broker"
ADDRESS_WORDS = {one + s for one in ("host", "port", "address", "endpoint", "listener") for s in ("", "s")}
# {response: what becomes of its fields for a host, a port, an address or an endpoint}
ADDRESSES = {
    "MetadataResponse": REWRITTEN,
    "FindCoordinatorResponse": REWRITTEN,
    "DescribeClusterResponse": REWRITTEN + "; brokers refuse to tell of controllers (KIP-919)",
    "ProduceResponse": REWRITTEN,
    "FetchResponse": REWRITTEN + ", or blanked where it is passed on while it arrives",
    "ShareFetchResponse": REWRITTEN,
    "ShareAcknowledgeResponse": REWRITTEN,
    "DescribeQuorumResponse": "not in the versions that are offered",
    "DescribeGroupsResponse": OF_A_CLIENT,
    "ConsumerGroupDescribeResponse": OF_A_CLIENT,
    "ShareGroupDescribeResponse": OF_A_CLIENT,
    "StreamsGroupDescribeResponse": OF_A_CLIENT,
    "StreamsGroupHeartbeatResponse": OF_A_CLIENT,
    "DescribeAclsResponse": "the pattern of a client's address",
    "DeleteAclsResponse": "the pattern of a client's address",
}


def offered_by(program):
    """{name: (key, first, last, first flexible)}"""
    text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return {name: tuple(map(int, numbers)) for name, *numbers in rows}


def row_of(definition):
    """Key, first and last stable version, first flexible version."""
    first, last = parse_range(definition["validVersions"])
    if definition.get("latestVersionUnstable"):
        last -= 1
    flexible = parse_range(definition["flexibleVersions"])
    return definition["apiKey"], first, last, NO_LIMIT if flexible[0] > flexible[1] else flexible[0]


def compare_versions(name, ours, kafka):
    if name in OTHER_VERSIONS:
        if ours[1:3] != OTHER_VERSIONS[name][0]:
            yield f"{name}: versions {ours[1:3]}, not those of OTHER_VERSIONS"
        elif ours[1:3] == kafka[1:3]:
            yield f"{name}: stands in OTHER_VERSIONS, but is as in Kafka"
    elif ours[1:3] != kafka[1:3]:
        yield f"{name}: versions {ours[1:3]}, Kafka has {kafka[1:3]}"
    if (ours[0], ours[3]) != (kafka[0], kafka[3]):
        yield f"{name}: key and first flexible version {ours[0], ours[3]}, not {kafka[0], kafka[3]}"


def compare_apis(offered, definitions):
    requests = {one["name"].removesuffix("Request"): one for one in definitions
                if one["type"] == "request"}
    for name, definition in sorted(requests.items()):
        if name in offered:
            yield from compare_versions(name, offered[name], row_of(definition))
        if (name in offered) == (name in NOT_OFFERED):
            yield f"{name} must be offered, or stand in NOT_OFFERED with its reason"
        is_of_controllers = "broker" not in definition.get("listeners", ["broker"])
        if name in NOT_OFFERED and (NOT_OFFERED[name] == CONTROLLERS) != is_of_controllers:
            yield f"{name}: its reason in NOT_OFFERED doesn't hold"
    for name, row in sorted(offered.items()):
        if name not in requests and EXTENSIONS.get(name) != row[0]:
            yield f"{name} is no API of Kafka"
    for name in sorted(NOT_OFFERED.keys() - requests.keys()):
        yield f"{name} stands in NOT_OFFERED, but is no API of Kafka"


def address_fields(fields):
    for field in fields:
        words = set(snake(field["name"]).split("_"))
        if words & ADDRESS_WORDS:
            yield field["name"]
        yield from address_fields(field.get("fields", ()))


def compare_addresses(offered, definitions):
    for one in definitions:
        name = one["name"]
        if one["type"] != "response" or name.removesuffix("Response") not in offered:
            continue
        commons = [field for struct in one.get("commonStructs", ()) for field in struct["fields"]]
        fields = sorted(set(address_fields(one["fields"] + commons)))
        if bool(fields) != (name in ADDRESSES):
            yield f"{name}: fields {fields} and ADDRESSES don't agree"


def differences(offered, definitions):
    return [*compare_apis(offered, definitions), *compare_addresses(offered, definitions)]


def self_test(offered, definitions):
    """Each kind of difference, planted, must be reported."""
    def without(name):
        return {one: row for one, row in offered.items() if one != name}, definitions

    def with_row(name, row):
        return offered | {name: row}, definitions

    def with_definition(**more):
        new = {"apiKey": 999, "type": "request", "name": "NewRequest", "validVersions": "0",
               "flexibleVersions": "0+", "fields": []} | more
        return offered, [*definitions, new]

    plants = {
        "an API that is missing": without("WriteTxnMarkers"),
        "an API that only brokers use": with_row("WriteShareGroupState", (85, 0, 1, 0)),
        "an API that Kafka doesn't have": with_row("Nothing", (998, 0, 0, 0)),
        "a wrong key": with_row("Heartbeat", (13, 0, 4, 4)),
        "a version that is missing": with_row("Heartbeat", (12, 0, 3, 4)),
        "a version that is unstable": with_row("InitProducerId", (22, 0, 6, 2)),
        "a version that must not be offered": with_row("DescribeQuorum", (55, 0, 2, 0)),
        "a wrong header": with_row("Heartbeat", (12, 0, 4, 3)),
        "a new API": with_definition(),
        "a new address": with_definition(apiKey=12, type="response", name="HeartbeatResponse", fields=[
            {"name": "Nodes", "fields": [{"name": "NodeHost"}]}]),
    }
    failed = [what for what, planted in plants.items() if not differences(*planted)]
    for what in failed:
        print(f"not noticed: {what}")
    return 1 if failed else 0


def main(arguments):
    definitions = read_definitions(os.environ.get("BKES_TEST_KAFKA_LIBS", FETCHED_LIBS))
    if definitions is None:
        print("skipped: no kafka-clients-*.jar, see scripts/kafka/fetch.sh")
        return SKIPPED
    offered = offered_by(arguments[-1])
    if arguments[0] == "--self-test":
        return self_test(offered, definitions)
    found = differences(offered, definitions)
    print("\n".join(found) or f"{len(offered)} APIs agree with Kafka's definitions")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
