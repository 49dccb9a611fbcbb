"""Event messages: keys that read back, sequencers that order, nothing that was not handed over."""

from __future__ import annotations

import json
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as some

from narthex.model import ANONYMOUS, Principal
from narthex.pure.events import records
from narthex.pure.events.records import Cause, Event, Source

CAUSE = Cause(Principal("user", unique_id="AIDAEXAMPLE"), "203.0.113.9", "C3D13FE58DE4C810", "id2")
SOURCE = Source("bucket", "f" * 64, "eu-north-1")
TEXT = some.text(some.characters(exclude_categories=["Cs"]), min_size=1)


@given(TEXT)
def test_a_key_reads_back_as_it_was(key: str) -> None:
    encoded = records.encode_key(key)
    assert unquote_plus(encoded) == key
    assert encoded.isascii()
    assert " " not in encoded


@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        ("red flower.jpg", "red+flower.jpg"),
        ("a/b@c", "a/b%40c"),
        ("a+b", "a%2Bb"),
        ("a%20b", "a%2520b"),
        ("ü~*-_.", "%C3%BC%7E*-_."),
        ("\x00\n", "%00%0A"),
    ],
)
def test_a_key_is_encoded_as_s3_encodes_it(key: str, encoded: str) -> None:
    assert records.encode_key(key) == encoded


@given(TEXT, TEXT, some.integers(0, (1 << 63) - 1))
def test_a_sequencer_is_put_where_it_belongs_whatever_the_texts(
    key: str, configuration: str, number: int
) -> None:
    event = Event("ObjectCreated:Put", key + '"sequencer":""', 0, "etag", 1)
    message = records.write(event, CAUSE, SOURCE, configuration + '"sequencer":""')
    (record,) = json.loads(records.with_sequencer(message, number))["Records"]
    told = record["s3"]
    assert told["object"]["sequencer"] == f"{number:018X}"
    assert unquote_plus(told["object"]["key"]) == event.key
    assert told["configurationId"] == configuration + '"sequencer":""'


@given(some.integers(0, (1 << 63) - 1), some.integers(0, (1 << 63) - 1))
def test_sequencers_order_as_text(one: int, other: int) -> None:
    message = '{"sequencer":""}'
    left, right = (records.with_sequencer(message, number) for number in (one, other))
    assert (left < right) is (one < other)


@pytest.mark.parametrize("name", ["ObjectTagging:Put", "ObjectAcl:Put"])
def test_what_changes_no_bytes_has_no_sequencer_and_no_size(name: str) -> None:
    message = records.write(Event(name, "k", 0, "etag"), CAUSE, SOURCE, "id")
    assert records.with_sequencer(message, 7) == message
    (record,) = json.loads(message)["Records"]
    assert record["eventVersion"] == "2.3"
    assert record["s3"]["object"] == {"key": "k", "eTag": "etag"}


def test_a_version_is_told_where_there_is_one() -> None:
    event = Event("ObjectRemoved:DeleteMarkerCreated", "k", 0, "etag", version="v1")
    (record,) = json.loads(records.write(event, CAUSE, SOURCE, "id"))["Records"]
    assert record["s3"]["object"]["versionId"] == "v1"


@pytest.mark.parametrize(
    ("principal", "told"),
    [
        (ANONYMOUS, "Anonymous"),
        (Principal("user", unique_id="AIDAEXAMPLE"), "AWS:AIDAEXAMPLE"),
        (Principal("role", unique_id="AROAEXAMPLE:session"), "AWS:AROAEXAMPLE:session"),
    ],
)
def test_whoever_did_it_is_told_by_a_unique_id(principal: Principal, told: str) -> None:
    assert records.principal_id(principal) == told


def test_times_have_milliseconds() -> None:
    assert records.moment(1_795_521_600_123_999) == "2026-11-24T12:00:00.123Z"
