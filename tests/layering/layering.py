#!/usr/bin/python3
"""The rules of the house that a compiler doesn't see: who may include whom, and sizes.

  layering.py [ROOT]      checks the C++ files of the project, prints what is wrong, ends with 1

Debian's headers stand on the default include path, so a link list can't stop a wrong include.
self_test.py plants a violation of each rule.
"""

import pathlib
import re
import sys

# folder: the folders it may include. The longest matching folder counts.
MAY_INCLUDE = {
    "protocol/core": {"protocol/core"},
    "protocol": {"protocol/core", "protocol"},
    "store": {"protocol/core", "store"},
    "sync": {"protocol/core", "protocol", "store", "sync"},
    "proxy": {"protocol/core", "protocol", "store", "sync", "proxy"},
    "bench": {"protocol/core", "protocol", "store", "sync", "proxy", "bench"},
    "tests": {"protocol/core", "protocol", "store", "sync", "proxy", "bench", "tests"},
}
# Library headers and the only files that may include them (tests and bench are free to).
KEPT_TO = [
    (r"rocksdb/", r"store/"),
    (r"librdkafka/", r"sync/follower"),
    (r"boost/asio", r"(sync|proxy)/"),
    (r"spdlog/", r"(sync|proxy)/"),
    (r"(thread|mutex|shared_mutex|condition_variable|future|stop_token)$", r"(store|sync|proxy)/"),
    (r"(chrono|ctime|time\.h|sys/time\.h)$", r"(store|sync|proxy)/"),
    (r"(sys/socket\.h|netinet/.*|arpa/inet\.h)$", r"(sync|proxy)/"),
]
# The pure state machines: all they know comes in as events.
PURE = re.compile(r"sync/(sequencer|identity_state)")
NOT_PURE = re.compile(r"(boost/asio|spdlog/|rocksdb/|librdkafka/|(thread|mutex|condition_variable)$)")

FILE_LINES_WARN = 400
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
# path: why it is longer than FILE_LINES_MAX all the same.
LONG_FILES = {}


def files_of(root):
    for folder in sorted({name.split("/")[0] for name in MAY_INCLUDE}):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cpp", ".hpp", ".h", ".cc", ".ipp"):
                yield path.relative_to(root).as_posix()


def folder_of(path):
    fitting = [name for name in MAY_INCLUDE if path.startswith(name + "/")]
    return max(fitting, key=len, default=None)


def includes(text):
    """(line number, '"' or '<', name) of each #include."""
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if found:
            yield number, found[1], found[2]


def check_include(root, path, kind, name):
    """What is wrong with this include, or None."""
    own = folder_of(path)
    if kind == '"':
        other = folder_of(name)
        if other is None or not (root / name).exists():
            return f'"{name}" is no file of the project, named from its root'
        if other not in MAY_INCLUDE[own]:
            return f"{own} may not include {other} ({name})"
        if own not in ("store", "tests", "bench") and other == "store" and holds_rocksdb(root / name):
            return f"{name} is private to store: it shows RocksDB"
        return None
    if folder_of(name) is not None and (root / name).exists():
        return f'write "{name}", not <{name}>'
    if PURE.match(path) and NOT_PURE.match(name):
        return f"a pure state machine may not include <{name}>"
    for header, place in KEPT_TO:
        if re.match(header, name) and own not in ("tests", "bench") and not re.match(place, path):
            return f"<{name}> is kept to {place}"
    return None


def holds_rocksdb(path):
    return any(name.startswith("rocksdb/") for _, _, name in includes(path.read_text()))


def without_text(source):
    """The source with comments, literals and preprocessor lines blanked, lines kept."""
    pattern = re.compile(r"""
        //[^\n]* | /\*.*?\*/
        | R"(?P<mark>[^(\s]{0,16})\(.*?\)(?P=mark)"
        | "(?:\\.|[^"\\\n])*"
        | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'
        | ^[ \t]*\#(?:\\\n|[^\n])*
        """, re.X | re.S | re.M)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def is_function(head):
    """Whether a brace after this text, outside of any function, opens a function's body."""
    head = re.sub(r"^\s*template\s*<[^{]*?>\s*(?=[a-z\[])", "", head)
    if "(" not in head or re.search(r"(^|\s)(namespace|class|struct|union|enum)\s+[\w:]*\s*($|:|final)", head):
        return False
    return not re.search(r"=\s*$", head)


def functions(source):
    """(line, lines) of each function, a lambda or local class counting for the one around it."""
    text = without_text(source)
    depth = 0
    function_depth = None
    head_start = start = 0
    for found in re.finditer(r"[{};]", text):
        at = found.start()
        if found[0] == "{":
            if function_depth is None and is_function(text[head_start:at]):
                function_depth = depth
                start = head_start + len(text[head_start:at]) - len(text[head_start:at].lstrip())
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if function_depth == depth:
                yield text.count("\n", 0, start) + 1, text.count("\n", start, at) + 1
                function_depth = None
        if function_depth is None:
            head_start = at + 1


def check_file(root, path, problems, warnings):
    text = (root / path).read_text()
    for number, kind, name in includes(text):
        problem = check_include(root, path, kind, name)
        if problem:
            problems.append(f"{path}:{number}: {problem}")
    lines = text.count("\n")
    if lines > FILE_LINES_MAX and path not in LONG_FILES:
        problems.append(f"{path}: {lines} lines; at most {FILE_LINES_MAX}: split it")
    elif lines > FILE_LINES_WARN:
        warnings.append(f"{path}: {lines} lines; over {FILE_LINES_WARN} wants splitting")
    for number, length in functions(text):
        if length > FUNCTION_LINES_MAX:
            problems.append(f"{path}:{number}: a function of {length} lines;"
                            f" at most {FUNCTION_LINES_MAX}")
    if path.endswith(".hpp") and "#pragma once" not in text:
        problems.append(f"{path}: no #pragma once")


def check(root):
    """(problems, warnings, number of files)"""
    problems, warnings = [], []
    paths = list(files_of(root))
    for path in paths:
        check_file(root, path, problems, warnings)
    for path, reason in LONG_FILES.items():
        if path not in paths or not reason:
            problems.append(f"LONG_FILES: {path} is gone or has no reason")
    return problems, warnings, len(paths)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    problems, warnings, count = check(root.resolve())
    for line in warnings:
        print(f"warning: {line}")
    for line in problems:
        print(line)
    print(f"{count} files, {len(problems)} problems")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
