"""PutBucketAcl."""

from __future__ import annotations

import pytest

from tests.driving import Driver
from tests.operations.access import ACL, ALL_USERS, open_up, use_lists
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

READ = [("x-amz-acl", "public-read")]


async def test_a_public_list_lets_strangers_list(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await open_up(narthex, bucket)
    await use_lists(narthex, bucket)
    nobody = narthex.as_nobody()
    assert (await nobody.send("GET", f"/{bucket}")).status == 403
    assert (await narthex.send("PUT", f"/{bucket}", ACL, READ)).status == 200
    assert (await nobody.send("GET", f"/{bucket}")).status == 200
    assert (await nobody.send("GET", f"/{bucket}/k")).status == 403
    absent = await nobody.send("GET", f"/{bucket}/absent")  # who may list, may know
    assert (absent.status, absent.code) == (404, "NoSuchKey")
    private = [("x-amz-acl", "private")]
    assert (await narthex.send("PUT", f"/{bucket}", ACL, private)).status == 200
    assert (await nobody.send("GET", f"/{bucket}")).status == 403


async def test_a_new_bucket_takes_no_list(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("PUT", f"/{bucket}", ACL, READ)
    assert (answer.status, answer.code) == (400, "AccessControlListNotSupported")


async def test_a_public_list_is_blocked(narthex: Driver, bucket: str) -> None:
    await use_lists(narthex, bucket)
    answer = await narthex.send("PUT", f"/{bucket}", ACL, READ)
    assert (answer.status, answer.code) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([("x-amz-acl", "unheard-of")], "InvalidArgument"),
        ([*READ, ("x-amz-grant-read", 'id="x"')], "InvalidRequest"),
        ([], "MissingSecurityHeader"),
        ([("x-amz-grant-read", 'uri="http://example.org/group"')], "InvalidArgument"),
        ([("x-amz-grant-read", f'id="{"0" * 64}"')], "InvalidArgument"),
        ([("x-amz-grant-read", "nonsense")], "InvalidArgument"),
        ([("x-amz-grant-read", 'emailAddress="a@example.org"')], "MethodNotAllowed"),
    ],
)
async def test_odd_lists_are_refused(
    narthex: Driver, bucket: str, headers: list[tuple[str, str]], code: str
) -> None:
    await open_up(narthex, bucket)
    await use_lists(narthex, bucket)
    answer = await narthex.send("PUT", f"/{bucket}", ACL, headers)
    assert answer.code == code


async def test_a_list_as_a_document(narthex: Driver, bucket: str) -> None:
    await open_up(narthex, bucket)
    await use_lists(narthex, bucket)
    before = await narthex.send("GET", f"/{bucket}", ACL)
    grant = (
        '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">'
        f"<URI>{ALL_USERS}</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList>"
    )
    body = before.body.replace(b"</AccessControlList>", grant.encode())
    assert (await narthex.send("PUT", f"/{bucket}", ACL, body=body)).status == 200
    assert (await narthex.as_nobody().send("GET", f"/{bucket}")).status == 200
    broken = await narthex.send("PUT", f"/{bucket}", ACL, body=body[:-9])
    assert (broken.status, broken.code) == (400, "MalformedACLError")
    both = await narthex.send("PUT", f"/{bucket}", ACL, READ, body)
    assert (both.status, both.code) == (400, "UnexpectedContent")


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "PUT", f"/{bucket}", ACL, READ)
    await refuses_no_bucket(narthex, "PUT", "", ACL, READ)
