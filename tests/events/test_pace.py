"""Uploads go first while the cores are busy: not below a rate, and not for longer than seconds."""

from __future__ import annotations

import pytest

from narthex.events.pace import BREATH, LONGEST, PATIENCE, RATE, Pace, Times, times_of_thread

MS = 1_000_000  # nanoseconds

# How long the thread ran and waited between two looks, what it began, the age of it, the rest.
RESTS = [
    ("idle", 100 * MS, 0, 16, 0.0, BREATH),
    ("a little busy", 60 * MS, 39 * MS, 16, 0.0, BREATH),
    ("busy", 60 * MS, 41 * MS, 16, 0.0, 16 / RATE),
    ("busy, and nothing to do", 60 * MS, 41 * MS, 0, 0.0, BREATH),
    ("busy, one thing to do", 60 * MS, 41 * MS, 1, 0.0, 1 / RATE),
    ("busy, and much to do", 60 * MS, 41 * MS, 256, 0.0, LONGEST),
    ("busy for seconds", 60 * MS, 41 * MS, 16, PATIENCE, 16 / RATE),
    ("busy for too long", 60 * MS, 41 * MS, 16, PATIENCE + 0.1, BREATH),
    ("it did not run at all", 0, 0, 16, 0.0, BREATH),
]


@pytest.mark.parametrize(("ran", "waited", "begun", "age", "rest"), [one[1:] for one in RESTS])
def test_the_rest_after_a_look(ran: int, waited: int, begun: int, age: float, rest: float) -> None:
    told = iter([(5 * MS, 7 * MS), (5 * MS + ran, 7 * MS + waited)])
    pace = Pace(lambda: next(told))
    assert pace.rest(begun, age, 1.0) == BREATH, "nothing is known yet"
    assert pace.rest(begun, age, 1.05) == BREATH, "it is not judged at each look"
    assert pace.rest(begun, age, 1.2) == max(rest, BREATH)


def test_a_core_that_is_free_again_is_used_again() -> None:
    told: list[Times] = [(0, 0), (0, 9 * MS), (9 * MS, 9 * MS)]
    pace = Pace(lambda: told.pop(0))
    rests = [pace.rest(16, 0.0, now) for now in (1.0, 2.0, 3.0)]
    assert rests == [BREATH, 16 / RATE, BREATH]


def test_where_nothing_is_told_nothing_waits() -> None:
    pace = Pace(lambda: None)
    assert [pace.rest(16, 0.0, now) for now in (1.0, 2.0)] == [BREATH, BREATH]


def test_this_system_tells_or_does_not() -> None:
    before, after = times_of_thread(), times_of_thread()
    if before is not None and after is not None:
        assert before[0] <= after[0]
        assert before[1] <= after[1]
