"""The shipped model, and values to judge by it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from narthex.pure.review.conditions import Plain
from narthex.pure.review.findings import Finding
from narthex.pure.review.model_text import read_model
from narthex.pure.review.situation import Candidate, Situation

ROOT = Path(__file__).parents[3]
SHIPPED = (files("narthex") / "review" / "models" / "share.toml").read_text("utf-8")
MODEL = read_model(SHIPPED, "share.toml")
ENFORCED = read_model(SHIPPED.replace('default = "warn"', 'default = "enforce"'))
FACTS = tuple(one.id for one in MODEL.facts)

# The least that reads as a model; tests change one thing of it.
SMALL = """
format = 1
name = "small"
kinds = ["thing", "other"]
[principles]
care = "Care"
[door]
two_way = [{ field = "reversible", is = true }]
[owner]
owner = "ana"
[[facts]]
id = "bad"
text = "{count} bad things"
one = "a bad thing"
severity = 80
cap = 50
principles = ["care"]
[[facts]]
id = "worse"
text = "it is worse"
severity = 95
[[rules]]
id = "habit"
text = "a bad habit"
points = 25
when = [{ field = "habit", is = true }]
[[gates]]
id = "gate"
text = "it is worse"
fact = "worse"
"""


def known(**counts: int) -> tuple[Finding, ...]:
    """All that the shipped model wants to know: clean, but for these (`pii_card=3`)."""
    found = {name.replace("_", ".", 1): count for name, count in counts.items()}
    assert found.keys() <= set(FACTS)
    return tuple(
        Finding(id, count=found.get(id, 0), value=_value(id) if id in found else "") for id in FACTS
    )


def _value(id: str) -> str:
    return "confidential" if id == "label.classification" else ""


def share(candidates: tuple[Candidate, ...] = (), **fields: Plain) -> Situation:
    """A share by a link to somebody named, with good habits but for these fields."""
    good: dict[str, Any] = {
        "channel": "link",
        "audience": "named",
        "password": True,
        "expires_in": 3600,
        "fetched": False,
    }
    return Situation("share", "bucket/key", fields={**good, **fields}, candidates=candidates)
