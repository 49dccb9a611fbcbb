"""Lifecycle rules: which of them ends an object, when, and what its readers are told. Pure.

This file never reads XML (lifecycle_document.py does) and never asks what time it is.
INVARIANT: nothing ends early: a rule of so many days leaves an object at least so many times 24
hours from when it was made, and the end of anything is a midnight of UTC.

Source: Amazon S3 user guide, "Lifecycle configuration elements" and "Expiring objects".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from narthex.http import Pairs
from narthex.pure import times
from narthex.pure.listing import BEHIND_ALL, successor

HOUR_US = 3600 * times.SECOND_US
DAY_US = 24 * HOUR_US
# The last midnight that a date can be written of; what ends later says that it ends then.
LAST_US = (datetime(9999, 12, 31, tzinfo=UTC) - times.EPOCH) // timedelta(microseconds=1)
# What was made within this long before a walk may have become visible behind it.
LATE_US = HOUR_US
_PLAIN = "-_.~"  # a plus for a space is not read alike everywhere: `%20` is


@dataclass(frozen=True, slots=True)
class Filter:
    """Which objects a rule is about: those of which all of this is true.

    prefix: None where none was written. tags: the object has all of these. above, below: its size
    is more, or less, than so many bytes.
    """

    prefix: str | None = None
    tags: Pairs = ()
    above: int | None = None
    below: int | None = None

    def matches(self, key: str, size: int, tags: Pairs | None) -> bool:
        """Whether it is about this object. tags: None where they may be any."""
        return (
            key.startswith(self.prefix or "")
            and (self.above is None or size > self.above)
            and (self.below is None or size < self.below)
            and (tags is None or all(pair in tags for pair in self.tags))
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. is_legacy: its prefix stands in the rule itself, as in the first version of S3's.

    days, date_us: when objects end; one of them at most. abort_days: when unfinished uploads do.
    marker, noncurrent_days, newer_noncurrent: about versions, of which there are none here.
    """

    id: str
    enabled: bool
    filter: Filter = Filter()
    is_legacy: bool = False
    days: int | None = None
    date_us: int | None = None
    abort_days: int | None = None
    marker: bool | None = None
    noncurrent_days: int | None = None
    newer_noncurrent: int | None = None

    @property
    def ends_objects(self) -> bool:
        """It is in force, and ends objects."""
        return self.enabled and (self.days is not None or self.date_us is not None)

    @property
    def aborts(self) -> bool:
        """It is in force, and ends uploads."""
        return self.enabled and self.abort_days is not None


@dataclass(frozen=True, slots=True)
class Expiry:
    """When something ends, and by which rule."""

    at_us: int
    rule: str


def expiry(
    rules: Iterable[Rule], key: str, size: int, tags: Pairs | None, made_us: int
) -> Expiry | None:
    """The end of an object: by the rule that ends it first; None where none does.

    tags: None for those that would end it soonest, whatever it has.
    """
    return _first(
        Expiry(_object_end(rule, made_us), rule.id)
        for rule in rules
        if rule.ends_objects and rule.filter.matches(key, size, tags)
    )


def abortion(rules: Iterable[Rule], key: str, begun_us: int) -> Expiry | None:
    """The end of an upload that is not completed before; None where no rule ends it."""
    return _first(
        Expiry(_after_days(begun_us, rule.abort_days or 0), rule.id)
        for rule in rules
        if rule.aborts and key.startswith(rule.filter.prefix or "")
    )


def expiration(found: Expiry) -> str:
    """The value of `x-amz-expiration`. The rule's id is percent-encoded, so it cannot end early."""
    return f'expiry-date="{times.http(found.at_us)}", rule-id="{rule_id(found)}"'


def rule_id(found: Expiry) -> str:
    """The rule's id as headers tell it."""
    return quote(found.rule, safe=_PLAIN)


def spans(rules: Iterable[Rule]) -> tuple[tuple[bytes, bytes], ...]:
    """The runs of keys [start, end) that these rules are about, in order and without overlap."""
    found: list[tuple[bytes, bytes]] = []
    for prefix in sorted({(rule.filter.prefix or "").encode() for rule in rules}):
        if not found or prefix >= found[-1][1]:
            found.append((prefix, successor(prefix) if prefix else BEHIND_ALL))
    return tuple(found)


def next_walk(rules: Iterable[Rule], began_us: int, soonest_us: int) -> int:
    """When something can end again that the walk begun then has left or not seen.

    Never before the midnight behind it, so that there is one walk a day at most. soonest_us: the
    first end of what it left, LAST_US for none. Objects made meanwhile end by their days.
    """
    ends = [soonest_us]
    for rule in rules:
        if rule.ends_objects:
            ends.append(_object_end(rule, began_us - LATE_US))
        if rule.aborts:
            ends.append(_after_days(began_us - LATE_US, rule.abort_days or 0))
    return max(min(ends), _after_days(began_us, 0))


def _first(ends: Iterable[Expiry]) -> Expiry | None:
    """The soonest; of those at once the first in the document."""
    return min(ends, key=lambda end: end.at_us, default=None)


def _object_end(rule: Rule, made_us: int) -> int:
    if rule.days is not None:
        return _after_days(made_us, rule.days)
    return LAST_US if rule.date_us is None else rule.date_us


def _after_days(from_us: int, days: int) -> int:
    """The first midnight after so many days."""
    return min(((from_us + days * DAY_US) // DAY_US + 1) * DAY_US, LAST_US)
