"""An application as a process of its own, in the pod of its router: clients that race (race.py) for a few hot
keys, and the history of what they asked and heard.

    application = Application(pod, number=1, topic="bkes", partitions=6)
    application.call("start", names=["r1-a", "r1-b"], seed=7)
    application.call("written")                        # how many appends so far
    application.ask("stop", path=path)
    appends, sights = application.history(path)        # by key

It is told what to do by lines on its standard input, and ends with it.
"""

import collections
import dataclasses
import json
import pathlib
import pickle
import subprocess
import sys
import time
import traceback
import types

from race import Race
from racers import RawRacer, idempotent_producer, plain_producer

RACERS = (RawRacer, RawRacer, plain_producer, idempotent_producer)
PORT = 9192  # of the router, at the pod's loopback address
PACE_S = 0.08  # between two turns of a client, on average
EVENTS_MAX = 150  # a key that has so many is left for the next one of its name


class Application:
    def __init__(self, pod, *, number, topic, partitions):
        self.number = number
        self.process = subprocess.Popen(
            [*pod.launcher, "setpriv", "--pdeathsig", "KILL", sys.executable, "-B", __file__,
             json.dumps({"number": number, "topic": topic, "partitions": partitions})],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def call(self, command, **arguments):
        self.ask(command, **arguments)
        return self._answer()

    def ask(self, command, **arguments):
        print(json.dumps([command, arguments]), file=self.process.stdin, flush=True)

    def history(self, path):
        """Once it has stopped, as it was asked to."""
        self._answer()
        with open(path, "rb") as file:
            return pickle.load(file)

    def _answer(self):
        answer = self.process.stdout.readline()
        assert answer, f"application {self.number} ended"
        failures, value = json.loads(answer)
        assert not failures, (f"application {self.number}", failures)
        return value

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Load(Race):
    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.generations = collections.Counter()
        self.seen = {}  # what several reads saw is kept once

    def _step(self, client, rng, value):
        time.sleep(rng.uniform(0, 2 * PACE_S))
        return super()._step(client, rng, value)

    def _key(self, rng):
        name = super()._key(rng)
        return b"%s-%d" % (name, self.generations[name])

    def note_sight(self, key, sight):
        if sight.values is not None:
            known = self.seen.setdefault((key, sight.values), sight.values)
            sight = dataclasses.replace(sight, values=known)
        super().note_sight(key, sight)
        name, generation = key.rsplit(b"-", 1)
        if sight.count >= EVENTS_MAX:
            self.generations[name] = max(self.generations[name], int(generation) + 1)


class _Served:
    """The commands."""

    def __init__(self, number, topic, partitions):
        self.number, self.topic, self.partitions = number, topic, partitions
        self.load = None

    def start(self, names, seed):
        self.load = Load(self.topic, self.partitions, [one.encode() for one in names], seed, RACERS,
                         first_number=len(RACERS) * self.number)
        router = types.SimpleNamespace(host="127.0.0.1", port=PORT, address=f"127.0.0.1:{PORT}")
        self.load.start(lambda: [router])

    def written(self):
        assert not self.load.failures, self.load.failures
        return self.load.written

    def show_failures(self):
        for one in self.load.failures:
            traceback.print_exception(one)

    def stop(self, path):
        try:
            self.load.stop()
        finally:
            history = dict(self.load.appends), dict(self.load.sights)
            pathlib.Path(path).write_bytes(pickle.dumps(history))


def _serve():
    served = _Served(**json.loads(sys.argv[1]))
    for line in sys.stdin:
        command, arguments = json.loads(line)
        failures = value = None
        try:
            value = getattr(served, command)(**arguments)
        except AssertionError as failure:
            failures = str(failure)
            served.show_failures()
        print(json.dumps([failures, value]), flush=True)


if __name__ == "__main__":
    _serve()
