#!/usr/bin/env python3
"""Writes the golden vectors as inputs for the fuzz targets: seeds.py TESTS_FOLDER CORPUS_FOLDER

Makes CORPUS_FOLDER/fuzz_request, fuzz_response, fuzz_frame and fuzz_record_batch.
"""

import pathlib
import re
import struct
import sys

API_VERSIONS = 18


def main(tests, corpus):
    for folder in ("fuzz_request", "fuzz_response", "fuzz_frame", "fuzz_record_batch"):
        (corpus / folder).mkdir(parents=True, exist_ok=True)
    for schema in sorted((tests / "golden" / "schema").glob("*.txt")):
        first = schema.read_text().splitlines()[0]
        key = int(re.search(r"key=(-?\d+)", first)[1])
        flexible = re.search(r"flexible=(\d+)-", first)
        flexible_since = int(flexible[1]) if flexible else 99
        vectors = tests / "golden" / "wire" / schema.name
        lines = vectors.read_text().splitlines() if vectors.exists() else []
        for line in lines:
            if line and not line.startswith("#"):
                version, name, *rest = line.split()
                write(corpus, schema.stem, key, int(version), name,
                      bytes.fromhex(rest[0] if rest else ""), int(version) >= flexible_since)
    write_batches(tests, corpus / "fuzz_record_batch")


def write(corpus, message, key, version, name, body, is_flexible):
    file = f"{message}_{version}_{name}"
    numbers = struct.pack(">hh", key, version)
    if message.endswith("_request"):
        tags = b"\0" if is_flexible else b""
        frame = numbers + struct.pack(">ih", 7, -1) + tags + body
        (corpus / "fuzz_request" / file).write_bytes(frame)
        if name == "default":
            (corpus / "fuzz_frame" / file).write_bytes(struct.pack(">i", len(frame)) + frame)
    else:
        tags = b"\0" if is_flexible and key != API_VERSIONS else b""
        (corpus / "fuzz_response" / file).write_bytes(numbers + struct.pack(">i", 7) + tags + body)


def write_batches(tests, folder):
    """Each as it stands, and its records behind the two bytes the target makes a header of."""
    for vectors in sorted((tests / "golden" / "batches").glob("*.txt")):
        for line in vectors.read_text().splitlines():
            word, *rest = line.split()[:2] or [""]
            if word in ("batch", "message_set"):
                file = f"{vectors.stem}_{rest[0]}"
            elif word == "bytes":
                batch = bytes.fromhex(rest[0])
                (folder / file).write_bytes(batch)
                if batch[16] == 2:
                    header = bytes([batch[22], batch[60]])
                    (folder / f"{file}_records").write_bytes(header + batch[61:])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
