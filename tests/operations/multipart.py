"""A multipart upload, step by step, as the tests of its operations need it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.driving import Answer, Driver

Pair = tuple[str, str]


async def begin(narthex: Driver, path: str, headers: Iterable[Pair] = ()) -> str:
    """A new upload's id."""
    answer = await narthex.send("POST", path, [("uploads", "")], headers)
    assert answer.status == 200
    return answer.text("UploadId") or ""


async def put_part(narthex: Driver, path: str, upload: str, number: int, body: bytes) -> str:
    """The part's ETag."""
    answer = await narthex.send("PUT", path, of_part(upload, number), body=body)
    assert answer.status == 200
    return answer.header("etag") or ""


def of_part(upload: str, number: int | str) -> list[Pair]:
    """The query of one part."""
    return [("partNumber", str(number)), ("uploadId", upload)]


def document(parts: Iterable[tuple[int, str]]) -> bytes:
    """The list of parts that completes an upload."""
    items = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in parts
    )
    return f"<CompleteMultipartUpload>{items}</CompleteMultipartUpload>".encode()


async def complete(
    narthex: Driver,
    path: str,
    upload: str,
    parts: Iterable[tuple[int, str]],
    headers: Iterable[Pair] = (),
) -> Answer:
    """What came of it."""
    query = [("uploadId", upload)]
    return await narthex.send("POST", path, query, headers, document(parts))


async def store(narthex: Driver, path: str, bodies: Sequence[bytes]) -> Answer:
    """An object made of these parts."""
    upload = await begin(narthex, path)
    parts = [
        (number, await put_part(narthex, path, upload, number, body))
        for number, body in enumerate(bodies, 1)
    ]
    return await complete(narthex, path, upload, parts)
