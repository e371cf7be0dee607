#!/usr/bin/python3
"""The events of the log that docs/operating.md lists are those that the sources write: the same words, fields
and levels, and none is missing on either side.

  log_events.py [ROOT]        prints what differs, ends with 1

A line of the log is a literal of a logging call, or one that fmt::format makes for it (the store's, which knows no
logger). What begins with `{}` is made elsewhere, out of literals that are looked at there.
"""

import pathlib
import re
import sys

FOLDERS = ("store", "sync", "proxy")
# Of `bkes verify` alone; and what tells its caller in sentences, and logs nothing.
LEFT_OUT = ("sync/rdkafka/", "proxy/commands/verify.cpp", "store/received_store.cpp", "store/restore_files.cpp",
            "store/rocks_checkpoint.cpp", "store/rocks_look.cpp", "store/unfinished_directory.cpp")
# Here fmt::format makes lines of the log; what begins with `kafka-` is a command in one.
MADE_APART = ("sync/append/throttle_report.cpp", "proxy/log/log.cpp")

LITERAL = r'"(?:[^"\\\n]|\\.)*"'
LITERALS = rf"{LITERAL}(?:\s*(?:BKES_VERSION\s*)?{LITERAL}|\s*BKES_VERSION)*"
CALL = re.compile(rf"(?:\bspdlog::|_log\(\)\.)(info|warn|error|log)\([^;\"]*?({LITERALS})")
FORMATTED = re.compile(rf"fmt::format\(\s*({LITERALS})")
ROW = re.compile(r"^\| `([^`]+)` \| ((?:`[^`]+` ?)*)\| ([a-z, ]+) \|", re.MULTILINE)
FIELD = re.compile(r"^\| ((?:`[a-z_]+`(?:, )?)+) \| ", re.MULTILINE)
LEVELS = {"debug", "info", "warn", "error"}


def text_of(literals):
    return "".join(part[1:-1] for part in re.findall(LITERAL, literals.replace("BKES_VERSION", '"{}"')))


def taken_apart(text):
    """(event, fields in their order): what stands before the first `name=`, and the names; quoted values may hold
    anything."""
    bare = re.sub(r'\\".*?\\"', "", text)
    found = re.search(r"(?:^| )[a-z_.]+=", bare)
    event = bare[:found.start()] if found else bare
    return re.sub(r"(?: ?\{[^}]*\})+$", "", event).strip(), re.findall(r"(?:^| )([a-z_.]+)=", bare)


def written(root):
    """(file, level or None, event, fields) of each line that the sources write at info and above."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.?pp")):
            name = path.relative_to(root).as_posix()
            if name.startswith(LEFT_OUT):
                continue
            source = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
            for level, literals in CALL.findall(source):
                yield name, None if level == "log" else level, *taken_apart(text_of(literals))
            for literals in FORMATTED.findall(source):
                event, fields = taken_apart(text_of(literals))
                if folder == "store" or (name in MADE_APART and not event.startswith("kafka-")):
                    yield name, "warn", event, fields


def listed(page):
    """event: (fields, those that aren't in each line, levels)"""
    rows = {}
    for event, fields, levels in ROW.findall(page):
        names = re.findall(r"`([^`]+)`", fields)
        always = [name for name in names if not name.startswith("[")]
        rows[event] = [name.strip("[]") for name in names], always, set(levels.replace(",", " ").split())
    return rows


def is_in_order(part, whole):
    rest = iter(whole)
    return all(name in rest for name in part)


def compare(rows, lines):
    seen = {}
    for file, level, event, fields in lines:
        if not event:  # made elsewhere
            continue
        if event not in rows:
            yield f'{file}: "{event}" has no row'
            continue
        names, always, levels = rows[event]
        seen.setdefault(event, set()).add(level)
        if not is_in_order(fields, names) or not set(always) <= set(fields):
            yield f'{file}: "{event}" has the fields {fields}, the row {names}'
        if level is not None and level not in levels:
            yield f'{file}: "{event}" is told as {level}, the row says {sorted(levels)}'
    for event, (_, _, levels) in rows.items():
        if event not in seen:
            yield f'"{event}" has a row, and nobody writes it'
        elif not levels <= LEVELS:
            yield f'"{event}": there is no level {sorted(levels - LEVELS)}'
        elif None not in seen[event] and seen[event] != levels:
            yield f'"{event}" is told as {sorted(seen[event])}, the row says {sorted(levels)}'


def unexplained(rows, page):
    """Names that several events have, and the table of fields hasn't."""
    explained = {name for names in FIELD.findall(page) for name in re.findall(r"`([a-z_]+)`", names)}
    used = [name for names, _, _ in rows.values() for name in names]
    for name in sorted({name for name in used if used.count(name) > 2} - explained):
        yield f"field {name} isn't explained"


def check(root):
    page = (root / "docs/operating.md").read_text().partition("\n## The log\n")[2]
    rows = listed(page)
    if not rows:
        yield "docs/operating.md has no events"
    yield from compare(rows, written(root))
    yield from unexplained(rows, page)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    problems = list(check(root.resolve()))
    print("\n".join([*problems, f"{len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
