"""Copies between buckets: one request up to 5 GiB, ranges beyond, and what is carried along."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narthex.cli.copying import copy
from narthex.cli.failure import Failure
from narthex.cli.items import Item
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import Options
from tests.cli.scripted import Asked, Reply, error, scripted
from tests.cli.test_faults import transfers_to

GIB = 1024**3
SOURCE = Location("from", "a b/é+.txt")
TARGET = Location("to", "copy")
TAGS = b"<Tagging><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag></TagSet></Tagging>"


def store(asked: Asked) -> Reply:
    """A server with one large object."""
    if asked.method == "HEAD":
        return Reply(
            200,
            b"",
            {
                "Content-Length": str(6 * GIB),
                "Content-Type": "text/css",
                "Cache-Control": "max-age=60",
                "x-amz-meta-a": "b",
                "x-amz-tagging-count": "1",
                "x-amz-checksum-crc32": "AAAAAA==",
            },
        )
    if "tagging" in asked.query:
        return Reply(200, TAGS)
    if "uploads" in asked.query:
        return Reply(200, b"<R><UploadId>id-1</UploadId></R>")
    if asked.method == "PUT":
        number = asked.query.get("partNumber", "0")
        return Reply(200, f'<CopyPartResult><ETag>"{number}"</ETag></CopyPartResult>'.encode())
    return Reply(200, b"<CompleteMultipartUploadResult/>")


@pytest.mark.parametrize("size", [0, 1, 5 * GIB])
def test_up_to_5_gib_one_request_copies_everything(size: int) -> None:
    with scripted(store) as server, transfers_to(server) as transfers:
        copy(Item(SOURCE, TARGET, size), transfers)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("PUT", "/to/copy")
    assert asked.headers["x-amz-copy-source"] == "from/a%20b/%C3%A9%2B.txt"
    assert "x-amz-metadata-directive" not in asked.headers


def test_beyond_it_ranges_are_copied_and_what_belongs_to_the_object() -> None:
    with scripted(store) as server, transfers_to(server) as transfers:
        copy(Item(SOURCE, TARGET, 6 * GIB), transfers)
        assert transfers.results.bytes_done == 6 * GIB
    begun = next(asked for asked in server.asked if "uploads" in asked.query)
    assert begun.headers["content-type"] == "text/css"
    assert begun.headers["cache-control"] == "max-age=60"
    assert begun.headers["x-amz-meta-a"] == "b"
    assert begun.headers["x-amz-tagging"] == "a+b=c%26d"
    assert not [name for name in begun.headers if name.startswith("x-amz-checksum")]
    spans = sorted(
        (int(asked.query["partNumber"]), asked.headers["x-amz-copy-source-range"])
        for asked in server.asked
        if "partNumber" in asked.query
    )
    assert len(spans) == 12
    assert spans[0] == (1, f"bytes=0-{GIB // 2 - 1}")
    assert spans[-1] == (12, f"bytes={6 * GIB - GIB // 2}-{6 * GIB - 1}")
    document = server.asked[-1].body.decode()
    assert [f"<PartNumber>{at}</PartNumber><ETag>\"{at}\"</ETag>" in document
            for at in range(1, 13)] == [True] * 12  # fmt: skip


def test_a_replaced_copy_carries_only_what_was_said() -> None:
    options = Options(replace=True, object_headers=(("x-amz-meta-new", "1"),))
    for size in (1, 6 * GIB):
        with scripted(store) as server, transfers_to(server) as transfers:
            copy(Item(SOURCE, TARGET, size), replace(transfers, options=options))
        first = server.asked[0]
        assert first.headers["x-amz-meta-new"] == "1"
        assert first.headers["content-type"] == "text/plain"  # guessed from the source's name
        assert "x-amz-meta-a" not in first.headers
        assert ("x-amz-metadata-directive" in first.headers) == (size == 1)


def test_a_copy_that_fails_is_aborted_and_its_source_stays() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.query.get("partNumber") == "3":
            return error("AccessDenied", 403)
        return store(asked)

    moving = Options(move=True)
    with (
        scripted(answer) as server,
        transfers_to(server) as transfers,
        pytest.raises(Failure, match="AccessDenied"),
    ):
        copy(Item(SOURCE, TARGET, 6 * GIB), replace(transfers, options=moving))
    (deleted,) = [asked for asked in server.asked if asked.method == "DELETE"]
    assert (deleted.path, deleted.query["uploadId"]) == ("/to/copy", "id-1")
