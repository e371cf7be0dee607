"""The histories of many clients, round after round, held against the log, which is read once: what was checked
is forgotten.

    ledger = Ledger(cluster, "bkes", partitions=6)
    ledger.check([(appends, sights), ...])       # of this round; its keys are of no other round

An append of which nobody knew the end may still arrive in a later round: once, and with the order it asked for.
"""

import collections
import itertools

from history import violations
from race import ends_of, read_log


class Ledger:
    def __init__(self, cluster, topic, partitions):
        self.cluster, self.topic, self.partitions = cluster, topic, partitions
        self.ends = {}  # {partition: where the log ended}
        self.counts = {}  # {key of an earlier round: how many events}
        self.unknown = collections.defaultdict(dict)  # {such a key: {value: order}} that aren't in the log yet
        self.totals = collections.Counter()

    def begin(self):
        """What stands in the log now is nobody's whose history comes."""
        self.ends = ends_of(self.cluster, self.topic, self.partitions)

    def check(self, histories):
        """The appends of all, by key."""
        appends, sights = _merged(one for one, _ in histories), _merged(one for _, one in histories)
        log = read_log(self.cluster, self.topic, self.partitions, self.ends)
        for key in self.counts.keys() & log.keys():
            self._check_late(key, log.pop(key))
        for key in appends.keys() | sights.keys() | log.keys():
            found = violations(log.get(key, []), appends[key], sights[key])
            assert not found, (key, found[:5])
            self._remember(key, log.get(key, []), appends[key])
            self.totals["reads"] += sum(one.values is not None for one in sights[key])
        return appends

    def _check_late(self, key, events):
        for value, offset in events:
            order = self.unknown[key].pop(value, None)
            assert order == self.counts[key], f"{value} of {key} came late, to offset {offset}, as order {order}" \
                                              f" where {self.counts[key]} is due"
            self.counts[key] += 1
            self.totals["late"] += 1

    def _remember(self, key, events, appends):
        self.counts[key] = len(events)
        written = {value for value, _ in events}
        for one in appends:
            self.totals[one.outcome] += 1
            if one.outcome == "unknown" and one.value not in written:
                self.unknown[key][one.value] = one.order


def times_of(appends):
    """(how many were written, for how long none was, how long the slowest took), in a round. (A new producer of
    librdkafka waits up to a second before it connects.)"""
    written = sorted((one.returned, one.called) for of_key in appends.values() for one in of_key
                     if one.outcome == "written")
    silence = max((later - earlier for (earlier, _), (later, _) in itertools.pairwise(written)), default=0)
    return len(written), silence, max((returned - called for returned, called in written), default=0)


def _merged(histories):
    found = collections.defaultdict(list)
    for one in histories:
        for key, entries in one.items():
            found[key] += entries
    return found
