"""Patterns as functions that match.

INVARIANT: the work is linear in the text, whatever the pattern: nothing backtracks, so no key or
header can make a decision slow. This file never knows what is matched. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from narthex.pure.policy.patterns import Tokens, Values, Variable, Wild, expand, is_fixed, plain

Matcher = Callable[[str], bool]
# Matches a text where the pattern has variables. None: it does not, for one has no value.
MatcherIn = Callable[[str, Values], bool | None]
Find = Callable[[str, int, int], int]

# Pieces between two `*` up to this length are looked for by `re`, which is quicker than Python but
# starts over at every position: its work is this many times the text.
SHORT = 24
FEW = 16  # pieces; building an expression of thousands would take longer than matching by hand


def matcher(pattern: Sequence[str | Wild]) -> Matcher:
    """A function that says whether a text is matched as a whole."""
    pieces = _pieces(pattern)
    first, others = pieces[0], pieces[1:]
    if not others and None not in first:
        return "".join(map(str, first)).__eq__
    if len(others) == 1 and None not in (*first, *others[0]):
        prefix, suffix = "".join(map(str, first)), "".join(map(str, others[0]))
        if not suffix:
            return lambda text: text.startswith(prefix)
        if not prefix:
            return lambda text: text.endswith(suffix)
    if _is_short(pieces):
        return _expression(_source(pieces, "."))
    return partial(_by_hand, _Piece(first), [_Piece(one) for one in others])


Letters = list[str | None]  # one character each; None is a `?`


def _pieces(pattern: Sequence[str | Wild]) -> list[Letters]:
    """What stands between the `*`s; a `*` at an end leaves an empty piece there."""
    pieces: list[Letters] = [[]]
    for token in pattern:
        if token is Wild.RUN:
            if len(pieces) == 1 or pieces[-1]:
                pieces.append([])
        elif token is Wild.ONE:
            pieces[-1].append(None)
        elif isinstance(token, str):
            pieces[-1].extend(token)
    return pieces


def _is_short(pieces: Sequence[Letters]) -> bool:
    """`re` may look for these: all but the first, which stands at the beginning or not at all."""
    return len(pieces) <= FEW and all(len(piece) <= SHORT for piece in pieces[1:])


def _source(pieces: Sequence[Letters], any_one: str) -> str:
    """The pattern as a regular expression. any_one: the expression of what a wildcard stands for.

    Each piece is found at its leftmost place, which is always good enough where only `*` are
    between; the atomic group `(?>...)` makes `re` keep to it.
    """
    first, *others = (
        "".join(any_one if one is None else re.escape(one) for one in piece) for piece in pieces
    )
    if not others:
        return first
    middle = "".join(f"(?>{any_one}*?{piece})" for piece in others[:-1])
    return f"{first}{middle}{any_one}*{others[-1]}"


def _expression(source: str) -> Matcher:
    match = re.compile(source, re.DOTALL).fullmatch
    return lambda text: match(text) is not None


def _by_hand(first: _Piece, others: Sequence[_Piece], text: str) -> bool:
    """The pattern piece by piece, for those too long for `re`."""
    last = others[-1]
    at, end = first.size, len(text) - last.size
    if at > end or not first.stands_at(text, 0) or not last.stands_at(text, end):
        return False
    for piece in others[:-1]:
        at = piece.find(text, at, end)
        if at < 0:
            return False
        at += piece.size
    return True


class _Piece:
    """Letters and `?`s without `*`. find: the leftmost place in text[start:end]; -1 if nowhere."""

    __slots__ = ("_runs", "find", "size")

    def __init__(self, letters: Letters) -> None:
        self.size = len(letters)
        text = "".join("?" if one is None else one for one in letters)
        holes = [at for at, one in enumerate(letters) if one is None]
        starts, ends = [0, *(at + 1 for at in holes)], [*holes, self.size]
        self._runs = [(a, text[a:b]) for a, b in zip(starts, ends, strict=True) if a < b]
        self.find: Find = partial(_find_bitwise, letters) if holes else partial(_find, text)

    def stands_at(self, text: str, at: int) -> bool:
        """The piece stands at this position; the caller has checked that it fits."""
        return all(text.startswith(run, at + offset) for offset, run in self._runs)


def _find(piece: str, text: str, start: int, end: int) -> int:
    return text.find(piece, start, end)


def _find_bitwise(letters: Letters, text: str, start: int, end: int) -> int:
    """One bit per letter, shifted once per character of the text, so that no text makes it start
    over. Source: Baeza-Yates and Gonnet, "A new approach to text searching" (1992).
    """
    other = sum(1 << at for at, one in enumerate(letters) if one is None)
    masks: dict[str, int] = {}
    for at, one in enumerate(letters):
        if one is not None:
            masks[one] = masks.get(one, other) | 1 << at
    state, last = 0, 1 << len(letters) - 1
    for at in range(start, end):
        state = (state << 1 | 1) & masks.get(text[at], other)
        if state & last:
            return at - len(letters) + 1
    return -1


def arn_matcher(parts: Sequence[Sequence[str | Wild]]) -> Matcher:
    """A function that matches an ARN segment by segment: a `*` stops at a colon but in the last.

    parts: from `arn_tokens`. Fewer than six let the last one match all that is left.
    """
    if any(isinstance(one, str) and ":" in one for part in parts[:-1] for one in part):
        return _never  # a variable's value has a colon, which no segment before the last can have
    fixed = 0  # the leading segments without wildcards are one prefix, with its colons
    while fixed < len(parts) - 1 and not any(isinstance(one, Wild) for one in parts[fixed]):
        fixed += 1
    prefix = "".join(f"{_join(part)}:" for part in parts[:fixed])
    rest = parts[fixed:]
    if len(rest) == 1:  # all its colons are literal: matching the whole is matching by segment
        return matcher([prefix, *rest[0]])
    pieces = [_pieces(part) for part in rest]
    if all(_is_short(one) for one in pieces):
        heads = "".join(f"{_source(one, '[^:]')}:" for one in pieces[:-1])
        return _expression(f"{re.escape(prefix)}{heads}{_source(pieces[-1], '.')}")
    return partial(_arn_by_hand, prefix, [matcher(part) for part in rest])


def _never(_: str) -> bool:
    return False


def _arn_by_hand(prefix: str, tests: Sequence[Matcher], text: str) -> bool:
    """An ARN's segments one by one, for those too long for `re`."""
    if not text.startswith(prefix):
        return False
    segments = text[len(prefix) :].split(":", len(tests) - 1)
    return len(segments) == len(tests) and all(
        test(segment) for test, segment in zip(tests, segments, strict=True)
    )


