"""Buckets and files by hand: only what the key may, never shown inside a page."""

from __future__ import annotations

from typing import Any

import pytest

from narthex.web.console.pages.files import way
from narthex.web.console.pages.uploads import MIB, part_size
from tests.asking import Api
from tests.driving import Answer, Driver
from tests.web.console.conftest import (
    BUCKET,
    CONTENT,
    KEY,
    NAVIGATES,
    Browser,
    text_of,
    told_by,
)

DENIED = "Your key may not do this"
LIST_INBOX = {
    "Effect": "Allow",
    "Action": "s3:ListBucket",
    "Resource": f"arn:aws:s3:::{BUCKET}",
    "Condition": {"StringLike": {"s3:prefix": "inbox/*"}},
}


@pytest.fixture
async def ana(narthex: Driver, iam: Api) -> Browser:
    """A browser of a user who may list one folder, and nothing else."""
    key = (await iam.user("ana", LIST_INBOX)).s3.key
    assert key is not None
    browser = Browser(narthex)
    assert (await browser.sign_in(key)).status == 303
    await browser.get()
    return browser


async def download(browser: Browser, key: str) -> Answer:
    """The button, and where it leads."""
    await browser.get()
    answer = await browser.post("download", bucket=BUCKET, key=key)
    if answer.status != 303:
        return answer
    location = answer.header("location") or ""
    assert location.startswith(f"../../{BUCKET}/")
    path, _, query = location[5:].partition("?")
    return await browser.send("GET", path, query, (("accept", "*/*"),))


async def test_buckets_and_folders_are_listed(root: Browser, narthex: Driver) -> None:
    await narthex.send("PUT", f"/{BUCKET}/talks/2026/notes.txt", body=b"x" * 2_000)
    await narthex.send("PUT", f"/{BUCKET}/talks/", body=b"")
    assert BUCKET in text_of(await root.get())
    page = text_of(await root.get("files", bucket=BUCKET, prefix="talks/"))
    assert "2026" in page
    assert "Prometheus.pptx" in page
    assert "35 B" in page
    assert "notes.txt" not in page


async def test_a_long_listing_goes_on(root: Browser, narthex: Driver) -> None:
    for number in range(201):
        await narthex.send("PUT", f"/{BUCKET}/many/{number:03}", body=b"")
    page = (await root.get("files", bucket=BUCKET, prefix="many/")).body.decode()
    assert "many%2F199" in page
    assert "many%2F200" not in page
    more = page.partition("&amp;after=")[2].partition('"')[0]
    page = (
        await root.send("GET", "/-/console/files", f"bucket={BUCKET}&prefix=many/&after={more}")
    ).body.decode()
    assert "many%2F200" in page
    assert "many%2F199" not in page


async def test_names_are_found_by_how_they_begin(root: Browser) -> None:
    page = await root.get("files", bucket=BUCKET, prefix="talks/Prom")
    assert "Prometheus.pptx" in text_of(page)
    assert 'name="prefix" type="search" value="talks/Prom"' in page.body.decode()
    assert 'data-prefix="talks/"' in page.body.decode()  # where uploads go
    none = await root.get("files", bucket=BUCKET, prefix="talks/prom")
    assert "Prometheus.pptx" not in text_of(none)


async def test_a_name_that_is_markup_is_a_name(root: Browser, narthex: Driver) -> None:
    name = '<img src=x onerror="alert(1)">'
    await narthex.send("PUT", f"/{BUCKET}/{name}", body=b"x")
    for answer in (
        await root.get("files", bucket=BUCKET),
        await root.get("file", bucket=BUCKET, key=name),
        await root.get("share", bucket=BUCKET, key=name),
    ):
        assert answer.status == 200
        assert b"<img" not in answer.body
        assert b"&lt;img" in answer.body


async def test_a_name_that_turns_its_letters_is_shown_as_it_is(
    root: Browser, narthex: Driver
) -> None:
    await narthex.send("PUT", f"/{BUCKET}/annexe\u202etxt.exe", body=b"x")
    assert "annexe_txt.exe" in text_of(await root.get("files", bucket=BUCKET))


async def test_a_file_is_saved_and_never_shown(root: Browser) -> None:
    answer = await download(root, KEY)
    assert answer.body == CONTENT
    assert answer.header("content-disposition") == 'attachment; filename="Prometheus.pptx"'


