"""Kafka's command line tools (`kafka-topics` and so on), in one Java machine (tests/clients/java/Tools.java)
where that is possible.

    with KafkaTools(log_file) as tools:
        done = tools.run("kafka-topics", bkes.address, "--describe", "--topic", "t")
        done.code, done.out, done.err
"""

import dataclasses
import json
import select
import subprocess

from java_client import SOURCE
from kafka_node import java, libs_dir
from quick_java import quick_java_flags

MAIN = {
    "kafka-acls": "AclCommand",
    "kafka-broker-api-versions": "BrokerApiVersionsCommand",
    "kafka-console-consumer": "consumer.ConsoleConsumer",
    "kafka-console-producer": "ConsoleProducer",
    "kafka-console-share-consumer": "consumer.ConsoleShareConsumer",
    "kafka-consumer-groups": "consumer.group.ConsumerGroupCommand",
    "kafka-get-offsets": "GetOffsetShell",
    "kafka-reassign-partitions": "reassign.ReassignPartitionsCommand",
    "kafka-share-groups": "consumer.group.ShareGroupCommand",
    "kafka-topics": "TopicCommand",
    "kafka-verifiable-consumer": "VerifiableConsumer",
    "kafka-verifiable-producer": "VerifiableProducer",
}
CLASSES = {name: f"org.apache.kafka.tools.{main}" for name, main in MAIN.items()} | {
    "kafka-configs": "kafka.admin.ConfigCommand"}
# It waits for its answers when its process ends, and not before.
OF_ITS_OWN = {"kafka-verifiable-producer"}
RUN_S = 120


@dataclasses.dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json_lines(self):
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]


def _machine():
    return [java(), "-Xmx192m", *quick_java_flags(),
            f"-Dlog4j2.configurationFile={SOURCE.with_name('log4j2.properties')}", "-cp", f"{libs_dir()}/*"]


class KafkaTools:
    def __init__(self, log_file):
        self.log_file = log_file

    def __enter__(self):
        self.log = open(self.log_file, "ab")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *_machine(), SOURCE.with_name("Tools.java")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def run(self, tool, servers, *arguments, stdin=""):
        """What the tool said, and with which code it ended; it need not be a success."""
        arguments = ["--bootstrap-server", servers, *map(str, arguments)]
        if tool in OF_ITS_OWN:
            done = subprocess.run([*_machine(), CLASSES[tool], *arguments], input=stdin, capture_output=True, text=True,
                                  timeout=RUN_S)
            return Done(done.returncode, done.stdout, done.stderr)
        call = {"main": CLASSES[tool], "arguments": arguments, "stdin": stdin}
        self.process.stdin.write(json.dumps(call).encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], RUN_S)
        assert ready, f"{tool} {arguments} says nothing: see {self.log_file}"
        line = self.process.stdout.readline()
        assert line, f"{tool} {arguments} ended the Java machine: see {self.log_file}"
        return Done(**json.loads(line))
