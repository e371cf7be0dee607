#!/usr/bin/env bash
# The long form of tests/integration/test_faults.py: kills, stops and pauses bkes and each of three
# brokers under load, again and again, each time with another seed.
#   scripts/faults.sh [SECONDS] [FIRST_SEED]      (600, 1); after ./test.sh, or any build of dev
set -euo pipefail
cd "$(dirname "$0")/.."

duration=${1:-600}
seed=${2:-1}
end=$((SECONDS + duration))
while [ $SECONDS -lt $end ]; do
    echo "faults.sh: seed $seed"
    BKES_TEST_FAULTS=long BKES_TEST_SEED=$seed ctest --test-dir build/dev -R integration_faults \
        --output-on-failure --timeout 1200
    seed=$((seed + 1))
done
