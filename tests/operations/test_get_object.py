"""GetObject: bytes, ranges, conditions, overrides."""

from __future__ import annotations

import pytest

from tests.driving import NOON, SECOND, Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

BODY = bytes(range(256)) * 8  # 2048 bytes: a blob in these tests


@pytest.fixture(params=[1, 2048], ids=["inline", "blob"])
async def path(narthex: Driver, bucket: str, request: pytest.FixtureRequest) -> str:
    """A small object in the catalog's row, and a larger one in a file."""
    body = BODY[: request.param * 1000] if request.param == 1 else BODY
    put = await narthex.send("PUT", f"/{bucket}/k", body=body, headers=[("content-type", "a/b")])
    assert put.status == 200
    return f"/{bucket}/k"


async def test_it_answers_with_the_headers_of_the_object(narthex: Driver, path: str) -> None:
    got = await narthex.send("GET", path)
    assert got.status == 200
    assert got.header("content-type") == "a/b"
    assert got.header("content-length") == str(len(got.body))
    assert got.header("accept-ranges") == "bytes"
    assert got.header("last-modified") == "Tue, 24 Nov 2026 12:00:00 GMT"
    assert got.header("x-amz-request-id")
    assert got.header("x-amz-id-2")
    assert got.header("x-content-type-options") == "nosniff"
    assert got.header("x-amz-checksum-crc64nvme") is None


async def test_it_tells_the_checksum_when_asked(narthex: Driver, path: str) -> None:
    got = await narthex.send("GET", path, headers=[("x-amz-checksum-mode", "ENABLED")])
    assert got.header("x-amz-checksum-crc64nvme")
    assert got.header("x-amz-checksum-type") == "FULL_OBJECT"


async def test_it_refuses_strangers(narthex: Driver, path: str) -> None:
    await refuses_strangers(narthex, "GET", path)
    await refuses_no_bucket(narthex, "GET", "k")


async def test_there_must_be_a_key(narthex: Driver, path: str) -> None:
    answer = await narthex.send("GET", f"{path}2")
    assert (answer.status, answer.code, answer.text("Key")) == (404, "NoSuchKey", "k2")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=5-", 5, None), ("bytes=-3", -3, None), ("bytes=0-0", 0, 1)],
)
async def test_ranges(narthex: Driver, path: str, asked: str, start: int, end: int) -> None:
    whole = (await narthex.send("GET", path)).body
    got = await narthex.send("GET", path, headers=[("range", asked)])
    assert (got.status, got.body) == (206, whole[start:end])
    first = start % len(whole)
    last = first + len(got.body) - 1
    assert got.header("content-range") == f"bytes {first}-{last}/{len(whole)}"


async def test_a_range_behind_the_end_selects_nothing(narthex: Driver, path: str) -> None:
    answer = await narthex.send("GET", path, headers=[("range", "bytes=5000-")])
    assert (answer.status, answer.code) == (416, "InvalidRange")
    assert answer.text("RangeRequested") == "bytes=5000-"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=x", "lines=1-2", "bytes=5-2"])
async def test_odd_ranges_are_the_whole(narthex: Driver, path: str, asked: str) -> None:
    answer = await narthex.send("GET", path, headers=[("range", asked)])
    assert answer.status == 200


async def test_conditions(narthex: Driver, path: str) -> None:
    etag = (await narthex.send("HEAD", path)).header("etag") or ""
    other = f'"{"0" * 32}"'
    earlier, later = "Tue, 24 Nov 2026 11:59:59 GMT", "Tue, 24 Nov 2026 12:00:00 GMT"
    table = [
        (("if-match", etag), 200),
        (("if-match", other), 412),
        (("if-none-match", etag), 304),
        (("if-none-match", other), 200),
        (("if-modified-since", later), 304),
        (("if-modified-since", earlier), 200),
        (("if-unmodified-since", later), 200),
        (("if-unmodified-since", earlier), 412),
    ]
    for condition, status in table:
        answer = await narthex.send("GET", path, headers=[condition])
        assert answer.status == status, condition
        if status == 304:
            assert answer.body == b""
            assert answer.header("etag") == etag


