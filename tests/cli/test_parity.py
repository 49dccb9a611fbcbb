"""The same words to `aws s3` and to `narthex`, and the same bytes and exit codes back.

aws CLI v1 is the one that can be installed beside us; its exit code 255 is split by v2, whose
codes we use, into 252, 253, 254 and 255.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narthex.cli.client import Client
from tests.cli.conftest import Person, Ran
from tests.cli.test_cp import LARGE, put
from tests.clients.programs import AWS_V1

pytestmark = pytest.mark.clients

V1_GENERAL = 255
OURS_FOR_IT = (252, 253, 254, 255)


@pytest.fixture
def filled(client: Client, bucket: str) -> str:
    """A bucket with some of everything."""
    for key in ("a.txt", "dir/b.txt", "dir/deep/c", "dir2/d", "e é+&.bin"):
        put(client, bucket, key, key.encode() * 100)
    return bucket


def both(person: Person, *words: str, stdin: bytes = b"") -> tuple[Ran, Ran]:
    """What `aws s3` and `narthex` make of the same words."""
    theirs = person.run("s3", *words, stdin=stdin, program=(str(AWS_V1),))
    ours = person.run(*words, stdin=stdin)
    return theirs, ours


def alike(theirs: Ran, ours: Ran) -> None:
    """Same output, same exit code (or v2's for v1's 255)."""
    assert sorted(ours.out.splitlines()) == sorted(theirs.out.splitlines())
    if theirs.code == V1_GENERAL:
        assert ours.code in OURS_FOR_IT
    else:
        assert ours.code == theirs.code, f"{theirs}\n{ours}"


@pytest.mark.parametrize(
    "words",
    [
        ("ls",),
        ("ls", "s3://B"),
        ("ls", "s3://B/dir/"),
        ("ls", "s3://B/e é+&.bin"),
        ("ls", "s3://B/none"),
        ("ls", "s3://B", "--recursive", "--human-readable", "--summarize"),
        ("ls", "s3://B", "--summarize", "--page-size", "1"),
    ],
    ids=" ".join,
)
def test_listings_are_the_same_byte_for_byte(
    person: Person, filled: str, words: tuple[str, ...]
) -> None:
    theirs, ours = both(person, *(word.replace("B", filled) for word in words))
    assert ours.raw == theirs.raw
    assert (ours.code, ours.err) == (theirs.code, theirs.err)


@pytest.mark.parametrize(
    "words",
    [
        ("ls", "s3://no-such-bucket-at-all"),
        ("cp", "nofile", "s3://B/x"),
        ("cp", "x", "s3://no-such-bucket-at-all/x", "--no-progress"),
        ("cp", "s3://B/none", "."),
        ("cp", "s3://B/none", "-"),
        ("cp", "s3://B", "."),
        ("cp", "s3://B/dir", "got"),
        ("mv", "s3://B/a.txt", "s3://B/a.txt"),
        ("rm", "s3://B"),
        ("rm", "s3://no-such-bucket-at-all/k"),
        ("rm", "s3://no-such-bucket-at-all/k", "--recursive"),
        ("rb", "s3://B"),
        ("mb", "s3://ab"),
    ],
    ids=" ".join,
)
def test_failures_are_the_same_words(person: Person, filled: str, words: tuple[str, ...]) -> None:
    person.write("x", "x")
    theirs, ours = both(person, *(word.replace("B", filled) for word in words))
    alike(theirs, ours)
    assert ours.err == theirs.err


@pytest.mark.parametrize(
    "words",
    [
        ("cp", "x", "s3://B"),
        ("cp", "large", "s3://B/new/large"),
        ("cp", "tree", "s3://B/tree", "--recursive", "--exclude", "*", "--include", "*.txt"),
        ("cp", "tree/../x", "s3://B"),
        ("cp", "s3://B/a.txt", "got.txt"),
        ("cp", "s3://B/a.txt", "new/folder/"),
        ("cp", "s3://B/dir/", "s3://B/copy", "--recursive"),
        ("cp", "s3://B/a.txt", "s3://B/copy/"),
        ("cp", "x", "s3://B", "--dryrun"),
        ("cp", "x", "s3://B", "--only-show-errors"),
        ("rm", "s3://B/dir", "--recursive", "--dryrun"),
        ("rm", "s3://B/none"),
    ],
    ids=" ".join,
)
def test_successes_are_the_same_words(person: Person, filled: str, words: tuple[str, ...]) -> None:
    person.write("x", "x")
    person.write("large", LARGE)
    person.write("tree/a.txt", "a")
    person.write("tree/deep/b.log", "b")
    quiet = ("--no-progress",) if words[0] == "cp" else ()
    theirs, ours = both(person, *(word.replace("B", filled) for word in words), *quiet)
    alike(theirs, ours)
    assert (ours.code, ours.err) == (theirs.code, theirs.err)


def test_links_are_the_same_but_for_the_moment(person: Person) -> None:
    """Where v1 signs with SigV4: outside of the oldest regions."""
    person.environment["AWS_DEFAULT_REGION"] = "eu-central-1"
    moment = re.compile(r"X-Amz-Date=\w+|X-Amz-Signature=\w+")
    for endpoint in (person.environment["AWS_ENDPOINT_URL"], ""):
        person.environment["AWS_ENDPOINT_URL"] = endpoint
        for uri in ("s3://bucket/a b/é+&=~*().txt", "buck.et//a/../b"):
            theirs, ours = both(person, "presign", uri, "--expires-in", "7200")
            assert moment.sub("", ours.out) == moment.sub("", theirs.out)


def test_configure_writes_the_same_files(stranger: Person, tmp_path: Path) -> None:
    written: list[list[str]] = []
    for program in ((str(AWS_V1),), ()):
        person = Person(tmp_path / f"home-{len(written)}")
        person.home.mkdir()
        steps = [
            ("configure", b"AKIAIOSFODNN7EXAMPLE\nsecret\neu-central-1\njson\n"),
            ("configure", b"\nother-secret\n\n\n"),
        ]
        said = [person.run(word, stdin=stdin, program=program).out for word, stdin in steps]
        person.run("configure", "--profile", "a b", stdin=b"\n\nr\n\n", program=program)
        listed = person.run("configure", "list", program=program).out
        files = [(person.home / ".aws" / name).read_text() for name in ("config", "credentials")]
        modes = [str((person.home / ".aws" / name).stat().st_mode & 0o777)
                 for name in ("config", "credentials")]  # fmt: skip
        shown = listed.replace(str(person.home), "HOME").replace("~/", "HOME/")
        quoted = [text.replace("'a b'", '"a b"') for text in files]
        written.append([*said, shown, *quoted, *modes])
    assert written[1] == written[0]
