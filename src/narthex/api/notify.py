"""Whom new shares notify: addresses checked before anything is issued, targets by permission.

This file never sends anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from narthex.api.endpoint import Call
from narthex.api.errors import invalid
from narthex.events import targets
from narthex.events.targets import TargetError
from narthex.ledger.addresses import topic_arn
from narthex.ledger.issue import Draft
from narthex.pure.notify_urls import read_notify_url
from narthex.server import Server

MOST = 20  # different addresses of one request, each of which is looked at


def targets_of(call: Call, drafts: Sequence[Draft], server: Server) -> tuple[tuple[str, str], ...]:
    """What is to be allowed to notify by a named target: to know it."""
    return named_targets(call, _texts(drafts), server)


def named_targets(call: Call, texts: Sequence[str], server: Server) -> tuple[tuple[str, str], ...]:
    """The same for addresses that can be meant."""
    region, account = server.settings.home_region, call.scope.account
    names = [url.text for text in texts if (url := read_notify_url(text)).kind == "target"]
    return tuple(("narthex:GetTarget", topic_arn(region, account, name)) for name in names)


async def check_addresses(call: Call, drafts: Sequence[Draft], server: Server) -> None:
    """Each address can be meant, and leads where we may go. Raises ApiError."""
    await check_texts(call, _texts(drafts), server)


async def check_texts(call: Call, texts: Sequence[str], server: Server) -> None:
    """The same for addresses alone."""
    if len(texts) > MOST:
        raise invalid("notify", f"at most {MOST} different addresses in one request")
    try:
        for text in texts:
            await targets.checked(server, call.scope.account, text, "notify")
    except TargetError as error:
        raise invalid("notify", str(error)) from error


def _texts(drafts: Sequence[Draft]) -> list[str]:
    return list(dict.fromkeys(text for draft in drafts for text in draft.order.notify))
