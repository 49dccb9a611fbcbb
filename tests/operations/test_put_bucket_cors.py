"""PutBucketCors."""

from __future__ import annotations

import base64
import hashlib

import pytest

from tests.driving import Driver, changed
from tests.operations.refusals import refuses_no_bucket, refuses_strangers
from tests.operations.sharing import CORS, allow, preflight, rule, rules, told


async def test_rules_hold_from_the_next_request_on(narthex: Driver, bucket: str) -> None:
    assert (await preflight(narthex, f"/{bucket}/k")).status == 403
    answer = await narthex.send("PUT", f"/{bucket}", CORS, body=rules(rule("GET")))
    assert (answer.status, answer.body) == (200, b"")
    assert (await preflight(narthex, f"/{bucket}/k")).status == 200
    await allow(narthex, bucket, rule("PUT"))
    assert (await preflight(narthex, f"/{bucket}/k")).status == 403
    assert told(await preflight(narthex, f"/{bucket}/k", "PUT"))["allow-methods"] == "PUT"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "MalformedXML", None),
        (rules(), "MalformedXML", None),
        (rules(*[rule("GET")] * 101), "MalformedXML", None),
        (rules(rule()), "MalformedXML", None),
        (rules(rule("GET"))[:-1], "MalformedXML", None),
        (b"<!DOCTYPE a>" + rules(rule("GET")), "MalformedXML", None),
        (
            rules(rule("PATCH")),
            "InvalidRequest",
            "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
        ),
        (
            rules(rule("GET", origin="*a*")),
            "InvalidRequest",
            'AllowedOrigin "*a*" can not have more than one wildcard.',
        ),
        (b" " * (64 * 1024 + 1), "MaxMessageLengthExceeded", None),
    ],
)
async def test_rules_that_are_none_are_refused(
    narthex: Driver, bucket: str, body: bytes, code: str, message: str | None
) -> None:
    await allow(narthex, bucket, rule("GET"))
    answer = await narthex.send("PUT", f"/{bucket}", CORS, body=body)
    assert (answer.status, answer.code) == (400, code)
    if message is not None:
        assert answer.text("Message") == message
    assert (await preflight(narthex, f"/{bucket}/k")).status == 200


async def test_a_document_with_one_byte_changed_is_refused(narthex: Driver, bucket: str) -> None:
    body = rules(rule("GET"))
    md5 = [("content-md5", base64.b64encode(hashlib.md5(body).digest()).decode())]
    wrong = changed(body, len(body) // 2)
    answer = await narthex.send("PUT", f"/{bucket}", CORS, headers=md5, body=wrong)
    assert answer.code == "BadDigest"
    assert (await narthex.send("PUT", f"/{bucket}", CORS, headers=md5, body=body)).status == 200


async def test_strangers_and_missing_buckets_are_refused(narthex: Driver, bucket: str) -> None:
    body = rules(rule("GET"))
    await refuses_strangers(narthex, "PUT", f"/{bucket}", CORS, body=body)
    await refuses_no_bucket(narthex, "PUT", query=CORS, body=body)
    assert (await narthex.send("GET", f"/{bucket}", CORS)).status == 404
