"""Threads for transfers: many files at once, and the parts of a large one at once.

Two pools, since a file waits for its parts: in one pool the waiting would starve the work. This
file knows nothing of S3.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from narthex.cli.failure import INTERRUPTED

T = TypeVar("T")
R = TypeVar("R")

QUEUED_PER_THREAD = 4  # items found ahead of the work: enough to keep it busy, no more in memory
MOST_REMEMBERED = 256  # futures kept until the finished ones are let go
TICK = 0.1  # seconds between looks at the progress
GRACE = 3.0  # seconds that running work may take to clean up after Ctrl-C


class Stopped(Exception):
    """The work was called off, by Ctrl-C or because another part of it failed. Not a failure."""


class Workers:
    """Pools of `threads` threads each. `stopping` is set when everything is to end."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._files = ThreadPoolExecutor(threads, "file")
        self._parts = ThreadPoolExecutor(threads, "part")
        self.stopping = threading.Event()
        self.unfinished: set[str] = set()  # files to remove when the work cannot do it itself

    def check(self) -> None:
        """Raises Stopped when everything is to end."""
        if self.stopping.is_set():
            raise Stopped

    def each_part(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """The results of all parts, in order. A failure calls off the rest and is raised."""
        halted = threading.Event()

        def guarded(part: T) -> R:
            if halted.is_set():
                raise Stopped
            self.check()
            return work(part)

        futures = [self._parts.submit(guarded, part) for part in parts]
        wait(futures, return_when=FIRST_EXCEPTION)
        halted.set()
        wait(futures)  # nothing of it runs on when this returns
        return _results(futures)

    def submit_part(self, work: Callable[[], R]) -> Future[R]:
        """Begin one part of a stream whose number of parts is not known."""

        def guarded() -> R:
            self.check()
            return work()

        return self._parts.submit(guarded)

    def each_file(
        self, work: Callable[[T], None], items: Iterable[T], tick: Callable[[], None]
    ) -> None:
        """Run `work` for each item as they are found. tick: called by this thread, now and then.

        Raises KeyboardInterrupt on Ctrl-C, once what was running has cleaned up after itself.
        """
        room = threading.BoundedSemaphore(self._threads * QUEUED_PER_THREAD)
        running: set[Future[None]] = set()
        try:
            for item in items:
                while not room.acquire(timeout=TICK):
                    tick()
                tick()
                future = self._files.submit(work, item)
                running.add(future)
                future.add_done_callback(lambda _: room.release())
                if len(running) > MOST_REMEMBERED:
                    running = {future for future in running if not future.done()}
            while wait(running, timeout=TICK).not_done:
                tick()
        except KeyboardInterrupt:
            self._call_off(running)
            raise

    def close(self) -> None:
        """End the threads."""
        self._files.shutdown(wait=True, cancel_futures=True)
        self._parts.shutdown(wait=True, cancel_futures=True)

    def _call_off(self, running: set[Future[None]]) -> None:
        self.stopping.set()
        for future in running:
            future.cancel()
        if wait(running, timeout=GRACE).not_done:  # a server that does not answer
            for path in tuple(self.unfinished):
                with contextlib.suppress(OSError):
                    os.unlink(path)
            sys.stdout.flush()
            os._exit(INTERRUPTED)


def _results(futures: Sequence[Future[R]]) -> list[R]:
    errors = [error for future in futures if (error := future.exception()) is not None]
    real = [error for error in errors if not isinstance(error, Stopped)]
    if errors:
        raise (real or errors)[0]
    return [future.result() for future in futures]
