"""`narthex move`: nothing is lost, whatever happens, and every key and link works as before."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from narthex.cli.serve import Endpoint, embedded
from tests.stores import moving
from tests.stores.conftest import Place, client_of
from tests.stores.moving import BLOBS, BUCKET, bytes_of, move, narthex

PART = 5 * 1024 * 1024
LAST = 24  # acknowledged objects whose bytes are read
# boto3 asks once more after a SlowDown, and the node may have ended by then.
REFUSED = ("SlowDown", "EndpointConnectionError", "ConnectionClosedError")
SOCKETS = shutil.ignore_patterns("*.sock", "*.wake")  # of a server that has ended


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, plain: dict[str, str]) -> Path:
    """The data folder of an installation that is not served now."""
    folder = tmp_path_factory.mktemp("kept") / "data"
    extra = ["--workers", "1"]
    with embedded(folder, extra=extra, environment=moving.serving(plain)) as node:
        moving.fill(node)
    return folder


@pytest.fixture
def data(kept: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(kept, tmp_path / "data", ignore=SOCKETS))


@pytest.fixture
def environment(plain: dict[str, str]) -> dict[str, str]:
    """Of commands and servers."""
    return moving.serving(plain)


# Read-only, or already ended: the window is short, and a PUT may begin behind it.
REFUSED = ("SlowDown", "EndpointConnectionError", "ConnectionClosedError")


class Writer:
    """Somebody who writes until the server takes no more; and what was acknowledged."""

    def __init__(self, node: Endpoint) -> None:
        self.done: list[str] = []
        self.code = ""
        self._node = node
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _write(self) -> None:
        client = client_of(self._node)
        for number in range(100_000):
            name = f"while {number:05}"
            size = moving.BLOB if number % 8 == 0 else 100
            try:
                client.put_object(Bucket=BUCKET, Key=name, Body=bytes_of(name, size))
            except ClientError as error:
                self.code = error.response["Error"]["Code"]
                return
            except BotoCoreError as error:
                self.code = type(error).__name__
                return
            self.done.append(name)


def wait_for_end(pid: int) -> None:
    """Until the server that has this id, a child of this process, has ended by itself."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def port_of(node: Endpoint) -> str:
    return f"127.0.0.1:{urlsplit(node.url).port}"


def root(node: Endpoint) -> dict[str, str]:
    """The same root key for a server whose folder does not have it."""
    return {
        "NARTHEX_ROOT_ACCESS_KEY_ID": node.access_key_id,
        "NARTHEX_ROOT_SECRET_ACCESS_KEY": node.secret,
    }


@pytest.mark.postgresql
def test_an_installation_moves_while_it_serves_and_comes_back(
    url: str, place: Place, environment: dict[str, str], data: Path, tmp_path: Path
) -> None:
    remote = {**environment, **place.environment}
    there = ("--from", data, "--to", url, "--to-blobs", place.url)
    back = ("--from", url, "--from-blobs", place.url, "--to", data)
    with embedded(data, extra=["--workers", "1"], environment=environment) as node:
        user, links, upload = moving.new_user(node), *begin_things(node, environment)
        with Writer(node) as writer:
            report = move(remote, *there)
        assert report["switched"]
        assert writer.code in REFUSED
        wait_for_end(node.pid)
    check_report(report, len(writer.done))

    refused = narthex(environment, "serve", "--data", data, "--listen", "127.0.0.1:0")
    assert refused.returncode == 254
    assert "this catalog moved to postgresql://" in refused.stderr

    extra = ["--workers", "1", "--catalog", url, "--blobs", place.url]
    extra += ["--master-key", str(data / "master.key")]
    settled = {**remote, **root(node)}
    with embedded(tmp_path / "node", port_of(node), extra=extra, environment=settled) as moved:
        check_things(moved, user, links, writer.done)
        finish_upload(moved, upload)
        client_of(moved).put_object(Bucket=BUCKET, Key="new", Body=b"made there")
        client_of(moved).delete_object(Bucket=BUCKET, Key="blob 00")
        again = move(remote, *back, "--master-key", data / "master.key")
        assert again["switched"]
        wait_for_end(moved.pid)

    extra = ["--workers", "1"]
    with embedded(data, port_of(node), extra=extra, environment=environment) as home:
        check_things(home, user, links, writer.done)
        client = client_of(home)
        assert client.get_object(Bucket=BUCKET, Key="new")["Body"].read() == b"made there"
        assert len(client.get_object(Bucket=BUCKET, Key="parts")["Body"].read()) == 2 * PART
        with pytest.raises(ClientError, match="NoSuchKey"):
            client.get_object(Bucket=BUCKET, Key="blob 00")


