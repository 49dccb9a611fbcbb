"""Keys are opaque, versions have actions of their own, batches go key by key: traps 68-70, 74."""

from __future__ import annotations

import pytest

from tests.access.conftest import BUCKET, BYTES, arn, put
from tests.asking import Api, allow, deny

VERSION = [("versionId", "null")]


async def test_a_version_needs_the_right_to_versions(root: Api) -> None:
    bob = await root.user("bob", allow(["s3:GetObject", "s3:DeleteObject"], arn()))
    path = f"/{BUCKET}/inbox/report.pdf"
    assert (await bob.s3.send("GET", path)).status == 200
    assert (await bob.s3.send("GET", path, VERSION)).code == "AccessDenied"
    assert (await bob.s3.send("HEAD", path, VERSION)).status == 403
    assert (await bob.s3.send("DELETE", path, VERSION)).code == "AccessDenied"
    await root.allow("bob", allow("s3:GetObjectVersion", arn()))
    assert (await bob.s3.send("GET", path, VERSION)).body == BYTES
    assert (await bob.s3.send("GET", path)).code == "AccessDenied"


async def test_a_link_to_a_version_needs_it_too(root: Api) -> None:
    bob = await root.user("bob", allow("s3:GetObject", arn()))
    path = f"/{BUCKET}/inbox/report.pdf"
    assert (await bob.s3.url(bob.s3.link("GET", path))).status == 200
    link = bob.s3.link("GET", path, query=VERSION)
    assert (await bob.s3.url(link)).code == "AccessDenied"
    appended = bob.s3.link("GET", path) + "&versionId=null"
    assert (await bob.s3.url(appended)).code == "SignatureDoesNotMatch"


async def test_a_batch_is_authorised_key_by_key(root: Api) -> None:
    for key in ("mine/1", "mine/2", "theirs/1"):
        await put(root, key)
    bob = await root.user("bob", allow("s3:DeleteObject", arn("mine/*")))
    keys = ["mine/1", "theirs/1", "mine/2", "mine", "theirs/absent"]
    items = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys)
    body = f"<Delete>{items}</Delete>".encode()
    answer = await bob.s3.send("POST", f"/{BUCKET}", [("delete", "")], body=body)
    assert answer.status == 200
    deleted = [element.findtext("Key") for element in answer.xml.findall("Deleted")]
    refused = [element.findtext("Key") for element in answer.xml.findall("Error")]
    codes = {element.findtext("Code") for element in answer.xml.findall("Error")}
    assert deleted == ["mine/1", "mine/2"]
    assert (refused, codes) == (["theirs/1", "mine", "theirs/absent"], {"AccessDenied"})
    assert (await root.s3.send("GET", f"/{BUCKET}/theirs/1")).status == 200


async def test_a_batch_of_a_bucket_without_keys_deletes_no_bucket(root: Api) -> None:
    """An empty key must not be judged as the bucket, on which more may be allowed."""
    bob = await root.user("bob", allow("s3:DeleteObject", arn("")))
    body = b"<Delete><Object><Key></Key></Object></Delete>"
    answer = await bob.s3.send("POST", f"/{BUCKET}", [("delete", "")], body=body)
    assert answer.code == "MalformedXML" or answer.text("Error/Code") == "AccessDenied"


@pytest.mark.parametrize(
    "key", ["a/./b", "a/../b", "../b", "a//b", "a/b/", "%2e%2e/b", "a%2Fb", "a\\b", "A/b"]
)
async def test_a_key_is_judged_as_it_is_stored(root: Api, key: str) -> None:
    for name in (key, "a/b", "b"):
        await put(root, name, name.encode())
    exact = await root.user("exact", allow("s3:GetObject", arn(key)))
    assert (await exact.s3.send("GET", f"/{BUCKET}/{key}")).body == key.encode()
    assert (await exact.s3.send("GET", f"/{BUCKET}/a/b")).code == "AccessDenied"
    assert (await exact.s3.send("GET", f"/{BUCKET}/b")).code == "AccessDenied"
    await root.allow("exact", allow("s3:GetObject", [arn("a/b"), arn("b")]))
    assert (await exact.s3.send("GET", f"/{BUCKET}/{key}")).code == "AccessDenied"


async def test_dots_do_not_lead_out_of_what_is_denied(root: Api) -> None:
    await put(root, "public/../secret/k", b"the odd one")
    await put(root, "secret/k")
    bob = await root.user(
        "bob", allow("s3:GetObject", arn("public/*")), deny("s3:*", arn("secret/*"))
    )
    answer = await bob.s3.send("GET", f"/{BUCKET}/public/../secret/k")
    assert (answer.status, answer.body) == (200, b"the odd one")


async def test_a_users_name_is_matched_whole(root: Api) -> None:
    """`${aws:username}` of bob is not the beginning of bobby."""
    for key in ("bob/k", "bobby/k", "bo/k", "Bob/k"):
        await put(root, key)
    bob = await root.user("bob", allow("s3:GetObject", arn("${aws:username}/*")))
    assert (await bob.s3.send("GET", f"/{BUCKET}/bob/k")).status == 200
    for key in ("bobby/k", "bo/k", "Bob/k", "${aws:username}/k"):
        assert (await bob.s3.send("GET", f"/{BUCKET}/{key}")).code == "AccessDenied"


@pytest.mark.parametrize("name", ["*", "?", "b*", "bob/..", "bob:x"])
async def test_a_user_cannot_be_named_like_a_pattern(root: Api, name: str) -> None:
    with pytest.raises(Exception, match="ValidationError"):
        await root.iam("CreateUser", UserName=name)


async def test_a_tag_that_looks_like_a_pattern_is_none(root: Api) -> None:
    """The value of a variable is plain text, whatever is in it."""
    await put(root, "teams/blue/k")
    await put(root, "teams/*/k")
    bob = await root.user("bob", allow("s3:GetObject", arn("teams/${aws:PrincipalTag/team}/*")))
    await root.iam("TagUser", UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])
    assert (await bob.s3.send("GET", f"/{BUCKET}/teams/blue/k")).status == 200
    await root.iam("UntagUser", UserName="bob", TagKeys=["team"])
    assert (await bob.s3.send("GET", f"/{BUCKET}/teams/blue/k")).code == "AccessDenied"
    assert (await bob.s3.send("GET", f"/{BUCKET}/teams//k")).code == "AccessDenied"
