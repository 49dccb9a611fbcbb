"""Telephone numbers: in international form, the American one, and local ones beside a word. Pure.

No number is ever called valid: there is no check digit, so a form that nothing else uses, or a word
beside it, is all there is.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.context import Context
from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.shapes import ENDS, SEPARATORS, draw
from narthex.pure.detectors.subjects import PHONE
from narthex.pure.detectors.tally import Tally

# A plus sign in arithmetic, a date's offset (+0200) or base64 stands behind one of the bytes that
# these begin with not being behind.
_INTERNATIONAL = re.compile(rb"\+(?<![0-9A-Za-z_+/=.]\+)([1-9][0-9() ./-]{6,22}[0-9])(?![0-9])")
_BRACKETED = re.compile(
    rb"\((?<![0-9A-Za-z_+/=.]\()([2-9][0-9]{2}\) ?[0-9]{3}[-. ][0-9]{4})(?![0-9-])"
)
# Beside a word. Behind no other number; all of it, and no letter behind.
_LOCAL = re.compile(
    rb"0(?<![0-9A-Za-z_+]0)(?<![0-9][ ./-]0)(?<![0-9][ ./-]{2}0)(?<![0-9][ ./-]{3}0)"
    rb"(?:[ ./-]{0,3}+[0-9]){6,14}+"
    rb"(?![ ./-]{0,3}[0-9])(?![A-Za-z_])(?!-[A-Za-z]{1,2}(?![A-Za-z0-9]))"
)
_LOCAL_SHAPES = re.compile(
    rb"10{1,4}[ /-]{1,3}10{1,3}(?:[ -]?[01]0{1,3}){0,4}|1(?:[ .]10){4}|10{8,11}"
    rb"|10{1,3}-10{2,3}-1000|100[-. ]100[-. ]1000"
)
_AMERICAN = re.compile(rb"100(?<![01][ ./-]100)(?:-100-|\.100\.)1000" + ENDS + rb"(?![ ./-]{1,2}1)")
_SHORTEST, _LONGEST = 8, 15  # digits of an international one


def look_for_phones(scan: Scan, context: Context, phones: Tally) -> None:
    """Count all three."""
    for pattern, prefix in ((_INTERNATIONAL, "+"), (_BRACKETED, "+1")):
        for match in pattern.finditer(scan.raw):
            if phones.full:
                return
            digits = match[1].translate(None, b" ()./-")
            if phones.knows(digits):
                continue
            if _SHORTEST <= len(digits) <= _LONGEST:
                shown = mask(prefix + digits.decode(), 3, 2)
                phones.add(digits, shown, match.start(), 0.95)
            else:
                phones.missed(digits)
    _look_beside(scan, context, phones)


def _look_beside(scan: Scan, context: Context, phones: Tally) -> None:
    for pattern, text in ((_LOCAL, scan.raw), (_AMERICAN, scan.drawn)):
        at = 0
        while not phones.full and (match := pattern.search(text, at)) is not None:
            start, at = match.span()
            if PHONE in context.at(start):
                _judge(phones, scan.raw[start:at], start)
            else:  # nor beside any other number up to there
                at = context.end(start)


def _judge(phones: Tally, run: bytes, start: int) -> None:
    digits = run.translate(None, SEPARATORS)
    if phones.knows(digits):
        return
    if _LOCAL_SHAPES.fullmatch(draw(run)):
        phones.add(digits, mask(digits.decode()), start, 0.8)
    else:
        phones.missed(digits)
