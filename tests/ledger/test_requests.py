"""Requests: others upload by a link, within its limits, whichever way they come."""

from __future__ import annotations

import asyncio
import json
import shlex
from typing import Any

import pytest

from narthex.ledger import pruning
from tests.asking import Api
from tests.driving import SECOND, Answer, Driver
from tests.form_bodies import KIND, form_body
from tests.ledger.receivers import Sender
from tests.ledger.sharing import BUCKET, Document, Refused, Sharer, holder, words
from tests.ledger.test_owners import EVERYTHING, allow, user

INBOX = "inbox/"
USED_UP = (403, "AccessDenied", "This link has been used up")
TOO_LARGE = (400, "EntityTooLarge", "This file is larger than what is asked for")
WRONG_TYPE = (403, "AccessDenied", "Files of this type are not asked for")
TAKEN_BACK = (403, "AccessDenied", "This link was taken back")
CSV = ("content-type", "text/csv")


async def ask(root: Sharer, **order: Any) -> Document:
    """A request, as it is told once."""
    order = {"bucket": BUCKET, "key": INBOX, "expires_in": 3600} | order
    return await root.ask("POST", "requests", order)


async def put_url(root: Sharer, told: Document, name: str) -> str:
    """A pre-signed URL to put one file."""
    body = {"names": [name]}
    answer = await root.ask("POST", f"requests/{told['request']['id']}/links", body)
    url: str = answer["puts"][0]["url"]
    return url


async def put(root: Sharer, told: Document, name: str, body: bytes, **more: Any) -> Answer:
    """A file by a pre-signed PUT."""
    return await root.s3.url(await put_url(root, told, name), "PUT", body=body, **more)


async def post(root: Sharer, told: Document, name: str, body: bytes, kind: str = "") -> Answer:
    """A file by the signed form."""
    asked = await root.ask("POST", f"requests/{told['request']['id']}/links", {"form": True})
    fields = [(one["name"], one["value"]) for one in asked["form"]["fields"]]
    if kind:
        fields = [pair if pair[0] != "Content-Type" else ("Content-Type", kind) for pair in fields]
    data = form_body(fields, body, name)
    return await root.s3.raw(
        "POST",
        f"/{BUCKET}",
        headers=[
            ("host", root.s3.host),
            ("content-type", KIND),
            ("content-length", str(len(data))),
        ],
        chunks=[data],
    )


class Parts:
    """A file in parts, signed with the request's own key."""

    def __init__(self, key: Driver, name: str) -> None:
        self.key = key
        self.path = f"/{BUCKET}/{INBOX}{name}"
        self.upload = ""

    async def begin(self, *headers: tuple[str, str]) -> Answer:
        answer = await self.key.send("POST", self.path, [("uploads", "")], headers)
        self.upload = (answer.text("UploadId") or "") if answer.status == 200 else ""
        return answer

    async def send(self, number: int, body: bytes) -> Answer:
        query = [("partNumber", str(number)), ("uploadId", self.upload)]
        return await self.key.send("PUT", self.path, query, body=body)

    async def complete(self, *parts: tuple[int, Answer]) -> Answer:
        listed = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{answer.header('etag')}</ETag></Part>"
            for number, answer in parts
        )
        document = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        return await self.key.send("POST", self.path, [("uploadId", self.upload)], body=document)

    async def abort(self) -> Answer:
        return await self.key.send("DELETE", self.path, [("uploadId", self.upload)])


async def parts_of(root: Sharer, told: Document, name: str) -> Parts:
    """An upload in parts that is to begin."""
    return Parts(await holder(root, {"share": told["request"]}), name)


async def standing(root: Sharer, told: Document) -> Document:
    """A request as it stands."""
    answer: Document = (await root.ask("GET", f"requests/{told['request']['id']}"))["request"]
    return answer


