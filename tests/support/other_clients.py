"""Other people's clients (tests/clients/NAME): fetched, built and run as programs of their own.

    program = prepare("franz-go")             # raises Unavailable with its reason
    program.run(bkes.address, "default", "race", "bkes", "key", 5)

Everything that is fetched or built lands in build/clients/NAME, and stays until the sources change.
Commands and output: tests/clients/README.md.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

from kafka_node import libs_dir

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tests" / "clients"
BUILT = ROOT / "build" / "clients"
FETCH_S, RUN_S = 400, 90


class Unavailable(Exception):
    """A toolchain or a package isn't there."""


@dataclasses.dataclass(frozen=True)
class Program:
    words: list
    environment: dict = dataclasses.field(default_factory=dict)

    def run(self, servers, settings, *command, timeout_s=RUN_S):
        """The lines that it printed; those of libraries, which aren't JSON, are left out."""
        words = [*self.words, servers, settings, *map(str, command)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout_s,
                              env=os.environ | self.environment)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert lines, (words, done.stdout[-2000:], done.stderr[-2000:])
        return lines


def prepare(name):
    """Ready to run, at once if it was built from the same sources before."""
    made, source = BUILT / name, SOURCES / SOURCE_OF.get(name, name)
    build, program = KINDS[name]
    stamp = made / "built-from"
    digest = hashlib.sha256(b"".join(
        one.read_bytes() for one in sorted(source.rglob("*")) if one.is_file())).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.copytree(source, made, dirs_exist_ok=True)
        build(made)
        stamp.write_text(digest)
    return program(made)


def _must(directory, *words, **environment):
    if shutil.which(words[0]) is None:
        raise Unavailable(f"{words[0]} is missing")
    try:
        done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=FETCH_S,
                              env=os.environ | environment)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{words[0]}: not ready after {FETCH_S} s") from None
    if done.returncode != 0:
        complaint = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(f"{words[0]}: {complaint[-1] if complaint else 'failed'}")


def _build_go(directory):
    _must(directory, "go", "build", "-mod=mod", "-o", "client", ".")


def _go(directory):
    return Program([directory / "client"])


def _build_npm(directory):
    _must(directory, "npm", "install", "--no-package-lock", "--no-audit", "--no-fund")


def _build_native_npm(directory):
    """Where its library can't be loaded ready-made, it is built: of what Debian has, not of more downloads."""
    _must(directory, "npm", "install", "--no-package-lock", "--no-audit", "--no-fund", CKJS_LINKING="dynamic",
          npm_config_nodedir="/usr")


def _node(directory):
    """The package may want a newer Node than the machine has, and then brings it."""
    own = directory / "node_modules" / ".bin" / "node"
    return Program([own if own.exists() else "node", directory / "client.js"])


def _build_pip(directory, requirements="requirements.txt"):
    shutil.rmtree(directory / "packages", ignore_errors=True)
    _must(directory, sys.executable, "-m", "pip", "install", "-q", "--target", "packages", "-r",
          requirements)


def _python(directory):
    return Program([sys.executable, "-B", directory / "client.py"],
                   {"PYTHONPATH": str(directory / "packages")})


def _find_kcat(directory):
    _must(directory, "kcat", "-V")


def _build_cargo(directory):
    _must(directory, "cargo", "build", "--quiet")


def _cargo(directory):
    return Program([directory / "target" / "debug" / "client"])


def _build_java(directory, jars):
    _must(directory, "javac", "-d", "classes", "-cp", f"{jars}/*", "Program.java")


def _fetch_maven(directory):
    """The packages of its pom."""
    _must(directory, "mvn", "-B", "-q",
          "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies",
          "-DincludeScope=runtime", "-DoutputDirectory=jars")


def _build_maven(directory):
    _fetch_maven(directory)
    _build_java(directory, directory / "jars")


def _java(directory, jars):
    return Program(["java", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp",
                    f"{directory}/classes:{jars}/*", "Program"])


def _of_kafka(directory, main):
    """A service of Kafka's that its usual jars lack a part of: `words` and its files of properties start it."""
    return Program(["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp",
                    f"{directory}/jars/*:{libs_dir()}/*", main])


# How each is built, and what is run then.
KINDS = {
    "franz-go": (_build_go, _go),
    "sarama": (_build_go, _go),
    "kafka-go": (_build_go, _go),
    "kafkajs": (_build_npm, _node),
    "platformatic-kafka": (_build_npm, _node),
    "confluent-kafka-javascript": (_build_native_npm, _node),
    "aiokafka": (_build_pip, _python),
    "kafka-python": (_build_pip, _python),
    "kafka-python-2": (lambda made: _build_pip(made, "requirements-2.txt"), _python),
    "confluent-kafka": (_build_pip, _python),
    "kcat": (_find_kcat, _python),
    "rdkafka": (_build_cargo, _cargo),
    "java-4": (lambda made: _build_java(made, libs_dir()), lambda made: _java(made, libs_dir())),
    "java-2.8": (_build_maven, lambda made: _java(made, made / "jars")),
    "kafka-streams": (_build_maven, lambda made: _java(made, made / "jars")),
    "connect": (_fetch_maven, lambda made: _of_kafka(made, "org.apache.kafka.connect.cli.ConnectStandalone")),
    "mirror-maker": (_fetch_maven, lambda made: _of_kafka(made, "org.apache.kafka.connect.mirror.MirrorMaker")),
}
SOURCE_OF = {"java-4": "kafka-clients", "java-2.8": "kafka-clients", "kafka-python-2": "kafka-python"}
