"""PutObject, as raw requests in and bytes out."""

from __future__ import annotations

import base64
import hashlib

import pytest

from tests.driving import NOON, ROOT, SECOND, Driver, changed

BODY = b"the fire, in a stalk of giant fennel"


async def test_what_was_put_is_what_is_got(narthex: Driver, bucket: str) -> None:
    put = await narthex.send("PUT", f"/{bucket}/fire.txt", body=BODY)
    assert put.status == 200
    assert put.header("etag") == f'"{hashlib.md5(BODY).hexdigest()}"'
    assert put.header("x-amz-checksum-type") == "FULL_OBJECT"
    assert put.header("x-amz-checksum-crc64nvme") is not None
    got = await narthex.send("GET", f"/{bucket}/fire.txt")
    assert (got.status, got.body) == (200, BODY)


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 1 << 20, (1 << 20) + 1, 3 << 20])
async def test_every_size_comes_back_whole(narthex: Driver, bucket: str, size: int) -> None:
    """Around the inline size (1024 in these tests) and around the block size."""
    body = bytes(range(251)) * (size // 251) + bytes(range(size % 251))
    assert (await narthex.send("PUT", f"/{bucket}/k", body=body)).status == 200
    assert (await narthex.send("GET", f"/{bucket}/k")).body == body


async def test_a_body_with_one_byte_changed_is_refused(narthex: Driver, bucket: str) -> None:
    told = hashlib.sha256(BODY).hexdigest()
    answer = await narthex.send("PUT", f"/{bucket}/k", body=changed(BODY), payload_hash=told)
    assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch")
    assert (await narthex.send("GET", f"/{bucket}/k")).status == 404


async def test_a_wrong_content_md5_is_a_bad_digest(narthex: Driver, bucket: str) -> None:
    md5 = base64.b64encode(hashlib.md5(changed(BODY)).digest()).decode()
    answer = await narthex.send("PUT", f"/{bucket}/k", headers=[("content-md5", md5)], body=BODY)
    assert (answer.status, answer.code) == (400, "BadDigest")
    assert (await narthex.send("HEAD", f"/{bucket}/k")).status == 404


async def test_nobody_may_put(narthex: Driver, bucket: str) -> None:
    answer = await narthex.as_nobody().send("PUT", f"/{bucket}/k", body=BODY)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert (await narthex.send("GET", f"/{bucket}/k")).status == 404


async def test_a_wrong_secret_may_not_put(narthex: Driver, bucket: str) -> None:
    forger = narthex.as_key(type(ROOT)(ROOT.id, ROOT.secret[:-1] + "Z"))
    answer = await forger.send("PUT", f"/{bucket}/k", body=BODY)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")


async def test_there_must_be_a_bucket(narthex: Driver) -> None:
    answer = await narthex.send("PUT", "/nobucket/k", body=BODY)
    assert (answer.status, answer.code) == (404, "NoSuchBucket")


async def test_if_none_match_star_writes_only_once(narthex: Driver, bucket: str) -> None:
    once = [("if-none-match", "*")]
    assert (await narthex.send("PUT", f"/{bucket}/k", headers=once, body=b"1")).status == 200
    answer = await narthex.send("PUT", f"/{bucket}/k", headers=once, body=b"2")
    assert (answer.status, answer.code) == (412, "PreconditionFailed")
    assert (await narthex.send("GET", f"/{bucket}/k")).body == b"1"


async def test_if_match_writes_over_exactly_what_was_seen(narthex: Driver, bucket: str) -> None:
    first = await narthex.send("PUT", f"/{bucket}/k", body=b"1")
    seen = [("if-match", first.header("etag") or "")]
    assert (await narthex.send("PUT", f"/{bucket}/k", headers=seen, body=b"2")).status == 200
    late = await narthex.send("PUT", f"/{bucket}/k", headers=seen, body=b"3")
    assert (late.status, late.code) == (412, "PreconditionFailed")
    absent = await narthex.send("PUT", f"/{bucket}/absent", headers=seen, body=b"3")
    assert (absent.status, absent.code) == (404, "NoSuchKey")


async def test_metadata_and_headers_come_back(narthex: Driver, bucket: str) -> None:
    headers = [
        ("content-type", "text/plain"),
        ("cache-control", "no-store"),
        ("content-disposition", 'attachment; filename="fire.txt"'),
        ("x-amz-meta-Titan", "Prometheus"),
        ("x-amz-tagging", "kind=fire&for=humans"),
    ]
    await narthex.send("PUT", f"/{bucket}/k", headers=headers, body=BODY)
    head = await narthex.send("HEAD", f"/{bucket}/k")
    assert head.header("content-type") == "text/plain"
    assert head.header("cache-control") == "no-store"
    assert head.header("content-disposition") == 'attachment; filename="fire.txt"'
    assert head.header("x-amz-meta-titan") == "Prometheus"
    assert head.header("x-amz-tagging-count") == "2"


async def test_a_body_cut_short_leaves_nothing(narthex: Driver, bucket: str) -> None:
    body = b"x" * 5000
    sent = narthex.signed("PUT", f"/{bucket}/k", body=body)
    answer = await narthex.raw(
        "PUT", sent.raw_path, sent.raw_query, sent.headers, [body[:2500]], cut=True
    )
    assert (answer.status, answer.code) == (400, "IncompleteBody")
    assert (await narthex.send("GET", f"/{bucket}/k")).status == 404


@pytest.mark.parametrize("header", ["x-amz-acl", "x-amz-meta-a", "x-amz-tagging"])
async def test_an_unsigned_amz_header_is_refused(narthex: Driver, bucket: str, header: str) -> None:
    sent = narthex.signed("PUT", f"/{bucket}/k", body=BODY)
    headers = (*sent.headers, (header, "public-read"))
    answer = await narthex.raw("PUT", sent.raw_path, sent.raw_query, headers, [BODY])
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.text("HeadersNotSigned") == header


@pytest.mark.parametrize(("late", "status"), [(900, 200), (901, 403)])
async def test_a_request_is_good_for_15_minutes(
    narthex: Driver, bucket: str, late: int, status: int
) -> None:
    sent = narthex.signed("PUT", f"/{bucket}/k", body=BODY)
    narthex.clock.now_us = NOON + late * SECOND
    answer = await narthex.raw("PUT", sent.raw_path, sent.raw_query, sent.headers, [BODY])
    assert answer.status == status
    if status == 403:
        assert answer.code == "RequestTimeTooSkewed"


async def test_an_unknown_sub_resource_is_not_a_put(narthex: Driver, bucket: str) -> None:
    for name in ("acl2", "retention", "legal-hold", "torrent"):
        answer = await narthex.send("PUT", f"/{bucket}/k", query=[(name, "")], body=BODY)
        assert (answer.status, answer.code) == (501, "NotImplemented")
    assert (await narthex.send("GET", f"/{bucket}/k")).status == 404


@pytest.mark.parametrize(
    "key", ["a//b", "a/../b", "./a", "%2F", "a+b", "é", "🔥", "a b", "ä/" * 300, "k" * 1024, "\x01"]
)
async def test_keys_are_opaque(narthex: Driver, bucket: str, key: str) -> None:
    assert (await narthex.send("PUT", f"/{bucket}/{key}", body=key.encode())).status == 200
    assert (await narthex.send("GET", f"/{bucket}/{key}")).body == key.encode()


async def test_a_key_of_1025_bytes_is_too_long(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("PUT", f"/{bucket}/{'k' * 1025}", body=BODY)
    assert (answer.status, answer.code) == (400, "KeyTooLongError")
