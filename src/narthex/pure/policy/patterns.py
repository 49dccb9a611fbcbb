"""Patterns as policies write them: text with `*`, `?` and `${...}`, taken apart.

This file never matches (see matching.py). A variable's value is literal: a `*` inside it is a star,
never a wildcard, and a colon inside it never begins a segment of an ARN. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

Value = str | tuple[str, ...] | None
Values = Mapping[str, Value]


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


def wildcards(text: str) -> Expanded:
    """A pattern that never has variables (an action): plain text, `*` and `?`."""
    return plain([tokens(text, variables=False, wildcards=True)])[0]


def plain(parts: Sequence[Tokens]) -> list[Expanded]:
    """Fixed patterns, as what they are: without variables."""
    return [tuple(token for token in part if not isinstance(token, Variable)) for part in parts]


def is_fixed(parts: Sequence[Tokens]) -> bool:
    """No variables: the pattern means the same for every request."""
    return not any(isinstance(token, Variable) for part in parts for token in part)


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
