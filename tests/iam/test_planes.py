"""Whose request it is: the scope of the credential decides, wherever it stands."""

from __future__ import annotations

import pytest

from narthex.http import Headers, Request
from narthex.planes import plane_of

SCOPE = "AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/{}/aws4_request"
HEADER = "AWS4-HMAC-SHA256 Credential=" + SCOPE + ", SignedHeaders=host, Signature=00"
QUERY = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + SCOPE.replace("/", "%2F")
FORM = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")


def of(*headers: tuple[str, str], query: str = "", method: str = "GET", path: str = "/") -> str:
    """The plane of a request."""
    return plane_of(Request(method, path, query, Headers(headers)))


@pytest.mark.parametrize(
    ("service", "plane"),
    [
        ("iam", "iam"),
        ("sts", "sts"),
        ("lambda", "lambda"),
        ("s3", "s3"),
        ("sns", "s3"),
        ("i", "s3"),
    ],
)
def test_the_scope_decides_in_header_and_query(service: str, plane: str) -> None:
    assert of(("authorization", HEADER.format(service))) == plane
    assert of(query=QUERY.format(service)) == plane
    assert of(query=QUERY.format(service) + "&x=y") == plane
    assert of(query=QUERY.format(service).replace("%2F", "/")) == plane
    assert of(query=QUERY.format(service).replace("%2F", "%2f")) == plane
    assert of(query=QUERY.format(service).lower().replace("akiaiosfodnn7example", "AKIA")) == plane


def test_an_id_with_slashes_is_split_from_the_right() -> None:
    text = HEADER.format("sts").replace("AKIAIOSFODNN7EXAMPLE", "a/iam/aws4_request/b")
    assert of(("authorization", text)) == "sts"


@pytest.mark.parametrize(
    "query",
    [
        "prefix=a/iam/aws4_request",
        "prefix=X-Amz-Credential=a/iam/aws4_request",
        "list-type=2&prefix=%2Fiam%2Faws4_request",
        "",
    ],
)
def test_what_only_looks_like_a_scope_is_a_key(query: str) -> None:
    assert of(query=query) == "s3"
    assert of(("authorization", HEADER.format("s3")), query=query) == "s3"


def test_a_header_decides_where_both_are_sent() -> None:
    """The plane then refuses two signatures at once."""
    assert of(("authorization", HEADER.format("s3")), query=QUERY.format("iam")) == "s3"


@pytest.mark.parametrize(
    ("given", "plane"),
    [
        ((("POST", "/", FORM),), "sts"),
        ((("POST", "/", ("content-type", "APPLICATION/X-WWW-FORM-URLENCODED")),), "sts"),
        ((("POST", "/bucket", FORM),), "s3"),
        ((("PUT", "/", FORM),), "s3"),
        ((("POST", "/", ("content-type", "multipart/form-data; boundary=x")),), "s3"),
        ((("POST", "/", ("accept", "*/*")),), "s3"),
    ],
)
def test_a_form_that_nobody_signed_is_no_bucket(
    given: tuple[tuple[str, str, tuple[str, str]]], plane: str
) -> None:
    ((method, path, header),) = given
    assert of(header, method=method, path=path) == plane


def test_another_scheme_of_authorization_is_s3s_to_refuse() -> None:
    assert of(("authorization", "Bearer iam/aws4_request"), FORM, method="POST") == "s3"
