"""What comes in by a request is held back from every share until a review lets it go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from narthex.pure import times
from narthex.review.models import FILE
from narthex.s3.held import review_held
from tests.driving import Driver, Pairs, open_driver
from tests.ledger.sharing import BUCKET, Sharer, holder, words
from tests.ledger.test_requests import ask, post, put
from tests.pure.review.models import SHIPPED
from tests.review.test_integration import KEY, NOTES, UNREADABLE
from tests.web.conftest import BROWSER, CURL

HELD = (403, "AccessDenied", "This file came in and is not reviewed yet, or was refused")
PART = 16  # bytes


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with the model that is shipped."""
    (tmp_path / FILE).write_text(SHIPPED)
    async for driver in open_driver(tmp_path, observes=False, min_part_size=PART):
        await driver.send("PUT", f"/{BUCKET}")
        await driver.send("PUT", f"/{BUCKET}/inbox/old.txt", body=NOTES)
        yield driver


@pytest.fixture
def root(narthex: Driver) -> Sharer:
    """The account's root."""
    return Sharer(narthex)


async def share_of_all(root: Sharer) -> Driver:
    """Somebody with a link to the folder."""
    order = {"prefix": True, "raw": False, "justification": "agreed"}
    return await holder(root, await root.issue("inbox/", **order))


async def listed(reader: Driver) -> list[str]:
    """The keys that a share lists."""
    asked = (("list-type", "2"), ("prefix", "inbox/"))
    answer = await reader.send("GET", f"/{BUCKET}", asked)
    return [one.text or "" for one in answer.xml.iterfind("Contents/Key")]


@pytest.mark.parametrize("way", [put, post])
async def test_it_is_neither_listed_nor_read_by_a_share_until_then(root: Sharer, way: type) -> None:
    told, reader = await ask(root), await share_of_all(root)
    assert (await way(root, told, "a.txt", NOTES)).status in (200, 201, 204)
    assert await listed(reader) == ["inbox/old.txt"]
    assert words(await reader.send("GET", f"/{BUCKET}/inbox/a.txt")) == HELD
    assert (await reader.send("HEAD", f"/{BUCKET}/inbox/a.txt")).status == 403
    assert (await root.s3.send("GET", f"/{BUCKET}/inbox/a.txt")).body == NOTES  # with its own key
    shown = (await root.ask("GET", f"requests/{told['request']['id']}"))["request"]["held"]
    assert shown == [{"key": "inbox/a.txt", "state": "waiting", "decision": None}]
    assert await review_held(root.s3.server) == 1
    assert await listed(reader) == ["inbox/a.txt", "inbox/old.txt"]
    assert (await reader.send("GET", f"/{BUCKET}/inbox/a.txt")).body == NOTES
    assert await review_held(root.s3.server) == 0


@pytest.mark.parametrize("who", [BROWSER, CURL], ids=["browser", "curl"])
async def test_the_page_of_a_link_to_it_says_so(root: Sharer, who: Pairs) -> None:
    told = await ask(root)
    link = await root.issue("inbox/old.txt")
    path = "/" + link["link"].partition("://")[2].partition("/")[2]
    await root.s3.send("DELETE", f"/{BUCKET}/inbox/old.txt")
    assert (await put(root, told, "old.txt", NOTES + b"!")).status == 200
    for method in ("GET", "HEAD"):
        page = await root.s3.raw(method, path, "", (("host", root.s3.host), *who))
        assert page.status == 403
    page = await root.s3.raw("GET", path, "", (("host", root.s3.host), *who))
    assert b"still being checked" in page.body
    assert b"not here any more" not in page.body
    await review_held(root.s3.server)
    assert (await root.s3.raw("GET", path, "", (("host", root.s3.host), *who))).status == 200


