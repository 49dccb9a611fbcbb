"""A file of one word over and over: time grows with its size, and giving up is said."""

from __future__ import annotations

from time import process_time

import pytest

from narthex.pure.detectors.assignments import MOST_PLACES, MOST_VALUES
from tests.pure.detectors.looking import look

WORDS = [
    "password=",
    "password=\n",
    "password=a1A<",
    "token: ",
    'secret="',
    "api_key=abc123 ",
    "user:pass@",
    "https://user:passwd1@",
    "://",
    "Authorization: Bearer ",
    "secret_access_key=",
    "mot de passe",
    "SK",
    "eyJ",
]
SIZE = 8000  # bytes: enough to stand out from what every file costs
TIMES = 4
STEEPEST = 8.0  # times longer for four times as much; sixteen would be a square
TRIES = 3


def _seconds(text: str) -> float:
    """Of this process, the best of a few."""
    best = float("inf")
    for _ in range(TRIES):
        begun = process_time()
        look(text)
        best = min(best, process_time() - begun)
    return best


@pytest.mark.parametrize("word", WORDS)
def test_four_times_the_words_take_about_four_times_as_long(word: str) -> None:
    text = word * (SIZE // len(word))
    look(text)
    assert _seconds(text * TIMES) < STEEPEST * _seconds(text)


@pytest.mark.parametrize("text", ["pwd" * (MOST_PLACES + 1), "password=abcdef\n" * MOST_VALUES])
def test_words_beyond_those_that_are_judged_leave_it_unknown(text: str) -> None:
    found = look(text + "\nkennwort: Sommer2024!")["secret.token"]
    assert (found.known, found.count) == (False, 0)
    assert found.reason == "more candidates than are judged"


def test_a_secret_before_them_counts() -> None:
    found = look("password: Sommer2024!\n" + "password=abcdef\n" * MOST_VALUES)["secret.token"]
    assert (found.known, found.count) == (True, 1)


def test_a_secret_behind_as_many_as_are_judged_is_found() -> None:
    found = look("password=abcdef\n" * (MOST_VALUES - 1) + "password: Sommer2024!")["secret.token"]
    assert (found.known, found.count) == (True, 1)
