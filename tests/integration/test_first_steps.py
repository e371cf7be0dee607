"""What README and run.sh tell a newcomer to try, with kcat, and that the store can be deleted."""

import shutil
import subprocess

import pytest

pytestmark = pytest.mark.plain_scene("the README's first steps, which are in plain text")


def kcat(bkes, *arguments, stdin=b""):
    return subprocess.run(["kcat", "-b", bkes.address, *arguments], input=stdin,
                          capture_output=True, timeout=60)


def append(bkes, order, value):
    return kcat(bkes, "-P", "-t", "bkes", "-k", "order-42", "-H", f"order={order}",
                stdin=value + b"\n")


def read(bkes):
    got = kcat(bkes, "-C", "-t", "bkes.key.order-42", "-e", "-q", "-f", "%o %k %s %h\\n")
    assert got.returncode == 0, got.stderr
    return got.stdout.decode().splitlines()


def test_append_conflict_read_and_read_again_after_losing_the_store(kafka, start_bkes):
    kafka.create_topic("bkes", partitions=5)
    bkes = start_bkes(topics="bkes")
    expected = []
    for order in range(3):
        done = append(bkes, order, b"v%d" % order)
        assert done.returncode == 0, done.stderr
        expected.append(f"{order} order-42 v{order} order={order}")
        assert read(bkes) == expected

    refused = append(bkes, 0, b"late")
    assert refused.returncode == 1
    assert b"Policy violation" in refused.stderr
    assert read(bkes) == expected

    bkes.kill()
    shutil.rmtree(bkes.data_dir)
    bkes.start()
    bkes.wait_ready()
    assert read(bkes) == expected
    bkes.stop()
