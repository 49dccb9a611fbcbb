"""Policies that speak of tags: those an object has, and those a request would set."""

from __future__ import annotations

import pytest

from tests.access.conftest import BUCKET, arn, put, set_policy
from tests.asking import Api, allow, deny

TAGGING = [("tagging", "")]
PLAIN = (("x-amz-tagging", "class=plain"),)
SECRET = (("x-amz-tagging", "class=secret"),)
IS_PLAIN = {"StringEquals": {"s3:ExistingObjectTag/class": "plain"}}
ASKS_PLAIN = {"StringEquals": {"s3:RequestObjectTag/class": "plain"}}
ASKS_SECRET = {"StringEquals": {"s3:RequestObjectTag/class": "secret"}}


def tagging(*tags: tuple[str, str]) -> bytes:
    """A Tagging document."""
    items = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in tags)
    return f"<Tagging><TagSet>{items}</TagSet></Tagging>".encode()


@pytest.fixture
async def tagged(root: Api) -> Api:
    """Three objects: of class plain, of class secret, and of none."""
    await put(root, "plain", headers=PLAIN)
    await put(root, "secret", headers=SECRET)
    await put(root, "untagged")
    return root


async def readable(caller: Api) -> set[str]:
    """Which of the three the caller can read, by GET, by HEAD and by a link alike."""
    found = set()
    for key in ("plain", "secret", "untagged"):
        path = f"/{BUCKET}/{key}"
        answers = {
            (await caller.s3.send("GET", path)).status,
            (await caller.s3.send("HEAD", path)).status,
            (await caller.s3.url(caller.s3.link("GET", path))).status,
        }
        assert len(answers) == 1
        if answers == {200}:
            found.add(key)
    return found


@pytest.mark.parametrize("key", ["s3:ExistingObjectTag/class", "S3:existingobjecttag/CLASS"])
async def test_an_object_is_read_by_its_tags(tagged: Api, key: str) -> None:
    bob = await tagged.user(
        "bob", allow("s3:GetObject", Condition={"StringEquals": {key: "plain"}})
    )
    assert await readable(bob) == {"plain"}
    await tagged.allow(
        "bob",
        allow("s3:GetObject"),
        deny("s3:GetObject", Condition={"StringNotEquals": {key: "plain"}}),
    )
    assert await readable(bob) == {"plain"}


@pytest.mark.parametrize(
    "spelled", ["s3:ExistingObjectTag/class", "s3:\\u0045xistingObjectTag/class"]
)
async def test_a_bucket_policy_denies_by_tags_however_json_spells_them(
    tagged: Api, spelled: str
) -> None:
    bob = await tagged.user("bob", allow("s3:GetObject"))
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",'
        f'"Action":"s3:GetObject","Resource":"{arn()}",'
        f'"Condition":{{"StringEquals":{{"{spelled}":"secret"}}}}}}]}}'
    )
    answer = await tagged.s3.send("PUT", f"/{BUCKET}", [("policy", "")], body=policy.encode())
    assert answer.status == 204, answer.body
    assert await readable(bob) == {"plain", "untagged"}


async def test_the_tags_are_those_of_now(tagged: Api) -> None:
    bob = await tagged.user("bob", allow("s3:GetObject", Condition=IS_PLAIN))
    path = f"/{BUCKET}/plain"
    link = bob.s3.link("GET", path)
    assert (await bob.s3.url(link)).status == 200
    changed = await tagged.s3.send("PUT", path, TAGGING, body=tagging(("class", "secret")))
    assert changed.status == 200
    assert (await bob.s3.url(link)).code == "AccessDenied"
    assert (await tagged.s3.send("PUT", path, TAGGING, body=tagging(("class", "plain")))).status
    assert (await bob.s3.url(link)).status == 200
    await put(tagged, "plain")  # another object under the key
    assert (await bob.s3.url(link)).code == "AccessDenied"


async def test_a_copy_is_held_to_the_tags_of_its_source(tagged: Api) -> None:
    bob = await tagged.user(
        "bob",
        allow("s3:GetObject", Condition=IS_PLAIN),
        allow(["s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"]),
    )
    for key, status in (("plain", 200), ("secret", 403), ("untagged", 403)):
        sent = [("x-amz-copy-source", f"{BUCKET}/{key}")]
        assert (await bob.s3.send("PUT", f"/{BUCKET}/copy", headers=sent)).status == status


async def test_a_batch_is_held_to_the_tags_of_each_key(tagged: Api) -> None:
    bob = await tagged.user("bob", allow("s3:DeleteObject", Condition=IS_PLAIN))
    items = "".join(f"<Object><Key>{key}</Key></Object>" for key in ("plain", "secret", "untagged"))
    body = f"<Delete>{items}</Delete>".encode()
    answer = await bob.s3.send("POST", f"/{BUCKET}", [("delete", "")], body=body)
    assert [item.text for item in answer.xml.findall("Deleted/Key")] == ["plain"]
    assert {item.text for item in answer.xml.findall("Error/Code")} == {"AccessDenied"}


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_write_sets_only_the_tags_it_may_by_header(tagged: Api, method: str) -> None:
    query = [("uploads", "")] if method == "POST" else []
    bob = await tagged.user(
        "bob", allow(["s3:PutObject", "s3:PutObjectTagging"], Condition=ASKS_PLAIN)
    )

    async def status(headers: tuple[tuple[str, str], ...]) -> int:
        body = b"x" if method == "PUT" else b""
        return (await bob.s3.send(method, f"/{BUCKET}/new", query, headers, body)).status

    assert await status(PLAIN) == 200
    assert await status(SECRET) == 403
    assert await status(()) == 403
    assert await status((("x-amz-tagging", "class=plainer"),)) == 403
    assert await status((("x-amz-tagging", "other=plain"),)) == 403


