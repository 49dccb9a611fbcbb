"""Wildcards and variables: what matches, what does not, and how long it may take."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.policy.matching import SHORT, arn_matcher, matcher, matcher_in
from narthex.pure.policy.patterns import BadPattern, arn_tokens, plain, tokens, wildcards

LETTERS = st.text("ab:*?", max_size=8)
LONG = "x" * (SHORT + 1)  # a piece too long for `re`, so that it is matched by hand


def by_expression(pattern: str, text: str) -> bool:
    """What a backtracking regular expression says."""
    source = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    return re.fullmatch(source, text, re.DOTALL) is not None


@given(LETTERS, st.text("ab:", max_size=10))
def test_a_pattern_matches_what_its_expression_matches(pattern: str, text: str) -> None:
    assert matcher(wildcards(pattern))(text) is by_expression(pattern, text)


@given(st.text("ab?*", max_size=8), st.text("ab", max_size=10))
def test_a_pattern_that_is_matched_by_hand_matches_the_same(pattern: str, text: str) -> None:
    long_pattern, long_text = f"a*{LONG}{pattern}", f"a{text}{LONG}{text}"
    assert matcher(wildcards(long_pattern))(long_text) is by_expression(long_pattern, long_text)


@given(st.text("ab?", min_size=1, max_size=6), st.text("ab", max_size=12))
def test_a_long_piece_with_question_marks_is_found_anywhere(piece: str, text: str) -> None:
    pattern = f"*{LONG}{piece}*b"
    for subject in (f"{text}{LONG}{text}b", f"{LONG}{LONG}{text}{text}b", f"{text}b"):
        assert matcher(wildcards(pattern))(subject) is by_expression(pattern, subject)


def arn_by_segments(pattern: str, text: str) -> bool:
    """An ARN pattern, one segment after the other."""
    parts = pattern.split(":", 5)
    segments = text.split(":", len(parts) - 1)
    return len(parts) == len(segments) and all(map(by_expression, parts, segments))


@given(st.lists(st.text("ab*?", max_size=3), min_size=1, max_size=7), st.text("ab:", max_size=14))
def test_an_arn_matches_segment_by_segment(parts: list[str], text: str) -> None:
    pattern = ":".join(parts)
    for one, subject in ((pattern, text), (f"{pattern}{LONG}?*", f"{text}{LONG}a{text}")):
        match = arn_matcher(plain(arn_tokens(one, variables=True)))
        assert match(subject) is arn_by_segments(one, subject)


NASTY = [
    ("*a" * 5000 + "b", "a" * 8000),
    ("a*" * 5000 + "b", "a" * 8000),
    ("*" + "a" * 20 + "b*", "a" * 8000),
    ("*" + "a?" * 2000 + "b*", "a" * 8000),
    ("*" + "?" * 4000 + "b", "a" * 8000),
    ("*a*b*c*d*e*f*" * 200, "abcdef" * 1300),
    ("arn:*a*a*a*a:*a*a*a:*:*:*a*a*a*b", "arn:" + "a" * 2000 + ":" + "a" * 4000 + ":::aaaa"),
]


@pytest.mark.parametrize(("pattern", "text"), NASTY, ids=range(len(NASTY)))
def test_no_pattern_makes_matching_slow(pattern: str, text: str) -> None:
    began = time.perf_counter()
    matcher(wildcards(pattern))(text)
    arn_matcher(plain(arn_tokens(pattern, variables=False)))(text)
    # Milliseconds, and seconds while coverage counts; backtracking would take for ever.
    assert time.perf_counter() - began < 30


def found(pattern: str, text: str, values: dict[str, str | tuple[str, ...] | None]) -> bool | None:
    """What a pattern with variables says of a text."""
    parts = (tokens(pattern, variables=True, wildcards=True),)
    return matcher_in(parts, arn=False)(text, values)


@pytest.mark.parametrize("rest", ["", "*", "?*"])  # in one piece, open at its end, and by matcher
def test_a_value_is_plain_text(rest: str) -> None:
    assert found("${a:b}" + rest, "x*", {"a:b": "x*"}) is (rest != "?*")
    assert not found("${a:b}-" + rest, "xy-", {"a:b": "x*"})
    assert found("${a:b}" + rest, "x", {"a:b": None}) is None
    assert found("${a:b}" + rest, "x", {"a:b": ("x",)}) is None
    assert found("${a:b, 'x'}y" + rest, "xyz", {"a:b": None}) is (rest != "")


@pytest.mark.parametrize(
    "text",
    ["${", "a${aws:username", "${}", "${username}", "${aws:}", "${:x}", "${aws:user name, x}",
     "${aws:username,'x}", "${${aws:username}}", "${ }", "${aws:a'b}", "${a b:c}"],
)  # fmt: skip
def test_what_is_not_a_variable_is_refused(text: str) -> None:
    with pytest.raises(BadPattern):
        tokens(text, variables=True, wildcards=True)
    assert tokens(text, variables=False, wildcards=False) == (text,)


@pytest.mark.parametrize(
    "inside",
    ["aws:username", " aws:username ", "AWS:UserName", "aws:PrincipalTag/a b", "aws:x,'y z'"],
)
def test_what_is_a_variable_is_read(inside: str) -> None:
    (token,) = tokens("${" + inside + "}", variables=True, wildcards=True)
    assert not isinstance(token, str)
