"""Proofs in forms: for one purpose, one link, one password, for half a day."""

from __future__ import annotations

import pytest

from narthex.web.proofs import CLICK, LONGEST, SKEW, UNLOCKED, holds, prove

TOKEN = "pYdH3C0sZtW1oYlJ8mSg7w2Q"
NOON = 1_795_521_600_000_000
SECOND = 1_000_000


def test_a_proof_holds_for_what_it_was_made() -> None:
    assert holds(prove(CLICK, TOKEN, NOON), CLICK, TOKEN, NOON)
    proof = prove(UNLOCKED, TOKEN, NOON, password="$argon2id$a")
    assert holds(proof, UNLOCKED, TOKEN, NOON, password="$argon2id$a")


@pytest.mark.parametrize(
    ("purpose", "token", "password"),
    [
        (UNLOCKED, TOKEN, ""),
        (CLICK, TOKEN[:-1] + "R", ""),
        (CLICK, TOKEN, "$argon2id$a"),
        (CLICK, "", ""),
    ],
)
def test_a_proof_holds_for_nothing_else(purpose: str, token: str, password: str) -> None:
    assert not holds(prove(CLICK, TOKEN, NOON), purpose, token, NOON, password=password)


def test_a_proof_of_a_password_ends_with_the_password() -> None:
    proof = prove(UNLOCKED, TOKEN, NOON, password="$argon2id$a")
    assert not holds(proof, UNLOCKED, TOKEN, NOON, password="$argon2id$b")
    assert not holds(proof, UNLOCKED, TOKEN, NOON)


@pytest.mark.parametrize(
    ("seconds", "good"),
    [(-SKEW - 1, False), (-SKEW, True), (LONGEST - 1, True), (LONGEST, False)],
)
def test_a_proof_is_good_for_half_a_day(seconds: int, good: bool) -> None:
    proof = prove(CLICK, TOKEN, NOON)
    assert holds(proof, CLICK, TOKEN, NOON + seconds * SECOND) is good


def test_a_proof_changed_anywhere_holds_no_more() -> None:
    proof = prove(CLICK, TOKEN, NOON)
    for place, letter in enumerate(proof):
        changed = proof[:place] + ("1" if letter != "1" else "2") + proof[place + 1 :]
        assert not holds(changed, CLICK, TOKEN, NOON), place


@pytest.mark.parametrize(
    "text", ["", ".", "1", "x" * 100_000, "1." + "g" * 64, "\u0661." + "a" * 64]
)
def test_what_is_no_proof_at_all_does_not_hold(text: str) -> None:
    assert not holds(text, CLICK, TOKEN, NOON)
