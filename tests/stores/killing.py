"""`narthex move` that ends itself with SIGKILL at a named moment, as a power cut would end it.

`python -m tests.stores.killing MOMENT --from ... --to ...`
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from narthex.catalog import capture, frozen
from narthex.cli import move
from narthex.move import follow, run

# Moment -> the function, and whether it was called already. In the order of a move.
MOMENTS: dict[str, tuple[Any, str, bool]] = {
    "changes are noted": (capture, "begin", True),
    "everything is copied": (follow.Follower, "round", False),
    "the source is frozen": (frozen, "freeze", True),
    "everything is equal": (run.Run, "mark", False),
    "the source has moved": (run, "say_whole", False),
    "the target is whole": (run.Run, "mark", True),
}


def killing(function: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    async def wrapped(*given: Any, **named: Any) -> None:
        if after:
            await function(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return wrapped


if __name__ == "__main__":
    owner, name, after = MOMENTS[sys.argv[1]]
    setattr(owner, name, killing(getattr(owner, name), after=after))
    sys.exit(move.run(sys.argv[2:]))
