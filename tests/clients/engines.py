"""Firefox and WebKit, Safari's engine, driven as WebDriver says, over HTTP or by Marionette.

Read `Engine` first. Both are Debian's. Only what the tests need of either protocol is here.
Sources: the W3C recommendation WebDriver; Marionette's wire: a length, a colon, and JSON.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import urllib3

FIREFOX = Path("/usr/bin/firefox-esr")
WEBKIT = Path("/usr/bin/WebKitWebDriver")
XVFB = Path("/usr/bin/Xvfb")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver's name of a reference to an element
SECONDS = 60.0  # until a browser is there, and for one command
PREFERENCES = {
    "marionette.port": 0,
    "browser.download.folderList": 2,  # the folder named next
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}

# A command's name, and what it says; what it answers.
Command = Callable[..., Any]


class Engine:
    """A window of a browser."""

    def __init__(self, name: str, command: Command) -> None:
        self.name, self._command = name, command

    def open(self, url: str) -> None:
        """Go there, until the page is loaded."""
        self._command("navigate", url=url)

    def run(self, script: str, *values: Any) -> Any:
        """What a function's body returns, in the page."""
        return self._command("run", script=script, args=list(values))

    def click(self, css: str) -> None:
        """A click on the first element that matches."""
        self._command("click", element=self._find(css))

    def type(self, css: str, text: str) -> None:
        """Keys, or the path of a file."""
        self._command("type", element=self._find(css), text=text)

    def look(self, file: Path) -> None:
        """Keep a picture of the window."""
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(base64.b64decode(self._command("look")))

    def until(self, script: str, *values: Any) -> Any:
        """What the script returns, as soon as that is something."""
        return until(lambda: self.run(script, *values), script)

    def _find(self, css: str) -> str:
        found = self._command("find", using="css selector", value=css)
        return str(found[ELEMENT])


def until(is_so: Callable[[], Any], what: str) -> Any:
    """What it says as soon as it says something; a test fails that waits too long."""
    ends = time.monotonic() + SECONDS
    while not (said := is_so()):
        assert time.monotonic() < ends, f"waited in vain for: {what}"
        time.sleep(0.05)  # neither protocol tells of a change by itself
    return said


@contextlib.contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    """Firefox without a screen, its profile in the folder, until the end of the block."""
    profile = folder / "profile"
    profile.mkdir()
    wanted = {**PREFERENCES, "browser.download.dir": str(folder)}
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in wanted.items()]
    (profile / "user.js").write_text("".join(lines))
    options = ["--headless", "--marionette", "--no-remote", "--profile"]
    with running([FIREFOX, *options, profile], folder):
        told = profile / "MarionetteActivePort"
        port = int(until(lambda: told.exists() and told.read_text(), "Marionette's port"))
        with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
            wire = connection.makefile("rwb")
            command = _marionette(wire)
            _frame(wire)  # its greeting
            command("begin", capabilities={})
            yield Engine("firefox", command)
            wire.close()


def _marionette(wire: Any) -> Command:
    names = {
        "begin": "NewSession",
        "navigate": "Navigate",
        "run": "ExecuteScript",
        "find": "FindElement",
        "click": "ElementClick",
        "type": "ElementSendKeys",
        "look": "TakeScreenshot",
    }

    def command(name: str, element: str = "", **values: Any) -> Any:
        if element:
            values["id"] = element
        if name == "look":
            values["full"] = False
        text = json.dumps([0, 1, f"WebDriver:{names[name]}", values]).encode()
        wire.write(b"%d:%b" % (len(text), text))
        wire.flush()
        _, _, error, told = _frame(wire)
        assert error is None, error
        return told["value"] if isinstance(told, dict) and set(told) == {"value"} else told

    return command


def _frame(wire: Any) -> Any:
    length = b""
    while not length.endswith(b":"):
        read = wire.read(1)
        assert read, "Firefox ended"
        length += read
    return json.loads(wire.read(int(length[:-1])))


@contextlib.contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    """WebKitGTK's small browser, on a screen of its own, until the end of the block."""
    (browser,) = Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")
    with screen() as display, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()  # WebKitWebDriver takes no port 0
        # Its own sandbox wants more of a container than it has; what it opens here is ours.
        alone = {"DISPLAY": display, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        with running([WEBKIT, f"--port={port}"], folder, **alone):
            yield _session(f"http://127.0.0.1:{port}", browser)


def _session(driver: str, browser: Path) -> Engine:
    options = {"binary": str(browser), "args": ["--automation"]}
    capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
    until(lambda: _answers(driver), "WebKitWebDriver")
    session = _ask("POST", f"{driver}/session", {"capabilities": capabilities})["sessionId"]
    at = f"{driver}/session/{session}"
    paths = {"navigate": "url", "run": "execute/sync", "find": "element"}

    def command(name: str, element: str = "", **values: Any) -> Any:
        if name == "look":
            return _ask("GET", f"{at}/screenshot")
        if element:
            act = "click" if name == "click" else "value"
            return _ask("POST", f"{at}/element/{element}/{act}", values)
        return _ask("POST", f"{at}/{paths[name]}", values)

    return Engine("webkit", command)


def _answers(driver: str) -> bool:
    try:
        return bool(_ask("GET", f"{driver}/status")["ready"])
    except urllib3.exceptions.HTTPError:
        return False


def _ask(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    answer = urllib3.request(method, url, json=body, timeout=SECONDS, retries=False)
    told = answer.json()["value"]
    assert answer.status == 200, told
    return told


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A screen in memory; its name."""
    words = [str(XVFB), "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1280x1024x24"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        try:
            yield f":{int(server.stdout.readline())}"
        finally:
            server.terminate()


@contextlib.contextmanager
def running(words: Sequence[str | Path], home: Path, **more: str) -> Iterator[None]:
    """A program and what it starts, with a home of its own, until the end of the block."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "en_GB.UTF-8", **more}
    quiet = subprocess.DEVNULL
    program = subprocess.Popen(
        words, env=environment, cwd=home, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, 15)
        program.wait(SECONDS)
