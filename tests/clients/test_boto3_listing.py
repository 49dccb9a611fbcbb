"""boto3: listings, in byte order, by page, prefix and delimiter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.refused import refused

pytestmark = pytest.mark.clients

KEYS = [
    "a",
    "a-b",
    "a/1",
    "a/2",
    "a/x/3",
    "a0",
    "b c/+&%.txt",
    "z",
    "é/1",
    "日本/語",
    "\U0001f525/fire",
]


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    """A bucket with KEYS in it, put in another order."""
    for key in reversed(KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def keys(page: dict[str, Any]) -> list[str]:
    """The keys of a page."""
    return [item["Key"] for item in page.get("Contents", [])]


def prefixes(page: dict[str, Any]) -> list[str]:
    """The common prefixes of a page."""
    return [item["Prefix"] for item in page.get("CommonPrefixes", [])]


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_keys_come_in_the_order_of_their_bytes(s3: Any, filled: str, operation: str) -> None:
    assert sorted(KEYS, key=str.encode) == KEYS
    page = getattr(s3, operation)(Bucket=filled)
    assert keys(page) == KEYS
    assert page["IsTruncated"] is False
    first = page["Contents"][0]
    assert (first["Size"], first["StorageClass"]) == (1, "STANDARD")


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_join_without_a_gap(s3: Any, filled: str, operation: str, size: int) -> None:
    pages = s3.get_paginator(operation).paginate(Bucket=filled, PaginationConfig={"PageSize": size})
    assert [key for page in pages for key in keys(page)] == KEYS


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_delimiter_rolls_up(s3: Any, filled: str, operation: str, size: int) -> None:
    pages = list(
        s3.get_paginator(operation).paginate(
            Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": size}
        )
    )
    assert [key for page in pages for key in keys(page)] == ["a", "a-b", "a0", "z"]
    rolled = [prefix for page in pages for prefix in prefixes(page)]
    assert rolled == ["a/", "b c/", "é/", "日本/", "\U0001f525/"]


def test_a_prefix_narrows(s3: Any, filled: str) -> None:
    page = s3.list_objects_v2(Bucket=filled, Prefix="a/", Delimiter="/")
    assert (keys(page), prefixes(page), page["KeyCount"]) == (["a/1", "a/2"], ["a/x/"], 3)
    assert keys(s3.list_objects_v2(Bucket=filled, Prefix="b c/+&%")) == ["b c/+&%.txt"]
    assert keys(s3.list_objects_v2(Bucket=filled, Prefix="nothing")) == []


def test_a_listing_starts_behind_a_key(s3: Any, filled: str) -> None:
    assert keys(s3.list_objects_v2(Bucket=filled, StartAfter="é/1")) == KEYS[-2:]
    assert keys(s3.list_objects(Bucket=filled, Marker="a/x")) == KEYS[4:]


def test_the_owner_is_told_when_asked(s3: Any, filled: str) -> None:
    page = s3.list_objects_v2(Bucket=filled, FetchOwner=True, MaxKeys=1)
    assert len(page["Contents"][0]["Owner"]["ID"]) == 64


def test_a_token_that_is_none_is_refused(s3: Any, filled: str) -> None:
    answer = refused(s3.list_objects_v2, Bucket=filled, ContinuationToken="no token")
    assert (answer.code, answer.status) == ("InvalidArgument", 400)
    assert refused(s3.list_objects_v2, Bucket=filled, MaxKeys=-1).code == "InvalidArgument"
