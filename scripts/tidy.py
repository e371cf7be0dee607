#!/usr/bin/python3
"""clang-tidy over the product's sources, only what changed since it was clean.

  scripts/tidy.py BUILD_FOLDER [--without CHECK]

A source is looked at again when it, a header of the project that it includes, or .clang-tidy
changed. Stamps stand in BUILD_FOLDER. Tests are left out: Boost.Test's macros set off half
of the checks.

Most of the work are the libraries' headers. So the sources of one library are looked at many at a
time, in one file that includes them: a fifth of the time, the same findings. Sources together may
not compile that do alone (two equal names): then each is looked at alone. A finding names its source;
its neighbours are looked at again the next time.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import itertools
import json
import math
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("protocol", "store", "sync", "proxy", "bench")
AT_ONCE = 60


def commands(build):
    """{source: its compiler's arguments, without compiler, source and output}"""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS:
            words = shlex.split(entry["command"])
            start = next(n for n, word in enumerate(words) if word.startswith("-"))
            found[path] = tuple(words[start:words.index("-o")])
    return found


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


def groups(paths, arguments):
    """Sources of one folder that are compiled alike, AT_ONCE together; a program's main alone."""
    alike = collections.defaultdict(list)
    for path in paths:
        alone = path if re.search(r"^int main\(", path.read_text(), re.M) else None
        alike[path.relative_to(ROOT).parts[0], arguments[path], alone].append(path)
    for some in alike.values():
        # As many in each: the last one to end decides.
        count = math.ceil(len(some) / AT_ONCE)
        bounds = [len(some) * n // count for n in range(count + 1)]
        yield from (some[begin:end] for begin, end in itertools.pairwise(bounds))


def tidy(number, paths, arguments, folder, checks):
    together = folder / f"together-{number}.cpp"
    together.write_text("".join(f'#include "{path}"  // NOLINT(bugprone-suspicious-include)\n'
                                for path in paths))
    done = subprocess.run(["clang-tidy-19", "--quiet", f"--config-file={ROOT / '.clang-tidy'}",
                           *checks, together, "--", *arguments[paths[0]]],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--without", metavar="CHECK", help="a check to leave out")
    given = parser.parse_args()
    folder = given.build.resolve() / ("tidy-without-" + given.without if given.without else "tidy")
    folder.mkdir(exist_ok=True)
    arguments, cache = commands(folder.parent), {}
    stamps = {path: folder / stamp_of(path, cache) for path in sorted(arguments)}
    checks = [f"--checks=-{given.without}"] if given.without else []
    wanted = [path for path in stamps if not stamps[path].exists()]

    def look_at(number, paths):
        status, output = tidy(number, paths, arguments, folder, checks)
        if status == 0:
            for path in paths:
                stamps[path].touch()
        elif len(paths) > 1 and "[clang-diagnostic-error]" in output:
            print(f"clang-tidy: alone, as they don't compile together: "
                  + " ".join(str(path.relative_to(ROOT)) for path in paths), flush=True)
            return all([look_at(f"{number}-{n}", [path]) for n, path in enumerate(paths)])
        else:
            print(output, flush=True)
        return status == 0

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        clean = list(pool.map(look_at, *zip(*enumerate(groups(wanted, arguments))))) if wanted else []
    print(f"clang-tidy: {len(wanted)} of {len(stamps)} sources looked at,"
          f" {clean.count(False)} of {len(clean)} groups with findings")
    return 0 if all(clean) else 1


if __name__ == "__main__":
    sys.exit(main())
