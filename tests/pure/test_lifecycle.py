"""Which rule ends an object and when; what its readers are told; where and when to walk again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure import times
from narthex.pure.lifecycle import (
    DAY_US,
    LAST_US,
    LATE_US,
    Expiry,
    Filter,
    Rule,
    abortion,
    expiration,
    expiry,
    next_walk,
    rule_id,
    spans,
)

RED = (("color", "red"),)
MOMENTS = st.integers(0, 4_000_000_000_000_000)  # until the year 2096
DAYS = st.integers(1, 100_000)


def at(text: str) -> int:
    """Microseconds of a moment of UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (moment - times.EPOCH) // timedelta(microseconds=1)


def of_days(days: int, id: str = "r", **chosen: object) -> Rule:
    """A rule in force that ends objects so many days after they are made."""
    return Rule(id, True, Filter(**chosen), days=days)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "days", "ends"),
    [
        ("2014-01-15T10:30", 3, "2014-01-19"),  # the example of the user guide
        ("2014-01-15T00:00", 1, "2014-01-17"),
        ("2014-01-14T23:59:59.999999", 1, "2014-01-16"),
        ("2014-01-15T00:00:00.000001", 1, "2014-01-17"),
        ("2016-02-28T12:00", 1, "2016-03-01"),  # a leap year
        ("2026-11-24T12:00", 365, "2027-11-25"),
        ("2026-11-24T12:00", 2_147_483_647, "9999-12-31"),
    ],
)
def test_days_are_counted_from_creation_and_rounded_up_to_midnight(
    made: str, days: int, ends: str
) -> None:
    assert expiry([of_days(days)], "k", 1, (), at(made)) == Expiry(at(ends), "r")
    upload = Rule("a", True, abort_days=days)
    assert abortion([upload], "k", at(made)) == Expiry(at(ends), "a")


@given(made=MOMENTS, days=DAYS)
def test_nothing_ends_early_nor_a_day_late(made: int, days: int) -> None:
    found = expiry([of_days(days)], "k", 0, (), made)
    assert found is not None
    if found.at_us == LAST_US:
        return
    assert found.at_us % DAY_US == 0
    assert days * DAY_US < found.at_us - made <= (days + 1) * DAY_US


@given(made=MOMENTS, days=DAYS, later=st.integers(0, DAY_US))
def test_what_is_made_later_ends_no_sooner(made: int, days: int, later: int) -> None:
    first = expiry([of_days(days)], "k", 0, (), made)
    second = expiry([of_days(days)], "k", 0, (), made + later)
    assert first is not None
    assert second is not None
    assert first.at_us <= second.at_us


@pytest.mark.parametrize(
    ("chosen", "key", "size", "tags", "matches"),
    [
        (Filter(), "any", 0, (), True),
        (Filter("logs/"), "logs/a", 0, (), True),
        (Filter("logs/"), "logs", 0, (), False),
        (Filter("logs/"), "Logs/a", 0, (), False),
        (Filter(tags=RED), "k", 0, RED, True),
        (Filter(tags=RED), "k", 0, (("size", "s"), *RED), True),
        (Filter(tags=RED), "k", 0, (("color", "reD"),), False),
        (Filter(tags=RED), "k", 0, (("Color", "red"),), False),
        (Filter(tags=RED), "k", 0, (), False),
        (Filter(tags=RED), "k", 0, None, True),
        (Filter(tags=(*RED, ("size", "s"))), "k", 0, RED, False),
        (Filter(above=10), "k", 10, (), False),
        (Filter(above=10), "k", 11, (), True),
        (Filter(above=0), "k", 0, (), False),
        (Filter(below=10), "k", 10, (), False),
        (Filter(below=10), "k", 9, (), True),
        (Filter("a", RED, 5, 10), "ab", 7, RED, True),
        (Filter("a", RED, 5, 10), "b", 7, RED, False),
        (Filter("a", RED, 5, 10), "ab", 5, RED, False),
        (Filter("a", RED, 5, 10), "ab", 7, (), False),
    ],
)
def test_a_rule_is_about_what_all_of_its_filter_says(
    chosen: Filter, key: str, size: int, tags: tuple[tuple[str, str], ...] | None, matches: bool
) -> None:
    assert chosen.matches(key, size, tags) is matches
    found = expiry([Rule("r", True, chosen, days=1)], key, size, tags, 0)
    assert (found is not None) is matches


def test_the_rule_that_ends_it_first_is_told_and_of_two_the_first() -> None:
    date = Rule("date", True, date_us=at("2026-01-01"))
    rules = [of_days(9, "nine"), date, of_days(2, "two"), of_days(2, "also two")]
    assert expiry(rules, "k", 1, (), at("2025-12-20T12:00")) == Expiry(at("2025-12-23"), "two")
    assert expiry(rules, "k", 1, (), at("2025-12-30T12:00")) == Expiry(at("2026-01-01"), "date")
    assert expiry(rules, "k", 1, (), at("2026-06-01")) == Expiry(at("2026-01-01"), "date")