async def test_a_request_is_told_with_its_limits(root: Sharer) -> None:
    told = await ask(
        root, max_files=3, max_size=100, max_bytes=200, types=[".PDF", "image/*"], note="n"
    )
    request = told["request"]
    assert request["kind"] == "upload"
    assert (request["key"], request["prefix"]) == (INBOX, True)
    assert (request["max_files"], request["files"], request["files_left"]) == (3, 0, 3)
    assert (request["types"], request["overwrite"]) == ([".pdf", "image/*"], "never")
    assert told["link"].startswith("http://narthex.test/s/")
    assert (await root.ask("GET", "requests"))["requests"] == [request]
    assert (await root.ask("GET", "shares"))["shares"] == []
    with pytest.raises(Refused, match="NoSuchShare"):
        await root.share(request["id"])


async def test_a_file_comes_by_each_way(root: Sharer, narthex: Driver) -> None:
    told = await ask(root)
    assert (await put(root, told, "a.txt", b"by put", headers=[CSV])).status == 200
    assert (await post(root, told, "b.txt", b"by form")).status == 201
    parts = await parts_of(root, told, "c.txt")
    await parts.begin(CSV)
    first = await parts.send(1, b"x" * 16)
    second = await parts.send(2, b"y")
    assert (await parts.complete((1, first), (2, second))).status == 200
    for name, body in (("a.txt", b"by put"), ("b.txt", b"by form"), ("c.txt", b"x" * 16 + b"y")):
        assert (await narthex.send("GET", f"/{BUCKET}/{INBOX}{name}")).body == body
    request = await standing(root, told)
    assert (request["files"], request["bytes"]) == (3, 6 + 7 + 17)
    log = (await root.ask("GET", f"requests/{request['id']}/log"))["entries"]
    assert [(one["key"], one["outcome"], one["bytes"]) for one in reversed(log[:3])] == [
        (f"{INBOX}a.txt", "completed", 6),
        (f"{INBOX}b.txt", "completed", 7),
        (f"{INBOX}c.txt", "completed", 17),
    ]


async def test_the_form_is_a_command_too(root: Sharer) -> None:
    told = await ask(root)
    asked = await root.ask("POST", f"requests/{told['request']['id']}/links", {"form": True})
    command = shlex.split(asked["form"]["curl"])
    assert command[0] == "curl"
    assert command[-2:] == ["file=@FILE", f"http://narthex.test/{BUCKET}"]
    assert f"key={INBOX}${{filename}}" in command


async def test_the_command_sends_no_file_but_the_one_that_is_meant(root: Sharer) -> None:
    """curl's -F reads a file of the sender's for a value that begins with @ or <."""
    told = await ask(root, key="@/etc/passwd;type=a/b", prefix=False, types=["text/csv"])
    asked = await root.ask("POST", f"requests/{told['request']['id']}/links", {"form": True})
    command = shlex.split(asked["form"]["curl"])
    assert command[command.index("-F") + 1] == "file=@FILE"
    assert command.count("-F") == 1
    options = command[2 : command.index("-F")]
    assert set(options[::2]) == {"--form-string"}
    assert "key=@/etc/passwd;type=a/b" in options
    assert "Content-Type=text/csv" in options, "the one type that is asked for"


async def test_its_key_reads_nothing_and_writes_nowhere_else(root: Sharer, narthex: Driver) -> None:
    told = await ask(root)
    await put(root, told, "a.txt", b"mine")
    key = await holder(root, {"share": told["request"]})
    for method, path, query, headers in (
        ("GET", f"/{BUCKET}/{INBOX}a.txt", [], []),
        ("HEAD", f"/{BUCKET}/{INBOX}a.txt", [], []),
        ("DELETE", f"/{BUCKET}/{INBOX}a.txt", [], []),
        ("GET", f"/{BUCKET}", [("list-type", "2"), ("prefix", INBOX)], []),
        ("GET", f"/{BUCKET}", [("uploads", "")], []),
        ("PUT", f"/{BUCKET}/k", [], []),
        ("PUT", f"/{BUCKET}/inbox", [], []),
        ("PUT", f"/{BUCKET}/{INBOX}b", [], [("x-amz-acl", "public-read")]),
        ("PUT", f"/{BUCKET}/{INBOX}b", [], [("x-amz-tagging", "a=b")]),
        ("PUT", f"/{BUCKET}/{INBOX}b", [], [("x-amz-copy-source", f"/{BUCKET}/k")]),
        ("PUT", f"/{BUCKET}/{INBOX}a.txt", [("tagging", "")], []),
        ("PUT", f"/{BUCKET}/{INBOX}a.txt", [("acl", "")], []),
    ):
        answer = await key.send(method, path, query, headers)
        assert answer.status == 403, (method, path, query, headers)


