"""Ranges of a blob asked for ahead of whoever reads them, in bounded memory and in their order.

This file never knows a store. INVARIANT: of one reader at most MOST ranges are held or under way,
and none is once it has ended, however it ended.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from itertools import islice
from typing import Final, TypeVar

S = TypeVar("S")
T = TypeVar("T")

MOST: Final = 3
# At first; each that is taken lets one more be asked for. So what is needed now does not wait for
# what is needed later, and a reader that stops soon cost little.
FIRST: Final = 2


async def in_order(
    ask: Callable[[S], Awaitable[T]], ranges: Iterable[S], most: int = MOST
) -> AsyncGenerator[T, None]:
    """What each range is answered with, in the order of the ranges. Raises what `ask` raises."""
    left, under_way = iter(ranges), deque[asyncio.Future[T]]()
    room = min(FIRST, most)
    try:
        while True:
            for one in islice(left, room - len(under_way)):
                under_way.append(asyncio.ensure_future(ask(one)))
            if not under_way:
                return
            await under_way[0]
            room = min(room + 1, most)
            yield under_way.popleft().result()
    finally:
        for asked in under_way:
            asked.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
