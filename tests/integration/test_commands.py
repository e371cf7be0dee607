"""The commands of bkes as a person or a program at a shell uses them (contract section 11)."""

import json
import signal
import subprocess

import pytest

from bkes_process import free_port_range, run_bkes, running_bkes
from clients import eventually, rdkafka_producer, rdkafka_send
from events import EventTopic, log_of

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3


@pytest.fixture
def run(bkes):
    """run("get", "bkes", "key", stdin=b"") at the session's bkes: subprocess.CompletedProcess."""
    return lambda *arguments, stdin=b"": run_bkes(*arguments, "--bootstrap-servers", bkes.address,
                                                  stdin=stdin)


def objects(done):
    """Of --json: one object a line."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_append_and_get(run, new_key, kafka):
    key = new_key("shell").decode()
    first = run("append", "bkes", key, "--order", 0, "--header", "kind=opened", stdin=b"one\n")
    assert first.returncode == DONE, first
    assert run("append", "bkes", key, "--order", 1, "--exact", stdin=b"two\n").returncode == DONE
    assert run("append", "bkes", key, "--order", "any", stdin=b"").returncode == DONE
    assert run("append", "bkes", key, "--order", "exists", stdin=b"four").returncode == DONE

    shown = run("get", "bkes", key)
    assert shown.returncode == DONE
    assert b"one" in shown.stdout and b"four" in shown.stdout
    got = objects(run("get", "bkes", key, "--json"))
    assert [one["order"] for one in got] == [0, 1, 2, 3]
    assert [one["value"] for one in got] == ["one", "two\n", "", "four"]
    assert {(one["key"], one["value"]) for one in got[0]["headers"]} == \
        {("order", "0"), ("kind", "opened")}
    later = objects(run("get", "bkes", key, "--from", 2, "--json"))
    assert later == got[2:]

    standing = [one for partition in range(5) for one in log_of(kafka, "bkes", partition)[0]
                if one.key == key.encode()]
    assert [(one.value, one.offset) for one in standing] == \
        [(one["value"].encode(), one["offset"]) for one in got]


def test_get_reads_from_the_end(run, new_key, bkes):
    key = new_key("end")
    with EventTopic(bkes) as events:
        for n in range(30):
            assert events.append(key, b"%d" % n, n).code == 0
    whole = objects(run("get", "bkes", key.decode(), "--json"))

    def got(*options):
        return objects(run("get", "bkes", key.decode(), *options, "--json"))

    assert got("--reverse") == whole[::-1]
    assert got("--last", 3) == whole[-3:]
    assert got("--last", 3, "--reverse") == whole[:-4:-1]
    assert got("--reverse", "--from", 4) == whole[4::-1]
    assert got("--reverse", "--from", 4, "--last", 2) == whole[4:2:-1]
    assert got("--from", 28, "--last", 5) == whole[28:]
    assert got("--last", 100) == whole
    assert run("get", "bkes", "end-never", "--last", 1).stdout == b""


def test_get_reads_what_fits_into_no_answer(run, new_key, bkes):
    """12 MiB of events; an answer has 8."""
    key, count = new_key("large"), 24
    with EventTopic(bkes) as events:
        for n in range(count):
            assert events.append(key, b"x" * (1 << 19), n).code == 0
    for options, expected in (((), range(count)), (("--reverse",), range(count)[::-1]),
                              (("--last", 20), range(4, count)),
                              (("--last", 20, "--reverse"), range(4, count)[::-1])):
        found = objects(run("get", "bkes", key.decode(), *options, "--json"))
        assert [one["order"] for one in found] == list(expected)
        assert {len(one["value"]) for one in found} == {1 << 19}


def test_tail_shows_what_comes_over_a_restart(start_bkes, new_topic, new_key, tmp_path):
    topic, key = new_topic(), new_key("tail")
    bkes = start_bkes(topics=topic)

    def append(first, count):
        with EventTopic(bkes, topic) as events:
            for order in range(first, first + count):
                assert events.append(key, b"v", order).code == 0

    append(0, 2)
    with running_bkes("tail", topic, key.decode(), "--json", "--bootstrap-servers", bkes.address,
                      directory=tmp_path) as tail:

        def shown(count):
            orders = [json.loads(line)["order"] for line in tail.out.read_text().splitlines()]
            return orders == list(range(count))

        eventually(lambda: shown(2))
        append(2, 1)
        eventually(lambda: shown(3))
        bkes.stop()
        eventually(lambda: tail.err.read_text())
        bkes.start()
        bkes.wait_ready()
        append(3, 2)
        eventually(lambda: shown(5))
        assert tail.err.read_text().count("\n") == 1
        assert "trying again from order 3 on" in tail.err.read_text()
        tail.send_signal(signal.SIGINT)
        assert tail.wait(10) == DONE
    with running_bkes("tail", topic, key.decode(), "--from", 4, "--bootstrap-servers", bkes.address,
                      directory=tmp_path) as tail:
        eventually(lambda: tail.out.read_text().startswith("order 4 "))
        tail.send_signal(signal.SIGTERM)
        assert tail.wait(10) == DONE
    assert run_bkes("tail", "elsewhere", "k", "--bootstrap-servers",
                    bkes.address).returncode == REFUSED


def test_append_tells_where_the_event_stands(run, new_key):
    key = new_key("shell").decode()
    (numbered,) = objects(run("append", "bkes", key, "--order", 0, "--json", stdin=b"v"))
    (got,) = objects(run("get", "bkes", key, "--json"))
    assert numbered == {"topic": "bkes", "key": key, "order": 0, "partition": got["partition"],
                        "offset": got["offset"]}
    (any_order,) = objects(run("append", "bkes", key, "--order", "any", "--json", stdin=b"v"))
    assert any_order["partition"] == numbered["partition"]
    assert any_order["order"] == 1


def test_a_conflict_is_refused_with_what_was_expected(run, new_key):
    key = new_key("shell").decode()
    assert run("append", "bkes", key, "--order", 0, stdin=b"x").returncode == DONE
    late = run("append", "bkes", key, "--order", 0, stdin=b"y")
    assert late.returncode == REFUSED
    assert b"expected=1 got=0" in late.stderr + late.stdout
    never = run("append", "bkes", key + "-never", "--order", "exists", stdin=b"y")
    assert never.returncode == REFUSED
    assert b"no such aggregate" in never.stderr + never.stdout
    assert [one["value"] for one in objects(run("get", "bkes", key, "--json"))] == ["x"]


def test_a_key_never_seen_has_no_events(run, new_key):
    none = run("get", "bkes", new_key("never").decode(), "--json")
    assert (none.returncode, none.stdout) == (DONE, b"")


def test_a_topic_that_is_not_guarded_is_refused_by_name(run):
    for done in (run("get", "elsewhere", "k"), run("keys", "elsewhere")):
        assert done.returncode == REFUSED, done
        assert b"elsewhere" in done.stderr


def test_keys_are_listed_by_prefix_in_byte_order(run, new_key):
    prefix = new_key("list").decode() + "-"
    names = sorted(prefix + name for name in ("b", "a", "a.b/c", "ä"))
    for name in names:
        assert run("append", "bkes", name, "--order", 0, stdin=b"v").returncode == DONE
    listed = objects(run("keys", "bkes", "--prefix", prefix, "--json"))
    assert [one["key"].encode() for one in listed] == sorted(name.encode() for name in names)
    assert all((one["start_order"], one["next_order"]) == (0, 1) for one in listed)
    assert len(objects(run("keys", "bkes", "--prefix", prefix, "--limit", 2, "--json"))) == 2
    shown = run("keys", "bkes", "--prefix", prefix)
    assert all(name.encode() in shown.stdout for name in names if name.isascii())


def test_keys_that_are_no_text_go_in_hexadecimal(run, bkes, new_key):
    key = b"\x00\xff" + new_key()
    assert run("append", "bkes", key.hex(), "--key-hex", "--order", 0, stdin=b"v").returncode == DONE
    assert len(objects(run("get", "bkes", key.hex(), "--key-hex", "--json"))) == 1
    with EventTopic(bkes) as events:
        assert events.values(key) == [b"v"]
    assert len(objects(run("keys", "bkes", "--prefix", key.hex(), "--prefix-hex", "--json"))) == 1


@pytest.fixture
def old_topic(kafka, new_topic):
    """Records that were there before bkes; the first of key `a` says that it has order 5."""
    topic = new_topic(partitions=2)
    producer = rdkafka_producer(kafka.bootstrap_servers)
    rdkafka_send(producer, topic, [
        (b"a", b"5", [("order", b"5")]), (b"a", b"6", [("order", b"6")]), (b"b", b"0", [])])
    return topic


def test_sync_once_fills_a_store_that_serves(kafka, old_topic, start_bkes, tmp_path):
    place = ("--bootstrap-servers", kafka.bootstrap_servers, "--data-dir", tmp_path / "kept" / "data")
    (tmp_path / "kept").mkdir()
    done = run_bkes("sync", "--once", "--topics", old_topic, *place)
    assert done.returncode == DONE, done
    agrees = run_bkes("verify", old_topic, "--json", *place)
    report = json.loads(agrees.stdout)
    assert agrees.returncode == DONE, report
    assert (report["differences"], report["behind"]) == (0, 0), report
    bkes = start_bkes(topics=old_topic, directory=tmp_path / "kept")
    with EventTopic(bkes, old_topic, 2) as events:
        assert events.next_order(b"a") == 7
        assert [one.offset for one in events.read(b"a", 5)] == [5, 6]
        assert events.values(b"b") == [b"0"]
    bkes.wait_for_log("ready topic=.* read=0")


def test_verify_names_what_differs(kafka, old_topic, tmp_path):
    """The difference: verify is told that the order stands in another header than the store was
    filled by, so the first event of `a` would be number 0."""
    place = ("--bootstrap-servers", kafka.bootstrap_servers, "--data-dir", tmp_path / "data")
    assert run_bkes("sync", "--once", "--topics", old_topic, *place).returncode == DONE
    other = ("--order-header", "none-such")
    differs = run_bkes("verify", old_topic, *place, *other)
    assert differs.returncode == REFUSED, differs
    assert b'"a"' in differs.stdout and b'"b"' not in differs.stdout, differs.stdout
    report = json.loads(run_bkes("verify", old_topic, "--json", *place, *other).stdout)
    assert report["differences"] > 0
    assert run_bkes("verify", old_topic, *place).returncode == DONE


def test_wrong_usage_is_explained(bkes):
    for arguments, said in {
            (): b"Usage",
            ("gett", "bkes", "k"): b"gett",
            ("get", "bkes"): b"KEY",
            ("get", "bkes", "k", "--no-such-flag"): b"--no-such-flag",
            ("get", "bkes", "k", "--from", "-1"): b"--from",
            ("get", "bkes", "zz", "--key-hex"): b"zz",
            ("get", "bkes", "k", "--last", "0"): b"--last",
            ("tail", "bkes", "k", "--from", "x"): b"--from",
            ("keys", "bkes", "--command-config", "/no/such"): b"/no/such",
            ("keys", "bkes", "--limit", "none"): b"--limit",
            ("verify",): b"TOPIC",
            ("sync", "--once", "--hold-ms", "soon"): b"hold",
    }.items():
        done = run_bkes(*arguments)
        assert done.returncode == USAGE, (arguments, done)
        assert said in done.stderr, (arguments, done.stderr)


def test_nobody_there_is_unreachable():
    nobody = f"127.0.0.1:{free_port_range(1)}"
    for arguments in (("get", "bkes", "k"), ("tail", "bkes", "k"), ("append", "bkes", "k", "--order", 0), ("keys", "bkes")):
        done = run_bkes(*arguments, "--bootstrap-servers", nobody, "--timeout-ms", 500)
        assert done.returncode == UNREACHABLE, (arguments, done)
        assert nobody.encode() in done.stderr, done.stderr


@pytest.mark.parametrize("command", [("verify", "t"), ("sync", "--once", "--topics", "t")])
def test_what_reads_the_log_says_that_no_broker_is_there(command, tmp_path):
    nobody = f"127.0.0.1:{free_port_range(1)}"
    done = run_bkes(*command, "--bootstrap-servers", nobody, "--data-dir", tmp_path)
    assert done.returncode == UNREACHABLE, done
    assert nobody.encode() in done.stderr, done.stderr


def test_version_and_help():
    for arguments in (("version",), ("--version",), ("help",), ("--help",), ("get", "--help")):
        done = run_bkes(*arguments)
        assert (done.returncode, done.stderr) == (DONE, b""), (arguments, done)
        assert b"bkes" in done.stdout


def test_bash_completes_commands_and_options():
    def completed(*words):
        script = run_bkes("completion", "bash").stdout.decode()
        quoted = " ".join(f"'{word}'" for word in ("bkes", *words))
        done = subprocess.run(["bash", "-c", f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _bkes\n"
                               'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return done.stdout.split()

    assert completed("ver") == ["verify", "version"]
    assert completed("get", "bkes", "k", "--l") == ["--last"]
    assert "--hold-ms" in completed("serve", "--h")
