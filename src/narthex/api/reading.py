"""JSON from clients, field by field: every one known, of its kind, named in its refusal.

This file never knows what a field is for; `pure/share_orders.py` has the rules of the values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from narthex.api.errors import ApiError, invalid
from narthex.http import Pairs

SECOND = 1_000_000  # microseconds
MAX_PAGE = 1000
PAGE = 100
LONGEST_NUMBER = 15  # digits
_DEEPEST = 20


class Fields:
    """The members of one JSON object; `null` is the same as absent. Raises ApiError."""

    __slots__ = ("_place", "_said")

    def __init__(self, said: dict[str, Any], known: Iterable[str], place: str = "") -> None:
        """place: what stands before a field's name when it is told, such as `shares[3].`."""
        self._said = said
        self._place = place
        for name in said:
            if name not in set(known):
                raise invalid(self._named(name[:64]), f"unknown field `{name[:64]}`")

    def __contains__(self, name: object) -> bool:
        """Whether it was sent at all, `null` included."""
        return name in self._said

    def text(self, name: str, default: str = "") -> str:
        """A string."""
        value = self._said.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise invalid(self._named(name), "this is a string")
        return self._checked(name, value)

    def needed(self, name: str) -> str:
        """A string that must be there."""
        if self._said.get(name) is None:
            raise invalid(self._named(name), f"`{name}` is needed")
        return self.text(name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self._said.get(name)
        if value is not None and not isinstance(value, bool):
            raise invalid(self._named(name), "this is true or false")
        return default if value is None else value

    def number(self, name: str) -> int | None:
        """A whole number."""
        value = self._said.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise invalid(self._named(name), "this is a whole number")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self._said.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise invalid(self._named(name), "this is a list of strings")
        return tuple(self._checked(name, one) for one in value)

    def moment(self, name: str) -> int | None:
        """Microseconds of a time."""
        text = self.text(name)
        return read_moment(text, self._named(name)) if text else None

    def _checked(self, name: str, text: str) -> str:
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise invalid(self._named(name), "it has letters in it that are none")
        return text

    def _named(self, name: str) -> str:
        return self._place + name


def read_object(data: bytes) -> dict[str, Any]:
    """The JSON object that a body is; empty for no body. Raises MalformedJSON."""
    if not data:
        return {}
    try:
        found = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ApiError(
            "MalformedJSON", "the body is no JSON in UTF-8, or names a field twice"
        ) from error
    if not isinstance(found, dict):
        raise ApiError("MalformedJSON", "the body is no JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Which of two values counts must not be a guess."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def read_moment(text: str, field: str) -> int:
    """Microseconds of `2026-11-24T12:00:00Z`, or of a time in another zone. Raises ApiError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(field, "this is a time such as 2026-11-24T12:00:00Z") from error
    if at.tzinfo is None or len(text) < len("2026-11-24T12:00Z"):
        raise invalid(field, "a time needs its zone, such as 2026-11-24T12:00:00Z")
    try:
        return int(at.astimezone(UTC).timestamp()) * SECOND
    except OverflowError as error:
        raise invalid(field, "this is out of all times") from error


class Parameters:
    """The parameters of a query, by name. Raises ApiError."""

    __slots__ = ("_said",)

    def __init__(self, query: Pairs) -> None:
        self._said = dict(query)

    def text(self, name: str) -> str | None:
        """Its value; None when it was not sent."""
        value = self._said.get(name)
        if value is not None and "\0" in value:
            raise invalid(name, "it has control characters in it")
        return value

    def moment(self, name: str) -> int | None:
        """Microseconds of a time."""
        text = self._said.get(name)
        return None if text is None else read_moment(text, name)

    def number(self, name: str) -> int:
        """A whole number, 0 when it was not sent."""
        text = self._said.get(name, "0")
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
            raise invalid(name, "this is a whole number")
        return int(text)

    def limit(self) -> int:
        """How many entries a page has."""
        text = self._said.get("limit", str(PAGE))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= MAX_PAGE):
            raise invalid("limit", f"this is a number from 1 to {MAX_PAGE}")
        return int(text)
