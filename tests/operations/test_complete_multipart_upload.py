"""CompleteMultipartUpload."""

from __future__ import annotations

import hashlib

from tests.driving import SECOND, Driver
from tests.operations.multipart import begin, complete, put_part, store
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

PARTS = (b"a" * 1500, b"b" * 20, b"c")


async def test_the_parts_are_the_object(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    answer = await store(narthex, path, PARTS)
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in PARTS)).hexdigest()
    assert (answer.status, answer.text("ETag")) == (200, f'"{digest}-3"')
    assert (answer.text("Bucket"), answer.text("Key")) == (bucket, "k")
    got = await narthex.send("GET", path)
    assert got.body == b"".join(PARTS)
    assert got.header("etag") == f'"{digest}-3"'
    part = await narthex.send("GET", path, [("partNumber", "2")])
    assert (part.status, part.body) == (206, PARTS[1])
    assert part.header("x-amz-mp-parts-count") == "3"
    across = await narthex.send("GET", path, headers=[("range", "bytes=1490-1525")])
    assert across.body == b"".join(PARTS)[1490:1526]


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    await put_part(narthex, path, upload, 1, b"x")
    query = [("uploadId", upload)]
    await refuses_strangers(narthex, "POST", path, query)
    await refuses_no_bucket(narthex, "POST", "k", query)
    assert (await narthex.send("GET", path)).status == 404


async def test_lists_that_do_not_fit_are_refused(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    one = await put_part(narthex, path, upload, 1, b"a" * 20)
    two = await put_part(narthex, path, upload, 2, b"b" * 20)
    small = await put_part(narthex, path, upload, 3, b"c")
    for parts, code in (
        ([(2, two), (1, one)], "InvalidPartOrder"),
        ([(1, one), (1, one)], "InvalidPartOrder"),
        ([(1, two)], "InvalidPart"),
        ([(1, one), (4, one)], "InvalidPart"),
        ([(1, one[:-2] + '0"')], "InvalidPart"),
        ([], "InvalidRequest"),
    ):
        answer = await complete(narthex, path, upload, parts)
        assert (answer.status, answer.code) == (400, code), parts
    last = await put_part(narthex, path, upload, 4, b"d")
    answer = await complete(narthex, path, upload, [(3, small), (4, last)])
    assert (answer.status, answer.code) == (400, "EntityTooSmall")
    assert (await narthex.send("GET", path)).status == 404
    assert (await complete(narthex, path, upload, [(1, one), (2, two)])).status == 200
    again = await complete(narthex, path, upload, [(1, one), (2, two)])
    assert (again.status, again.code) in ((404, "NoSuchUpload"), (200, None))


async def test_if_none_match_star_does_not_write_over(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    etag = await put_part(narthex, path, upload, 1, b"x")
    narthex.clock.now_us += SECOND
    await narthex.send("PUT", path, body=b"there")
    answer = await complete(narthex, path, upload, [(1, etag)], [("if-none-match", "*")])
    assert (answer.status, answer.code) == (409, "ConditionalRequestConflict")
    assert (await narthex.send("GET", path)).body == b"there"


async def test_a_lie_about_the_size_is_refused(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    etag = await put_part(narthex, path, upload, 1, b"xyz")
    for size, status in (("4", 400), ("3", 200)):
        headers = [("x-amz-mp-object-size", size)]
        answer = await complete(narthex, path, upload, [(1, etag)], headers)
        assert answer.status == status
