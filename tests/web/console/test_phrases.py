"""Languages of the console: complete, with the same things to fill in, on every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from string import Formatter
from typing import Any

import pytest

from narthex.web.console.phrases import Words, words_for
from narthex.web.console.phrases_reviews import ReviewWords, review_words_for
from narthex.web.console.routes import SHOWN
from tests.web.console.conftest import BUCKET, KEY, NAVIGATES, Browser

LANGUAGES = ("en", "de", "es", "ja")


def texts(words: Words | ReviewWords) -> Iterator[tuple[str, str]]:
    """Every text of a language, with its name."""
    for item in fields(words):
        value: Any = getattr(words, item.name)
        if isinstance(value, str):
            yield f"{type(words).__name__}.{item.name}", value
        elif isinstance(value, Mapping):
            for name, one in value.items():
                for place, text in enumerate((one,) if isinstance(one, str) else one):
                    yield f"{type(words).__name__}.{item.name}.{name}.{place}", text
        else:
            for place, text in enumerate(value):
                yield f"{type(words).__name__}.{item.name}.{place}", text


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_and_fills_in_what_english_does(code: str) -> None:
    ours = dict([*texts(words_for(code)), *texts(review_words_for(code))])
    english = dict([*texts(words_for("en")), *texts(review_words_for("en"))])
    assert ours.keys() == english.keys()
    for name, text in ours.items():
        assert text.strip(), name
        assert holes(text) == holes(english[name]), name


def holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


@pytest.mark.parametrize("code", LANGUAGES)
async def test_every_page_speaks_it(root: Browser, code: str) -> None:
    headers = (*NAVIGATES, ("accept-language", code))
    for page in SHOWN:
        query = f"bucket={BUCKET}" + ("" if page == "files" else f"&key={KEY}") + "&id=0f3c"
        answer = await root.send("GET", f"/-/console/{page}".rstrip("/"), query, headers)
        if answer.status == 303:
            continue
        assert f'<html lang="{code}">' in answer.body.decode()
        assert answer.header("content-language") == code


def test_what_has_no_words_of_ours_is_shown_as_it_is() -> None:
    english = words_for("en")
    assert english.of_event("used", "completed") == "Completed"
    assert english.of_event("used", "new outcome") == "Used"
    assert english.of_event("new", "outcome") == "new outcome"
    assert english.of_event("new", "") == "new"
    assert english.of_code("NewCode") == english.failed
