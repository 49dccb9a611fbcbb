"""How numbers look, and searching for looks: one drawing of the text, and patterns of shapes. Pure.

In a drawing a digit is 0, a capital P, a small letter p, and the first of a word is one more: 1, Q,
q. So "DE12 3704" is drawn as "QP00 1000", and a search for the shape of a number begins with a
literal that stands only where a number begins: all other text is passed over at memchr's speed, and
what is no such shape never reaches Python.

INVARIANT: no pattern here repeats anything without a bound, so none takes longer than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SEPARATORS = b" ./-"
_DIGITS = b"0123456789"
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SMALL = _CAPITALS.lower() + b"_"
# Letters of the drawing. Those of words have the bit _IN_WORD, and the others have not; a plus sign
# counts as one, because "+49…" is a telephone and no other number.
_IN_WORD = 4
_PLUS = b"+"


def _letter(code: int) -> int:
    """What is drawn for a byte, were it not the first of a word."""
    for drawn, of in ((b"0", _DIGITS), (b"P", _CAPITALS), (b"p", _SMALL), (b"~", _PLUS)):
        if code in of:
            return drawn[0]
    return code if code in SEPARATORS else b","[0]


_DRAWN = bytes(_letter(code) for code in range(256))
# No number begins behind another one and a dot, a slash or a dash, nor ends before such.
_BEGINS = rb"1(?<![01][./-]1)"
ENDS = rb"(?![0Pp])(?![./-]1)"
# A letter or two behind a dash belong to the number: "0101-A" is no 0101.
_NOTHING_BEHIND = rb"(?!-[Qq][Pp]?(?![0Pp]))"


def draw(raw: bytes) -> bytes:
    """The drawing of a text, of the same length.

    The text is one large number, so that a word's first letter, which has none before it, is found
    for all words at once.
    """
    size = len(raw)
    drawn = int.from_bytes(raw.translate(_DRAWN))
    in_word = (drawn >> _IN_WORD) & int.from_bytes(b"\x01" * size)
    return (drawn | (in_word & ~(in_word >> 8))).to_bytes(size)


def number_pattern(bodies: bytes) -> re.Pattern[bytes]:
    """A search of a drawing for numbers. bodies: a pattern of what may follow the first digit."""
    return re.compile(_BEGINS + rb"(?:" + bodies + rb")")


def whole(body: bytes) -> bytes:
    """A body after which the number ends, and nothing that belongs to it follows."""
    return grouped(body) + _NOTHING_BEHIND


def grouped(body: bytes) -> bytes:
    """A body in groups, after which the number ends."""
    return rb"(?:" + body + rb")" + ENDS


def alternatives(shapes: Iterable[bytes]) -> bytes:
    """A pattern of all drawn shapes, of which the longest is preferred: a tree by first letters.

    Behind a digit a letter may be small or not.
    """
    rests: dict[bytes, set[bytes]] = {}
    ends = False
    for shape in shapes:
        if shape:
            rests.setdefault(shape[:1], set()).add(shape[1:])
        else:
            ends = True
    branches = [
        _EITHER_CASE.get(first, re.escape(first)) + alternatives(rest)
        for first, rest in sorted(rests.items())
    ]
    if ends and branches:
        branches.append(b"")
    return branches[0] if len(branches) == 1 else rb"(?:" + b"|".join(branches) + rb")"


_EITHER_CASE = {b"P": b"[Pp]", b"Q": b"[Qq]"}


def goes_on_from_word(drawn: bytes, start: int) -> bool:
    """Whether a number is a later group of one that begins inside of a word: "DE12 3704 …"."""
    before = drawn[max(0, start - _FARTHEST) : start]
    if drawn[start : start + 1] != b"1" or before[-1:] != b" " or before[-2:-1] not in _IN_NUMBER:
        return False
    word = before.rstrip(SEPARATORS + b"01")
    return word != b"" and before[len(word) : len(word) + 1] == b"0"


_FARTHEST = 64  # bytes of groups before a number
_IN_NUMBER = (b"0", b"1")
