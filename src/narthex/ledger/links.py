"""The URLs of a share: the short one, and pre-signed ones that its own key signs.

This file never decides who gets them. A signature can live for a week at most; the short link
lives as long as its share, and has a fresh URL signed for each confirmed click.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from narthex.presigner import Presigner
from narthex.pure.disposition import attachment
from narthex.pure.shares import Share
from narthex.pure.sigv4 import MAX_EXPIRES

SECOND = 1_000_000  # microseconds
CLICK = "x-narthex-click"  # the parameter that names the click a URL was minted for
SHORT = "/s/"


@dataclass(frozen=True, slots=True)
class RawLink:
    """A pre-signed URL and when it ends, in microseconds."""

    url: str
    expires_us: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where clients reach this server. url: without a slash at its end. region: that links name."""

    url: str
    region: str

    def short(self, token: str) -> str:
        """The short link."""
        return f"{self.url}{SHORT}{token}"


def mint(
    share: Share,
    secret: str,
    place: Place,
    now_us: int,
    *,
    key: str | None = None,
    click: str = "",
    seconds: int = MAX_EXPIRES,
) -> RawLink:
    """A URL that downloads what is shared (or uploads what is asked for), for these seconds, and
    never longer than the share.

    key: of a share of many. click: the one click it is for; whoever mints with one has asked for
    the password before. The share must not have expired.
    """
    expires = share.limits.expires_us
    if expires is not None:
        seconds = min(seconds, -(-(expires - now_us) // SECOND))  # the share's end is the end
    seconds = max(1, min(seconds, MAX_EXPIRES))
    parts = urlsplit(place.url)
    signer = Presigner(
        share.access_key_id,
        secret,
        region=place.region,
        endpoint_url=f"{parts.scheme}://{parts.netloc}",
        addressing_style="path",
        clock=lambda: now_us / SECOND,
    )
    target = share.target
    key = target.key if key is None else key
    query = []
    if target.version:
        query.append(("versionId", target.version))
    if share.filename:
        query.append(("response-content-disposition", attachment(share.filename)))
    if click:
        query.append((CLICK, click))
    method = "GET" if share.kind == "download" else "PUT"
    url = signer.url(method, target.bucket, key, expires_in=seconds, query=query)
    if parts.path:  # a proxy takes the prefix away before the signature is looked at
        base = f"{parts.scheme}://{parts.netloc}"
        url = f"{base}{parts.path.rstrip('/')}{url[len(base) :]}"
    ends = now_us // SECOND * SECOND + seconds * SECOND
    return RawLink(url, ends if expires is None else min(ends, expires))
