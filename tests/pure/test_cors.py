"""CORS rules: their document, which one matches, and what a browser is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.pure import cors
from narthex.pure.cors import Ask, Rule
from tests.pure.refusing import outcome, refusal

XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
LEAST = "<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
WHOLE = (
    "<ID>one</ID><AllowedOrigin>https://a.example</AllowedOrigin>"
    "<AllowedOrigin>https://*.b.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
    "<AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-AMZ-*</AllowedHeader>"
    "<ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-id-2</ExposeHeader>"
    "<MaxAgeSeconds>3000</MaxAgeSeconds>"
)
RULE = Rule(
    ("GET", "PUT"),
    ("https://a.example", "https://*.b.example"),
    ("x-AMZ-*",),
    ("ETag", "x-amz-id-2"),
    3000,
    "one",
)


def document(*rules: str, xmlns: str = XMLNS) -> bytes:
    """A CORSConfiguration."""
    body = "".join(f"<CORSRule>{rule}</CORSRule>" for rule in rules)
    return f"<CORSConfiguration {xmlns}>{body}</CORSConfiguration>".encode()


def test_a_document_is_its_rules() -> None:
    assert cors.read(document(WHOLE, LEAST)) == (RULE, Rule(("GET",), ("*",)))
    assert cors.read(document(LEAST, xmlns="")) == (Rule(("GET",), ("*",)),)
    assert cors.read(document(*[LEAST] * 100)) == (Rule(("GET",), ("*",)),) * 100


def test_a_document_is_given_back_as_it_was_meant() -> None:
    again = cors.render((RULE, Rule(("GET",), ("",))))
    assert cors.read(again) == (RULE, Rule(("GET",), ("",)))
    assert again.startswith(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<CORSConfiguration {XMLNS}><CORSRule>'
        "<ID>one</ID><AllowedHeader>x-AMZ-*</AllowedHeader>".encode()
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        document(),
        document(""),
        document("<AllowedMethod>GET</AllowedMethod>"),
        document("<AllowedOrigin>*</AllowedOrigin>"),
        document(LEAST + "<Unknown/>"),
        document(LEAST + "text"),
        document(LEAST + "<ID>1</ID><ID>2</ID>"),
        document(LEAST + "<MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>1</MaxAgeSeconds>"),
        document(LEAST + "<MaxAgeSeconds>-1</MaxAgeSeconds>"),
        document(LEAST + "<MaxAgeSeconds>1.5</MaxAgeSeconds>"),
        document(LEAST + "<MaxAgeSeconds></MaxAgeSeconds>"),
        document(LEAST + "<MaxAgeSeconds>1234567890</MaxAgeSeconds>"),
        document(LEAST + f"<ID>{'i' * 256}</ID>"),
        document(LEAST + "<ID><ID>1</ID></ID>"),
        document(*[LEAST] * 101),
        document(LEAST).replace(b"CORSRule", b"Rule"),
        document(LEAST).replace(b"CORSConfiguration", b"Configuration"),
        document(LEAST, xmlns='xmlns="http://example.com/"'),
    ],
)
def test_a_document_that_is_not_one_is_malformed(data: bytes) -> None:
    error = refusal(cors.read, data)
    assert (error.code, error.status) == ("MalformedXML", 400)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("AllowedMethod", "PATCH", "Found unsupported HTTP method in CORS config. Unsupported "
         "method is PATCH"),
        ("AllowedMethod", "OPTIONS", "Found unsupported HTTP method in CORS config. Unsupported "
         "method is OPTIONS"),
        ("AllowedMethod", "get", "Found unsupported HTTP method in CORS config. Unsupported "
         "method is get"),
        ("AllowedMethod", "*", "Found unsupported HTTP method in CORS config. Unsupported "
         "method is *"),
        ("AllowedMethod", "", "Found unsupported HTTP method in CORS config. Unsupported "
         "method is "),
        ("AllowedOrigin", "*.a.*", 'AllowedOrigin "*.a.*" can not have more than one wildcard.'),
        ("AllowedHeader", "x-*-*", 'AllowedHeader "x-*-*" can not have more than one wildcard.'),
        ("AllowedHeader", "a b", 'AllowedHeader "a b" contains invalid character.'),
        ("ExposeHeader", "*", 'ExposeHeader "*" contains wildcard. We currently do not support '
         "wildcard for ExposeHeader."),
        ("ExposeHeader", "x-amz-*", 'ExposeHeader "x-amz-*" contains wildcard. We currently do not '
         "support wildcard for ExposeHeader."),
        ("ExposeHeader", "a&#13;&#10;Set-Cookie: b", 'ExposeHeader "a\r\nSet-Cookie: b" contains '
         "invalid character."),
        ("ExposeHeader", "", 'ExposeHeader "" contains invalid character.'),
    ],
)  # fmt: skip
def test_what_no_rule_may_say_is_refused(name: str, value: str, message: str) -> None:
    error = refusal(cors.read, document(LEAST + f"<{name}>{value}</{name}>"))
    assert (error.code, error.status, error.message) == ("InvalidRequest", 400, message)


@pytest.mark.parametrize(
    ("pattern", "origin", "matches"),
    [
        ("*", "https://a", True),
        ("*", "null", True),
        ("https://a", "https://a", True),
        ("https://a", "https://a:443", False),
        ("https://a", "https://a/", False),
        ("https://a", "http://a", False),
        ("https://a", "https://A", False),
        ("https://a", "null", False),
        ("null", "null", True),
        ("", "https://a", False),
        ("http://*.origin.com", "http://test.origin.com", True),
        ("http://*.origin.com", "http://a.b.origin.com", True),
        ("http://*.origin.com", "http://test.origin.com/", False),
        ("http://*.origin.com", "http://origin.com", False),
        ("http://*.origin.com", "https://test.origin.com", False),
        ("http://*.origin.com", "http://testXorigin.com", False),
        ("start*end", "startend", True),
        ("start*end", "start1end", True),
        ("start*end", "0start12end", False),
        ("prefix*", "prefix", True),
        ("prefix*", "bla.prefix", False),
        ("*suffix", "foo.suffix", True),
        ("*suffix", "foo.suffix.get", False),
        ("aba*aba", "aba", False),
    ],
)
def test_an_origin_matches_as_a_whole(pattern: str, origin: str, matches: bool) -> None:
    found = cors.select([Rule(("GET",), (pattern,))], Ask(origin, "GET"))
    assert (found is not None) is matches


@pytest.mark.parametrize(
    ("asked", "matches"),
    [
        (Ask("https://a.example", "GET"), True),
        (Ask("https://a.example", "PUT"), True),
        (Ask("https://a.example", "HEAD"), False),
        (Ask("https://a.example", "get"), False),
        (Ask("https://a.example", "OPTIONS"), False),
        (Ask("https://a.example", "GET", ("x-amz-date",)), True),
        (Ask("https://a.example", "GET", ("x-amz-date", "content-type")), False),
        (Ask("https://a.example", "GET", ("x-amz-",)), True),
        (Ask("https://a.example", "GET", ("xx-amz-date",)), False),
        (Ask("https://x.b.example", "GET"), True),
        (Ask("https://c.example", "GET"), False),
    ],
)
def test_a_rule_allows_all_that_is_asked_or_nothing(asked: Ask, matches: bool) -> None:
    assert (cors.select([RULE], asked) is RULE) is matches


def test_a_rule_without_headers_allows_none() -> None:
    rule = Rule(("GET",), ("*",))
    assert cors.select([rule], Ask("o", "GET")) is rule
    assert cors.select([rule], Ask("o", "GET", ("x-a",))) is None


def test_the_first_rule_that_matches_counts() -> None:
    first, second = Rule(("PUT",), ("https://a",)), Rule(("GET", "PUT"), ("*",))
    assert cors.select([first, second], Ask("https://a", "PUT")) is first
    assert cors.select([first, second], Ask("https://a", "GET")) is second
    assert cors.select([], Ask("https://a", "GET")) is None


@pytest.mark.parametrize(
    ("to_come", "headers", "asked"),
    [
        (None, None, Ask("o", "GET")),
        ("PUT", None, Ask("o", "PUT")),
        ("", "", Ask("o", "GET")),
        ("PUT", "X-Amz-Date,content-type", Ask("o", "PUT", ("x-amz-date", "content-type"))),
        ("PUT", " A , b\t,, ", Ask("o", "PUT", ("a", "b"))),
    ],
)
def test_what_is_asked_is_in_three_headers(
    to_come: str | None, headers: str | None, asked: Ask
) -> None:
    assert cors.ask("o", "GET", to_come, headers) == asked


def test_a_browser_is_told_what_the_rule_allows() -> None:
    asked = Ask("https://a.example", "PUT", ("x-amz-date", "x-amz-acl"))
    assert cors.answer(RULE, asked) == (
        ("access-control-allow-origin", "https://a.example"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-headers", "x-amz-date, x-amz-acl"),
        ("access-control-expose-headers", "ETag, x-amz-id-2"),
        ("access-control-max-age", "3000"),
        ("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
    )


@pytest.mark.parametrize("origins", [("*",), ("https://a.example", "*")])
def test_where_any_page_may_read_no_browser_sends_credentials(origins: tuple[str, ...]) -> None:
    """Trap: any origin reflected together with credentials."""
    told = cors.answer(Rule(("GET",), origins), Ask("https://a.example", "GET"))
    assert told == (
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET"),
        ("vary", cors.VARY),
    )


TOKENS = st.text("abcXYZ-019", min_size=1, max_size=6)
RULES = st.builds(
    Rule,
    st.lists(st.sampled_from(sorted(cors.METHODS)), min_size=1, max_size=3).map(tuple),
    st.lists(st.text("ab:/.*", max_size=8), min_size=1, max_size=3).map(tuple),
    st.lists(TOKENS, max_size=3).map(tuple),
    st.lists(TOKENS, max_size=3).map(tuple),
    st.none() | st.integers(0, 10**9 - 1),
    st.none() | st.text("ab &<", max_size=5),
)


@given(st.lists(RULES, min_size=1, max_size=4))
def test_rules_survive_being_written_and_read(rules: list[Rule]) -> None:
    found = outcome(cors.read, cors.render(rules))
    if any(origin.count("*") > 1 for rule in rules for origin in rule.origins):
        assert isinstance(found, S3Error)
    else:
        assert found == tuple(rules)


@given(st.lists(RULES, max_size=4), st.text("ab:/.", max_size=8), st.sampled_from(["GET", "PUT"]))
def test_credentials_are_allowed_to_named_origins_only(
    rules: list[Rule], origin: str, method: str
) -> None:
    asked = Ask(origin, method)
    rule = cors.select(rules, asked)
    if rule is None:
        return
    told = dict(cors.answer(rule, asked))
    assert told["access-control-allow-origin"] in ("*", origin)
    both = "access-control-allow-credentials" in told
    assert both is (told["access-control-allow-origin"] != "*")
