#!/usr/bin/python3
"""The rules of the house that a compiler doesn't see: who may include whom, and sizes.

  layering.py [ROOT]      checks the C++ files of the project, prints what is wrong, ends with 1

Debian's headers stand on the default include path, so a link list can't stop a wrong include.
self_test.py plants a violation of each rule.
"""

import pathlib
import re
import sys

# Rooms from the inside out; a row says what a room may include besides itself. The longest matching
# folder counts. A single header stands for a door that is open in one direction only.
PROTOCOL = {"protocol", "protocol/core", "protocol/wire", "protocol/messages", "protocol/batch",
            "protocol/compression"}
SYNC_DOOR = {"sync", "sync/types"}
# Who has connections of his own.
CONNECTED = SYNC_DOOR | {"sync/net"}
MAY_INCLUDE = {
    "protocol/core": set(),
    "protocol/wire": {"protocol/core", "protocol/errors.hpp"},
    "protocol/compression": {"protocol/core", "protocol/errors.hpp", "protocol/wire"},
    "protocol/batch": {"protocol/core", "protocol/errors.hpp", "protocol/wire", "protocol/compression"},
    "protocol/messages": {"protocol/core", "protocol/wire", "protocol/api_key.hpp"},
    "protocol": {"protocol/core", "protocol/wire", "protocol/messages"},
    "store": {"protocol/core"},
    "sync/types": {"protocol/core"},
    "sync/sequencer": {"protocol/core", "sync/types/hold_cause.hpp"},
    "sync/sasl": {"protocol/core"},
    "sync/net": {"protocol/core", "sync/types", "sync/sasl"},
    "sync/oauth": {"sync/types", "sync/net", "sync/sasl"},
    "sync/broker": PROTOCOL | {"sync/types", "sync/net", "sync/sasl"},
    "sync/fencing": PROTOCOL | {"sync/types", "sync/broker"},
    "sync/event": PROTOCOL | {"store", "sync/sequencer"},
    "sync/log": PROTOCOL | {"store", "sync/types", "sync/broker", "sync/event"},
    "sync/append": PROTOCOL | {"store", "sync/types", "sync/sequencer", "sync/broker", "sync/fencing",
                               "sync/event"},
    "sync/partition": PROTOCOL | {"store", "sync/types", "sync/sequencer", "sync/broker",
                                  "sync/fencing", "sync/event", "sync/log", "sync/append"},
    "sync/quotas": PROTOCOL | {"sync/types", "sync/broker"},
    "sync/membership": {"protocol/core", "protocol/wire/reader.hpp", "sync/types", "sync/fencing/boot_clock.hpp"},
    "sync/group": PROTOCOL | {"sync/types", "sync/broker", "sync/membership", "sync/fencing/boot_clock.hpp"},
    "sync/forward": PROTOCOL | {"sync/types", "sync/broker", "sync/membership"},
    "sync/start": PROTOCOL | {"sync/types", "sync/net", "sync/broker", "sync/fencing"},
    "sync/rdkafka": PROTOCOL | {"store", "sync/types", "sync/net", "sync/event", "sync/broker", "sync/membership"},
    "sync": PROTOCOL | {"store", "sync/types", "sync/net", "sync/broker", "sync/event", "sync/log", "sync/append",
                        "sync/partition", "sync/quotas", "sync/membership", "sync/group", "sync/forward", "sync/start",
                        "sync/rdkafka"},
    "proxy/log": PROTOCOL | {"sync/types/log.hpp", "proxy/config"},
    "proxy/config": PROTOCOL | SYNC_DOOR,
    "proxy/addresses": PROTOCOL | {"proxy/config"},
    "proxy/key_topics": PROTOCOL | {"store"},
    "proxy/session": PROTOCOL | CONNECTED | {"store", "proxy/config", "proxy/log", "proxy/addresses",
                                             "proxy/key_topics", "proxy/handlers/dispatch.hpp"},
    "proxy/handlers": PROTOCOL | SYNC_DOOR | {"sync/forward/forward_service.hpp", "store", "proxy/config", "proxy/log", "proxy/addresses",
                                              "proxy/key_topics", "proxy/session"},
    "proxy/server": PROTOCOL | CONNECTED | {"store", "proxy/config", "proxy/log", "proxy/addresses",
                                            "proxy/key_topics", "proxy/session"},
    "proxy/client": PROTOCOL | CONNECTED | {"sync/sasl"},
    "proxy/http": CONNECTED | {"proxy/config", "proxy/log", "proxy/server"},
    "proxy/web": PROTOCOL | CONNECTED | {"sync/sasl", "proxy/config", "proxy/log", "proxy/session/conflict_log.hpp",
                                         "proxy/client", "proxy/http"},
    "proxy/admin": PROTOCOL | CONNECTED | {"store", "proxy/config", "proxy/log", "proxy/session", "proxy/server",
                                           "proxy/http", "proxy/web"},
    "proxy/control": SYNC_DOOR | {"store", "proxy/log", "proxy/server"},
    "proxy/commands": PROTOCOL | CONNECTED | {"sync/sasl", "sync/oauth", "store", "proxy/config", "proxy/log",
                                              "proxy/key_topics", "proxy/server", "proxy/client", "proxy/http", "proxy/admin",
                                              "proxy/control"},
    "proxy": {"proxy/commands"},
}
EVERYTHING = set(MAY_INCLUDE)
MAY_INCLUDE["bench"] = EVERYTHING
MAY_INCLUDE["tests"] = EVERYTHING | {"bench"}
# Library headers and the only files that may include them (tests and bench are free to).
KEPT_TO = [
    (r"rocksdb/", r"store/"),
    (r"librdkafka/", r"sync/rdkafka/"),
    (r"boost/asio", r"(sync|proxy)/"),
    (r"(boost/asio/ssl|openssl/(ssl|err|x509\w*)\.h)", r"sync/net/"),
    (r"boost/beast", r"(sync/oauth|proxy/http)/"),
    (r"prometheus/", r"proxy/admin/"),
    (r"spdlog/", r"(sync|proxy)/"),
    (r"(thread|mutex|shared_mutex|condition_variable|future|stop_token)$", r"(store|sync|proxy)/"),
    (r"(chrono|ctime|time\.h|sys/time\.h)$", r"(store|sync|proxy)/"),
    (r"(sys/socket\.h|netinet/.*|arpa/inet\.h)$", r"(sync|proxy)/"),
]
# The pure state machines: all they know comes in as events. Each pattern matches a file.
PURE = [
    r"sync/sequencer/",
    r"sync/sasl/",
    r"sync/oauth/token_answer\.",
    r"sync/fencing/coordinator_dialogue\.",
    r"sync/fencing/fencing\.",
    r"sync/fencing/lease\.",
    r"sync/partition/assignment\.",
    r"sync/partition/followed_position\.",
    r"sync/membership/",
    r"sync/forward/forward_inbox\.",
    r"sync/append/batches_under_way\.",
    r"sync/append/produce_outcome\.",
    r"sync/quotas/produce_meter\.",
    r"sync/quotas/quota_table\.",
]
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
        if other != own and not {other, name} & MAY_INCLUDE[own]:
            return f"{own} may not include {other} ({name})"
        if own not in ("store", "tests", "bench") and other == "store" and holds_rocksdb(root / name):
            return f"{name} is private to store: it shows RocksDB"
        return None
    if folder_of(name) is not None and (root / name).exists():
        return f'write "{name}", not <{name}>'
    if any(re.match(pure, path) for pure in PURE) and NOT_PURE.match(name):
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


