"""What is known of an object besides its content: its tags, and whether its bytes are on a list.

This file never judges, and never reads a byte. Pure: no I/O, no clock.
"""

from __future__ import annotations

from narthex.http import Pairs
from narthex.pure.detectors.classification import FACT as LABEL
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import Model

BLOCKED, HOLD = "object.blocked", "object.hold"
CLASSES = frozenset(("classification", "sensitivity"))  # tags that say what a file is
HOLDS = frozenset(("legal-hold", "legalhold", "legal_hold"))  # tags that say that it must stay
LIFTED = frozenset(("off", "false", "no", "0"))  # anything else is a hold


def object_facts(model: Model, digest: str, tags: Pairs) -> tuple[Finding, ...]:
    """The facts of an object. digest: of its bytes ("sha256:..."); of something else, or "", when
    they were not read whole.
    """
    held = [name for name, value in tags if _is_hold(name, value)]
    hold = Finding(HOLD, count=len(held), evidence=tuple(f"tag {name}" for name in held[:3]))
    return (_blocked(model, digest), hold, *_labels(model, tags))


def _blocked(model: Model, digest: str) -> Finding:
    listed = model.denied.objects
    if listed and not digest.startswith("sha256:"):
        return Finding(BLOCKED, known=False, reason="its bytes were not read whole")
    return Finding(BLOCKED, count=int(digest in listed))


def _is_hold(name: str, value: str) -> bool:
    return name.casefold() in HOLDS and value.strip().casefold() not in LIFTED


def _labels(model: Model, tags: Pairs) -> tuple[Finding, ...]:
    """A tag speaks as a marking in the file does, in the words that the model knows."""
    words = {word for one in model.facts if one.id == LABEL for word, _ in one.values}
    said = [(name, value.strip().casefold()) for name, value in tags if name.casefold() in CLASSES]
    return tuple(
        Finding(LABEL, count=1, value=value, evidence=(f"tag {name}",))
        for name, value in said
        if value in words
    )
