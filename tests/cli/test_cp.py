"""`narthex cp`: both ways, between buckets, streams, folders; and what it says of failures."""

from __future__ import annotations

import os
import random
import stat
from pathlib import Path

import pytest

from narthex.cli import calls
from narthex.cli.bodies import Bytes
from narthex.cli.client import Client
from narthex.cli.failure import ServiceError
from narthex.cli.s3_uri import Location
from tests.cli.conftest import Person

pytestmark = pytest.mark.clients

MIB = 1024 * 1024
LARGE = random.Random(1).randbytes(20 * MIB + 12345)


def put(client: Client, bucket: str, key: str, data: bytes = b"hello\n") -> None:
    """An object, stored without the command line."""
    calls.put_object(client, Location(bucket, key), Bytes(data))


def keys_of(client: Client, bucket: str) -> list[str]:
    """Every key of a bucket."""
    pages = calls.list_pages(client, bucket, "")
    return [listed.key for page in pages for listed in page.objects]


def headers_of(client: Client, bucket: str, key: str) -> dict[str, str]:
    """What HeadObject tells."""
    return calls.head_object(client, Location(bucket, key)).headers


def test_a_small_file_goes_up_and_comes_back(person: Person, client: Client, bucket: str) -> None:
    person.write("hello.txt", "hello\n")
    assert person.done("cp", "hello.txt", f"s3://{bucket}") == (
        f"upload: ./hello.txt to s3://{bucket}/hello.txt\n"
    )
    assert person.done("cp", f"s3://{bucket}/hello.txt", "back.txt") == (
        f"download: s3://{bucket}/hello.txt to ./back.txt\n"
    )
    assert (person.home / "back.txt").read_bytes() == b"hello\n"
    headers = headers_of(client, bucket, "hello.txt")
    assert headers["content-type"] == "text/plain"
    assert headers["x-amz-checksum-crc64nvme"]


def test_a_large_file_goes_in_parts_both_ways(person: Person, client: Client, bucket: str) -> None:
    person.write("large.bin", LARGE)
    person.done("cp", "large.bin", f"s3://{bucket}/folder/")
    facts = calls.head_object(client, Location(bucket, "folder/large.bin"))
    assert facts.size == len(LARGE)
    assert facts.etag.strip('"').endswith("-3")
    assert facts.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    out = person.done("cp", f"s3://{bucket}/folder/large.bin", "new/folder/")
    assert out == f"download: s3://{bucket}/folder/large.bin to new/folder/large.bin\n"
    assert (person.home / "new/folder/large.bin").read_bytes() == LARGE
    assert os.listdir(person.home / "new/folder") == ["large.bin"]


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_parts_carry_the_checksum_that_was_asked_for(
    person: Person, client: Client, bucket: str, algorithm: str
) -> None:
    person.write("large.bin", LARGE[: 9 * MIB])
    person.done("cp", "large.bin", f"s3://{bucket}/x", "--checksum-algorithm", algorithm)
    assert headers_of(client, bucket, "x")[f"x-amz-checksum-{algorithm.lower()}"]
    person.done("cp", f"s3://{bucket}/x", "back")
    assert (person.home / "back").read_bytes() == LARGE[: 9 * MIB]


@pytest.mark.parametrize("size", [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1])
def test_sizes_around_the_threshold(person: Person, bucket: str, size: int) -> None:
    person.write("x", LARGE[:size])
    person.done("cp", "x", f"s3://{bucket}/x")
    person.done("cp", f"s3://{bucket}/x", "y")
    assert (person.home / "y").read_bytes() == LARGE[:size]


@pytest.mark.parametrize("size", [0, 6, 8 * MIB, 17 * MIB])
def test_streams_go_in_and_come_out(person: Person, bucket: str, size: int) -> None:
    ran = person.run("cp", "-", f"s3://{bucket}/stream", stdin=LARGE[:size])
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    ran = person.run("cp", f"s3://{bucket}/stream", "-")
    assert (ran.code, ran.raw, ran.err) == (0, LARGE[:size], "")


def test_a_download_keeps_time_and_asks_the_umask(
    person: Person, client: Client, bucket: str
) -> None:
    put(client, bucket, "k")
    person.done("cp", f"s3://{bucket}/k", "k")
    facts = calls.head_object(client, Location(bucket, "k"))
    assert facts.modified is not None
    found = (person.home / "k").stat()
    assert int(found.st_mtime) == int(facts.modified.timestamp())
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(found.st_mode) == 0o666 & ~umask


