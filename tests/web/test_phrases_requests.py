"""The words for bringing files: complete in each language, with the same things to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from string import Formatter

import pytest

from narthex.web.phrases import LANGUAGES, Phrases
from narthex.web.phrases_requests import ASKING, ENGLISH, INSTEAD, Asking, asking, instead


def holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


def texts(words: Asking) -> Iterator[tuple[str, str]]:
    """All phrases by name."""
    for item in fields(Asking):
        if item.name != "script":
            yield item.name, getattr(words, item.name)
    yield from sorted(words.script.items())


@pytest.mark.parametrize("phrases", LANGUAGES.values(), ids=LANGUAGES)
def test_every_language_fills_in_what_english_does(phrases: Phrases) -> None:
    said, english = dict(texts(asking(phrases))), dict(texts(ENGLISH))
    assert said.keys() == english.keys()
    for name, text in said.items():
        assert text.strip(), name
        assert holes(text) == holes(english[name]), name


@pytest.mark.parametrize("phrases", LANGUAGES.values(), ids=LANGUAGES)
def test_what_is_said_in_other_words_fills_in_the_same(phrases: Phrases) -> None:
    assert INSTEAD.keys() == ASKING.keys() == LANGUAGES.keys()
    assert INSTEAD[phrases.code].keys() == INSTEAD["en"].keys()
    other = instead(phrases)
    for name in INSTEAD["en"]:
        assert getattr(other, name) != getattr(phrases, name)
        assert holes(getattr(other, name)) == holes(getattr(phrases, name))
    assert other.locked == phrases.locked
