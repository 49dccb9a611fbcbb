"""One fact as it was found: what detectors hand over and what the engine judges.

Never holds what was found itself: evidence arrives masked. Pure: no I/O, no clock.
"""

import math
from dataclasses import dataclass

EVIDENCE_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one fact. A fact that is wanted but absent, or not `known`, is unknown.

    id: the fact's name, such as "pii.card". count: how often it was found; 0 says that it was
    looked for and is not there. confidence: 0 to 1. evidence: masked, each with its place. value: a
    word, such as a classification. reason: why it is unknown, for people.
    """

    id: str
    known: bool = True
    count: int = 0
    confidence: float = 1.0
    evidence: tuple[str, ...] = ()
    value: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("a finding needs the id of its fact")
        if self.count < 0:
            raise ValueError(f"the count of `{self.id}` is below 0")
        if not (math.isfinite(self.confidence) and 0.0 <= self.confidence <= 1.0):
            raise ValueError(f"the confidence of `{self.id}` is not between 0 and 1")
        if len(self.evidence) > EVIDENCE_AT_MOST:
            raise ValueError(f"`{self.id}` shows more than {EVIDENCE_AT_MOST} pieces of evidence")