def test_a_download_to_a_device_writes_into_it(person: Person, client: Client, bucket: str) -> None:
    put(client, bucket, "k")
    person.done("cp", f"s3://{bucket}/k", "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_folder_is_copied_with_patterns(person: Person, client: Client, bucket: str) -> None:
    for name in ("a.txt", "b.log", "deep/c.txt", "deep/é ü", "deep/er/empty"):
        person.write(f"tree/{name}", name)
    out = person.done("cp", "tree", f"s3://{bucket}/t", "--recursive", "--exclude", "*.log")
    assert sorted(out.splitlines()) == [
        f"upload: tree/a.txt to s3://{bucket}/t/a.txt",
        f"upload: tree/deep/c.txt to s3://{bucket}/t/deep/c.txt",
        f"upload: tree/deep/er/empty to s3://{bucket}/t/deep/er/empty",
        f"upload: tree/deep/é ü to s3://{bucket}/t/deep/é ü",
    ]
    words = ["--recursive", "--exclude", "*", "--include", "deep/*", "--exclude", "*/er/*"]
    person.done("cp", f"s3://{bucket}/t/", "back", *words)
    found = sorted(str(p.relative_to(person.home / "back")) for p in _files(person.home / "back"))
    assert found == ["deep/c.txt", "deep/é ü"]
    person.done("cp", f"s3://{bucket}/t", f"s3://{bucket}/u", "--recursive")
    assert [key for key in keys_of(client, bucket) if key.startswith("u/")] == [
        "u/a.txt",
        "u/deep/c.txt",
        "u/deep/er/empty",
        "u/deep/é ü",
    ]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_headers_and_metadata_are_stored_and_copied(
    person: Person, client: Client, bucket: str
) -> None:
    person.write("x", "x")
    person.done(
        "cp", "x", f"s3://{bucket}/x", "--content-type", "text/css", "--cache-control",
        "max-age=60", "--content-disposition", 'attachment; filename="é.css"', "--metadata",
        'a=b,c="d,e"', "--expires", "2027-01-01T00:00:00Z",
    )  # fmt: skip
    wanted = {
        "content-type": "text/css",
        "cache-control": "max-age=60",
        "x-amz-meta-a": "b",
        "x-amz-meta-c": "d,e",
        "expires": "Fri, 01 Jan 2027 00:00:00 GMT",
    }
    assert wanted.items() <= headers_of(client, bucket, "x").items()
    assert person.done("cp", f"s3://{bucket}/x", f"s3://{bucket}/y") == (
        f"copy: s3://{bucket}/x to s3://{bucket}/y\n"
    )
    assert wanted.items() <= headers_of(client, bucket, "y").items()
    person.done("cp", f"s3://{bucket}/x", f"s3://{bucket}/z", "--metadata", "new=1")
    headers = headers_of(client, bucket, "z")
    assert headers["x-amz-meta-new"] == "1"
    assert "x-amz-meta-a" not in headers


def test_a_dry_run_tells_and_does_nothing(person: Person, client: Client, bucket: str) -> None:
    person.write("x", "x")
    assert person.done("cp", "x", f"s3://{bucket}/x", "--dryrun") == (
        f"(dryrun) upload: ./x to s3://{bucket}/x\n"
    )
    assert keys_of(client, bucket) == []


@pytest.mark.parametrize("flag", ["--quiet", "--only-show-errors"])
def test_successes_can_be_silent(person: Person, bucket: str, flag: str) -> None:
    person.write("x", "x")
    ran = person.run("cp", "x", f"s3://{bucket}/x", flag)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nofile", "s3://B/x"), 255, "\nThe user-provided path nofile does not exist.\n"),
        (
            ("s3://B/zzz", "."),
            1,
            "fatal error: An error occurred (404) when calling the HeadObject operation: "
            'Key "zzz" does not exist\n',
        ),
        (
            ("s3://B/zzz", "-"),
            1,
            "download failed: s3://B/zzz to - An error occurred (404) when calling the "
            "HeadObject operation: Not Found\n",
        ),
        (
            ("x", "s3://no-such-bucket-at-all/x"),
            1,
            "upload failed: ./x to s3://no-such-bucket-at-all/x An error occurred (NoSuchBucket) "
            "when calling the PutObject operation: The specified bucket does not exist\n",
        ),
        (("folder", "s3://B/"), 1, "upload failed: folder/ to s3://B/ It is a folder: "),
        (("a", "b"), 252, "Error: Invalid argument type\n"),
        (("x",), 252, "narthex cp: error: "),
        (("x", "s3://B/x", "--no-such-flag"), 252, "unrecognized arguments: --no-such-flag"),
        (("-", "s3://B/x", "--recursive"), 252, "Streaming currently is only compatible with"),
        (("x", "s3://B/x", "--metadata", "é=1"), 252, "Non ascii characters found in S3 metadata"),
        (("x", "s3://B/x", "--metadata", "novalue"), 252, "`novalue` is not key=value"),
        (("x", "s3://B/x", "--metadata", "{oops"), 252, "Invalid JSON"),
        (("x", "s3://B/x", "--cache-control", "a\nb"), 252, "cannot contain a line break"),
    ],
)
def test_failures_say_what_aws_says(
    person: Person, bucket: str, words: tuple[str, ...], code: int, said: str
) -> None:
    person.write("x", "x")
    person.write("folder/y", "y")
    ran = person.run("cp", *(word.replace("s3://B", f"s3://{bucket}") for word in words))
    assert ran.code == code, str(ran)
    assert said.replace("s3://B", f"s3://{bucket}") in ran.err
    assert ran.out == ""


