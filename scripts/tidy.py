#!/usr/bin/python3
"""clang-tidy over the product's sources, two at a time, only what changed since it was clean.

  scripts/tidy.py BUILD_FOLDER [--seconds N]

A source is looked at again when it, a header of the project that it includes, or .clang-tidy
changed. Stamps stand in BUILD_FOLDER/tidy. Tests are left out: Boost.Test's macros set off half
of the checks. When the time is over, sources are left; which ones differs from commit to commit.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("protocol", "store", "sync", "proxy", "bench")


def sources(build):
    entries = json.loads((build / "compile_commands.json").read_text())
    found = {pathlib.Path(entry["file"]) for entry in entries}
    return sorted(path for path in found
                  if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS)


def includes(path, cache):
    """The project's headers that `path` includes, directly or not."""
    if path not in cache:
        cache[path] = set()
        for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
            header = ROOT / name
            if header.exists():
                cache[path] |= {header} | includes(header, cache)
    return cache[path]


def stamp_of(path, cache):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    for file in [path, *sorted(includes(path, cache))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def tidy(build, path):
    done = subprocess.run(["clang-tidy-19", "-p", build, "--quiet", path], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=300, help="start no file after this time")
    options = parser.parse_args()
    build = options.build.resolve()
    stamps = build / "tidy"
    stamps.mkdir(exist_ok=True)
    deadline = time.monotonic() + options.seconds
    cache = {}
    late, bad = [], []

    def look_at(path, stamp):
        if stamp.exists():
            return
        if time.monotonic() > deadline:
            late.append(path)
            return
        status, output = tidy(build, path)
        if status == 0:
            stamp.touch()
        else:
            bad.append(path)
            print(output, flush=True)

    paths = sources(build)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True).stdout
    random.Random(commit).shuffle(paths)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(look_at, paths, [stamps / stamp_of(path, cache) for path in paths]))
    print(f"clang-tidy: {len(paths)} sources, {len(bad)} with findings"
          + (f", {len(late)} not looked at for lack of time" if late else ""))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
