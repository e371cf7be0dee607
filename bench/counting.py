"""(j) What counting for /metrics costs an append: the time of all that is counted for one, measured alone, as a share
of the processor time that bkes spends on one under load."""

import statistics

CONNECTIONS = 64
SHARE_MAX = 0.01


def run(bench, appends):
    """`appends(bench, bkes, ...)` is one run of the load of (a)."""
    topic = "counted"
    bench.cluster.create_topic(topic, 5)
    counting = bench.program("count_cost")
    loads = []
    with bench.bkes("counting", topic) as bkes:
        bkes.wait_for_log(f"ready topic={topic}")
        for number in range(bench.rounds):
            loads.append(appends(bench, bkes, address=bkes.address, topic=topic, connections=CONNECTIONS, in_flight=1,
                                 ms=2000 if bench.quick else 5000, warm_up_ms=1000, run=f"counting-{number}"))
    spent_us = statistics.median(load["bkes_cpu_us"] for load in loads)
    share = counting["ns"] / 1000 / spent_us
    bench.results["j"] = {"counting": counting, "loads": loads, "share": share}
    bench.row(f"counting one append, {CONNECTIONS} connections", f"{counting['ns']:.0f} ns", f"{spent_us:.1f} us",
              f"{share:.2%}", f"< {SHARE_MAX:.0%}", share < SHARE_MAX, "nobody else in its batch: the dearest case")
