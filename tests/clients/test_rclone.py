"""rclone: put, get, list, sync, delete, in parts, by link; and refused with a wrong secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File, write_file
from tests.clients.programs import WRONG, Home, Ran

pytestmark = pytest.mark.clients

Run = Callable[..., Ran]


def rclone(home: Home, endpoint: Endpoint, secret: str) -> Run:
    """rclone with one remote, `n:`.

    It sends an ACL with every object; as on AWS, a bucket without ACLs accepts this one only.
    """
    (home.folder / "rclone.conf").write_text(
        "[n]\ntype = s3\nprovider = Other\n"
        f"endpoint = {endpoint.url}\n"
        f"access_key_id = {endpoint.access_key_id}\n"
        f"secret_access_key = {secret}\n"
        "region = us-east-2\n"
        "acl = bucket-owner-full-control\n"
        "bucket_acl = private\n"
    )

    def run(*words: str | Path) -> Ran:
        return home.run("rclone", "--config", "rclone.conf", "--retries", "1", *words)

    return run


@pytest.fixture
def run(home: Home, endpoint: Endpoint) -> Run:
    """rclone of the root."""
    return rclone(home, endpoint, endpoint.secret)


def done(ran: Ran) -> str:
    """What a run that must have succeeded printed."""
    assert ran.code == 0, ran.said
    return ran.out


def test_buckets(run: Run) -> None:
    done(run("mkdir", "n:made-by-rclone"))
    assert "made-by-rclone" in done(run("lsd", "n:"))
    done(run("rmdir", "n:made-by-rclone"))
    assert "made-by-rclone" not in done(run("lsd", "n:"))


def test_a_tree_goes_up_is_checked_and_comes_back(run: Run, home: Home, bucket: str) -> None:
    (home.folder / "tree" / "deep").mkdir(parents=True)
    files = {
        name: write_file(home.folder / "tree" / name, size)
        for name, size in (("a", 5), ("deep/é ü +%.bin", 70_000), ("deep/empty", 0))
    }
    done(run("copy", "tree", f"n:{bucket}/tree"))
    done(run("check", "tree", f"n:{bucket}/tree"))  # compares MD5 sums with the ETags
    listed = json.loads(done(run("lsjson", "-R", "--files-only", f"n:{bucket}/tree")))
    assert {item["Path"]: item["Size"] for item in listed} == {
        name: file.size for name, file in files.items()
    }
    done(run("copy", f"n:{bucket}/tree", "back"))
    for name, file in files.items():
        assert file.same(home.folder / "back" / name)
    done(run("moveto", f"n:{bucket}/tree/a", f"n:{bucket}/moved"))
    assert done(run("cat", f"n:{bucket}/moved")).encode("utf-8", "replace")
    done(run("delete", f"n:{bucket}"))
    assert done(run("lsf", "-R", "--files-only", f"n:{bucket}")) == ""


def test_parts(run: Run, home: Home, bucket: str, presentation: File) -> None:
    done(run("copyto", "--s3-upload-cutoff", "5M", presentation.path, f"n:{bucket}/p"))
    done(run("copyto", f"n:{bucket}/p", "back"))
    assert presentation.same(home.folder / "back")


def test_a_stream(run: Run, home: Home, bucket: str) -> None:
    home.done(
        "rclone", "--config", "rclone.conf", "rcat", f"n:{bucket}/stream", stdin=b"from a pipe"
    )
    assert done(run("cat", f"n:{bucket}/stream")) == "from a pipe"
    assert done(run("cat", "--offset", "5", "--count", "1", f"n:{bucket}/stream")) == "a"


def test_a_link(run: Run, home: Home, bucket: str) -> None:
    small = write_file(home.folder / "small", 1000)
    done(run("copyto", "small", f"n:{bucket}/a b"))
    link = done(run("link", "--expire", "10m", f"n:{bucket}/a b")).strip()
    home.done("curl", "-sS", "-f", "-o", "back", link)
    assert small.same(home.folder / "back")


def test_a_wrong_secret_is_refused(run: Run, home: Home, endpoint: Endpoint, bucket: str) -> None:
    small = write_file(home.folder / "small", 10)
    done(run("copyto", "small", f"n:{bucket}/k"))
    other = rclone(home, endpoint, WRONG)
    for words in (
        ["lsd", "n:"],
        ["lsf", f"n:{bucket}"],
        ["copyto", "small", f"n:{bucket}/other"],
        ["copyto", f"n:{bucket}/k", "stolen"],
        ["deletefile", f"n:{bucket}/k"],
    ):
        ran = other(*words)
        assert ran.code != 0, ran.said  # it words a refused HEAD as "doesn't exist"
    again = rclone(home, endpoint, endpoint.secret)
    assert done(again("lsf", f"n:{bucket}")) == "k\n"
    done(again("copyto", f"n:{bucket}/k", "back"))
    assert small.same(home.folder / "back")
