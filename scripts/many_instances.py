#!/usr/bin/python3 -B
"""The scene of docker/k8s on this machine, in network namespaces, where one thing after the other goes wrong:
three brokers, three owners, four routers with an application each (tests/support/many_instances.py).

    scripts/many_instances.py --duration 600 --seed 1
    scripts/many_instances.py --duration 300 --upgrade-from /elsewhere/bkes

After every fault all histories must be linearizable, nothing lost or doubled, each store and the log agree. The
seed chooses the faults and the clients' keys, not the machine's timing. Exit code 1: something was wrong, and the
folder with all logs is kept; 2: this machine doesn't let one have network namespaces (it takes root)."""

import argparse
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "support"))
from bkes_process import BINARY  # noqa: E402
from many_faults import FAULTS, MOVING  # noqa: E402
from many_instances import ManyInstances  # noqa: E402
from own_network import Network, why_not  # noqa: E402


def wanted():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--duration", type=float, default=600, help="seconds (600)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--upgrade-from", type=pathlib.Path, default=BINARY,
                        help="the owners' binary at the start; the first rolling restart ends it")
    parser.add_argument("--fault", action="append", choices=[one.__name__ for one in FAULTS],
                        help="only this one (or several)")
    return parser.parse_args()


def faults(names, rng):
    """Without end, each as often as any other."""
    while True:
        bag = [one for one in FAULTS if not names or one.__name__ in names]
        rng.shuffle(bag)
        yield from bag


def run(arguments, directory):
    began = time.monotonic()

    def tell(text):
        print(f"{time.strftime('%H:%M:%S', time.gmtime())} {time.monotonic() - began:7.1f} s  {text}", flush=True)
    with Network() as network, network.inside():
        with ManyInstances(directory, network, arguments.seed, owners_binary=arguments.upgrade_from.resolve(),
                           tell=tell) as scene:
            tell("all serve")
            for fault in faults(arguments.fault, random.Random(arguments.seed)):
                scene.round(fault, moves=fault in MOVING)
                if time.monotonic() - began > arguments.duration:
                    break
            scene.finish()


def main():
    arguments = wanted()
    if reason := why_not():
        print(f"many_instances.py: {reason}", file=sys.stderr)
        return 2
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bkes-many-"))
    print(f"seed {arguments.seed}, logs in {directory}", flush=True)
    try:
        run(arguments, directory)
    except Exception:
        traceback.print_exc()
        print(f"many_instances.py: failed with seed {arguments.seed}, logs in {directory}", file=sys.stderr)
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
