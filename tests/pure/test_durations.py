"""Durations as people type and read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.durations import (
    LONGEST,
    DurationError,
    read_duration,
    read_lifetime,
    spoken,
)

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("3600", 3600),
        ("007", 7),
        ("90s", 90),
        ("15m", 900),
        ("2h", 7200),
        ("7d", 604800),
        ("1w", 604800),
        ("2h30m", 9000),
        ("1w2d3h4m5s", 788645),
        ("1d1s", 86401),
    ],
)
def test_a_duration_is_seconds_or_units_in_falling_order(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-5",
        "+60",
        " 60",
        "60 ",
        "6_0",
        "1.5",
        "1.5h",
        "1e3",
        "٣",
        "²",
        "h",
        "30m2h",
        "2h2h",
        "2H",
        "2 h",
        "2hours",
        "1y",
        "2h30",
        "0x10",
        "12345678901",
        "99999999999h",
    ],
)
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(DurationError):
        read_duration(text)


def test_more_than_a_century_is_a_slip_of_the_finger() -> None:
    assert read_duration(str(LONGEST)) == LONGEST
    with pytest.raises(DurationError, match="century"):
        read_duration(str(LONGEST + 1))


@given(st.text(alphabet="0123456789wdhms -+.", max_size=12))
def test_reading_gives_seconds_in_range_or_refuses(text: str) -> None:
    try:
        seconds = read_duration(text)
    except DurationError:
        return
    assert 0 <= seconds <= LONGEST


@given(st.tuples(*[st.integers(0, 99)] * 5).filter(any))
def test_units_add_up(counts: tuple[int, ...]) -> None:
    text = "".join(f"{count}{unit}" for count, unit in zip(counts, "wdhms", strict=True))
    weeks, days, hours, minutes, seconds = counts
    whole = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert read_duration(text) == whole.total_seconds()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h", 7200),
        ("2026-11-24T13:00:00Z", 3600),
        ("2026-11-24T14:00:00+01:00", 3600),
        ("2026-11-24T12:00:01.9Z", 1),
        ("2026-11-24T13:00", 3600),
        ("2026-11-25", 43200),
    ],
)
def test_a_lifetime_is_a_duration_or_an_end(text: str, seconds: int) -> None:
    assert read_lifetime(text, NOON) == seconds


def test_an_end_without_a_zone_is_meant_where_the_caller_is() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=2)))
    assert read_lifetime("2026-11-24T15:00:00", there) == 3600


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T12:00:00Z",
        "2026-11-24T11:59:59Z",
        "2026-11-24T12:00:00.5Z",
        "2026-13-01T00:00:00Z",
        "2026-11-24T25:00:00Z",
        "2026-11-24 maybe",
        "2200-01-01T00:00:00Z",
    ],
)
def test_an_end_that_has_passed_or_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(DurationError):
        read_lifetime(text, NOON)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (90, "1 minute 30 seconds"),
        (3600, "1 hour"),
        (3601, "1 hour"),
        (9000, "2 hours 30 minutes"),
        (86400, "1 day"),
        (90000, "1 day 1 hour"),
        (90061, "1 day 1 hour"),
        (604800, "7 days"),
        (86460, "1 day"),
    ],
)
def test_a_duration_in_words_has_its_two_largest_units(seconds: int, words: str) -> None:
    assert spoken(seconds) == words
