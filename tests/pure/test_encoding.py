"""encoding-type=url: what a listing writes, every decoder reads back."""

from __future__ import annotations

from urllib.parse import unquote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.encoding import encode_key


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("photos/2026/a.jpg", "photos/2026/a.jpg"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("%2F", "%252F"),
        ("a=b", "a%3Db"),
        ("é", "%C3%A9"),
        ("\U0001f525", "%F0%9F%94%A5"),
        ("\x01\r\n\x00", "%01%0D%0A%00"),
        ("~-._", "~-._"),
        ("", ""),
    ],
)
def test_keys_as_listings_write_them(key: str, written: str) -> None:
    assert encode_key(key) == written


@given(st.text())
def test_every_decoder_reads_the_key_back(key: str) -> None:
    assert unquote(encode_key(key)) == key
    assert unquote_plus(encode_key(key)) == key


@given(st.text())
def test_what_is_written_needs_no_escaping_in_xml(key: str) -> None:
    written = encode_key(key)
    assert written.isascii()
    assert not set(written) & set("<>&\"' ")
