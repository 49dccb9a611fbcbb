"""A server in process with one file in a bucket, and whatever shares of it a test wants."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from narthex.catalog import accounts, buckets
from narthex.ledger import issue as issuing
from narthex.ledger.issue import Draft, Issued, Issuer
from narthex.ledger.links import Place
from narthex.pure.share_orders import Order, checked
from narthex.pure.shares import Judged, Limits, Owner
from tests.driving import HOST, NOON, ROOT, SECOND, Answer, Driver, open_driver

BUCKET = "bucketofbigsecrets"
KEY = "talks/Prometheus.pptx"
CONTENT = b"fire inside a stalk of giant fennel"
BROWSER = (
    ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0"),
)
CURL = (("accept", "*/*"), ("user-agent", "curl/8.14.1"))
HOUR = 3600 * SECOND
FORM = ("content-type", "application/x-www-form-urlencoded")
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass(frozen=True)
class Opened:
    """A share, and one who opens its link."""

    driver: Driver
    issued: Issued

    @property
    def path(self) -> str:
        """The path of the short link."""
        return "/" + self.issued.link.partition("://")[2].partition("/")[2]

    async def get(
        self, *headers: tuple[str, str], method: str = "GET", who: Any = BROWSER
    ) -> Answer:
        """The link, opened."""
        return await self.driver.raw(method, self.path, "", (("host", HOST), *who, *headers))

    async def post(self, *headers: tuple[str, str], who: Any = BROWSER, **fields: str) -> Answer:
        """The form of a page, sent."""
        body = urlencode(fields).encode()
        sent = (("host", HOST), FORM, ("content-length", str(len(body))), *who, *headers)
        return await self.driver.raw("POST", self.path, "", sent, [body])

    async def click(self, page: Answer, **fields: str) -> Answer:
        """A button of a page."""
        return await self.post(**hidden(page), **fields)

    async def follow(self, answer: Answer, *headers: tuple[str, str]) -> Answer:
        """Where a redirect leads, as a browser would go there."""
        assert answer.status == 303, answer
        location = answer.header("location") or ""
        assert location.startswith("../")
        return await self.driver.url(f"http://{HOST}/{location[3:]}", headers=(*BROWSER, *headers))

    async def counts(self) -> tuple[int, int]:
        """Uses and bytes, once all was written down."""
        from narthex.catalog import shares

        await self.driver.server.ledger.journal.written()
        found = await shares.find(self.driver.server.catalog, self.issued.share.id)
        assert found is not None
        return found.counts.uses, found.counts.bytes


def hidden(page: Answer) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(_HIDDEN.findall(page.body.decode()))


Share = Callable[..., Awaitable[Opened]]


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with one file in one bucket."""
    async for driver in open_driver(tmp_path, inline_size=16):
        assert (await driver.send("PUT", f"/{BUCKET}")).status == 200
        assert (await driver.send("PUT", f"/{BUCKET}/{KEY}", body=CONTENT)).status == 200
        yield driver


@pytest.fixture
def share(narthex: Driver) -> Share:
    """Makes shares: `await share(max_uses=1, password="...")`, for an hour from noon."""

    async def make(
        key: str = KEY, *, owner: str = "ana", expires_in_us: int = HOUR, **fields: Any
    ) -> Opened:
        server = narthex.server
        bucket = await buckets.find(server.catalog, BUCKET)
        account = await accounts.first(server.catalog)
        assert bucket is not None
        assert account is not None
        limits = {
            name: fields.pop(name)
            for name in ("max_uses", "max_bytes", "networks", "not_before_us")
            if name in fields
        }
        judged = Judged(fields.pop("standing", "open"))
        order = Order(BUCKET, key, limits=Limits(NOON + expires_in_us, **limits), **fields)
        issuer = Issuer(
            Owner("root", account.id, "", f"arn:aws:iam::{account.id}:root", owner), ROOT.id, ""
        )
        place = Place(f"http://{HOST}", "us-east-1")
        drafts = [Draft(checked(order, NOON), bucket, judged)]
        made = await issuing.issue(server.ledger, issuer, drafts, place, NOON)
        return Opened(narthex, made[0])

    return make


async def revoke(opened: Opened) -> None:
    """The owner takes it back, now."""
    from narthex.catalog import shares

    driver = opened.driver

    async def work(tx: Any) -> None:
        await shares.revoke(tx, [opened.issued.share.id], driver.clock.now_us)

    await driver.server.catalog.run(work)


# limits, how much later, status, words of the page, whether it says whom to ask
OUTSIDE_LIMITS: list[tuple[dict[str, Any], int, int, str, bool]] = [
    ({}, HOUR, 410, "This link has expired", True),
    ({"not_before_us": NOON + SECOND}, 0, 403, "This link is not valid yet", False),
    ({"networks": ("198.51.100.0/24",)}, 0, 403, "This link does not work from here", True),
]
