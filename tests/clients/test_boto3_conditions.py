"""boto3: conditions on reads and writes, and what a response may be told to say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.refused import refused

pytestmark = pytest.mark.clients

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OTHER = '"00000000000000000000000000000000"'


@pytest.fixture
def place(s3: Any, bucket: str) -> dict[str, str]:
    """Where an object is, as boto3's arguments."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"fire")
    return {"Bucket": bucket, "Key": "k"}


def test_a_read_whose_condition_holds_is_answered(s3: Any, place: dict[str, str]) -> None:
    head = s3.head_object(**place)
    for condition in (
        {"IfMatch": head["ETag"]},
        {"IfNoneMatch": OTHER},
        {"IfModifiedSince": LONG_AGO},
        {"IfUnmodifiedSince": head["LastModified"] + DAY},
        {"IfMatch": head["ETag"], "IfUnmodifiedSince": LONG_AGO},
    ):
        assert s3.get_object(**place, **condition)["Body"].read() == b"fire"


def test_a_read_whose_condition_fails_is_not(s3: Any, place: dict[str, str]) -> None:
    head = s3.head_object(**place)
    for condition, status in (
        ({"IfMatch": OTHER}, 412),
        ({"IfUnmodifiedSince": LONG_AGO}, 412),
        ({"IfNoneMatch": head["ETag"]}, 304),
        ({"IfModifiedSince": head["LastModified"]}, 304),
    ):
        assert refused(s3.get_object, **place, **condition).status == status
        assert refused(s3.head_object, **place, **condition).status == status


def test_a_write_can_demand_that_nothing_is_there(s3: Any, place: dict[str, str]) -> None:
    answer = refused(s3.put_object, **place, Body=b"new", IfNoneMatch="*")
    assert (answer.code, answer.status) == ("PreconditionFailed", 412)
    assert s3.get_object(**place)["Body"].read() == b"fire"
    s3.delete_object(**place)
    s3.put_object(**place, Body=b"new", IfNoneMatch="*")
    assert s3.get_object(**place)["Body"].read() == b"new"


def test_a_write_can_demand_what_is_there(s3: Any, place: dict[str, str]) -> None:
    etag = s3.head_object(**place)["ETag"]
    assert refused(s3.put_object, **place, Body=b"new", IfMatch=OTHER).status == 412
    s3.put_object(**place, Body=b"new", IfMatch=etag)
    assert s3.get_object(**place)["Body"].read() == b"new"
    s3.delete_object(**place)
    answer = refused(s3.put_object, **place, Body=b"new", IfMatch=etag)
    assert (answer.code, answer.status) == ("NoSuchKey", 404)


def test_a_delete_can_demand_what_is_there(s3: Any, place: dict[str, str]) -> None:
    etag = s3.head_object(**place)["ETag"]
    assert refused(s3.delete_object, **place, IfMatch=OTHER).status == 412
    s3.delete_object(**place, IfMatch=etag)
    assert refused(s3.head_object, **place).status == 404


def test_a_copy_can_have_conditions_on_its_source(s3: Any, place: dict[str, str]) -> None:
    etag = s3.head_object(**place)["ETag"]
    to = {"Bucket": place["Bucket"], "Key": "copy", "CopySource": place}
    assert refused(s3.copy_object, **to, CopySourceIfMatch=OTHER).status == 412
    assert refused(s3.copy_object, **to, CopySourceIfNoneMatch=etag).status == 412
    s3.copy_object(**to, CopySourceIfMatch=etag)
    assert s3.get_object(Bucket=place["Bucket"], Key="copy")["Body"].read() == b"fire"


def test_a_response_says_what_it_was_asked_to_say(s3: Any, place: dict[str, str]) -> None:
    got = s3.get_object(
        **place,
        ResponseContentType="text/plain",
        ResponseContentDisposition='attachment; filename="f.txt"',
        ResponseContentLanguage="el",
        ResponseContentEncoding="x-none",
        ResponseCacheControl="no-store",
    )
    assert got["ContentType"] == "text/plain"
    assert got["ContentDisposition"] == 'attachment; filename="f.txt"'
    assert got["ContentLanguage"] == "el"
    assert got["ContentEncoding"] == "x-none"
    assert got["CacheControl"] == "no-store"
