"""Numbers that begin with letters: bank accounts, and the national ids of some countries. Pure.

Two passes over the text's drawing; what follows is bounded work for each beginning. Like in
numbers.py, a number that is part of a longer word is none.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.checks import IBAN_LENGTHS, is_iban
from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.numbers import PLAIN, SHAPE, Numbers
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally

# The last capital and the first two digits, with or without a space or a dash between, as letters
# of a drawing that is searched instead of the text: that is faster than any pattern.
_DRAWN = bytes(
    65 if 65 <= code <= 90 else 48 if 48 <= code <= 57 else 32 if code in b" -" else 46
    for code in range(256)
)
_BEGINNINGS = (b"A00", b"A 00")
_MOST_BEFORE = 5  # capitals before the last: an Italian code begins with six
_TOO_LONG = 19  # letters and digits in one piece; a Mexican code has 18
_WORD = re.compile(rb"[A-Z]{1,6}-?[0-9][0-9A-Z]*(?:-[A-Z])?(?![0-9A-Za-z_])")
_INSURANCE = re.compile(rb"[A-Z]{2} [0-9]{2} [0-9]{2} [0-9]{2} [A-Z](?![0-9A-Za-z_])")
_ACCOUNT = re.compile(rb"[A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]){11,30}")
_PART_OF = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+/=")


def look_for_lettered(scan: Scan, numbers: Numbers, accounts: Tally) -> None:
    """Count accounts, and national ids into `numbers`."""
    raw = scan.raw
    drawn = raw.translate(_DRAWN)
    for beginning in _BEGINNINGS:
        at = drawn.find(beginning)
        while at >= 0 and not (accounts.full and numbers.ids.full):
            piece = raw[at : at + _TOO_LONG]
            long = len(piece) == _TOO_LONG and piece.isalnum()  # as only an account is
            if not (long and accounts.full) and not _is_inside(raw, at):
                if not long:
                    _judge(scan, numbers, accounts, at)
                else:
                    _judge_account(scan, accounts, _start(raw, at))
            at = drawn.find(beginning, at + 3)


def _is_inside(raw: bytes, at: int) -> bool:
    """Whether more letters stand before than any number begins with."""
    before = raw[max(0, at - _MOST_BEFORE - 1) : at]
    return len(before) > _MOST_BEFORE and before.isalnum()


def _start(raw: bytes, at: int) -> int:
    """Where the capitals begin of which the last is at `at`; -1 inside of a longer word."""
    start = at
    while start and at - start < _MOST_BEFORE and 65 <= raw[start - 1] <= 90:
        start -= 1
    return start if not start or raw[start - 1] not in _PART_OF else -1


def _judge(scan: Scan, numbers: Numbers, accounts: Tally, at: int) -> None:
    start = _start(scan.raw, at)
    if not accounts.full:
        _judge_account(scan, accounts, start)
    if start >= 0 and not numbers.ids.full:
        _judge_ids(scan, numbers, start)


def _judge_account(scan: Scan, accounts: Tally, start: int) -> None:
    if start < 0 or scan.raw[start : start + 2] not in IBAN_LENGTHS:
        return
    found = _ACCOUNT.match(scan.raw, start)
    if found is None:
        return
    compact = found[0].translate(None, b" -")[: IBAN_LENGTHS[found[0][:2]]]
    if accounts.knows(compact):
        return
    if is_iban(compact):
        accounts.add(compact, mask(compact.decode(), 4, 4), start, 1.0, compact[:2].decode())
    else:
        accounts.missed()


def _judge_ids(scan: Scan, numbers: Numbers, start: int) -> None:
    found = _WORD.match(scan.raw, start) or _INSURANCE.match(scan.raw, start)
    if found is None:
        return
    run = found[0]
    shape = run.translate(SHAPE)
    for key, row in PLAIN.get(shape, ()):
        numbers.judge_id(key, row, run, start)
    numbers.judge_beside(run, shape, start)