async def test_a_file_never_takes_the_place_of_another(root: Sharer, narthex: Driver) -> None:
    told = await ask(root)
    assert (await put(root, told, "a.txt", b"first")).status == 200
    again = await put(root, told, "a.txt", b"second")
    assert (again.status, again.code) == (412, "PreconditionFailed")
    sneaky = await put(root, told, "a.txt", b"x", headers=[("if-match", "*")])
    assert sneaky.status in (400, 412, 501)
    assert (await post(root, told, "a.txt", b"third")).status == 412
    begun = await (await parts_of(root, told, "a.txt")).begin()
    assert (begun.status, begun.code) == (412, "PreconditionFailed"), "before the first byte"
    assert (await narthex.send("GET", f"/{BUCKET}/{INBOX}a.txt")).body == b"first"
    request = await standing(root, told)
    assert (request["files"], request["bytes"]) == (1, 5)


async def test_parts_never_take_the_place_of_a_file_that_came_meanwhile(
    root: Sharer, narthex: Driver
) -> None:
    told = await ask(root)
    parts = await parts_of(root, told, "a.txt")
    await parts.begin()
    sent = await parts.send(1, b"fourth")
    assert (await put(root, told, "a.txt", b"first")).status == 200
    assert (await parts.complete((1, sent))).status in (409, 412)
    assert (await narthex.send("GET", f"/{BUCKET}/{INBOX}a.txt")).body == b"first"
    request = await standing(root, told)
    assert (request["files"], request["bytes"]) == (2, 11), "the parts are still there"
    await parts.abort()
    request = await standing(root, told)
    assert (request["files"], request["bytes"]) == (1, 5)


async def test_a_race_for_one_name_stores_one(root: Sharer, narthex: Driver) -> None:
    told = await ask(root)
    url = await put_url(root, told, "a.txt")
    sent = [narthex.url(url, "PUT", body=b"%d" % number) for number in range(8)]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    assert (await standing(root, told))["files"] == 1


async def test_where_it_is_allowed_a_file_replaces_another(root: Sharer, narthex: Driver) -> None:
    told = await ask(root, overwrite="always")
    for body in (b"first", b"second"):
        assert (await put(root, told, "a.txt", body)).status == 200
    assert (await narthex.send("GET", f"/{BUCKET}/{INBOX}a.txt")).body == b"second"


async def test_only_so_many_files(root: Sharer, narthex: Driver) -> None:
    told = await ask(root, max_files=2)
    urls = [await put_url(root, told, f"{number}") for number in range(20)]
    answers = await asyncio.gather(*[narthex.url(url, "PUT", body=b"x") for url in urls])
    assert sorted(answer.status for answer in answers) == [200] * 2 + [403] * 18
    assert words(await post(root, told, "another", b"x")) == USED_UP
    assert words(await (await parts_of(root, told, "parts")).begin()) == USED_UP
    request = await standing(root, told)
    assert (request["state"], request["files_left"]) == ("used-up", 0)


async def test_an_upload_in_parts_is_a_file_from_its_beginning(root: Sharer) -> None:
    told = await ask(root, max_files=1)
    parts = await parts_of(root, told, "a")
    await parts.begin()
    assert words(await put(root, told, "b", b"x")) == USED_UP
    await parts.abort()
    assert (await put(root, told, "b", b"x")).status == 200


