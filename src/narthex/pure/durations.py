"""Durations as people type and read them: `90s`, `2h30m`, `7d`; "2 hours 30 minutes".

Pure: the present moment is an argument.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
LONGEST = 100 * 366 * DAY  # a century: beyond this a number is a slip of the finger

_UNITS = (("w", WEEK), ("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1))
_SHAPE = re.compile("".join(f"(?:([0-9]{{1,10}}){unit})?" for unit, _ in _UNITS))
_WORDS = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", 1))


class DurationError(ValueError):
    """What was typed is not a duration. The text says what one looks like."""


def read_duration(text: str) -> int:
    """Seconds from `3600`, or from units in falling order: `90s`, `15m`, `2h30m`, `7d`, `1w`.

    Zero is a duration. Raises DurationError for a sign, a fraction, a blank, anything else.
    """
    if text.isascii() and text.isdigit() and len(text) <= 10:
        seconds = int(text)
    else:
        match = _SHAPE.fullmatch(text)
        if not text or match is None:
            raise DurationError(
                f"`{text}` is not a duration: write seconds (3600) or units (90s, 15m, 2h30m, 7d)"
            )
        seconds = sum(
            int(count) * size
            for count, (_, size) in zip(match.groups(), _UNITS, strict=True)
            if count
        )
    if seconds > LONGEST:
        raise DurationError(f"`{text}` is longer than a century")
    return seconds


def read_lifetime(text: str, now: datetime) -> int:
    """Seconds from a duration, or until an ISO 8601 end time (`2026-12-24T18:00:00+01:00`).

    now: aware; an end time without a zone is meant in the zone of `now`. Parts of a second count
    for nothing. Raises DurationError, also when the end has passed.
    """
    if not is_time(text):
        return read_duration(text)
    try:
        end = datetime.fromisoformat(text)
    except ValueError as error:
        raise DurationError(
            f"`{text}` is not an ISO 8601 time such as 2026-12-24T18:00:00Z"
        ) from error
    if end.tzinfo is None:
        end = end.replace(tzinfo=now.tzinfo)
    seconds = int((end - now.astimezone(UTC)).total_seconds())
    if seconds <= 0:
        raise DurationError(f"`{text}` has passed")
    if seconds > LONGEST:
        raise DurationError(f"`{text}` is more than a century away")
    return seconds


def is_time(text: str) -> bool:
    """Whether this is meant as a point in time, not as a duration."""
    return len(text) >= 10 and text[:4].isdigit() and text[4] == "-"


def spoken(seconds: int) -> str:
    """A duration in words, at most its two largest units: "2 hours 30 minutes", "1 day"."""
    words: list[str] = []
    rest = seconds
    for name, size in _WORDS:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
        elif words:
            break
        if len(words) == 2:
            break
    return " ".join(words) or "0 seconds"
