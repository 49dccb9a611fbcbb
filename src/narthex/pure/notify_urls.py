"""Addresses to tell something: what each is, whether it can be meant, what is shown of it. Pure.

This file never says where a name leads. An address often holds a password or a token, so what is
shown of one, in lists and in refusals, is made here: never more than where it leads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

Kind = Literal["webhook", "mail", "other", "target"]

MOST = 2048  # characters
PORTS = (80, 443)  # of webhooks, and all above the well-known ones
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what SNS and SQS take, but for .fifo


@dataclass(frozen=True, slots=True)
class NotifyUrl:
    """kind: a webhook, a mailbox, a named target of the account, or what its scheme says.

    text: all of it; of a mailbox the address alone, of a target its name. shown: without secrets.
    """

    kind: Kind
    scheme: str
    text: str = field(repr=False)
    shown: str


def read_target_name(text: str) -> str:
    """The name of a target. Raises ValueError."""
    if not _NAME.fullmatch(text):
        raise ValueError("a target's name has 1 to 256 letters, digits, - and _")
    return text


def read_notify_url(text: str) -> NotifyUrl:
    """An address, or the name of a target. Raises ValueError, whose text shows no secret."""
    if not 1 <= len(text) <= MOST:
        raise ValueError(f"an address has 1 to {MOST} characters")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("an address is printable ASCII without spaces: write %20 and xn--")
    scheme, colon, rest = text.partition(":")
    if not colon:
        return NotifyUrl("target", "", read_target_name(text), text)
    scheme = scheme.lower()
    if not _SCHEME.fullmatch(scheme):
        raise ValueError("an address begins with its scheme, such as https: or mailto:")
    if scheme == "mailto" and not rest.startswith("//"):
        return _mailbox(rest)
    if not rest.startswith("//"):
        raise ValueError(f"`{scheme}:` is followed by //")
    if scheme in ("http", "https"):
        return _webhook(scheme, text)
    return NotifyUrl("other", scheme, text, f"{scheme}://…")


def _mailbox(text: str) -> NotifyUrl:
    box = unquote(text)
    if not _MAIL.fullmatch(box) or len(box) > 254:  # RFC 5321, section 4.5.3.1
        raise ValueError("`mailto:` is followed by one mail address and nothing else")
    return NotifyUrl("mail", "mailto", box, f"mailto:{box}")


def _webhook(scheme: str, text: str) -> NotifyUrl:
    host, port = host_and_port(text, 443 if scheme == "https" else 80)
    if port not in PORTS and port < 1024:
        raise ValueError(f"a webhook is on port 80, 443 or above 1023, not on {port}")
    if "#" in text:
        raise ValueError("a webhook's URL has no fragment")
    where = f"[{host}]" if ":" in host else host
    standard = port == (443 if scheme == "https" else 80)
    shown = f"{scheme}://{where}" if standard else f"{scheme}://{where}:{port}"
    return NotifyUrl("webhook", scheme, text, f"{shown}/…")


def split(text: str) -> SplitResult:
    """The parts of a URL. Raises ValueError without repeating any of it."""
    try:
        return urlsplit(text)
    except ValueError as error:
        raise ValueError("this is no URL") from error


def host_and_port(text: str, standard: int) -> tuple[str, int]:
    """Where a URL leads. standard: the port when it names none. Raises ValueError."""
    parts = split(text)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("the URL's port is no port") from error
    if not host:
        raise ValueError("the URL names no host")
    if port == 0:
        raise ValueError("the URL's port is no port")
    return host, standard if port is None else port
