"""Kafka's own Java clients: one Java machine for a whole test file (tests/clients/java)."""

import json
import pathlib
import subprocess

import scene
from kafka_node import java, libs_dir
from quick_java import quick_java_flags

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "clients" / "java" / "Client.java"


class JavaError(Exception):
    """A command failed in Java: the exception's class and message."""

    def __init__(self, answer):
        super().__init__(f"{answer['error']}: {answer['message']}")
        self.kind = answer["error"]


class JavaClient:
    """`name` keeps a producer or consumer from one call to the next; `config` counts when it is
    made. Records are dicts with topic, key, value and maybe partition, headers."""

    def __init__(self, servers, log_file, *, jvm_flags=()):
        self.servers = servers
        self.log = open(log_file, "ab")
        # Small, and gone with the test.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", java(), "-Xmx192m", *quick_java_flags(),
             *scene.java_flags(pathlib.Path(log_file).parent), *jvm_flags, "-cp",
             f"{libs_dir()}/*", SOURCE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def call(self, what, /, *, servers=None, config=None, **arguments):
        servers = servers or self.servers
        config = scene.java_client(servers) | dict(config or {})
        command = json.dumps({"do": what, "config": config} | arguments) + "\n"
        self.process.stdin.write(command.encode())
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"Java ended: see {self.log.name}"
        answer = json.loads(line)
        if "error" in answer:
            raise JavaError(answer)
        return answer

    def send(self, records, *, name="producer", **more):
        """[{"offset", "partition"} or {"error", "message"}, ...]"""
        return self.call("send", name=name, records=records, **more)["results"]

    def transaction(self, records, *, commit, name, **more):
        config = {"transactional.id": name}
        return self.call("transaction", name=name, records=records, commit=commit, config=config,
                         **more)["results"]

    def subscribe(self, topics=(), *, name, config, **pattern):
        """To topics, or to `pattern=` or `re2=`: a regular expression of the client's or the broker's."""
        self.call("subscribe", name=name, topics=list(topics), config=config, **pattern)

    def assign(self, partitions, *, name="consumer", **more):
        self.call("assign", name=name, partitions=partitions, **more)

    def poll(self, count, *, name="consumer", timeout_s=30):
        """(records, {"topic-partition": position})"""
        answer = self.call("poll", name=name, count=count, timeout_ms=int(timeout_s * 1000))
        return answer["records"], answer["positions"]

    def admin(self, what, topics=(), **more):
        return self.call("admin", what=what, topics=list(topics), **more)
