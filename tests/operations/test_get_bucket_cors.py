"""GetBucketCors."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers
from tests.operations.sharing import CORS, allow, rule


async def test_rules_come_back_as_they_were_written(narthex: Driver, bucket: str) -> None:
    more = (
        "<AllowedHeader>x-AMZ-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><ID>a&amp;b</ID>"
        "<MaxAgeSeconds>3000</MaxAgeSeconds>"
    )
    await allow(narthex, bucket, rule("PUT", "GET", origin="http://*.a:80", more=more), rule("GET"))
    answer = await narthex.send("GET", f"/{bucket}", CORS)
    assert (answer.status, answer.header("content-type")) == (200, "application/xml")
    assert answer.xml.tag == "CORSConfiguration"
    first, second = answer.xml
    assert [(child.tag, child.text) for child in first] == [
        ("ID", "a&b"),
        ("AllowedHeader", "x-AMZ-*"),
        ("AllowedMethod", "PUT"),
        ("AllowedMethod", "GET"),
        ("AllowedOrigin", "http://*.a:80"),
        ("ExposeHeader", "ETag"),
        ("MaxAgeSeconds", "3000"),
    ]
    assert [child.tag for child in second] == ["AllowedMethod", "AllowedOrigin"]


async def test_a_bucket_without_rules_says_so(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", CORS)
    assert (answer.status, answer.code) == (404, "NoSuchCORSConfiguration")
    assert answer.text("Message") == "The CORS configuration does not exist"
    assert answer.text("BucketName") == bucket


async def test_strangers_and_missing_buckets_are_refused(narthex: Driver, bucket: str) -> None:
    await allow(narthex, bucket, rule("GET"))
    await refuses_strangers(narthex, "GET", f"/{bucket}", CORS)
    await refuses_no_bucket(narthex, "GET", query=CORS)
