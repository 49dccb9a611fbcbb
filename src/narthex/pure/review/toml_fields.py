"""Typed reading of a parsed TOML table: every field known, of its kind, named in its refusal.

This file never knows what a field is for. Pure: no I/O, no clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from narthex.pure.durations import DurationError, read_duration

Path = tuple[str | int, ...]
MOST_ENTRIES = 1000
LONGEST = 2000  # characters of a text


class FieldError(ValueError):
    """A field has a value that cannot be meant. path: where it is, such as ("facts", 3, "cap")."""

    def __init__(self, path: Path, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(f"{spelled(path)}: {message}")


def spelled(path: Path) -> str:
    """A path for people: "facts[4].cap", counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Table:
    """One table. Raises FieldError."""

    __slots__ = ("_said", "path")

    def __init__(self, said: Any, known: Iterable[str], path: Path = ()) -> None:
        if not isinstance(said, Mapping):
            raise FieldError(path, "this is a table")
        self._said = said
        self.path = path
        for name in said:
            if name not in set(known):
                raise FieldError((*path, name), "there is no such field")

    def __contains__(self, name: object) -> bool:
        return name in self._said

    def fail(self, name: str, message: str) -> FieldError:
        """The refusal of one of its fields."""
        return FieldError((*self.path, name), message)

    def raw(self, name: str) -> Any:
        """The value as it was parsed; None when it is absent."""
        return self._said.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A text; it must be there when there is no default."""
        value = self._value(name, default)
        if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
            raise self.fail(name, f"this is a text of at most {LONGEST} characters")
        if default is None and not value.strip():
            raise self.fail(name, "it is empty")
        return value

    def word(self, name: str, words: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(name, default)
        if value not in words:
            raise self.fail(name, f"`{value[:64]}` is none of {', '.join(words)}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise self.fail(name, "this is true or false")
        return value

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """A number within its bounds, both included."""
        value = self._value(name, default)
        return checked_number(value, low, high, (*self.path, name))

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number within its bounds, both included."""
        value = self.number(name, low, high, default)
        if not isinstance(value, int):
            raise self.fail(name, "this is a whole number")
        return value

    def seconds(self, name: str, default: int | None) -> int:
        """A duration, such as "4h", in seconds; more than none."""
        value = self._value(name, default)
        if isinstance(value, str):
            try:
                value = read_duration(value)
            except DurationError as error:
                raise self.fail(name, str(error)) from error
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.fail(name, 'this is a duration such as "4h"')
        return value

    def texts(self, name: str, among: Iterable[str] | None = None) -> tuple[str, ...]:
        """A list of texts; () when it is absent. among: what they may be."""
        value = self._said.get(name, [])
        if not isinstance(value, list) or len(value) > MOST_ENTRIES:
            raise self.fail(name, "this is a list of texts")
        known = None if among is None else set(among)
        for one in value:
            if not isinstance(one, str) or not one or len(one) > LONGEST:
                raise self.fail(name, "this is a list of texts")
            if known is not None and one not in known:
                raise self.fail(name, f"`{one[:64]}` is none of {', '.join(sorted(known))}")
        if len(set(value)) != len(value):
            raise self.fail(name, "one of them is there twice")
        return tuple(value)

    def table(self, name: str, known: Iterable[str]) -> Table:
        """A table in it; an empty one when it is absent."""
        return Table(self._said.get(name, {}), known, (*self.path, name))

    def tables(self, name: str, known: Iterable[str]) -> list[Table]:
        """A list of tables."""
        value = self._said.get(name, [])
        if not isinstance(value, list) or len(value) > MOST_ENTRIES:
            raise self.fail(name, f"this is a list of tables, at most {MOST_ENTRIES}")
        words = set(known)
        return [Table(one, words, (*self.path, name, at)) for at, one in enumerate(value)]

    def _value(self, name: str, default: Any) -> Any:
        value = self._said.get(name, default)
        if value is None:
            raise self.fail(name, "it is needed")
        return value


def checked_number(value: Any, low: float, high: float, path: Path) -> float:
    """A number within its bounds, both included. Raises FieldError."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise FieldError(path, "this is a number")
    if not low <= value <= high:
        raise FieldError(path, f"{value} is not between {low:g} and {high:g}")
    return value
