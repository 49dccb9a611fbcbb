"""What the script of a request's page has signed: keys of the request only, and only for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.driving import HOST, SECOND
from tests.web.conftest import BROWSER, BUCKET, Share, hidden, revoke
from tests.web.requesting import INBOX, SCRIPT, Asked, ask, refusal

LARGE = b"x" * 5 * 1024 * 1024


def complete(*etags: str | None) -> bytes:
    """The document that makes parts a file."""
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()


async def test_a_file_is_put_by_a_url_of_the_page(share: Share) -> None:
    link = await ask(share)
    page = await link.get()
    signed = await link.sign(page, "put", "plan.pdf")
    assert signed.header("cache-control") == "no-store"
    assert json.loads(signed.body)["url"].startswith(f"../{BUCKET}/{INBOX}plan.pdf?")
    assert "X-Amz-Expires=60&" in signed.body.decode()
    assert await link.counts() == (0, 0), "a signature uses nothing up"
    assert (await link.step(page, "put", "plan.pdf", b"fire")).status == 200
    assert await link.stored("plan.pdf") == b"fire"
    assert await link.counts() == (1, 4)


async def test_parts_arrive_are_listed_and_become_a_file(share: Share) -> None:
    link = await ask(share, max_uses=1, password="correct horse")
    page = await link.click(await link.get(), password="correct horse", do="open")
    begun = await link.step(page, "begin", "film.mov")
    upload = begun.text("UploadId")
    first = await link.step(page, "part", "film.mov", LARGE, upload=upload, number=1)
    # The page is opened anew: the request is full by this upload, which goes on.
    page = await link.click(await link.get(), password="correct horse", do="open")
    assert page.status == 410
    listed = await link.step(page, "list", "film.mov", upload=upload, number=0)
    assert b"<PartNumber>1</PartNumber>" in listed.body
    later = await link.step(page, "list", "film.mov", upload=upload, number=1)
    assert b"<PartNumber>" not in later.body
    second = await link.step(page, "part", "film.mov", b"end", upload=upload, number=2)
    document = complete(first.header("etag"), second.header("etag"))
    done = await link.step(page, "complete", "film.mov", document, upload=upload)
    assert done.status == 200
    assert done.text("ChecksumCRC64NVME")
    assert await link.stored("film.mov") == LARGE + b"end"
    assert await link.counts() == (1, len(LARGE) + 3)
    status, text = refusal(await link.sign(page, "begin", "other.mov"))
    assert (status, text.partition(".")[0]) == (410, "No more files are taken")


async def test_an_upload_that_is_cancelled_gives_its_use_back(share: Share) -> None:
    link = await ask(share, max_uses=1)
    page = await link.get()
    upload = (await link.step(page, "begin")).text("UploadId")
    await link.step(page, "part", body=b"some", upload=upload, number=1)
    assert await link.counts() == (1, 4)
    assert (await link.step(page, "abort", upload=upload)).status == 204
    assert await link.counts() == (0, 0)
    assert (await link.step(page, "put", body=b"other")).status == 200


async def test_a_name_that_is_taken_is_refused_before_the_first_byte(share: Share) -> None:
    link = await ask(share)
    page = await link.get()
    assert (await link.step(page, "put", body=b"one")).status == 200
    assert (await link.step(page, "put", body=b"two")).status == 412
    assert (await link.step(page, "begin")).status == 412
    assert (await link.step(page, "begin", "a (2).txt")).status == 200
    assert await link.stored("a.txt") == b"one"


async def test_where_it_is_allowed_a_file_is_replaced(share: Share) -> None:
    link = await ask(share, overwrite=True)
    page = await link.get()
    for body in (b"one", b"two"):
        assert (await link.step(page, "put", body=body)).status == 200
    assert await link.stored("a.txt") == b"two"


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.exe", b"x", "Files of this type are not asked for"),
        ("a.txt", b"x" * 101, "This file is larger than what is asked for"),
    ],
)
async def test_s3_judges_what_the_script_might_not(
    share: Share, name: str, body: bytes, words: str
) -> None:
    link = await ask(share, types=(".txt",), max_size=100)
    page = await link.get()
    answer = await link.step(page, "put", name, body)
    assert answer.text("Message") == words
    assert await link.counts() == (0, 0)
    assert (await link.step(page, "put", "a.txt", b"x" * 100)).status == 200


async def test_parts_keep_the_limits_in_all(share: Share) -> None:
    link = await ask(share, max_size=100)
    page = await link.get()
    upload = (await link.step(page, "begin")).text("UploadId")
    assert (await link.step(page, "part", body=b"x" * 60, upload=upload, number=1)).status == 200
    over = await link.step(page, "part", body=b"x" * 41, upload=upload, number=2)
    assert (over.status, over.code) == (400, "EntityTooLarge")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "This is no name for a file."),
        ("../a", "This is no name for a file."),
        ("a/../../b", "This is no name for a file."),
        ("./a", "This is no name for a file."),
        ("/a", "This is no name for a file."),
        ("a/", "This is no name for a file."),
        ("a//b", "This is no name for a file."),
        (" ", "This is no name for a file."),
        ("x" * 1020, "The name is too long."),
        ("火" * 340, "The name is too long."),
    ],
)
async def test_a_name_that_leads_elsewhere_is_refused(share: Share, name: str, words: str) -> None:
    link = await ask(share)
    page = await link.get()
    for step in ("put", "begin"):
        assert refusal(await link.sign(page, step, name)) == (400, words)


async def test_a_file_in_a_folder_keeps_its_folder(share: Share) -> None:
    link = await ask(share)
    page = await link.get()
    for name in ("day one/IMG 1.jpg", "..a/b..", "100%.txt", "a\\b", "x" * (1024 - len(INBOX))):
        assert (await link.step(page, "put", name, b"x")).status == 200
        assert await link.stored(name) == b"x"


async def test_what_turns_the_direction_of_text_is_no_part_of_a_name(share: Share) -> None:
    link = await ask(share)
    await link.step(await link.get(), "put", "annexe\u202etxt.exe\n", b"x")
    assert await link.stored("annexe_txt.exe_") == b"x"


async def test_where_one_file_is_asked_for_every_name_is_its_own(share: Share) -> None:
    link = await ask(share, key="inbox/plan.pdf", is_prefix=False)
    page = await link.get()
    assert (await link.step(page, "put", "../../other", b"x")).status == 200
    assert await link.stored("plan.pdf") == b"x"


@pytest.mark.parametrize(
    "fields",
    [
        {"step": "delete"},
        {"step": ""},
        {"step": "part", "upload": "0" * 32},  # no number: 0 is none
        {"step": "part", "upload": "0" * 31, "number": "1"},
        {"step": "part", "upload": "0" * 32 + "&x=1", "number": "1"},
        {"step": "part", "upload": "0" * 32, "number": "10001"},
        {"step": "part", "upload": "0" * 32, "number": "-1"},
        {"step": "part", "upload": "0" * 32, "number": "1x"},
        {"step": "complete"},
        {"step": "abort", "upload": "../x"},
    ],
)
async def test_what_no_script_of_ours_asks_is_not_signed(
    share: Share, fields: dict[str, str]
) -> None:
    link = await ask(share)
    answer = await link.sign(await link.get(), **fields)
    assert answer.status == 400
    assert b"X-Amz" not in answer.body


async def test_nothing_is_signed_without_the_pages_proof(share: Share) -> None:
    link, other = await ask(share), await ask(share)
    good = hidden(await link.get())["click"]
    last = "0" if good[-1] != "0" else "1"
    for click in ("", good[:-1] + last, hidden(await other.get())["click"]):
        answer = await link.post(who=SCRIPT, click=click, do="sign", step="put", name="a")
        assert answer.status == 403
        assert refusal(answer)[1].startswith("This page was open for too long.")
    for site in ("cross-site", "same-site"):
        sent = {"click": good, "do": "sign", "step": "put", "name": "a"}
        assert (await link.post(("sec-fetch-site", site), who=SCRIPT, **sent)).status == 403
    assert (await link.post(who=SCRIPT, click=good, do="sign", step="put", name="a")).status == 200


async def test_nothing_is_signed_before_the_password(share: Share) -> None:
    link = await ask(share, password="correct horse")
    locked = await link.get()
    assert (await link.sign(locked, "put")).status == 403
    page = await link.click(locked, password="correct horse", do="open")
    assert (await link.sign(page, "put")).status == 200
    proof = hidden(page)["unlocked"]
    fields = {**hidden(page), "unlocked": proof[:-1] + ("0" if proof[-1] != "0" else "1")}
    answer = await link.post(who=SCRIPT, do="sign", step="put", name="a", **fields)
    assert answer.status == 403


async def test_a_page_that_is_open_for_too_long_signs_nothing_more(share: Share) -> None:
    link = await ask(share, expires_in_us=24 * 3600 * SECOND)
    page = await link.get()
    link.driver.clock.now_us += 12 * 3600 * SECOND
    assert (await link.sign(page, "put")).status == 403


async def test_nothing_is_signed_when_the_request_is_over(share: Share) -> None:
    link = await ask(share)
    page = await link.get()
    signed = json.loads((await link.sign(page, "put")).body)
    await revoke(link)
    status, text = refusal(await link.sign(page, "put"))
    assert (status, text.partition(".")[0]) == (410, "This link was taken back")
    url = f"http://{HOST}/{signed['url'][3:]}"
    assert (await link.driver.url(url, "PUT", headers=BROWSER[1:], body=b"x")).status == 403


@pytest.mark.parametrize(("old", "new"), [("a.txt", "b.txt"), (INBOX, "other/"), ("X", "Y")])
async def test_a_url_that_was_changed_puts_nothing(share: Share, old: str, new: str) -> None:
    link: Asked = await ask(share)
    signed = json.loads((await link.sign(await link.get(), "put")).body)
    path, mark, query = signed["url"][3:].partition("?")
    changed = path.replace(old, new) if old != "X" else path
    if old == "X":
        query = query.replace("x-narthex-click=", "x-narthex-click=0")
    answer: Any = await link.driver.url(
        f"http://{HOST}/{changed}{mark}{query}", "PUT", headers=BROWSER[1:], body=b"x"
    )
    assert answer.status == 403
    assert await link.counts() == (0, 0)


async def test_a_signed_url_is_good_for_a_minute(share: Share) -> None:
    link = await ask(share)
    signed = json.loads((await link.sign(await link.get(), "put")).body)
    link.driver.clock.now_us += 60 * SECOND
    url = f"http://{HOST}/{signed['url'][3:]}"
    assert (await link.driver.url(url, "PUT", headers=BROWSER[1:], body=b"x")).status == 403
