"""Pauses between attempts: random from nothing to a bound that doubles, and never past the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from narthex.pure.events.retries import LONGEST_SECONDS, SECOND, due_us, pause_us

CHANCE = some.floats(0, 1, exclude_max=True)
HOUR = 3600 * SECOND


@given(some.integers(1, 10_000), CHANCE)
def test_a_pause_is_within_its_bound(failed: int, chance: float) -> None:
    assert 0 <= pause_us(failed, chance) <= LONGEST_SECONDS * SECOND
    assert pause_us(failed, chance) <= pause_us(failed + 1, chance)


def test_the_bound_doubles_until_it_is_the_longest() -> None:
    seconds = [pause_us(failed, 0.5) / SECOND for failed in range(1, 12)]
    assert seconds == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 150, 150]


@given(some.integers(0, HOUR), some.integers(1, 50), CHANCE, some.integers(0, HOUR))
def test_it_is_never_due_after_its_end(now: int, failed: int, chance: float, left: int) -> None:
    assert now <= due_us(now, failed, chance, now + left, None) <= now + left
    assert now <= due_us(now, failed, chance, now + left, 60.0) <= now + left


@given(CHANCE, some.floats(-10, 600))
def test_a_target_that_said_when_is_not_asked_before(chance: float, said: float) -> None:
    due = due_us(0, 9, chance, HOUR, said)
    assert due >= int(said * SECOND) - 1
    assert due <= max(said, 0) * SECOND + SECOND
