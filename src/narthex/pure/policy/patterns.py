"""Wildcards and policy variables: text with `*`, `?` and `${...}` becomes a matcher.

This file never knows what is matched, and matching is linear in the text whatever the pattern: no
backtracking, so neither a key nor a header can make a decision slow. A variable's value is literal:
a `*` inside it is a star, never a wildcard. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

Value = str | tuple[str, ...] | None
Values = Mapping[str, Value]
Matcher = Callable[[str], bool]


class Wild(Enum):
    """`*` is any run of characters, also none; `?` is exactly one."""

    RUN = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Variable:
    """`${key}` or `${key, 'default'}`. key is in lower case, default None when absent."""

    key: str
    default: str | None = None


Token = str | Wild | Variable
Tokens = tuple[Token, ...]
Expanded = tuple[str | Wild, ...]

ARN_SEGMENTS = 6  # arn:partition:service:region:account:resource
_SPECIAL = re.compile(r"\$\{|[*?]")
_INSIDE = re.compile(r"\s*([A-Za-z0-9-]+:[^,'{}$]*?[^,'{}$\s])\s*(?:,\s*'([^']*)'\s*)?")
_ESCAPES = ("*", "?", "$")


class BadPattern(ValueError):
    """A `${` that is not a variable: what it stands for would be a guess."""


def tokens(text: str, *, variables: bool, wildcards: bool) -> Tokens:
    """What `text` is made of, neighbouring literals joined.

    variables: false for documents of version 2008-10-17, where `${...}` is plain text.
    wildcards: false where `*` and `?` are plain text (StringEquals). Raises BadPattern.
    """
    found: list[Token] = []
    at = 0
    for special in _SPECIAL.finditer(text):
        if special.start() < at:
            continue
        mark = special.group()
        if (mark == "${" and not variables) or (mark != "${" and not wildcards):
            continue
        _literal(found, text[at : special.start()])
        at = special.end()
        if mark == "${":
            close = text.find("}", at)
            if close < 0:
                raise BadPattern("`${` without `}`")
            token = _variable(text[at:close])
            if isinstance(token, str):
                _literal(found, token)
            else:
                found.append(token)
            at = close + 1
        else:
            found.append(Wild(mark))
    _literal(found, text[at:])
    return tuple(found)


def wildcards(text: str) -> Expanded:
    """A pattern that never has variables (an action): plain text, `*` and `?`."""
    return plain([tokens(text, variables=False, wildcards=True)])[0]


def plain(parts: Sequence[Tokens]) -> list[Expanded]:
    """Fixed patterns, as what they are: without variables."""
    return [tuple(token for token in part if not isinstance(token, Variable)) for part in parts]


def _literal(found: list[Token], text: str) -> None:
    """Append plain text, joined to plain text before it."""
    if not text:
        return
    if found and isinstance(found[-1], str):
        found[-1] += text
    else:
        found.append(text)


def _variable(inside: str) -> Variable | str:
    """What stands between `${` and `}`: an escaped character, or a variable."""
    if inside in _ESCAPES:
        return inside
    found = _INSIDE.fullmatch(inside)
    if found is None:
        raise BadPattern(f"`${{{inside}}}` is not a variable")
    return Variable(found[1].lower(), found[2])


def expand(pattern: Tokens, values: Values) -> Expanded | None:
    """The pattern with its variables' values as plain text; None when one has no single value."""
    result: list[str | Wild] = []
    for token in pattern:
        if isinstance(token, Variable):
            value = values[token.key]
            if not isinstance(value, str):
                if value is not None or token.default is None:
                    return None
                value = token.default
            result.append(value)
        else:
            result.append(token)
    return tuple(result)


def is_fixed(pattern: Tokens) -> bool:
    """No variables: the pattern means the same for every request."""
    return not any(isinstance(token, Variable) for token in pattern)


def matcher(pattern: Sequence[str | Wild]) -> Matcher:
    """A function that says whether a text is matched as a whole."""
    segments = _segments(pattern)
    if len(segments) == 1:
        return segments[0].is_whole
    first, middle, last = segments[0], tuple(segments[1:-1]), segments[-1]
    plain = not middle and not first.holes and not last.holes
    if plain and not last.text:
        prefix = first.text
        return lambda text: text.startswith(prefix)
    if plain and not first.text:
        suffix = last.text
        return lambda text: text.endswith(suffix)
    least = first.size + last.size

    def matches(text: str) -> bool:
        end = len(text) - last.size
        if len(text) < least or not first.stands_at(text, 0) or not last.stands_at(text, end):
            return False
        at = first.size
        for segment in middle:  # the leftmost place is always good enough: only runs separate them
            at = segment.find(text, at, end)
            if at < 0:
                return False
            at += segment.size
        return True

    return matches


