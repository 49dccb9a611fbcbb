"""Shared folders: a listing, single files, and all of it as one zip."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from typing import Any

import pytest

from tests.driving import Driver
from tests.web.conftest import BUCKET, CURL, Opened, Share, hidden, revoke

FILES = {
    "photos/a.jpg": b"a" * 40,
    "photos/b <b>.jpg": b"b",
    "photos/deep/c.jpg": b"",
    "photos/../up.txt": b"up",
    "photos/A.jpg": b"other",
}


@pytest.fixture
async def folder(narthex: Driver, share: Share) -> Opened:
    """A folder of five files, beside others."""
    for key, content in {**FILES, "photos/empty/": b"", "private/x": b"x"}.items():
        assert (await narthex.send("PUT", f"/{BUCKET}/{key}", body=content)).status == 200
    return await share("photos/", is_prefix=True)


async def test_the_page_lists_its_files_and_no_others(folder: Opened) -> None:
    page = await folder.get()
    assert page.status == 200
    text = page.body.decode()
    assert '<h1 class="file">photos</h1>' in text
    assert "Files: 5 · 48 B" in text
    assert "b &lt;b&gt;.jpg" in text
    assert "<b>.jpg" not in text
    for absent in ("private/", BUCKET, "Prometheus", "empty/"):
        assert absent not in text, absent
    assert await folder.counts() == (0, 0)


async def test_a_file_of_the_folder_is_one_click(folder: Opened) -> None:
    page = await folder.get()
    for key in ("photos/a.jpg", "photos/b <b>.jpg"):
        file = await folder.follow(await folder.click(page, key=key))
        assert (file.status, file.body) == (200, FILES[key])


@pytest.mark.parametrize("key", ["private/x", "photo", "", "talks/Prometheus.pptx", "/photos/a"])
async def test_a_key_outside_the_folder_is_refused(folder: Opened, key: str) -> None:
    answer = await folder.click(await folder.get(), key=key)
    assert answer.status == 400
    assert key not in answer.body.decode() or not key


async def test_a_key_that_is_not_there_is_gone(folder: Opened) -> None:
    assert (await folder.click(await folder.get(), key="photos/z")).status == 410


async def test_all_of_it_is_one_zip(folder: Opened) -> None:
    answer = await folder.click(await folder.get(), do="zip")
    assert answer.status == 200
    assert answer.header("content-type") == "application/zip"
    assert answer.header("content-disposition") == 'attachment; filename="photos.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert held == {
        "_/up.txt": b"up",
        "A.jpg": b"other",
        "a (2).jpg": b"a" * 40,
        "b _b_.jpg": b"b",
        "deep/c.jpg": b"",
    }
    assert (await folder.counts())[1] == sum(map(len, FILES.values()))


async def test_a_zip_needs_the_pages_proof(folder: Opened) -> None:
    assert (await folder.post(do="zip")).status == 403
    assert await folder.counts() == (0, 0)


async def test_a_zip_is_one_download(narthex: Driver, share: Share) -> None:
    for key, content in FILES.items():
        await narthex.send("PUT", f"/{BUCKET}/{key}", body=content)
    link = await share("photos/", is_prefix=True, max_uses=1)
    zipped = await link.click(await link.get(), do="zip")
    with zipfile.ZipFile(io.BytesIO(zipped.body)) as archive:
        assert len(archive.namelist()) == len(FILES)
    assert await link.counts() == (1, sum(map(len, FILES.values())))
    assert (await link.get()).status == 410


async def test_a_folder_of_more_than_a_page_goes_on(narthex: Driver, share: Share) -> None:
    for number in range(1003):
        await narthex.send("PUT", f"/{BUCKET}/many/{number:04}", body=b"%d" % number)
    link = await share("many/", is_prefix=True)
    page = await link.get()
    text = page.body.decode()
    assert "0999" in text
    assert "1000" not in text
    further = await link.click(page, after="many/0999")
    assert "1002" in further.body.decode()
    assert "0999" not in further.body.decode()
    zipped = await link.click(page, do="zip")
    with zipfile.ZipFile(io.BytesIO(zipped.body)) as archive:
        assert len(archive.namelist()) == 1003
        assert archive.read("1002") == b"1002"


async def test_an_empty_folder_says_so(share: Share) -> None:
    page = await (await share("nothing/", is_prefix=True)).get()
    assert page.status == 200
    assert "There are no files in here yet." in page.body.decode()
    assert 'value="zip"' not in page.body.decode()


async def test_a_folder_with_a_password_stays_open_on_its_page(
    narthex: Driver, share: Share
) -> None:
    await narthex.send("PUT", f"/{BUCKET}/photos/a.jpg", body=FILES["photos/a.jpg"])
    link = await share("photos/", is_prefix=True, password="correct horse")
    locked = await link.get()
    assert "a.jpg" not in locked.body.decode()
    for fields in ({"key": "photos/a.jpg"}, {"do": "zip"}, {"after": ""}):
        refused = await link.click(locked, **fields)
        assert "a.jpg" not in refused.body.decode()
        assert 'type="password"' in refused.body.decode()
    page = await link.click(locked, password="correct horse", do="open")
    assert "a.jpg" in page.body.decode()
    assert set(hidden(page)) == {"click", "unlocked"}
    file = await link.follow(await link.click(page, key="photos/a.jpg"))
    assert file.body == FILES["photos/a.jpg"]


async def test_a_folder_that_was_taken_back_shows_nothing(folder: Opened) -> None:
    page = await folder.get()
    await revoke(folder)
    for answer in (await folder.get(), await folder.click(page, do="zip")):
        assert answer.status == 410
        assert "a.jpg" not in answer.body.decode()


async def test_a_tool_is_told_to_use_a_browser(folder: Opened) -> None:
    answer = await folder.get(who=CURL)
    assert answer.status == 200
    assert answer.body.count(b"\n") == 1
    assert b"photos" not in answer.body


async def test_a_zip_is_made_in_little_memory(narthex: Driver, share: Share) -> None:
    size = 4 << 20
    for number in range(6):
        await narthex.send("PUT", f"/{BUCKET}/big/{number}", body=bytes(size))
    link = await share("big/", is_prefix=True)
    page = await link.get()
    held = 0
    app = link.driver.app

    async def counted(scope: Any, receive: Any, heard: Any) -> None:
        async def forget(message: dict[str, Any]) -> None:
            nonlocal held
            held += len(message.get("body", b""))
            if message["type"] == "http.response.start":
                await heard(message)

        await app(scope, receive, forget)

    link.driver.app = counted
    tracemalloc.start()
    await link.click(page, do="zip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held > 6 * size
    assert peak < 2 * size
