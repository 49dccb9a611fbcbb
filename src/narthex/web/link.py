"""One request for a short link, and what is known of it: the words, the share, its standing.

This file never answers and never uses anything up.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from narthex.catalog import shares
from narthex.catalog.shares import Counted
from narthex.http import Request
from narthex.ledger.issue import event
from narthex.ledger.links import SHORT
from narthex.ledger.passwords import Checked
from narthex.pure.shares import Share, Token, Verdict, judge
from narthex.server import Server
from narthex.web import proofs
from narthex.web.errand import Errand
from narthex.web.phrases import Phrases, phrases_for

# Control characters, and those of Unicode that turn the direction of text.
_TURNING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Link:
    """What was asked for, in which language. nonce: of this one answer."""

    request: Request
    server: Server
    token: Token
    phrases: Phrases
    now_us: int
    nonce: str = field(repr=False)

    @classmethod
    def of(cls, request: Request, server: Server, token: str) -> Link:
        """The link that a request opens."""
        phrases = phrases_for(request.headers.get("accept-language"))
        nonce = secrets.token_urlsafe(16)
        return cls(request, server, Token(token), phrases, server.clock(), nonce)

    @property
    def host(self) -> str:
        """Where people know this server: the host of its public URL, else the one they used."""
        public = urlsplit(self.server.settings.public_url).hostname
        return public or _without_port(self.request.headers.get("host") or "narthex")

    @property
    def url(self) -> str:
        """The whole link, as people reach it."""
        host = self.request.headers.get("host") or "localhost"
        base = self.server.settings.public_url.rstrip("/") or f"{self.request.scheme}://{host}"
        return f"{base}{SHORT}{self.token.text}"

    async def find(self) -> Counted | None:
        """The share behind it, if there is one: it may download, or bring files."""
        return await shares.find_token(self.server.catalog, self.token.hash)

    def judge(self, found: Counted) -> Verdict:
        """Whether it could be used now, once its password was said. One more byte must fit."""
        return judge(
            found.share,
            now_us=self.now_us,
            client=self.request.client,
            password_ok=True,
            uses=found.counts.uses,
            bytes=found.counts.bytes + 1,
        )

    async def errand(self, share: Share) -> Errand | None:
        """To ask S3 as this share does; None when its key is gone just now."""
        kept = await shares.find_key(self.server.catalog, share.access_key_id)
        if kept is None:
            return None
        secret = self.server.keyring.open(share.access_key_id, kept.sealed)
        return Errand(self.server, self.request, share, secret, self.server.new_id())

    async def check_password(self, found: Counted, given: str) -> tuple[Checked, int]:
        """Whether it is the share's; and how many seconds to wait before the next try.

        Tries are counted for the share and the address, so that nobody locks others out.
        """
        tried = f"{found.share.id} {network_of(self.request.client)}"
        passwords = self.server.ledger.passwords
        return await passwords.check(tried, found.password, given, self.now_us)

    def prove(self, purpose: str, password: str = "") -> str:
        """A proof for a form of this link's page."""
        return proofs.prove(purpose, self.token.text, self.now_us, password=password)

    def holds(self, proof: str, purpose: str, password: str = "") -> bool:
        """Whether a proof is of this link's page."""
        return proofs.holds(proof, purpose, self.token.text, self.now_us, password=password)

    def lead(self, share: Share) -> str:
        """Who shares it: a user or a session by its name; an account's root by its server's."""
        phrases = self.phrases
        if not share.owner.name:
            return phrases.lead_host.format(host=self.host)
        lead = phrases.lead_folder if share.target.is_prefix else phrases.lead
        return lead.format(who=share.owner.name)

    def note_refusal(self, share: Share, outcome: str) -> None:
        """Write down that the link was refused, and why."""
        entry = event(
            share,
            "refused",
            self.now_us,
            outcome=outcome,
            address=self.request.client,
            agent=self.request.headers.get("user-agent") or "",
        )
        self.server.ledger.journal.note_refusal(entry)


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host


def network_of(client: str) -> str:
    """What one person has of addresses: an IPv4 address, or 64 bits of IPv6."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or address.exploded[:19])
    return str(address)


def later(link: Link) -> Link:
    """The same request, at the time it is now: a password takes a while."""
    return replace(link, now_us=link.server.clock())


def name_of(share: Share) -> str:
    """What the download of a file is called."""
    return plain(share.filename) or file_name(share.target.key)


def file_name(key: str) -> str:
    """The last part of a key that says something."""
    return plain(key.rstrip("/").rpartition("/")[2] or key)


def plain(name: str) -> str:
    """A name that reads as it is: nothing in it turns the direction of what follows.

    `annexe\u202etxt.exe` would be shown as `annexeexe.txt`.
    """
    return _TURNING.sub("_", name)


def folder_of(share: Share) -> str:
    """What all keys of a shared prefix have in front of the part that is shown: "photos/"."""
    return share.target.key[: share.target.key.rfind("/") + 1]


def folder_name(share: Share) -> str:
    """What a shared folder is called; "" for a whole bucket, whose name is nobody's business."""
    return plain(share.filename or share.target.key.rstrip("/").rpartition("/")[2])
