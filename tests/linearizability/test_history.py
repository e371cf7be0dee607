"""The checker must refuse histories that can't be, and accept those that can."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from history import Append, Sight, violations  # noqa: E402

LOG = [(b"a", 0), (b"b", 1), (b"c", 5)]
A = Append(b"a", 0, 1, "written", 0, 0)
B = Append(b"b", 2, 3, "written", 1, 1)
C = Append(b"c", 4, 5, "written", 2, 5)
ALL = [A, B, C]

ACCEPTED = {
    "one after the other": (LOG, ALL, []),
    "nothing at all": ([], [], [Sight(0, 1, 0, ())]),
    "a read during an append sees it": (LOG, ALL, [Sight(2.5, 2.6, 2, (b"a", b"b"))]),
    "a read during an append doesn't see it": (LOG, ALL, [Sight(2.5, 2.6, 1, (b"a",))]),
    "a late conflict": (LOG, ALL, [Sight(0.5, 4.5, 2, None, 0)]),
    "an unknown one took effect long after": (
        LOG, [A, Append(b"b", 2, 2.1, "unknown", 1), C], [Sight(3, 3.5, 1, (b"a",))]),
    "an unknown one never took effect": (LOG, [*ALL, Append(b"x", 2, 3, "unknown", 1)], []),
    "a refused one isn't there": (LOG, [*ALL, Append(b"x", 2, 3, "refused", 1)],
                                  [Sight(2, 3, 2, None, 1)]),
    "appends that overlap": (LOG[:2], [Append(b"a", 0, 9, "written", 0, 0),
                                       Append(b"b", 0, 9, "written", 1, 1)], []),
    "an order that nobody asked for": (LOG[:1], [Append(b"a", 0, 1, "written", None, 0)], []),
}

REFUSED = {
    "lost": (LOG[:2], ALL, []),
    "written twice": ([*LOG, (b"a", 7)], ALL, []),
    "at another offset": ([(b"a", 3), *LOG[1:]], ALL, []),
    "refused, and there": (LOG, [A, B, Append(b"c", 4, 5, "refused", 2)], []),
    "of nobody": (LOG, [A, B], []),
    "another order": ([LOG[1], LOG[0], LOG[2]], ALL, []),
    "a stale read": (LOG, ALL, [Sight(3.5, 3.6, 1, (b"a",))]),
    "a stale conflict": (LOG, ALL, [Sight(3.5, 3.6, 1, None, 2)]),
    "a read from the future": (LOG, ALL, [Sight(1.2, 1.5, 2, (b"a", b"b"))]),
    "a conflict with a version to come": (LOG, ALL, [Sight(1.2, 1.5, 3, None, 1)]),
    "a conflict with a version that never came": (LOG, ALL, [Sight(6, 7, 4, None, 3)]),
    "a read of what was taken back": (LOG, ALL, [Sight(4, 5, 3, (b"a", b"b", b"x"))]),
    "a conflict that is none": (LOG, ALL, [Sight(6, 7, 3, None, 3)]),
    "events against their times": ([(b"b", 0), (b"a", 1)], [
        Append(b"a", 0, 1, "written", None, 1), Append(b"b", 2, 3, "written", None, 0)], []),
    "a read that goes back": (LOG, [A, Append(b"b", 2, 9, "written", 1, 1)], [
        Sight(3, 4, 2, (b"a", b"b")), Sight(5, 6, 1, (b"a",))]),
    "an unknown one seen, then missing": (LOG[:1], [Append(b"a", 0, 1, "unknown", 0)], [
        Sight(2, 3, 1, (b"a",)), Sight(4, 5, 0, ())]),
}


@pytest.mark.parametrize("history", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepts(history):
    assert not violations(*history)


@pytest.mark.parametrize("history", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(history):
    assert violations(*history)
