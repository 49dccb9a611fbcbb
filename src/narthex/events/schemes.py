"""Which target is behind a URL: ours for webhooks and mail, a plug-in's, or a service of apprise.

A plug-in is an entry point of the group `narthex.targets`, named for a scheme: a function of a URL
and a Reach, which returns a Target or raises ValueError. NATS and Redis are two. This file never
sends anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from narthex.config import Settings
from narthex.events.reach import Reach
from narthex.events.senders.chat import Chat
from narthex.events.senders.mail import Mail
from narthex.events.senders.webhook import Webhook
from narthex.events.target import Target
from narthex.pure.notify_urls import NotifyUrl

GROUP = "narthex.targets"
OpenTarget = Callable[[str, Reach], Target]


@lru_cache(maxsize=1)
def plug_ins() -> dict[str, EntryPoint]:
    """By scheme."""
    return {point.name: point for point in entry_points(group=GROUP)}


def open_target(url: NotifyUrl, secret: str, settings: Settings) -> Target:
    """The target behind a URL. secret: of a webhook. Raises ValueError."""
    reach = Reach(settings.notify_allow)
    if url.kind == "webhook":
        return Webhook(url.text, secret, reach)
    if url.kind == "mail":
        return Mail(url.text, settings.smtp_url)
    point = plug_ins().get(url.scheme)
    if point is not None:
        open_it: OpenTarget = point.load()
        return open_it(url.text, reach)
    return Chat(url.text, settings.notify_allow)
