"""Shares as values, and the one judgement of a use: admitted, or why not. Pure.

This file never asks who has which rights: a share's policy and its owner's do. Here are the limits
beside them, which server, pages and command line read with this one function.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Literal

from narthex.http import Pairs

Kind = Literal["download", "upload"]
OwnerKind = Literal["root", "user", "role", "federated"]
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Owner:
    """On whose rights a share stands, at the moment of use.

    id: the unique id of its user or role, "" for an account's root and what root federated. name:
    of the session. policies, managed (ids): what narrowed the session that issued the share, if
    narrowed. issued_us: when that session began.
    """

    kind: OwnerKind
    account: str
    id: str
    arn: str
    name: str = ""
    policies: tuple[str, ...] = ()
    managed: tuple[str, ...] = ()
    narrowed: bool = False
    tags: Pairs = ()
    issued_us: int | None = None
    source_identity: str = ""

    @property
    def key(self) -> str:
        """What all its shares are found by: "" for the account's root."""
        return f"{self.account}:{self.name}" if self.kind == "federated" else self.id


@dataclass(frozen=True, slots=True)
class Target:
    """What is shared: an object, or all keys with a prefix.

    bucket_id: a bucket made later under the name is another. version: "" for whichever is newest.
    etag: "" for any content, else without quotes.
    """

    bucket: str
    bucket_id: str
    key: str
    is_prefix: bool = False
    version: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a use must keep. None and (): no such limit. networks: CIDR, as `read_network` writes.

    expires_us: the first instant at which it is over. max_bytes: of all uses together.
    """

    expires_us: int | None = None
    not_before_us: int | None = None
    max_uses: int | None = None
    max_bytes: int | None = None
    networks: tuple[str, ...] = ()

    @property
    def are_counted(self) -> bool:
        """Uses compete for these limits, so that each is booked before its first byte."""
        return self.max_uses is not None or self.max_bytes is not None


@dataclass(frozen=True, slots=True)
class Accepts:
    """Which files a request takes. max_size: of one, in bytes; None for any. types: endings of
    names (".pdf") and content types ("image/*", "text/csv"), one of which must fit; () for any.
    overwrite: whether a file may take the place of one that is there.
    """

    max_size: int | None = None
    types: tuple[str, ...] = ()
    overwrite: bool = False


ANY_FILE = Accepts()


@dataclass(frozen=True, slots=True)
class Notices:
    """On which occasions (`pure.notices`) the owner is told. shown: whom, without secrets.

    had_first: the first use was told, of a share whose uses nothing else has to follow.
    """

    occasions: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    had_first: bool = False

    @property
    def await_use(self) -> bool:
        """The next use is news, whatever the limits are."""
        return "each" in self.occasions or ("first" in self.occasions and not self.had_first)


NOBODY = Notices()

# What a review makes of a share: it may be used; a review is to come; whoever shares has to say
# why; it was refused.
Standing = Literal["open", "waiting", "confirm", "refused"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the review of a share has seen. standing: nothing is read unless it is "open".

    content: the id of the bytes, "" for those of a folder, and where none were noted. at_us: when,
    0 for never.
    """

    standing: Standing = "open"
    content: str = ""
    at_us: int = 0


UNNOTED = Judged()


@dataclass(frozen=True, slots=True)
class Share:
    """A revocable grant. access_key_id: of its own key. origin: the permanent key that issued it.

    has_password: whoever uses it has said its password. revoked_us: None while it was not. accepts:
    of a request, which is a share for uploading; its limits count files and their bytes.
    """

    id: str
    kind: Kind
    owner: Owner
    origin: str
    access_key_id: str
    target: Target
    limits: Limits
    created_us: int
    has_password: bool = False
    recipient: str = ""
    filename: str = ""
    note: str = ""
    revoked_us: int | None = None
    accepts: Accepts = ANY_FILE
    notices: Notices = NOBODY
    judged: Judged = UNNOTED

    @property
    def is_booked(self) -> bool:
        """Each use is booked before its first byte: uses compete, or somebody is told of them."""
        return self.limits.are_counted or self.notices.await_use


@dataclass(frozen=True, slots=True)
class Counts:
    """What was used up. uses: completed ones and those under way. bytes: sent, or booked to be."""

    uses: int = 0
    bytes: int = 0
    used_us: int | None = None


