"""PutBucketNotificationConfiguration."""

from __future__ import annotations

import pytest

from narthex.events.target import Undelivered
from tests.driving import Driver, changed
from tests.events.receiving import (
    OF_NOTIFICATION,
    account_of,
    configure,
    configured,
    filter_of,
    open_inbox,
    queue_of,
    settle,
)
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

ARN = "arn:aws:sqs:us-east-1:123456789012:queue"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:share"
OVERLAP = (
    "Configurations overlap. Configurations on the same bucket cannot share a common event type."
)


async def test_it_holds_from_the_next_request_on(narthex: Driver, bucket: str) -> None:
    inbox = open_inbox(await account_of(narthex.server))
    await narthex.send("PUT", f"/{bucket}/before", body=b"1")
    await configure(narthex, bucket, queue_of(inbox.arn))
    await narthex.send("PUT", f"/{bucket}/within", body=b"2")
    await configure(narthex, bucket)
    await narthex.send("PUT", f"/{bucket}/after", body=b"3")
    await settle(narthex)
    assert inbox.told == [("ObjectCreated:Put", "within")]


async def test_queues_and_topics_are_sent_a_test_event(narthex: Driver, bucket: str) -> None:
    account = await account_of(narthex.server)
    queue, topic = open_inbox(account), open_inbox(account, "sns")
    function = open_inbox(account, "lambda")
    function_arn = function.arn.replace(account, f"{account}:function")
    skip = [("x-amz-skip-destination-validation", "true")]
    document = configured(
        queue_of(queue.arn, more=filter_of(prefix="a")),
        queue_of(topic.arn, kind="Topic", more=filter_of(prefix="b")),
        queue_of(function_arn, kind="CloudFunction", more=filter_of(prefix="c")),
    )
    answer = await narthex.send("PUT", f"/{bucket}", OF_NOTIFICATION, skip, document)
    assert answer.status == 200, answer.body
    await settle(narthex)
    for inbox in (queue, topic):
        (message,) = inbox.messages
        assert message == {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": "2026-11-24T12:00:00.000Z",
            "Bucket": bucket,
            "RequestId": answer.header("x-amz-request-id"),
            "HostId": answer.header("x-amz-id-2"),
        }
    assert function.messages == []


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "MalformedXML", None),
        (configured("<Else/>"), "MalformedXML", None),
        (configured(queue_of(ARN))[:-1], "MalformedXML", None),
        (configured(queue_of(ARN).replace("s3:ObjectCreated:*", "")), "InvalidArgument", None),
        (configured(queue_of(ARN, "s3:ObjectCreated:Get")), "InvalidArgument", "A specified event"),
        (configured(queue_of(ARN[:-6])), "InvalidArgument", "The ARN could not be parsed"),
        (configured(queue_of(ARN, kind="Topic")), "InvalidArgument", "The ARN could not be parsed"),
        (
            configured(queue_of(ARN, more=filter_of(infix="a"))),
            "InvalidArgument",
            "filter rule name must be either prefix or suffix",
        ),
        (
            configured(queue_of(ARN, more=filter_of(prefix="a", Prefix="b"))),
            "InvalidArgument",
            "Cannot specify more than one prefix rule in a filter.",
        ),
        (configured(queue_of(ARN), queue_of(ARN)), "InvalidArgument", OVERLAP),
        (
            configured("<EventBridgeConfiguration></EventBridgeConfiguration>"),
            "NotImplemented",
            None,
        ),
    ],
)
async def test_what_s3_refuses_is_refused(
    narthex: Driver, bucket: str, body: bytes, code: str, message: str | None
) -> None:
    skip = [("x-amz-skip-destination-validation", "true")]
    answer = await narthex.send("PUT", f"/{bucket}", OF_NOTIFICATION, skip, body)
    assert (answer.status, answer.code) == (501 if code == "NotImplemented" else 400, code)
    if message is not None:
        assert (answer.text("Message") or "").startswith(message)
    kept = await narthex.send("GET", f"/{bucket}", OF_NOTIFICATION)
    assert len(kept.xml) == 0


async def test_a_target_that_cannot_deliver_is_refused(narthex: Driver, bucket: str) -> None:
    account = await account_of(narthex.server)
    dead, absent = open_inbox(account), open_inbox(account, "sns")
    dead.absent = Undelivered("connection refused")
    absent.absent = Undelivered("no such target", permanent=True)
    document = configured(
        queue_of(dead.arn, more=filter_of(prefix="a")),
        queue_of(absent.arn, kind="Topic", more=filter_of(prefix="b")),
        queue_of(LAMBDA, kind="CloudFunction", more=filter_of(prefix="c")),
    )
    answer = await narthex.send("PUT", f"/{bucket}", OF_NOTIFICATION, body=document)
    assert (answer.status, answer.code) == (400, "InvalidArgument")
    said = [answer.text(name) for name in ("Message", "ArgumentName1", "ArgumentValue1")]
    assert said == [
        "Unable to validate the following destination configurations",
        dead.arn,
        "The destination queue cannot be reached: connection refused",
    ]
    assert answer.text("ArgumentName2") == absent.arn
    assert answer.text("ArgumentValue2") == "The destination topic does not exist"
    assert answer.text("ArgumentName3") == f"{LAMBDA}, null"
    assert answer.text("ArgumentValue3") == f"Not authorized to invoke function [{LAMBDA}]"
    skip = [("x-amz-skip-destination-validation", "true")]
    answer = await narthex.send("PUT", f"/{bucket}", OF_NOTIFICATION, skip, document)
    assert answer.status == 200


async def test_others_are_refused(narthex: Driver, bucket: str) -> None:
    inbox = open_inbox(await account_of(narthex.server))
    body = configured(queue_of(inbox.arn))
    await refuses_strangers(narthex, "PUT", f"/{bucket}", OF_NOTIFICATION, body=body)
    await refuses_no_bucket(narthex, "PUT", query=OF_NOTIFICATION, body=body)


async def test_a_changed_byte_is_refused(narthex: Driver, bucket: str) -> None:
    inbox = open_inbox(await account_of(narthex.server))
    body = configured(queue_of(inbox.arn))
    sent = narthex.signed("PUT", f"/{bucket}", OF_NOTIFICATION, body=body)
    answer = await narthex.raw(
        "PUT", sent.raw_path, sent.raw_query, sent.headers, [changed(body, len(body) // 2)]
    )
    assert answer.code == "XAmzContentSHA256Mismatch"
