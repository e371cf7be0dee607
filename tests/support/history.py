"""Linearizability of one aggregate: is there a moment for each operation, between its call and its
return, so that all of them make sense one after the other?

The log is the order of the appends, so no search is needed. Event n takes place at a moment e(n)
with e(0) < e(1) < ..., each within its own append; whoever saw the aggregate with m events looked
between e(m-1) and e(m). Taking each e(n) as early as all of that allows is best for all others, so
if one comes too late then, no choice would do (points on a line with lower and upper bounds).
"""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Append:
    """`outcome`: "written" at `offset`; "refused": it must not be in the log; "unknown"."""

    value: bytes
    called: float
    returned: float
    outcome: str
    order: int | None = None  # asked for; None: any
    offset: int = -1


@dataclasses.dataclass(frozen=True)
class Sight:
    """Somebody was told how many events there are: a read (with their values), or a conflict (with
    the order that was refused)."""

    called: float
    returned: float
    count: int
    values: tuple | None = None
    refused_order: int | None = None


def violations(log, appends, sights):
    """What is wrong with a history of one key; empty if nothing is.
    log: [(value, offset)] of the key, as it stands at the end."""
    return [*_log_violations(log, appends), *_sight_violations(log, sights),
            *_order_violations(log, appends, sights)]


def _log_violations(log, appends):
    places = {}
    for place, (value, offset) in enumerate(log):
        if value in places:
            yield f"{value} stands in the log twice"
        places[value] = (place, offset)
    for one in appends:
        place, offset = places.pop(one.value, (None, None))
        if one.outcome == "written" and place is None:
            yield f"{one.value} was written and isn't in the log"
        elif one.outcome == "written" and offset != one.offset:
            yield f"{one.value} was written at {one.offset} and stands at {offset}"
        elif one.outcome == "refused" and place is not None:
            yield f"{one.value} was refused and stands in the log"
        if place is not None and one.order is not None and place != one.order:
            yield f"{one.value} asked for order {one.order} and is number {place}"
    for value in places:
        yield f"{value} stands in the log and nobody appended it"


def _sight_violations(log, sights):
    for one in sights:
        if one.count > len(log):
            yield f"{one} saw more than there ever was"
        if one.values is not None and list(one.values) != [value for value, _ in log[:one.count]]:
            yield f"{one} saw other events than the log has"
        if one.refused_order is not None and one.refused_order == one.count:
            yield f"{one} is a conflict that is none"


def _order_violations(log, appends, sights):
    by_value = {one.value: one for one in appends}
    seen = {}
    for one in sights:
        seen.setdefault(one.count, []).append(one)
    moment = -math.inf  # of the event before, as early as it may have been
    for count in range(len(log) + 1):
        for one in seen.get(count, ()):
            if one.returned < moment:
                yield f"{one} saw event {count - 1} before it can have been written"
        if count == len(log):
            return
        append = by_value.get(log[count][0])
        if append is None:
            continue
        moment = max([moment, append.called, *(one.called for one in seen.get(count, ()))])
        until = append.returned if append.outcome == "written" else math.inf
        if moment > until:
            yield f"event {count} ({append.value}) was written before somebody saw it missing"
