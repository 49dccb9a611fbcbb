"""One caller's work on its way through a shared transaction: run now, told of its outcome later.

This file never knows an engine, and never lets a caller believe that a committed work was undone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from narthex.catalog import Transaction
from narthex.errors import StoreError

T = TypeVar("T")


class Failing(Transaction, Protocol):
    """A transaction that remembers its first failed statement, also when the work swallowed it."""

    failed: StoreError | None


class Work(Generic[T]):
    """Queued, then begun by `drive`, then settled. Its caller waits in `outcome`."""

    __slots__ = ("_begun", "_loop", "_settled", "_signal", "_work", "error", "given_up", "result")

    def __init__(
        self, work: Callable[[Transaction], Awaitable[T]], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._work = work
        self._loop = loop
        self._signal: asyncio.Future[None] = loop.create_future()
        self._begun = False
        self._settled = False
        self.given_up = False
        self.result: Any = None
        self.error: BaseException | None = None

    def drive(self, transaction: Failing) -> bool:
        """Run the work to its end, here and now; whether it succeeded."""
        self._begun = True
        transaction.failed = None
        steps = self._work(transaction).__await__()
        try:
            next(steps)
        except StopIteration as end:
            self.result = end.value
            # PostgreSQL ends a transaction at its first error; to swallow one fails here as well.
            self.error = transaction.failed
        except BaseException as error:  # carried to the caller, whatever it is
            self.error = error
        else:
            # The loop and every other process would wait for what this one waits for.
            steps.close()
            self.error = RuntimeError("a work may await its transaction only, nothing else")
        return self.error is None

    def settle(self) -> None:
        """Wake the caller: result and error are final."""
        self._settled = True
        if not self._signal.done():
            self._signal.set_result(None)

    async def outcome(self) -> T:
        """What the work returned, or raises what it raised, once it is settled.

        Cancelled before the work began, it never runs. Cancelled later, the cancellation waits:
        were it raised at once, the caller would undo (forget a blob, say) what is being committed.
        If the work is committed, its result is returned and the cancellation comes at the next
        await.
        """
        late = False
        while not self._settled:
            try:
                await self._signal
            except asyncio.CancelledError:
                if not self._begun:
                    self.given_up = True
                    raise
                late = True
                self._signal = self._loop.create_future()
        if late:
            cancel_later(self.error)
        if self.error is not None:
            raise self.error
        result: T = self.result
        return result


def cancel_later(error: BaseException | None) -> None:
    """Deliver a cancellation that came too late: at the next await, or now if nothing was done."""
    if error is not None:
        raise asyncio.CancelledError from error
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()  # counted once: `asyncio.timeout` compares the count
        task.cancel()


def refuse(works: Iterable[Work[Any]], error: BaseException) -> None:
    """Settle all with this error, each with an exception of its own."""
    for work in works:
        if isinstance(error, StoreError):
            work.error = type(error)(str(error))
        else:
            work.error = StoreError(f"the catalog failed: {error!r}")
        work.error.__cause__ = error
        work.settle()
