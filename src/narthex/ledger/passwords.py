"""Passwords of links: hashed slowly, off the event loop, few at a time; guessing costs time.

This file never keeps a password and never says how wrong one was.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from narthex.errors import Corrupt

SECOND = 1_000_000  # microseconds
AT_ONCE = 2  # hashes in computation; each takes 19 MiB
QUEUE = 32  # that wait; whoever comes then is told to come back
FREE_TRIES = 3  # wrong ones of one link before the next has to wait
LONGEST_WAIT_US = 60 * SECOND
REMEMBERED = 10_000  # links with wrong tries
# Source: OWASP, "Password Storage Cheat Sheet": Argon2id with 19 MiB, 2 passes, 1 lane.
MEMORY_KIB = 19 * 1024
PASSES = 2

Checked = Literal["right", "wrong", "later"]


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    next_us: int = 0


class Passwords:
    """Hashes and checks. What it remembers of wrong tries is this process's alone."""

    __slots__ = ("_hasher", "_pool", "_tries", "_waiting")

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1, type=Type.ID
        )
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._tries: dict[str, _Tries] = {}
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The slow hash, salted, as it is kept."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._hasher.hash, password)

    async def check(self, link: str, kept: str, given: str, now_us: int) -> tuple[Checked, int]:
        """Whether this is the password of a link; and in how many seconds to try again.

        After a few wrong ones each try of that link has to wait, twice as long as the one before;
        "later" says that this one was not looked at. Raises Corrupt when `kept` is no hash.
        """
        tries = self._tries.get(link)
        if tries is not None and now_us < tries.next_us:
            return "later", _seconds(tries.next_us - now_us)
        if self._waiting >= QUEUE:
            return "later", 1
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._pool, self._verify, kept, given)
        finally:
            self._waiting -= 1
        if right:
            self._tries.pop(link, None)
            return "right", 0
        return "wrong", self._note_wrong(link, now_us)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _note_wrong(self, link: str, now_us: int) -> int:
        if len(self._tries) >= REMEMBERED and link not in self._tries:
            del self._tries[next(iter(self._tries))]
        tries = self._tries.setdefault(link, _Tries())
        tries.wrong += 1
        over = tries.wrong - FREE_TRIES
        if over < 0:
            return 0
        wait = min(SECOND << min(over, 16), LONGEST_WAIT_US)
        tries.next_us = now_us + wait
        return _seconds(wait)

    def _verify(self, kept: str, given: str) -> bool:
        try:
            return self._hasher.verify(kept, given)
        except InvalidHashError as error:
            raise Corrupt("a kept password hash cannot be read") from error
        except VerificationError:
            return False


def _seconds(us: int) -> int:
    return -(-us // SECOND)
