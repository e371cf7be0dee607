"""(m) What partitions cost on which nothing happens: an instance by itself, memory and processor time, also
Kafka's for being asked whether there is something new."""

import os
import time

from clients import eventually
from figures import cpu_of, memory_mib

COUNTS = (1, 100, 1_000)
SETTLED_AFTER_S = 15  # quiet partitions ask less and less often
MEASURED_S = 20


def run(bench):
    found = bench.results["m"] = []
    for count in COUNTS:
        topic = f"quiet-{count}"
        bench.cluster.create_topic(topic, count)
        with bench.bkes(topic, topic) as bkes:
            began = time.monotonic()
            eventually(bkes.is_ready, timeout_s=120)
            ready_s = time.monotonic() - began
            time.sleep(SETTLED_AFTER_S)
            found.append({"partitions": count, "ready_s": ready_s} | quiet(bench, bkes))
        report(bench, found[-1])


def quiet(bench, bkes):
    processes = {"bkes": bkes.process, "kafka": bench.cluster.broker(1).process}
    before = {name: cpu_of(process) for name, process in processes.items()}
    time.sleep(MEASURED_S)
    return {"memory_mib": memory_mib(bkes.process)["VmRSS"],
            "open_files": len(os.listdir(f"/proc/{bkes.process.pid}/fd")),
            "cpu_percent": {name: 100 * (cpu_of(process) - before[name]) / MEASURED_S
                            for name, process in processes.items()}}


def report(bench, one):
    cpu = one["cpu_percent"]
    bench.row(f"{one['partitions']:,} partitions, % of a processor", f"{cpu['bkes']:.1f}", "", "",
              note=f"Kafka {cpu['kafka']:.1f} %; {one['memory_mib']:.0f} MiB, {one['open_files']:,} files; "
                   f"ready after {one['ready_s']:.1f} s")
