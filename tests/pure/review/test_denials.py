"""Who is given nothing, what is given to nobody, and what the tags of an object say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narthex.pure.review.denials import is_denied
from narthex.pure.review.engine import decide
from narthex.pure.review.model import Denied, Model
from narthex.pure.review.object_facts import BLOCKED, HOLD, object_facts
from tests.pure.review.models import MODEL, known, share

LISTED = ("@rival.example", "mallory@example.org", "mallory")
DIGEST = "sha256:" + "a" * 64
STRICT: Model = replace(MODEL, denied=Denied(LISTED, (DIGEST,)))


@pytest.mark.parametrize(
    ("recipient", "denied"),
    [
        ("ana@rival.example", True),
        ("ANA@Rival.Example", True),
        ("ana@mail.rival.example", True),
        ("Ana <ana@rival.example>", True),
        ("ben@example.org, ana@rival.example", True),
        ("ana@rival.example.", True),
        ("mallory@example.org", True),
        ("Mallory", True),
        ("ana@notrival.example", False),
        ("ana@rival.example.org", False),
        ("ana@rival.exampl", False),
        ("rival.example", False),
        ("mallory@example.com", False),
        ("mallory's sister", False),
        ("ana@example.org", False),
        ("", False),
    ],
)
def test_a_recipient_on_the_list_is_refused_by_a_gate(recipient: str, denied: bool) -> None:
    assert is_denied(recipient, LISTED) == denied
    situation = replace(share(), recipients=(recipient,) if recipient else ())
    verdict = decide(STRICT, situation, known())
    assert (verdict.gates == ("gate.destination",)) == denied
    assert verdict.enforced == ("refuse" if denied else "proceed")
    assert decide(MODEL, situation, known()).decision == "proceed"


def test_one_of_many_recipients_is_enough() -> None:
    situation = replace(share(), recipients=("ben@example.org", "ana@rival.example"))
    assert decide(STRICT, situation, known()).gates == ("gate.destination",)


def counts(model: Model, digest: str, *tags: tuple[str, str]) -> dict[str, int | None]:
    """What is known of an object by its facts; None for what is not."""
    found = object_facts(model, digest, tags)
    return {one.id: one.count if one.known else None for one in found}


@pytest.mark.parametrize(
    ("model", "digest", "count"),
    [
        (STRICT, DIGEST, 1),
        (STRICT, DIGEST[:-1] + "b", 0),
        (STRICT, "content:00", None),
        (STRICT, "", None),
        (MODEL, DIGEST, 0),
        (MODEL, "", 0),
    ],
)
def test_bytes_on_the_list_are_known_by_their_digest(
    model: Model, digest: str, count: int | None
) -> None:
    assert counts(model, digest)[BLOCKED] == count


def test_bytes_on_the_list_are_refused_and_the_next_are_not() -> None:
    clean = tuple(one for one in known() if one.id not in (BLOCKED, HOLD))
    for digest, gates in ((DIGEST, ("gate.blocked",)), (DIGEST[:-1] + "b", ())):
        verdict = decide(STRICT, share(), (*clean, *object_facts(STRICT, digest, ())))
        assert (verdict.gates, verdict.coverage) == (gates, 1.0)


@pytest.mark.parametrize(
    ("tag", "held"),
    [
        (("legal-hold", "on"), 1),
        (("Legal-Hold", "ON"), 1),
        (("legal-hold", ""), 1),
        (("legal-hold", "case 7"), 1),
        (("legal-hold", "off"), 0),
        (("legal-hold", "False"), 0),
        (("legal-holds", "on"), 0),
    ],
)
def test_a_tag_holds_a_file_and_nobody_can_say_otherwise(tag: tuple[str, str], held: int) -> None:
    assert counts(MODEL, "", tag)[HOLD] == held
    clean = tuple(one for one in known() if one.id not in (BLOCKED, HOLD))
    verdict = decide(MODEL, share(), (*clean, *object_facts(MODEL, "", (tag,))))
    assert (verdict.gates, verdict.overridable) == (("gate.hold",) * held, not held)


@pytest.mark.parametrize(
    ("tag", "gates", "points"),
    [
        (("classification", "Restricted"), ("gate.restricted",), 95),
        (("sensitivity", "confidential"), (), 30),
        (("classification", "public"), (), 0),
        (("classification", "unheard of"), (), 0),
        (("class", "restricted"), (), 0),
    ],
)
def test_a_tag_says_what_a_marking_says(
    tag: tuple[str, str], gates: tuple[str, ...], points: float
) -> None:
    clean = tuple(one for one in known() if one.id not in (BLOCKED, HOLD))
    verdict = decide(MODEL, share(), (*clean, *object_facts(MODEL, "", (tag,))))
    assert (verdict.gates, verdict.data) == (gates, points)
