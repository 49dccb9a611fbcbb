"""Text beyond ASCII: what looks the same is read the same, and nothing makes a detector fail."""

from __future__ import annotations

import pytest
from bench.review.texts import LITERALS
from hypothesis import example, given, settings
from hypothesis import strategies as some

from narthex.pure.detectors.facts import BUILT_IN
from narthex.pure.detectors.folding import fold
from narthex.pure.detectors.passages import Kind
from tests.pure.detectors.looking import count, look

WIDE = str.maketrans({code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("カード番号 " + "4111111111111111".translate(WIDE), "pii.card"),
        ("card 4111\u00a01111\u00a01111\u00a01111", "pii.card"),
        ("card 4111\u20111111\u20111111\u20111111", "pii.card"),
        ("card 4111\u200b1111\u00ad1111\ufeff1111", "pii.card"),
        ("DE89\u202f3704\u202f0044\u202f0532\u202f0130\u202f00", "pii.iban"),
        ("anna@example.org".translate(WIDE), "pii.email"),
        ("電話\u3000" + "03-1234-5678".translate(WIDE), "pii.phone"),
        ("SSN 536\u201390\u20134399", "pii.national_id"),
        ("pass\u00adword: Sommer2024!", "secret.token"),
    ],
)
def test_what_looks_the_same_is_read_the_same(text: str, fact: str) -> None:
    assert count(text, fact) == 1


@pytest.mark.parametrize(
    "text",
    [
        "card ٤١١١١١١١١١١١١١١١",  # Arabic digits: no card is written so
        "card 4\u03011\u03011\u03011\u0301" + "1" * 12,  # digits that carry accents
        "card \U0001d7d2" + "1" * 15,  # a mathematical digit
        "card \ud835" + "4" + "\udfd2" + "1" * 14,  # halves of surrogates between
        "іban DE8937040044\u0301053201300",
    ],
)
def test_what_looks_otherwise_is_none(text: str) -> None:
    assert count(text, "pii.card") == 0
    assert count(text, "pii.iban") == 0


def test_folding_leaves_lines_and_everything_else() -> None:
    text = "Größe\n\u2014 ümlaut 機密\r\n\U0001f642 é e\u0301"
    assert fold(text) is text
    assert fold("ａ\u00a0\n\u2003ｂ") == "a \n b"
    assert fold("plain") == "plain"


ANY = some.text(some.characters(exclude_categories=()), max_size=200)
PIECES = some.lists(
    some.one_of(
        some.sampled_from(LITERALS),
        some.sampled_from(["", " ", "\n", "-", ".", "=", '"', "/", "@", "\0", "\ud800", "\u0301"]),
        some.text("0123456789ABCDEFabcdef", max_size=24),
    ),
    max_size=40,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(some.one_of(ANY, PIECES), some.sampled_from(list(Kind)))
@example("\ud800" * 40 + "@\udfff", Kind.BODY)
@example("0" * 40, Kind.TABLE)
def test_any_text_ends_in_every_fact_and_masked_evidence(text: str, kind: Kind) -> None:
    found = look(text, kind=kind)
    assert sorted(found) == sorted(BUILT_IN)
    assert all(len(one) < 140 for finding in found.values() for one in finding.evidence)


@settings(max_examples=150, deadline=None)
@given(PIECES)
def test_the_same_text_twice_has_the_same_numbers_as_once(text: str) -> None:
    """A hit is counted once, however often it stands there: nothing that is glued on is one."""
    once, twice = look(text), look(f"{text}\n\0\n{text}")
    for fact in ("pii.iban", "pii.email", "secret.cloud_key", "secret.private_key"):
        assert twice[fact].count == once[fact].count