def test_one_failure_among_many_is_1_and_the_rest_is_done(
    person: Person, client: Client, bucket: str
) -> None:
    put(client, bucket, "a")
    put(client, bucket, "b/c")
    person.write("out/b", "a file where a folder has to be")
    ran = person.run("cp", f"s3://{bucket}", "out", "--recursive")
    assert ran.code == 1
    assert ran.out == f"download: s3://{bucket}/a to out/a\n"
    assert ran.err.startswith(f"download failed: s3://{bucket}/b/c to out/b/c ")


def test_what_cannot_be_uploaded_is_skipped_with_a_warning(person: Person, bucket: str) -> None:
    person.write("tree/good", "x")
    os.mkfifo(person.home / "tree" / "pipe")
    (person.home / "tree" / "dangling").symlink_to("nowhere")
    with open(os.fsencode(person.home / "tree") + b"/\xff", "wb"):
        pass
    ran = person.run("cp", "tree", f"s3://{bucket}", "--recursive")
    assert ran.code == 2
    assert ran.out == f"upload: tree/good to s3://{bucket}/good\n"
    warnings = sorted(ran.err.splitlines())
    assert len(warnings) == 3
    assert all(line.startswith("warning: Skipping file ") for line in warnings)
    assert "not text in UTF-8" in ran.err
    assert "File does not exist." in ran.err
    assert "FIFO, or socket." in ran.err


@pytest.mark.parametrize("key", ["p/../../escaped", "p/../x", "p/a/../../../escaped", "p/.."])
def test_a_key_cannot_write_outside_of_the_target_folder(
    person: Person, client: Client, bucket: str, key: str
) -> None:
    put(client, bucket, key)
    ran = person.run("cp", f"s3://{bucket}/p/", "in/side", "--recursive")
    assert ran.code == 2
    assert ran.out == ""
    assert "File references a parent directory." in ran.err
    assert _files(person.home) == []


def test_a_key_with_slashes_in_a_row_stays_below_the_folder(
    person: Person, client: Client, bucket: str
) -> None:
    put(client, bucket, "/etc/x")
    person.done("cp", f"s3://{bucket}", "out", "--recursive")
    assert (person.home / "out/etc/x").read_bytes() == b"hello\n"


def test_a_settings_file_chooses_parts_and_no_checksums(
    person: Person, client: Client, bucket: str
) -> None:
    person.write(
        ".aws/config",
        "[default]\nrequest_checksum_calculation = when_required\n"
        "s3 =\n  multipart_threshold = 5MB\n  multipart_chunksize = 5MB\n",
    )
    person.write("x", LARGE[: 11 * MIB])
    person.done("cp", "x", f"s3://{bucket}/x")
    assert calls.head_object(client, Location(bucket, "x")).etag.strip('"').endswith("-3")


def test_a_key_without_permission_stores_nothing(
    person: Person, client: Client, bucket: str
) -> None:
    person.write("large.bin", LARGE)
    person.environment["AWS_SECRET_ACCESS_KEY"] = "wrong/secret/wrong/secret/wrong/secret12"
    ran = person.run("cp", "large.bin", f"s3://{bucket}/x")
    assert ran.code == 1
    assert "An error occurred (SignatureDoesNotMatch) when calling the " in ran.err
    with pytest.raises(ServiceError):
        calls.head_object(client, Location(bucket, "x"))
