"""What an import took over, what it could not, and why: counted by many threads, told at the end.

This file never decides what has a counterpart here; it only remembers.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from narthex.cli.arguments import harmless

MOST_KEPT = 10_000  # lines; what is beyond is counted
MOST_SHOWN = 50  # on a terminal


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was not taken over. kind: `versions`, `policy`, `access key`, ...

    objects: of how many objects it is told, where it is not told of each.
    """

    kind: str
    where: str
    why: str
    objects: int = 0


class ImportReport:
    """Safe to share between threads. What is counted is named in the plural: `buckets`, `users`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._left: list[Left] = []
        self._many: Counter[tuple[str, str, str]] = Counter()

    def count(self, what: str, number: int = 1) -> None:
        """So many more of it."""
        with self._lock:
            self._counts[what] += number

    def leave(self, kind: str, where: str, why: str) -> None:
        """This was not taken over."""
        with self._lock:
            self._counts["left"] += 1
            if len(self._left) < MOST_KEPT:
                self._left.append(Left(kind, where, why))

    def leave_each(self, kind: str, where: str, why: str) -> None:
        """This was not taken over, of one object more: told in one line for all of them."""
        with self._lock:
            self._many[kind, where, why] += 1

    def _all_left(self) -> list[Left]:
        return [*self._left, *(Left(*told, number) for told, number in self._many.items())]

    def document(self, failed: int) -> dict[str, Any]:
        """For JSON. failed: objects that did not arrive."""
        with self._lock:
            counts = {name: number for name, number in self._counts.items() if name != "left"}
            return {
                "took": counts,
                "failed": failed,
                "left": [asdict(one) for one in self._all_left()],
            }

    def lines(self) -> Iterator[str]:
        """For people."""
        counts = dict(self._counts)
        left = counts.pop("left", 0) + len(self._many)
        yield "took over: " + (
            ", ".join(f"{number} {name}" for name, number in counts.items()) or "nothing"
        )
        if not left:
            return
        yield "not taken over:"
        for one in self._all_left()[-MOST_SHOWN:]:
            number = f", {one.objects} objects" if one.objects else ""
            yield harmless(f"  {one.kind}, {one.where}{number}: {one.why}")
        if left > MOST_SHOWN:
            yield f"  and {left - MOST_SHOWN} more: --json names them"
