"""Every change of an object is told of once, as S3 tells it, in the transaction of the change."""

from __future__ import annotations

import json
from typing import Any

from narthex.catalog import delivery_log
from narthex.catalog.delivery_log import BEHIND_ALL
from tests.driving import SECOND, Driver
from tests.events.receiving import Inbox, account_of, configure, filter_of, queue_of, settle
from tests.form_bodies import Form
from tests.operations.access import open_up, statement
from tests.operations.multipart import store
from tests.posting import post

TAGS = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
HELLO = "5d41402abc4b2a76b9719d911017c592"  # MD5 of b"hello"


async def test_an_upload_is_told_as_s3_tells_it(narthex: Driver, bucket: str, inbox: Inbox) -> None:
    narthex.clock.now_us += SECOND + 42_000
    put = await narthex.send("PUT", f"/{bucket}/red flower@x/ü.jpg", body=b"hello")
    await settle(narthex)
    account = await account_of(narthex.server)
    _, message = inbox.messages
    sequencer = message["Records"][0]["s3"]["object"].pop("sequencer")
    assert len(sequencer) == 18
    assert int(sequencer, 16) > 0
    assert sequencer == sequencer.upper()
    owner = message["Records"][0]["s3"]["bucket"]["ownerIdentity"].pop("principalId")
    assert len(owner) == 64, "the canonical id of the bucket's account"
    assert message == {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "us-east-1",
                "eventTime": "2026-11-24T12:00:01.042Z",
                "eventName": "ObjectCreated:Put",
                "userIdentity": {"principalId": f"AWS:{account}"},
                "requestParameters": {"sourceIPAddress": narthex.client},
                "responseElements": {
                    "x-amz-request-id": put.header("x-amz-request-id"),
                    "x-amz-id-2": put.header("x-amz-id-2"),
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "all",
                    "bucket": {
                        "name": bucket,
                        "ownerIdentity": {},
                        "arn": f"arn:aws:s3:::{bucket}",
                    },
                    "object": {
                        "key": "red+flower%40x/%C3%BC.jpg",
                        "size": 5,
                        "eTag": HELLO,
                    },
                },
            }
        ]
    }


