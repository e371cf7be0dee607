#!/usr/bin/python3
"""Plants a violation of each rule of layering.py in a small tree and expects it to be found."""

import pathlib
import sys
import tempfile

import layering

GOOD = {
    "protocol/core/bytes.hpp": "#pragma once\n#include <span>\n",
    "protocol/record.hpp": '#pragma once\n#include "protocol/core/bytes.hpp"\n',
    "store/event_store.hpp": '#pragma once\n#include "protocol/core/bytes.hpp"\n',
    "store/rocks_columns.hpp": "#pragma once\n#include <rocksdb/db.h>\n",
    "store/rocks_store.cpp": '#include "store/rocks_columns.hpp"\n#include <rocksdb/db.h>\n',
    "sync/sequencer.hpp": '#pragma once\n#include "protocol/record.hpp"\n#include <chrono>\n',
    "sync/follower.cpp": '#include "store/event_store.hpp"\n#include <librdkafka/rdkafkacpp.h>\n',
    "proxy/session.cpp": '#include "sync/sequencer.hpp"\n#include <boost/asio.hpp>\n',
    "bench/load.cpp": '#include "proxy/session.hpp"\n#include <librdkafka/rdkafka.h>\n',
    "proxy/session.hpp": "#pragma once\n",
    "tests/unit/store/rocks_store.cpp": '#include "store/rocks_columns.hpp"\n#include <thread>\n',
}


def function(lines, head="result<int> cut(bytes_view data,\n               int n) const noexcept {"):
    """A function of that many lines in a class in a namespace, with braces in its text."""
    body = ['    auto f = [&]{ return "}}"; };  // }', "    c = '{'; n = 1'000;", '    s = R"x(}")x";']
    body += ["    step();"] * (lines - 1 - len(head.split("\n")) - len(body))
    return "\n".join(["namespace bkes {", "class reader {", " public:", "reader() : a_{1} {}",
                      "int x_ = f(1);", head, *body, "}", "};", "}  // namespace bkes", ""])


# what is planted: (path, text, a part of the complaint)
BAD = [
    ("protocol/core/x.hpp", '#pragma once\n#include "protocol/record.hpp"\n', "may not include protocol"),
    ("protocol/x.cpp", '#include "store/event_store.hpp"\n', "may not include store"),
    ("protocol/x.cpp", "#include <boost/asio/awaitable.hpp>\n", "is kept to"),
    ("protocol/x.cpp", "#include <thread>\n", "is kept to"),
    ("protocol/x.cpp", "#include <chrono>\n", "is kept to"),
    ("protocol/x.cpp", "#include <spdlog/spdlog.h>\n", "is kept to"),
    ("store/x.cpp", '#include "protocol/record.hpp"\n', "may not include protocol"),
    ("store/x.cpp", "#include <boost/asio.hpp>\n", "is kept to"),
    ("store/x.cpp", "#include <sys/socket.h>\n", "is kept to"),
    ("sync/x.cpp", '#include "proxy/session.hpp"\n', "may not include proxy"),
    ("sync/x.cpp", '#  include "store/rocks_columns.hpp"\n', "private to store"),
    ("sync/x.cpp", "#include <rocksdb/db.h>\n", "is kept to"),
    ("sync/x.cpp", "#include <librdkafka/rdkafka.h>\n", "is kept to"),
    ("sync/sequencer_rules.cpp", "#include <mutex>\n", "pure state machine"),
    ("proxy/x.cpp", '#include "tests/support/x.hpp"\n', "may not include tests"),
    ("proxy/x.cpp", '#include "bench/load.hpp"\n', "may not include bench"),
    ("proxy/x.cpp", "#include <librdkafka/rdkafka.h>\n", "is kept to"),
    ("proxy/x.cpp", '#include "session.hpp"\n', "named from its root"),
    ("proxy/x.cpp", "#include <proxy/session.hpp>\n", 'write "proxy/session.hpp"'),
    ("proxy/x.hpp", "int x;\n", "no #pragma once"),
    ("proxy/x.cpp", "int x;\n" * 601, "601 lines"),
    ("proxy/x.cpp", function(71), "a function of 71 lines"),
    ("proxy/x.cpp", function(71, "template <class T>\nvoid run(T t) {"), "a function of 71 lines"),
    ("tests/unit/x.cpp", function(71, "BOOST_AUTO_TEST_CASE(x) {"), "a function of 71 lines"),
]


def plant(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return layering.check(root)


def main():
    failures = 0
    headers = {"tests/support/x.hpp": "#pragma once\n", "bench/load.hpp": "#pragma once\n"}
    clean = GOOD | headers | {"proxy/long.cpp": function(70), "proxy/many.cpp": "int x;\n" * 401}
    problems, warnings, _ = plant(clean)
    if problems or len(warnings) != 1:
        print("a clean tree:", problems, warnings)
        failures += 1
    for path, text, expected in BAD:
        problems, _, _ = plant(GOOD | headers | {path: text})
        if len(problems) != 1 or expected not in problems[0] or not problems[0].startswith(path):
            print(f"planted {expected!r} in {path}, found: {problems}")
            failures += 1
    print(f"{len(BAD)} violations planted, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