async def test_a_key_that_a_browser_would_change_is_saved_too(
    root: Browser, narthex: Driver
) -> None:
    await narthex.send("PUT", f"/{BUCKET}/a/../b.html", body=b"<script>")
    answer = await download(root, "a/../b.html")
    assert answer.body == b"<script>"
    assert (answer.header("content-disposition") or "").startswith("attachment")
    begun = await root.script("upload/begin", {"bucket": BUCKET, "key": "a/../c", "size": 1})
    assert told_by(begun)["error"]["code"] == "InvalidURI"


async def test_the_url_of_a_download_lives_for_a_minute(root: Browser, narthex: Driver) -> None:
    answer = await root.post("download", bucket=BUCKET, key=KEY)
    path, _, query = (answer.header("location") or "")[5:].partition("?")
    narthex.clock.now_us += 61_000_000
    assert (await root.send("GET", path, query, ())).status == 403


async def test_a_file_is_deleted_by_its_form(root: Browser, narthex: Driver) -> None:
    page = await root.get("file", bucket=BUCKET, key=KEY)
    assert "This cannot be undone." in text_of(page)
    answer = await root.post("delete", bucket=BUCKET, key=KEY)
    assert "The file is deleted." in text_of(await root.follow(answer, "delete"))
    assert (await narthex.send("HEAD", f"/{BUCKET}/{KEY}")).status == 404


async def test_a_bucket_is_made(root: Browser, narthex: Driver) -> None:
    answer = await root.post("bucket", bucket="archive-2026", do="create")
    assert "Nothing in here yet" in text_of(await root.follow(answer, "bucket"))
    assert (await narthex.send("HEAD", "/archive-2026")).status == 200


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("No", "3 to 63 small letters"),
        ("a/b", "3 to 63 small letters"),
        ("", "3 to 63 small letters"),
    ],
)
async def test_a_bucket_that_cannot_be_made_is_told_why(
    root: Browser, name: str, words: str
) -> None:
    answer = await root.post("bucket", bucket=name, do="create")
    assert answer.status in (400, 409)
    assert words in text_of(answer)


async def test_a_narrow_key_sees_what_it_may_and_plain_words_for_the_rest(ana: Browser) -> None:
    page = text_of(await ana.get())
    assert "Your key may not list the buckets." in page
    opened = await ana.post("bucket", bucket=BUCKET, do="open")
    assert DENIED in text_of(await ana.follow(opened, "bucket"))
    assert (await ana.get("files", bucket=BUCKET, prefix="inbox/")).status == 200
    for answer in (
        await ana.get("file", bucket=BUCKET, key=KEY),
        await ana.get("access", bucket=BUCKET),
        await ana.get("shares"),
        await ana.get("requests"),
        await ana.get("activity"),
        await ana.post("download", bucket=BUCKET, key=KEY),
        await ana.post("delete", bucket=BUCKET, key=KEY),
        await ana.post("share", bucket=BUCKET, key=KEY, expires="3600"),
        await ana.post("request", bucket=BUCKET, key="inbox/", expires="3600"),
    ):
        assert answer.status == 403
        assert DENIED in text_of(answer)


async def test_an_upload_of_a_narrow_key_fails_at_s3_itself(ana: Browser, narthex: Driver) -> None:
    small = {"bucket": BUCKET, "key": "new", "size": 3}
    url = told_by(await ana.script("upload/begin", small))["url"]
    assert (await put(ana, url, b"abc")).status == 403
    large = await ana.script("upload/begin", {**small, "size": 17 * MIB})
    assert told_by(large)["error"]["code"] == "AccessDenied"
    assert (await narthex.send("HEAD", f"/{BUCKET}/new")).status == 404


async def test_what_is_not_there_is_said(root: Browser) -> None:
    assert "There is no such bucket" in text_of(await root.get("files", bucket="nowhere"))
    answer = await root.get("file", bucket=BUCKET, key="nothing")
    assert (answer.status, "This is not here" in text_of(answer)) == (404, True)
    assert "Sign out" in text_of(answer)  # it is a page as any other
    assert (await root.get("files")).status == 404
    assert (await root.get("files", bucket=f"{BUCKET}/x")).status == 404


async def put(browser: Browser, url: str, body: bytes, **headers: str) -> Answer:
    """What a browser sends to S3 by a URL of ours."""
    path, _, query = url.partition("?")
    sent = [("host", browser.host), ("content-length", str(len(body))), *headers.items()]
    sent = [(name.replace("_", "-"), value) for name, value in sent]
    return await browser.driver.raw("PUT", f"/{path}", query, sent, [body])


