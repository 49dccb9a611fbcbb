"""Authorisation comes before conditions, ranges and absence: trap 77. What is unknown: trap 84."""

from __future__ import annotations

import re

import pytest

from narthex.s3.route import SUBRESOURCES
from tests.access.conftest import BUCKET, arn, put, set_policy
from tests.asking import Api, allow
from tests.driving import Answer
from tests.operations.access import open_up

PATH = f"/{BUCKET}/inbox/report.pdf"
ABSENT = f"/{BUCKET}/inbox/absent"
PAST, FUTURE = "Mon, 01 Jan 2024 00:00:00 GMT", "Fri, 01 Jan 2027 00:00:00 GMT"
CONDITIONS: list[list[tuple[str, str]]] = [
    [("if-match", '"0"')],
    [("if-match", "*")],
    [("if-none-match", "*")],
    [("if-modified-since", FUTURE)],
    [("if-unmodified-since", PAST)],
    [("range", "bytes=1000000-")],
    [("range", "bytes=0-1"), ("if-range", '"0"')],
]


def same(one: Answer, two: Answer) -> bool:
    """The answers differ by their request's id and key only."""

    def bare(answer: Answer) -> tuple[int, str]:
        text = answer.body.decode().replace("absent", "report.pdf")
        return answer.status, re.sub("<(RequestId|HostId)>[^<]*", "", text)

    return bare(one) == bare(two)


@pytest.mark.parametrize("headers", [[], *CONDITIONS], ids=str)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_forbidden_object_tells_nothing_by_its_conditions(
    root: Api, method: str, headers: list[tuple[str, str]]
) -> None:
    bob = await root.user("bob", allow("s3:GetObject", arn("outbox/*")))
    for caller in (bob.s3, bob.s3.as_nobody()):
        there = await caller.send(method, PATH, headers=headers)
        gone = await caller.send(method, ABSENT, headers=headers)
        assert there.status == 403
        assert same(there, gone)
        assert there.header("etag") is None
        assert there.header("last-modified") is None


@pytest.mark.parametrize(
    "query", [[("partNumber", "2")], [("versionId", "nonsense")], [("response-expires", "x")]]
)
async def test_a_forbidden_object_tells_nothing_by_its_parameters(
    root: Api, query: list[tuple[str, str]]
) -> None:
    bob = await root.user("bob")
    there, gone = await bob.s3.send("GET", PATH, query), await bob.s3.send("GET", ABSENT, query)
    assert there.code == "AccessDenied"
    assert same(there, gone)


@pytest.mark.parametrize("headers", CONDITIONS[:3], ids=str)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_forbidden_write_tells_nothing_by_its_conditions(
    root: Api, method: str, headers: list[tuple[str, str]]
) -> None:
    bob = await root.user("bob", allow("s3:GetObject"))
    body = b"x" if method == "PUT" else b""
    there = await bob.s3.send(method, PATH, headers=headers, body=body)
    assert there.code == "AccessDenied"
    assert same(there, await bob.s3.send(method, ABSENT, headers=headers, body=body))


async def test_a_forbidden_copy_source_tells_nothing_by_its_conditions(root: Api) -> None:
    bob = await root.user("bob", allow("s3:PutObject", arn()))
    for condition in ("-if-match", "-if-none-match", "-if-modified-since", "-if-unmodified-since"):
        value = PAST if condition.endswith("since") else '"0"'
        answers = []
        for key in ("report.pdf", "absent"):
            source = ("x-amz-copy-source", f"{BUCKET}/inbox/{key}")
            sent = [source, (f"x-amz-copy-source{condition}", value)]
            answers.append(await bob.s3.send("PUT", f"/{BUCKET}/new", headers=sent))
        assert answers[0].code == "AccessDenied"
        assert same(*answers)


async def test_absence_is_told_to_those_who_may_list(root: Api) -> None:
    bob = await root.user("bob", allow("s3:GetObject", arn()))
    assert (await bob.s3.send("GET", ABSENT)).code == "AccessDenied"
    assert (await bob.s3.send("HEAD", ABSENT)).status == 403
    assert (await bob.s3.url(bob.s3.link("GET", ABSENT))).code == "AccessDenied"
    await root.allow("bob", allow("s3:GetObject", arn()), allow("s3:ListBucket", arn("")))
    assert (await bob.s3.send("GET", ABSENT)).code == "NoSuchKey"
    assert (await bob.s3.send("HEAD", ABSENT)).status == 404
    await root.allow("bob", allow("s3:ListBucket", arn("")))
    assert (await bob.s3.send("GET", ABSENT)).code == "AccessDenied"  # who may not read, may not


async def test_an_insider_is_told_why_and_a_stranger_is_not(root: Api, other: Api) -> None:
    bob = await root.user("bob")
    told = (await bob.s3.send("GET", PATH)).text("Message") or ""
    assert told.startswith("User: arn:aws:iam::")
    assert told.endswith(
        ":user/bob is not authorized to perform: s3:GetObject on resource: "
        f'"{arn("inbox/report.pdf")}"'
        " because no identity-based policy allows the s3:GetObject action"
    )
    eve = await other.user("eve", allow("*"))
    for stranger in (other.s3, eve.s3, root.s3.as_nobody()):
        assert (await stranger.send("GET", PATH)).text("Message") == "Access Denied"


