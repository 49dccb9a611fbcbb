"""The canonical request: the quick reading of a request is always the careful one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.http import Headers
from narthex.pure import canonical, sigv4, uri
from tests.pure.refusing import refusal

# Pieces of queries and paths, canonical and not: escapes of what needs none, lower-case digits.
PIECES = ["a", "b", "A", "-", ".", "_", "~", "/", "=", "&", "+", ";", "%20", "%2F", "%2f", "%41"]
PIECES += [
    "%C3%A9",
    "%2D",
    "%3D",
    "%7E",
    "X-Amz-Signature=",
    "&X-Amz-Signature=ab",
    "x-amz-signature",
]
raws = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def carefully(raw: str) -> str:
    """The canonical query, from the decoded pairs alone."""
    pairs = [(k, v) for k, v in uri.decode_query(raw) if k.lower() != "x-amz-signature"]
    return uri.join_query(pairs)


@given(raws)
@example("a=&a-b=")
@example("a-b=&a=")
@example("a=b=c")
@example("a&b==")
@example("X-Amz-Signature=1&a=2")
@example("a=1&X-Amz-Signature=2&b=3")
@example("a=1&x-amz-signature=2")
@example("a=1&X-Amz-Signature=2&X-Amz-Signature=3")
@example("b=2&a=1")
@example("lifecycle")
def test_the_quick_query_is_the_careful_one(raw: str) -> None:
    assert canonical.canonical_query(raw, uri.decode_query(raw)) == carefully(raw)


@given(raws)
@example("")
def test_the_quick_path_is_the_careful_one(rest: str) -> None:
    raw = "/" + rest
    assert canonical.canonical_path(raw) == uri.encode_path(uri.decode_path(raw))


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("", "/"),
        ("/", "/"),
        ("/b//x/../y", "/b//x/../y"),
        ("/b/date=2023", "/b/date%3D2023"),
        ("/b/date%3D2023", "/b/date%3D2023"),
        ("/b/date%3d2023", "/b/date%3D2023"),
        ("/b/a+b", "/b/a%2Bb"),
        ("/b/a%2Fb", "/b/a/b"),
        ("/b/%252F", "/b/%252F"),
        ("/b/file (1)!'*.txt", "/b/file%20%281%29%21%27%2A.txt"),
        ("/b/\xc3\xa9", "/b/%C3%A9"),
    ],
)
def test_every_spelling_of_a_key_has_one_canonical_path(raw: str, path: str) -> None:
    assert canonical.canonical_path(raw) == path


def test_a_bad_escape_in_a_path_is_refused() -> None:
    assert refusal(canonical.canonical_path, "/b/%zz").code == "InvalidURI"


@pytest.mark.parametrize(
    ("value", "signed"),
    [
        ("a", "a"),
        (" a ", "a"),
        ("a   b  c", "a b c"),
        ("a\tb", "a b"),
        ('"a  b"', '"a b"'),
        ("\xc3\xa0", "\xc3\xa0"),  # "à" in UTF-8: its second byte is no space
        ("\xc3\xa0  x", "\xc3\xa0 x"),
        ("", ""),
    ],
)
def test_a_value_is_trimmed_of_ascii_spaces_only(value: str, signed: str) -> None:
    assert sigv4.trim(value) == signed


def test_header_lines_join_repeats_and_read_the_query_for_what_was_not_sent() -> None:
    headers = Headers([("x-a", " 1 "), ("x-b", "2"), ("x-a", "3")])
    lines, complete = canonical.header_lines(
        ("host", "x-a", "x-amz-meta-a"), headers, (("X-Amz-Meta-A", "é"),), "h:1"
    )
    assert lines == "host:h:1\nx-a:1,3\nx-amz-meta-a:\xc3\xa9\n"
    assert complete


@pytest.mark.parametrize(("names", "host"), [(("host", "x-a"), "h"), (("host",), "")])
def test_a_header_that_was_not_sent_makes_the_list_incomplete(
    names: tuple[str, ...], host: str
) -> None:
    assert not canonical.header_lines(names, Headers(), (), host)[1]


@given(st.text(max_size=30))
def test_no_text_at_all_makes_it_fail_otherwise(text: str) -> None:
    refused = []
    for read in (canonical.canonical_path, uri.decode_path, uri.decode_query):
        try:
            read(text)
        except S3Error as error:
            refused.append(error.code)
    assert set(refused) <= {"InvalidURI"}


def test_long_lists_of_names_and_parameters_are_read_in_one_pass() -> None:
    """Each name must not look through the whole query: 4000 x 4000 would hold a worker for long."""
    names = ("host", *(f"n{number:04}" for number in range(4000)))
    query = Counting((f"q{number:04}", "") for number in range(4000))
    headers = Headers([("host", "h"), *((f"h{number}", "") for number in range(100))])
    assert not canonical.header_lines(names, headers, tuple(query), "h")[1]
    _, complete = canonical.header_lines(names, headers, query, "h")
    assert not complete
    assert query.passes == 2


class Counting(tuple[tuple[str, str], ...]):
    """Pairs that count how often they were walked through."""

    passes = 0

    def __iter__(self) -> Iterator[tuple[str, str]]:
        self.passes += 1
        return super().__iter__()
