#!/usr/bin/env bash
# Writes tests/golden/wire anew, with Kafka's own classes. The same Kafka gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")"
libs=$(../../scripts/kafka/fetch.sh)
java -cp "$libs/*" java/GoldenVectors.java "${1:-wire}"
