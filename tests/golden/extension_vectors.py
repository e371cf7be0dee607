#!/usr/bin/python3
"""Writes the vectors of bkes' own messages with the tests' encoder (tests/support/kafka_messages.py).

  extension_vectors.py FOLDER     writes FOLDER/fetch_by_key_request.txt and so on

Version 0 of each is what the first release has: its lines never change.
"""

import pathlib
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "scripts" / "kafka")]

import kafka_messages  # noqa: E402
from record_batches import batch, record  # noqa: E402

ORDER_MAX = 2**63 - 1
NOT_GUARDED = {"ErrorCode": 3, "ErrorMessage": "bkes: not a guarded topic"}


def pages_of_two():
    events = [record(b"order-42", b"%d" % n, [("order", b"%d" % n)], 1700000000000 + n)
              for n in (5, 6)]
    return batch(events, base_offset=5)


def fetch_requests(version):
    yield "default", {"MaxBytes": 0}
    ranges = [{"Key": b"order-42", "FromOrder": 3, "MinNextOrder": 7, "MaxBytes": 1 << 20},
              {"Key": b"", "MaxBytes": 1}, {"Key": b"\0\xff", "FromOrder": ORDER_MAX}]
    yield "keys", {"Topic": "bkes", "MaxWaitMs": 500, "MaxBytes": 8 << 20, "Keys": ranges}
    if version >= 1:
        yield "newest", {"Topic": "bkes", "Keys": [
            {"Key": b"order-42", "FromOrder": ORDER_MAX, "Direction": 1, "MaxEvents": 10}]}
        yield "bounds", {"Topic": "bkes", "Keys": [
            {"Key": b"k", "FromOrder": -1, "Direction": -128, "MaxEvents": -2**31},
            {"Key": b"k", "FromOrder": -2**63, "Direction": 127, "MaxEvents": 2**31 - 1}]}


def fetch_responses(_version):
    yield "default", {"Keys": []}
    yield "refused", {"ThrottleTimeMs": 1} | NOT_GUARDED
    yield "keys", {"Keys": [
        {"Key": b"order-42", "Partition": 2, "StartOrder": 0, "NextOrder": 7,
         "LogOffsets": [11, 17], "Records": pages_of_two()},
        {"Key": b"", "ErrorCode": 1, "ErrorMessage": "bkes: from_order is past next_order",
         "Partition": -1, "Records": b""}]}


def list_requests(_version):
    yield "default", {"Limit": 0}
    yield "after_null", {"Topic": "bkes", "Prefix": b"order-", "After": None, "Limit": 10_000}
    yield "after_empty", {"Topic": "bkes", "Prefix": b"", "After": b"", "Limit": 1}
    yield "after_key", {"Topic": "bkes", "Prefix": b"\0\xff", "After": b"\0\xff\xff", "Limit": 1}


def list_responses(_version):
    yield "default", {"Keys": []}
    yield "refused", NOT_GUARDED
    yield "keys", {"Keys": [
        {"Key": b"", "Partition": 0, "StartOrder": 0, "NextOrder": 1, "LastLogOffset": 5,
         "LastTimestamp": 1700000000000},
        {"Key": b"order-42", "Partition": 4, "StartOrder": 3, "NextOrder": ORDER_MAX,
         "LastLogOffset": ORDER_MAX, "LastTimestamp": -1}]}


def forward_requests(_version):
    yield "default", {}
    yield "asks", {"Forwarder": uuid.UUID("00112233-4455-4677-8899-aabbccddeeff"),
                   "OwnerInstance": "0123456789abcdef0123456789abcdef", "HeardUpTo": 41, "Heard": [43, 44],
                   "MaxWaitMs": 1000, "Appends": [
        {"Id": 42, "Topic": "bkes", "Partition": 2, "DeadlineMs": 30_000, "Client": "shop 10.0.0.7",
         "Records": pages_of_two()},
        {"Id": ORDER_MAX, "Topic": "", "Partition": -1, "DeadlineMs": -2**31, "IsRedirected": True,
         "Records": b""}], "Positions": [
        {"Id": 43, "Topic": "bkes", "Partition": 4, "MaxWaitMs": 500},
        {"Id": -2**63, "Partition": 2**31 - 1, "MaxWaitMs": -1}]}


