"""Whether letters look drawn by lot, and whether they only stand in for a secret. Pure.

This file never says that something is a secret: shapes and words beside it do.
"""

from __future__ import annotations

import re
from math import log2

# What people write where a secret belongs: published samples and blanks to be filled in.
_STANDS_IN = re.compile(
    rb"example|sample|changeme|change[-_]me|change[-_]?it|placeholder|replace|insert|dummy|redacted"
    rb"|your|xxxx|\*\*\*|\.\.\.|0000000|1234567|abcdef|deadbeef|fake|testtest|todo|<|>|\$\{|\{\{|%\("
    rb"|not[-_]?a[-_]?secret|secret[-_]?here|notreal"
)
_DIGITS = b"0123456789"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


_LONGEST = 4096  # bytes, of which the first are enough
_SHARES = tuple(count * log2(count) if count else 0.0 for count in range(_LONGEST + 1))


def bits_each(text: bytes) -> float:
    """Shannon's entropy of the letters of a text, in bits for each; 0.0 for none."""
    if not text:
        return 0.0
    letters = text[:_LONGEST]
    size = len(letters)
    return log2(size) - sum(map(_SHARES.__getitem__, map(letters.count, set(letters)))) / size


def stands_in(text: bytes) -> bool:
    """Whether this is a published sample or a blank to be filled in."""
    return len(set(text)) < 6 or _STANDS_IN.search(text.lower()) is not None


def looks_random(text: bytes, least: float = 3.4) -> bool:
    """Whether the letters are spread as if by lot, over more than one class of letters.

    least: bits for each letter. Twenty random letters have about 3.9, twenty of an English sentence
    3.3 and of a path or a name less.
    """
    digits = len(text) - len(text.translate(None, _DIGITS))
    letters = len(text) - len(text.translate(None, _LETTERS))
    return digits >= 2 and letters >= 2 and bits_each(text) >= least
