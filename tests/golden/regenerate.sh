#!/usr/bin/env bash
# Writes tests/golden/wire and batches anew, with Kafka's own classes, kafka-python and librdkafka.
# The same Kafka gives the same bytes in wire; batches hold times and producer ids of the moment.
set -euo pipefail
cd "$(dirname "$0")"
libs=$(../../scripts/kafka/fetch.sh)
java -cp "$libs/*" java/GoldenVectors.java "${1:-wire}"
./extension_vectors.py "${1:-wire}"
java -cp "$libs/*" java/BatchVectors.java batches
./client_batches.py batches