def _segments(pattern: Sequence[str | Wild]) -> list[_Segment]:
    """The runs of text and `?` between the `*`s; a `*` at an end leaves an empty one there."""
    groups: list[list[str]] = [[]]
    for token in pattern:
        if token is Wild.RUN:
            if len(groups) == 1 or groups[-1]:
                groups.append([])
        elif token is Wild.ONE:
            groups[-1].append("")
        elif isinstance(token, str):
            groups[-1].extend([token] if token else [])
    return [_Segment(group) for group in groups]


class _Segment:
    """Text with holes of one character each, without `*`. holes: positions of the `?`s."""

    __slots__ = ("_any", "_masks", "_pieces", "holes", "size", "text")

    def __init__(self, group: list[str]) -> None:
        pieces: list[tuple[int, str]] = []
        holes: list[int] = []
        at = 0
        for item in group:
            if item:
                pieces.append((at, item))
            else:
                holes.append(at)
            at += len(item) or 1
        self.size = at
        self.holes = tuple(holes)
        self.text = "".join(group)
        self._pieces = tuple(pieces)
        self._any = sum(1 << hole for hole in holes)
        self._masks: dict[str, int] = {}
        if holes:
            for start, piece in pieces:
                for offset, letter in enumerate(piece, start):
                    self._masks[letter] = self._masks.get(letter, self._any) | 1 << offset

    def is_whole(self, text: str) -> bool:
        """The segment is all of `text`."""
        if not self.holes:
            return text == self.text
        return len(text) == self.size and self.stands_at(text, 0)

    def stands_at(self, text: str, at: int) -> bool:
        """The segment stands at this position; the caller has checked that it fits."""
        return all(text.startswith(piece, at + offset) for offset, piece in self._pieces)

    def find(self, text: str, start: int, end: int) -> int:
        """The leftmost position in text[start:end] where the segment stands; -1 when nowhere.

        With holes: one bit per character of the segment, shifted once per character of the text
        (Baeza-Yates and Gonnet's shift-and), so that no text makes it start over.
        """
        if not self.holes:
            return text.find(self.text, start, end)
        state, last = 0, 1 << self.size - 1
        masks, other = self._masks, self._any
        for at in range(start, end):
            state = (state << 1 | 1) & masks.get(text[at], other)
            if state & last:
                return at - self.size + 1
        return -1


def arn_tokens(text: str, *, variables: bool) -> tuple[Tokens, ...]:
    """An ARN pattern as its segments between colons, at most six; the last keeps its colons.

    The colons are those of the document: a variable's value can never add a segment.
    """
    parts: list[Tokens] = []
    rest = list(tokens(text, variables=variables, wildcards=True))
    part: list[Token] = []
    while rest:
        token = rest.pop(0)
        if isinstance(token, str) and ":" in token and len(parts) < ARN_SEGMENTS - 1:
            head, tail = token.split(":", 1)
            _literal(part, head)
            parts.append(tuple(part))
            part = []
            if tail:
                rest.insert(0, tail)
        else:
            part.append(token)
    return (*parts, tuple(part))


def arn_matcher(parts: Sequence[Sequence[str | Wild]]) -> Matcher:
    """A function that matches an ARN segment by segment: a `*` stops at a colon but in the last.

    A pattern of fewer than six segments lets its last one match all that is left.
    """
    fixed = parts[:-1]
    if not any(isinstance(token, Wild) for part in fixed for token in part):
        # Its colons are literal, so matching the whole text is matching segment by segment.
        joined: list[str | Wild] = []
        for part in fixed:
            joined += [*part, ":"]
        return matcher([*joined, *parts[-1]])
    tests = tuple(matcher(part) for part in parts)
    splits = len(parts) - 1

    def matches(text: str) -> bool:
        segments = text.split(":", splits)
        if len(segments) <= splits:
            return False
        return all(test(segment) for test, segment in zip(tests, segments, strict=True))

    return matches
