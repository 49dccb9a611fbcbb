"""s3cmd: put, get, list, copy, move, delete, in parts, by link; and refused with a wrong secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File, write_file
from tests.clients.programs import WRONG, Home, Ran, address

pytestmark = pytest.mark.clients

Run = Callable[..., Ran]


def s3cmd(home: Home, endpoint: Endpoint, secret: str) -> Run:
    """s3cmd with a configuration file of its own."""
    place = address(endpoint)
    (home.folder / ".s3cfg").write_text(
        "[default]\n"
        f"access_key = {endpoint.access_key_id}\n"
        f"secret_key = {secret}\n"
        f"host_base = {place}\n"
        f"host_bucket = {place}\n"  # no %(bucket)s: path style
        "use_https = False\n"
        "signature_v2 = False\n"
        "max_retries = 1\n"
    )

    def run(*words: str | Path) -> Ran:
        return home.run("s3cmd", "--no-progress", *words)

    return run


@pytest.fixture
def run(home: Home, endpoint: Endpoint) -> Run:
    """s3cmd of the root."""
    return s3cmd(home, endpoint, endpoint.secret)


def done(ran: Ran) -> str:
    """What a run that must have succeeded printed."""
    assert ran.code == 0, ran.said
    return ran.out


def test_buckets(run: Run) -> None:
    done(run("mb", "s3://made-by-s3cmd"))
    assert "s3://made-by-s3cmd" in done(run("ls"))
    done(run("rb", "s3://made-by-s3cmd"))
    assert "s3://made-by-s3cmd" not in done(run("ls"))


def test_objects(run: Run, home: Home, bucket: str) -> None:
    small = write_file(home.folder / "é ü.txt", 20_000)
    done(run("put", "é ü.txt", f"s3://{bucket}/a/é ü +.txt"))
    assert f"20000  s3://{bucket}/a/é ü +.txt" in done(run("ls", "-r", f"s3://{bucket}"))
    assert f"DIR  s3://{bucket}/a/" in done(run("ls", f"s3://{bucket}"))
    done(run("get", f"s3://{bucket}/a/é ü +.txt", "back"))
    assert small.same(home.folder / "back")
    done(run("cp", f"s3://{bucket}/a/é ü +.txt", f"s3://{bucket}/copy"))
    done(run("mv", f"s3://{bucket}/copy", f"s3://{bucket}/moved"))
    done(run("get", f"s3://{bucket}/moved", "moved"))
    assert small.same(home.folder / "moved")
    done(run("del", f"s3://{bucket}/moved"))
    done(run("del", "--recursive", "--force", f"s3://{bucket}"))
    assert done(run("ls", "-r", f"s3://{bucket}")) == ""


def test_parts(run: Run, home: Home, bucket: str, presentation: File) -> None:
    done(run("put", "--multipart-chunk-size-mb=5", presentation.path, f"s3://{bucket}/p"))
    done(run("get", f"s3://{bucket}/p", "back"))
    assert presentation.same(home.folder / "back")


def test_folders(run: Run, home: Home, bucket: str) -> None:
    (home.folder / "tree" / "deep").mkdir(parents=True)
    files = {
        name: write_file(home.folder / "tree" / name, size)
        for name, size in (("a", 5), ("deep/b", 50_000), ("deep/empty", 0))
    }
    done(run("sync", "tree/", f"s3://{bucket}/tree/"))
    done(run("sync", f"s3://{bucket}/tree/", "back/"))
    for name, file in files.items():
        assert file.same(home.folder / "back" / name)


def test_a_link(run: Run, home: Home, bucket: str) -> None:
    """s3cmd signs links with SigV2 only."""
    small = write_file(home.folder / "small", 1000)
    done(run("put", "small", f"s3://{bucket}/a b"))
    link = done(run("signurl", f"s3://{bucket}/a b", "+600")).strip()
    assert "Signature=" in link
    home.done("curl", "-sS", "-f", "-o", "back", link)
    assert small.same(home.folder / "back")
    dead = done(run("signurl", f"s3://{bucket}/a b", "1000000000")).strip()
    assert "Request has expired" in home.done("curl", "-sS", dead)


def test_a_wrong_secret_is_refused(run: Run, home: Home, endpoint: Endpoint, bucket: str) -> None:
    small = write_file(home.folder / "small", 10)
    done(run("put", "small", f"s3://{bucket}/k"))
    other = s3cmd(home, endpoint, WRONG)
    for words in (
        ["ls"],
        ["ls", f"s3://{bucket}"],
        ["put", "small", f"s3://{bucket}/other"],
        ["get", "--force", f"s3://{bucket}/k", "stolen"],
        ["del", f"s3://{bucket}/k"],
    ):
        ran = other(*words)
        assert ran.code != 0, ran.said
        assert "SignatureDoesNotMatch" in ran.err or "403" in ran.err, ran.said
    again = s3cmd(home, endpoint, endpoint.secret)
    assert done(again("ls", f"s3://{bucket}")).endswith(f"s3://{bucket}/k\n")
    done(again("get", "--force", f"s3://{bucket}/k", "back"))
    assert small.same(home.folder / "back")
