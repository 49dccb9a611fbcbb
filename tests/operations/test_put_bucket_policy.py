"""PutBucketPolicy."""

from __future__ import annotations

import pytest

from tests.driving import Driver
from tests.operations.access import POLICY, open_up, statement
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_a_public_policy_lets_strangers_in_until_it_goes(
    narthex: Driver, bucket: str
) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    nobody = narthex.as_nobody()
    assert (await nobody.send("GET", f"/{bucket}/k")).status == 403
    await open_up(narthex, bucket)
    answer = await narthex.send("PUT", f"/{bucket}", POLICY, body=statement(bucket))
    assert answer.status == 204
    assert (await nobody.send("GET", f"/{bucket}/k")).body == b"x"
    assert (await nobody.send("PUT", f"/{bucket}/k", body=b"y")).status == 403
    assert (await nobody.send("GET", f"/{bucket}")).status == 403
    assert (await nobody.send("GET", f"/{bucket}/absent")).status == 403
    await narthex.send("DELETE", f"/{bucket}", POLICY)
    assert (await nobody.send("GET", f"/{bucket}/k")).status == 403


async def test_a_deny_is_for_root_too(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    body = statement(bucket, "s3:*", Effect="Deny")
    assert (await narthex.send("PUT", f"/{bucket}", POLICY, body=body)).status == 204
    answer = await narthex.send("GET", f"/{bucket}/k")
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert "with an explicit deny in a resource-based policy" in (answer.text("Message") or "")
    assert (await narthex.send("GET", f"/{bucket}", POLICY)).status == 200
    assert (await narthex.send("DELETE", f"/{bucket}", POLICY)).status == 204
    assert (await narthex.send("GET", f"/{bucket}/k")).status == 200


async def test_public_access_is_blocked_by_default(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("PUT", f"/{bucket}", POLICY, body=statement(bucket))
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert (await narthex.send("GET", f"/{bucket}", POLICY)).code == "NoSuchBucketPolicy"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"not json",
        b'{"Version":"2012-10-17","Statement":[]}',
        b'{"Version":"2013-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*",'
        b'"Resource":"arn:aws:s3:::bucketofbigsecrets/*"}]}',
        statement("bucketofbigsecrets", Effect="allow"),
        statement("bucketofbigsecrets", "s3:NoSuchThing", Effect="Deny"),
        statement("bucketofbigsecrets", "ec2:RunInstances", Effect="Deny"),
        statement("bucketofbigsecrets", Effect="Deny", Resource="arn:aws:s3:::other/*"),
        statement("bucketofbigsecrets", Effect="Deny", Principal={"AWS": "nobody"}),
        statement(
            "bucketofbigsecrets",
            Effect="Deny",
            Principal={"AWS": "arn:aws:iam::123456789012:user/nobody"},
        ),
        statement("bucketofbigsecrets", Effect="Deny", Condition={"NoSuchTest": {"aws:a": "b"}}),
        statement(
            "bucketofbigsecrets", Effect="Deny", Condition={"IpAddress": {"aws:SourceIp": "x"}}
        ),
        statement("bucketofbigsecrets", Effect="Deny", Unknown="element"),
        statement("bucketofbigsecrets", Effect="Deny")[:-1] + b',"Version":"2012-10-17"}',
        b"{" + b" " * 20480 + b"}",
    ],
)
async def test_what_cannot_be_evaluated_is_refused(
    narthex: Driver, bucket: str, body: bytes
) -> None:
    answer = await narthex.send("PUT", f"/{bucket}", POLICY, body=body)
    assert answer.status == 400
    assert answer.code in ("MalformedPolicy", "MissingRequestBodyError", "MaxMessageLengthExceeded")
    assert (await narthex.send("GET", f"/{bucket}", POLICY)).status == 404


async def test_the_message_says_where_and_why(narthex: Driver, bucket: str) -> None:
    body = statement(bucket, Effect="Deny", Condition={"IpAddress": {"aws:SourceIp": "300.1.1.1"}})
    answer = await narthex.send("PUT", f"/{bucket}", POLICY, body=body)
    message = answer.text("Message") or ""
    assert "line 1" in message
    assert "300.1.1.1" in message


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    body = statement(bucket, Effect="Deny")
    await refuses_strangers(narthex, "PUT", f"/{bucket}", POLICY, body=body)
    await refuses_no_bucket(narthex, "PUT", "", POLICY, body=body)
    assert (await narthex.send("GET", f"/{bucket}", POLICY)).status == 404