async def test_tags_by_header_need_the_right_to_tag(tagged: Api) -> None:
    bob = await tagged.user("bob", allow("s3:PutObject"))
    answer = await bob.s3.send("PUT", f"/{BUCKET}/new", headers=PLAIN, body=b"x")
    assert answer.code == "AccessDenied"
    assert b"s3:PutObjectTagging" in answer.body
    assert (await bob.s3.send("PUT", f"/{BUCKET}/new", body=b"x")).status == 200


async def test_put_object_tagging_is_held_to_the_tags_of_its_body(tagged: Api) -> None:
    path = f"/{BUCKET}/untagged"
    bob = await tagged.user("bob", allow("s3:PutObjectTagging", Condition=ASKS_PLAIN))
    refused = await bob.s3.send("PUT", path, TAGGING, body=tagging(("class", "secret")))
    assert refused.code == "AccessDenied"
    lying = await bob.s3.send("PUT", path, TAGGING, PLAIN, tagging(("class", "secret")))
    assert lying.code == "AccessDenied"  # the header sets nothing here
    assert (await tagged.s3.send("GET", path, TAGGING)).xml.findall("TagSet/Tag") == []
    assert (await bob.s3.send("PUT", path, TAGGING, body=tagging(("class", "plain")))).status == 200
    await tagged.allow(
        "bob", allow("s3:PutObjectTagging"), deny("s3:PutObjectTagging", Condition=ASKS_SECRET)
    )
    both = tagging(("class", "secret"), ("other", "x"))
    assert (await bob.s3.send("PUT", path, TAGGING, body=both)).code == "AccessDenied"
    assert (await bob.s3.send("PUT", path, TAGGING, body=tagging(("other", "x")))).status == 200


async def test_a_retagging_is_held_to_the_tags_before_it(tagged: Api) -> None:
    bob = await tagged.user("bob", allow("s3:*ObjectTagging", Condition=IS_PLAIN))
    for key, status in (("plain", 200), ("secret", 403), ("untagged", 403)):
        body = tagging(("class", "secret"))
        answer = await bob.s3.send("PUT", f"/{BUCKET}/{key}", TAGGING, body=body)
        assert answer.status == status
    answer = await bob.s3.send("DELETE", f"/{BUCKET}/plain", TAGGING)
    assert answer.code == "AccessDenied"  # it is secret now


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:PutObjectTagging"])
async def test_a_copy_does_not_carry_tags_past_a_deny(tagged: Api, action: str) -> None:
    bob = await tagged.user("bob", allow("s3:*"), deny(action, Condition=ASKS_SECRET))
    for key, status in (("plain", 200), ("secret", 403), ("untagged", 200)):
        sent = [("x-amz-copy-source", f"{BUCKET}/{key}")]
        assert (await bob.s3.send("PUT", f"/{BUCKET}/copy", headers=sent)).status == status
    replaced = [("x-amz-tagging-directive", "REPLACE"), ("x-amz-copy-source", f"{BUCKET}/plain")]
    answer = await bob.s3.send("PUT", f"/{BUCKET}/copy", headers=[*replaced, *SECRET])
    assert answer.code == "AccessDenied"
    assert (await bob.s3.send("PUT", f"/{BUCKET}/copy", headers=[*replaced, *PLAIN])).status == 200


async def test_a_tag_of_the_caller_decides_by_variable(tagged: Api) -> None:
    await set_policy(
        tagged,
        deny("s3:GetObject", arn(), Condition={"StringNotEquals": {
            "s3:ExistingObjectTag/class": "${aws:PrincipalTag/clearance, 'plain'}"}}),
    )  # fmt: skip
    bob = await tagged.user("bob", allow("s3:GetObject"))
    assert await readable(bob) == {"plain"}
    await tagged.iam("TagUser", UserName="bob", Tags=[{"Key": "clearance", "Value": "secret"}])
    assert await readable(bob) == {"secret"}


async def test_two_tags_that_differ_in_case_only_stand_for_neither(tagged: Api) -> None:
    await put(tagged, "odd", headers=(("x-amz-tagging", "class=plain&Class=secret"),))
    bob = await tagged.user("bob", allow("s3:GetObject", Condition=IS_PLAIN))
    assert (await bob.s3.send("GET", f"/{BUCKET}/odd")).code == "AccessDenied"


async def test_a_region_is_judged_where_the_body_names_it(root: Api) -> None:
    in_paris = {"StringEquals": {"s3:LocationConstraint": "eu-west-3"}}
    bob = await root.user("bob", allow("s3:CreateBucket", Condition=in_paris))

    def wanted(region: str) -> bytes:
        return (
            "<CreateBucketConfiguration><LocationConstraint>"
            f"{region}</LocationConstraint></CreateBucketConfiguration>"
        ).encode()

    assert (await bob.s3.send("PUT", "/elsewhere", body=wanted("eu-west-1"))).code == "AccessDenied"
    assert (await bob.s3.send("PUT", "/elsewhere")).code == "AccessDenied"
    assert (await bob.s3.send("PUT", "/elsewhere", body=wanted("eu-west-3"))).status == 200
