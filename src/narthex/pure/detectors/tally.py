"""Counting what a detector finds: distinct, up to a limit, with three masked examples. Pure.

INVARIANT: a tally's memory and time are bounded by MOST_HITS and MOST_TRIES, whatever the file.
"""

from __future__ import annotations

from narthex.pure.detectors.masks import placed
from narthex.pure.detectors.scan import Scan
from narthex.pure.review.findings import EVIDENCE_AT_MOST, Finding

# Points for a fact saturate long before: the thousandth hit changes no verdict.
MOST_HITS = 1000
# Candidates that turned out to be nothing; where judging one takes longer, fewer.
MOST_TRIES = 1_000_000


class Tally:
    """The distinct hits of one fact. full: whether looking further changes nothing."""

    def __init__(self, fact: str, scan: Scan, most_tries: int = MOST_TRIES) -> None:
        self.fact = fact
        self.full = False
        self._scan = scan
        self._seen: set[bytes] = set()
        self._evidence: list[str] = []
        self._confidence = 0.0
        self._value = ""
        self._tries = 0
        self._most_tries = most_tries

    @property
    def count(self) -> int:
        """How many there are so far."""
        return len(self._seen)

    def missed(self) -> None:
        """Note a candidate that was none."""
        self._tries += 1
        if self._tries >= self._most_tries:
            self.full = True

    def give_up(self) -> None:
        """Note that candidates are left that nobody will judge."""
        self._tries = self._most_tries
        self.full = True

    def knows(self, hit: bytes) -> bool:
        """Whether this very hit is counted already."""
        return hit in self._seen

    def add(
        self, hit: bytes, shown: str, offset: int, confidence: float = 1.0, value: str = ""
    ) -> None:
        """Count a hit once. hit: what makes it distinct. shown: masked already.

        The finding's confidence and value are those of its surest hit.
        """
        if hit in self._seen or len(self._seen) >= MOST_HITS:
            return
        self._seen.add(hit)
        self.full = self.full or len(self._seen) >= MOST_HITS
        if confidence > self._confidence:
            self._confidence, self._value = confidence, value
        if len(self._evidence) < EVIDENCE_AT_MOST:
            self._evidence.append(placed(shown, self._scan.place_at(offset)))

    def finding(self) -> Finding:
        """The fact as it stands. Unknown when only the limit of tries ended an empty search."""
        if not self._seen:
            if self._tries >= self._most_tries:
                return Finding(self.fact, known=False, reason="more candidates than are judged")
            return Finding(self.fact)
        return Finding(
            self.fact,
            count=len(self._seen),
            confidence=self._confidence,
            evidence=tuple(self._evidence),
            value=self._value,
        )
