#!/usr/bin/env python3
"""Compares the field lists of bkes with Kafka's own message definitions.

usage: schema_diff.py PRINT_SCHEMAS      compare; PRINT_SCHEMAS is the program of that name
       schema_diff.py --self-test PRINT_SCHEMAS
                                         plant differences and see that each is found

Kafka's definitions are the JSON files in its clients jar: in the folder BKES_TEST_KAFKA_LIBS, or
where scripts/kafka/fetch.sh puts it. Without the jar the test is skipped (exit code 77).
"""

import difflib
import glob
import json
import os
import re
import subprocess
import sys
import zipfile

SKIPPED = 77
FETCHED_LIBS = os.path.join(os.path.dirname(__file__), "..", "..", ".kafka", "libs")
NO_LIMIT = 32767
EXTENSIONS = ("fetch_by_key_", "fetch_restore_point_", "forward_", "list_keys_")
WIDTHS = {"string": '""', "bytes": '""', "bool": "false", "float64": "0",
          "uuid": "00000000-0000-0000-0000-000000000000"}


def snake(name):
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


def parse_range(text):
    """Kafka's "3+", "0-12", "7", "none" as (first, last)."""
    if text in (None, "none"):
        return (0, -1)
    if text.endswith("+"):
        return (int(text[:-1]), NO_LIMIT)
    first, _, last = text.partition("-")
    return (int(first), int(last or first))


def common(one, other):
    return (max(one[0], other[0]), min(one[1], other[1]))


def range_text(what, versions):
    return f" {what}=none" if versions[0] > versions[1] else f" {what}={versions[0]}-{versions[1]}"


def default_text(field, is_nullable, is_array, kind):
    default = field.get("default")
    if is_array:
        return "null" if default == "null" else "[]"
    if kind == "struct":
        return "null" if default == "null" else ""
    if kind == "records":
        return "null" if is_nullable else '""'
    if default is None:
        return WIDTHS.get(kind, "0")
    if default == "null":
        return "null"
    if kind in ("string", "bytes"):
        return f'"{default}"'
    if kind == "bool":
        return str(default).lower()
    return str(int(str(default), 0))


def names_topic(field):
    """What bkes marks in requests: a topic's name, or its id, which Kafka gives no entity type."""
    return (field.get("entityType") == "topicName"
            or field["type"].endswith("uuid") and snake(field["name"]) == "topic_id")


def field_lines(fields, versions, structs, depth, is_request):
    lines = []
    for field in fields:
        own = common(parse_range(field["versions"]), versions)
        if own[0] > own[1]:
            continue
        is_array = field["type"].startswith("[]")
        kind = field["type"].removeprefix("[]")
        inner = field.get("fields") or structs.get(kind)
        if inner:
            kind = "struct"
        nullable = common(parse_range(field.get("nullableVersions")), own)
        is_nullable = nullable[0] <= nullable[1]
        line = "  " * depth + snake(field["name"]) + " " + ("[]" if is_array else "") + kind
        line += range_text("versions", own)
        if is_nullable:
            line += range_text("nullable", nullable)
        if "tag" in field:
            assert common(parse_range(field["taggedVersions"]), own) == own, field
            line += f" tag={field['tag']}"
        default = default_text(field, is_nullable, is_array, kind)
        if default:
            line += f" default={default}"
        if str(field.get("ignorable")).lower() == "true":
            line += " ignorable"
        if is_request and names_topic(field):
            line += " topic"
        lines.append(line)
        if inner:
            lines += field_lines(inner, own, structs, depth + 1, is_request)
    return lines


