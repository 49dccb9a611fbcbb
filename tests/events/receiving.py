"""A target that keeps what it is given, and the parts of the tests that ask for it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from narthex.catalog import accounts
from narthex.events.engine import Engine
from narthex.events.registry import register
from narthex.events.target import Delivery, Undelivered
from narthex.server import Server
from tests.driving import Answer, Driver

OF_NOTIFICATION = [("notification", "")]
_numbers = itertools.count(1)


def takes_all(delivery: Delivery) -> None:
    """Nothing is refused."""


@dataclass
class Inbox:
    """A queue of one account. answer: raises Undelivered for what it does not take."""

    arn: str
    taken: list[Delivery] = field(default_factory=list)
    tried: list[Delivery] = field(default_factory=list)
    answer: Callable[[Delivery], None] = takes_all
    absent: Undelivered | None = None

    async def check(self) -> None:
        if self.absent is not None:
            raise self.absent

    async def deliver(self, delivery: Delivery) -> None:
        self.tried.append(delivery)
        self.answer(delivery)
        self.taken.append(delivery)

    @property
    def messages(self) -> list[Any]:
        """What was taken, read."""
        return [json.loads(delivery.payload) for delivery in self.taken]

    @property
    def records(self) -> list[Any]:
        """The events among them."""
        return [record for message in self.messages for record in message.get("Records", [])]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Name and key of each event."""
        return [(one["eventName"], one["s3"]["object"]["key"]) for one in self.records]


async def account_of(server: Server) -> str:
    """The id of the only account."""
    found = await accounts.first(server.catalog)
    assert found is not None
    return found.id


def open_inbox(account: str, service: str = "sqs") -> Inbox:
    """A new queue (or topic), known to the registry of this process."""
    inbox = Inbox(f"arn:aws:{service}:us-east-1:{account}:inbox-{next(_numbers)}-end")
    register(inbox.arn, lambda server, account, arn: inbox)
    return inbox


def queue_of(arn: str, *events: str, id: str = "", more: str = "", kind: str = "Queue") -> str:
    """One entry of a configuration. more: its filter."""
    said = f"<Id>{id}</Id>" if id else ""
    wanted = "".join(f"<Event>{event}</Event>" for event in events or ("s3:ObjectCreated:*",))
    inner = f"{said}<{kind}>{arn}</{kind}>{wanted}{more}"
    return f"<{kind}Configuration>{inner}</{kind}Configuration>"


def filter_of(**rules: str) -> str:
    """A filter of these rules: prefix, suffix."""
    inner = "".join(
        f"<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>"
        for name, value in rules.items()
    )
    return f"<Filter><S3Key>{inner}</S3Key></Filter>"


def configured(*entries: str) -> bytes:
    """A whole document."""
    return f"<NotificationConfiguration>{''.join(entries)}</NotificationConfiguration>".encode()


async def configure(narthex: Driver, bucket: str, *entries: str) -> Answer:
    """Put it on a bucket; it must be taken."""
    body = configured(*entries)
    answer = await narthex.send("PUT", f"/{bucket}", OF_NOTIFICATION, body=body)
    assert answer.status == 200, answer.body
    return answer


async def settle(narthex: Driver, holder: str = "test") -> None:
    """Deliver what is due now."""
    assert await Engine(narthex.server, holder, chance=lambda: 0.5).settle()
