"""PutBucketLifecycleConfiguration."""

from __future__ import annotations

import base64
import hashlib

import pytest

from narthex.pure.lifecycle_document import MINIMUM
from tests.driving import Driver, changed
from tests.operations.lifecycles import EXPIRATION, LIFECYCLE, keep, rule, rules, tagged
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_rules_hold_from_the_next_request_on(narthex: Driver, bucket: str) -> None:
    assert (await narthex.send("PUT", f"/{bucket}/k", body=b"x")).header(EXPIRATION) is None
    answer = await keep(narthex, bucket, rule(1, id="one"))
    assert answer.body == b""
    assert answer.header(MINIMUM) == "all_storage_classes_128K"
    told = (await narthex.send("GET", f"/{bucket}/k")).header(EXPIRATION)
    assert told == 'expiry-date="Thu, 26 Nov 2026 00:00:00 GMT", rule-id="one"'
    await keep(narthex, bucket, rule(2, id="two"))
    told = (await narthex.send("GET", f"/{bucket}/k")).header(EXPIRATION)
    assert told == 'expiry-date="Fri, 27 Nov 2026 00:00:00 GMT", rule-id="two"'


async def test_rules_as_they_were_written_first_are_taken(narthex: Driver, bucket: str) -> None:
    """PutBucketLifecycle, which old clients send: a prefix in the rule, and no filter."""
    old = rule(1, id="old").replace("<Filter></Filter>", "<Prefix>a/</Prefix>")
    await keep(narthex, bucket, old)
    assert b"<Prefix>a/</Prefix>" in (await narthex.send("GET", f"/{bucket}", LIFECYCLE)).body
    assert (await narthex.send("PUT", f"/{bucket}/a/k", body=b"x")).header(EXPIRATION)
    assert (await narthex.send("PUT", f"/{bucket}/b", body=b"x")).header(EXPIRATION) is None


async def test_a_rule_without_an_id_gets_one(narthex: Driver, bucket: str) -> None:
    await keep(narthex, bucket, rule(1, id=""), rule(2, id=""))
    answer = await narthex.send("GET", f"/{bucket}", LIFECYCLE)
    ids = {element.findtext("ID") for element in answer.xml.iter("Rule")}
    assert len(ids) == 2
    assert all(ids)


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        (b"", 400, "MalformedXML", None),
        (rules(), 400, "MalformedXML", None),
        (rules(rule())[:-1], 400, "MalformedXML", None),
        (b"<!DOCTYPE a>" + rules(rule()), 400, "MalformedXML", None),
        (
            rules(rule(0)),
            400,
            "InvalidArgument",
            "'Days' for Expiration action must be a positive integer",
        ),
        (
            rules(rule(chosen=f"<And>{tagged('a', '1')}{tagged('a', '2')}</And>")),
            400,
            "InvalidRequest",
            "Duplicate Tag Keys are not allowed.",
        ),
        (
            rules(rule(does="<Transition><Days>9</Days></Transition>")),
            501,
            "NotImplemented",
            "the element `Transition` is not implemented",
        ),
        (b" " * (1024 * 1024 + 1), 400, "MaxMessageLengthExceeded", None),
    ],
)
async def test_rules_that_are_none_are_refused(
    narthex: Driver, bucket: str, body: bytes, status: int, code: str, message: str | None
) -> None:
    await keep(narthex, bucket, rule(5, id="before"))
    before = await narthex.send("GET", f"/{bucket}", LIFECYCLE)
    answer = await narthex.send("PUT", f"/{bucket}", LIFECYCLE, body=body)
    assert (answer.status, answer.code) == (status, code)
    if message is not None:
        assert answer.text("Message") == message
    assert (await narthex.send("GET", f"/{bucket}", LIFECYCLE)).body == before.body


async def test_a_document_with_one_byte_changed_is_refused(narthex: Driver, bucket: str) -> None:
    body = rules(rule())
    md5 = [("content-md5", base64.b64encode(hashlib.md5(body).digest()).decode())]
    wrong = changed(body, len(body) // 2)
    answer = await narthex.send("PUT", f"/{bucket}", LIFECYCLE, headers=md5, body=wrong)
    assert answer.code == "BadDigest"
    answer = await narthex.send("PUT", f"/{bucket}", LIFECYCLE, headers=md5, body=body)
    assert answer.status == 200


async def test_the_minimum_size_for_transitions_is_kept_for_who_asks(
    narthex: Driver, bucket: str
) -> None:
    least = [(MINIMUM, "varies_by_storage_class")]
    answer = await narthex.send("PUT", f"/{bucket}", LIFECYCLE, least, rules(rule()))
    assert answer.header(MINIMUM) == "varies_by_storage_class"
    answer = await narthex.send("GET", f"/{bucket}", LIFECYCLE)
    assert answer.header(MINIMUM) == "varies_by_storage_class"
    least = [(MINIMUM, "varies_by_storage_clasS")]
    answer = await narthex.send("PUT", f"/{bucket}", LIFECYCLE, least, rules(rule()))
    assert (answer.status, answer.code) == (400, "InvalidRequest")


async def test_strangers_and_missing_buckets_are_refused(narthex: Driver, bucket: str) -> None:
    body = rules(rule())
    await refuses_strangers(narthex, "PUT", f"/{bucket}", LIFECYCLE, body=body)
    await refuses_no_bucket(narthex, "PUT", query=LIFECYCLE, body=body)
    assert (await narthex.send("GET", f"/{bucket}", LIFECYCLE)).status == 404
