"""A condition key is filled by the one thing that owns it: traps 71 to 73 and 75."""

from __future__ import annotations

from pathlib import Path

import pytest

from narthex.pure.policy.context import KNOWN_KEYS, SERVER_KEYS, TAG_KEYS
from tests.access.conftest import BUCKET, arn, put, set_policy
from tests.asking import Api, allow, deny, document
from tests.driving import Driver, open_driver
from tests.operations.access import open_up

# Keys that a header owns by its very nature.
OF_HEADERS = frozenset(["aws:useragent", "aws:referer"])
DERIVED = sorted(key + "x" if key in TAG_KEYS else key for key in SERVER_KEYS - OF_HEADERS)
SPOOFED = "192.0.2.66"  # an address too, so that it could also be one
PATH = f"/{BUCKET}/inbox/report.pdf"


def spellings(key: str) -> set[str]:
    """How a client might try to set a key by a header or a parameter."""
    _, _, name = key.partition(":")
    return {key, name, f"x-amz-{name}", f"x-{name}", key.replace(":", "-"), key.replace(":", "_")}


@pytest.mark.parametrize("place", ["header", "query", "link"])
async def test_no_header_and_no_parameter_sets_a_key_of_the_server(root: Api, place: str) -> None:
    statements = [
        allow("s3:GetObject", Sid=f"S{at}", Condition={"StringEquals": {key: SPOOFED}})
        for at, key in enumerate(DERIVED)
    ]
    bob = await root.user("bob")
    await put_managed(root, "bob", statements)
    for key in DERIVED:
        names = sorted(spellings(key))
        pairs = [(name, SPOOFED) for name in names if name not in ("versionId", "prefix")]
        if place == "header":
            answer = await bob.s3.send("GET", PATH, headers=pairs)
        elif place == "query":
            answer = await bob.s3.send("GET", PATH, pairs)
        else:
            answer = await bob.s3.url(bob.s3.link("GET", PATH, query=pairs))
        assert answer.status == 403, f"{key}: {answer.body!r}"
        assert answer.code == "AccessDenied", f"{key}: {answer.body!r}"


async def put_managed(root: Api, user: str, statements: list[dict[str, object]]) -> None:
    """These statements, in as many managed policies as their size asks for."""
    for at in range(0, len(statements), 20):
        made = await root.iam(
            "CreatePolicy",
            PolicyName=f"p{at}",
            PolicyDocument=document(*statements[at : at + 20]),
        )
        await root.iam("AttachUserPolicy", UserName=user, PolicyArn=made["Policy"]["Arn"])


async def test_a_key_is_filled_from_its_own_header_only(root: Api) -> None:
    referer = {"StringEquals": {"aws:Referer": "https://example.org/"}}
    bob = await root.user("bob", allow("s3:GetObject", Condition=referer))
    sent = [("referer", "https://example.org/")]
    assert (await bob.s3.send("GET", PATH, headers=sent)).status == 200
    for name in ("aws:referer", "x-amz-referer", "referrer", "aws-referer"):
        answer = await bob.s3.send("GET", PATH, headers=[(name, sent[0][1])])
        assert answer.code == "AccessDenied"
    assert (await bob.s3.send("GET", PATH, sent)).code == "AccessDenied"


async def test_every_key_that_a_policy_may_name_is_the_servers_or_one_headers() -> None:
    """What is added to the known keys is either derived, or read where its name says."""
    others = KNOWN_KEYS - SERVER_KEYS
    listings = {"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:versionid"}
    conditions = {"s3:if-match", "s3:if-none-match"}
    locks = {key for key in others if key.startswith("s3:object-lock-")}
    assert all(key.startswith("s3:x-amz-") for key in others - listings - conditions - locks)


