#!/usr/bin/env bash
# Installs the Debian packages of scripts/packages.txt that are missing.
#   scripts/install-packages.sh run                  bkes
#   scripts/install-packages.sh run kafka            and a Kafka of its own
#   scripts/install-packages.sh run kafka test       and its tests (the default)
# Does nothing, at once, when all are there.
set -euo pipefail
cd "$(dirname "$0")/.."

sections=("$@")
[ $# -gt 0 ] || sections=(run kafka test)

# The lines of the sections asked for, without comments.
wanted() {
    awk -v sections=" ${sections[*]} " '
        /^\[/ { name = substr($0, 2, length($0) - 2); take = index(sections, " " name " ") > 0; next }
        take && NF && $0 !~ /^#/' scripts/packages.txt
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

has_candidate() {
    [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) =~ Candidate:\ [^\(] ]]
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        echo "install-packages: these need root, and there is no sudo. As root: apt-get install" \
            "--no-install-recommends ${names[*]}" >&2
        exit 1
    fi
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "install-packages: this is not a Debian or Ubuntu system. Install what" \
        "scripts/packages.txt names in your system's way, then run build and tests with" \
        "BKES_SKIP_PACKAGES=1 set." >&2
    exit 1
fi

missing=()
while IFS= read -r line; do
    found=no
    for name in ${line//|/ }; do
        if is_installed "$name"; then
            found=yes
            break
        fi
    done
    [ $found = yes ] || missing+=("$line")
done < <(wanted)
[ ${#missing[@]} -gt 0 ] || exit 0

# Nobody who builds bkes wants Prometheus to run from then on (its promtool is what is used). What a
# policy-rc.d forbids isn't started; one that is there stays.
policy=/usr/sbin/policy-rc.d

# Quiet but for errors.
install_names() {
    local status=0
    as_root sh -c "[ -e $policy ] || { printf '#!/bin/sh\n# of bkes\nexit 101\n' >$policy; chmod +x $policy; }"
    as_root apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${names[@]}" \
        </dev/null >/dev/null || status=$?
    as_root sh -c "! grep -q '^# of bkes' $policy || rm $policy"
    return $status
}

# For each line the first package that apt knows; `unknown` gets the lines without one.
choose() {
    names=()
    unknown=()
    local line name
    for line in "${missing[@]}"; do
        for name in ${line//|/ }; do
            if has_candidate "$name"; then
                names+=("$name")
                continue 2
            fi
        done
        unknown+=("$line")
    done
}

names=()
choose
echo "install-packages: ${#missing[@]} packages are missing: ${missing[*]}"
# Lists that are old may name versions that the mirror no longer has: try, then update, then try.
if [ ${#unknown[@]} -gt 0 ] || ! install_names; then
    as_root apt-get update -qq </dev/null
    choose
    if [ ${#unknown[@]} -gt 0 ]; then
        echo "install-packages: this system's repositories don't have: ${unknown[*]}." \
            "bkes is built on Debian 12 (bookworm), with main and bookworm-security enabled." >&2
        exit 1
    fi
    install_names
fi
