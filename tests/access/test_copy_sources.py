"""The source of a copy is authorised as a read, by the name that is read: traps 66 and 67."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.conftest import BUCKET, arn, put
from tests.asking import Api, allow, deny
from tests.driving import Answer

DRAWER = "drawerofbigsecrets"
Pairs = list[tuple[str, str]]


@pytest.fixture
async def two(root: Api) -> Api:
    """A second bucket, with a key of its own."""
    assert (await root.s3.send("PUT", f"/{DRAWER}")).status == 200
    await put(root, "k", bucket=DRAWER)
    await put(root, "k")
    return root


async def copy(caller: Api, source: str, target: str, headers: Pairs | None = None) -> Answer:
    """CopyObject. source: as the header spells it."""
    sent = [("x-amz-copy-source", source), *(headers or [])]
    return await caller.s3.send("PUT", f"/{target}", headers=sent)


async def copy_part(caller: Api, source: str, target: str) -> Answer:
    """UploadPartCopy, into an upload that the caller began."""
    begun = await caller.s3.send("POST", f"/{target}", [("uploads", "")])
    assert begun.status == 200
    query = [("partNumber", "1"), ("uploadId", begun.text("UploadId") or "")]
    return await caller.s3.send("PUT", f"/{target}", query, [("x-amz-copy-source", source)])


@pytest.mark.parametrize("way", [copy, copy_part])
async def test_who_may_write_here_only_copies_nothing_from_there(two: Api, way: Any) -> None:
    writer = await two.user("writer", allow("s3:PutObject", arn()))
    assert (await way(writer, f"{DRAWER}/k", f"{BUCKET}/new")).code == "AccessDenied"
    assert (await way(writer, f"{BUCKET}/k", f"{BUCKET}/new")).code == "AccessDenied"
    await two.allow("writer", allow("s3:PutObject", arn()), allow("s3:GetObject", arn("k", DRAWER)))
    assert (await way(writer, f"{DRAWER}/k", f"{BUCKET}/new")).status == 200
    assert (await way(writer, f"{DRAWER}/K", f"{BUCKET}/new")).code == "AccessDenied"


async def test_who_may_read_there_only_copies_nothing_to_here(two: Api) -> None:
    reader = await two.user("reader", allow("s3:GetObject", arn("k", DRAWER)))
    assert (await copy(reader, f"{DRAWER}/k", f"{BUCKET}/new")).code == "AccessDenied"
    assert (await two.s3.send("GET", f"/{BUCKET}/new")).code == "NoSuchKey"


@pytest.mark.parametrize("way", [copy, copy_part])
async def test_another_accounts_object_needs_both_accounts(two: Api, other: Api, way: Any) -> None:
    eve = await other.user("eve", allow("s3:PutObject"))
    assert (await other.s3.send("PUT", "/evesbucket")).status == 200
    assert (await way(eve, f"{BUCKET}/k", "evesbucket/new")).code == "AccessDenied"
    await other.allow("eve", allow("s3:*"))
    assert (await way(eve, f"{BUCKET}/k", "evesbucket/new")).code == "AccessDenied"
    assert (await way(other, f"{BUCKET}/k", "evesbucket/new")).code == "AccessDenied"
    assert (await way(other, f"{BUCKET}/absent", "evesbucket/new")).code == "AccessDenied"


@pytest.mark.parametrize(
    ("spelled", "key"),
    [
        ("a%2Bb", "a+b"),
        ("a+b", "a b"),  # as S3 decodes this header
        ("a%20b", "a b"),
        ("a%252Fb", "a%2Fb"),  # decoded once: a key with a percent sign
        ("a%2Fb", "a/b"),
        ("a/./b", "a/./b"),
        ("a/../b", "a/../b"),
        ("a//b", "a//b"),
        ("%2e%2e/b", "../b"),
        ("%C3%A9", "é"),
    ],
)
async def test_the_source_that_is_authorised_is_the_one_that_is_read(
    two: Api, spelled: str, key: str
) -> None:
    """Its name is decoded once, for both."""
    others = {"a+b", "a b", "a/b", "a%2Fb", "a/./b", "a/../b", "a//b", "../b", "é", "b"}
    for name in others:
        await put(two, name, name.encode(), DRAWER)
    exact = await two.user(
        "exact", allow("s3:GetObject", arn(key, DRAWER)), allow("s3:PutObject", arn("new"))
    )
    assert (await copy(exact, f"{DRAWER}/{spelled}", f"{BUCKET}/new")).status == 200
    assert (await two.s3.send("GET", f"/{BUCKET}/new")).body == key.encode()
    await two.allow(
        "exact",
        allow("s3:GetObject", [arn(name, DRAWER) for name in others - {key}]),
        allow("s3:PutObject", arn("new")),
    )
    assert (await copy(exact, f"{DRAWER}/{spelled}", f"{BUCKET}/new")).code == "AccessDenied"


async def test_a_version_of_the_source_needs_the_right_to_versions(two: Api) -> None:
    bob = await two.user(
        "bob", allow("s3:GetObject", arn("k", DRAWER)), allow("s3:PutObject", arn("new"))
    )
    version = f"{DRAWER}/k?versionId=null"
    assert (await copy(bob, version, f"{BUCKET}/new")).code == "AccessDenied"
    assert (await copy_part(bob, version, f"{BUCKET}/new")).code == "AccessDenied"
    await two.allow(
        "bob", allow("s3:GetObjectVersion", arn("k", DRAWER)), allow("s3:PutObject", arn("new"))
    )
    assert (await copy(bob, version, f"{BUCKET}/new")).status == 200
    assert (await copy(bob, f"{DRAWER}/k", f"{BUCKET}/new")).code == "AccessDenied"


async def test_tags_are_copied_by_those_who_may_read_and_write_tags(two: Api) -> None:
    await put(two, "tagged", bucket=DRAWER, headers=(("x-amz-tagging", "class=secret"),))
    rights = [allow("s3:GetObject", arn("*", DRAWER)), allow("s3:PutObject", arn("new"))]
    bob = await two.user("bob", *rights)
    source, target = f"{DRAWER}/tagged", f"{BUCKET}/new"
    assert (await copy(bob, source, target)).code == "AccessDenied"
    replaced = await copy(bob, source, target, [("x-amz-tagging-directive", "REPLACE")])
    assert replaced.status == 200
    await two.allow("bob", *rights, allow("s3:GetObjectTagging", arn("*", DRAWER)))
    assert (await copy(bob, source, target)).code == "AccessDenied"
    await two.allow("bob", *rights, allow(["s3:GetObjectTagging", "s3:PutObjectTagging"]))
    assert (await copy(bob, source, target)).status == 200


async def test_a_condition_on_the_copy_source_holds_it(two: Api) -> None:
    source = {"StringEquals": {"s3:x-amz-copy-source": f"{DRAWER}/k"}}
    bob = await two.user(
        "bob",
        allow("s3:GetObject"),
        allow("s3:PutObject", arn("new")),
        deny("s3:PutObject", Condition={"StringNotEquals": source["StringEquals"]}),
    )
    assert (await copy(bob, f"{DRAWER}/k", f"{BUCKET}/new")).status == 200
    assert (await copy(bob, f"{BUCKET}/k", f"{BUCKET}/new")).code == "AccessDenied"
    assert (await bob.s3.send("PUT", f"/{BUCKET}/new", body=b"x")).code == "AccessDenied"
