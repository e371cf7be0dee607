#!/usr/bin/env python3
"""Walks over Kafka's own definitions for fields of requests that can hold the name of a topic.

usage: topic_fields.py PRINT_SCHEMAS PRINT_APIS      compare; the programs of these names
       topic_fields.py --self-test PRINT_SCHEMAS PRINT_APIS
                                       plant differences and see that each is found

Names of key topics never reach a broker (contract section 9). So in each request that bkes offers,
a field for a topic's name or id has to be marked in bkes' field list (field_rules::topic), and what
else might name a topic stands below with its reason; a Kafka with something new fails this test
until somebody has thought about it. That a marked field is kept from the brokers is shown by
tests/unit/proxy/handlers/key_topic_names.cpp, which puts key topics into each. Kafka's definitions
come from its clients jar, as in schema_diff.py; without it the test is skipped (exit code 77).
"""

import os
import subprocess
import sys

from api_coverage import EXTENSIONS, offered_by
from schema_diff import (FETCHED_LIBS, SKIPPED, collect_structs, common, names_topic, parse_range,
                         read_definitions, snake)

BY_TYPE = "a topic's if the type next to it says so: proxy/handlers/configs.cpp looks at both"
ACL = "an ACL is a pattern on names, key topics' own among them (authorize=keys)"
PATTERN = "brokers match it with topics of their own, and answer nothing about it"
OF_MEMBERS = "what members of a group tell each other; classic groups may subscribe to key topics"
SECRET = "a credential"
NOT_A_TOPIC = "the id of something else"
# {field: why no name of a key topic reaches a broker through it, or why one may}
EXCEPTIONS = {
    "DescribeConfigs.Resources.ResourceName": BY_TYPE,
    "AlterConfigs.Resources.ResourceName": BY_TYPE,
    "IncrementalAlterConfigs.Resources.ResourceName": BY_TYPE,
    "DescribeAcls.ResourceNameFilter": ACL,
    "CreateAcls.Creations.ResourceName": ACL,
    "DeleteAcls.Filters.ResourceNameFilter": ACL,
    "ConsumerGroupHeartbeat.SubscribedTopicRegex": PATTERN,
    "StreamsGroupHeartbeat.Topology.Subtopologies.SourceTopicRegex": PATTERN,
    "JoinGroup.Protocols.Metadata": OF_MEMBERS,
    "SyncGroup.Assignments.Assignment": OF_MEMBERS,
    "Produce.TopicData.PartitionData.Records": "the records themselves",
    "PushTelemetry.Metrics": "a client's own measurements, for who collects them",
    "SaslAuthenticate.AuthBytes": SECRET,
    "RenewDelegationToken.Hmac": SECRET,
    "ExpireDelegationToken.Hmac": SECRET,
    "AlterUserScramCredentials.Upsertions.Salt": SECRET,
    "AlterUserScramCredentials.Upsertions.SaltedPassword": SECRET,
    "Fetch.Topics.Partitions.ReplicaDirectoryId": NOT_A_TOPIC,
    "AddRaftVoter.VoterDirectoryId": NOT_A_TOPIC,
    "RemoveRaftVoter.VoterDirectoryId": NOT_A_TOPIC,
    "GetTelemetrySubscriptions.ClientInstanceId": NOT_A_TOPIC,
    "PushTelemetry.ClientInstanceId": NOT_A_TOPIC,
}

# In the name of a string, they say that it might be a topic's.
WORDS = {"topic", "topics", "resource", "resources"}
OPAQUE = {"bytes", "records", "uuid"}


def may_name_a_topic(field):
    kind = field["type"].removeprefix("[]")
    return kind in OPAQUE or kind == "string" and bool(set(snake(field["name"]).split("_")) & WORDS)


def walk(fields, versions, structs, path):
    """(path, field) of all fields that there are in these versions."""
    for field in fields:
        own = common(parse_range(field["versions"]), versions)
        if own[0] <= own[1]:
            here = f"{path}.{field['name']}"
            yield here, field
            inner = field.get("fields") or structs.get(field["type"].removeprefix("[]"), ())
            yield from walk(inner, own, structs, here)


