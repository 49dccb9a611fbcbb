"""GetBucketNotificationConfiguration."""

from __future__ import annotations

from tests.driving import Driver
from tests.events.receiving import (
    OF_NOTIFICATION,
    account_of,
    configure,
    filter_of,
    open_inbox,
    queue_of,
)
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_a_bucket_without_one_has_an_empty_one(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", OF_NOTIFICATION)
    assert answer.status == 200
    assert answer.xml.tag == "NotificationConfiguration"
    assert len(answer.xml) == 0


async def test_it_is_told_as_it_was_put(narthex: Driver, bucket: str) -> None:
    inbox = open_inbox(await account_of(narthex.server))
    more = filter_of(prefix="a &amp; b/", SUFFIX=".pptx")
    await configure(narthex, bucket, queue_of(inbox.arn, "s3:ObjectCreated:Put", more=more))
    answer = await narthex.send("GET", f"/{bucket}", OF_NOTIFICATION)
    entry = answer.xml.find("QueueConfiguration")
    assert entry is not None
    assert len(entry.findtext("Id") or "") == 32, "an id is made where none was sent"
    assert entry.findtext("Queue") == inbox.arn
    assert [event.text for event in entry.findall("Event")] == ["s3:ObjectCreated:Put"]
    rules = [(rule.findtext("Name"), rule.findtext("Value")) for rule in entry.iter("FilterRule")]
    assert rules == [("Prefix", "a & b/"), ("Suffix", ".pptx")]
    again = await narthex.send("GET", f"/{bucket}", OF_NOTIFICATION)
    assert again.body == answer.body


async def test_others_are_refused(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", OF_NOTIFICATION)
    await refuses_no_bucket(narthex, "GET", query=OF_NOTIFICATION)