@pytest.mark.parametrize(
    "rule",
    [
        Rule("off", False, days=1),
        Rule("off", False, date_us=0),
        Rule("marker", True, marker=True),
        Rule("versions", True, noncurrent_days=1, newer_noncurrent=3),
        Rule("uploads", True, abort_days=1),
    ],
)
def test_what_is_off_or_about_versions_or_uploads_ends_no_object(rule: Rule) -> None:
    assert expiry([rule], "k", 1, (), 0) is None
    assert not rule.ends_objects


def test_uploads_end_by_their_own_days_and_below_the_prefix() -> None:
    rules = [
        Rule("off", False, abort_days=1),
        Rule("objects", True, days=1),
        Rule("in", True, Filter("in/"), abort_days=7),
        Rule("all", True, abort_days=30),
    ]
    made = at("2026-11-24T12:00")
    assert abortion(rules, "in/k", made) == Expiry(at("2026-12-02"), "in")
    assert abortion(rules, "k", made) == Expiry(at("2026-12-25"), "all")
    assert abortion(rules[:3], "k", made) is None


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("picture-deletion-rule", "picture-deletion-rule"),
        ("a b/c", "a%20b%2Fc"),
        ('"\r\nx: y', "%22%0D%0Ax%3A%20y"),
        ("ü", "%C3%BC"),
    ],
)
def test_readers_are_told_the_date_and_an_id_that_cannot_leave_its_quotes(
    id: str, told: str
) -> None:
    found = Expiry(at("2012-12-23"), id)
    assert rule_id(found) == told
    assert expiration(found) == (f'expiry-date="Sun, 23 Dec 2012 00:00:00 GMT", rule-id="{told}"')


@pytest.mark.parametrize(
    ("prefixes", "runs"),
    [
        ([], ()),
        ([""], ((b"", b"\xff"),)),
        (["b", ""], ((b"", b"\xff"),)),
        (["b/", "a/"], ((b"a/", b"a0"), (b"b/", b"b0"))),
        (["a/b/", "a/", "a/", "a0"], ((b"a/", b"a0"), (b"a0", b"a1"))),
        (["\U0010ffff"], ((b"\xf4\x8f\xbf\xbf", b"\xf4\x8f\xbf\xc0"),)),
    ],
)
def test_only_keys_that_a_rule_is_about_are_walked(
    prefixes: list[str], runs: tuple[tuple[bytes, bytes], ...]
) -> None:
    assert spans([of_days(1, prefix=prefix) for prefix in prefixes]) == runs


@given(st.lists(st.text("ab/\uffff\U0010ffff", max_size=4)), st.text("ab/\uffff\U0010ffff"))
def test_a_key_is_walked_once_if_a_prefix_begins_it(prefixes: list[str], key: str) -> None:
    runs = spans([of_days(1, prefix=prefix) for prefix in prefixes])
    held = [run for run in runs if run[0] <= key.encode() < run[1]]
    assert len(held) == any(key.startswith(prefix) for prefix in prefixes)


NOON, MIDNIGHT = at("2026-11-24T12:00"), at("2026-11-25")


@pytest.mark.parametrize(
    ("rules", "soonest", "again"),
    [
        ([], LAST_US, LAST_US),
        ([Rule("off", False, days=1)], LAST_US, LAST_US),
        ([Rule("marker", True, marker=True)], LAST_US, LAST_US),
        ([of_days(30)], LAST_US, at("2026-12-25")),  # what is made meanwhile
        ([of_days(30)], at("2026-12-01"), at("2026-12-01")),  # what was left
        ([of_days(30)], at("2026-11-01"), MIDNIGHT),  # its tags may change
        ([Rule("d", True, date_us=at("2027-01-01"))], LAST_US, at("2027-01-01")),
        ([Rule("d", True, date_us=at("2020-01-01"))], LAST_US, MIDNIGHT),  # it goes on for ever
        ([of_days(30), Rule("a", True, abort_days=7)], LAST_US, at("2026-12-02")),
    ],
)
def test_the_next_walk_is_when_something_can_have_ended(
    rules: list[Rule], soonest: int, again: int
) -> None:
    assert next_walk(rules, NOON, soonest) == again


@given(
    began=MOMENTS,
    days=st.integers(1, 400),
    before=st.integers(0, 400 * DAY_US),
    after=st.integers(-LATE_US, 400 * DAY_US),
)
def test_no_object_outlives_its_end_by_a_walk_that_was_left_out(
    began: int, days: int, before: int, after: int
) -> None:
    """Whether the walk saw it and left it, or it came behind: the next one is due in time."""
    rules = [of_days(days)]
    left = expiry(rules, "k", 1, (), max(0, began - before))
    came = expiry(rules, "k", 1, (), began + after)
    assert left is not None
    assert came is not None
    soonest = left.at_us if left.at_us > began else LAST_US
    due = next_walk(rules, began, soonest)
    assert due > began
    assert due % DAY_US == 0
    assert due <= max(soonest, began // DAY_US * DAY_US + DAY_US)
    assert due <= max(came.at_us, began // DAY_US * DAY_US + DAY_US)
