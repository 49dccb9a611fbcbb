"""PutPublicAccessBlock."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import BLOCKS, NO_BLOCKS, POLICY, open_up, statement
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_the_accounts_blocks_count_as_well(narthex: Driver, bucket: str) -> None:
    assert (await narthex.send("PUT", f"/{bucket}", BLOCKS, body=NO_BLOCKS)).status == 200
    answer = await narthex.send("PUT", f"/{bucket}", POLICY, body=statement(bucket))
    assert (answer.status, answer.code) == (403, "AccessDenied")
    await open_up(narthex, bucket)
    assert (await narthex.send("PUT", f"/{bucket}", POLICY, body=statement(bucket))).status == 204


async def test_restrict_public_buckets_shuts_strangers_out_at_once(
    narthex: Driver, bucket: str
) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await open_up(narthex, bucket)
    await narthex.send("PUT", f"/{bucket}", POLICY, body=statement(bucket))
    nobody = narthex.as_nobody()
    assert (await nobody.send("GET", f"/{bucket}/k")).status == 200
    restrict = NO_BLOCKS.replace(b"<RestrictPublicBuckets>false", b"<RestrictPublicBuckets>true")
    await narthex.send("PUT", f"/{bucket}", BLOCKS, body=restrict)
    assert (await nobody.send("GET", f"/{bucket}/k")).status == 403
    assert (await narthex.send("GET", f"/{bucket}/k")).status == 200
    link = narthex.link("GET", f"/{bucket}/k")
    assert (await narthex.url(link)).status == 200


async def test_it_refuses(narthex: Driver, bucket: str) -> None:
    for body in (b"", b"<PublicAccessBlockConfiguration/>", NO_BLOCKS.replace(b"false", b"maybe")):
        assert (await narthex.send("PUT", f"/{bucket}", BLOCKS, body=body)).status == 400
    await refuses_strangers(narthex, "PUT", f"/{bucket}", BLOCKS, body=NO_BLOCKS)
    await refuses_no_bucket(narthex, "PUT", "", BLOCKS, body=NO_BLOCKS)
    answer = await narthex.send("GET", f"/{bucket}", BLOCKS)
    assert {child.text for child in answer.xml} == {"true"}
