#!/usr/bin/python3
"""Where clients put keys, for tests/unit/sync/types/partitioner.cpp.

  partition_vectors.py FOLDER     writes FOLDER/keys.txt, librdkafka.txt and kafka_python.txt

keys.txt has a key a line: xHEX, COUNT*xHEX for a repetition, null. java/PartitionVectors.java and
go/partition_vectors.go read it and write java.txt and franz_go.txt. All of these:

  partitioner NAME       as the client calls it; what follows is that one's
  counts N ...           of partitions
  KEY PARTITION ...      the key's partition for each count
  KEY any                the client puts this key anywhere: it takes it for none
"""

import ctypes
import pathlib
import random
import sys

import confluent_kafka
import kafka
from kafka.partitioner.default import DefaultPartitioner

COUNTS = [1, 2, 3, 5, 6, 7, 12, 16, 97, 128, 1000, 10_000]
TRIES = 64


def text_keys():
    yield from ("order-%d" % n for n in range(50))
    yield from ("a", "ab", "abc", "abcd", "foobar", "21", "kafka", "a.b/c", "ä", "€uro", "日本語",
                "6b3f0c5e-7f5a-4b1e-9d38-0a6a4f6a5f10", "customer:4711:orders", " ", "\n", "null")


def keys():
    """(text in keys.txt, bytes or None)"""
    yield "null", None
    chosen = random.Random(2024)
    plain = [b"", *(bytes([n]) for n in range(256))]
    for length in range(2, 9):
        plain += [bytes([n]) * length for n in (0x00, 0x01, 0x7f, 0x80, 0xff)]
        plain += [chosen.randbytes(length) for _ in range(8)]
    plain += [chosen.randbytes(length) for length in range(9, 41)]
    plain += [bytes(range(256)), bytes(reversed(range(256)))]
    plain += [one.encode() for one in text_keys()]
    for key in plain:
        yield "x" + key.hex(), key
    for count, key in ((1000, b"k"), (1001, b"\xff"), (65537, b"long key "), (100_000, b"\x80\x7f")):
        yield "%d*x%s" % (count, key.hex()), key * count


def block(name, partition_of, is_anywhere):
    lines = ["partitioner " + name, "counts " + " ".join(map(str, COUNTS))]
    for text, key in keys():
        places = "any" if is_anywhere(key) else " ".join(str(partition_of(key, n)) for n in COUNTS)
        lines.append("%s %s" % (text, places))
    return "\n".join(lines) + "\n\n"


def kafka_python(out):
    out.write("# By tests/golden/partition_vectors.py with kafka-python %s. Grammar: see there.\n\n"
              % kafka.__version__)
    partitioner = DefaultPartitioner()
    partitions = [range(n) for n in COUNTS]

    def partition_of(key, count):
        return partitioner(key, partitions[COUNTS.index(count)], [])

    def is_anywhere(key):
        return key is None and len({partition_of(None, 10_000) for _ in range(TRIES)}) > 1

    out.write(block("DefaultPartitioner", partition_of, is_anywhere))


def places_of_producer(partitioner, key):
    """The partitions, of four, that a producer of librdkafka's mock cluster chooses for one key: what
    it takes for no key may never reach its partitioner."""
    producer = confluent_kafka.Producer({
        "bootstrap.servers": "mock", "test.mock.num.brokers": 1, "partitioner": partitioner,
        "sticky.partitioning.linger.ms": 0})
    assert len(producer.list_topics("keys").topics["keys"].partitions) == 4
    places = set()
    for _ in range(TRIES):
        producer.produce("keys", key=key, value=b"v",
                         on_delivery=lambda _, message: places.add(message.partition()))
    assert producer.flush(20) == 0
    return places


def librdkafka(out):
    out.write("# By tests/golden/partition_vectors.py with librdkafka %s. Grammar: see there.\n\n"
              % confluent_kafka.libversion()[0])
    library = ctypes.CDLL("librdkafka.so.1")
    for name in ("consistent_random", "consistent", "murmur2_random"):
        function = getattr(library, "rd_kafka_msg_partitioner_" + name)
        function.restype = ctypes.c_int32
        function.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int32,
                             ctypes.c_void_p, ctypes.c_void_p]

        def partition_of(key, count, function=function):
            return function(None, key, len(key or b""), count, None, None)

        places = {key: places_of_producer(name, key) for key in (None, b"", b"key")}
        anywhere = [key for key in places if len(places[key]) > 1]
        assert all(places[key] == {partition_of(key, 4)} for key in places if key not in anywhere)
        out.write(block(name, partition_of, anywhere.__contains__))


def main():
    folder = pathlib.Path(sys.argv[1])
    with open(folder / "keys.txt", "w") as out:
        out.write("# By tests/golden/partition_vectors.py. Grammar: see there.\n\n")
        out.writelines(text + "\n" for text, _ in keys())
    with open(folder / "librdkafka.txt", "w") as out:
        librdkafka(out)
    with open(folder / "kafka_python.txt", "w") as out:
        kafka_python(out)


if __name__ == "__main__":
    main()
