"""What a function returns as an answer, and what page may read it: tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narthex.pure.function_urls import UrlCors, answer_of


@pytest.mark.parametrize(
    ("returned", "status", "body"),
    [
        ({"statusCode": 201, "body": "x"}, 201, b"x"),
        ({"statusCode": "404", "body": None}, 404, b""),
        ({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}, 200, b"\x00\xff"),
        ({"a": 1}, 200, b'{"a": 1}'),
        ("text", 200, b'"text"'),
        ({"statusCode": 200, "body": {"b": 1}}, 200, b'{"b": 1}'),
    ],
)
def test_what_is_returned_becomes_an_answer(returned: Any, status: int, body: bytes) -> None:
    shown = answer_of(json.dumps(returned).encode(), own_host=False)
    assert shown is not None
    assert (shown.status, shown.body) == (status, body)


@pytest.mark.parametrize(
    "returned",
    [
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": True},
        {"statusCode": "2xx"},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a": "b\x00"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": "a: b"},
        {"statusCode": 200, "headers": {str(number): "x" for number in range(101)}},
        {"statusCode": 200, "body": "*", "isBase64Encoded": True},
    ],
)
def test_what_cannot_be_an_answer_is_none(returned: Any) -> None:
    assert answer_of(json.dumps(returned).encode(), own_host=True) is None
    assert answer_of(b"{", own_host=True) is None


def test_what_is_the_servers_to_say_is_left_out() -> None:
    headers = {"Set-Cookie": "a=b", "Connection": "x", "Transfer-Encoding": "chunked", "X-A": "1"}
    cookies = ["a=b; Path=/", "c=d; Domain=example.org", "e=f\r\ng: h", 3]
    returned = json.dumps({"statusCode": 200, "headers": headers, "cookies": cookies}).encode()
    own, shared = (answer_of(returned, own_host=one) for one in (True, False))
    assert own is not None
    assert shared is not None
    plain = (("content-type", "application/json"), ("x-a", "1"))
    assert shared.headers == plain
    assert own.headers == (*plain, ("set-cookie", "a=b; Path=/"))


def test_a_page_may_read_only_when_its_origin_is_named() -> None:
    named = UrlCors(("https://a.example",), credentials=True)
    assert ("access-control-allow-origin", "https://a.example") in named.for_answer(
        "https://a.example"
    )
    assert named.for_answer("https://a.example.org") == ()
    assert named.for_preflight("https://b.example") == ()
    assert UrlCors(("*",)).for_answer("https://b.example") == (
        ("access-control-allow-origin", "*"),
    )
