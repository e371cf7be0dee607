#!/usr/bin/python3
"""Starts a real single-node Kafka and keeps it running until SIGTERM or Ctrl-C.

Prints one line, "ready HOST:PORT", when it serves clients.
"""

import argparse
import os
import pathlib
import shutil
import signal
import sys

from kafka_node import KAFKA_DIR, KafkaError, KafkaNode, free_port, is_free


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=pathlib.Path, default=KAFKA_DIR / "run",
                        help="data, configuration and log (default: .kafka/run)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--other-port", action="store_true",
                        help="take a free port when that one is in use")
    parser.add_argument("--fresh", action="store_true", help="delete the data first")
    parser.add_argument("--heap-mb", type=int, default=512)
    parser.add_argument("--property", action="append", default=[], metavar="NAME=VALUE",
                        help="a line of server.properties; may be repeated")
    return parser.parse_args()


def choose_port(options):
    if is_free(options.host, options.port):
        return options.port
    if not options.other_port:
        raise KafkaError(f"{options.host}:{options.port} is in use by another program")
    port = free_port(options.host)
    print(f"start.py: {options.host}:{options.port} is in use by another program, so Kafka listens"
          f" on {options.host}:{port}", file=sys.stderr)
    return port


def lock(directory):
    """Keeps a second server off the same data for as long as the returned file is open."""
    directory.mkdir(parents=True, exist_ok=True)
    file = open(directory / "lock", "w")
    try:
        os.lockf(file.fileno(), os.F_TLOCK, 0)
    except OSError:
        raise KafkaError(f"another Kafka runs on {directory}; end it first, or use --dir")
    return file


def end_on_signals():
    """SIGTERM, SIGINT and SIGHUP become one SystemExit, so that `finally` stops the node."""
    names = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def end(*_):
        for name in names:
            signal.signal(name, signal.SIG_IGN)
        raise SystemExit(0)

    for name in names:
        signal.signal(name, end)


def run(node):
    try:
        node.start()
        node.wait_ready()
        print(f"ready {node.address}", flush=True)
        node.process.wait()
        raise KafkaError(f"Kafka ended by itself:\n{node.log_tail()}")
    finally:
        node.stop()


def main():
    options = parse_arguments()
    try:
        held = lock(options.dir)
        end_on_signals()
        if options.fresh:
            shutil.rmtree(options.dir / "data", ignore_errors=True)
        node = KafkaNode(options.dir, host=options.host, port=choose_port(options),
                         heap_mb=options.heap_mb,
                         properties=dict(line.split("=", 1) for line in options.property))
        run(node)
        held.close()
    except KafkaError as error:
        print(f"start.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
