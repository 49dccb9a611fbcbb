"""What was found in several files, or in several parts of one, as findings of all of it.

This file never looks at anything. INVARIANT: what is not known of one part is not known of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from narthex.pure.detectors.facts import BUILT_IN
from narthex.pure.review.findings import EVIDENCE_AT_MOST, Finding
from narthex.review.clamd import FACT as MALWARE


def together(every: Iterable[Iterable[Finding]]) -> tuple[Finding, ...]:
    """One finding for each fact, value and confidence, and one for all where it is not known."""
    merged: dict[tuple[str, bool, str, float], Finding] = {
        (fact, True, "", 1.0): Finding(fact) for fact in BUILT_IN
    }
    for findings in every:
        for one in findings:
            kind = (one.id, one.known, one.value, one.confidence)
            before = merged.get(kind)
            merged[kind] = one if before is None else _added(before, one)
    scanned = any(name == MALWARE for name, *_ in merged)
    return (*merged.values(), *(() if scanned else (Finding(MALWARE),)))


def _added(before: Finding, one: Finding) -> Finding:
    return replace(
        before,
        count=before.count + one.count,
        evidence=(*before.evidence, *one.evidence)[:EVIDENCE_AT_MOST],
        reason=before.reason or one.reason,
    )