def forward_responses(_version):
    yield "default", {}
    yield "refused", {"ErrorCode": 6, "ErrorMessage": "bkes: another process is meant"}
    yield "outcomes", {"ThrottleTimeMs": 1, "Outcomes": [
        {"Id": 42, "BaseOffset": 5, "LogAppendTimeMs": 1700000000000, "LogStartOffset": 1},
        {"Id": 1, "Outcome": 1, "Text": "bkes: next order is 7", "RecordIndex": 3,
         "ConflictKey": b"order-42", "ConflictExpected": 7, "ConflictGot": 8},
        {"Id": 2, "Outcome": 1, "RecordIndex": 0, "ConflictKey": b"", "ConflictGot": -1},
        {"Id": ORDER_MAX, "Outcome": -128, "BrokerError": -1, "BaseOffset": ORDER_MAX}],
        "Positions": [{"Id": 43, "NextOffset": 18}, {"Id": 44, "ErrorCode": 6}]}
    yield "epochs", {"Positions": [{"Id": 43, "NextOffset": 18, "LeaderEpoch": 5},
                                   {"Id": 44, "NextOffset": 0, "LeaderEpoch": 2**31 - 1}]}


def restore_point_requests(_version):
    yield "default", {}
    yield "piece", {"RestorePoint": uuid.UUID("00112233-4455-4677-8899-aabbccddeeff"), "File": 3,
                    "Position": 1 << 20, "MaxBytes": 1 << 20}
    yield "bounds", {"RestorePoint": uuid.UUID(int=2**128 - 1), "File": -2**31, "Position": ORDER_MAX,
                     "MaxBytes": -1}


def restore_point_responses(_version):
    yield "default", {}
    yield "refused", {"ErrorCode": 98, "ErrorMessage": "bkes: there is no such restore point"}
    yield "offer", {"ThrottleTimeMs": 1, "RestorePoint": uuid.UUID("00112233-4455-4677-8899-aabbccddeeff"),
                    "FormatVersion": "3", "ClusterId": "YmtlcyBpcyBhIHN0b3JlIQ", "Files": [
                        {"Name": "CURRENT", "Size": 16}, {"Name": "000012.sst", "Size": 1 << 40},
                        {"Name": "", "Size": -1}]}
    yield "piece", {"RestorePoint": uuid.UUID(int=1), "Piece": bytes(range(200))}


def main(folder):
    for api, name, kind, cases in [("FetchByKey", "fetch_by_key", "request", fetch_requests),
                                   ("FetchByKey", "fetch_by_key", "response", fetch_responses),
                                   ("ListKeys", "list_keys", "request", list_requests),
                                   ("ListKeys", "list_keys", "response", list_responses),
                                   ("Forward", "forward", "request", forward_requests),
                                   ("Forward", "forward", "response", forward_responses),
                                   ("FetchRestorePoint", "fetch_restore_point", "request",
                                    restore_point_requests),
                                   ("FetchRestorePoint", "fetch_restore_point", "response",
                                    restore_point_responses)]:
        lines = [f"# {api}{kind.capitalize()}: VERSION CASE HEX, the body without a header.",
                 "# Written by tests/golden/extension_vectors.py; don't edit."]
        for version in kafka_messages.valid_versions(api):
            for case, values in cases(version):
                body = kafka_messages.encode(api, kind, version, values)
                lines.append(f"{version} {case} {body.hex()}")
        (folder / f"{name}_{kind}.txt").write_text("\n".join(lines) + "\n")


main(pathlib.Path(sys.argv[1]))
