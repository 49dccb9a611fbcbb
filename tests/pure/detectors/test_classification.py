"""Markings: lines, margins, fields and labels mark; words in sentences and titles do not."""

from __future__ import annotations

import pytest

from narthex.pure.detectors.passages import Kind, Traits
from tests.pure.detectors.looking import look

FACT = "label.classification"
MARKS = [
    ("CONFIDENTIAL", "confidential"), ("Strictly confidential", "restricted"), ("TLP:RED",
    "restricted"),
    ("TLP:GREEN", "internal"), ("Internal use only", "internal"), ("Vertraulich", "confidential"),
    ("Streng vertraulich", "restricted"), ("Nur für den internen Gebrauch", "internal"),
    ("Confidentiel", "confidential"),
    ("Confidencial", "confidential"), ("Riservato", "confidential"), ("Vertrouwelijk",
    "confidential"),
    ("Poufne", "confidential"), ("Důvěrné", "confidential"), ("社外秘", "confidential"), ("機密",
    "secret"),
    ("Конфиденциально", "confidential"), ("Classification: Restricted", "restricted"),
    ("Sensitivity: Internal", "internal"), ("** Confidential **", "confidential"),
    ("CONFIDENTIAL - do not copy", "confidential"), ("Klassifizierung: vertraulich",
    "confidential"),
]  # fmt: skip


@pytest.mark.parametrize(("mark", "level"), MARKS)
def test_a_line_that_says_nothing_else_marks(mark: str, level: str) -> None:
    found = look(f"Plan for May\n{mark}\nThe work goes on.")[FACT]
    assert (found.count, found.value) == (1, level)


@pytest.mark.parametrize(
    "text",
    [
        "The talks were confidential until today.",
        "This e-mail is confidential and intended solely for its recipient.",
        "Ihre Daten werden vertraulich behandelt.",
        "Confidentiality Agreement",
        "RESTRICTED STOCK UNITS",
        "SECRET GARDEN",
        "Internal combustion",
        "The secret of our success",
        "Les informations sont confidentielles, et le restent.",
        "Confidential, said the minister, is another word for embarrassing",
    ],
)
def test_a_word_in_a_sentence_or_a_title_marks_nothing(text: str) -> None:
    assert look(f"{text}\nMore text.")[FACT].count == 0


@pytest.mark.parametrize(
    ("margin", "level"),
    [
        ("Northwind | Confidential | page 3", "confidential"),
        ("Annual report  page 3", ""),
        ("Restricted Stock Plan", ""),
    ],
)
def test_a_margin_marks_among_other_words(margin: str, level: str) -> None:
    assert look(margin, kind=Kind.MARGIN)[FACT].value == level


def test_source_marks_nothing() -> None:
    assert look("confidential\n", kind=Kind.SOURCE)[FACT].count == 0


def test_a_sensitivity_label_marks_and_the_highest_level_counts() -> None:
    found = look("TLP:GREEN", traits=Traits(labels=("Highly Confidential",)))[FACT]
    assert (found.count, found.value, found.evidence) == (1, "restricted", ("labelled restricted",))


def test_a_label_that_says_public_is_told_as_public() -> None:
    assert look("x", traits=Traits(labels=("Public",)))[FACT].value == "public"
