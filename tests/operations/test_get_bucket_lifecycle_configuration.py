"""GetBucketLifecycleConfiguration."""

from __future__ import annotations

from narthex.pure.lifecycle_document import MINIMUM
from tests.driving import Driver
from tests.operations.lifecycles import LIFECYCLE, aborting, keep, rule, tagged
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_rules_are_told_as_they_are(narthex: Driver, bucket: str) -> None:
    chosen = f"<And><Prefix>a&amp;b/</Prefix>{tagged('color', 'red')}</And>"
    await keep(narthex, bucket, rule(3, chosen=chosen), rule(None, id="s", does=aborting(7)))
    answer = await narthex.send("GET", f"/{bucket}", LIFECYCLE)
    assert answer.status == 200
    assert answer.header("content-type") == "application/xml"
    assert answer.header(MINIMUM) == "all_storage_classes_128K"
    first, second = answer.xml.iter("Rule")
    assert first.findtext("Filter/And/Prefix") == "a&b/"
    assert first.findtext("Filter/And/Tag/Value") == "red"
    assert first.findtext("Expiration/Days") == "3"
    assert second.findtext("AbortIncompleteMultipartUpload/DaysAfterInitiation") == "7"


async def test_a_bucket_without_rules_says_so(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", LIFECYCLE)
    assert (answer.status, answer.code) == (404, "NoSuchLifecycleConfiguration")
    assert answer.text("Message") == "The lifecycle configuration does not exist"
    assert answer.text("BucketName") == bucket


async def test_strangers_and_missing_buckets_are_refused(narthex: Driver, bucket: str) -> None:
    await keep(narthex, bucket, rule())
    await refuses_strangers(narthex, "GET", f"/{bucket}", LIFECYCLE)
    await refuses_no_bucket(narthex, "GET", query=LIFECYCLE)
