"""Counting what a detector finds: distinct, up to a limit, with three masked examples. Pure.

INVARIANT: a tally's memory and time are bounded by MOST_HITS and by the tries and glances that the
size of the text allows, whatever the text. A candidate is judged once, however often it comes.
"""

from __future__ import annotations

from narthex.pure.detectors.masks import placed
from narthex.pure.detectors.scan import Scan
from narthex.pure.review.findings import EVIDENCE_AT_MOST, Finding

# Points for a fact saturate long before: the thousandth hit changes no verdict.
MOST_HITS = 1000
# Distinct candidates that may turn out to be nothing: so many in any text, and one more for each of
# so many bytes. A text with more was made to keep us busy, and what is not in it is not known.
LEAST_TRIES = 5000
BYTES_EACH = 128
# How often those may come again, which are known at a glance.
LEAST_GLANCES = 10_000
BYTES_EACH_GLANCE = 64


def tries_of(size: int, bytes_each: int = BYTES_EACH) -> int:
    """How many candidates of one fact may fail in `size` bytes before no more are judged."""
    return LEAST_TRIES + size // bytes_each


def glances_of(size: int) -> int:
    """How often what failed may come again in `size` bytes before no more is looked at."""
    return LEAST_GLANCES + size // BYTES_EACH_GLANCE


class Tally:
    """The distinct hits of one fact. full: whether looking further changes nothing."""

    def __init__(self, fact: str, scan: Scan, bytes_each: int = BYTES_EACH) -> None:
        """bytes_each: of text for each try; more where judging one takes longer."""
        self.fact = fact
        self.full = False
        self._scan = scan
        self._hits: set[bytes] = set()
        self._misses: set[bytes] = set()
        self._shown: list[tuple[int, str]] = []
        self._confidence = 0.0
        self._value = ""
        self._most_tries = tries_of(len(scan.raw), bytes_each)
        self._glances = glances_of(len(scan.raw))

    @property
    def count(self) -> int:
        """How many there are so far."""
        return len(self._hits)

    def missed(self, candidate: bytes) -> None:
        """Note a candidate that was none."""
        self._misses.add(candidate)
        if len(self._misses) >= self._most_tries:
            self.full = True

    def knows(self, candidate: bytes) -> bool:
        """Whether this very candidate was judged already."""
        if candidate not in self._misses:
            return candidate in self._hits
        self._glances -= 1
        if self._glances <= 0:
            self.full = True
        return True

    def counts(self, hit: bytes) -> bool:
        """Whether this very hit is counted already."""
        return hit in self._hits

    def add(
        self, hit: bytes, shown: str, offset: int, confidence: float = 1.0, value: str = ""
    ) -> None:
        """Count a hit once. hit: what makes it distinct. shown: masked already.

        The finding's confidence and value are those of its surest hit; its evidence are the first
        in the text.
        """
        if hit in self._hits or len(self._hits) >= MOST_HITS:
            return
        self._hits.add(hit)
        self.full = self.full or len(self._hits) >= MOST_HITS
        if confidence > self._confidence:
            self._confidence, self._value = confidence, value
        self._shown.append((offset, shown))

    def finding(self) -> Finding:
        """The fact as it stands. Unknown when only the limit of tries ended an empty search."""
        if not self._hits:
            if self.full:
                return Finding(self.fact, known=False, reason=TOO_MANY)
            return Finding(self.fact)
        first = sorted(self._shown)[:EVIDENCE_AT_MOST]
        return Finding(
            self.fact,
            count=len(self._hits),
            confidence=self._confidence,
            evidence=tuple(placed(shown, self._scan.place_at(at)) for at, shown in first),
            value=self._value,
        )


TOO_MANY = "more candidates than are judged"
