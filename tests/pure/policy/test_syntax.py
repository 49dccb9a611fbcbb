"""The strict reader of JSON: what it reads, where it says things stand, what it refuses."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.policy.syntax import MAX_DEPTH, BadJson, Node, Number, Place, read

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def plain(node: Node) -> Any:
    """The value as `json.loads` gives it."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [plain(inner) for inner in value]
    return int(value.text) if isinstance(value, Number) else value


@given(TREES, st.sampled_from([None, 1]), st.booleans())
def test_it_reads_what_json_writes(tree: Any, indent: int | None, ascii_only: bool) -> None:
    if not deep(tree):
        text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
        assert plain(read(text)) == tree


def deep(tree: Any, depth: int = 0) -> bool:
    """Nested more deeply than the reader goes."""
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return depth > MAX_DEPTH or any(deep(one, depth + 1) for one in inner)


def test_places_count_lines_and_columns_from_one() -> None:
    node = read('{\n  "a": [1,\r\n  "\\u00e9"]\n}')
    assert isinstance(node.value, dict)
    inner = node.value["a"]
    assert isinstance(inner.value, tuple)
    assert (node.start, node.end) == (Place(1, 1), Place(4, 2))
    assert [(one.start, one.end) for one in inner.value] == [
        (Place(2, 9), Place(2, 10)),
        (Place(3, 3), Place(3, 11)),
    ]


@pytest.mark.parametrize("text", ["0", "-1.50", "1e3", "0.1", "12E+2"])
def test_numbers_keep_their_text(text: str) -> None:
    assert read(text).value == Number(text)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 1, "a value is missing"),
        ("{", 1, "a key"),
        ("[1\n,]", 2, "a value is missing"),
        ("[1 2]", 1, "a comma or `]`"),
        ('{"a":1,\n}', 2, "a key"),
        ('{"a" 1}', 1, "`:` is missing"),
        ('{"a":1 "b":2}', 1, "a comma or `}`"),
        ("{'a':1}", 1, "a key"),
        ('{"a":1}\n\nx', 3, "after the end"),
        ('{"a":1,\n"a":2}', 2, "the key `a` stands twice"),
        ('{"a":1,"\\u0061":2}', 1, "the key `a` stands twice"),
        ('"abc', 1, "a string"),
        ('"a\nb"', 1, "a string"),
        ('"\\x41"', 1, "a string"),
        ('"\\ud800"', 1, "surrogate"),
        ('"\\u12"', 1, "a string"),
        ("NaN", 1, "a value is missing"),
        ("Infinity", 1, "a value is missing"),
        ("01", 1, "after the end"),
        ("1.", 1, "after the end"),
        ("+1", 1, "a value is missing"),
        (".5", 1, "a value is missing"),
        ("True", 1, "a value is missing"),
        ("nulll", 1, "after the end"),
        ("\ufeff{}", 1, "a value is missing"),
        ("{}\x00", 1, "after the end"),
        ("// no\n{}", 1, "a value is missing"),
        ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), 1, "nested too deeply"),
        ("[" * 100000, 1, "nested too deeply"),
        ('{"a":' * 100000, 1, "nested too deeply"),
    ],
)
def test_what_two_readers_may_read_differently_is_refused(text: str, line: int, why: str) -> None:
    with pytest.raises(BadJson) as caught:
        read(text)
    assert why in caught.value.why
    assert caught.value.place.line == line


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read('"\\ud83d\\ude00"').value == "\U0001f600"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadJson):
        read(text)