@pytest.mark.parametrize("name", sorted(SUBRESOURCES))
async def test_a_sub_resource_is_never_the_plain_operation(root: Api, name: str) -> None:
    """Who may list, read, write and delete does nothing else by a sub-resource."""
    plain = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:CreateBucket"]
    bob = await root.user("bob", allow(plain))
    before = (await root.s3.send("GET", PATH)).body
    for method in ("GET", "PUT", "DELETE"):
        for path in (f"/{BUCKET}", PATH):
            answer = await bob.s3.send(method, path, [(name, "")], body=b"")
            assert answer.status in (400, 403, 404, 405, 501), (method, path, answer.body)
            assert answer.code not in (None, "BucketNotEmpty", "InternalError"), answer.body
    assert (await root.s3.send("GET", PATH)).body == before


async def test_what_no_request_knows_changes_nothing(root: Api) -> None:
    for method in ("PUT", "DELETE", "POST"):
        for path in (f"/{BUCKET}", PATH):
            answer = await root.s3.send(method, path, [("foo", "")])
            assert answer.status in (405, 501)


@pytest.mark.parametrize("name", ["-", "s", "minio", "health", "2015-03-31", "v20180820"])
async def test_a_bucket_named_like_a_route_is_a_bucket_or_none(root: Api, name: str) -> None:
    answer = await root.s3.send("PUT", f"/{name}")
    if len(name) < 3:
        assert answer.code in ("InvalidBucketName", "AccessDenied", "MethodNotAllowed"), answer.body
        return
    assert answer.status == 200
    nobody = root.s3.as_nobody()
    for path in (f"/{name}", f"/{name}/functions", f"/{name}/configuration/publicAccessBlock"):
        assert (await nobody.send("GET", path)).code == "AccessDenied"


async def test_plain_write_puts_no_policy_no_list_and_no_block(root: Api) -> None:
    """Each sub-resource has an action of its own: trap 76."""
    bob = await root.user("bob", allow(["s3:PutObject", "s3:CreateBucket", "s3:*Object*"]))
    for name in ("policy", "acl", "publicAccessBlock", "ownershipControls", "tagging"):
        for method in ("GET", "PUT", "DELETE"):
            answer = await bob.s3.send(method, f"/{BUCKET}", [(name, "")], body=b"{}")
            assert answer.code in ("AccessDenied", "NotImplemented"), (name, method)


async def test_a_list_by_header_is_a_right_of_its_own(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    bob = await root.user("bob", allow("s3:PutObject"))
    for headers in (
        [("x-amz-acl", "bucket-owner-full-control")],
        [("x-amz-acl", "public-read")],
        [("x-amz-grant-read", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"')],
    ):
        answer = await bob.s3.send("PUT", f"/{BUCKET}/new", headers=headers, body=b"x")
        assert answer.code == "AccessDenied"
        link = bob.s3.link("PUT", f"/{BUCKET}/new", query=headers)
        assert (await bob.s3.url(link, "PUT", body=b"x")).code == "AccessDenied"
    assert (await bob.s3.send("PUT", f"/{BUCKET}/new", body=b"x")).status == 200


@pytest.mark.parametrize(
    "header",
    [
        ("x-amz-acl", "public-read"),
        ("x-amz-tagging", "class=plain"),
        ("x-amz-copy-source", f"{BUCKET}/inbox/report.pdf"),
        ("x-amz-meta-x", "y"),
        ("x-amz-grant-read", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'),
    ],
)
async def test_what_the_signer_did_not_sign_the_follower_cannot_add(
    root: Api, header: tuple[str, str]
) -> None:
    link = root.s3.link("PUT", f"/{BUCKET}/new")
    answer = await root.s3.url(link, "PUT", headers=[header], body=b"x")
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.text("HeadersNotSigned") == header[0]
    assert (await root.s3.send("GET", f"/{BUCKET}/new")).code == "NoSuchKey"


async def test_a_lock_is_not_promised_and_not_lifted(root: Api) -> None:
    """There are no locks here to bypass (trap 83): whoever asks for one is refused."""
    lock = ("x-amz-object-lock-mode", "GOVERNANCE")
    for header in (lock, ("x-amz-object-lock-legal-hold", "ON")):
        answer = await root.s3.send("PUT", f"/{BUCKET}/new", headers=[header], body=b"x")
        assert answer.code == "NotImplemented"
    bob = await root.user("bob", allow("s3:BypassGovernanceRetention"))
    sent = [("x-amz-bypass-governance-retention", "true")]
    assert (await bob.s3.send("DELETE", PATH, headers=sent)).code == "AccessDenied"


async def test_a_conditional_policy_may_hold_writes_to_conditions(root: Api) -> None:
    """s3:if-none-match: who may add may be kept from overwriting."""
    await set_policy(
        root, allow("s3:PutObject", arn("adds/*"), Principal={"AWS": await account(root)})
    )
    only_new = {"StringEquals": {"s3:if-none-match": "*"}}
    bob = await root.user("bob", allow("s3:PutObject", Condition=only_new))
    new = [("if-none-match", "*")]
    assert (await bob.s3.send("PUT", f"/{BUCKET}/adds/k", headers=new, body=b"1")).status == 200
    again = await bob.s3.send("PUT", f"/{BUCKET}/adds/k", headers=new, body=b"2")
    assert again.code == "PreconditionFailed"
    assert (await bob.s3.send("PUT", f"/{BUCKET}/adds/k", body=b"2")).code == "AccessDenied"
    await put(root, "adds/k", b"3")


async def account(root: Api) -> str:
    """The 12-digit id."""
    told: str = (await root.sts("GetCallerIdentity"))["Account"]
    return told
