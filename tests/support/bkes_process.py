"""A bkes process for tests: start with options, wait until it serves, stop, kill, read its log."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "kafka"))
from kafka_node import free_port_range, live_brokers, stop_threads  # noqa: E402

import scene  # noqa: E402
from wire import Closed, Connection  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
# ctest names the binary of its own build folder.
BINARY = pathlib.Path(os.environ.get("BKES_TEST_BINARY", ROOT / "build" / "dev" / "bkes"))
BROKER_PORTS = 16


class BkesProcess:
    """`bkes serve` in `directory` (data/, bkes.log). `options` are flags without dashes, in any
    spelling: {"topics": "bkes", "hold.ms": 100} or hold_ms; None leaves one out that is given
    otherwise. start and stop as often as you like: ports, data and the log file stay.

    In the routed scene it is a router, and `owner` the instance behind it: they begin and end together, and
    log and data are those of the owner. `pod`: it is there (own_network.py), with the usual ports.

    It ends with the thread that started it, as a Kafka node does: use the main thread."""

    def __init__(self, directory, bootstrap_servers, options=None, *, environment=None, binary=None,
                 pod=None, is_owner=False):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.bootstrap_servers = bootstrap_servers
        self.host = pod.host if pod else "127.0.0.1"
        # Bootstrap port first, the brokers' ports right after it, then one for brokers with names, and admin's.
        self.port = 9192 if pod else free_port_range(3 + BROKER_PORTS)
        self.admin_port = self.port + 2 + BROKER_PORTS
        self.launcher = pod.launcher if pod else ()
        self.options = dict(options or {})
        self.environment = dict(environment or {})
        self.binary = pathlib.Path(binary or BINARY)
        self.process = None
        self.log_start = 0
        self.owner = None
        if scene.IS_ROUTED and not is_owner and not {"group.id", "group_id"} & set(self.options):
            # New keys stand where EventTopic puts them.
            shared = {"group.id": f"owners-{self.port}", "partitioner": "crc32"}
            self.owner = BkesProcess(self.directory / "owner", bootstrap_servers, self.options | shared,
                                     environment=environment, binary=binary, is_owner=True)
            self.options |= shared | {"role": "router"}

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    @property
    def data_dir(self):
        return self.owner.data_dir if self.owner else self.directory / "data"

    @property
    def log_file(self):
        return self.directory / "bkes.log"

    def __enter__(self):
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def flags(self):
        settings = {
            "bootstrap.servers": self.bootstrap_servers,
            "data.dir": self.data_dir,
            "log.level": "debug",
            "admin.listener": f"{self.host}:{self.admin_port}",
        }
        settings |= scene.listener_settings(self.host, self.port, BROKER_PORTS)
        settings |= {key.replace("_", ".").replace("-", "."): value
                     for key, value in self.options.items()}
        settings |= scene.settings_of_bkes(settings["bootstrap.servers"], settings.get("topics", ""))
        found = []
        for key, value in settings.items():
            if value is not None:
                found += ["--" + key.replace(".", "-"), str(value)]
        return found

    def start(self):
        if self.is_alive():
            raise RuntimeError("bkes runs already")
        if self.owner:
            self.owner.start()
        if scene.is_of_scene(self.bootstrap_servers):
            scene.add_doors(self.host, range(self.port, self.port + 1 + BROKER_PORTS))
        with open(self.log_file, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(
                [*self.launcher, "setpriv", "--pdeathsig", "KILL", self.binary, "serve", *self.flags()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
                env=os.environ | self.environment, start_new_session=True)
        return self

    def wait_ready(self, timeout_s=30.0):
        """Returns when clients are served. (Guarded topics may still catch up: bkes holds what
        asks for them.)"""
        self._wait(self._serves, timeout_s, "isn't ready")
        if scene.is_door(self.host, self.port):
            assert live_brokers(self.host, self.port) == 0, "whoever doesn't log in is served"

    def _serves(self):
        try:
            with Connection(self.host, self.port, timeout_s=2.0) as raw:
                return len(raw.call("Metadata", 1, {"Topics": []})["Brokers"]) > 0
        except (Closed, OSError):
            return False

    def wait_for_log(self, pattern, timeout_s=30.0):
        """The first match of the regular expression in the log since the last start."""
        return self._wait(lambda: re.search(pattern, self.log()), timeout_s,
                          f"didn't log {pattern!r}")

    def wait_end(self, timeout_s=30.0):
        """Waits for an end that the test expects; the exit code."""
        return self.process.wait(timeout_s)

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout_s=20.0):
        """SIGTERM; raises unless bkes ends with status 0 in time."""
        if self.owner:
            self.owner.stop(timeout_s)
        if not self.is_alive():
            self.check_reports()
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"bkes didn't stop in {timeout_s:.0f} s:\n{self.log_tail()}")
        if code != 0:
            raise AssertionError(f"bkes stopped with status {code}:\n{self.log_tail()}")

    def kill(self):
        """kill -9."""
        if self.owner:
            self.owner.kill()
        if self.is_alive():
            self.process.kill()
            self.process.wait()

    def check_reports(self):
        """Raises if a sanitizer reported something since the log file began: bkes may have died of
        it when nobody asked it for anything any more. And if a password of the scene stands in it."""
        log = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        if report := re.search(r".*(\w+Sanitizer: |: runtime error: ).*", log):
            raise AssertionError(f"{report[0]}\n(whole log: {self.log_file})")
        for user, password in scene.USERS.items():
            assert password not in log, f"the password of {user} stands in {self.log_file}"

    def pause(self):
        stop_threads(self.process)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def http(self, path):
        """(status, body) of the admin listener."""
        try:
            with urllib.request.urlopen(f"http://{self.host}:{self.admin_port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def is_ready(self):
        """Every partition is served, here or at its owner."""
        try:
            return self.http("/readyz")[0] == 200
        except OSError:
            return False

    def states(self):
        """{partition: state} of its topic"""
        status = json.loads(self.http("/status")[1])
        return {one["partition"]: one["state"] for one in status["partitions"]}

    def owned(self):
        return {number for number, state in self.states().items() if state == "ready"}

    def metrics(self):
        """{(name, label, ...): value}; a label is `name=value`."""
        status, text = self.http("/metrics")
        assert status == 200
        found = {}
        for name, labels, value in re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", text, re.MULTILINE):
            pairs = re.findall(r'(\w+)="([^"]*)"', labels)
            found[(name, *sorted("=".join(pair) for pair in pairs))] = float(value)
        return found

    def log(self):
        """The log since the last start."""
        if self.owner:
            return self.owner.log()
        if not self.log_file.exists():
            return ""
        with open(self.log_file, "rb") as file:
            file.seek(self.log_start)
            return file.read().decode(errors="replace")

    def log_tail(self, lines=30):
        return "\n".join(self.log().splitlines()[-lines:]) + f"\n(whole log: {self.log_file})"

    def resident_bytes(self):
        """Memory of the process, as the kernel counts it; 0 under a sanitizer, which takes more
        for itself."""
        if os.environ.get("BKES_TEST_SANITIZER"):
            return 0
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def peak_bytes(self):
        """The most memory that the process has had since the last call; 0 under a sanitizer."""
        if os.environ.get("BKES_TEST_SANITIZER"):
            return 0
        path = pathlib.Path(f"/proc/{self.process.pid}")
        peak = re.search(r"VmHWM:\s+(\d+) kB", (path / "status").read_text())[1]
        (path / "clear_refs").write_text("5")
        return int(peak) * 1024

    def _wait(self, condition, timeout_s, what):
        deadline = time.monotonic() + timeout_s
        while True:
            found = condition()
            if found:
                return found
            if not self.is_alive():
                raise AssertionError(f"bkes ended with status {self.process.returncode}, and"
                                     f" {what}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"bkes {what} after {timeout_s:.0f} s:\n{self.log_tail()}")
            time.sleep(0.02)


@contextlib.contextmanager
def logged_in_bkes(cluster, folder, topic, user="bkes", **options):
    """One that has taken over a topic of a cluster with accounts. (Who isn't logged in can't ask whether
    it serves.)"""
    process = BkesProcess(folder, cluster.secured_servers,
                          cluster.security.bkes(user) | {"topics": topic} | options)
    process.start()
    try:
        process.wait_for_log(f"ready topic={topic}")
        yield process
        process.stop()
    finally:
        process.kill()


def run_bkes(*arguments, stdin=b"", binary=None, environment=None, timeout_s=60):
    """One command of bkes to its end: run_bkes("get", "bkes", "key", "--bootstrap-servers", ...).
    Returns subprocess.CompletedProcess with returncode, stdout and stderr (bytes)."""
    return subprocess.run([binary or BINARY, *scene.command_of_bkes(arguments)], input=stdin, capture_output=True,
                          env=os.environ | {"BKES_ADMIN_LISTENER": ""} | dict(environment or {}), timeout=timeout_s)


@contextlib.contextmanager
def running_bkes(*arguments, directory):
    """One command of bkes that ends by a signal: subprocess.Popen, with the paths `out` and `err` of
    what it writes. Killed at the end if it still runs."""
    out, err = pathlib.Path(directory) / "command.out", pathlib.Path(directory) / "command.err"
    with open(out, "wb") as out_file, open(err, "wb") as err_file, subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", BINARY, *scene.command_of_bkes(arguments)],
            stdin=subprocess.DEVNULL, stdout=out_file, stderr=err_file) as process:
        process.out, process.err = out, err
        try:
            yield process
        finally:
            process.kill()


def command(*words, settings, **process):
    """The same with settings as flags; (exit code, output, complaints), as texts."""
    flags = [word for key, value in settings.items()
             for word in ("--" + key.replace(".", "-"), value)]
    done = run_bkes(*words, *flags, **process)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def verify(bkes, topic, *more, bootstrap_servers=None):
    """(exit code, report) for the store of a bkes that is stopped."""
    done = run_bkes("verify", topic, "--json", "--bootstrap-servers",
                    bootstrap_servers or bkes.bootstrap_servers, "--data-dir", bkes.data_dir, *more)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def assert_agrees(bkes, topic, *, bootstrap_servers=None, **expected):
    """Stops bkes first."""
    bkes.stop()
    code, report = verify(bkes, topic, bootstrap_servers=bootstrap_servers)
    assert (code, report["differences"], report["behind"]) == (0, 0, 0), report
    for name, value in expected.items():
        assert report[name] == value, report