def any_of(matchers: Sequence[Matcher]) -> Matcher:
    """A function that says whether one of several matches; none of none."""
    if len(matchers) == 1:
        return matchers[0]
    found = tuple(matchers)

    def matches(text: str) -> bool:
        for match in found:  # noqa: SIM110  any() would cost as much again as the matching
            if match(text):
                return True
        return False

    return matches


def matcher_in(parts: Sequence[Tokens], *, arn: bool) -> MatcherIn:
    """A function that matches a pattern with variables, in the context that gives their values.

    parts: the segments of an ARN, else the one text.
    """
    *heads, last = parts
    is_open = last[-1:] == (Wild.RUN,)
    body = last[:-1] if is_open else last
    if is_fixed(heads) and not any(
        isinstance(one, Wild) for part in (*heads, body) for one in part
    ):
        # What nearly all are: a text, and at most a `*` behind it.
        start = "".join(f"{text}:" for text in map(_join, plain(heads)))
        return partial(_starts_in, (start, *body), is_open)
    return partial(_matches_in, tuple(parts), arn)


def _join(part: Sequence[str | Wild]) -> str:
    return "".join(map(str, part))


def _starts_in(template: Tokens, is_open: bool, text: str, values: Values) -> bool | None:
    found = ""
    for token in template:
        if token.__class__ is str:
            found += token
        elif isinstance(token, Variable):
            value = values[token.key]
            if not isinstance(value, str):
                if value is not None or token.default is None:
                    return None
                value = token.default
            found += value
    return text.startswith(found) if is_open else text == found


def _matches_in(parts: Sequence[Tokens], arn: bool, text: str, values: Values) -> bool | None:
    known = [found for part in parts if (found := expand(part, values)) is not None]
    if len(known) < len(parts):
        return None
    return arn_matcher(known)(text) if arn else matcher(known[0])(text)
