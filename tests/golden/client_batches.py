#!/usr/bin/python3
"""Writes record batches with kafka-python and librdkafka, and beside each what it holds.

  client_batches.py FOLDER     writes FOLDER/kafka_python.txt and FOLDER/librdkafka.txt

Grammar: java/BatchVectors.java. kafka-python needs the packages lz4, python-snappy, xxhash and
zstandard for its codecs; a codec without its package is left out with a note. librdkafka's batches are
fetched, byte for byte, from the mock cluster inside the library that produced them.
"""

import pathlib
import socket
import struct
import sys

import confluent_kafka
import kafka
import kafka.codec
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.legacy_records import LegacyRecordBatchBuilder

TIME = 1700000000000
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
HAS_CODEC = [lambda: True, kafka.codec.has_gzip, kafka.codec.has_snappy, kafka.codec.has_lz4,
             kafka.codec.has_zstd]

# (timestamp, key, value, headers); bytes, None, or (count, bytes).
SMALL = [
    (TIME, b"order-42", b"created", [("order", b"0"), ("ce_id", b"a-1")]),
    (TIME + 5, b"order-42", b"paid", [("order", b"1"), ("order", b"2")]),
    (TIME + 6, None, b"no key", []),
    (TIME + 6, b"order-43", None, [("order", b"any"), ("empty", b"")]),
    (TIME + 7, b"", b"", [("bytes", b"\x00\xff")]),
]
LARGE = [
    (TIME, b"k", (7000, b"event body "), []),
    (TIME, b"k", (50000, b"ab"), [("order", b"1")]),
    (TIME, (300, b"long key "), b"v", []),
]


def whole(data):
    return data[0] * data[1] if isinstance(data, tuple) else data


def text(data):
    if data is None:
        return "null"
    if isinstance(data, tuple):
        return "%d*x%s" % (data[0], data[1].hex())
    return "x" + data.hex()


def entry(kind, name, raw, events, base_offset=0, header=None):
    lines = ["%s %s" % (kind, name), "bytes " + raw.hex(), "header"]
    for field, value in (header or {}).items():
        lines[-1] += " %s=%d" % (field, value)
    for index, (time, key, value, headers) in enumerate(events):
        line = "record %d %d %s %s" % (base_offset + index, time, text(key), text(value))
        lines.append(line + "".join(" %s=%s" % (text(k.encode()), text(v)) for k, v in headers))
    return "\n".join(lines) + "\n\n"


def kafka_python(out):
    out.write("# By tests/golden/client_batches.py with kafka-python %s.\n\n" % kafka.__version__)
    for codec, name in enumerate(CODECS):
        if not HAS_CODEC[codec]():
            print("kafka-python: no package for", name)
            continue
        for suffix, events in (("", SMALL), ("_large", LARGE)) if codec else (("", SMALL),):
            builder = DefaultRecordBatchBuilder(
                magic=2, compression_type=codec, is_transactional=0, producer_id=-1,
                producer_epoch=-1, base_sequence=-1, batch_size=1 << 20)
            for index, (time, key, value, headers) in enumerate(events):
                assert builder.append(index, time, whole(key), whole(value), headers)
            out.write(entry("batch", name + suffix, bytes(builder.build()), events,
                            header={"record_count": len(events), "base_offset": 0}))
        if name == "zstd":
            continue  # younger than the old formats
        for magic in (0, 1):
            builder = LegacyRecordBatchBuilder(magic, codec, 1 << 20)
            events = [(time if magic else -1, key, value, []) for time, key, value, _ in SMALL]
            for index, (time, key, value, _) in enumerate(events):
                assert builder.append(index, time, key, value)
            raw = bytearray(builder.build())
            if codec:
                # What a broker does before it lets such a message into its log.
                struct.pack_into(">q", raw, 0, len(events) - 1)
            out.write(entry("message_set", "magic%d_%s" % (magic, name), raw, events))


def fetch(address, topic):
    """The first batches of partition 0, with a hand-made Fetch v4 request."""
    body = struct.pack(">iiiibi", -1, 100, 1, 1 << 24, 0, 1)
    body += struct.pack(">h", len(topic)) + topic.encode()
    body += struct.pack(">iiqi", 1, 0, 0, 1 << 24)
    frame = struct.pack(">hhih", 1, 4, 7, -1) + body
    with socket.create_connection(address) as connection:
        connection.sendall(struct.pack(">i", len(frame)) + frame)
        stream = connection.makefile("rb")
        answer = stream.read(struct.unpack(">i", stream.read(4))[0])
    # Correlation id, throttle time, topics, name, partitions; partition, error, watermarks, aborted.
    at = 4 + 4 + 4 + 2 + len(topic) + 4 + 4
    assert struct.unpack_from(">h", answer, at)[0] == 0
    at += 2 + 8 + 8
    aborted, = struct.unpack_from(">i", answer, at)
    at += 4 + max(aborted, 0) * 16
    size, = struct.unpack_from(">i", answer, at)
    return answer[at + 4:at + 4 + size]


def librdkafka(out):
    out.write("# By tests/golden/client_batches.py with librdkafka %s, from its mock cluster.\n\n"
              % confluent_kafka.libversion()[0])
    for codec in CODECS:
        for suffix, events in (("", SMALL), ("_large", LARGE)) if codec != "none" else (("", SMALL),):
            for idempotent in (False, True):
                producer = confluent_kafka.Producer({
                    "bootstrap.servers": "mock", "test.mock.num.brokers": 1, "linger.ms": 500,
                    "compression.codec": codec, "enable.idempotence": idempotent})
                topic = "batches"
                broker, = producer.list_topics(topic).brokers.values()
                for time, key, value, headers in events:
                    producer.produce(topic, key=whole(key), value=whole(value), headers=headers,
                                     timestamp=time, partition=0)
                assert producer.flush(20) == 0
                raw = fetch((broker.host, broker.port), topic)
                name = codec + suffix + ("_idempotent" if idempotent else "")
                header = {"record_count": len(events), "base_offset": 0}
                if idempotent:
                    header["base_sequence"] = 0
                out.write(entry("batch", name, raw, events, header=header))


def main():
    folder = pathlib.Path(sys.argv[1])
    with open(folder / "kafka_python.txt", "w") as out:
        kafka_python(out)
    with open(folder / "librdkafka.txt", "w") as out:
        librdkafka(out)


if __name__ == "__main__":
    main()
