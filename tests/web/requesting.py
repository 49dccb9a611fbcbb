"""Requests as whoever opens their link meets them: the page, its script's forms, curl's PUT."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from narthex.pure.shares import Accepts
from tests.driving import HOST, Answer
from tests.web.conftest import BROWSER, BUCKET, CURL, Opened, Share, hidden

INBOX = "inbox/"
SCRIPT = (("accept", "application/json"), BROWSER[1])
Ask = Callable[..., Awaitable["Asked"]]


class Asked(Opened):
    """A request, and one who opens its link."""

    async def sign(self, page: Answer, step: str, name: str = "a.txt", **fields: Any) -> Answer:
        """What the page's script is told when it wants a step signed."""
        fields = {key: str(value) for key, value in fields.items()}
        said = {**hidden(page), "do": "sign", "step": step, "name": name, **fields}
        return await self.post(who=SCRIPT, **said)

    async def step(
        self, page: Answer, step: str, name: str = "a.txt", body: bytes = b"", **fields: Any
    ) -> Answer:
        """A step, signed and sent as a browser does."""
        signed = await self.sign(page, step, name, **fields)
        assert signed.status == 200, signed.body
        told = json.loads(signed.body)
        assert told["url"].startswith(f"../{BUCKET}/")
        url = f"http://{HOST}/{told['url'][3:]}"
        return await self.driver.url(url, told["method"], headers=BROWSER[1:], body=body)

    async def bring(self, name: str, body: bytes, *headers: tuple[str, str]) -> Answer:
        """`curl -T name link`, with what is behind the link as it is given."""
        sent = (("host", HOST), ("content-length", str(len(body))), *CURL, *headers)
        return await self.driver.raw("PUT", f"{self.path}{name}", "", sent, [body])

    async def stored(self, name: str) -> bytes | None:
        """What the owner finds."""
        answer = await self.driver.send("GET", f"/{BUCKET}/{INBOX}{name}")
        return answer.body if answer.status == 200 else None


async def ask(share: Share, **fields: Any) -> Asked:
    """A request for `inbox/`, for an hour from noon."""
    told = {name: fields.pop(name) for name in ("max_size", "types", "overwrite") if name in fields}
    order: dict[str, Any] = {"key": INBOX, "is_prefix": True, **fields}
    made = await share(kind="upload", accepts=Accepts(**told), **order)
    return Asked(made.driver, made.issued)


def told(page: Answer) -> dict[str, Any]:
    """What the page tells its script."""
    found = re.search(r'data-told="([^"]*)"', page.body.decode())
    assert found is not None
    said: dict[str, Any] = json.loads(html.unescape(found[1]))
    return said


def refusal(answer: Answer) -> tuple[int, str]:
    """Why nothing was signed."""
    return answer.status, json.loads(answer.body)["refused"]


def password(text: str) -> tuple[str, str]:
    """A password as `curl -u guest` sends it."""
    return "authorization", f"Basic {base64.b64encode(f'guest:{text}'.encode()).decode()}"
