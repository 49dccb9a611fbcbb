"""Phone numbers in international form, and the American one with its area code in brackets. Pure.

Local forms need a word beside them and are in numbers.py. No number is ever called valid: there is
no check digit, so a form that nothing else uses is all there is.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally

_INTERNATIONAL = re.compile(rb"\+([1-9][0-9() ./-]{6,22}[0-9])(?![0-9])")
_BRACKETED = re.compile(rb"\(([2-9][0-9]{2}\) ?[0-9]{3}[-. ][0-9]{4})(?![0-9-])")
# A plus sign in arithmetic, a date's offset (+0200) or base64 stands behind one of these.
_PART_OF = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+/=.")


def look_for_phones(scan: Scan, phones: Tally) -> None:
    """Count both forms."""
    raw = scan.raw
    for pattern, prefix in ((_INTERNATIONAL, "+"), (_BRACKETED, "+1")):
        for match in pattern.finditer(raw):
            start = match.start()
            digits = match[1].translate(None, b" ()./-")
            if phones.full:
                return
            if not 8 <= len(digits) <= 15 or (start and raw[start - 1] in _PART_OF):
                phones.missed()
            elif not phones.knows(digits):
                phones.add(digits, mask(prefix + digits.decode(), 3, 2), start, 0.95)