def types(source):
    """The qualified name of each type that is defined at a namespace's or another type's level,
    but for those of anonymous namespaces and for specialisations."""
    text = without_text(source)
    names, head_start = [], 0
    for found in re.finditer(r"[{};]", text):
        head = text[head_start:found.start()]
        head_start = found.end()
        if found[0] == "{":
            space = re.search(r"\bnamespace\s+([\w:]*)\s*$", head)
            kind = re.search(r"\b(?:class|struct|union|enum(?:\s+class)?)\s+(?:alignas\(\d+\)\s+)?(\w+)"
                             r"(?:\s+final)?\s*(?::[^:(].*)?$", head, re.S)
            if space is not None:
                names.append(space[1] or None)
            elif kind is not None and not re.search(r"\btemplate\s*<\s*>", head):
                names.append(kind[1])
                if None not in names:
                    yield "::".join(names)
            else:
                names.append(None)
        elif found[0] == "}" and names:
            names.pop()


def check_types(root, paths, problems):
    """One definition: two types of one name are two layouts to one linker."""
    places = {}
    for path in paths:
        if not path.startswith(("tests/", "bench/")):
            for name in set(types((root / path).read_text())):
                places.setdefault(name, []).append(path)
    for name, where in places.items():
        if len(where) > 1:
            problems.append(f"{where[1]}: {name} is defined in {where[0]} as well")


def check_patterns(root, paths, problems):
    """A rule for a place that is no more rules nothing."""
    for folder in MAY_INCLUDE:
        if not (root / folder).is_dir():
            problems.append(f"MAY_INCLUDE: there is no {folder}")
    for pattern in [*PURE, *(place for _, place in KEPT_TO)]:
        if not any(re.match(pattern, path) for path in paths):
            problems.append(f"no file matches {pattern}")


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
    check_types(root, paths, problems)
    check_patterns(root, paths, problems)
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
