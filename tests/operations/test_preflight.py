"""Preflights, and what every other answer tells the page that asked for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest

from narthex.catalog import Catalog, Row, Transaction, Value, buckets
from tests.driving import ROOT, Driver, open_driver
from tests.form_bodies import Form
from tests.operations.sharing import ORIGIN, allow, preflight, rule, told
from tests.posting import post
from tests.pure.signing import Link

T = TypeVar("T")
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
MORE = (
    "<AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>"
    "<ExposeHeader>x-amz-id-2</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds>"
)
NAMED = {
    "allow-origin": ORIGIN,
    "allow-credentials": "true",
    "allow-methods": "GET, PUT",
    "vary": VARY,
}


async def test_a_browser_that_may_is_told_so(narthex: Driver, bucket: str) -> None:
    await allow(narthex, bucket, rule("GET", "PUT", more=MORE))
    for path in (f"/{bucket}", f"/{bucket}/k", f"/{bucket}/absent"):
        answer = await preflight(narthex, path, "PUT", headers="X-Amz-Date,x-amz-acl")
        assert (answer.status, answer.body) == (200, b"")
        assert told(answer) == {
            **NAMED,
            "allow-headers": "x-amz-date, x-amz-acl",
            "expose-headers": "ETag, x-amz-id-2",
            "max-age": "3000",
        }
        assert answer.header("x-amz-request-id")


async def test_where_any_page_may_read_credentials_are_not_mentioned(
    narthex: Driver, bucket: str
) -> None:
    """Trap 90: any origin reflected together with credentials."""
    await allow(narthex, bucket, rule("GET", origin="*"))
    wanted = {"allow-origin": "*", "allow-methods": "GET", "vary": VARY}
    for origin in ("https://evil.example", "null"):
        assert told(await preflight(narthex, f"/{bucket}/k", origin=origin)) == wanted
        got = await narthex.send("GET", f"/{bucket}/k", headers=[("origin", origin)])
        assert told(got) == wanted


async def test_a_preflight_without_an_origin_is_a_bad_request(narthex: Driver, bucket: str) -> None:
    for path in (f"/{bucket}/k", "/nosuchbucket", "/"):
        answer = await preflight(narthex, path, origin=None)
        assert (answer.status, answer.code) == (400, "BadRequest")
        assert answer.text("Message") == "Insufficient information. Origin request header needed."
        assert told(answer) == {}


@pytest.mark.parametrize(
    ("method", "reported"), [("PUT", "PUT"), (None, "OPTIONS"), ("GET", "GET")]
)
async def test_a_bucket_without_rules_allows_nothing(
    narthex: Driver, bucket: str, method: str | None, reported: str
) -> None:
    answer = await preflight(narthex, f"/{bucket}/k", method)
    assert (answer.status, answer.code) == (403, "AccessForbidden")
    assert answer.text("Message") == "CORSResponse: CORS is not enabled for this bucket."
    assert (answer.text("Method"), answer.text("ResourceType")) == (reported, "BUCKET")
    assert told(answer) == {}


@pytest.mark.parametrize("path", ["/nosuchbucket", "/nosuchbucket/k", "/Not_A-Bucket", "/"])
async def test_a_bucket_that_is_not_there_is_not_found(narthex: Driver, path: str) -> None:
    answer = await preflight(narthex, path)
    assert (answer.status, answer.code) == (403, "AccessForbidden")
    assert answer.text("Message") == "CORSResponse: Bucket not found"


@pytest.mark.parametrize(
    ("method", "origin", "headers"),
    [
        ("GET", "https://b.example", None),
        ("GET", "http://a.example", None),
        ("GET", "https://a.example:443", None),
        ("DELETE", ORIGIN, None),
        ("PATCH", ORIGIN, None),
        (None, ORIGIN, None),
        ("GET", ORIGIN, "content-type"),
        ("GET", ORIGIN, "x-amz-date, content-type"),
    ],
)
async def test_what_no_rule_allows_is_forbidden(
    narthex: Driver, bucket: str, method: str | None, origin: str, headers: str | None
) -> None:
    await allow(narthex, bucket, rule("GET", "PUT", more=MORE))
    answer = await preflight(narthex, f"/{bucket}/k", method, origin=origin, headers=headers)
    assert (answer.status, answer.code) == (403, "AccessForbidden")
    assert answer.text("Message") == (
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
        "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers "
        "are not whitelisted by the resource's CORS spec."
    )
    assert (answer.text("Method"), answer.text("ResourceType")) == (method or "OPTIONS", "OBJECT")
    assert told(answer) == {}


async def test_the_first_rule_that_matches_is_told(narthex: Driver, bucket: str) -> None:
    await allow(narthex, bucket, rule("PUT"), rule("GET", "PUT", origin="*"))
    assert told(await preflight(narthex, f"/{bucket}/k", "PUT"))["allow-origin"] == ORIGIN
    assert told(await preflight(narthex, f"/{bucket}/k", "GET"))["allow-origin"] == "*"


async def test_a_preflight_is_never_asked_for_a_signature(narthex: Driver, bucket: str) -> None:
    """It belongs to a signed link, and the browser cannot sign it."""
    await allow(narthex, bucket, rule("PUT"))
    link = Link("PUT", f"/{bucket}/k", headers=(("host", narthex.host),)).request()
    for query in (link.raw_query, "X-Amz-Signature=junk", "Signature=junk&uploads", "unknown=1"):
        answer = await preflight(narthex, f"/{bucket}/k", "PUT", query=query)
        assert answer.status == 200


async def test_a_virtual_host_names_the_bucket_too(tmp_path: Any) -> None:
    async for narthex in open_driver(tmp_path, domain=("s3.test",)):
        await narthex.send("PUT", "/hosted")
        await allow(narthex, "hosted", rule("GET"))
        narthex.host = "hosted.s3.test"
        assert (await preflight(narthex, "/k")).status == 200
        assert told(await narthex.send("GET", "/k", headers=[("origin", ORIGIN)]))
        narthex.host = "other.s3.test"
        assert (await preflight(narthex, "/hosted/k")).status == 403


async def test_answers_are_told_to_the_page_that_asked(narthex: Driver, bucket: str) -> None:
    await allow(narthex, bucket, rule("GET", "PUT", more=MORE))
    asking = [("origin", ORIGIN)]
    wanted = {**NAMED, "expose-headers": "ETag, x-amz-id-2", "max-age": "3000"}
    put = await narthex.send("PUT", f"/{bucket}/k", headers=asking, body=b"x")
    got = await narthex.send("GET", f"/{bucket}/k", headers=asking)
    assert (put.status, told(put)) == (200, wanted)
    assert (got.status, got.body, told(got)) == (200, b"x", wanted)


async def test_refusals_are_told_to_the_page_that_asked(narthex: Driver, bucket: str) -> None:
    """Else a script sees a network error where S3 tells it why."""
    await allow(narthex, bucket, rule("GET", "PUT", "POST"))
    asking = [("origin", ORIGIN)]
    forger = narthex.as_key(type(ROOT)(ROOT.id, "wrong"))
    for caller, method, path, status in (
        (narthex, "GET", f"/{bucket}/absent", 404),
        (narthex.as_nobody(), "GET", f"/{bucket}/absent", 403),
        (forger, "PUT", f"/{bucket}/k", 403),
        (narthex, "POST", f"/{bucket}/k", 405),
        (narthex, "GET", f"/{bucket}/%00%FF", 404),
    ):
        answer = await caller.send(method, path, headers=asking)
        assert answer.status == status
        assert told(answer)["allow-origin"] == ORIGIN
    bad = await narthex.raw("GET", f"/{bucket}/%", "", [("host", "h"), *asking])
    assert (bad.status, bad.code) == (400, "InvalidURI")


async def test_forms_are_answered_to_the_page_that_sent_them(narthex: Driver, bucket: str) -> None:
    """Trap 65: CORS headers that are missing on POST."""
    await allow(narthex, bucket, rule("POST"))
    asking = [("origin", ORIGIN)]
    wanted = {**NAMED, "allow-methods": "POST"}
    for fields, status in (
        ((), 204),
        ((("success_action_status", "201"),), 201),
        ((("success_action_redirect", "https://a.example/"),), 303),
    ):
        answer = await post(narthex, Form(bucket, (("key", "k"), *fields)), headers=asking)
        assert (answer.status, told(answer)) == (status, wanted)
    refused = await post(narthex, Form(bucket, more=(("acl", "x"),)), headers=asking)
    assert (refused.status, told(refused)) == (403, wanted)
    cut = await post(narthex, Form(bucket), headers=asking, kind="text/plain")
    assert (cut.status, told(cut)) == (412, wanted)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("origin", "https://b.example")],
        [("origin", ORIGIN), ("access-control-request-method", "DELETE")],
        [("origin", ORIGIN), ("access-control-request-headers", "content-type")],
    ],
)
async def test_a_request_that_no_rule_allows_is_served_without_a_word(
    narthex: Driver, bucket: str, headers: list[tuple[str, str]]
) -> None:
    await allow(narthex, bucket, rule("GET", "PUT", more=MORE))
    put = await narthex.send("PUT", f"/{bucket}/k", headers=headers, body=b"x")
    assert (put.status, told(put)) == (200, {})
    got = await narthex.send("GET", f"/{bucket}/k", headers=headers)
    assert (got.status, got.body, told(got)) == (200, b"x", {})


async def test_rules_let_nobody_in(narthex: Driver, bucket: str) -> None:
    await allow(narthex, bucket, rule("GET", origin="*"))
    answer = await narthex.as_nobody().send("GET", f"/{bucket}", headers=[("origin", ORIGIN)])
    assert (answer.status, answer.code) == (403, "AccessDenied")


async def test_rules_that_cannot_be_read_are_not_taken_for_none(
    narthex: Driver, bucket: str
) -> None:
    """What is damaged on disk fails, for those whom it concerns."""
    catalog = narthex.server.catalog

    async def damage(tx: Transaction) -> None:
        found = await buckets.find(tx, bucket)
        assert found is not None
        await buckets.attach(tx, found.id, "cors", "<CORSConfiguration/>")

    await catalog.run(damage)
    assert (await preflight(narthex, f"/{bucket}/k")).status == 500
    asked = await narthex.send("GET", f"/{bucket}", headers=[("origin", ORIGIN)])
    assert (asked.status, told(asked)) == (500, {})
    assert (await narthex.send("GET", f"/{bucket}")).status == 200


@dataclass
class Counting:
    """A catalog that counts what is read of it."""

    catalog: Catalog
    reads: int = 0

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        self.reads += 1
        return await self.catalog.fetch(sql, values)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        self.reads += 1
        return await self.catalog.fetch_one(sql, values)

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return await self.catalog.run(work)

    def recent(self) -> None:
        """Nothing is remembered here, so that every read counts."""

    async def latest(self) -> None:
        """Nor here."""

    async def call(self) -> None:
        """Nobody listens."""

    async def listen(self, hear: Callable[[], None]) -> None:
        """There is nothing to hear."""

    async def clock(self) -> None:
        """It has none of its own."""

    async def close(self) -> None:
        await self.catalog.close()


async def test_who_does_not_ask_costs_nothing(narthex: Driver, bucket: str) -> None:
    """Without an Origin header the catalog is read as often with rules as without them."""
    counting = Counting(narthex.server.catalog)
    counted = Driver(replace(narthex.server, catalog=counting), narthex.clock)

    async def reads(*headers: tuple[str, str]) -> int:
        counting.reads = 0
        assert (await counted.send("GET", f"/{bucket}/k", headers=headers)).status == 404
        return counting.reads

    await reads()
    without = await reads()
    await allow(narthex, bucket, rule("GET"))
    await reads(("origin", ORIGIN))
    assert await reads() == without
    assert await reads(("origin", ORIGIN)) == without + 1  # the bucket; its rules are remembered
