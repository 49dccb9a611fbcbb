"""Detectors that others bring, by entry point: each in a process of its own, within its time.

    [project.entry-points."narthex.detectors"]
    "pii.person" = "my_package:find_people"

The name is the fact that it finds; the object is called with the passages that were read and yields
a Finding, or None for nothing found. INVARIANT: one that is absent, slow or broken makes its fact
unknown, and nothing else; what it says is cut to what a Finding may hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from narthex.pure.review.findings import EVIDENCE_AT_MOST, Finding
from narthex.review.child import Child, ChildFailed

GROUP = "narthex.detectors"
MODULE = "narthex.review.plugin"
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Plugin:
    """One detector that is installed. fact: what it finds, and its name."""

    fact: str


def installed() -> tuple[Plugin, ...]:
    """Those of this environment, by name. Nothing of them is imported."""
    names = {one.name for one in entry_points(group=GROUP)}
    return tuple(Plugin(name) for name in sorted(names))


async def ask_plugins(
    plugins: Sequence[Plugin], passages: Sequence[Sequence[str]], seconds: float
) -> tuple[Finding, ...]:
    """One finding from each, all at once. seconds: for each."""
    return tuple(await asyncio.gather(*(_ask(one, passages, seconds) for one in plugins)))


async def _ask(plugin: Plugin, passages: Sequence[Sequence[str]], seconds: float) -> Finding:
    try:
        child = await Child.start(MODULE, (plugin.fact,))
        await child.order({"passages": list(passages)}, 0)
        return read_finding(plugin.fact, await child.answer(seconds))
    except ChildFailed as error:
        return Finding(plugin.fact, known=False, reason=f"its detector failed: {error}")


def read_finding(fact: str, told: Any) -> Finding:
    """A finding as a process of ours told it; unknown when it is none."""
    try:
        return Finding(
            fact,
            known=bool(told.get("known", True)),
            count=int(told.get("count", 0)),
            confidence=float(told.get("confidence", 1.0)),
            evidence=tuple(str(one)[:_LONGEST] for one in told.get("evidence", ()))[
                :EVIDENCE_AT_MOST
            ],
            value=str(told.get("value", ""))[:_LONGEST],
            reason=str(told.get("reason", ""))[:_LONGEST],
        )
    except (AttributeError, TypeError, ValueError):
        return Finding(fact, known=False, reason="its detector gave no finding")