def message_lines(definition, unstable_keys):
    versions = parse_range(definition["validVersions"])
    if definition["apiKey"] in unstable_keys:
        versions = (versions[0], versions[1] - 1)
    flexible = common(parse_range(definition["flexibleVersions"]), versions)
    first = f"{snake(definition['name'])} key={definition['apiKey']}"
    first += range_text("versions", versions) + range_text("flexible", flexible)
    structs = {s["name"]: s["fields"] for s in definition.get("commonStructs", [])}
    collect_structs(definition["fields"], structs)
    return [first] + field_lines(definition["fields"], versions, structs, 1,
                                 definition["type"] == "request")


def collect_structs(fields, structs):
    """A struct may be named again in a field further down."""
    for field in fields:
        if "fields" in field:
            structs.setdefault(field["type"].removeprefix("[]"), field["fields"])
            collect_structs(field["fields"], structs)


def read_definitions(libs):
    """Kafka's messages as they stand in its jar, those that were removed left out; None without it."""
    jars = glob.glob(os.path.join(libs, "kafka-clients-*.jar"))
    if not jars:
        return None
    definitions = []
    with zipfile.ZipFile(sorted(jars)[-1]) as jar:
        for name in jar.namelist():
            if not re.fullmatch(r"common/message/\w+(Request|Response)\.json", name):
                continue
            text = re.sub(r"^\s*//.*$", "", jar.read(name).decode(), flags=re.M)
            definition = json.loads(text)
            if definition["validVersions"] != "none":
                definitions.append(definition)
    return definitions


def load_kafka(libs):
    definitions = read_definitions(libs)
    if definitions is None:
        return None
    # Only the request says that the newest version of both is unstable.
    unstable_keys = {d["apiKey"] for d in definitions if d.get("latestVersionUnstable")}
    return {snake(d["name"]): message_lines(d, unstable_keys) for d in definitions}


def load_ours(program):
    text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    messages = {}
    for line in text.splitlines():
        if not line.startswith(" "):
            current = messages.setdefault(line.split()[0], [])
        current.append(line)
    return messages


def differences(ours, kafka):
    found = []
    for name, lines in sorted(ours.items()):
        if name.startswith(EXTENSIONS):
            continue
        found += difflib.unified_diff(kafka.get(name, []), lines, "kafka " + name, "bkes " + name,
                                      lineterm="", n=1)
    return found


def self_test(ours, kafka):
    """Each kind of difference, planted in the text of bkes, must be reported."""
    plants = [
        ("a name", " acks int16", " ack int16"),
        ("a type", " acks int16", " acks int32"),
        ("a version", "log_start_offset int64 versions=5-", "log_start_offset int64 versions=6-"),
        ("a nullable version", "nullable=8-", "nullable=9-"),
        ("a tag", "tag=0", "tag=1"),
        ("a default", "default=-1", "default=0"),
        ("an ignorable", " ignorable", ""),
        ("the name of a topic", " topic", ""),
        ("a flexible version", "flexible=9-", "flexible=10-"),
        ("a missing field", "throttle_time_ms int32", None),
    ]
    failed = []
    for what, old, new in plants:
        planted = {}
        for name in ("produce_request", "produce_response"):
            text = "\n".join(ours[name])
            if new is None:
                text = "\n".join(line for line in ours[name] if old not in line)
            planted[name] = text.replace(old, new or "").splitlines()
        assert planted != {name: ours[name] for name in planted}, f"{what}: nothing to plant in"
        if not differences(planted, kafka):
            failed.append(what)
    for what in failed:
        print(f"not noticed: {what}")
    return 1 if failed else 0


def main(arguments):
    libs = os.environ.get("BKES_TEST_KAFKA_LIBS", FETCHED_LIBS)
    kafka = load_kafka(libs)
    if kafka is None:
        print(f"skipped: no kafka-clients-*.jar in {libs}, see scripts/kafka/fetch.sh")
        return SKIPPED
    ours = load_ours(arguments[-1])
    if arguments[0] == "--self-test":
        return self_test(ours, kafka)
    found = differences(ours, kafka)
    print("\n".join(found) or f"{len(ours)} messages agree with Kafka's definitions")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
