#!/usr/bin/env bash
# Usage: fetch.sh [VERSION]
#
# Brings Apache Kafka's jars (scripts/kafka/pom.xml) from Maven Central to .kafka/libs and prints
# that folder. Those of another VERSION go to .kafka/libs-VERSION. Does nothing when they are there.
set -euo pipefail
version=${1:-}
here=$(cd "$(dirname "$0")" && pwd)
kafka_dir=$(cd "$here/../.." && pwd)/.kafka
libs=$kafka_dir/libs${version:+-$version}

wanted_pom() {
    sed ${version:+-e "/<groupId>org.apache.kafka</,/<version>/s|<version>.*<|<version>$version<|"} \
        -e '' "$here/pom.xml"
}

# The stamp is a copy of the pom that the jars were fetched for; the folder gets its name last.
if wanted_pom | cmp -s - "$libs/pom.xml"; then
    echo "$libs"
    exit 0
fi
if ! command -v mvn >/dev/null; then
    echo "fetch.sh: Maven (mvn) is missing: scripts/install-packages.sh run kafka" >&2
    exit 1
fi
mkdir -p "$kafka_dir"
partial=$(mktemp -d "$kafka_dir/libs.XXXXXX")
trap 'rm -rf "$partial"' EXIT
echo "fetch.sh: fetching Apache Kafka from Maven Central" >&2
wanted_pom >"$partial/pom.xml"
# Kafka 3 brings a logger of its own.
if ! mvn -B -q -f "$partial/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies \
    -DexcludeArtifactIds=slf4j-log4j12,slf4j-reload4j \
    -DincludeScope=runtime -DoutputDirectory="$partial" >"$kafka_dir/fetch.log" 2>&1 </dev/null; then
    tail -n 15 "$kafka_dir/fetch.log" >&2
    cat >&2 <<MESSAGE
fetch.sh: Maven can't fetch Kafka (whole log: $kafka_dir/fetch.log).
Behind a proxy or a mirror, name it in ~/.m2/settings.xml; behind a company's certificate, name a
Java trust store: MAVEN_OPTS=-Djavax.net.ssl.trustStore=FILE. Or use a cluster that is there:
./run.sh --bootstrap-servers HOST:PORT
MESSAGE
    exit 1
fi
rm -rf "$libs"
mv "$partial" "$libs"
chmod 755 "$libs"
trap - EXIT
echo "$libs"
