"""What a delivery is, and what a target is: something that takes deliveries or says why not.

This file never delivers anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from narthex.catalog import Transaction


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell a target something.

    id: the same in every attempt, so that a receiver can tell what it had already. lane: what its
    order is kept in. kind: what the payload is: "s3", "notice", "invocation". payload: JSON.
    attempt counts from 1.
    """

    id: str
    account: str
    target: str
    lane: str
    kind: str
    payload: str = field(repr=False)
    created_us: int
    attempt: int


class Undelivered(Exception):
    """It was not delivered. reason: for people, without a secret, a token or an address's password.

    permanent: trying again is in vain, so it becomes a dead letter. retry_after: seconds, when the
    target said so, or when only this delivery has failed and the target is well; None leaves it to
    the engine, which then also spares a target that failed several times in a row.
    """

    def __init__(
        self, reason: str, *, permanent: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after


class Target(Protocol):
    """Made anew for each attempt: it holds no state that another attempt would need."""

    async def deliver(self, delivery: Delivery) -> None:
        """Returns once the target has taken it. Raises Undelivered; bounds its own time."""
        ...

    async def check(self) -> None:
        """Whether it could deliver now; asked when a configuration names it. Raises Undelivered."""
        ...


@runtime_checkable
class Mourns(Protocol):
    """A target that wants to know what it will never be given: a function's on-failure target."""

    async def given_up(self, tx: Transaction, delivery: Delivery, reason: str) -> None:
        """In the transaction that makes it a dead letter. It awaits `tx` and nothing else.

        reason: the last failure's; "EventAgeExceeded" when it was too old to be tried again.
        """
        ...


@runtime_checkable
class AsksSource(Protocol):
    """A target that takes notifications only of those whom it lets: a function."""

    async def check_source(self, source_arn: str) -> None:
        """Whether it would take those of this bucket, of the account. Raises Undelivered."""
        ...
