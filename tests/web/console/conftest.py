"""A server in process with one file in a bucket, and browsers that sign in at its console."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from narthex.bootstrap import RootKey
from tests.asking import Api
from tests.driving import ROOT, Answer, Driver, open_driver

BUCKET = "bucketofbigsecrets"
KEY = "talks/Prometheus.pptx"
CONTENT = b"fire inside a stalk of giant fennel"
HERE = "localhost:9000"  # a way that stays in the computer
CONSOLE = "/-/console"
FORM = "application/x-www-form-urlencoded"
NAVIGATES = (
    ("accept", "text/html"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "same-origin"),
)
SCRIPT = (("sec-fetch-dest", "empty"), ("sec-fetch-site", "same-origin"))
_PROOF = re.compile(r'data-proof="([0-9a-f]{64})"')


@dataclass
class Browser:
    """One browser: it keeps its cookie, follows where it is sent, and knows its page's proof."""

    driver: Driver
    host: str = HERE
    cookies: dict[str, str] = field(default_factory=dict)
    proof: str = ""
    told: list[str] = field(default_factory=list)  # what it was told to keep, as it was told

    async def send(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: tuple[tuple[str, str], ...] = NAVIGATES,
        body: bytes = b"",
    ) -> Answer:
        """One request with the cookie, exactly so."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = [("host", self.host), *headers, *([("cookie", cookie)] if cookie else [])]
        if method == "POST":
            sent.append(("content-length", str(len(body))))
        answer = await self.driver.raw(method, path, query, sent, [body] if body else [])
        for name, value in answer.headers:
            if name == "set-cookie":
                self.told.append(value)
                self._keep(value)
        found = _PROOF.search(answer.body.decode("utf-8", "replace"))
        self.proof = found[1] if found else self.proof
        return answer

    def _keep(self, header: str) -> None:
        name, _, value = header.partition(";")[0].partition("=")
        self.cookies.pop(name, None)
        if value:
            self.cookies[name] = value

    async def get(self, page: str = "", **query: str) -> Answer:
        """A page."""
        return await self.send("GET", f"{CONSOLE}/{page}".rstrip("/"), urlencode(query))

    async def post(self, page: str, *, proof: str | None = None, **fields: str) -> Answer:
        """A form of a page, sent. proof: another than the page's."""
        fields = {"proof": self.proof if proof is None else proof, **fields}
        body = urlencode(fields).encode()
        return await self.send(
            "POST", f"{CONSOLE}/{page}", "", (*NAVIGATES, ("content-type", FORM)), body
        )

    async def script(
        self, page: str, data: Any = None, *, method: str = "POST", proof: str = ""
    ) -> Answer:
        """What a script of ours sends."""
        headers = (*SCRIPT, ("x-narthex-proof", proof or self.proof))
        body = b"" if data is None else json.dumps(data).encode()
        path, _, query = page.partition("?")
        return await self.send(method, f"{CONSOLE}/{path}", query, headers, body)

    async def follow(self, answer: Answer, page: str) -> Answer:
        """Where a redirect of a page leads."""
        assert answer.status == 303, text_of(answer)
        base = f"http://{self.host}{CONSOLE}/{page}"
        parts = urlsplit(urljoin(base, answer.header("location") or ""))
        return await self.send("GET", parts.path, parts.query)

    async def sign_in(self, key: RootKey = ROOT, token: str = "", **fields: str) -> Answer:
        """The door, with a key."""
        return await self.post(
            "sign-in", access_key_id=key.id, secret=key.secret, token=token, **fields
        )


def text_of(answer: Answer) -> str:
    """What a person reads of a page."""
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", answer.body.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def told_by(answer: Answer) -> Any:
    """What a script is answered."""
    return json.loads(answer.body)


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with one file in one bucket."""
    async for driver in open_driver(tmp_path, inline_size=16, notify_allow=("203.0.113.0/24",)):
        assert (await driver.send("PUT", f"/{BUCKET}")).status == 200
        assert (await driver.send("PUT", f"/{BUCKET}/{KEY}", body=CONTENT)).status == 200
        yield driver


@pytest.fixture
def browser(narthex: Driver) -> Browser:
    """A browser that is not signed in."""
    return Browser(narthex)


@pytest.fixture
async def root(browser: Browser) -> Browser:
    """A browser with the root's key."""
    answer = await browser.sign_in()
    assert answer.status == 303, text_of(answer)
    assert (await browser.get()).status == 200
    return browser


@pytest.fixture
def iam(narthex: Driver) -> Api:
    """IAM and STS, as root."""
    return Api(narthex)