@pytest.mark.parametrize("way", [put, post])
async def test_no_file_is_larger_than_asked_for(root: Sharer, narthex: Driver, way: Any) -> None:
    told = await ask(root, max_size=100)
    assert (await way(root, told, "good", b"x" * 100)).status in (200, 201)
    answer = await way(root, told, "bad", b"x" * 101)
    assert (answer.status, answer.code) == (400, "EntityTooLarge")
    assert (await narthex.send("HEAD", f"/{BUCKET}/{INBOX}bad")).status == 404
    assert (await standing(root, told))["files"] == 1


async def test_parts_together_are_not_larger_either(root: Sharer) -> None:
    told = await ask(root, max_size=40, max_bytes=100)
    parts = await parts_of(root, told, "a")
    await parts.begin()
    first = await parts.send(1, b"x" * 20)
    assert words(await parts.send(2, b"x" * 21)) == TOO_LARGE
    assert (await parts.send(1, b"y" * 20)).status == 200, "sent again, it is not more"
    sent = await asyncio.gather(*[parts.send(number, b"x" * 16) for number in range(2, 6)])
    assert sorted(answer.status for answer in sent) == [200, 400, 400, 400]
    assert (await standing(root, told))["bytes"] == 36
    number = next(place for place, answer in enumerate(sent, 2) if answer.status == 200)
    assert (await parts.complete((number, sent[number - 2]))).status == 200
    request = await standing(root, told)
    assert (request["files"], request["bytes"]) == (1, 16), "what was left out is not there"
    assert first.status == 200


async def test_all_files_together_have_so_many_bytes(root: Sharer) -> None:
    told = await ask(root, max_bytes=50)
    assert (await put(root, told, "a", b"x" * 30)).status == 200
    assert words(await put(root, told, "b", b"x" * 21)) == USED_UP
    parts = await parts_of(root, told, "c")
    await parts.begin()
    assert (await parts.send(1, b"x" * 16)).status == 200
    assert words(await parts.send(2, b"x" * 5)) == USED_UP
    assert (await parts.send(2, b"x" * 4)).status == 200


async def test_only_files_of_a_kind(root: Sharer) -> None:
    told = await ask(root, types=[".tar.gz", "text/*"])
    for name, kind, status in (
        ("a.TAR.GZ", "application/gzip", 200),
        ("a.gz", "application/gzip", 403),
        ("a", "text/csv; charset=utf-8", 200),
        ("b", "TEXT/plain", 200),
        ("c", "application/text", 403),
        ("d", "", 403),
    ):
        headers = [("content-type", kind)] if kind else []
        answer = await put(root, told, name, b"x", headers=headers)
        assert answer.status == status, (name, kind)
        if status == 403:
            assert words(answer) == WRONG_TYPE
    assert words(await post(root, told, "e", b"x", "image/png")) == WRONG_TYPE
    assert (await post(root, told, "f", b"x", "text/plain")).status == 201
    parts = await parts_of(root, told, "g")
    assert words(await parts.begin()) == WRONG_TYPE
    assert (await parts.begin(CSV)).status == 200


async def test_it_is_refused_when_it_was_taken_back(root: Sharer, narthex: Driver) -> None:
    told = await ask(root)
    url = await put_url(root, told, "a")
    parts = await parts_of(root, told, "b")
    await parts.begin()
    sent = await parts.send(1, b"x")
    await root.ask("DELETE", f"requests/{told['request']['id']}")
    assert words(await narthex.url(url, "PUT", body=b"x")) == TAKEN_BACK
    assert words(await parts.send(2, b"x")) == TAKEN_BACK
    assert words(await parts.complete((1, sent))) == TAKEN_BACK


