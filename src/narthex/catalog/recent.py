"""What was read since the last commit: as good as reading it again, while nothing is committed.

This file never reads anything: it is told a number that every commit, of whatever process, changes.
INVARIANT: whoever was told of a commit before it asks here never gets what was noted before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

MOST = 1024  # values; then all are forgotten


class Recent:
    """Values by what was asked. commits: the number; asked once in each turn of the loop.

    Once is enough: news of a commit reaches this process as an event of a later turn, and that
    turn asks again before anything else of it runs here.
    """

    __slots__ = ("_asked", "_commits", "_noted", "_number")

    def __init__(self, commits: Callable[[], int]) -> None:
        self._commits = commits
        self._noted: dict[Any, Any] = {}
        self._number: int | None = None
        self._asked = False

    def noted(self) -> dict[Any, Any]:
        """What was noted since the last commit, to be read and added to at once."""
        if not self._asked:
            number = self._commits()
            self._asked = True
            asyncio.get_running_loop().call_soon(self._ask_again)
            if number != self._number or len(self._noted) >= MOST:
                self._number = number
                self._noted = {}  # a new one: who still holds the old must not note into this
        return self._noted

    def _ask_again(self) -> None:
        self._asked = False
