"""The arithmetic: points of a fact, how points combine, how much of what one wants is known. Pure.

Everything here is independent of order: sums are exact, products go through sorted points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from narthex.pure.review.findings import Finding
from narthex.pure.review.model import FactWanted

FIRST = 0.4  # of a fact's severity that its first hit counts for


@dataclass(frozen=True, slots=True)
class Fact:
    """A wanted fact beside what is known of it. known: by everyone who looked for it."""

    wanted: FactWanted
    known: bool
    points: float = 0.0
    count: int = 0
    value: str = ""
    evidence: tuple[str, ...] = ()
    reason: str = ""


def points(wanted: FactWanted, finding: Finding) -> float:
    """0 to the fact's severity: the first hit counts 40 % of it, `cap` hits count all.

    The logarithm between them keeps a second hit worth something and a thousandth almost nothing.
    """
    if not finding.known or finding.count < 1:
        return 0.0
    many = math.log1p(finding.count) / math.log1p(wanted.cap)
    share = min(1.0, FIRST + (1.0 - FIRST) * many)
    return severity(wanted, finding.value) * finding.confidence * share


def severity(wanted: FactWanted, value: str) -> float:
    """Of the fact when it is this word."""
    folded = value.casefold()
    return next((points for word, points in wanted.values if word == folded), wanted.severity)


def noisy_or(parts: Iterable[float]) -> float:
    """0 to 100 from parts of 0 to 100: each takes its share of what the others left."""
    left = math.prod(1.0 - part / 100.0 for part in sorted(parts))
    return max(0.0, min(100.0, 100.0 * (1.0 - left)))


def joined(wanted: FactWanted, findings: Sequence[Finding]) -> Fact:
    """The worst of what was found of one fact; unknown if one who looked for it did not know."""
    if not findings:
        return Fact(wanted, known=False, reason="nobody looked for it")
    worst = max(findings, key=lambda one: (points(wanted, one), one.count, _order(one)))
    reasons = sorted({one.reason for one in findings if not one.known})
    return Fact(
        wanted,
        known=all(one.known for one in findings),
        points=points(wanted, worst),
        count=worst.count,
        value=worst.value,
        evidence=worst.evidence,
        reason="; ".join(reason for reason in reasons if reason),
    )


def coverage(facts: Sequence[Fact]) -> float:
    """0 to 1, in hundredths and never rounded up; 1 when nothing is wanted."""
    wanted = math.fsum(one.wanted.weight for one in facts)
    known = math.fsum(one.wanted.weight for one in facts if one.known)
    return math.floor(100.0 * known / wanted + 1e-9) / 100.0 if wanted else 1.0


def _order(finding: Finding) -> tuple[object, ...]:
    """What tells equal findings apart, so that their order does not."""
    return (finding.known, finding.confidence, finding.value, finding.evidence, finding.reason)
