#!/usr/bin/python3
"""Plants a violation of each rule of layering.py in a small tree and expects it to be found."""

import pathlib
import sys
import tempfile

import layering

# One header in each room, and what some rooms alone may do.
GOOD = {f"{folder}/any.hpp": "#pragma once\n" for folder in layering.MAY_INCLUDE} | {
    "protocol/api_key.hpp": "#pragma once\n",
    "protocol/errors.hpp": "#pragma once\n",
    "proxy/handlers/dispatch.hpp": "#pragma once\n",
    "store/rocks_columns.hpp": "#pragma once\n#include <rocksdb/db.h>\n",
    "store/rocks_store.cpp": '#include "store/rocks_columns.hpp"\n#include <rocksdb/db.h>\n',
    "sync/fencing/coordinator_dialogue.hpp": "#pragma once\n",
    "sync/fencing/fencing.hpp": '#pragma once\n#include "sync/broker/any.hpp"\n#include <chrono>\n',
    "sync/fencing/lease.cpp": "struct lease { struct inner {}; };\n",
    "sync/append/batches_under_way.hpp": "#pragma once\n",
    "sync/append/produce_outcome.hpp": "#pragma once\nnamespace { struct lease {}; }\n",
    "sync/forward/forward_inbox.hpp": "#pragma once\n",
    "sync/oauth/token_answer.hpp": "#pragma once\n",
    "sync/partition/assignment.hpp": "#pragma once\n",
    "sync/partition/followed_position.hpp": "#pragma once\n",
    "sync/quotas/produce_meter.hpp": "#pragma once\n",
    "sync/quotas/quota_table.hpp": "#pragma once\n",
    "sync/net/stream.cpp": "#include <boost/asio/ssl.hpp>\n#include <openssl/ssl.h>\n",
    "sync/rdkafka/reader.cpp": "#include <librdkafka/rdkafka.h>\nenum class inner { a };\n",
    "proxy/session/any.cpp": '#include "proxy/handlers/dispatch.hpp"\n#include <boost/asio.hpp>\n',
    "bench/load.cpp": '#include "proxy/session/any.hpp"\n#include <librdkafka/rdkafka.h>\n',
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
    ("protocol/x.cpp", "#include <boost/asio/awaitable.hpp>\n", "is kept to"),
    ("protocol/x.cpp", "#include <thread>\n", "is kept to"),
    ("protocol/x.cpp", "#include <chrono>\n", "is kept to"),
    ("protocol/x.cpp", "#include <spdlog/spdlog.h>\n", "is kept to"),
    ("store/x.cpp", "#include <boost/asio.hpp>\n", "is kept to"),
    ("store/x.cpp", "#include <sys/socket.h>\n", "is kept to"),
    ("sync/log/x.cpp", '#  include "store/rocks_columns.hpp"\n', "private to store"),
    ("sync/log/x.cpp", "#include <rocksdb/db.h>\n", "is kept to"),
    ("sync/partition/x.cpp", "#include <librdkafka/rdkafka.h>\n", "is kept to"),
    ("proxy/session/x.cpp", "#include <openssl/ssl.h>\n", "is kept to"),
    ("sync/broker/x.cpp", "#include <boost/asio/ssl.hpp>\n", "is kept to"),
    ("sync/sasl/x.cpp", "#include <boost/asio.hpp>\n", "pure state machine"),
    ("sync/oauth/token_answer.cpp", "#include <mutex>\n", "pure state machine"),
    ("sync/quotas/produce_meter.cpp", "#include <mutex>\n", "pure state machine"),
    ("sync/partition/assignment.cpp", "#include <mutex>\n", "pure state machine"),
    ("sync/forward/forward_inbox.cpp", "#include <mutex>\n", "pure state machine"),
    ("sync/membership/x.cpp", "#include <thread>\n", "pure state machine"),
    ("sync/quotas/quota_table.cpp", "#include <spdlog/spdlog.h>\n", "pure state machine"),
    ("sync/quotas/x.cpp", '#include "sync/append/any.hpp"\n', "may not include sync/append"),
    ("sync/net/x.cpp", "#include <boost/beast/http.hpp>\n", "is kept to"),
    ("sync/net/x.cpp", '#include "sync/oauth/any.hpp"\n', "may not include sync/oauth"),
    ("sync/net/x.cpp", '#include "sync/broker/any.hpp"\n', "may not include sync/broker"),
    ("proxy/handlers/x.cpp", '#include "sync/net/any.hpp"\n', "may not include sync/net"),
    ("sync/sequencer/x.cpp", "#include <mutex>\n", "pure state machine"),
    ("sync/fencing/fencing.cpp", "#include <spdlog/spdlog.h>\n", "pure state machine"),
    ("sync/append/batches_under_way.cpp", "#include <boost/asio.hpp>\n", "pure state machine"),
    ("proxy/session/x.cpp", '#include "proxy/handlers/any.hpp"\n', "may not include proxy/handlers"),
    ("sync/partition/x.cpp", "struct lease { int other; };\n", "lease is defined in"),
    ("proxy/x.cpp", '#include "session.hpp"\n', "named from its root"),
    ("proxy/x.cpp", "#include <proxy/session/any.hpp>\n", 'write "proxy/session/any.hpp"'),
    ("proxy/x.hpp", "int x;\n", "no #pragma once"),
    ("proxy/x.cpp", "int x;\n" * 601, "601 lines"),
    ("proxy/x.cpp", function(71), "a function of 71 lines"),
    ("proxy/x.cpp", function(71, "template <class T>\nvoid run(T t) {"), "a function of 71 lines"),
    ("tests/unit/x.cpp", function(71, "BOOST_AUTO_TEST_CASE(x) {"), "a function of 71 lines"),
]


# A row for a row: each room includes a room that its row doesn't name.
BAD += [(f"{folder}/x.cpp", f'#include "{other}/any.hpp"\n', f"may not include {other}")
        for folder, row in layering.MAY_INCLUDE.items()
        for other in [name for name in layering.MAY_INCLUDE if name not in row | {folder}][-1:]]


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
    without = {path: text for path, text in GOOD.items() if path != "sync/fencing/lease.cpp"}
    problems, _, _ = plant(without | headers)
    if len(problems) != 1 or "no file matches" not in problems[0]:
        print(f"a rule about a file that is gone, found: {problems}")
        failures += 1
    print(f"{len(BAD)} violations planted, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