async def test_a_stalled_upload_ends_when_its_request_is_revoked(
    root: Sharer, narthex: Driver
) -> None:
    told = await ask(root)
    slow = Sender(narthex, await put_url(root, told, "a"), 4096)
    task = asyncio.create_task(slow.run())
    await slow.waits.wait()
    assert (await standing(root, told))["files"] == 1
    await root.ask("DELETE", f"requests/{told['request']['id']}")
    await narthex.server.ledger.underway.look()
    assert await task == 403
    request = await standing(root, told)
    assert (request["files"], request["bytes"]) == (0, 0)
    assert len(narthex.server.ledger.underway) == 0


async def test_times_addresses_and_passwords_hold(root: Sharer, narthex: Driver) -> None:
    told = await ask(root, allow_ips=["192.0.2.7"], not_before="2026-11-24T12:01:00Z")
    url = await put_url(root, told, "a")
    assert words(await narthex.url(url, "PUT", body=b"x"))[2] == "This link is not valid yet"
    narthex.clock.now_us += 60 * SECOND
    elsewhere = root.at("198.51.100.1").s3
    refused = await elsewhere.url(url, "PUT", body=b"x")
    assert words(refused)[2] == "This link does not work from your address"
    assert (await narthex.url(url, "PUT", body=b"x")).status == 200
    narthex.clock.now_us += 3600 * SECOND
    assert words(await narthex.url(url, "PUT", body=b"x"))[2] == "Request has expired"
    locked = await ask(root, password="correct horse")
    with pytest.raises(Refused, match="password"):
        await put_url(root, locked, "a")
    parts = await parts_of(root, locked, "a")
    assert words(await parts.begin())[2] == "This link needs its password: open it in a browser"


async def test_an_upload_in_parts_that_nobody_goes_on_with_is_given_back(
    root: Sharer, narthex: Driver
) -> None:
    told = await ask(root, max_files=1)
    parts = await parts_of(root, told, "a")
    await parts.begin()
    await parts.send(1, b"x" * 20)
    ledger, now = narthex.server.ledger, narthex.clock.now_us
    assert await pruning.give_back(ledger, now + 86_399 * SECOND) == 0
    assert await pruning.give_back(ledger, now + 86_400 * SECOND) == 1
    request = await standing(root, told)
    assert (request["files"], request["bytes"]) == (0, 0)
    listed = await narthex.send("GET", f"/{BUCKET}", [("uploads", "")])
    assert listed.xml.find("Upload") is None
    gone = await parts.send(2, b"x")
    assert (gone.status, gone.code) == (404, "NoSuchUpload")


async def test_uploads_of_others_are_not_its_own(root: Sharer, narthex: Driver) -> None:
    path = f"/{BUCKET}/{INBOX}a"
    begun = await narthex.send("POST", path, [("uploads", "")])
    told = await ask(root)
    parts = await parts_of(root, told, "a")
    parts.upload = begun.text("UploadId") or ""
    for answer in (await parts.send(1, b"x"), await parts.abort(), await parts.complete()):
        assert (answer.status, answer.code) == (404, "NoSuchUpload")
    listed = await parts.key.send("GET", path, [("uploadId", parts.upload)])
    assert (listed.status, listed.code) == (404, "NoSuchUpload")


