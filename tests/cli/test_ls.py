"""`narthex ls`: byte for byte what `aws s3 ls` prints; its exit codes."""

from __future__ import annotations

import re

import pytest

from narthex.cli import calls
from narthex.cli.bodies import Bytes
from narthex.cli.client import Client
from narthex.cli.s3_uri import Location
from tests.cli.conftest import Person
from tests.cli.scripted import Reply, in_turn, scripted

pytestmark = pytest.mark.clients

WHEN = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture
def filled(client: Client, bucket: str) -> str:
    """A bucket with the objects of cli-conventions' example."""
    for key, size in (("hello.txt", 6), ("d/a.txt", 2), ("docs/big.bin", 1_468_006), ("one", 1)):
        calls.put_object(client, Location(bucket, key), Bytes(b"x" * size))
    return bucket


def test_buckets_are_listed_with_their_time(person: Person, bucket: str) -> None:
    lines = person.done("ls").splitlines()
    assert any(re.fullmatch(rf"{WHEN} {bucket}", line) for line in lines)


def test_prefixes_come_first_and_sizes_are_right_justified(person: Person, filled: str) -> None:
    lines = person.done("ls", f"s3://{filled}").splitlines()
    assert lines[:2] == [" " * 27 + "PRE d/", " " * 27 + "PRE docs/"]
    assert re.fullmatch(rf"{WHEN}          6 hello\.txt", lines[2])
    assert re.fullmatch(rf"{WHEN}          1 one", lines[3])


def test_whole_keys_human_sizes_and_a_summary(person: Person, filled: str) -> None:
    out = person.done("ls", filled, "--recursive", "--human-readable", "--summarize")
    lines = out.splitlines()
    assert re.fullmatch(rf"{WHEN}    2 Bytes d/a\.txt", lines[0])
    assert re.fullmatch(rf"{WHEN}    1\.4 MiB docs/big\.bin", lines[1])
    assert re.fullmatch(rf"{WHEN}     1 Byte one", lines[3])
    assert lines[4:] == ["", "Total Objects: 4", "   Total Size: 1.4 MiB"]


def test_a_prefix_without_a_slash_lists_the_names_that_begin_so(
    person: Person, filled: str
) -> None:
    assert person.done("ls", f"s3://{filled}/d") == (
        " " * 27 + "PRE d/\n" + " " * 27 + "PRE docs/\n"
    )
    assert person.done("ls", f"s3://{filled}/d/").endswith("          2 a.txt\n")


def test_nothing_found_below_a_prefix_is_1_and_an_empty_bucket_is_0(
    person: Person, bucket: str
) -> None:
    ran = person.run("ls", f"s3://{bucket}/zzz")
    assert (ran.code, ran.out, ran.err) == (1, "", "")
    ran = person.run("ls", f"s3://{bucket}")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_missing_bucket_is_told_in_awss_words(person: Person) -> None:
    ran = person.run("ls", "s3://no-such-bucket-at-all")
    assert ran.code == 254
    assert ran.out == ""
    assert ran.err.startswith(
        "\nAn error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: "
    )


def test_pages_are_followed(person: Person, filled: str) -> None:
    whole = person.done("ls", filled, "--recursive")
    assert person.done("ls", filled, "--recursive", "--page-size", "1") == whole


@pytest.mark.parametrize("key", ["a b+c", "é/😀", "a//b", "%41", "&<>\"'", "new\nline"])
def test_odd_keys_are_listed_as_they_are(
    person: Person, client: Client, bucket: str, key: str
) -> None:
    calls.put_object(client, Location(bucket, key), Bytes(b""))
    assert person.done("ls", f"s3://{bucket}", "--recursive")[31:] == f"{key}\n"


def test_times_are_the_callers_own(stranger: Person) -> None:
    page = (
        b"<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key>"
        b"<LastModified>2026-07-01T21:30:00.000Z</LastModified><Size>5</Size></Contents>"
        b"</ListBucketResult>"
    )
    with scripted(in_turn(Reply(200, page))) as server:
        out = stranger.done("ls", "b", "--endpoint-url", server.url, "--no-sign-request")
    assert out == "2026-07-02 00:30:00          5 k\n"  # Athens in summer
    assert "authorization" not in server.asked[0].headers
    assert server.asked[0].target == "/b?list-type=2&prefix&delimiter=%2F&encoding-type=url"
