"""Tags: AWS's limits and messages, and one set of tags in all three spellings."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.pure import documents, tags, xml
from tests.pure.refusing import outcome, refusal

BAD_HEADER = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)
letters = st.text("abcXYZ019 _.:/=+-@éß日本", max_size=20)
sets = st.dictionaries(letters.filter(bool), letters, max_size=10).map(lambda d: tuple(d.items()))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, ()),
        ("", ()),
        ("a=b", (("a", "b"),)),
        ("a=b&c=d", (("a", "b"), ("c", "d"))),
        ("a", (("a", ""),)),
        ("a=", (("a", ""),)),
        ("a=b=c", (("a", "b=c"),)),
        ("a+b=c%20d", (("a b", "c d"),)),
        ("%C3%A9=1", (("é", "1"),)),
        ("a=b&", (("a", "b"),)),
        ("c=1&a=2", (("c", "1"), ("a", "2"))),
    ],
)
def test_the_header_form(header: str | None, expected: Pairs) -> None:
    assert tags.parse_header(header) == expected


@pytest.mark.parametrize("header", ["a=b&a=c", "a=b&%61=c", "a=%FF", "%C3=1", "é=1", "a=\xc3\xa9"])
def test_a_header_that_is_not_of_this_form_is_refused(header: str) -> None:
    error = refusal(tags.parse_header, header)
    assert (error.code, error.message) == ("InvalidArgument", BAD_HEADER)
    assert error.detail == (("ArgumentName", "x-amz-tagging"), ("ArgumentValue", header))


@pytest.mark.parametrize(
    ("pair", "message", "detail"),
    [
        (("", "v"), "The TagKey you have provided is invalid", (("TagKey", ""),)),
        (("k" * 129, "v"), "The TagKey you have provided is invalid", (("TagKey", "k" * 128),)),
        (("a&b", "v"), "The TagKey you have provided is invalid", (("TagKey", "a&b"),)),
        (("a\tb", "v"), "The TagKey you have provided is invalid", (("TagKey", "a\tb"),)),
        (("a\n", "v"), "The TagKey you have provided is invalid", (("TagKey", "a\n"),)),
        (
            ("k", "v" * 257),
            "The TagValue you have provided is invalid",
            (("TagKey", "k"), ("TagValue", "v" * 256)),
        ),
        (
            ("k", "a?b"),
            "The TagValue you have provided is invalid",
            (("TagKey", "k"), ("TagValue", "a?b")),
        ),
        (
            ("k", "a\x00"),
            "The TagValue you have provided is invalid",
            (("TagKey", "k"), ("TagValue", "a\x00")),
        ),
    ],
)
def test_a_bad_tag_is_refused_on_objects_and_buckets(
    pair: tuple[str, str], message: str, detail: Pairs
) -> None:
    for check in (tags.check_object_tags, tags.check_bucket_tags):
        error = refusal(check, (pair,))
        assert (error.code, error.message, error.detail) == ("InvalidTag", message, detail)


@pytest.mark.parametrize(
    "pair",
    [
        ("k" * 128, "v" * 256),
        ("k", ""),
        ("a b.:/=+-@_9", "é\u00a0日"),
        ("aws", "aws:v"),
        ("\U00020000" * 128, "v"),
    ],
)
def test_tags_at_the_limits_are_accepted(pair: tuple[str, str]) -> None:
    tags.check_object_tags((pair,))
    tags.check_bucket_tags((pair,))


def test_the_same_key_twice_is_refused() -> None:
    error = refusal(tags.check_object_tags, (("a", "1"), ("a", "2")))
    assert error.message == "Cannot provide multiple Tags with the same key"
    assert error.detail == (("TagKey", "a"),)
    tags.check_object_tags((("a", "1"), ("A", "2")))


def test_system_tags_are_refused_with_the_words_for_each() -> None:
    pairs = (("aws:x", "1"),)
    assert refusal(tags.check_object_tags, pairs).message == (
        "Your TagKey cannot be prefixed with aws:"
    )
    assert refusal(tags.check_bucket_tags, pairs).message == (
        "System tags cannot be added/updated by requester"
    )
    assert refusal(tags.parse_header, "aws:x=1").code == "InvalidTag"


def _many(count: int) -> Pairs:
    return tuple((f"k{number}", "v") for number in range(count))


def test_an_object_has_at_most_ten_tags() -> None:
    tags.check_object_tags(_many(10))
    error = refusal(tags.check_object_tags, _many(11))
    assert (error.code, error.message) == (
        "BadRequest",
        "Object tags cannot be greater than 10",
    )
    assert refusal(tags.parse_header, urlencode(_many(11))).code == "BadRequest"


def test_a_bucket_has_at_most_fifty_tags() -> None:
    tags.check_bucket_tags(_many(50))
    error = refusal(tags.check_bucket_tags, _many(51))
    assert error.message == "Bucket tag count cannot be greater than 50"


@given(sets)
def test_tags_are_read_back_from_the_header(pairs: Pairs) -> None:
    assert tags.parse_header(urlencode(pairs)) == pairs
    assert tags.parse_header(urlencode(pairs, quote_via=quote)) == pairs


@given(st.lists(st.tuples(st.text(), st.text())).map(tuple))
def test_tags_are_read_back_from_the_catalog(pairs: Pairs) -> None:
    text = tags.to_text(pairs)
    assert text.isascii()
    assert tags.from_text(text) == pairs


@given(sets)
def test_tags_are_read_back_from_a_document(pairs: Pairs) -> None:
    document = xml.render("Tagging", tags.elements(pairs))
    assert documents.read_tagging(document) == pairs


@given(st.text(max_size=60))
def test_no_header_makes_the_reader_fail(header: str) -> None:
    found = outcome(tags.parse_header, header)
    assert found.status == 400 if isinstance(found, S3Error) else len(found) <= 10