async def test_what_fails_is_given_back(root: Sharer, narthex: Driver) -> None:
    told = await ask(root, max_files=1, max_bytes=10)
    url = await put_url(root, told, "a")
    bad = [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")]
    assert (await narthex.url(url, "PUT", body=b"x", headers=bad)).code == "BadDigest"
    _, _, rest = url.partition("://")
    host, _, target = rest.partition("/")
    raw_path, _, raw_query = f"/{target}".partition("?")
    cut = await narthex.raw(
        "PUT",
        raw_path,
        raw_query,
        [("host", host), ("content-length", "10")],
        [b"x" * 5],
        cut=True,
    )
    assert cut.code == "IncompleteBody"
    request = await standing(root, told)
    assert (request["files"], request["bytes"]) == (0, 0)
    assert (await narthex.url(url, "PUT", body=b"x" * 10)).status == 200


async def test_the_owner_needs_the_right_to_write_then_and_at_every_use(
    root: Sharer, narthex: Driver
) -> None:
    api = Api(narthex)
    reader = await user(api, "reader", allow("s3:GetObject", "narthex:*"))
    with pytest.raises(Refused, match="s3:PutObject"):
        await ask(reader)
    writer = await user(api, "writer", allow("s3:PutObject"))
    with pytest.raises(Refused, match="narthex:CreateRequest"):
        await ask(writer)
    ana = await user(api, "ana", EVERYTHING)
    told = await ask(ana)
    assert (await put(ana, told, "a", b"x")).status == 200
    url = await put_url(ana, told, "b")
    await api.allow("ana", allow("narthex:*"))
    assert words(await narthex.url(url, "PUT", body=b"x")) == (
        403,
        "AccessDenied",
        "Access Denied",
    )


async def test_requests_are_changed_and_taken_back_like_shares(root: Sharer) -> None:
    told = await ask(root, max_files=1, types=[".pdf"])
    id = told["request"]["id"]
    change = {"max_files": None, "types": None, "max_size": 5, "overwrite": "always"}
    after = (await root.ask("PATCH", f"requests/{id}", change))["request"]
    assert (after["max_files"], after["types"], after["max_size"]) == (None, [], 5)
    assert after["overwrite"] == "always"
    assert words(await put(root, told, "a", b"x" * 6)) == TOO_LARGE
    other = await ask(root, recipient="bob")
    by = await root.ask("POST", "revocations", {"url": told["link"]})
    assert ([one["id"] for one in by["requests"]], by["shares"]) == ([id], [])
    by = await root.ask("POST", "revocations", {"all": True})
    assert [one["id"] for one in by["requests"]] == [other["request"]["id"]]
    with pytest.raises(Refused, match="ShareEnded"):
        await put_url(root, told, "a")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"max_files": 0}, "max_files"),
    ({"max_size": 0}, "max_size"),
    ({"max_size": "10"}, "max_size"),
    ({"types": ["pdf"]}, "types"),
    ({"types": ["image/"]}, "types"),
    ({"types": ["*/*"]}, "types"),
    ({"types": [".a" * 5]}, "types"),
    ({"types": ".pdf"}, "types"),
    ({"types": [".a"] * 65}, "types"),
    ({"overwrite": "sometimes"}, "overwrite"),
    ({"overwrite": True}, "overwrite"),
    ({"max_downloads": 1}, "max_downloads"),
    ({"raw": True}, "raw"),
    ({"pin": True}, "pin"),
    ({"key": "x" * 1025}, "key"),
    ({"key": "", "prefix": False}, "key"),
    ({"expires_in": None}, "expires_at"),
    ({"bucket": "no-such-bucket"}, "bucket"),
]


@pytest.mark.parametrize(("order", "field"), REFUSED, ids=str)
async def test_what_cannot_be_meant_is_refused(
    root: Sharer, order: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as error:
        await ask(root, **order)
    assert error.value.field == field
    assert (await root.ask("GET", "requests"))["requests"] == []


@pytest.mark.parametrize("names", [[""], ["x" * 1024], ["\ud800"], [1], "a"], ids=str)
async def test_names_that_no_file_can_have(root: Sharer, names: Any) -> None:
    told = await ask(root)
    with pytest.raises(Refused) as error:
        await root.ask("POST", f"requests/{told['request']['id']}/links", {"names": names})
    assert error.value.field == "names"


async def test_one_file_can_be_asked_for(root: Sharer, narthex: Driver) -> None:
    told = await ask(root, key="report.pdf", prefix=False)
    url = await put_url(root, told, "whatever it is called")
    assert f"/{BUCKET}/report.pdf?" in url
    assert (await narthex.url(url, "PUT", body=b"x")).status == 200
    assert (await post(root, told, "other.pdf", b"y")).status == 412
    json.dumps(told)
