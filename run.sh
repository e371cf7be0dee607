#!/usr/bin/env bash
# Builds bkes and starts it in front of a real Apache Kafka. See --help.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'HELP'
Usage: ./run.sh [OPTION]... [-- BKES_OPTION...]

Installs what is missing, builds bkes, starts a real Apache Kafka on 127.0.0.1:9092 with topic
"bkes" (5 partitions), and bkes in front of it on 127.0.0.1:9192. Ctrl-C ends both; the data stays
(.kafka/run and data/) for the next start.

  --bootstrap-servers HOST:PORT   use this cluster, start no Kafka
  --fresh                         start with an empty Kafka and an empty store
                                  (with --bootstrap-servers: an empty store; the cluster is not touched)
  --listener HOST:PORT            where bkes listens (127.0.0.1:9192)
  --admin-listener HOST:PORT      where its page is, and metrics (127.0.0.1:9190)
  --kafka-port PORT               where Kafka listens (9092)
  --topic NAME                    the guarded topic (bkes)
  --help                          this text

Options after -- go to "bkes serve". BKES_SKIP_PACKAGES=1 leaves the system's packages alone.
HELP
}

fail() {
    echo "run.sh: $*" >&2
    exit 1
}

servers=""
fresh=no
listener=127.0.0.1:9192
admin_listener=127.0.0.1:9190
kafka_port=9092
topic=bkes
bkes_options=()
while [ $# -gt 0 ]; do
    case $1 in
        --bootstrap-servers | --listener | --admin-listener | --kafka-port | --topic)
            [ $# -ge 2 ] || fail "$1 needs a value (see --help)"
            case $1 in
                --bootstrap-servers) servers=$2 ;;
                --listener) listener=$2 ;;
                --admin-listener) admin_listener=$2 ;;
                --kafka-port) kafka_port=$2 ;;
                --topic) topic=$2 ;;
            esac
            shift
            ;;
        --fresh) fresh=yes ;;
        -h | --help) usage; exit 0 ;;
        --) shift; bkes_options=("$@"); break ;;
        *) fail "unknown option $1 (see --help)" ;;
    esac
    shift
done

# Everything started here runs in a session of its own, so that Ctrl-C reaches only this script,
# which ends bkes first and Kafka after it; and gets SIGTERM if this script dies.
apart=(setsid setpriv --pdeathsig TERM)
bkes_pid=""
kafka_pid=""

stop_all() {
    trap '' INT TERM HUP
    trap - EXIT
    local pid
    for pid in $bkes_pid $kafka_pid; do
        kill -TERM "$pid" 2>/dev/null || true
        while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    done
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

install_and_build() {
    local sections=(run)
    [ -n "$servers" ] || sections+=(kafka)
    [ "${BKES_SKIP_PACKAGES:-}" = 1 ] || scripts/install-packages.sh "${sections[@]}"
    export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
    cmake --preset release --log-level=WARNING >/dev/null
    cmake --build build/release --target bkes
}

start_kafka() {
    local options=(--port "$kafka_port" --other-port) line
    [ $fresh = no ] || options+=(--fresh)
    exec 3< <(exec "${apart[@]}" scripts/kafka/start.py "${options[@]}")
    kafka_pid=$!
    read -r _ line <&3 || fail "Kafka could not be started"
    servers=$line
    echo "run.sh: Kafka listens on $servers (log: .kafka/run/server.log)"
}

start_bkes() {
    local host=${listener%:*} port=${listener##*:}
    if (exec 4<>"/dev/tcp/$host/$port") 2>/dev/null; then
        fail "$listener is in use by another program; choose another with --listener HOST:PORT"
    fi
    "${apart[@]}" build/release/bkes serve --bootstrap-servers "$servers" --listener "$listener" \
        --admin-listener "$admin_listener" --http-read true --topics "$topic" --data-dir "$data_dir" \
        "${bkes_options[@]}" &
    bkes_pid=$!
    until (exec 4<>"/dev/tcp/$host/$port") 2>/dev/null; do
        kill -0 "$bkes_pid" 2>/dev/null || fail "bkes ended at its start, see above"
        sleep 0.1
    done
}

# The topic is read to its end first: until then a read by key waits a while and is refused.
wait_until_ready() {
    local answer
    until answer=$(build/release/bkes keys "$topic" --limit 1 --bootstrap-servers "$listener" 2>&1); do
        kill -0 "$bkes_pid" 2>/dev/null || fail "bkes ended at its start, see above"
        # Options behind -- may have named other topics.
        [[ $answer != *UNKNOWN_TOPIC_OR_PARTITION* ]] || return 0
        sleep 0.1
    done
}

print_examples() {
    cat <<EXAMPLES

bkes is ready on $listener. Try, in another terminal:

  append the first event of aggregate "order-42":
    echo '{"created":1}' | kcat -P -b $listener -t $topic -k order-42 -H order=0

  append with order 0 once more: refused, as the next order is 1 now:
    echo '{"created":2}' | kcat -P -b $listener -t $topic -k order-42 -H order=0

  read the aggregate alone, by its key:
    kcat -C -b $listener -t $topic.key.order-42 -e -f 'order %o: %s  (headers: %h)\n'

  see the aggregate in a browser, and its next events as they come:
    http://$admin_listener/#/events/$topic?key=order-42

  see whether it serves, and how far each partition is:
    build/release/bkes status --admin-listener $admin_listener

Ctrl-C ends it.
EXAMPLES
}

install_and_build
if [ -n "$servers" ]; then
    data_dir=data/${servers//[^A-Za-z0-9._-]/_}
else
    data_dir=data/local
    start_kafka
fi
[ $fresh = no ] || rm -rf "$data_dir"
mkdir -p "$data_dir"
scripts/kafka/create_topic.py --bootstrap-servers "$servers" --topic "$topic"
start_bkes
wait_until_ready
print_examples
wait "$bkes_pid" || fail "bkes ended with status $?"
