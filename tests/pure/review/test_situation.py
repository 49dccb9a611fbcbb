"""Situations and facts as JSON: what reads comes back the same; what does not names its field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.review.findings import Finding
from narthex.pure.review.situation import (
    Candidate,
    Situation,
    SituationError,
    read_situation,
    situation_document,
)

WHOLE = Situation(
    "share",
    "b/k",
    "A file",
    "sha256:00",
    "ana",
    ("ben@example.org",),
    True,
    {"a": "text", "b": 1, "c": 1.5, "d": False},
    (Candidate((("a", "other"),), "another"),),
)
FACTS = (Finding("pii.card", True, 2, 0.5, ("4111…1111 @ p.3",), "v", ""), Finding("x", False))


def test_what_is_written_reads_the_same() -> None:
    text = json.dumps(situation_document(WHOLE, FACTS))
    assert read_situation(json.loads(text)) == (WHOLE, FACTS)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": ""}, "`kind` is needed"),
        ({"kind": 1}, "`kind` is a text"),
        ({"kinds": "x"}, "unknown field `kinds`"),
        ({"title": "x" * 4097}, "`title` is a text"),
        ({"whole": 1}, "`whole` is true or false"),
        ({"recipients": "ana"}, "`recipients` is a list"),
        ({"recipients": [""]}, "`recipients` is needed"),
        ({"recipients": ["a"] * 1001}, "`recipients` is a list of at most 1000"),
        ({"fields": []}, "`fields` is an object"),
        ({"fields": {"x": None}}, "`fields.x` is a text, a number"),
        ({"fields": {"x": [1]}}, "`fields.x` is a text, a number"),
        ({"fields": {"x": float("nan")}}, "`fields.x` is a text, a number"),
        ({"fields": {"x": 2**60}}, "`fields.x` is a text, a number"),
        ({"fields": {str(n): n for n in range(101)}}, "`fields` is an object with at most 100"),
        ({"facts": {}}, "`facts` is a list"),
        ({"facts": [1]}, r"facts\[0\] is no object"),
        ({"facts": [{"count": 1}]}, r"facts\[0\]: `id` is needed"),
        ({"facts": [{"id": "x", "count": -1}]}, r"facts\[0\]: the count of `x` is below 0"),
        ({"facts": [{"id": "x", "count": 1.5}]}, r"facts\[0\]: `count` is a whole number"),
        ({"facts": [{"id": "x", "confidence": "1"}]}, r"facts\[0\]: `confidence` is a number"),
        ({"facts": [{"id": "x", "confidence": 1.1}]}, "is not between 0 and 1"),
        ({"facts": [{"id": "x", "confidence": float("nan")}]}, "is not between 0 and 1"),
        ({"facts": [{"id": "x", "evidence": ["a"] * 4}]}, "`evidence` is a list of at most 3"),
        ({"facts": [{"id": "x", "known": "yes"}]}, "`known` is true or false"),
        ({"candidates": [{"change": {}}]}, r"candidates\[0\]: `change` changes nothing"),
        ({"candidates": [{"change": {"x": 1}, "then": 1}]}, "unknown field `then`"),
        ({"candidates": [{"change": {"x": 1}}] * 65}, "`candidates` is a list of at most 64"),
    ],
)
def test_what_is_no_situation_names_its_field(change: dict[str, Any], told: str) -> None:
    with pytest.raises(SituationError, match=told):
        read_situation({"kind": "share"} | change)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("kind", "fields", "facts", "id", "count", "confidence", "candidates")),
            inner,
            max_size=3,
        )
    ),
)


@given(st.dictionaries(st.sampled_from(("kind", "fields", "facts", "candidates")), ANYTHING))
def test_any_json_is_a_situation_or_is_refused(document: dict[str, Any]) -> None:
    try:
        situation, found = read_situation({"kind": "share"} | document)
    except SituationError:
        return
    assert read_situation(situation_document(situation, found)) == (situation, found)


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_a_situation_is_an_object(document: object) -> None:
    with pytest.raises(SituationError, match="is no object"):
        read_situation(document)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "x", "count": -1},
        {"id": "x", "confidence": -0.1},
        {"id": "x", "confidence": float("inf")},
        {"id": "x", "evidence": ("a", "b", "c", "d")},
    ],
)
def test_a_finding_is_within_its_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Finding(**wrong)
