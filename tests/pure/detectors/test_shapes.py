"""The drawing of a text, and what is searched for in it."""

from __future__ import annotations

import re
from random import Random

import pytest
from bench.review import identifiers as made
from bench.review.texts import token
from hypothesis import example, given
from hypothesis import strategies as some

from narthex.pure.detectors.ids import BESIDE, PLAIN
from narthex.pure.detectors.national_ids import NATIONAL_IDS, NationalId, is_valid
from narthex.pure.detectors.shapes import alternatives, draw, goes_on_from_word
from narthex.pure.detectors.token_shapes import TOKEN_SHAPES, TokenShape
from tests.pure.detectors.looking import count

DRAWN = [
    (b"DE12 3704-ab_9", b"QP00 1000-qpp0"),
    (b"1", b"1"),
    (b"", b""),
    (b"\x00\xff,A", b",,,Q"),
    (b"+49 x+1", b"\x7f00 q~0"),
    (b"a.b/c d-e\n1", b"q.q/q q-q,1"),
]


@pytest.mark.parametrize(("text", "drawn"), DRAWN)
def test_a_drawing_shows_digits_letters_and_where_words_begin(text: bytes, drawn: bytes) -> None:
    assert draw(text) == drawn


@given(some.binary(max_size=200))
@example(b"+1+1")
def test_a_drawing_is_as_long_and_begins_each_word_once(text: bytes) -> None:
    drawn = draw(text)
    assert len(drawn) == len(text)
    assert drawn == bytes(_letter(text, at) for at in range(len(text)))


def _letter(text: bytes, at: int) -> int:
    """What is drawn for one byte, looked up by itself."""
    kinds = ((rb"[0-9]", b"0"), (rb"[A-Z]", b"P"), (rb"[a-z_]", b"p"), (rb"\+", b"~"))
    byte = text[at : at + 1]
    for pattern, letter in kinds:
        if re.fullmatch(pattern, byte):
            first = not re.fullmatch(rb"[0-9A-Za-z_+]", text[at - 1 : at] if at else b"")
            return letter[0] | first
    return byte[0] if byte in (b" ", b".", b"/", b"-") else b","[0]


@given(some.sets(some.text("0P- ", min_size=1, max_size=6).map(str.encode), min_size=1, max_size=6))
def test_a_tree_of_shapes_matches_each_and_nothing_else(shapes: set[bytes]) -> None:
    pattern = re.compile(alternatives(shapes))
    for shape in shapes:
        assert pattern.fullmatch(shape)
        longer = shape + b"0"
        assert bool(pattern.fullmatch(longer)) is (longer in shapes)
        found = pattern.match(longer)
        assert found is not None
        assert found[0] == max((one for one in shapes if longer.startswith(one)), key=len)


def test_every_shape_of_the_table_is_searched_for() -> None:
    shapes = {draw(shape.encode()) for row in NATIONAL_IDS for shape in (*row.plain, *row.beside)}
    assert set(PLAIN) | set(BESIDE) == shapes


LIKELY = [row for row in NATIONAL_IDS if row.likely is not None]


@pytest.mark.parametrize("row", LIKELY, ids=lambda row: row.country)
def test_what_is_asked_before_a_check_rules_out_nothing_that_passes(row: NationalId) -> None:
    assert row.likely is not None
    chance = Random(row.country)
    drawn = {"0": made.DIGITS, "A": made.LETTERS[26:]}
    for _ in range(3000):
        shape = chance.choice((*row.plain, *row.beside))
        number = "".join(chance.choice(drawn.get(letter, letter)) for letter in shape)
        assert row.likely.fullmatch(number) or not is_valid(row, number)


def test_a_group_of_a_number_that_begins_in_a_word_is_no_number() -> None:
    text = draw(b"DE12 3704 0044, no 12 3704 0044")
    assert goes_on_from_word(text, 5)
    assert goes_on_from_word(text, 10)
    assert not goes_on_from_word(text, 19)
    assert not goes_on_from_word(text, 22)
    assert count("4111 1111 1111 1111", "pii.card") == 1
    assert count("DE12 4111 1111 1111 1111", "pii.card") == 0


@pytest.mark.parametrize("shape", TOKEN_SHAPES, ids=lambda shape: shape.prefix.decode())
def test_every_kind_of_token_is_found_once_and_a_letter_less_is_none(shape: TokenShape) -> None:
    whole = token(shape, Random(5))
    fact = "secret.cloud_key" if shape.cloud else "secret.token"
    assert count(f"use {whole} and\n{whole} twice", fact) == 1
    short = next(whole[:end] for end in range(len(whole) - 1, 0, -1)
                 if not shape.pattern.match(whole[:end].encode()))  # fmt: skip
    assert count(f"use {short} for it", fact) == 0


def test_a_token_inside_of_another_is_found_as_well() -> None:
    inner = token(next(one for one in TOKEN_SHAPES if one.prefix == b"AKIA"), Random(6))
    sample = f"ya29.example-example-{inner}-example-example-example"
    assert count(sample, "secret.cloud_key") >= 1


def test_a_head_of_a_web_token_is_searched_for_where_the_last_begins() -> None:
    shape = next(one for one in TOKEN_SHAPES if one.prefix == b"eyJ")
    assert count("eyJabcdefghij-" * 9 + token(shape, Random(7)), "secret.token") == 1
