"""`curl -T FILE link/`: a file from whoever has no browser, within all limits."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from narthex.errors import Unavailable
from tests.driving import HOST, SECOND, Driver
from tests.web.conftest import BUCKET, CURL, KEY, Share
from tests.web.requesting import INBOX, Asked, ask, password, refusal


async def test_a_file_arrives_and_its_checksum_is_told(share: Share) -> None:
    link = await ask(share)
    answer = await link.bring("/day%20one/plan.pdf", b"fire", ("content-type", "application/pdf"))
    digest = hashlib.md5(b"fire").hexdigest()
    assert (answer.status, answer.body.decode()) == (200, f"Received: plan.pdf (MD5 {digest})\n")
    assert await link.stored("day one/plan.pdf") == b"fire"
    assert await link.counts() == (1, 4)


async def test_where_one_file_is_asked_for_the_link_itself_takes_it(share: Share) -> None:
    link = await ask(share, key="inbox/plan.pdf", is_prefix=False)
    assert (await link.bring("", b"fire")).status == 200
    assert await link.stored("plan.pdf") == b"fire"


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("", 400, "Put a / behind the link"),
        ("/", 400, "Put a / behind the link"),
        ("/..%2f..%2fa", 400, "This is no name for a file."),
        ("/%2e%2e/a", 400, "This is no name for a file."),
        ("//a", 400, "This is no name for a file."),
        ("/" + "x" * 1020, 400, "The name is too long."),
        ("/%ff", 400, "That does not work with a link"),
        ("/a.exe", 403, "Files of this kind are not asked for."),
        ("/large.txt", 400, "This file is larger than what is asked for."),
        ("/there.txt", 412, "A file of this name is there already, and is not replaced."),
    ],
)
async def test_what_is_refused_is_said_in_a_line(
    share: Share, name: str, status: int, words: str
) -> None:
    link = await ask(share, types=(".txt",), max_size=100)
    assert (await link.bring("/there.txt", b"first")).status == 200
    body = b"x" * (101 if "large" in name else 100)
    answer = await link.bring(name, body)
    assert answer.status == status
    assert answer.body.decode().startswith(words)
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert await link.counts() == (1, 5)


async def test_a_body_without_a_length_is_refused(share: Share) -> None:
    link = await ask(share)
    sent = (("host", HOST), ("transfer-encoding", "chunked"), *CURL)
    answer = await link.driver.raw("PUT", f"{link.path}/a.txt", "", sent, [b"x"])
    assert answer.status == 411
    assert await link.counts() == (0, 0)


async def test_a_body_that_is_not_what_its_digest_says_is_not_stored(share: Share) -> None:
    link = await ask(share)
    answer = await link.bring("/a.txt", b"x", ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="))
    assert answer.status == 400
    assert await link.stored("a.txt") is None
    assert await link.counts() == (0, 0)


async def test_an_upload_that_breaks_off_gives_its_use_back(share: Share) -> None:
    link = await ask(share, max_uses=1)
    sent = (("host", HOST), ("content-length", "9"), *CURL)
    await link.driver.raw("PUT", f"{link.path}/a.txt", "", sent, [b"half"], cut=True)
    assert await link.counts() == (0, 0)
    assert (await link.bring("/a.txt", b"whole")).status == 200


async def test_a_password_is_asked_for_and_guessing_costs_time(share: Share) -> None:
    link = await ask(share, password="correct horse")
    asked = await link.bring("/a.txt", b"x")
    assert asked.status == 401
    assert asked.header("www-authenticate") == 'Basic realm="narthex"'
    assert (await link.bring("/a.txt", b"x", password("correct horse"))).status == 200
    for other in (password("correct hors"), ("authorization", "Basic ?"), ("authorization", "x")):
        assert (await link.bring("/b.txt", b"x", other)).status == 401
    statuses = [(await link.bring("/b.txt", b"x", password(f"wrong {n}"))).status for n in range(8)]
    assert statuses[-1] == 429
    late = await link.bring("/b.txt", b"x", password("correct horse"))
    assert late.status == 429
    link.driver.clock.now_us += int(late.header("retry-after") or 0) * SECOND
    assert (await link.bring("/b.txt", b"x", password("correct horse"))).status == 200


async def test_a_page_elsewhere_cannot_send_by_it(share: Share) -> None:
    link = await ask(share)
    for site in ("cross-site", "same-site", "same-origin"):
        assert (await link.bring("/a.txt", b"x", ("sec-fetch-site", site))).status == 403
    assert await link.stored("a.txt") is None


async def test_a_link_that_downloads_takes_nothing(share: Share) -> None:
    link = await share()
    sent = (("host", HOST), ("content-length", "1"), *CURL)
    for path in (link.path, f"{link.path}/{KEY}"):
        answer = await link.driver.raw("PUT", path, "", sent, [b"x"])
        assert answer.status == 405
        assert answer.header("allow") == "GET, HEAD, POST"


async def test_a_link_with_one_letter_changed_takes_nothing(share: Share) -> None:
    link = await ask(share)
    other = link.path[:-1] + ("A" if link.path[-1] != "A" else "B")
    sent = (("host", HOST), ("content-length", "1"), *CURL)
    assert (await link.driver.raw("PUT", f"{other}/a", "", sent, [b"x"])).status == 405


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("photo.JPG", None, "image/jpeg"),
        ("photo.bin", "image/png", "image/png"),
        ("javascript:photo.png", None, "image/png"),
    ],
)
async def test_a_type_that_curl_does_not_say_is_the_endings(
    share: Share, name: str, said: str | None, kind: str
) -> None:
    link = await ask(share, types=("image/*",))
    headers = [("content-type", said)] if said else []
    assert (await link.bring(f"/{name}", b"x", *headers)).status == 200
    stored = await link.driver.send("HEAD", f"/{BUCKET}/{INBOX}{name}")
    assert stored.header("content-type") == kind
    assert (await link.bring("/photo", b"x")).status == 403, "it is an octet-stream then"


DENY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",'
    f'"Action":"s3:PutObject","Resource":"arn:aws:s3:::{BUCKET}/*"}}]}}'
)


async def test_where_nothing_may_be_put_any_more_it_is_said(narthex: Driver, share: Share) -> None:
    link = await ask(share)
    sent = await narthex.send("PUT", f"/{BUCKET}", [("policy", "")], body=DENY.encode())
    assert sent.status == 204
    answer = await link.bring("/a.txt", b"x")
    assert answer.status == 403
    assert answer.body == b"Files are not taken here any more\n"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Unavailable("the disk is away"), 503, b"Busy for a moment. Please try again"),
        (RuntimeError("a bug in s/ecret"), 500, b"Something went wrong on our side. Please"),
    ],
)
async def test_what_fails_on_our_side_says_so_and_no_more(
    share: Share, error: Exception, status: int, words: bytes
) -> None:
    link = await ask(share, max_uses=1)

    class Failing:
        async def create(self, *given: Any) -> Any:
            raise error

    blobs: Any = Failing()
    failing = Driver(replace(link.driver.server, blobs=blobs), link.driver.clock)
    answer = await Asked(failing, link.issued).bring("/a.txt", b"x" * 100)
    assert answer.status == status
    assert answer.body.startswith(words)
    assert b"ecret" not in answer.body
    assert await link.counts() == (0, 0)


async def test_a_request_whose_key_is_gone_takes_nothing(share: Share) -> None:
    link = await ask(share)
    page = await link.get()

    class Forgetful:
        def __init__(self, catalog: Any) -> None:
            self._catalog = catalog

        async def fetch_one(self, sql: str, values: Any = ()) -> Any:
            is_of_key = link.issued.share.access_key_id in values
            return None if is_of_key else await self._catalog.fetch_one(sql, values)

    server = link.driver.server
    catalog: Any = Forgetful(server.catalog)
    other = Asked(Driver(replace(server, catalog=catalog), link.driver.clock), link.issued)
    assert (await other.bring("/a.txt", b"x")).status == 410
    answer = await other.sign(page, "put")
    assert refusal(answer)[1].startswith("Files are not taken here any more.")