async def test_a_small_file_goes_up_in_one_request(root: Browser, narthex: Driver) -> None:
    about = {"bucket": BUCKET, "key": "new ü.txt", "size": 3}
    url = told_by(await root.script("upload/begin", about))["url"]
    assert (await put(root, url, b"abc", if_none_match="*")).status == 200
    assert (await put(root, url, b"abd", if_none_match="*")).status == 412
    assert (await narthex.send("GET", f"/{BUCKET}/new ü.txt")).body == b"abc"
    assert told_by(await root.script("upload/begin", about)) == {"exists": True}
    again = await root.script("upload/begin", {**about, "replace": True})
    assert (await put(root, told_by(again)["url"], b"abd")).status == 200


async def test_a_large_file_goes_up_in_parts(root: Browser, narthex: Driver) -> None:
    size = 17 * MIB
    about: dict[str, Any] = {"bucket": BUCKET, "key": "big", "size": size, "type": "video/mp4"}
    begun = told_by(await root.script("upload/begin", about))
    assert begun["part_size"] == 8 * MIB
    tags: list[str] = []
    for number, length in enumerate((8 * MIB, 8 * MIB, MIB), start=1):
        part = {**about, "upload": begun["upload"], "number": number}
        url = told_by(await root.script("upload/part", part))["url"]
        stored = await put(root, url, bytes([number]) * length)
        tags.append(stored.header("etag") or "")
    done = {"bucket": BUCKET, "key": "big", "upload": begun["upload"], "parts": tags}
    wrong = await root.script("upload/finish", {**done, "parts": [tags[1], tags[0], tags[2]]})
    assert wrong.status >= 400
    assert (await root.script("upload/finish", done)).status == 200
    head = await narthex.send("HEAD", f"/{BUCKET}/big")
    assert head.header("content-length") == str(size)
    assert head.header("content-type") == "video/mp4"


async def test_an_upload_that_is_given_up_is_gone(root: Browser) -> None:
    about: dict[str, Any] = {"bucket": BUCKET, "key": "big", "size": 17 * MIB}
    upload = told_by(await root.script("upload/begin", about))["upload"]
    gone = {**about, "upload": upload, "number": 1}
    assert (await root.script("upload/abort", gone)).status == 200
    assert told_by(await root.script("upload/abort", gone))["error"]["code"] == "NoSuchUpload"


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("begin", {"size": -1}),
        ("begin", {"size": "3"}),
        ("begin", {"size": True}),
        ("begin", {"size": 5 * 1024**4 + 1}),
        ("begin", {"bucket": "a/b"}),
        ("begin", {"key": ""}),
        ("begin", {"key": 7}),
        ("part", {"number": 0, "upload": "x"}),
        ("part", {"number": 10_001, "upload": "x"}),
        ("part", {"number": 1}),
        ("finish", {"parts": [], "upload": "x"}),
        ("finish", {"parts": ["x" * 65], "upload": "x"}),
        ("finish", {"parts": "x", "upload": "x"}),
    ],
)
async def test_a_script_that_is_not_ours_is_refused(
    root: Browser, page: str, wrong: dict[str, Any]
) -> None:
    answer = await root.script(f"upload/{page}", {"bucket": BUCKET, "key": "k", "size": 1} | wrong)
    assert (answer.status, told_by(answer)["error"]["code"]) == (400, "InvalidArgument")


@pytest.mark.parametrize("size", [16 * MIB, 80_000 * MIB - 1, 80_000 * MIB + 1, 5 * 1024**4])
def test_an_upload_never_has_more_parts_than_s3_takes(size: int) -> None:
    assert part_size(size) >= 8 * MIB
    assert part_size(size) % MIB == 0
    assert -(-size // part_size(size)) <= 10_000


@pytest.mark.parametrize(
    ("prefix", "folders"),
    [
        ("", []),
        ("a/", [("a", "a/")]),
        ("a/b/c", [("a", "a/"), ("b", "a/b/")]),
        ("//", [("/", "/"), ("/", "//")]),
    ],
)
def test_a_way_leads_through_every_folder(prefix: str, folders: list[tuple[str, str]]) -> None:
    assert way(prefix) == folders


async def test_the_store_that_fails_is_told_without_its_reasons(
    root: Browser, narthex: Driver
) -> None:
    await narthex.server.catalog.close()
    answer = await root.send("GET", "/-/console/shares", "", NAVIGATES)
    assert answer.status in (500, 503)
    assert "catalog" not in text_of(answer)
