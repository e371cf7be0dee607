"""How far a long work is: a bar on a terminal, lines elsewhere. A quota makes the work slow enough to be seen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

import scene
from bkes_process import BINARY, free_port_range, run_bkes
from clients import rdkafka_producer, rdkafka_send
from wire import Connection

pytestmark = pytest.mark.plain_scene("a quota is set by client id, and the screen is looked at byte by byte")

BAR = re.compile(r"\[=*>? *\]")
EVENTS, BYTES, BYTES_PER_SECOND = 120, 50_000, 400_000


class Terminal:
    """A command of bkes on a terminal of its own, which is read until it ends. What it shows: the bytes."""

    def __init__(self, *words, columns=100, environment=None):
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        settings = {"TERM": "xterm", "BKES_ADMIN_LISTENER": ""} | (environment or {})
        clean = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", BINARY, *scene.command_of_bkes(words)],
                                        stdin=its, stdout=subprocess.PIPE, stderr=its, env=clean | settings)
        os.close(its)
        self.screen, self._ours = b"", ours

    def read_until(self, is_so, timeout_s=30):
        """Fails if it ends before. None: until it ends."""
        deadline = time.monotonic() + timeout_s
        while is_so is None or not is_so(self.screen):
            assert time.monotonic() < deadline, self.screen
            if not select.select([self._ours], [], [], 0.2)[0]:
                continue
            try:
                self.screen += os.read(self._ours, 65536)
            except OSError:  # the other end was closed
                assert is_so is None, self.screen
                return

    def end(self):
        """(exit code, what stood on standard output)"""
        self.read_until(None, 60)
        out = self.process.stdout.read()
        return self.process.wait(30), out

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        os.close(self._ours)


@pytest.fixture
def terminal():
    opened = []

    def open_one(*words, **how):
        opened.append(Terminal(*words, **how))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def limit_reading(kafka, bytes_per_second):
    """Of every client that has no limit of its own. None: no limit."""
    with Connection(*kafka.addresses[0]) as raw:
        answer = raw.call("AlterClientQuotas", 1, {"Entries": [{
            "Entity": [{"EntityType": "client-id", "EntityName": None}],
            "Ops": [{"Key": "consumer_byte_rate", "Value": bytes_per_second or 0,
                     "Remove": bytes_per_second is None}]}]})
        assert answer["Entries"][0]["ErrorCode"] == 0


@pytest.fixture(scope="module")
def topic(kafka):
    name = "shown"
    kafka.create_topic(name, partitions=1)
    rdkafka_send(rdkafka_producer(kafka.bootstrap_servers), name,
                 [(b"k%d" % n, os.urandom(BYTES), None) for n in range(EVENTS)])
    return name


@pytest.fixture
def slowly(kafka, topic):
    limit_reading(kafka, BYTES_PER_SECOND)
    yield
    limit_reading(kafka, None)


def flags(kafka, directory):
    return "--bootstrap-servers", kafka.bootstrap_servers, "--data-dir", directory


@pytest.fixture(scope="module")
def filled(kafka, topic, tmp_path_factory):
    """The directory of a store that holds the topic."""
    directory = tmp_path_factory.mktemp("filled") / "data"
    done = run_bkes("sync", "--once", "--topics", topic, *flags(kafka, directory))
    assert done.returncode == 0, done
    return directory


def lines_left(screen):
    """What stands on the terminal at the end: each `\\r ESC [K` takes the line away that it is in."""
    return [line.rpartition("\r\x1b[K")[2].rstrip("\r") for line in screen.decode().split("\n")]


def test_sync_once_shows_a_bar_and_leaves_the_log_alone(kafka, topic, slowly, terminal, tmp_path):
    shown = terminal("sync", "--once", "--topics", topic, *flags(kafka, tmp_path / "data"))
    code, out = shown.end()
    assert (code, out) == (0, b""), shown.screen
    text = shown.screen.decode()
    seen = re.findall(r"\r?(reading  \[=*> *\]  +(\d+)%  (\d+) of (\d+)  ([\d,]+)/s  (\d+)s left)", text)
    assert len(seen) > 3, text
    assert all(len(line) < 100 and int(all_) == EVENTS for line, _, _, all_, _, _ in seen)
    assert [int(one[2]) for one in seen] == sorted(int(one[2]) for one in seen)
    left = lines_left(shown.screen)
    assert all(re.match(r"\d{4}-\d\d-\d\dT.*Z ", line) for line in left if line), left
    assert "catching up topic=" not in text and left[-2].endswith(f"stopped topics={topic}"), left


def test_serve_shows_a_long_catch_up_then_none(kafka, topic, slowly, terminal, tmp_path):
    port = free_port_range(4)
    shown = terminal("serve", "--topics", topic, *flags(kafka, tmp_path / "data"), "--listener", f"127.0.0.1:{port}",
                     "--broker-port-base", str(port + 1), "--broker-port-count", "3", "--instance-id", "another")
    shown.read_until(lambda screen: b"catching up  [" in screen)
    shown.process.send_signal(signal.SIGHUP)  # a line of the log meanwhile
    shown.read_until(lambda screen: BAR.search(screen.decode().partition("settings read again")[2]))
    shown.read_until(lambda screen: b"ready topic=" in screen)
    shown.process.send_signal(signal.SIGTERM)
    assert shown.end()[0] == 0
    left = lines_left(shown.screen)
    assert all(re.match(r"\d{4}-\d\d-\d\dT.*Z ", line) for line in left if line), left
    assert "stopped" in left[-2]


def test_verify_shows_a_bar(kafka, topic, filled, slowly, terminal):
    shown = terminal("verify", topic, *flags(kafka, filled), columns=60)
    code, out = shown.end()
    assert code == 0 and str(EVENTS).encode() in out, (shown.screen, out)
    drawn = [part for part in re.split(r"\r\x1b\[K|\r\n", shown.screen.decode()) if BAR.search(part)]
    assert drawn and all(part.startswith("comparing shown  [") and len(part) < 60 for part in drawn), shown.screen


@pytest.mark.parametrize("words, environment", [
    (["--json"], {}), (["--log-format", "json"], {}), ([], {"TERM": "dumb"}), (["--log-level", "warn"], {})])
def test_no_bar_where_a_program_reads(kafka, topic, filled, terminal, words, environment):
    shown = terminal("verify", topic, *words, *flags(kafka, filled), environment=environment)
    assert shown.end()[0] == 0
    assert b"\r\x1b" not in shown.screen and not BAR.search(shown.screen.decode()), shown.screen


def test_no_bar_where_no_terminal_is(kafka, topic, tmp_path):
    """Lines instead: test_start_up.py."""
    done = run_bkes("sync", "--once", "--topics", topic, *flags(kafka, tmp_path / "data"),
                    environment={"TERM": "xterm"})
    text = done.stderr.decode()
    assert done.returncode == 0 and "\x1b" not in text and "\r" not in text


@pytest.mark.parametrize("environment, colour", [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)])
def test_colours_are_for_terminals_that_want_them(kafka, terminal, tmp_path, environment, colour):
    (tmp_path / "file").touch()
    shown = terminal("serve", *flags(kafka, tmp_path / "file" / "data"),
                     environment=environment)
    assert shown.end()[0] != 0
    assert (b"\x1b[31merror\x1b[0m" in shown.screen) == colour, shown.screen
