"""An act of administration of the API as the audit log tells it.

This file never tells what is not named here: addresses of targets hold passwords.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from narthex.acts import Act
from narthex.api.endpoint import Call, Endpoint

GIVEN: Final = (
    "name", "enabled", "paused", "state", "bucket", "prefix", "suffix", "since", "lasts",
)  # fmt: skip


def act_of(asked: Endpoint, call: Call) -> Act:
    """The act that this call is; what it is on is known once that was found."""
    return Act(
        asked.action,
        asked.action.partition(":")[2],
        "*",
        "",
        call.asking.identity,
        call.asking.request,
        "",
        lambda: _said(call),
    )


def _said(call: Call) -> Iterator[tuple[str, str]]:
    yield from call.parts.items()
    for name in GIVEN:
        value = call.body.get(name)
        if isinstance(value, bool):
            yield name, str(value).lower()
        elif isinstance(value, str | int):
            yield name, str(value)
