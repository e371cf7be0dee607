#!/usr/bin/env bash
# Builds and tests bkes. See --help.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'HELP'
Usage: ./test.sh [all | unit | integration | checks | sanitizers | ctest ARGUMENT...]

  all           everything, as CI does it (the default), in build/ci, where sources are compiled many
                at a time (half the work from nothing); the other forms use build/dev. The unit tests
                run once, with ASan and UBSan. Left out:
                what asks brokers alone, without bkes, and has news when Kafka's version changes
                (./test.sh ctest -L brokers_alone), what fetches older brokers (-L older_brokers),
                what comes from registries, as other people's clients do (-L registries), and what
                takes minutes (-L long)
  unit          build, then the tests that need no Kafka
  integration   build, then the tests on a real Kafka
  checks        clang-format and clang-tidy alone
  sanitizers    with ASan and UBSan: the unit tests, some of those on a real Kafka, and a short run
                of the fuzz targets; with TSan: the threads of sync alone, and those of all on Kafka
                (which `all` leaves out: it is a third build of everything)
  ctest ...     build, then ctest with these arguments (-R NAME, -L LABEL, ...)

Installs what is missing first. Ends with ctest's summary. BKES_SKIP_PACKAGES=1 leaves the
system's packages alone, BKES_TEST_FUZZ_SECONDS (5) is the time for each fuzz target.
HELP
}

left_out='brokers_alone|older_brokers|registries|long'
failed=()

# phase NAME COMMAND...: runs it, reports its time, remembers its failure.
phase() {
    local name=$1 started=$SECONDS status=0
    shift
    echo "== $name"
    # A sub-shell of its own, as set -e is ignored in a command whose status is asked for.
    set +e
    (set -e; "$@")
    status=$?
    set -e
    echo "== $name: $([ $status -eq 0 ] && echo ok || echo FAILED), $((SECONDS - started)) s"
    [ $status -eq 0 ] || failed+=("$name")
    return $status
}

install_packages() {
    [ "${BKES_SKIP_PACKAGES:-}" = 1 ] || scripts/install-packages.sh run kafka test
}

fetch_kafka() {
    scripts/kafka/fetch.sh >/dev/null
    tests/support/quick_java.py
}

build() {
    local preset=$1
    shift
    cmake --preset "$preset" --log-level=WARNING >/dev/null
    cmake --build "build/$preset" "$@"
}

sources() {
    git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp'
}

check_format() {
    sources | xargs -r -n 40 clang-format-19 --dry-run --Werror
}

# clang-tidy remembers what it found clean. check_tidy ARGUMENT...: of scripts/tidy.py.
check_tidy() {
    cmake --preset dev --log-level=WARNING >/dev/null
    scripts/tidy.py build/dev "$@"
}

build_asan() {
    build fuzz --target unit_tests bkes rdkafka_client fuzz_targets
}

build_tsan() {
    build tsan --target unit_sync bkes rdkafka_client
}

build_tsan_of_sync() {
    build tsan --target unit_sync
}

# Those on Kafka that run here are chosen in tests/integration/CMakeLists.txt; each runs alone.
# run_asan LABELS
run_asan() {
    ctest --test-dir build/fuzz -j 2 -L "$1" --output-on-failure --no-tests=error </dev/null
}

# run_tsan CTEST_ARGUMENT...
run_tsan() {
    export TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/tests/support/tsan.supp"
    ctest --test-dir build/tsan -j 2 -L tsan "$@" --output-on-failure --no-tests=error </dev/null
}

run_fuzzers() {
    scripts/fuzz.sh build/fuzz "${BKES_TEST_FUZZ_SECONDS:-5}"
}

# run_ctest PRESET ARGUMENT...
run_ctest() {
    local preset=$1
    shift
    ctest --preset "$preset" --no-tests=error "$@" </dev/null
}

# What only computes, beside the tests: those on Kafka wait most of the time, and SCHED_IDLE is given
# what they leave over. A process group of its own, which ends with this script.
start_computing() {
    rm -f build/computing.failed
    set -m
    (
        chrt --idle --pid 0 "$BASHPID"
        # That one check takes half of the time: ./test.sh checks has it.
        phase tidy check_tidy --without performance-unnecessary-value-param || true
        phase "build asan" build_asan || true
        phase "build tsan" build_tsan_of_sync || true
        printf '%s\n' "${failed[@]}" >build/computing.failed
    ) >build/computing.log 2>&1 </dev/null &
    set +m
    computing=$!
    trap 'kill -- "-$computing"' EXIT
}

finish_computing() {
    wait "$computing" || failed+=(computing)
    trap - EXIT
    cat build/computing.log
    mapfile -t -O "${#failed[@]}" failed < <(grep . build/computing.failed)
}

run_all_tests() {
    run_ctest ci -LE "$left_out" | tee build/tests.log
}

# summary: what ctest said last of all tests, then the status of everything.
summary() {
    sed -n '/tests passed/,$p' build/tests.log
    [ ${#failed[@]} -eq 0 ] || echo "test.sh: FAILED: ${failed[*]}" >&2
    exit $((${#failed[@]} > 0))
}

# finish CTEST_ARGUMENT...: ctest as the last thing, then the status of everything.
finish() {
    local status=0
    run_ctest dev "$@" || status=$?
    if [ ${#failed[@]} -gt 0 ]; then
        echo "test.sh: FAILED: ${failed[*]}" >&2
        status=1
    fi
    exit $status
}

export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
what=${1:-all}
[ $# -eq 0 ] || shift
case $what in
    -h | --help) usage; exit 0 ;;
    all | unit | integration | checks | sanitizers | ctest) ;;
    *) usage >&2; exit 2 ;;
esac

phase packages install_packages
case $what in
    unit)
        phase build build dev
        finish -LE "integration|$left_out"
        ;;
    integration)
        phase kafka fetch_kafka
        phase build build dev
        finish -L integration -LE "$left_out"
        ;;
    ctest)
        phase kafka fetch_kafka
        phase build build dev
        finish "$@"
        ;;
    checks)
        phase format check_format || true
        phase tidy check_tidy || true
        [ ${#failed[@]} -eq 0 ]
        ;;
    sanitizers)
        phase kafka fetch_kafka
        phase "build asan" build_asan && phase fuzz run_fuzzers || true
        phase asan run_asan 'unit|asan' || true
        phase "build tsan" build_tsan && phase tsan run_tsan || true
        [ ${#failed[@]} -eq 0 ]
        ;;
    all)
        phase kafka fetch_kafka
        phase format check_format || true
        phase build build ci
        start_computing
        phase tests run_all_tests || true
        echo "== beside the tests"
        finish_computing
        # One thread, most of its time.
        (phase tsan run_tsan -L unit) >build/tsan.log 2>&1 &
        tsan=$!
        phase asan run_asan 'unit|asan_in_ci' || true
        phase fuzz run_fuzzers || true
        wait "$tsan" || failed+=(tsan)
        cat build/tsan.log
        summary
        ;;
esac
