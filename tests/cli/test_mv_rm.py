"""`narthex mv`, `rm`, `mb` and `rb`: what is moved is gone, what is deleted is told."""

from __future__ import annotations

import pytest

from narthex.cli import calls
from narthex.cli.bodies import Bytes
from narthex.cli.client import Client
from narthex.cli.s3_uri import Location
from tests.cli.conftest import Person
from tests.cli.test_cp import keys_of, put

pytestmark = pytest.mark.clients


def test_what_is_moved_is_gone_from_where_it_was(
    person: Person, client: Client, bucket: str
) -> None:
    person.write("x", "x")
    out = person.done("mv", "x", f"s3://{bucket}/a")
    assert out == f"move: ./x to s3://{bucket}/a\n"
    assert not (person.home / "x").exists()
    person.done("mv", f"s3://{bucket}/a", f"s3://{bucket}/b/")
    assert keys_of(client, bucket) == ["b/a"]
    person.done("mv", f"s3://{bucket}/b", "out", "--recursive")
    assert keys_of(client, bucket) == []
    assert (person.home / "out/a").read_bytes() == b"x"


def test_nothing_is_deleted_when_the_copy_fails(
    person: Person, client: Client, bucket: str
) -> None:
    person.write("x", "x")
    ran = person.run("mv", "x", "s3://no-such-bucket-at-all/x")
    assert ran.code == 1
    assert "move failed: ./x to s3://no-such-bucket-at-all/x " in ran.err
    assert (person.home / "x").exists()
    put(client, bucket, "k")
    ran = person.run("mv", f"s3://{bucket}/k", "s3://no-such-bucket-at-all/k")
    assert ran.code == 1
    assert keys_of(client, bucket) == ["k"]


@pytest.mark.parametrize(
    "words",
    [
        ("s3://B/k", "s3://B/k"),
        ("s3://B/k", "s3://B"),
        ("s3://B/p/k", "s3://B/p/"),
        ("s3://B/p", "s3://B/p", "--recursive"),
    ],
)
def test_an_object_is_not_moved_onto_itself(
    person: Person, client: Client, bucket: str, words: tuple[str, ...]
) -> None:
    put(client, bucket, "k")
    put(client, bucket, "p/k")
    ran = person.run("mv", *(word.replace("s3://B", f"s3://{bucket}") for word in words))
    assert ran.code == 252
    assert "Cannot mv a file onto itself: " in ran.err
    assert keys_of(client, bucket) == ["k", "p/k"]


def test_one_object_is_deleted_and_a_missing_one_too(
    person: Person, client: Client, bucket: str
) -> None:
    put(client, bucket, "k")
    put(client, bucket, "k2")
    for _ in range(2):
        assert person.done("rm", f"s3://{bucket}/k") == f"delete: s3://{bucket}/k\n"
    assert keys_of(client, bucket) == ["k2"]


def test_a_prefix_is_deleted_with_odd_keys_and_folders(
    person: Person, client: Client, bucket: str
) -> None:
    keys = ["p/", "p/a&<>", "p/b\rc", "p/\x01", "p/é", "q/stays"]
    for key in keys:
        put(client, bucket, key)
    assert person.done("rm", f"s3://{bucket}/p", "--recursive", "--dryrun").count("(dryrun)") == 5
    out = person.done("rm", f"s3://{bucket}/p", "--recursive", "--exclude", "é")
    assert out.count("delete: ") == 4
    assert keys_of(client, bucket) == ["p/é", "q/stays"]


def test_more_than_a_thousand_are_deleted(person: Person, client: Client, bucket: str) -> None:
    for at in range(1005):
        calls.put_object(client, Location(bucket, f"{at:04}"), Bytes(b""))
    out = person.done("rm", f"s3://{bucket}", "--recursive")
    assert out.count("delete: ") == 1005
    assert keys_of(client, bucket) == []


def test_what_cannot_be_deleted_is_told(person: Person) -> None:
    ran = person.run("rm", "s3://no-such-bucket-at-all/k")
    assert ran.code == 1
    assert ran.err == (
        "delete failed: s3://no-such-bucket-at-all/k An error occurred (NoSuchBucket) when calling "
        "the DeleteObject operation: The specified bucket does not exist\n"
    )
    ran = person.run("rm", "s3://no-such-bucket-at-all", "--recursive")
    assert ran.code == 1
    assert ran.err.startswith("fatal error: An error occurred (NoSuchBucket) when calling the List")


def test_a_bucket_is_made_and_removed(person: Person, client: Client) -> None:
    assert person.done("mb", "s3://made-and-removed") == "make_bucket: made-and-removed\n"
    put(client, "made-and-removed", "k")
    ran = person.run("rb", "s3://made-and-removed")
    assert ran.code == 1
    assert ran.err.startswith(
        "remove_bucket failed: s3://made-and-removed An error occurred (BucketNotEmpty) when "
        "calling the DeleteBucket operation: "
    )
    assert person.done("rb", "s3://made-and-removed", "--force") == (
        "delete: s3://made-and-removed/k\nremove_bucket: made-and-removed\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("mb", "s3://Not_A_Name"), 1, "make_bucket failed: s3://Not_A_Name An error occurred"),
        (("mb", "bucket"), 252, "Error: Invalid argument type"),
        (("mb", "s3://"), 252, "Error: Invalid argument type"),
        (("rb", "s3://bucket/key"), 252, "Please specify a valid bucket name only."),
        (("rb", "s3://no-such-bucket-at-all"), 1, "remove_bucket failed: s3://no-such-bucket"),
        (("rb", "s3://no-such-bucket-at-all", "--force"), 255, "fatal error: An error occurred"),
        (("rm", "local"), 252, "Error: Invalid argument type"),
        (("mv", "-", "s3://b/k"), 252, "Streaming currently"),
        (("rm", "s3://"), 252, "Invalid bucket name"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    person: Person, words: tuple[str, ...], code: int, said: str
) -> None:
    ran = person.run(*words)
    assert ran.code == code, str(ran)
    assert said in ran.err
