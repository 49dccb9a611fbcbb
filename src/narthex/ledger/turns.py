"""Those who want the same row take turns, and all who wait for a turn share its transaction.

This file never knows what the row is. Without turns, transactions on one row would end each other
again and again where the catalog is PostgreSQL, and each would cost a commit of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from narthex.catalog import Catalog, Transaction

T = TypeVar("T")
Step = Callable[[Transaction], Awaitable[T]]
Undo = Callable[[T], Awaitable[None]]
Waiting = list[tuple[Step[Any], asyncio.Future[Any]]]

MOST = 100  # steps of one transaction: other writers wait no longer than that


class Turns:
    """What waits, by row."""

    __slots__ = ("_catalog", "_tasks", "_waiting")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._waiting: dict[str, Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, row: str, step: Step[T], undo: Undo[T] | None = None) -> T:
        """What the step returned, once it is durable. It may run more than once, as any work.

        A step that raises fails all that share its transaction. undo: is given the result when
        whoever waited for it was cancelled.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if row in self._waiting:
            self._waiting[row].append((step, future))
        else:
            self._waiting[row] = [(step, future)]
            self._start(self._run(row))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if undo is not None:
                self._start(_undone(future, undo))
            raise

    async def close(self) -> None:
        """Wait until nothing waits."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, row: str) -> None:
        """Turn after turn, until nobody waits for this row."""
        while batch := self._waiting[row][:MOST]:
            self._waiting[row] = self._waiting[row][MOST:]

            async def work(tx: Transaction, batch: Waiting = batch) -> list[Any]:
                return [await step(tx) for step, _ in batch]

            try:
                results = await self._catalog.run(work)
            except Exception as error:  # whatever it is, those who wait for it are to be told
                for _, future in batch:
                    future.set_exception(error)
                    future.exception()  # somebody may have left
            else:
                for (_, future), result in zip(batch, results, strict=True):
                    future.set_result(result)
        del self._waiting[row]


async def _undone(future: asyncio.Future[T], undo: Undo[T]) -> None:
    """Undo what nobody waited for, once it is done."""
    await asyncio.wait([future])
    if future.exception() is None:
        await undo(future.result())