def begin_things(node: Endpoint, environment: dict[str, str]) -> tuple[list[str], str]:
    """Links (a share's page, a share's own, a signed one) and an upload with one part."""
    key = {
        "AWS_ACCESS_KEY_ID": node.access_key_id,
        "AWS_SECRET_ACCESS_KEY": node.secret,
        "AWS_ENDPOINT_URL": node.url,
    }
    target = f"s3://{BUCKET}/blob 01"
    shared = narthex({**environment, **key}, "share", target, "--raw", "--json")
    assert shared.returncode == 0, shared.stderr
    told = json.loads(shared.stdout)
    client = client_of(node)
    where = {"Bucket": BUCKET, "Key": "blob 01"}
    signed = client.generate_presigned_url("get_object", where, ExpiresIn=3600)
    upload = client.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    send_part(node, upload, 1)
    return [told["raw"], signed], upload


def send_part(node: Endpoint, upload: str, number: int) -> str:
    where = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload}
    body = bytes_of(f"part {number}", PART)
    etag: str = client_of(node).upload_part(**where, PartNumber=number, Body=body)["ETag"]
    return etag


def finish_upload(node: Endpoint, upload: str) -> None:
    """One more part, and the object."""
    client, where = client_of(node), {"Bucket": BUCKET, "Key": "parts", "UploadId": upload}
    send_part(node, upload, 2)
    listed = client.list_parts(**where)["Parts"]
    parts = [{"PartNumber": one["PartNumber"], "ETag": one["ETag"]} for one in listed]
    client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})


def check_report(report: dict[str, object], written: int) -> None:
    tables = {one["table"]: one for one in report["tables"]}  # type: ignore[attr-defined]
    assert tables["objects"]["rows"] == BLOBS + 1 + written
    assert len(tables["objects"]["digest"]) == 64
    assert report["differing"] == report["damaged"] == []
    assert float(str(report["read_only_seconds"])) < 10


def check_things(node: Endpoint, user: moving.User, links: list[str], written: list[str]) -> None:
    """Keys, policies, links and every acknowledged object."""
    for link in links:
        assert httpx.get(link).content == bytes_of("blob 01")
        assert httpx.get(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 403
    reader = client_of(user.endpoint(node.url))
    small = reader.get_object(Bucket=BUCKET, Key="small Ü")
    assert (small["Body"].read(), small["Metadata"]) == (b"small", {"a": "b"})
    assert (small["ContentType"], small["TagCount"]) == ("text/x-secret", 1)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.put_object(Bucket=BUCKET, Key="small Ü", Body=b"")
    client = client_of(node)
    assert "DeleteBucket" in client.get_bucket_policy(Bucket=BUCKET)["Policy"]
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="while ")
    assert [one["Key"] for page in pages for one in page.get("Contents", ())] == written
    for name in written[-LAST:]:
        got = client.get_object(Bucket=BUCKET, Key=name)["Body"].read()
        assert got == bytes_of(name, len(got)), name


def blobs_in(folder: Path) -> int:
    return sum(1 for _ in folder.glob("??/??/*"))


