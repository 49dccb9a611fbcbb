"""Which target is behind a URL: ours, a plug-in's, or a service of apprise's."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from narthex.config import Settings
from narthex.events import schemes
from narthex.events.reach import Reach
from narthex.events.schemes import open_target
from narthex.events.senders.chat import Chat
from narthex.events.senders.mail import Mail
from narthex.events.senders.nats import NatsSubject
from narthex.events.senders.redis import RedisPlace
from narthex.events.senders.webhook import Webhook
from narthex.events.target import Delivery, Target
from narthex.pure.notify_urls import read_notify_url

KINDS = {
    "https://h.example.org/": Webhook,
    "HTTP://h.example.org/": Webhook,
    "mailto:ops@example.org": Mail,
    "mailto://ana:pass@example.org": Chat,
    "slack://a/b/c": Chat,
    "nats://h/subject": NatsSubject,
    "redis://h/0?stream=s": RedisPlace,
    "rediss://h/0?stream=s": RedisPlace,
}


def opened(url: str) -> Target:
    """The target behind a URL."""
    return open_target(read_notify_url(url), "", Settings(notify_allow=("10.0.0.0/8",)))


@pytest.mark.parametrize("url", KINDS)
def test_a_scheme_has_its_target(url: str) -> None:
    assert type(opened(url)) is KINDS[url]


class Pigeon:
    """A plug-in's target."""

    def __init__(self, url: str, reach: Reach) -> None:
        if "loft" not in url:
            raise ValueError("a pigeon needs a loft")
        self.reach = reach

    async def check(self) -> None:
        """It flies."""

    async def deliver(self, delivery: Delivery) -> None:
        """It lands."""


@pytest.fixture
def pigeon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in that is installed."""
    point = EntryPoint("pigeon", f"{__name__}:Pigeon", schemes.GROUP)
    monkeypatch.setattr(schemes, "plug_ins", lambda: {"pigeon": point})


@pytest.mark.usefixtures("pigeon")
def test_a_plug_in_has_its_scheme_and_is_told_where_it_may_go() -> None:
    target = opened("pigeon://loft")
    assert isinstance(target, Pigeon)
    assert target.reach.allowed == ("10.0.0.0/8",)
    with pytest.raises(ValueError, match="a pigeon needs a loft"):
        opened("pigeon://nest")


def test_the_brokers_use_the_same_seam() -> None:
    assert {"nats", "redis", "rediss"} <= set(schemes.plug_ins())
