"""Which target answers for an ARN or a URL: the longest registered prefix does.

This file never knows a kind of target. Those in `events.senders` register when they are first asked
for; a layer above this one (functions) registers when the composition root imports it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from narthex.events.target import Target, Undelivered
from narthex.server import Server

# (server, account, ARN or URL) -> Target. Cheap: called for each attempt. What the address names is
# looked up when it delivers or checks, so that a change holds from the next attempt on.
Factory = Callable[[Server, str, str], Target]

_factories: dict[str, Factory] = {}
_found = False


def register(prefix: str, factory: Factory) -> None:
    """From now on, `factory` answers for addresses with this prefix ("arn:aws:lambda:", "nats://").

    Raises ValueError when another one does.
    """
    if _factories.setdefault(prefix, factory) is not factory:
        raise ValueError(f"two kinds of target answer for `{prefix}`")


def target_of(server: Server, account: str, address: str) -> Target:
    """The target behind an ARN or URL of this account. Raises Undelivered: no kind knows it."""
    _find_senders()
    known = [prefix for prefix in _factories if address.startswith(prefix)]
    if not known:
        raise Undelivered("no target answers for this address", permanent=True)
    return _factories[max(known, key=len)](server, account, address)


def _find_senders() -> None:
    global _found  # noqa: PLW0603 - the package is read once, when the first target is asked for
    if not _found:
        from narthex.events import senders

        for module in pkgutil.iter_modules(senders.__path__):
            importlib.import_module(f"{senders.__name__}.{module.name}")
        _found = True
