"""(a) once more with a client that people use: Kafka's own producer (OneAppender.java)."""

import json
import pathlib
import statistics
import subprocess

from figures import in_turns, median_ratio
from kafka_node import java, libs_dir

SOURCE = pathlib.Path(__file__).resolve().parent / "OneAppender.java"


def run(bench, bkes):
    """`guarded` through bkes, `plain` at the broker."""
    ways = {"direct": (bench.kafka, "plain"), "bkes": (bkes.address, "guarded")}
    rounds = in_turns(ways, bench.rounds, lambda way, number: append(bench, *ways[way], f"producer-{number}"))
    ratio = median_ratio([(ours["appends_per_s"], theirs["appends_per_s"])
                          for ours, theirs in zip(rounds["bkes"], rounds["direct"])])

    def text(way):
        def median(figure):
            return statistics.median(one[figure] for one in rounds[way])
        return f"{median('appends_per_s'):,.0f} {median('p50_us') / 1000:.2f}/{median('p99_us') / 1000:.2f}"
    bench.row("one of Kafka's producers, linger.ms=0", text("bkes"), text("direct"), f"{ratio:.2f}")
    return {"client": "Kafka's producer", "rounds": rounds, "ratio": ratio}


def append(bench, address, topic, name):
    """Java's better compiler would be at work on one of the processors for half a minute first; so the
    simple one does it."""
    milliseconds = 1000 if bench.quick else 4000
    command = [java(), "-XX:TieredStopAtLevel=1", "-cp", f"{libs_dir()}/*", SOURCE, address, topic, name,
               milliseconds, milliseconds]
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{SOURCE.name}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
