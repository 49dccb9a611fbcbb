"""A pre-signed URL taken apart, however damaged it is; and what can be seen of it alone. Pure.

This file never asks a server and needs no secret: `link_suspects` does the arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

from narthex.cli.failure import USAGE, Failure
from narthex.pure.durations import WEEK, spoken

SIGV4 = "SigV4"
SIGV2 = "SigV2"
REQUIRED = {
    SIGV4: (
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ),
    SIGV2: ("AWSAccessKeyId", "Signature", "Expires"),
}
SKEW = timedelta(minutes=15)  # what servers allow a clock to be wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen. good: None for a remark that is neither good nor bad."""

    good: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """kind: SIGV4, SIGV2, or "" when there is no trace of a signature.

    query: decoded pairs, in order. signed_at: None for SigV2. ends: None when it is not readable.
    """

    url: str = field(repr=False)
    scheme: str
    host: str
    raw_path: str
    raw_query: str = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(repr=False)
    kind: str
    access_key_id: str = ""
    region: str = ""
    signed_at: datetime | None = None
    ends: datetime | None = None
    signature: str = field(default="", repr=False)

    @property
    def needs(self) -> tuple[str, ...]:
        """The headers that whoever uses it has to send, since they are signed; without host."""
        signed = (self.get("X-Amz-SignedHeaders") or "").lower().split(";")
        told = {name.lower() for name, _ in self.query}  # a parameter of the name is as good
        return tuple(name for name in signed if name not in ("", "host") and name not in told)

    def get(self, name: str) -> str | None:
        """The first parameter of this name."""
        return next((value for key, value in self.query if key == name), None)


def read_link(url: str) -> Link:
    """The parts of a link. Raises Failure when it is no http(s) URL at all."""
    cleaned = "".join(url.split()).strip("<>\"'")
    parts = urlsplit(cleaned)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Failure(f"`{url}` is not an http(s) URL", USAGE)
    query = tuple(_pairs(parts.query))
    names = {name for name, _ in query}
    kind = next((kind for kind in (SIGV4, SIGV2) if names & set(REQUIRED[kind])), "")
    port = {"http": ":80", "https": ":443"}[parts.scheme]  # never a part of what is signed
    host = parts.netloc.removesuffix(port)
    link = Link(cleaned, parts.scheme, host, parts.path or "/", parts.query, query, kind)
    return _with_signer(link)


def _pairs(raw: str) -> Iterator[tuple[str, str]]:
    for part in raw.split("&") if raw else ():
        name, _, value = part.partition("=")
        yield unquote(name.replace("+", " ")), unquote(value.replace("+", " "))


def _with_signer(link: Link) -> Link:
    if link.kind == SIGV2:
        expires = link.get("Expires") or ""
        ends = (
            datetime.fromtimestamp(int(expires), UTC)
            if re.fullmatch(r"\d{1,11}", expires)
            else None
        )
        return replace(
            link,
            access_key_id=link.get("AWSAccessKeyId") or "",
            ends=ends,
            signature=link.get("Signature") or "",
        )
    if link.kind == SIGV4:
        credential = (link.get("X-Amz-Credential") or "").rsplit("/", 4)
        signed_at = _moment(link.get("X-Amz-Date") or "")
        expires = link.get("X-Amz-Expires") or ""
        ends = None
        if signed_at is not None and re.fullmatch(r"[0-9]{1,9}", expires):
            ends = signed_at + timedelta(seconds=int(expires))
        return replace(
            link,
            access_key_id=credential[0],
            region=credential[2] if len(credential) == 5 else "",
            signed_at=signed_at,
            ends=ends,
            signature=link.get("X-Amz-Signature") or "",
        )
    return link


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def inspect(link: Link, url: str, now: datetime) -> Iterator[Finding]:
    """What is right and wrong with a link, by looking at it. url: as it was given. now: aware."""
    yield from _damage(link, url)
    if not link.kind:
        yield Finding(False, "it carries no signature: to a private object it opens nothing")
        return
    missing = [name for name in REQUIRED[link.kind] if not link.get(name)]
    if missing:
        hint = ""
        if "&" not in link.raw_query:
            hint = "; was it given to a shell without quotes? It ends at the first `&`"
        yield Finding(False, f"cut short: {', '.join(missing)} missing{hint}")
        return
    place = f" for region {link.region}" if link.region else ""
    yield Finding(None, f"signed by access key {link.access_key_id} with {link.kind}{place}")
    if link.kind == SIGV4:
        yield from _shape(link)
    yield from _time(link, now)


def _damage(link: Link, url: str) -> Iterator[Finding]:
    if any(char.isspace() for char in url.strip()):
        yield Finding(False, "it is broken over several lines or has blanks in it")
    if "&amp;" in url:
        yield Finding(
            False, "its `&` were turned into `&amp;`: copy it from the page, not the source"
        )
    if re.search(r"X-Amz-Credential=[^&]*%252F", url):
        yield Finding(False, "it was percent-encoded twice (%252F where %2F belongs)")
    if link.signature and re.search(r"[.,;:)>\]\"']+$", link.signature):
        yield Finding(False, "a punctuation mark of the text around it sticks to its end")


def _shape(link: Link) -> Iterator[Finding]:
    if not re.fullmatch(r"[0-9a-f]{64}", link.signature):
        count = len(link.signature)
        yield Finding(False, f"the signature is not 64 hex digits (it has {count} characters)")
    if link.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256":
        yield Finding(False, f"X-Amz-Algorithm is {link.get('X-Amz-Algorithm')}")
    credential = (link.get("X-Amz-Credential") or "").rsplit("/", 4)
    if len(credential) != 5 or credential[3:] != ["s3", "aws4_request"]:
        yield Finding(False, "X-Amz-Credential is not KEY/DATE/REGION/s3/aws4_request")
    elif link.signed_at is not None and credential[1] != f"{link.signed_at:%Y%m%d}":
        yield Finding(False, "the dates in X-Amz-Credential and X-Amz-Date differ")
    if link.needs:
        yield Finding(None, f"whoever uses it must also send the headers {', '.join(link.needs)}")
    if link.get("X-Amz-Security-Token"):
        yield Finding(None, "signed with temporary credentials: it ends with them")


def _time(link: Link, now: datetime) -> Iterator[Finding]:
    if link.ends is None:
        yield Finding(False, "when it ends cannot be read")
        return
    shown = f"{link.ends.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    if link.signed_at is not None and link.ends - link.signed_at > timedelta(seconds=WEEK):
        yield Finding(False, "X-Amz-Expires is more than 7 days (604800 seconds)")
    if now >= link.ends:
        ago = spoken(int((now - link.ends).total_seconds()))
        yield Finding(False, f"expired {ago} ago, at {shown}")
    elif link.signed_at is not None and link.signed_at > now + SKEW:
        ahead = spoken(int((link.signed_at - now).total_seconds()))
        yield Finding(False, f"signed {ahead} ahead of this computer's clock: one of them is wrong")
    else:
        left = spoken(int((link.ends - now).total_seconds()))
        yield Finding(True, f"not expired: {left} left, until {shown}")
