"""kcat as a shell script would use it: a process for each append, as its headers are those of all that
it sends. Commands and output: tests/clients/README.md; kcat has no transactions."""

import json
import re
import subprocess
import sys
import threading

SERVERS, SETTINGS, COMMAND, *WORDS = sys.argv[1:]
ADVISED = {"enable.idempotence": "true", "linger.ms": "0", "partitioner": "murmur2_random"}
DELIVERED = re.compile(r"Message delivered to partition (-?\d+) \(offset (-?\d+)\)")
FAILED = re.compile(r"Delivery failed for message: (.*)")
READ_FORMAT = '{"partition": %p, "offset": %o, "key": "%k", "value": "%s"}\\n'
PRINTING = threading.Lock()


def say(**line):
    with PRINTING:
        print(json.dumps(line), flush=True)


def begin(topic, key, writer, order, *more):
    """One event on its way."""
    settings = ADVISED if SETTINGS == "advised" else {}
    words = ["kcat", "-P", "-vv", "-b", SERVERS, "-t", topic, "-k", key, "-H", f"order={order}", "-H",
             f"id={writer}-{order}", *more]
    for name, value in settings.items():
        words += ["-X", f"{name}={value}"]
    started = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    started.stdin.write(f"{writer}-{order}")
    started.stdin.close()
    started.stdin = None
    return started


def report(writer, order, started):
    """kcat says a code in words only."""
    told = started.communicate(timeout=360)[1]
    delivered, failed = DELIVERED.search(told), FAILED.search(told)
    if delivered and started.returncode == 0:
        say(writer=writer, order=order, ok=True, partition=int(delivered[1]), offset=int(delivered[2]))
    else:
        say(writer=writer, order=order, ok=False, code=-1, error=failed[1] if failed else told,
            exit=started.returncode)


def append(topic, key, writer, orders, *more):
    for order in orders:
        report(writer, order, begin(topic, key, writer, order, *more))


def burst(topic, key, writer, orders):
    all_at_once = [(order, begin(topic, key, writer, order)) for order in orders]
    for order, started in all_at_once:
        report(writer, order, started)


def two_writers(write, topic, key, count, first=0):
    orders = range(int(first), int(first) + int(count))
    threads = [threading.Thread(target=write, args=(topic, key, writer, orders)) for writer in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def read(count, *where):
    """kcat ends after that many, and a member of a group then leaves it, which commits."""
    done = subprocess.run(["kcat", "-b", SERVERS, "-q", "-u", "-c", count, "-f", READ_FORMAT, *where],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    print(done.stdout, end="", flush=True)
    return done


if COMMAND == "append":
    append(*WORDS[:2], "a", map(int, WORDS[2:]))
elif COMMAND == "place":
    append(*WORDS[:2], "a", [int(WORDS[3])], "-p", WORDS[2])
elif COMMAND in ("race", "burst"):
    two_writers(append if COMMAND == "race" else burst, *WORDS)
elif COMMAND == "consume":
    read(WORDS[1], "-C", "-t", WORDS[0], "-o", "beginning")
elif COMMAND == "group":
    done = read(WORDS[2], "-X", "auto.offset.reset=earliest", "-G", WORDS[1], WORDS[0])
    said = {} if done.returncode == 0 else {"error": done.stderr}
    say(commit=done.returncode == 0, **said)
else:
    say(failed=f"kcat knows no {COMMAND}")
    sys.exit(1)
