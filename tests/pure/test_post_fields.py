"""What the fields of a form say: key and file name, headers, and how to answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure import metadata, post_fields, tags
from narthex.pure.post_fields import Answer
from tests.pure.refusing import refusal

TAGGING = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1+/ü=</Value></Tag></TagSet></Tagging>"


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("f.txt", "up/f.txt"),
        ("C:\\Program Files\\directory1\\file.txt", "up/file.txt"),
        ("../../x", "up/x"),
        ("..", "up/.."),
        ("a\\b", "up/b"),
        ("a/b\\c/d", "up/d"),
        ("dir/", "up/"),
        ("", "up/"),
        ("${filename}", "up/${filename}"),
        ("日本.txt", "up/日本.txt"),
        (None, "up/${filename}"),
    ],
)
def test_a_file_name_is_what_is_behind_its_last_slash(filename: str | None, key: str) -> None:
    """Trap: `${filename}` with a path, a traversal, or empty."""
    fields = post_fields.values((("key", "up/${filename}"),), filename)
    assert post_fields.key_of(fields) == key


def test_a_file_name_is_put_into_every_field_and_as_often_as_it_is_asked_for() -> None:
    sent = (("key", "${filename}/${filename}"), ("x-amz-meta-name", "${filename}"), ("acl", "$"))
    assert post_fields.values(sent, "a/f") == {"key": "f/f", "x-amz-meta-name": "f", "acl": "$"}


def test_a_key_is_opaque() -> None:
    for key in ("a/../b", "a//b", "./x", "%2F", "a b", "é", "/a"):
        assert post_fields.key_of({"key": key}) == key


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        (
            {},
            "InvalidArgument",
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the "
            "order of the fields.",
        ),
        ({"key": ""}, "InvalidArgument", "User key must have a length greater than 0."),
        ({"key": "é" * 513}, "KeyTooLongError", "Your key is too long"),
    ],
)
def test_a_form_has_a_key(fields: dict[str, str], code: str, message: str) -> None:
    error = refusal(post_fields.key_of, fields)
    assert (error.code, error.message) == (code, message)


def test_fields_of_one_name_are_one() -> None:
    """Source: AWS: 'If you have multiple fields with the same name, the values must be separated
    by commas.'
    """
    sent = (("x-amz-meta-tag", "Ninja"), ("key", "k"), ("X-Amz-Meta-Tag", "Stallman"))
    assert post_fields.values(sent, None) == {"x-amz-meta-tag": "Ninja,Stallman", "key": "k"}


def test_fields_are_the_headers_of_a_put() -> None:
    fields = {
        "key": "k",
        "acl": "private",
        "content-type": "text/plain",
        "expires": "0",
        "x-amz-meta-a": "1",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-checksum-crc32": "AAAAAA==",
        "x-amz-checksum-algorithm": "CRC32",
        "content-md5": "x",
        "if-none-match": "*",
        "x-amz-date": "now",
        "x-amz-signature": "s",
        "x-amz-security-token": "t",
        "policy": "p",
        "success_action_status": "201",
        "name": "unknown",
        "host": "elsewhere",
        "content-length": "5",
        "authorization": "none",
        "origin": "https://elsewhere",
    }
    assert dict(post_fields.headers_of(fields)) == {
        "x-amz-acl": "private",
        "content-type": "text/plain",
        "expires": "0",
        "x-amz-meta-a": "1",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-checksum-crc32": "AAAAAA==",
        "x-amz-sdk-checksum-algorithm": "CRC32",
        "content-md5": "x",
        "if-none-match": "*",
    }


def test_every_header_that_is_stored_may_be_a_field() -> None:
    for name in metadata.STORED:
        assert post_fields.headers_of({name: "/v"}) == ((name, "/v"),)


def test_tags_come_as_a_document() -> None:
    ((name, value),) = post_fields.headers_of({"tagging": TAGGING})
    assert name == "x-amz-tagging"
    assert tags.parse_header(value) == (("a b", "1+/ü="),)
    nothing = post_fields.headers_of({"tagging": "<Tagging><TagSet/></Tagging>"})
    assert nothing == (("x-amz-tagging", ""),)


@pytest.mark.parametrize(
    ("tagging", "code"),
    [
        ("notxml", "MalformedXML"),
        ("", "MalformedXML"),
        ("<Invalid/>", "MalformedXML"),
        (TAGGING.replace("a b", "aws:b"), "InvalidTag"),
        (TAGGING.replace("a b", "a" * 129), "InvalidTag"),
        (TAGGING.replace("<TagSet>", "<TagSet><Tag><Key>a b</Key><Value/></Tag>"), "InvalidTag"),
        (
            TAGGING.replace(
                "<TagSet>",
                "<TagSet>" + "".join(f"<Tag><Key>{n}</Key><Value/></Tag>" for n in range(10)),
            ),
            "BadRequest",
        ),
    ],
)
def test_tags_that_no_object_can_have_are_refused(tagging: str, code: str) -> None:
    assert refusal(post_fields.headers_of, {"tagging": tagging}).code == code


@pytest.mark.parametrize(
    "name",
    [
        "x-amz-copy-source",
        "x-amz-copy-source-range",
        "x-amz-content-sha256",
        "x-amz-decoded-content-length",
        "x-amz-trailer",
    ],
)
def test_a_field_that_would_frame_the_body_is_refused(name: str) -> None:
    error = refusal(post_fields.headers_of, {name: "v"})
    assert (error.code, error.detail) == ("NotImplemented", (("Header", name),))


def test_what_is_said_twice_must_be_the_same() -> None:
    both = {"acl": "private", "x-amz-acl": "private"}
    assert post_fields.headers_of(both) == (("x-amz-acl", "private"),)
    error = refusal(post_fields.headers_of, {**both, "acl": "public-read"})
    assert error.code == "InvalidRequest"
    again = {"tagging": TAGGING, "x-amz-tagging": "a=b"}
    assert refusal(post_fields.headers_of, again).code == "InvalidRequest"


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, Answer(204, "")),
        ({"success_action_status": "200"}, Answer(200, "")),
        ({"success_action_status": "201"}, Answer(201, "")),
        ({"success_action_status": "204"}, Answer(204, "")),
        ({"success_action_status": "404"}, Answer(204, "")),
        ({"success_action_status": "201 "}, Answer(204, "")),
        ({"success_action_status": ""}, Answer(204, "")),
        ({"success_action_redirect": "https://a.b/c"}, Answer(204, "https://a.b/c")),
        ({"redirect": "http://a"}, Answer(204, "http://a")),
        (
            {"redirect": "http://old", "success_action_redirect": "HTTPS://new:1/?q#f"},
            Answer(204, "HTTPS://new:1/?q#f"),
        ),
        ({"success_action_redirect": "http://[::1]:80/"}, Answer(204, "http://[::1]:80/")),
        ({"success_action_redirect": "http://a/?q=b c"}, Answer(204, "http://a/?q=b c")),
    ],
)
def test_a_form_says_how_to_answer(fields: dict[str, str], answer: Answer) -> None:
    assert post_fields.answer_of(fields) == answer


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "//host/path",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a/b",
        "http:",
        "http://",
        "http:///path",
        "http://?q",
        "https:a",
        " http://a",
        "http://a\r\nSet-Cookie: b=c",
        "http://a\tb",
        "http://a/ü",
        "http://a\0",
    ],
)
def test_only_a_web_page_is_redirected_to(url: str) -> None:
    """Trap: redirects to other schemes; and no header is split."""
    assert post_fields.answer_of({"success_action_redirect": url}) == Answer(204, "")


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("http://a/b", "http://a/b?"),
        ("http://a/b?c=d", "http://a/b?c=d&"),
        ("http://a?", "http://a?&"),
    ],
)
def test_the_page_is_told_what_was_stored(url: str, begins: str) -> None:
    told = post_fields.redirected(url, "b", "up/a b&ü", "e7a9")
    assert told == begins + "bucket=b&key=up%2Fa+b%26%C3%BC&etag=%22e7a9%22"
    assert post_fields.redirected(url + "#f", "b", "k", "e").endswith("&etag=%22e%22#f")


def test_the_document_of_201_has_no_namespace() -> None:
    place = post_fields.location("http://h/b", "up/é")
    assert place == "http://h/b/up%2F%C3%A9"
    assert post_fields.render(place, "b", "up/é", "e7a9").decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>'
        "<Location>http://h/b/up%2F%C3%A9</Location><Bucket>b</Bucket><Key>up/é</Key>"
        '<ETag>"e7a9"</ETag></PostResponse>'
    )


@given(st.text(max_size=30))
def test_no_redirect_breaks_a_header(url: str) -> None:
    redirect = post_fields.answer_of({"success_action_redirect": "http://a" + url}).redirect
    assert redirect.isascii()
    assert redirect == "" or redirect.isprintable()