def kill_in_the_middle(data: Path, target: Path, environment: dict[str, str]) -> None:
    """A move that is killed once some of its blobs are there."""
    command = [sys.executable, "-m", "narthex", "move", "--from", str(data), "--to", str(target)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as running:
        while running.poll() is None and blobs_in(target / "blobs") < BLOBS // 4:
            os.sched_yield()
        running.send_signal(signal.SIGKILL)


def test_a_move_that_was_killed_goes_on(
    data: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    target = tmp_path / "target"
    kill_in_the_middle(data, target, environment)
    assert blobs_in(target / "blobs") >= BLOBS // 4
    refused = narthex(environment, "serve", "--data", target, "--listen", "127.0.0.1:0")
    assert refused.returncode == 254
    assert "not finished" in refused.stderr
    assert move(environment, "--from", data, "--to", target)["switched"]
    assert blobs_in(target / "blobs") == BLOBS
    told = move(environment, "--check", "--from", data, "--to", target)
    assert told["differing"] == told["missing"] == []


def first_blob(folder: Path) -> Path:
    return min((folder / "blobs").glob("??/??/*"))


def flip(file: Path) -> None:
    """One bit of it."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_damaged_bytes_are_told_and_not_copied_as_good(
    data: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    target, damaged = tmp_path / "target", first_blob(data)
    flip(damaged)
    ran = narthex(environment, "move", "--from", data, "--to", target, "--json")
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["switched"]) == (1, False)
    (found,) = told["damaged"]
    assert found["object"].startswith(f"{BUCKET}/blob ")
    assert "fails its checksum" in found["reason"]
    assert not list((target / "blobs").rglob(damaged.name))
    assert blobs_in(target / "blobs") == BLOBS - 1
    told = move(environment, "--from", data, "--to", target, "--with-damaged")
    assert told["switched"]
    assert [one["object"] for one in told["damaged"]] == [found["object"]]
    extra = ["--workers", "1"]
    with embedded(target, extra=extra, environment=environment | root_of(data)) as node:
        name = found["object"].partition("/")[2]
        with pytest.raises(ClientError):
            client_of(node).get_object(Bucket=BUCKET, Key=name)
        small = client_of(node).get_object(Bucket=BUCKET, Key="small Ü")
        assert small["Body"].read() == b"small"


def root_of(data: Path) -> dict[str, str]:
    words = (data / "credentials").read_text().split()
    found = dict(zip(words, words[2:], strict=False))
    return {
        "NARTHEX_ROOT_ACCESS_KEY_ID": found["aws_access_key_id"],
        "NARTHEX_ROOT_SECRET_ACCESS_KEY": found["aws_secret_access_key"],
    }


def test_a_check_finds_what_is_damaged_or_differs_at_the_target(
    data: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    target = tmp_path / "target"
    ends = ("--from", data, "--to", target)
    move(environment, *ends)
    damaged = first_blob(target)
    flip(damaged)
    ran = narthex(environment, "move", "--check", *ends)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert damaged.name in ran.stderr
    flip(damaged)
    assert narthex(environment, "move", "--check", *ends).returncode == 0


def test_a_move_is_taken_back_by_reopening(
    data: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    move(environment, "--from", data, "--to", tmp_path / "target")
    ran = narthex(environment, "move", "--from", data, "--to", tmp_path / "target")
    assert (ran.returncode, "already" in ran.stderr) == (254, True)
    ran = narthex(environment, "move", "--reopen", "--from", data)
    assert (ran.returncode, "It had moved to" in ran.stderr) == (0, True)
    with embedded(data, extra=["--workers", "1"], environment=environment) as node:
        client_of(node).put_object(Bucket=BUCKET, Key="again", Body=b"1")
    ran = narthex(environment, "move", "--from", data, "--to", tmp_path / "target")
    assert (ran.returncode, "is in use" in ran.stderr) == (254, True)
    told = move(environment, "--from", data, "--to", tmp_path / "target", "--overwrite")
    assert told["switched"]


@pytest.fixture
def wrong_words(data: Path, tmp_path: Path) -> dict[str, tuple[str | Path, ...]]:
    """What is refused, by a part of what is then said."""
    (tmp_path / "empty").mkdir()
    lone = tmp_path / "lone"
    shutil.copytree(data, lone, ignore=SOCKETS)
    (lone / "master.key").unlink()
    other = tmp_path / "other"
    other.mkdir()
    (other / "master.key").write_bytes(b"1" * 32)
    target = tmp_path / "target"
    return {
        "there is no catalog": ("--from", tmp_path / "empty", "--to", target),
        "name it with --master-key": ("--from", lone, "--to", target),
        "is another master key": ("--from", data, "--to", other),
        "is not the master key": (
            *("--from", data, "--to", target),
            *("--master-key", other / "master.key"),
        ),
        "are the same": ("--from", data, "--to", data),
        "are in the same place": (
            *("--from", data, "--to", target),
            *("--to-blobs", tmp_path / "data" / ".." / "data" / "blobs"),
        ),
        "--to-blobs says where": ("--from", data, "--to", "postgresql://x/y"),
        "a data folder, a file or postgresql": ("--from", data, "--to", "mysql://x/y"),
        "--reopen and --abandon go without": ("--from", data, "--to", target, "--reopen"),
    }


def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    wrong_words: dict[str, tuple[str | Path, ...]], environment: dict[str, str], data: Path
) -> None:
    for said, words in wrong_words.items():
        ran = narthex(environment, "move", *words)
        assert ran.returncode in (252, 254), said
        assert said in ran.stderr
        assert ran.stdout == ""
    told = narthex(environment, "move", "--reopen", "--from", data)
    assert "It had moved" not in told.stderr