def fields_of(definition, versions):
    structs = {one["name"]: one["fields"] for one in definition.get("commonStructs", [])}
    collect_structs(definition["fields"], structs)
    name = definition["name"].removesuffix("Request")
    return walk(definition["fields"], versions, structs, name)


def marked_by(schemas):
    """The marked fields of bkes' requests, as "offset_delete.topics.name"."""
    marked, path = set(), []
    for line in schemas.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        path[depth:] = [line.split()[0].removesuffix("_request")]
        if line.endswith(" topic"):
            marked.add(".".join(path))
    return marked


def in_bkes_words(path):
    return ".".join(map(snake, path.split(".")))


def differences(schemas, offered, definitions):
    marked, met = marked_by(schemas), set()
    for definition in definitions:
        name = definition["name"].removesuffix("Request")
        if definition["type"] != "request" or name not in offered:
            continue
        for path, field in fields_of(definition, offered[name][1:3]):
            if path in EXCEPTIONS:
                met.add(path)
                if names_topic(field):
                    yield f"{path} names a topic, and can't be an exception"
            elif names_topic(field):
                if in_bkes_words(path) not in marked:
                    yield f"{path} names a topic, and isn't marked in protocol/messages"
            elif may_name_a_topic(field):
                yield f"{path} may name a topic: it needs a handler, or its reason in EXCEPTIONS"
    for path in sorted(EXCEPTIONS.keys() - met):
        yield f"{path} stands in EXCEPTIONS, but there is no such field"


def self_test(schemas, offered, definitions):
    """Each kind of difference, planted, must be reported."""
    def planted(field):
        """Kafka gives the request of OffsetDelete one more field, or a whole new API has it."""
        known = next(one for one in definitions if one["name"] == "OffsetDeleteRequest")
        more = known | {"fields": [*known["fields"], {"versions": "0+", **field}]}
        yield schemas, offered, [one for one in definitions if one is not known] + [more]
        new = more | {"name": "NewRequest", "apiKey": 999, "fields": more["fields"][-1:]}
        yield schemas, offered | {"New": (999, 0, 0, 0)}, [*definitions, new]

    def unmarked(message):
        start = schemas.index(message)
        return schemas[:start] + schemas[start:].replace(" topic\n", "\n", 1), offered, definitions

    plants = {
        "a name": planted({"name": "Name", "type": "string", "entityType": "topicName"}),
        "names": planted({"name": "Names", "type": "[]string", "entityType": "topicName"}),
        "an id": planted({"name": "TopicId", "type": "uuid"}),
        "another id": planted({"name": "Uuid", "type": "uuid"}),
        "a name without entity type": planted({"name": "SinkTopic", "type": "string"}),
        "a name further down": planted({"name": "Groups", "type": "[]Group", "fields": [
            {"name": "TopicName", "type": "string", "versions": "0+", "entityType": "topicName"}]}),
        "bytes": planted({"name": "Metadata", "type": "bytes"}),
        "a mark that is missing": [unmarked("offset_delete_request")],
        "marks of names in an array": [unmarked("share_group_heartbeat_request")],
        "marks of ids": [unmarked("share_acknowledge_request")],
        "an exception without field": [(schemas, {name: row for name, row in offered.items()
                                                  if name != "CreateAcls"}, definitions)],
    }
    failed = [what for what, all_planted in plants.items()
              for one in all_planted if not list(differences(*one))]
    for what in failed:
        print(f"not noticed: {what}")
    return 1 if failed else 0


def main(arguments):
    definitions = read_definitions(os.environ.get("BKES_TEST_KAFKA_LIBS", FETCHED_LIBS))
    if definitions is None:
        print("skipped: no kafka-clients-*.jar, see scripts/kafka/fetch.sh")
        return SKIPPED
    schemas = subprocess.run([arguments[-2]], check=True, capture_output=True, text=True).stdout
    offered = {name: row for name, row in offered_by(arguments[-1]).items()
               if name not in EXTENSIONS}
    if arguments[0] == "--self-test":
        return self_test(schemas, offered, definitions)
    found = list(differences(schemas, offered, definitions))
    print("\n".join(found) or "every field that can name a topic is marked, or has its reason")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
