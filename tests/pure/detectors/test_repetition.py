"""A text of nothing but hits, or of what nearly is one: time grows with its size, no faster.

Seconds are of this process, and the best of as many tries as it takes: whoever shares the machine
only ever makes them longer.
"""

from __future__ import annotations

from random import Random
from time import process_time

import pytest
from bench.review.texts import HITS, LITERALS, NEAR_MISSES, again, prose

from narthex.pure.detectors.classification import BYTES_EACH as EACH_LINE
from narthex.pure.detectors.tally import TOO_MANY, glances_of, tries_of
from tests.pure.detectors.looking import look

TEXTS = {
    **HITS,
    **{name: text for name, text in NEAR_MISSES.items() if " and " not in name},
    **{f"{word!r}{end!r}": again(word + end) for word in LITERALS for end in ("", "-", "\n")},
}
SIZE = 8000  # bytes: enough to stand out from what every file costs
TIMES = 4
STEEPEST = 8.0  # times longer for four times as much; sixteen would be a square
TRIES = 20

# The slowest that the bench has found, and how many times slower a byte than prose they may be
# here: 5 by themselves, 17 where coverage is measured, which slows Python and no search in C. A
# step that is judged in vain for each of them would make it 50.
SLOWEST = (
    "cards that fail", "grouped IBANs that fail", "11 digits behind words", "sample SK",
    "short xoxb-", "numbers of aeroplanes", "'password=' and ''", "'eyJ' and '-'", "'SK' and '-'",
    "'://' and ''", "'pwd' and '='", "'confiden' and '\\n'", "'DE00' and '-'", "'@' and ''",
)  # fmt: skip
LARGE = 400_000
SLOWER = 30.0


def _seconds(text: str) -> float:
    begun = process_time()
    look(text)
    return process_time() - begun


@pytest.mark.parametrize("name", TEXTS)
def test_four_times_the_text_takes_about_four_times_as_long(name: str) -> None:
    short = TEXTS[name](Random(1), SIZE)
    long = TEXTS[name](Random(2), SIZE * TIMES)
    one, many = _seconds(short), _seconds(long)
    for _ in range(TRIES):
        if many < STEEPEST * one:
            break
        one, many = min(one, _seconds(short)), min(many, _seconds(long))
    assert many < STEEPEST * one


@pytest.mark.parametrize("name", SLOWEST)
def test_no_text_is_many_times_slower_than_prose(name: str) -> None:
    usual, slow = prose(Random(1), LARGE), NEAR_MISSES[name](Random(2), LARGE)
    fast, many = _seconds(usual), _seconds(slow)
    for _ in range(TRIES):
        if many < SLOWER * fast:
            break
        fast, many = min(fast, _seconds(usual)), min(many, _seconds(slow))
    assert many < SLOWER * fast


def _wrong(count: int) -> str:
    """So many values that are none, each another."""
    return "".join(f"token=abcdef{number}\n" for number in range(count))


def test_a_secret_behind_as_many_as_are_judged_is_found() -> None:
    most = tries_of(80_000)
    assert len(_wrong(most)) > 80_000
    found = look(_wrong(most - 1) + "kennwort: Sommer2024!")["secret.token"]
    assert (found.known, found.count) == (True, 1)


def test_candidates_beyond_those_that_are_judged_leave_it_unknown() -> None:
    text = _wrong(7000)
    assert tries_of(len(text)) < 7000
    found = look(text + "kennwort: Sommer2024!")["secret.token"]
    assert (found.known, found.count, found.reason) == (False, 0, TOO_MANY)


def test_a_secret_before_them_counts() -> None:
    found = look("password: Sommer2024!\n" + _wrong(7000))["secret.token"]
    assert (found.known, found.count) == (True, 1)


def test_the_same_again_is_judged_once_and_looked_at_for_longer() -> None:
    line = "password=abc.def\n"
    most = glances_of(0)
    assert look(line * (most - 1) + "kennwort: Sommer2024!")["secret.token"].count == 1
    many = line * 60_000
    assert glances_of(len(many)) < 60_000
    found = look(many + "kennwort: Sommer2024!")["secret.token"]
    assert (found.known, found.reason) == (False, TOO_MANY)


def test_lines_beyond_those_that_are_judged_leave_the_marking_unknown() -> None:
    lines = [f"confidential talks of {number} are on" for number in range(6000)]
    text = "\n".join(lines)
    assert tries_of(len(text), EACH_LINE) < len(lines)
    found = look(text + "\nCONFIDENTIAL\n")["label.classification"]
    assert (found.known, found.count, found.reason) == (False, 0, TOO_MANY)
    assert look("CONFIDENTIAL\n" + text)["label.classification"].value == "confidential"
    few = "\n".join(lines[:4000])
    assert look(few + "\nCONFIDENTIAL\n")["label.classification"].value == "confidential"
