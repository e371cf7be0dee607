"""Waiting for what several instances of a group agree on."""

import itertools
import time

from clients import eventually


def wait_served(bkes, timeout_s=60.0):
    """It knows an owner for every partition."""
    end = time.monotonic() + timeout_s
    while not bkes.is_ready():
        assert time.monotonic() < end and bkes.is_alive(), bkes.log_tail()
        time.sleep(0.1)


def wait_shared(instances, partitions, timeout_s=40.0):
    """Each partition is owned by one of them, and each of them owns about as many."""
    def is_so():
        if not all(one.is_ready() for one in instances):
            return False
        mine = [one.owned() for one in instances]
        return (sorted(itertools.chain(*mine)) == list(range(partitions))
                and max(map(len, mine)) - min(map(len, mine)) <= 1)
    eventually(is_so, timeout_s)