async def test_each_way_to_change_an_object_has_its_event(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    await narthex.send("PUT", f"/{bucket}/a", body=b"hello")
    await narthex.send("PUT", f"/{bucket}/b", headers=[("x-amz-copy-source", f"{bucket}/a")])
    await post(narthex, Form(bucket, (("key", "c"),)))
    await store(narthex, f"/{bucket}/d", [b"x" * 16])
    await narthex.send("PUT", f"/{bucket}/a", [("tagging", "")], body=TAGS)
    await narthex.send("DELETE", f"/{bucket}/a", [("tagging", "")])
    acl = [("x-amz-acl", "bucket-owner-full-control")]
    await narthex.send("PUT", f"/{bucket}/a", [("acl", "")], acl)
    await narthex.send("DELETE", f"/{bucket}/a")
    await settle(narthex)
    by_name = {record["eventName"]: record for record in inbox.records}
    assert sorted(inbox.told) == sorted(
        [
            ("ObjectCreated:Put", "a"),
            ("ObjectCreated:Copy", "b"),
            ("ObjectCreated:Post", "c"),
            ("ObjectCreated:CompleteMultipartUpload", "d"),
            ("ObjectTagging:Put", "a"),
            ("ObjectTagging:Delete", "a"),
            ("ObjectAcl:Put", "a"),
            ("ObjectRemoved:Delete", "a"),
        ]
    )
    assert by_name["ObjectCreated:CompleteMultipartUpload"]["s3"]["object"]["eTag"].endswith("-1")
    removed = by_name["ObjectRemoved:Delete"]
    assert removed["eventVersion"] == "2.1"
    assert set(removed["s3"]["object"]) == {"key", "sequencer"}
    for name in ("ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put"):
        assert by_name[name]["eventVersion"] == "2.3"
        assert set(by_name[name]["s3"]["object"]) == {"key", "eTag"}


async def test_deleting_many_tells_of_each_that_was_there(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    for key in "ab":
        await narthex.send("PUT", f"/{bucket}/{key}", body=b"hello")
    keys = "".join(f"<Object><Key>{key}</Key></Object>" for key in "abc")
    body = f"<Delete>{keys}</Delete>".encode()
    await narthex.send("POST", f"/{bucket}", [("delete", "")], body=body)
    await narthex.send("DELETE", f"/{bucket}/a")
    await settle(narthex)
    removed = [key for name, key in inbox.told if name == "ObjectRemoved:Delete"]
    assert sorted(removed) == ["a", "b"]


async def test_what_is_refused_is_not_told_of(narthex: Driver, bucket: str, inbox: Inbox) -> None:
    await narthex.send("PUT", f"/{bucket}/a", body=b"hello")
    none = [("if-none-match", "*")]
    refused = await narthex.send("PUT", f"/{bucket}/a", headers=none, body=b"again")
    assert refused.status == 412
    wrong = [("if-match", '"00000000000000000000000000000000"')]
    refused = await narthex.send("DELETE", f"/{bucket}/a", headers=wrong)
    assert refused.status == 412
    await settle(narthex)
    assert inbox.told == [("ObjectCreated:Put", "a")]


async def test_filters_see_the_decoded_key(narthex: Driver, bucket: str, inbox: Inbox) -> None:
    more = filter_of(prefix="in box/", suffix=".pptx")
    await configure(narthex, bucket, queue_of(inbox.arn, more=more))
    for key in ("in box/a.pptx", "in box/a.ppt", "in+box/a.pptx", "in box/.pptx", "a.pptx"):
        await narthex.send("PUT", f"/{bucket}/{key}", body=b"hello")
    await settle(narthex)
    assert inbox.told == [
        ("ObjectCreated:Put", "in+box/a.pptx"),
        ("ObjectCreated:Put", "in+box/.pptx"),
    ]


async def test_sequencers_order_the_events_of_a_key(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    for _ in range(5):
        await narthex.send("PUT", f"/{bucket}/a", body=b"hello")
        await narthex.send("DELETE", f"/{bucket}/a")
    await settle(narthex)
    sequencers = [record["s3"]["object"]["sequencer"] for record in inbox.records]
    assert sequencers == sorted(set(sequencers))
    assert [name for name, _ in inbox.told] == ["ObjectCreated:Put", "ObjectRemoved:Delete"] * 5


async def test_no_secret_and_no_signature_is_told(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    link = narthex.link("PUT", f"/{bucket}/by-link")
    await narthex.url(link, "PUT", body=b"hello")
    sent = narthex.signed("PUT", f"/{bucket}/by-header", body=b"hello")
    await narthex.raw("PUT", sent.raw_path, sent.raw_query, sent.headers, [b"hello"])
    signatures = [link.rpartition("=")[2]]
    authorization = dict(sent.headers)["authorization"]
    signatures.append(authorization.rpartition("=")[2])
    rows: list[Any] = await narthex.server.catalog.fetch("SELECT payload, lane FROM deliveries")
    text = json.dumps(rows)
    assert "by-link" in text
    assert narthex.key is not None
    for secret in (*signatures, authorization, narthex.key.secret, "X-Amz-"):
        assert secret not in text


async def test_nobody_is_told_of_as_anonymous(narthex: Driver, bucket: str, inbox: Inbox) -> None:
    await open_up(narthex, bucket)
    policy = statement(bucket, "s3:PutObject")
    answer = await narthex.send("PUT", f"/{bucket}", [("policy", "")], body=policy)
    assert answer.status == 204
    put = await narthex.as_nobody().send("PUT", f"/{bucket}/a", body=b"hello")
    assert put.status == 200
    await settle(narthex)
    assert inbox.records[0]["userIdentity"] == {"principalId": "Anonymous"}


async def test_a_bucket_without_a_configuration_tells_nothing(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/a", body=b"hello")
    account = await account_of(narthex.server)
    assert await delivery_log.newest(narthex.server.catalog, account, BEHIND_ALL, 10) == []
