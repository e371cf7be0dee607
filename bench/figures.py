"""What several workloads measure and reckon with."""

import os
import pathlib
import re
import statistics


def median_ratio(pairs):
    return statistics.median(ours / theirs for ours, theirs in pairs)


def cpu_of(process):
    """User and system seconds of a process so far."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return {name: int(re.search(name + r":\s+(\d+) kB", status)[1]) / 1024
            for name in ("VmHWM", "VmRSS", "RssAnon")}


def in_turns(ways, rounds, measure):
    """{way: what measure(way, number) gave in each round}; who is first changes."""
    found = {way: [] for way in ways}
    for number in range(rounds):
        for way in list(ways)[::1 if number % 2 else -1]:
            found[way].append(measure(way, number))
    return found
