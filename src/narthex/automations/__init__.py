"""What the server does by itself, on behalf of an owner: share what was uploaded.

This layer stands above the API: it asks as its owner would, so there is no second way to a share.
"""

from __future__ import annotations

from narthex.events.registry import register
from narthex.events.target import Target
from narthex.pure.automations import PREFIX
from narthex.server import Server


def install() -> None:
    """From now on, deliveries to automations come here."""
    register(PREFIX, _target)


def _target(server: Server, account: str, address: str) -> Target:
    # All of the API stands behind it: a server without automations never pays for that.
    from narthex.automations.target import AutomationTarget

    return AutomationTarget(server, account, address)
