"""Instants as S3 writes and reads them: ISO 8601 in documents, HTTP dates in headers. Pure.

This file never asks what time it is. S3's times have whole seconds in both forms, so that an
object has one Last-Modified and not two; what is finer is cut off here, and only here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND_US = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# The three forms of RFC 9110, section 5.6.7. Day names are checked for shape only: the date counts.
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_HTTP = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), "
    rf"(?P<day>[0-9]{{2}}) (?P<month>[A-Z][a-z]{{2}}) (?P<year>[0-9]{{4}}) {_CLOCK} GMT"
)
_RFC850 = re.compile(
    rf"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, "
    rf"(?P<day>[0-9]{{2}})-(?P<month>[A-Z][a-z]{{2}})-(?P<year>[0-9]{{2}}) {_CLOCK} GMT"
)
_ASCTIME = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    rf"(?P<month>[A-Z][a-z]{{2}}) (?P<day>[0-9 ][0-9]) {_CLOCK} (?P<year>[0-9]{{4}})"
)
_PIVOT = 70  # a year of two digits is of this century below it, of the last from it on


def iso(us: int) -> str:
    """`us` as documents write it: "2013-05-24T00:00:00.000Z"."""
    return _iso(us // SECOND_US) + ".000Z"


def iso_seconds(us: int) -> str:
    """`us` as errors write it: "2013-05-24T00:00:00Z"."""
    return _iso(us // SECOND_US) + "Z"


def http(us: int) -> str:
    """`us` as headers write it: "Fri, 24 May 2013 00:00:00 GMT"."""
    return _http(us // SECOND_US)


def parse_http(text: str) -> int | None:
    """Microseconds of an HTTP date; None when it is none, which every condition then ignores.

    Source: RFC 9110, section 5.6.7 (the current form and the two obsolete ones).
    """
    for pattern in (_HTTP, _RFC850, _ASCTIME):
        found = pattern.fullmatch(text)
        if found is None or found["month"] not in MONTHS:
            continue
        year = int(found["year"])
        if year < 100 and pattern is _RFC850:
            year += 2000 if year < _PIVOT else 1900
        try:
            moment = datetime(
                year,
                MONTHS.index(found["month"]) + 1,
                int(found["day"]),
                int(found["hour"]),
                int(found["minute"]),
                int(found["second"]),
                tzinfo=UTC,
            )
        except ValueError:
            return None
        return (moment - EPOCH) // timedelta(microseconds=1)
    return None


@lru_cache(maxsize=4096)
def _iso(second: int) -> str:
    return (EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=4096)
def _http(second: int) -> str:
    moment = EPOCH + timedelta(seconds=second)  # not strftime: its day names follow the locale
    return (
        f"{DAYS[moment.weekday()]}, {moment.day:02} {MONTHS[moment.month - 1]} {moment.year:04} "
        f"{moment.hour:02}:{moment.minute:02}:{moment.second:02} GMT"
    )
