#!/usr/bin/env bash
# Writes tests/golden/wire, batches and partitions anew, with Kafka's own classes, kafka-python, librdkafka
# and franz-go (which Go fetches). The same clients give the same bytes, but batches hold times and
# producer ids of the moment.
set -euo pipefail
cd "$(dirname "$0")"
libs=$(../../scripts/kafka/fetch.sh)
java -cp "$libs/*" java/GoldenVectors.java "${1:-wire}"
./extension_vectors.py "${1:-wire}"
java -cp "$libs/*" java/BatchVectors.java batches
./client_batches.py batches
./partition_vectors.py partitions
java -cp "$libs/*" java/PartitionVectors.java partitions
# Go writes beside its sources what it fetched.
made=$(mktemp -d)
trap 'rm -r "$made"' EXIT
cp go/* "$made"
(cd "$made" && go build -mod=mod -o vectors .)
"$made/vectors" partitions