async def test_conditions_tell_nothing_to_those_who_may_not_know(
    narthex: Driver, path: str
) -> None:
    answer = await narthex.as_nobody().send("GET", path, headers=[("if-none-match", "*")])
    assert answer.status == 403


async def test_if_range_goes_on_only_with_the_same_object(narthex: Driver, path: str) -> None:
    etag = (await narthex.send("HEAD", path)).header("etag") or ""
    same = [("range", "bytes=1-2"), ("if-range", etag)]
    assert (await narthex.send("GET", path, headers=same)).status == 206
    changed = [("range", "bytes=1-2"), ("if-range", f'"{"0" * 32}"')]
    assert (await narthex.send("GET", path, headers=changed)).status == 200


async def test_overrides_in_a_signed_query(narthex: Driver, path: str) -> None:
    query = [
        ("response-content-type", "text/x-other"),
        ("response-content-disposition", 'attachment; filename="file (1)!\'*.txt"'),
        ("response-cache-control", "no-cache"),
    ]
    got = await narthex.send("GET", path, query=query)
    assert got.header("content-type") == "text/x-other"
    assert got.header("content-disposition") == 'attachment; filename="file (1)!\'*.txt"'
    assert got.header("cache-control") == "no-cache"


async def test_an_override_with_a_line_break_is_refused(narthex: Driver, path: str) -> None:
    query = [("response-content-type", "text/plain\r\nset-cookie: a=b")]
    answer = await narthex.send("GET", path, query=query)
    assert answer.status == 400


async def test_an_override_by_nobody_is_refused(narthex: Driver, path: str) -> None:
    query = [("response-content-type", "text/html")]
    answer = await narthex.as_nobody().send("GET", path, query=query)
    assert answer.status in (400, 403)


async def test_a_page_that_could_run_is_sandboxed(narthex: Driver, bucket: str) -> None:
    for name in ("text/html", "image/svg+xml"):
        await narthex.send("PUT", f"/{bucket}/p", headers=[("content-type", name)], body=b"<p>")
        got = await narthex.send("GET", f"/{bucket}/p")
        assert got.header("content-security-policy") == "sandbox"


async def test_a_pre_signed_link_works_until_its_second(narthex: Driver, path: str) -> None:
    whole = (await narthex.send("GET", path)).body
    link = narthex.link("GET", path, expires_in=60)
    assert (await narthex.url(link)).body == whole
    narthex.clock.now_us = NOON + 59 * SECOND
    assert (await narthex.url(link)).status == 200
    narthex.clock.now_us = NOON + 60 * SECOND
    late = await narthex.url(link)
    assert (late.status, late.code) == (403, "AccessDenied")
    assert late.text("Message") == "Request has expired"
    assert late.text("X-Amz-Expires") == "60"
    assert late.text("Expires") == "2026-11-24T12:01:00Z"
    assert late.text("ServerTime") == "2026-11-24T12:01:00Z"


async def test_an_expired_link_is_a_page_to_a_browser(narthex: Driver, path: str) -> None:
    link = narthex.link("GET", path, expires_in=60)
    narthex.clock.now_us = NOON + 3600 * SECOND
    page = await narthex.url(link, headers=[("accept", "text/html,*/*;q=0.8")])
    assert page.status == 403
    assert page.header("content-type") == "text/html; charset=utf-8"
    for word in (b"Request has expired", b"403 AccessDenied", b"2026-11-24T12:01:00Z"):
        assert word in page.body
    assert b"X-Amz-Signature" not in page.body


async def test_a_link_with_any_letter_changed_is_refused(narthex: Driver, path: str) -> None:
    link = narthex.link("GET", path, expires_in=60)
    start = link.index("/", 8)
    for place in range(start, len(link), 7):
        other = "b" if link[place] != "b" else "c"
        answer = await narthex.url(link[:place] + other + link[place + 1 :])
        assert answer.status in (400, 403, 404), link[place - 5 : place + 5]
        assert answer.status != 404 or place < start + 3  # only ever another path's refusal


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
async def test_a_link_is_for_one_method(narthex: Driver, path: str, method: str) -> None:
    answer = await narthex.url(narthex.link("GET", path, expires_in=60), method)
    assert answer.status == 403