async def test_a_folder_of_nothing_else_is_not_listed(root: Sharer) -> None:
    told, reader = await ask(root), await share_of_all(root)
    for name in ("a/1.txt", "a/2.txt", "b/1.txt", "c.txt"):
        assert (await put(root, told, name, NOTES)).status == 200
    await root.s3.send("PUT", f"/{BUCKET}/inbox/b/0.txt", body=NOTES)

    async def prefixes() -> list[str | None]:
        asked = (("list-type", "2"), ("prefix", "inbox/"), ("delimiter", "/"))
        answer = await reader.send("GET", f"/{BUCKET}", asked)
        return [one.text for one in answer.xml.iterfind("CommonPrefixes/Prefix")]

    assert await prefixes() == ["inbox/b/"]
    await review_held(root.s3.server)
    assert await prefixes() == ["inbox/a/", "inbox/b/"]


async def test_a_file_in_parts_is_held_too(root: Sharer) -> None:
    told, reader = await ask(root), await share_of_all(root)
    up = await holder(root, {"share": told["request"]})
    path = f"/{BUCKET}/inbox/big.txt"
    begun = await up.send("POST", path, (("uploads", ""),))
    id = begun.text("UploadId") or ""
    part = await up.send("PUT", path, (("partNumber", "1"), ("uploadId", id)), body=NOTES)
    body = (
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part.header('etag')}"
        "</ETag></Part></CompleteMultipartUpload>"
    ).encode()
    assert (await up.send("POST", path, (("uploadId", id),), body=body)).status == 200
    assert words(await reader.send("GET", path)) == HELD
    await review_held(root.s3.server)
    assert (await reader.send("GET", path)).body == NOTES


async def test_what_is_refused_stays_held_until_its_owner_lets_it_go(root: Sharer) -> None:
    told, reader = await ask(root), await share_of_all(root)
    await put(root, told, "a.pem", KEY)
    await review_held(root.s3.server)
    assert await review_held(root.s3.server) == 0
    assert words(await reader.send("GET", f"/{BUCKET}/inbox/a.pem")) == HELD
    (waiting,) = (await root.ask("GET", "decisions", waiting="true"))["decisions"]
    assert (waiting["kind"], waiting["place"]) == ("upload", f"{BUCKET}/inbox/a.pem")
    (one,) = (await root.ask("GET", f"requests/{told['request']['id']}"))["request"]["held"]
    assert (one["state"], one["decision"]) == ("refused", waiting["id"])
    await root.ask("POST", f"decisions/{waiting['id']}/approval", {"reason": "a test key"})
    assert (await reader.send("GET", f"/{BUCKET}/inbox/a.pem")).body == KEY
    assert await listed(reader) == ["inbox/a.pem", "inbox/old.txt"]


async def test_what_takes_its_place_is_not_held_with_it(root: Sharer) -> None:
    told, reader = await ask(root), await share_of_all(root)
    await put(root, told, "a.pem", KEY)
    await root.s3.send("PUT", f"/{BUCKET}/inbox/a.pem", body=NOTES)
    assert (await reader.send("GET", f"/{BUCKET}/inbox/a.pem")).body == NOTES
    await review_held(root.s3.server)
    shown = (await root.ask("GET", f"requests/{told['request']['id']}"))["request"]["held"]
    assert shown == []


async def test_what_nobody_can_confirm_goes_on_where_the_mode_only_warns(root: Sharer) -> None:
    told, reader = await ask(root), await share_of_all(root)
    await put(root, told, "blob.bin", UNREADABLE)
    await review_held(root.s3.server)
    assert (await reader.send("GET", f"/{BUCKET}/inbox/blob.bin")).body == UNREADABLE
    (one,) = (await root.ask("GET", "decisions", place=f"{BUCKET}/inbox/blob"))["decisions"]
    assert (one["decision"], one["enforced"], one["outcome"]) == ("refuse", "confirm", "proceeded")


async def test_a_condition_tells_nothing_of_it(root: Sharer) -> None:
    told, reader = await ask(root), await share_of_all(root)
    await put(root, told, "a.txt", NOTES)
    answer = await root.s3.send("HEAD", f"/{BUCKET}/inbox/a.txt")
    tag = ("if-none-match", answer.header("etag") or "")
    assert (await reader.send("GET", f"/{BUCKET}/inbox/a.txt", (), [tag])).status == 403
    since = ("if-modified-since", times.http(root.s3.clock.now_us))
    assert (await reader.send("GET", f"/{BUCKET}/inbox/a.txt", (), [since])).status == 403
