"""What a file that somebody brings is called: its name becomes a key below the request's. Pure.

This file never repairs a name that leads elsewhere: no browser and no curl makes one, so it is
refused. Keys are opaque to S3, but a browser would resolve `..` on its way there, and whoever
downloads the folder later would not want it either.
"""

from __future__ import annotations

from narthex.pure.share_orders import MAX_KEY
from narthex.pure.shares import Target
from narthex.web.link import plain


class NameRefused(ValueError):
    """phrase: which of the page's phrases says why."""

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase


def key_of(target: Target, name: str) -> str:
    """The key of a file called so; "/" parts the folders it is in.

    Where one file is asked for, it has the request's key, whatever it is called. What is no text,
    or turns the direction of text, becomes "_". Raises NameRefused.
    """
    if not target.is_prefix:
        return target.key
    parts = plain(name).split("/")
    if any(part.strip() in ("", ".", "..") for part in parts):
        raise NameRefused("name_empty")
    key = target.key + "/".join(parts)
    if len(key.encode()) > MAX_KEY:
        raise NameRefused("name_long")
    return key
