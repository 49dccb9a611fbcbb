"""Moments of a command line, as the API writes them: a time, or how long ago it was. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from narthex.cli.failure import USAGE, Failure
from narthex.pure.durations import DurationError, is_time, read_duration


def read_moment(option: str, text: str, now: datetime) -> str:
    """A time, in `now`'s zone unless it names one, or how long before `now` it was.

    option: as it was typed, for the error. Raises Failure.
    """
    try:
        if not is_time(text):
            return utc(now - timedelta(seconds=read_duration(text)))
        moment = datetime.fromisoformat(text)
    except (DurationError, ValueError, OverflowError) as error:
        told = f"{option}: `{text}` is neither a time such as 2026-11-24T12:00 nor 90m, 7d"
        raise Failure(told, USAGE) from error
    return utc(moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo))


def utc(moment: datetime) -> str:
    """A moment to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
