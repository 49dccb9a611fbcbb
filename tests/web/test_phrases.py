"""Languages: chosen as the browser asks, complete, with the same things to fill in."""

from __future__ import annotations

from dataclasses import fields
from string import Formatter

import pytest

from narthex.web.phrases import ENGLISH, LANGUAGES, Phrases, phrases_for


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,es;q=0.5,en;q=0.4", "es"),
        ("JA-jp", "ja"),
        ("en;q=0.1, ja;q=0.2", "ja"),
        ("de;q=0, en", "en"),
        ("de;q=0", "en"),
        ("de;q=nonsense, es;q=0.1", "es"),
        ("xx", "en"),
        ("*", "en"),
        (",;,=;q", "en"),
        ("en," * 40 + "de", "en"),
        ("de;q=9", "de"),
        ("den", "en"),
    ],
)
def test_the_language_is_the_one_that_suits_best(header: str | None, code: str) -> None:
    assert phrases_for(header).code == code


@pytest.mark.parametrize("phrases", LANGUAGES.values(), ids=LANGUAGES)
def test_every_language_fills_in_what_english_does(phrases: Phrases) -> None:
    for item in fields(Phrases):
        text, english = getattr(phrases, item.name), getattr(ENGLISH, item.name)
        if isinstance(text, str) and item.name != "space":
            assert text.strip(), item.name
            assert _holes(text) == _holes(english), item.name


def _holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}
