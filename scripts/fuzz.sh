#!/usr/bin/env bash
# Runs each fuzz target of a build folder for some seconds: scripts/fuzz.sh build/fuzz 10
# The committed inputs (tests/fuzz/corpus/TARGET) are replayed first; what is found on the way is
# kept in the build folder. An input that crashes is named at the end of the output.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
seconds=$2

status=0
count=0
for target in "$build"/tests/fuzz/fuzz_*; do
    [ -f "$target" ] && [ -x "$target" ] || continue
    name=$(basename "$target")
    corpus=$build/corpus/$name
    mkdir -p "$corpus"
    folders=("$corpus")
    [ ! -d "tests/fuzz/corpus/$name" ] || folders+=("tests/fuzz/corpus/$name")
    count=$((count + 1))
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$build/corpus/$name-" "${folders[@]}" >"$build/corpus/$name.log" 2>&1; then
        echo "$name: ok, $(grep -oE 'Done [0-9]+ runs' "$build/corpus/$name.log" | tail -n 1)"
    else
        tail -n 40 "$build/corpus/$name.log"
        echo "$name: FAILED"
        status=1
    fi
done
[ $count -gt 0 ] || { echo "no fuzz targets in $build/tests/fuzz"; status=1; }
exit $status
