"""Transfers when things go wrong: cut answers, changed objects, bad bytes, Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from narthex.cli import calls
from narthex.cli.client import Client
from narthex.cli.download import download
from narthex.cli.failure import Failure
from narthex.cli.items import Item
from narthex.cli.results import Results
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import Options, Transfers
from narthex.cli.upload import upload
from narthex.cli.workers import Stopped, Workers
from tests.cli.conftest import Person, configuration_for
from tests.cli.scripted import Asked, Reply, Scripted, error, scripted

MIB = 1024 * 1024
DATA = bytes(range(256)) * (11 * 4096)  # 11 MiB: two parts
KEY = Location("bucket", "key")
CRC64 = {"x-amz-checksum-type": "FULL_OBJECT"}


class Store:
    """What an S3 server does for one object, with faults to order.

    cuts: how many of the answers to GET break off, each after `after` bytes.
    """

    def __init__(self, data: bytes, *, cuts: int = 0, after: int = 1000) -> None:
        self.data = data
        self.etag = '"first"'
        self.cuts = cuts
        self.after = after
        self.headers: dict[str, str] = {}
        self.lock = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        headers = {"ETag": self.etag, **self.headers}
        if asked.method == "HEAD":
            return Reply(200, b"", {**headers, "Content-Length": str(len(self.data))})
        if asked.headers.get("if-match", self.etag) != self.etag:
            return error("PreconditionFailed", 412)
        data, status = self.data, 200
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("range", ""))
        if found is not None:
            first, last = int(found[1]), min(int(found[2]), len(self.data) - 1)
            data, status = self.data[first : last + 1], 206
            headers["Content-Range"] = f"bytes {first}-{last}/{len(self.data)}"
        with self.lock:
            cut = self.after if self.cuts > 0 else None
            self.cuts -= 1
        return Reply(status, data, headers, cut)


@contextlib.contextmanager
def transfers_to(server: Scripted) -> Iterator[Transfers]:
    """Everything a transfer needs, without pauses between attempts."""
    client = Client(configuration_for(server.url), pause=lambda _: None)
    workers = Workers(4)
    try:
        yield Transfers(client, Options(), workers, Results("test", bar=False))
    finally:
        workers.close()


def item_of(data: bytes, target: Path) -> Item:
    """A download."""
    return Item(KEY, str(target), len(data))


@pytest.mark.parametrize("size", [100_000, len(DATA)])
def test_what_breaks_off_is_fetched_again(tmp_path: Path, size: int) -> None:
    data = DATA[:size]
    with scripted(Store(data, cuts=4)) as server, transfers_to(server) as transfers:
        download(item_of(data, tmp_path / "x"), transfers)
        assert transfers.results.bytes_done == size
    assert (tmp_path / "x").read_bytes() == data
    assert os.listdir(tmp_path) == ["x"]


def test_a_range_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    with scripted(Store(DATA, cuts=1)) as server, transfers_to(server) as transfers:
        download(item_of(DATA, tmp_path / "x"), transfers)
    ranges = sorted(asked.headers.get("range", "") for asked in server.asked)
    assert len([text for text in ranges if text]) == 3
    assert any(text in ("bytes=1000-8388607", "bytes=8389608-11534335") for text in ranges)


def test_a_download_that_keeps_breaking_off_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("before")
    with (
        scripted(Store(DATA, cuts=10_000, after=0)) as server,
        transfers_to(server) as transfers,
        pytest.raises(Failure, match=r"Connection was closed|have no bytes"),
    ):
        download(item_of(DATA, tmp_path / "x"), transfers)
    assert (tmp_path / "x").read_text() == "before"
    assert os.listdir(tmp_path) == ["x"]


def test_an_object_that_changes_meanwhile_is_not_mixed(tmp_path: Path) -> None:
    store = Store(DATA)

    def answer(asked: Asked) -> Reply:
        reply = store(asked)
        if asked.method == "HEAD":
            store.etag = '"second"'
        return reply

    with (
        scripted(answer) as server,
        transfers_to(server) as transfers,
        pytest.raises(Failure, match="PreconditionFailed"),
    ):
        download(item_of(DATA, tmp_path / "x"), transfers)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("size", [100_000, len(DATA)])
@pytest.mark.parametrize("right", [True, False])
def test_bytes_are_checked_against_the_checksum_the_server_keeps(
    tmp_path: Path, size: int, right: bool
) -> None:
    from narthex.pure.checksums import Digest

    data = DATA[:size]
    digest = Digest("CRC64NVME")
    digest.update(data if right else data[:-1] + b"!")
    store = Store(data)
    store.headers = {"x-amz-checksum-crc64nvme": digest.base64(), **CRC64}
    with scripted(store) as server, transfers_to(server) as transfers:
        if right:
            download(item_of(data, tmp_path / "x"), transfers)
            assert (tmp_path / "x").read_bytes() == data
        else:
            with pytest.raises(Failure, match="did not match calculated checksum"):
                download(item_of(data, tmp_path / "x"), transfers)
            assert os.listdir(tmp_path) == []


def test_a_server_that_answers_with_another_range_is_not_believed(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.method == "HEAD":
            return Reply(200, b"", {"Content-Length": str(len(DATA)), "ETag": '"e"'})
        return Reply(200, DATA[:1000])

    with (
        scripted(answer) as server,
        transfers_to(server) as transfers,
        pytest.raises(Failure, match="another range"),
    ):
        download(item_of(DATA, tmp_path / "x"), transfers)


def test_an_upload_whose_part_fails_is_aborted(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if "uploads" in asked.query:
            return Reply(200, b"<R><UploadId>id-1</UploadId></R>")
        if asked.query.get("partNumber") == "2":
            return error("AccessDenied", 403)
        return Reply(200, b"", {"ETag": '"e"'})

    (tmp_path / "x").write_bytes(DATA)
    with (
        scripted(answer) as server,
        transfers_to(server) as transfers,
        pytest.raises(Failure, match=r"AccessDenied\) when calling the UploadPart"),
    ):
        upload(Item(str(tmp_path / "x"), KEY, len(DATA)), transfers)
    aborts = [asked for asked in server.asked if asked.method == "DELETE"]
    assert [asked.query["uploadId"] for asked in aborts] == ["id-1"]
    assert not any(asked.method == "POST" and "uploadId" in asked.query for asked in server.asked)


def test_an_upload_that_is_called_off_is_aborted(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(DATA)

    def answer(asked: Asked) -> Reply:
        if "uploads" in asked.query:
            transfers.workers.stopping.set()
            return Reply(200, b"<R><UploadId>id-1</UploadId></R>")
        return Reply(200, b"", {"ETag": '"e"'})

    with scripted(answer) as server, transfers_to(server) as transfers, pytest.raises(Stopped):
        upload(Item(str(tmp_path / "x"), KEY, len(DATA)), transfers)
    assert [asked.method for asked in server.asked] == ["POST", "DELETE"]


def test_a_retried_part_is_sent_whole_and_counted_once(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(DATA)
    failures = [error("SlowDown", 503)] * 3
    lock = threading.Lock()

    def answer(asked: Asked) -> Reply:
        if "uploads" in asked.query:
            return Reply(200, b"<R><UploadId>id-1</UploadId></R>")
        if asked.method == "PUT":
            with lock:
                if failures:
                    return failures.pop()
        return Reply(200, b"<CompleteMultipartUploadResult/>", {"ETag": '"e"'})

    with scripted(answer) as server, transfers_to(server) as transfers:
        upload(Item(str(tmp_path / "x"), KEY, len(DATA)), transfers)
        assert transfers.results.bytes_done == len(DATA)
    sizes = {asked.query["partNumber"]: len(asked.body) for asked in server.asked if asked.body
             and asked.method == "PUT"}  # fmt: skip
    assert sizes == {"1": 8 * MIB, "2": 3 * MIB}
    complete = server.asked[-1].body.decode()
    assert complete.count("<ChecksumCRC64NVME>") == 2
    assert server.asked[-1].headers["x-amz-checksum-type"] == "FULL_OBJECT"


def test_a_file_that_shrinks_while_it_is_sent_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(DATA)

    def answer(asked: Asked) -> Reply:
        if "uploads" in asked.query:
            os.truncate(path, 1000)
            return Reply(200, b"<R><UploadId>id-1</UploadId></R>")
        return Reply(200, b"", {"ETag": '"e"'})

    with (
        scripted(answer) as server,
        transfers_to(server) as transfers,
        pytest.raises(OSError, match="became shorter"),
    ):
        upload(Item(str(path), KEY, len(DATA)), transfers)
    assert [asked.method for asked in server.asked] == ["POST", "DELETE"]


@contextlib.contextmanager
def running(person: Person, server: Scripted, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `narthex cp` against a scripted server, not waited for."""
    variables = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    with subprocess.Popen(
        [sys.executable, "-m", "narthex", "cp", *words, "--endpoint-url", server.url],
        cwd=person.home,
        env=person.variables | variables,
        stderr=subprocess.PIPE,
    ) as process:
        yield process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_aborts_the_upload(stranger: Person, number: signal.Signals) -> None:
    stranger.write("large.bin", DATA)
    sending = threading.Event()

    def answer(asked: Asked) -> Reply:
        if "uploads" in asked.query:
            return Reply(200, b"<R><UploadId>id-1</UploadId></R>")
        if asked.method == "PUT":
            sending.set()
            return error("SlowDown", 503)
        return Reply(204)

    with scripted(answer) as server:
        with running(stranger, server, "large.bin", "s3://bucket/key") as process:
            assert sending.wait(30)
            process.send_signal(number)
            _, said = process.communicate(timeout=30)
        methods = [asked.method for asked in server.asked]
    assert process.returncode == 130
    assert b"cancelled: ctrl-c received" in said
    assert b"Traceback" not in said
    assert methods[-1] == "DELETE"
    assert methods.count("POST") == 1


def test_ctrl_c_leaves_no_file_even_when_the_server_hangs(stranger: Person) -> None:
    store = Store(DATA)
    sending, ended = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Reply:
        if "range" in asked.headers:
            sending.set()
            ended.wait(30)
        return store(asked)

    with scripted(answer) as server:
        with running(stranger, server, "s3://bucket/key", "got.bin") as process:
            assert sending.wait(30)
            assert len(os.listdir(stranger.home)) == 1
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
        ended.set()
    assert process.returncode == 130
    assert os.listdir(stranger.home) == []


@pytest.mark.clients
def test_a_disk_that_is_full_is_told(person: Person, client: Client, bucket: str) -> None:
    from narthex.cli.bodies import Bytes

    calls.put_object(client, Location(bucket, "k"), Bytes(DATA))
    ran = person.run("cp", f"s3://{bucket}/k", "/dev/full")
    assert ran.code == 1
    assert "download failed:" in ran.err
    assert "No space left on device" in ran.err
