"""Payment cards: by issuer, length and check digit, in groups, beside a word, or as a list. Pure.

INVARIANT: check digits are computed for thousands of numbers at once, on their columns, so numbers
that fail cost as little as text. Nothing is judged after the tally is full.
"""

from __future__ import annotations

import re
from itertools import islice

from narthex.pure.detectors.checks import ISSUERS, LONGEST_CARD, SHORTEST_CARD, pass_luhn
from narthex.pure.detectors.context import Context
from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.shapes import (
    SEPARATORS,
    goes_on_from_word,
    grouped,
    number_pattern,
    whole,
)
from narthex.pure.detectors.subjects import CARD
from narthex.pure.detectors.tally import MOST_HITS, Tally

# Drawn, behind the first digit: thirteen to nineteen in one piece, or grouped as on the card.
_CARD = number_pattern(
    whole(rb"0{12,18}+")
    + rb"|"
    + grouped(rb"000 (?:1000 1000 1000(?: 100)?|100000 10000?)")
    + rb"|"
    + whole(rb"000-(?:1000-1000-1000|100000-10000?)")
)
_CODE = len(b" 000")  # of the back, which may stand behind a number as its last group
_WITH_CODE = len(b"0000 0000 0000 0000 000")
_BATCH = 4096  # numbers whose check digits are computed together


def _beginnings() -> dict[int, frozenset[bytes]]:
    """By the number of digits: four with which such a number begins."""
    return {
        length: frozenset(digits for digits, (_, lengths) in ISSUERS.items() if length in lengths)
        for length in range(SHORTEST_CARD, LONGEST_CARD + 1)
    }


_BARE = _beginnings()
# The same by the length of a number in groups; and of either.
_GROUPED = {16: _BARE[14], 17: _BARE[15], 19: _BARE[16], 23: _BARE[19] | _BARE[16]}
_NONE: frozenset[bytes] = frozenset()
_EITHER = {
    length: _BARE.get(length, _NONE) | _GROUPED.get(length, _NONE) for length in (*_BARE, *_GROUPED)
}


def look_for_cards(scan: Scan, context: Context, cards: Tally) -> None:
    """Count them in the order of the text."""
    raw = scan.raw
    cases = _Cards(scan, context, cards)
    found = _CARD.finditer(scan.drawn)
    while not cards.full:
        spans = [match.span() for match in islice(found, _BATCH)]
        if not spans:
            break
        likely = [
            span for span in spans if raw[span[0] : span[0] + 4] in _EITHER[span[1] - span[0]]
        ]
        in_groups = [(start, end) for start, end in likely if not raw[start:end].isdigit()]
        cases.judge_grouped(in_groups)
        with_code = [(start, end) for start, end in in_groups if end - start == _WITH_CODE]
        cases.judge_grouped([(start, end - _CODE) for start, end in with_code])
        cases.judge(sorted(set(likely) - set(in_groups)) if in_groups else likely)
    cases.judge_bare()


class _Cards:
    """What waits to be counted: digits without a gap or a word."""

    def __init__(self, scan: Scan, context: Context, cards: Tally) -> None:
        self._scan = scan
        self._context = context
        self._cards = cards
        self._bare: list[tuple[bytes, int]] = []
        self._tries = 0

    def judge_grouped(self, spans: list[tuple[int, int]]) -> None:
        """Count those of a batch that pass, all of them in groups."""
        raw = self._scan.raw
        numbers = [raw[start:end].translate(None, SEPARATORS) for start, end in spans]
        for passed in _PASSED.finditer(pass_luhn(numbers)):
            digits, start = numbers[passed.start()], spans[passed.start()][0]
            if self._is_card(digits, start):
                self._add(digits, start, 0.95)

    def judge(self, spans: list[tuple[int, int]]) -> None:
        """Count those of a batch that pass and have a word beside them; the others wait."""
        raw = self._scan.raw
        spans = [one for one in spans if raw[one[0] : one[0] + 4] in _BARE[one[1] - one[0]]]
        numbers = [raw[start:end] for start, end in spans]
        last = 0
        for passed in _PASSED.finditer(pass_luhn(numbers)):
            at = passed.start()
            self._tries += at - last
            last = at + 1
            digits, start = numbers[at], spans[at][0]
            if not self._is_card(digits, start):
                continue
            if CARD in self._context.at(start):
                self._add(digits, start, 0.95)
            else:
                self._wait(digits, start)
            if self._cards.full:
                return
        self._tries += len(spans) - last

    def _is_card(self, digits: bytes, start: int) -> bool:
        """Whether one that passes is some issuer's, and not counted yet."""
        return (
            len(digits) in ISSUERS[digits[:4]][1]
            and len(set(digits)) > 1
            and not self._cards.counts(digits)
            and not goes_on_from_word(self._scan.drawn, start)
        )

    def _wait(self, digits: bytes, start: int) -> None:
        self._tries += 1
        self._bare.append((digits, start))
        if len(self._bare) >= MOST_HITS:
            self.judge_bare()

    def judge_bare(self) -> None:
        """Digits without a gap or a word: a list of cards passes as a whole.

        One order number in ten passes by chance, so half of those since the last judgement must,
        or none counts.
        """
        if 2 * len(self._bare) >= self._tries:
            for digits, start in self._bare:
                self._add(digits, start, 0.7)
        self._bare.clear()
        self._tries = 0

    def _add(self, digits: bytes, start: int, confidence: float) -> None:
        value = ISSUERS[digits[:4]][0]
        self._cards.add(digits, mask(digits.decode(), 4, 4), start, confidence, value)


_PASSED = re.compile(rb"\x01")
