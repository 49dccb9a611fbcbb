"""Bank accounts: IBANs by country, length and check digits, in one piece or in groups. Pure.

A number that is part of a longer word is none; behind its last letter anything may follow.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.checks import IBAN_LENGTHS, is_iban
from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally

BYTES_EACH = 256  # of text for each try: one takes some microseconds
# Drawn. What is looked ahead at is cut to its country's length: anything may follow.
_BEGINNING = re.compile(rb"QP00(?<!/QP00)(?=[01PQ -]{11})")
_MOST = re.compile(rb"QP00(?:[ -]?[01PQ]){11,30}+")


def look_for_accounts(scan: Scan, accounts: Tally) -> None:
    """Count them. What stands in one is not looked at: it was, the first time."""
    at = 0
    while not accounts.full and (found := _next(scan, at)) is not None:
        start, end = found
        country = scan.raw[start : start + 2]
        length = IBAN_LENGTHS[country]
        compact = scan.raw[start:end].translate(None, b" -")[:length]
        at = start + length
        if accounts.knows(compact):
            continue
        if is_iban(compact):
            accounts.add(compact, mask(compact.decode(), 4, 4), start, 1.0, country.decode())
        else:
            accounts.missed(compact)
            at = start + 1


def _next(scan: Scan, at: int) -> tuple[int, int] | None:
    """Where something begins as a country's accounts do, and where that ends at the latest."""
    raw, drawn = scan.raw, scan.drawn
    for match in _BEGINNING.finditer(drawn, at):
        start = match.start()
        if raw[start : start + 2] in IBAN_LENGTHS:
            whole = _MOST.match(drawn, start)
            if whole is not None:
                return start, whole.end()
    return None