NOTHING = Counts()


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at the door. client: the address that counts. agent: what it calls itself.

    click: the one confirmed click that a short-lived link was minted for, "" for a raw link.
    """

    client: str
    agent: str = ""
    click: str = ""


class Verdict(Enum):
    """What becomes of a use; the value is what the log says, `words` what its receiver is told."""

    ADMITTED = "admitted"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    WRONG_ADDRESS = "wrong-address"
    USED_UP = "used-up"
    PASSWORD_NEEDED = "password-needed"  # noqa: S105 - a word of the log
    CHANGED = "changed"
    GONE = "gone"
    TOO_LARGE = "too-large"
    WRONG_TYPE = "wrong-type"
    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"
    STOPPED = "stopped"
    HELD = "held"
    UNJUDGED = "unjudged"

    @property
    def words(self) -> str:
        """One sentence for whoever holds the link, without what it leads to."""
        return _WORDS[self]


_WORDS = {
    Verdict.ADMITTED: "",
    Verdict.REVOKED: "This link was taken back",
    Verdict.EXPIRED: "Request has expired",  # S3's own words for a link that is over
    Verdict.NOT_YET: "This link is not valid yet",
    Verdict.WRONG_ADDRESS: "This link does not work from your address",
    Verdict.USED_UP: "This link has been used up",
    Verdict.PASSWORD_NEEDED: "This link needs its password: open it in a browser",
    Verdict.CHANGED: "The file has changed since it was shared",
    Verdict.GONE: "What was shared is not there any more",
    Verdict.TOO_LARGE: "This file is larger than what is asked for",
    Verdict.WRONG_TYPE: "Files of this type are not asked for",
    Verdict.PENDING: "This link is not open yet: what it leads to is still being checked",
    Verdict.UNCONFIRMED: "This link is not open yet: it waits for whoever shared it",
    Verdict.STOPPED: "This link was stopped: what it leads to may not be shared",
    Verdict.UNJUDGED: "This file is newer than the link, and not reviewed, or was refused",
    Verdict.HELD: "This file came in and is not reviewed yet, or was refused",
}
_BY_STANDING: dict[Standing, Verdict] = {
    "waiting": Verdict.PENDING,
    "confirm": Verdict.UNCONFIRMED,
    "refused": Verdict.STOPPED,
}


def judge(
    share: Share, *, now_us: int, client: str | None, password_ok: bool, uses: int, bytes: int
) -> Verdict:
    """Whether one more use is admitted.

    client: an IP address; None to ask for any. uses: those counted already, without this one.
    bytes: those counted already and those that this one wants. The order is from what ends a share
    for everybody to what only this visitor lacks.
    """
    limits = share.limits
    if share.revoked_us is not None and now_us >= share.revoked_us:
        return Verdict.REVOKED
    if limits.expires_us is not None and now_us >= limits.expires_us:
        return Verdict.EXPIRED
    if share.judged.standing != "open":
        return of_standing(share.judged.standing)
    if limits.max_uses is not None and uses >= limits.max_uses:
        return Verdict.USED_UP
    if limits.max_bytes is not None and bytes > limits.max_bytes:
        return Verdict.USED_UP
    if limits.not_before_us is not None and now_us < limits.not_before_us:
        return Verdict.NOT_YET
    if client is not None and limits.networks and not is_within(client, limits.networks):
        return Verdict.WRONG_ADDRESS
    if share.has_password and not password_ok:
        return Verdict.PASSWORD_NEEDED
    return Verdict.ADMITTED


def of_standing(standing: Standing) -> Verdict:
    """What becomes of a use while a share is not open; of one that opens just now, too."""
    return _BY_STANDING.get(standing, Verdict.PENDING)


State = Literal["active", "not-yet", "expired", "used-up", "revoked", "pending", "refused"]
LIVE: tuple[State, ...] = ("active", "not-yet", "pending", "refused")  # over for no other reason
_STATES: dict[Verdict, State] = {
    Verdict.REVOKED: "revoked",
    Verdict.EXPIRED: "expired",
    Verdict.NOT_YET: "not-yet",
    Verdict.USED_UP: "used-up",
    Verdict.PENDING: "pending",
    Verdict.UNCONFIRMED: "pending",
    Verdict.STOPPED: "refused",
}


def state(share: Share, counts: Counts, now_us: int) -> State:
    """How a share stands for its owner, whoever would use it. One more byte must still fit."""
    verdict = judge(
        share,
        now_us=now_us,
        client=None,
        password_ok=True,
        uses=counts.uses,
        bytes=counts.bytes + 1,
    )
    return _STATES.get(verdict, "active")


def uses_left(share: Share, counts: Counts) -> int | None:
    """How many more uses are admitted; None for any number."""
    most = share.limits.max_uses
    return None if most is None else max(0, most - counts.uses)


def read_network(text: str) -> str:
    """One network or address as it is kept: `192.0.2.0/24`, `2001:db8::1/128`.

    Raises ValueError, also for an address with bits behind its mask: it could be meant either way.
    """
    network = ip_network(text.strip())
    if isinstance(network, IPv6Network):
        mapped = network.network_address.ipv4_mapped
        if mapped is not None and network.prefixlen >= 96:
            network = ip_network((mapped, network.prefixlen - 96))
    return str(network)


def is_within(client: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks. What is no address is in none."""
    address = _address(client)
    if address is None:
        return False
    return any(
        address.version == network.version and address in network for network in _compiled(networks)
    )


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])  # behind a % stands the interface's name
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped  # a socket that listens on both says ::ffff:192.0.2.7
    return address


@lru_cache(maxsize=1024)
def _compiled(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(network) for network in networks)


TOKEN_BYTES = 18  # 144 random bits, 24 letters


@dataclass(frozen=True, slots=True)
class Token:
    """What stands in a short link. Its repr shows nothing: whoever has it, has the share."""

    text: str = field(repr=False)

    @property
    def hash(self) -> bytes:
        """What is kept of it. A token is random, so a plain hash is as good as a slow one."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).digest()
