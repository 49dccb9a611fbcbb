"""One run of a move, as both catalogs know of it: the target is not whole, the source is followed.

INVARIANT: a source is marked as moved by the run only that began last on it, while it takes no
writes and is what that run began with. Whatever else happened leaves it as it was, and serving.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from narthex.catalog import Transaction, capture, frozen, settings
from narthex.catalog.frozen import Moved
from narthex.catalog.tables import Table
from narthex.errors import StoreError
from narthex.move import carry
from narthex.move.place import End

ANOTHER = "another move of the same source began, or this one was given up"


@dataclass(frozen=True, slots=True)
class Run:
    """Make it with `begin_run`. grounds: what it relies on. again: the source had moved before."""

    id: str
    source: End
    target: End
    grounds: tuple[str, ...]
    again: bool

    async def check(self) -> None:
        """Raises StoreError where what was read before is worth nothing any more."""
        if await settings.read(self.source.catalog, frozen.RUN) != self.id:
            raise StoreError(ANOTHER)
        if await _grounds(self.source, self.target) != self.grounds:
            raise StoreError(
                "a database failed over, and may have lost what it told, or a newer narthex"
                " changed its tables: run it again"
            )

    async def end(self) -> None:
        """The source serves on and is followed no more; unless it moved, or another run goes on."""
        if await settings.read(self.source.catalog, frozen.RUN) == self.id:
            await give_up(self.source, moved=False)

    async def mark(self, now_us: int) -> None:
        """The source says that it moved, then the target may serve: never both at once."""
        said = Moved(self.target.place.shown, now_us)
        await self.check()

        async def work(tx: Transaction) -> None:
            if await settings.read(tx, frozen.RUN) != self.id:
                raise StoreError(ANOTHER)
            if not await frozen.is_whole(tx, self.source.engine):
                raise StoreError("the source takes writes again: run it again")
            await frozen.say_moved(tx, said)

        await self.source.catalog.run(work)
        await say_whole(self.target)


async def begin_run(source: End, target: End, now_us: int) -> Run:
    """The target is not whole from now on, and takes writes; the source takes writes too.

    Also where a move was killed while it took none; but for a source that did say that it moved.
    Raises StoreError where both are the same.
    """
    await carry.refuse_same_blobs(source.blobs, target.blobs)
    await _say_begun(target, f"{source.place.shown} {now_us}")
    if await settings.read(source.catalog, frozen.BEGUN):
        await say_whole(target)
        raise StoreError("both ends are the same catalog")
    id = secrets.token_hex(16)

    async def claim(tx: Transaction) -> bool:
        await settings.write(tx, frozen.RUN, id)
        return await frozen.moved(tx) is not None

    # INVARIANT: a run that is about to mark is refused by this, or this one sees its mark.
    again = await source.catalog.run(claim)
    if not again:
        await frozen.thaw(source.catalog, source.engine)
    await frozen.thaw(target.catalog, target.engine)
    await capture.end(target.catalog, target.engine)  # it was a source, and its move was killed
    await _write(target, lambda tx: frozen.say_moved(tx, None))
    await target.blobs.sweep_unfinished(now_us)
    return Run(id, source, target, await _grounds(source, target), again)


async def follow(run: Run, tables: list[Table]) -> None:
    """From now on, changes of these tables are noted at the source."""
    await capture.begin(run.source.catalog, run.source.engine, tables)


async def give_up(end: End, *, moved: bool) -> Moved | None:
    """The source takes writes, and is followed no more. moved: also where it says that it moved.

    Returns what it said. Raises StoreError where it moved, and that is not to be taken back.
    """

    async def claim(tx: Transaction) -> Moved | None:
        said = await frozen.moved(tx)
        if said is not None and not moved:
            raise StoreError(f"{end.place.shown} moved to {said.where}: --reopen takes that back")
        await settings.write(tx, frozen.RUN, "")
        if said is not None:
            await frozen.say_moved(tx, None)
        return said

    said = await end.catalog.run(claim)
    await frozen.thaw(end.catalog, end.engine)
    await capture.end(end.catalog, end.engine)
    return said


async def say_whole(target: End) -> None:
    """The target may be served."""
    await _say_begun(target, "")


async def _say_begun(target: End, source: str) -> None:
    """The target is not whole until this is empty."""
    await _write(target, lambda tx: settings.write(tx, frozen.BEGUN, source))


async def _write(end: End, work: Callable[[Transaction], Awaitable[None]]) -> None:
    await end.catalog.run(work)


async def _grounds(source: End, target: End) -> tuple[str, ...]:
    """The history of each engine, and the version of its tables."""
    told = []
    for end in (source, target):
        told.append(await capture.history(end.catalog, end.engine))
        told.append(await settings.read(end.catalog, frozen.VERSION) or "")
    return tuple(told)
