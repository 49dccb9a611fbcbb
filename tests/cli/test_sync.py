"""`narthex sync`: what is new or changed is moved, and what is gone is deleted when one says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from narthex.cli.client import Client
from tests.cli.conftest import Person
from tests.cli.test_cp import keys_of, put
from tests.clients.programs import AWS_V1

pytestmark = pytest.mark.clients

NAMES = ("a-b", "a/b", "a/deep/c", "a0", "é+&.txt")
LONG_AGO = 1_700_000_000  # seconds since 1970


def plant(folder: Path, *names: str, text: str = "one") -> None:
    """Files, last changed long ago."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (LONG_AGO, LONG_AGO))


def names_below(folder: Path) -> list[str]:
    """The files there."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_a_folder_goes_up_once_and_then_only_what_changed(
    person: Person, client: Client, bucket: str
) -> None:
    tree, there = person.home / "tree", f"s3://{bucket}/p"
    plant(tree, *NAMES)
    assert len(person.done("sync", "tree", there).splitlines()) == len(NAMES)
    assert keys_of(client, bucket) == sorted(f"p/{name}" for name in NAMES)
    assert person.done("sync", "tree", there) == ""
    plant(tree, "a/b", text="longer")
    (tree / "a0").write_text("two")  # of the same size, and newer by far
    os.utime(tree / "a0", (LONG_AGO * 2, LONG_AGO * 2))
    assert sorted(person.done("sync", "tree", there).splitlines()) == [
        f"upload: tree/a/b to {there}/a/b",
        f"upload: tree/a0 to {there}/a0",
    ]
    assert person.done("sync", "tree", there, "--size-only") == ""


def test_a_prefix_comes_down_with_its_times(person: Person, client: Client, bucket: str) -> None:
    for name in NAMES:
        put(client, bucket, f"p/{name}", b"one")
    put(client, bucket, "p/folder/")  # a console's
    put(client, bucket, "pq")
    there, tree = f"s3://{bucket}/p", person.home / "tree"
    assert len(person.done("sync", there, "tree").splitlines()) == len(NAMES)
    assert names_below(tree) == sorted(NAMES)
    assert person.done("sync", there, "tree") == ""
    os.utime(tree / "a0", (LONG_AGO, LONG_AGO))  # older: it is the same, unless one is strict
    assert person.done("sync", there, "tree") == ""
    assert person.done("sync", there, "tree", "--exact-timestamps") == (
        f"download: {there}/a0 to tree/a0\n"
    )


def test_what_the_source_does_not_have_is_deleted_only_when_one_says_so(
    person: Person, client: Client, bucket: str
) -> None:
    tree, there = person.home / "tree", f"s3://{bucket}/p"
    plant(tree, "a", "c")
    for key in ("p/a0", "p/b", "p/z/z", "q"):
        put(client, bucket, key)
    person.done("sync", "tree", there)
    assert keys_of(client, bucket) == ["p/a", "p/a0", "p/b", "p/c", "p/z/z", "q"]
    dry = person.done("sync", "tree", there, "--delete", "--exclude", "z/*", "--dryrun")
    assert dry == f"(dryrun) delete: {there}/a0\n(dryrun) delete: {there}/b\n"
    person.done("sync", "tree", there, "--delete", "--exclude", "z/*")
    assert keys_of(client, bucket) == ["p/a", "p/c", "p/z/z", "q"]
    plant(tree, "only/here")
    person.done("sync", there, "tree", "--delete")
    assert names_below(tree) == ["a", "c", "z/z"]


def test_nothing_is_deleted_when_the_source_could_not_be_read_whole(
    person: Person, client: Client, bucket: str
) -> None:
    tree = person.home / "tree"
    plant(tree, "a")
    os.symlink("nowhere", tree / "b")
    put(client, bucket, "b")
    ran = person.run("sync", "tree", f"s3://{bucket}", "--delete")
    assert ran.code == 2
    assert "Nothing was deleted, since not all of the source could be read." in ran.err
    assert keys_of(client, bucket) == ["a", "b"]
    ran = person.run("sync", "s3://no-such-bucket-at-all", "tree", "--delete")
    assert ran.code == 1
    assert names_below(tree) == ["a", "b"]


def test_buckets_are_synchronised_and_not_with_themselves(
    person: Person, client: Client, bucket: str
) -> None:
    put(client, bucket, "p/a")
    put(client, bucket, "q/b")
    person.done("sync", f"s3://{bucket}/p", f"s3://{bucket}/q", "--delete")
    assert keys_of(client, bucket) == ["p/a", "q/a"]
    assert person.done("sync", f"s3://{bucket}/p", f"s3://{bucket}/p") == ""
    for source, target in (("", "/p"), ("/p", "")):
        ran = person.run("sync", f"s3://{bucket}{source}", f"s3://{bucket}{target}")
        assert ran.code == 252
        assert "Cannot sync a prefix with one that is inside of it" in ran.err
    plant(person.home, "file")
    assert person.run("sync", "file", f"s3://{bucket}").code == 255


def test_it_does_what_aws_does(person: Person, client: Client, bucket: str) -> None:
    plant(person.home / "tree", *NAMES)
    for key in ("theirs/a0", "ours/a0", "theirs/gone", "ours/gone"):
        put(client, bucket, key, b"one")
    words = ("--delete", "--exclude", "*deep*")
    for more in ((), ("--exclude", "a/*"), ("--size-only",)):
        theirs = person.run(
            "s3", "sync", "tree", f"s3://{bucket}/theirs", *words, *more, program=(str(AWS_V1),)
        )
        ours = person.run("sync", "tree", f"s3://{bucket}/ours", *words, *more)
        assert "Completed" not in ours.out
        told = [line for line in theirs.out.replace("\r", "\n").splitlines() if ": " in line]
        kept = [line.strip() for line in told if not line.startswith("Completed")]
        assert sorted(line.replace("theirs", "ours") for line in kept) == sorted(
            ours.out.splitlines()
        )
        assert ours.code == theirs.code
        plant(person.home / "tree", "a/b", "new", text="changed")
    keys = keys_of(client, bucket)
    assert [key[5:] for key in keys if key.startswith("ours/")] == [
        key[7:] for key in keys if key.startswith("theirs/")
    ]
