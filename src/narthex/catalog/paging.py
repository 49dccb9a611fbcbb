"""Listings: `pure/listing.py` says which rows come next, this file fetches them.

It never knows what the rows are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence

from narthex.catalog import Row
from narthex.pure.listing import Rolled, Span

Flow = Generator[Span[Row], Sequence[Row], Rolled[Row]]


async def follow(flow: Flow, fetch: Callable[[Span[Row]], Awaitable[list[Row]]]) -> Rolled[Row]:
    """The page that the flow makes of the rows it asks for."""
    try:
        span = next(flow)
        while True:
            span = flow.send(await fetch(span))
    except StopIteration as end:
        page: Rolled[Row] = end.value
        return page
