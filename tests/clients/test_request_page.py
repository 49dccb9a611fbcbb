"""The page of a request in a real browser: files are dropped, sent, interrupted, and arrive."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File, write_file
from tests.clients.programs import CHROMIUM
from tests.clients.test_browser import QUIET
from tests.clients.test_pages import SCHEMES, SIZES, Window, ask

pytestmark = pytest.mark.clients

PART = 8 * 1024 * 1024
MOMENT = 20_000  # milliseconds within which everything here happens on a busy machine
Request = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield started
        started.close()


def opened(context: BrowserContext, name: str) -> Window:
    """A window whose complaints are kept."""
    page = context.new_page()
    page.set_default_timeout(MOMENT)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    page.on("filechooser", lambda chooser: None)  # from now on, and not when a key is down already
    return Window(name, page, complaints)


@pytest.fixture(params=SIZES)
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A phone in the dark, then a desktop by day."""
    width, height = SIZES[request.param]
    scheme: Any = SCHEMES[request.param]
    is_phone = request.param == "phone"
    with browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        locale="en-GB",
        timezone_id="Europe/Athens",
        has_touch=is_phone,
        is_mobile=is_phone,
    ) as context:
        yield opened(context, request.param)


@pytest.fixture
def desk(browser: Browser) -> Iterator[Window]:
    """A desktop."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, locale="en") as context:
        yield opened(context, "desktop")


@pytest.fixture
def make(endpoint: Endpoint, bucket: str) -> Request:
    """Makes requests for `inbox/`, by the API; they live for a day."""

    def made(**fields: Any) -> dict[str, Any]:
        order = {"bucket": bucket, "key": "inbox/", "expires_in": 86_400, **fields}
        told: dict[str, Any] = ask(endpoint, "POST", "/-/api/v1/requests", order)
        return told

    return made


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> File:
    """Three parts and a bit."""
    return write_file(tmp_path_factory.mktemp("files") / "interview.mov", 3 * PART + 12_345)


DROP = """async ([drop, files]) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  for (const type of ["dragenter", "dragover", "drop"]) {
    const told = { dataTransfer: transfer, bubbles: true, cancelable: true };
    drop.dispatchEvent(new DragEvent(type, told));
  }
}"""


def drop(page: Page, **files: str) -> None:
    """Files, dropped. Their names have "_" for "."."""
    named = [[name.replace("_", "."), text] for name, text in files.items()]
    page.evaluate(DROP, [page.locator(".drop").element_handle(), named])


def unlock(page: Page) -> None:
    """Say the password."""
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Open").click()


def row(page: Page, name: str) -> Any:
    """The row of a file."""
    return page.locator(".sent li").filter(has_text=name)


def arrives(page: Page, name: str) -> None:
    """Wait until the page says that a file is received."""
    expect(row(page, name)).to_have_attribute("data-state", "done", timeout=MOMENT)


def test_files_are_dropped_and_arrive(
    window: Window, make: Request, s3: Any, bucket: str, large: File
) -> None:
    told = make(
        note="The footage from Thursday, please, and the consent forms.",
        recipient="theo@example.org",
        max_files=5,
        max_size=40_000_000,
        types=[".mov", ".pdf", ".txt"],
    )
    page = window.page
    page.goto(told["link"])
    expect(page.locator(".drop")).to_be_visible()
    window.look("request")
    page.locator("#files").set_input_files(large.path)
    drop(page, consent_txt="I agree.", malware_exe="MZ")
    arrives(page, large.path.name)
    arrives(page, "consent.txt")
    expect(row(page, "malware.exe")).to_contain_text("Files of this kind are not asked for.")
    assert hashlib.md5(b"I agree.").hexdigest() in row(page, "consent.txt").inner_text()
    assert "CRC-64/NVME" in row(page, large.path.name).inner_text()
    window.look("request-sent")
    assert window.complaints == []
    stored = {one["Key"]: one for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert sorted(stored) == ["inbox/consent.txt", f"inbox/{large.path.name}"]
    assert stored[f"inbox/{large.path.name}"]["ETag"].endswith('-4"'), "it came in parts"
    assert large.same(s3.get_object(Bucket=bucket, Key=f"inbox/{large.path.name}")["Body"].read())


class Held:
    """Parts from a number on wait, as on a slow line, until they are let go."""

    def __init__(self, page: Page, number: int) -> None:
        self._first = number
        self._waiting: list[Route] = []
        page.route("**/*partNumber=*", self._meet)

    def _meet(self, route: Route) -> None:
        number = int(route.request.url.partition("partNumber=")[2].partition("&")[0])
        if number < self._first:
            route.continue_()
        else:
            self._waiting.append(route)

    def open(self) -> None:
        """Nothing waits from now on. What waits already goes with its page."""
        self._first = 10_001

    def let_go(self) -> None:
        """What waits goes on."""
        self.open()
        for route in self._waiting:
            route.continue_()


def begun(window: Window, s3: Any, bucket: str, large: File) -> Held:
    """The large file is chosen; two parts of it have arrived, the others wait."""
    held = Held(window.page, 3)
    with (
        window.page.expect_response(lambda answer: "partNumber=1&" in answer.url),
        window.page.expect_response(lambda answer: "partNumber=2&" in answer.url),
    ):
        window.page.locator("#files").set_input_files(large.path)
    expect(row(window.page, large.path.name)).to_contain_text("of 25.2 MB")
    assert parts_there(s3, bucket) == [1, 2]
    window.look("request-sending")
    expect(window.page).to_have_title(re.compile("^66% · Files are asked for"))
    return held


def parts_there(s3: Any, bucket: str) -> list[int]:
    """The parts of the one upload that is under way."""
    (upload,) = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    listed = s3.list_parts(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return [part["PartNumber"] for part in listed.get("Parts", [])]


def sent_parts(page: Page) -> list[str]:
    """The numbers of the parts that are sent from now on."""
    numbers: list[str] = []

    def note(request: Any) -> None:
        if request.method == "PUT" and "partNumber=" in request.url:
            numbers.append(request.url.partition("partNumber=")[2].partition("&")[0])

    page.on("request", note)
    return numbers


def test_a_reload_goes_on_where_it_stopped(
    desk: Window, make: Request, s3: Any, bucket: str, large: File
) -> None:
    told, page = make(max_files=1), desk.page
    page.goto(told["link"])
    begun(desk, s3, bucket, large).open()
    numbers = sent_parts(page)
    page.reload()  # the request is full by this file, and it goes on by itself
    assert page.inner_text("h1") == "No more files are taken"
    arrives(page, large.path.name)
    assert sorted(numbers) == ["3", "4"]
    assert large.same(s3.get_object(Bucket=bucket, Key=f"inbox/{large.path.name}")["Body"].read())
    desk.look("request-full")
    page.reload()
    expect(page.locator(".bring")).to_be_hidden()
    desk.look("request-used-up")
    assert all("410 (Gone)" in one for one in desk.complaints), desk.complaints  # the page itself


FORGET_CONTENT = """() => new Promise((resolve) => {
  indexedDB.open("narthex").onsuccess = ({ target: { result } }) => {
    const store = result.transaction("sending", "readwrite").objectStore("sending");
    store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return resolve();
      const { file, ...record } = cursor.value;
      cursor.update(record).onsuccess = () => cursor.continue();
    };
  };
})"""


def test_a_file_too_large_to_be_kept_is_chosen_again(
    desk: Window, make: Request, s3: Any, bucket: str, large: File
) -> None:
    told, page = make(password="correct horse"), desk.page
    page.goto(told["link"])
    unlock(page)
    expect(page.locator(".drop")).to_be_visible()
    begun(desk, s3, bucket, large).open()
    page.evaluate(FORGET_CONTENT)
    numbers = sent_parts(page)
    page.goto(told["link"])
    assert large.path.name not in page.content(), "the password comes first"
    unlock(page)
    expect(row(page, large.path.name)).to_contain_text("choose this file again")
    desk.look("request-again")
    with page.expect_file_chooser() as chosen:
        row(page, large.path.name).get_by_role("button", name="Choose a file").click()
    chosen.value.set_files(large.path)
    arrives(page, large.path.name)
    assert sorted(numbers) == ["3", "4"]
    assert desk.complaints == []


def test_a_lost_network_is_waited_for(
    window: Window, make: Request, s3: Any, bucket: str, large: File
) -> None:
    told, page = make(), window.page
    page.goto(told["link"])
    held = begun(window, s3, bucket, large)
    page.context.set_offline(True)
    held.let_go()
    expect(row(page, large.path.name)).to_contain_text("No connection.")
    window.look("request-offline")
    numbers = sent_parts(page)
    page.context.set_offline(False)
    arrives(page, large.path.name)
    assert "1" not in numbers
    assert large.same(s3.get_object(Bucket=bucket, Key=f"inbox/{large.path.name}")["Body"].read())


def test_a_file_is_paused_resumed_and_cancelled(
    desk: Window, make: Request, s3: Any, bucket: str, large: File
) -> None:
    told, page = make(max_files=1), desk.page
    page.goto(told["link"])
    begun(desk, s3, bucket, large)
    page.get_by_role("button", name=f"Pause: {large.path.name}").click()
    expect(row(page, large.path.name)).to_contain_text("Paused at 16.8 MB of 25.2 MB")
    desk.look("request-paused")
    other = page.context.new_page()  # a second window does not go on with what the first one has
    other.goto(told["link"])
    expect(other.locator(".bring")).to_be_hidden()
    other.close()
    page.get_by_role("button", name=f"Resume: {large.path.name}").click()
    expect(row(page, large.path.name)).to_have_attribute("data-state", "sending")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as aborted:
        page.get_by_role("button", name=f"Cancel: {large.path.name}").click()
    assert aborted.value.status == 204
    expect(page.locator(".sent li")).to_have_count(0)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    drop(page, other_txt="its place is free again")
    arrives(page, "other.txt")


def test_a_page_that_is_open_for_longer_than_its_proof_goes_on(
    desk: Window, make: Request, s3: Any, bucket: str
) -> None:
    told, page = make(), desk.page
    page.goto(told["link"])
    old = f"1.{'0' * 64}"
    page.evaluate("old => document.querySelector('[name=click]').value = old", old)
    drop(page, note_txt="late")
    arrives(page, "note.txt")
    assert s3.get_object(Bucket=bucket, Key="inbox/note.txt")["Body"].read() == b"late"


def test_a_folder_is_dropped_with_all_that_is_in_it(
    desk: Window, make: Request, s3: Any, bucket: str, tmp_path: Path
) -> None:
    folder = tmp_path / "day one"
    (folder / "deep").mkdir(parents=True)
    names = ["IMG 1.jpg", "deep/100%.txt", "deep/火.txt"]
    for name in names:
        (folder / name).write_text(name)
    told, page = make(), desk.page
    page.goto(told["link"])
    box = page.locator(".drop").bounding_box()
    assert box is not None
    place = {"x": box["x"] + 9, "y": box["y"] + 9}
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
    expect(page.locator(".drop.over")).to_be_visible()
    devtools.send("Input.dispatchDragEvent", {"type": "drop", "data": data, **place})
    for name in names:
        arrives(page, name.rpartition("/")[2])
    desk.look("request-folder")
    stored = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert stored == [f"inbox/day one/{name}" for name in names]
    assert desk.complaints == []


def test_what_is_not_taken_is_said_in_plain_words(
    desk: Window, make: Request, s3: Any, bucket: str, large: File
) -> None:
    s3.put_object(Bucket=bucket, Key="inbox/note.txt", Body=b"from somebody else")
    told, page = make(max_size=1000, max_files=2), desk.page
    page.goto(told["link"])
    page.locator("#files").set_input_files(large.path)
    drop(page, note_txt="mine")
    arrives(page, "note.txt")
    expect(row(page, "note.txt")).to_contain_text("Received as note (2).txt")
    drop(page, two_txt="2")
    arrives(page, "two.txt")
    drop(page, three_txt="3")
    expect(row(page, "three.txt")).to_contain_text("No more files are taken")
    expect(row(page, large.path.name)).to_contain_text("larger than what is asked for")
    expect(page.locator("[data-files-left]")).to_have_text("0")
    expect(page.locator(".drop")).to_be_hidden()
    desk.look("request-refused")
    stored = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [one["Key"] for one in stored] == [
        "inbox/note (2).txt",
        "inbox/note.txt",
        "inbox/two.txt",
    ]


def test_a_keyboard_is_enough(
    desk: Window, make: Request, s3: Any, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("typed")
    told, page = make(key="inbox/plan.txt", prefix=False), desk.page
    page.goto(told["link"])
    page.keyboard.press("Tab")
    expect(page.locator("#files")).to_be_focused()
    desk.look("request-keyboard")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files(tmp_path / "note.txt")
    arrives(page, "note.txt")
    assert s3.get_object(Bucket=bucket, Key="inbox/plan.txt")["Body"].read() == b"typed"
    expect(page.locator(".state")).to_have_text("Everything has arrived. You can close this page.")
    page.locator("[data-copies]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-copies]")).to_have_text("Copied")


@pytest.mark.parametrize("language", ["de", "es", "ja"])
def test_each_language_has_a_page(browser: Browser, make: Request, language: str) -> None:
    told = make(max_size=40_000_000, max_bytes=10**9, types=["image/*"])
    with browser.new_context(locale=language, viewport={"width": 390, "height": 844}) as context:
        window = opened(context, language)
        window.page.goto(told["link"])
        assert window.page.get_attribute("html", "lang") == language
        window.look("request")
        assert window.complaints == []
