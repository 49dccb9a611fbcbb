"""Share as an owner does: JSON signed for the ledger's service, in process."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from narthex.bootstrap import RootKey
from tests.driving import Answer, Driver

BUCKET = "bucketofbigsecrets"
PREFIX = "/-/api/v1/"
Document = dict[str, Any]


@dataclass(frozen=True)
class Refused(Exception):
    """What the API answered instead of a document."""

    status: int
    code: str
    message: str
    field: str | None

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


@dataclass(frozen=True)
class Sharer:
    """One caller of the API; its `s3` speaks S3 with the same key."""

    s3: Driver

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> Document:
        """The document answered. Raises Refused."""
        answer = await self.send(method, path, body, **query)
        told: Document = json.loads(answer.body)
        assert answer.header("content-type") == "application/json"
        if answer.status >= 400:
            raise Refused(answer.status, **told["error"])
        return told

    async def send(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """The answer as it is. body: a value to write as JSON, or bytes as they are."""
        data = body if isinstance(body, bytes) else b""
        if body is not None and not data:
            data = json.dumps(body).encode()
        return await self.s3.as_service("narthex").send(
            method, PREFIX + path, tuple(query.items()), body=data
        )

    async def issue(self, key: str = "k", **order: Any) -> Document:
        """A share of an object, with its links."""
        order = {"bucket": BUCKET, "key": key, "expires_in": 3600, "raw": True} | order
        return await self.ask("POST", "shares", order)

    async def share(self, id: str) -> Document:
        """A share as it stands."""
        told: Document = (await self.ask("GET", f"shares/{id}"))["share"]
        return told

    async def log(self, id: str) -> list[tuple[str, str]]:
        """Event and outcome of all that happened, the oldest first."""
        entries = (await self.ask("GET", f"shares/{id}/log"))["entries"]
        return [(one["event"], one["outcome"]) for one in reversed(entries)]

    def at(self, address: str) -> Sharer:
        """The same caller from another address."""
        return Sharer(replace(self.s3, client=address))


async def holder(root: Sharer, told: Document) -> Driver:
    """Requests signed with the share's own key, which nobody is told."""
    server = root.s3.server
    row = await server.catalog.fetch_one(
        "SELECT access_key_id, sealed FROM shares WHERE id = ?", (told["share"]["id"],)
    )
    assert row is not None
    return root.s3.as_key(RootKey(row[0], server.keyring.open(row[0], row[1])))


def words(answer: Answer) -> tuple[int, str | None, str | None]:
    """Status, code and message of a refusal by S3."""
    return answer.status, answer.code, answer.text("Message")
