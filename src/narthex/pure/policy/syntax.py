"""JSON text to values that remember where they stood. Pure: no I/O, no clock.

This file never knows what a policy is. It is stricter than `json.loads`: a repeated key, a lone
surrogate, NaN and deep nesting are refused, because each can mean two things to two readers.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass

MAX_DEPTH = (
    12  # the deepest policy has 7: document, list, statement, conditions, operator, key, list
)

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class BadJson(ValueError):
    """The text is not JSON, or is JSON that two readers may read differently."""

    def __init__(self, why: str, place: Place) -> None:
        super().__init__(why)
        self.why = why
        self.place = place


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a text. line and column count from 1, in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number as it was written: policies compare numbers exactly, never as floats."""

    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON value and where it starts and ends. A list holds nodes, an object key-node pairs."""

    value: str | Number | bool | tuple[Node, ...] | dict[str, Node] | None
    start: Place
    end: Place


def read(text: str) -> Node:
    """The one JSON value that `text` is. Raises BadJson."""
    return _Reader(text).whole()


class _Reader:
    """One pass over one text. `_at` is the position of the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def whole(self) -> Node:
        node = self._value(0)
        self._skip()
        if self._at != len(self._text):
            raise self._bad("text after the end of the document")
        return node

    def _place(self, at: int) -> Place:
        line = bisect_right(self._lines, at)
        return Place(line, at - self._lines[line - 1] + 1)

    def _bad(self, why: str, at: int | None = None) -> BadJson:
        return BadJson(why, self._place(self._at if at is None else at))

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        if found is not None:
            self._at = found.end()

    def _peek(self) -> str:
        self._skip()
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._bad("nested too deeply")
        first = self._peek()
        start = self._at
        value: str | Number | bool | tuple[Node, ...] | dict[str, Node] | None
        if first == "{":
            value = self._object(depth)
        elif first == "[":
            value = self._list(depth)
        elif first == '"':
            value = self._string()
        else:
            value = self._plain()
        return Node(value, self._place(start), self._place(self._at))

    def _object(self, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        self._at += 1
        if self._peek() == "}":
            self._at += 1
            return members
        while True:
            if self._peek() != '"':
                raise self._bad("a key in double quotes is missing")
            at = self._at
            key = self._string()
            if key in members:
                raise self._bad(f"the key `{key}` stands twice", at)
            self._expect(":")
            members[key] = self._value(depth + 1)
            if self._ends("}"):
                return members

    def _list(self, depth: int) -> tuple[Node, ...]:
        items: list[Node] = []
        self._at += 1
        if self._peek() == "]":
            self._at += 1
            return ()
        while True:
            items.append(self._value(depth + 1))
            if self._ends("]"):
                return tuple(items)

    def _ends(self, closing: str) -> bool:
        """Step over `closing` (true) or over a comma (false)."""
        found = self._peek()
        if found not in (closing, ",") or not found:
            raise self._bad(f"a comma or `{closing}` is missing")
        self._at += 1
        return found == closing

    def _expect(self, mark: str) -> None:
        if self._peek() != mark:
            raise self._bad(f"`{mark}` is missing")
        self._at += 1

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if found is None:
            raise self._bad("a string that does not end, or has a bad escape or control character")
        text: str = json.loads(found.group())
        if _SURROGATE.search(text):
            raise self._bad("half of a surrogate pair")
        self._at = found.end()
        return text

    def _plain(self) -> Number | bool | None:
        for word, meaning in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return meaning
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            raise self._bad("a value is missing")
        self._at = found.end()
        return Number(found.group())
