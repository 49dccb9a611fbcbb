"""Percent-encoding: what signatures and keys are made of is decoded once and encoded once."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narthex.pure import uri
from tests.pure.refusing import refusal

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
BAD_RAW = [
    "%",
    "a%",
    "%2",
    "%zz",
    "%2g",
    "%%41",
    "% 41",
    "%+1",
    "%FF",
    "%C3",
    "%C3%28",
    "\xff",
    "\xc3",
]


@pytest.mark.parametrize("byte", range(128))
def test_only_unreserved_bytes_stay(byte: int) -> None:
    text = chr(byte)
    stays = text in string.ascii_letters + string.digits + "-._~"
    assert uri.encode(text) == (text if stays else f"%{byte:02X}")
    assert uri.encode_path(text) == ("/" if text == "/" else uri.encode(text))


@given(texts)
@example("a b/é+&=~*().txt")
@example("file (1)!'*.txt")
def test_encoding_is_that_of_rfc_3986_in_utf_8(text: str) -> None:
    assert uri.encode(text) == quote(text, safe="-_.~")
    assert uri.encode_path(text) == quote(text, safe="/-_.~")


@given(texts)
def test_what_was_encoded_decodes_to_itself(text: str) -> None:
    assert uri.decode_path(uri.encode(text)) == text
    assert uri.decode_path(uri.encode_path(text)) == text
    assert uri.decode_query(f"{uri.encode(text)}={uri.encode(text)}&x") == ((text, text), ("x", ""))


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("a%2fb", "a/b"),
        ("%252F", "%2F"),
        ("a//b", "a//b"),
        ("a/../b/.", "a/../b/."),
        ("%C3%A9", "é"),
        ("\xc3\xa9", "é"),  # raw bytes of UTF-8, as some clients send them
        ("%F0%9F%94%A5", "\U0001f525"),
        ("%00", "\0"),
        ("a=b;c&d", "a=b;c&d"),
    ],
)
def test_a_path_is_decoded_once_and_never_normalised(raw: str, key: str) -> None:
    assert uri.decode_path(raw) == key
    assert uri.decode_path(raw) == key  # and the same again, from memory


@pytest.mark.parametrize("raw", BAD_RAW)
def test_a_bad_escape_or_bad_utf_8_is_refused_everywhere(raw: str) -> None:
    assert refusal(uri.decode_path, raw).code == "InvalidURI"
    assert refusal(uri.decode_query, f"a={raw}").code == "InvalidURI"
    assert refusal(uri.decode_query, f"{raw}=a").code == "InvalidURI"


def test_text_that_is_no_wire_text_is_refused() -> None:
    assert refusal(uri.decode_path, "☃").code == "InvalidURI"


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        ("", ()),
        ("acl", (("acl", ""),)),
        ("acl=", (("acl", ""),)),
        ("=v", (("", "v"),)),
        ("a=1&a=2", (("a", "1"), ("a", "2"))),
        ("a=1&&b=2&", (("a", "1"), ("b", "2"))),
        ("a=b=c", (("a", "b=c"),)),
        ("a=1;b=2", (("a", "1;b=2"),)),
        ("prefix=a+b%2Bc", (("prefix", "a b+c"),)),
        ("prefix=a%20b", (("prefix", "a b"),)),
        ("%61cl", (("acl", ""),)),
        ("k=%26%3D", (("k", "&="),)),
    ],
)
def test_a_query_is_ordered_pairs(raw: str, pairs: uri.Pairs) -> None:
    assert uri.decode_query(raw) == pairs


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ((("b", "1"), ("a", "2")), "a=2&b=1"),
        ((("a", "2"), ("a", "1")), "a=1&a=2"),
        ((("a-b", "1"), ("a", "2")), "a=2&a-b=1"),
        ((("lifecycle", ""),), "lifecycle="),
        ((("é", "/ +"),), "%C3%A9=%2F%20%2B"),
        # By what is encoded, not by characters: "%" sorts below every letter.
        ((("z", ""), ("é", "")), "%C3%A9=&z="),
    ],
)
def test_a_canonical_query_is_sorted_by_what_is_encoded(query: uri.Pairs, canonical: str) -> None:
    assert uri.join_query(query) == canonical


def test_what_is_remembered_is_bounded() -> None:
    for number in range(3 * uri.REMEMBERED):
        uri.decode_path(f"%41{number}")
    uri.decode_path("%41" * uri.REMEMBERED_LENGTH)
    assert len(uri._decoded) <= uri.REMEMBERED
    assert max(map(len, uri._decoded)) <= uri.REMEMBERED_LENGTH