async def test_a_direct_client_is_the_address_of_its_socket(root: Api) -> None:
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    bob = await root.user("bob", allow("s3:GetObject", Condition=office))
    for name in ("x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "true-client-ip"):
        value = "for=203.0.113.9" if name == "forwarded" else "203.0.113.9"
        answer = await bob.s3.send("GET", PATH, headers=[(name, value)])
        assert answer.code == "AccessDenied"
    bob.s3.client = "203.0.113.9"
    assert (await bob.s3.send("GET", PATH)).status == 200
    sent = [("x-forwarded-for", "198.51.100.1")]
    assert (await bob.s3.send("GET", PATH, headers=sent)).status == 200


async def test_a_trusted_proxy_tells_the_client_and_nobody_before_it(tmp_path: Path) -> None:
    proxy = "192.0.2.7"
    async for driver in open_driver(tmp_path, trusted_proxies=(proxy,)):
        assert driver.client == proxy
        root = Api(driver)
        await driver.send("PUT", f"/{BUCKET}")
        await put(root, "inbox/report.pdf")
        office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
        bob = (await root.user("bob", allow("s3:GetObject", Condition=office))).s3
        assert await status(bob, "203.0.113.9") == 200
        assert await status(bob, "198.51.100.1") == 403
        assert await status(bob, "203.0.113.9, 198.51.100.1") == 403  # who said so was the client
        assert await status(bob, "198.51.100.1, 203.0.113.9") == 200
        assert await status(bob, f"203.0.113.9, {proxy}") == 200
        bob.client = "198.51.100.1"  # past the proxy
        assert await status(bob, "203.0.113.9") == 403


async def status(caller: Driver, chain: str) -> int:
    """How a GET with this X-Forwarded-For is answered. The host is the proxy's to tell."""
    return (await caller.send("GET", PATH, headers=[("x-forwarded-for", chain)])).status


async def test_a_link_is_held_to_the_address_of_who_follows_it(root: Api) -> None:
    bob = await root.user("bob", allow("s3:GetObject"))
    link = bob.s3.link("GET", PATH)
    outside = deny("s3:GetObject", arn(), Condition={
        "StringEquals": {"s3:authType": "REST-QUERY-STRING"},
        "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
    })  # fmt: skip
    assert (await bob.s3.url(link)).status == 200
    await set_policy(root, outside)
    assert (await bob.s3.url(link)).code == "AccessDenied"
    assert (await bob.s3.url(link, headers=[("x-forwarded-for", "203.0.113.9")])).status == 403
    assert (await bob.s3.send("GET", PATH)).status == 200  # not by a link
    bob.s3.client = "203.0.113.9"
    assert (await bob.s3.url(link)).status == 200


@pytest.mark.parametrize(
    ("tags", "status"),
    [("a=1", 200), ("a=1&b=2", 200), ("a=1&secret=2", 403), ("secret=2", 403), ("", 200)],
)
async def test_partly_overlapping_sets(root: Api, tags: str, status: int) -> None:
    """ForAllValues with a negated operator: not one of the keys is `secret`."""
    none_secret = {"ForAllValues:StringNotEquals": {"s3:RequestObjectTagKeys": "secret"}}
    bob = await root.user("bob", allow("s3:PutObject*", Condition=none_secret))
    sent = [("x-amz-tagging", tags)] if tags else []
    answer = await bob.s3.send("PUT", f"/{BUCKET}/k", headers=sent, body=b"x")
    assert answer.status == status


async def test_listing_is_allowed_on_the_bucket_and_by_its_prefix(root: Api) -> None:
    bob = await root.user("bob", allow("s3:ListBucket", arn("*")))
    assert (await bob.s3.send("GET", f"/{BUCKET}")).code == "AccessDenied"
    inbox = {"StringLike": {"s3:prefix": "inbox/*"}, "StringEquals": {"s3:delimiter": "/"}}
    await root.allow("bob", allow("s3:ListBucket", arn(""), Condition=inbox))
    delimiter = ("delimiter", "/")
    for path in (f"/{BUCKET}", f"/{BUCKET}?list-type=2"):
        query = [("list-type", "2")] if "list" in path else []
        whole = [*query, ("prefix", "inbox/"), delimiter]
        assert (await bob.s3.send("GET", f"/{BUCKET}", whole)).status == 200
        for refused in (
            [],
            [delimiter],
            [("prefix", "inbox/")],
            [("prefix", "out"), delimiter],
            [("Prefix", "inbox/"), delimiter],
            [("prefix", "inbox"), delimiter],
        ):
            answer = await bob.s3.send("GET", f"/{BUCKET}", [*query, *refused])
            assert answer.code == "AccessDenied", refused
        headers = [("prefix", "inbox/"), ("s3:prefix", "inbox/")]
        answer = await bob.s3.send("GET", f"/{BUCKET}", [*query, delimiter], headers)
        assert answer.code == "AccessDenied"


async def test_the_first_of_two_prefixes_is_judged_and_listed(root: Api) -> None:
    inbox = {"StringEquals": {"s3:prefix": "inbox/"}}
    bob = await root.user("bob", allow("s3:ListBucket", arn(""), Condition=inbox))
    await put(root, "outbox/k")
    both = [("prefix", "inbox/"), ("prefix", "outbox/")]
    for query in (both, both[::-1]):
        answer = await bob.s3.send("GET", f"/{BUCKET}", query)
        if answer.status == 200:
            assert {item.text for item in answer.xml.findall("Contents/Key")} == {
                "inbox/report.pdf"
            }
        else:
            assert answer.code == "AccessDenied"


async def test_a_prefix_that_no_listing_reads_opens_nothing(root: Api) -> None:
    """Who may list a part of the bucket learns of no absence elsewhere."""
    inbox = {"StringEquals": {"s3:prefix": "inbox/"}}
    bob = await root.user(
        "bob", allow("s3:ListBucket", arn(""), Condition=inbox), allow("s3:GetObject")
    )
    for query in ([], [("prefix", "inbox/")]):
        answer = await bob.s3.send("GET", f"/{BUCKET}/outbox/absent", query)
        assert (answer.status, answer.code) == (403, "AccessDenied")


async def test_the_time_is_the_servers(root: Api) -> None:
    until = {"DateLessThan": {"aws:CurrentTime": "2026-11-24T12:30:00Z"}}
    bob = await root.user("bob", allow("s3:GetObject", Condition=until))
    link = bob.s3.link("GET", PATH)
    assert (await bob.s3.url(link)).status == 200
    root.s3.clock.now_us += 30 * 60 * 1_000_000
    assert (await bob.s3.url(link)).code == "AccessDenied"
    spoof = [("date", "Tue, 24 Nov 2026 12:00:00 GMT"), ("aws:currenttime", "2026-11-24T12:00:00Z")]
    assert (await bob.s3.url(link, headers=spoof)).code == "AccessDenied"


async def test_plain_http_is_denied_where_tls_is_asked_for(root: Api) -> None:
    await set_policy(
        root, deny("s3:*", [arn(), arn("")], Condition={"Bool": {"aws:SecureTransport": "false"}})
    )
    assert (await root.s3.send("GET", PATH)).code == "AccessDenied"
    sent = [("x-forwarded-proto", "https")]
    assert (await root.s3.send("GET", PATH, headers=sent)).code == "AccessDenied"


async def test_anonymous_has_no_name_tags_or_signature(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    await set_policy(
        root,
        allow("s3:GetObject", arn("inbox/*")),
        deny("s3:GetObject", arn(), Condition={
            "StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}),
    )  # fmt: skip
    nobody = root.s3.as_nobody()
    assert (await nobody.send("GET", PATH)).code == "AccessDenied"
    spoof = [("s3:signatureversion", "AWS4-HMAC-SHA256")]
    assert (await nobody.send("GET", PATH, headers=spoof)).code == "AccessDenied"
    assert (await root.s3.send("GET", PATH)).status == 200
    await set_policy(
        root,
        allow("s3:GetObject", arn("${aws:username}/*")),
        allow("s3:GetObject", arn("inbox/*"), Condition={"StringLike": {"aws:username": "*"}}),
        allow("s3:GetObject", arn("inbox/*"), Condition={"StringLike": {"s3:authType": "*"}}),
    )
    assert (await nobody.send("GET", PATH)).code == "AccessDenied"
