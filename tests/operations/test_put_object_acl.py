"""PutObjectAcl, and lists that come with the object itself."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import ACL, open_up, use_lists
from tests.operations.multipart import begin, complete, put_part
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

READ = [("x-amz-acl", "public-read")]
PRIVATE = [("x-amz-acl", "private")]


async def test_a_public_list_lets_strangers_read_this_one(narthex: Driver, bucket: str) -> None:
    await open_up(narthex, bucket)
    await use_lists(narthex, bucket)
    for key in ("k", "other"):
        await narthex.send("PUT", f"/{bucket}/{key}", body=b"x")
    nobody = narthex.as_nobody()
    assert (await nobody.send("GET", f"/{bucket}/k")).status == 403
    assert (await narthex.send("PUT", f"/{bucket}/k", ACL, READ)).status == 200
    assert (await nobody.send("GET", f"/{bucket}/k")).body == b"x"
    assert (await nobody.send("GET", f"/{bucket}/other")).status == 403
    assert (await nobody.send("DELETE", f"/{bucket}/k")).status == 403
    assert (await nobody.send("GET", f"/{bucket}/k", ACL)).status == 403
    assert (await narthex.send("PUT", f"/{bucket}/k", ACL, PRIVATE)).status == 200
    assert (await nobody.send("GET", f"/{bucket}/k")).status == 403


async def test_a_list_that_comes_with_the_object(narthex: Driver, bucket: str) -> None:
    await open_up(narthex, bucket)
    await use_lists(narthex, bucket)
    nobody = narthex.as_nobody()
    await narthex.send("PUT", f"/{bucket}/k", headers=READ, body=b"x")
    assert (await nobody.send("GET", f"/{bucket}/k")).body == b"x"
    await narthex.send("PUT", f"/{bucket}/k", body=b"y")
    assert (await nobody.send("GET", f"/{bucket}/k")).status == 403
    upload = await begin(narthex, f"/{bucket}/parts", READ)
    etag = await put_part(narthex, f"/{bucket}/parts", upload, 1, b"z")
    await complete(narthex, f"/{bucket}/parts", upload, [(1, etag)])
    assert (await nobody.send("GET", f"/{bucket}/parts")).body == b"z"


async def test_ignore_public_acls_shuts_strangers_out(narthex: Driver, bucket: str) -> None:
    await open_up(narthex, bucket)
    await use_lists(narthex, bucket)
    await narthex.send("PUT", f"/{bucket}/k", headers=READ, body=b"x")
    body = (
        b"<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls>"
        b"</PublicAccessBlockConfiguration>"
    )
    await narthex.send("PUT", f"/{bucket}", [("publicAccessBlock", "")], body=body)
    assert (await narthex.as_nobody().send("GET", f"/{bucket}/k")).status == 403


async def test_a_new_bucket_takes_no_list(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    for answer in (
        await narthex.send("PUT", f"/{bucket}/k", ACL, READ),
        await narthex.send("PUT", f"/{bucket}/k2", headers=READ, body=b"x"),
    ):
        assert (answer.status, answer.code) == (400, "AccessControlListNotSupported")
    same = [("x-amz-acl", "bucket-owner-full-control")]
    assert (await narthex.send("PUT", f"/{bucket}/k", headers=same, body=b"x")).status == 200


async def test_it_refuses(narthex: Driver, bucket: str) -> None:
    await use_lists(narthex, bucket)
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    blocked = await narthex.send("PUT", f"/{bucket}/k", ACL, READ)
    assert (blocked.status, blocked.code) == (403, "AccessDenied")
    await refuses_strangers(narthex, "PUT", f"/{bucket}/k", ACL, PRIVATE)
    await refuses_no_bucket(narthex, "PUT", "k", ACL, PRIVATE)
    absent = await narthex.send("PUT", f"/{bucket}/absent", ACL, PRIVATE)
    assert (absent.status, absent.code) == (404, "NoSuchKey")
