"""What owners do with their shares: look at them, change them, take them back.

INVARIANT: whatever is asked for, an owner meets its own shares only, and a root those of its
account. This file never asks policies: whoever calls has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from narthex.catalog import Transaction, audit, revoked_links, shares
from narthex.catalog.audit import Entry, Sought
from narthex.catalog.revoked_links import RevokedLink
from narthex.catalog.shares import Counted, Wanted
from narthex.identity import read_identity
from narthex.ledger.errors import LedgerError, no_such_share
from narthex.ledger.issue import Issuer, event, new_entry_id
from narthex.ledger.links import Place, RawLink, mint
from narthex.ledger.notices import await_end
from narthex.ledger.service import Ledger
from narthex.pure.claims import Claim
from narthex.pure.share_orders import OrderError, check_words, checked_accepts, checked_limits
from narthex.pure.shares import LIVE, Kind, Owner, Share, Token, state
from narthex.share_keys import owner_of

AT_ONCE = 1000  # shares of one transaction


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose shares somebody may meet. owner: None for all of the account."""

    account: str
    owner: str | None

    @classmethod
    def of(cls, owner: Owner) -> Scope:
        """An owner's: a root that nothing narrows has its whole account."""
        is_root = owner.kind == "root" and not owner.narrowed
        return cls(owner.account, None if is_root else owner.key)

    def holds(self, owner: Owner) -> bool:
        """Whether what belongs to this owner is in it."""
        return owner.account == self.account and self.owner in (None, owner.key)

    @property
    def wanted(self) -> Wanted:
        """All of them."""
        return Wanted(self.account, self.owner)


async def find(ledger: Ledger, scope: Scope, id: str, kind: Kind | None = None) -> Counted:
    """A share and what was used up of it. Raises LedgerError (NoSuchShare)."""
    found = await shares.find(ledger.catalog, id)
    if found is None or not scope.holds(found.share.owner) or kind not in (None, found.share.kind):
        raise no_such_share(id)
    return found


async def find_url_token(ledger: Ledger, scope: Scope, token: str) -> Counted:
    """The share of a short link's token. Raises LedgerError (NoSuchLink)."""
    found = await shares.find_token(ledger.catalog, Token(token).hash)
    if found is None or not scope.holds(found.share.owner):
        raise _no_such_link()
    return found


async def every(ledger: Ledger, wanted: Wanted) -> list[Counted]:
    """All shares wanted, the newest first."""
    found: list[Counted] = []
    before: tuple[int, str] | None = None
    while True:
        batch = await shares.page(ledger.catalog, wanted, before, AT_ONCE)
        found += batch
        if len(batch) < AT_ONCE:
            return found
        before = (batch[-1].share.created_us, batch[-1].share.id)


async def change(
    ledger: Ledger,
    scope: Scope,
    id: str,
    issuer: Issuer,
    changed: Callable[[Share], Share],
    now_us: int,
    beside: Callable[[Transaction], Awaitable[None]] | None = None,
) -> Counted:
    """The share as it is after the change: of limits, recipient and note.

    It ends with the issuer's key from now on. beside: what else is written in its transaction.
    Raises LedgerError: NoSuchShare, ShareEnded, InvalidArgument.
    """

    async def work(tx: Transaction) -> Counted:
        found = await shares.find(tx, id)
        if found is None or not scope.holds(found.share.owner):
            raise no_such_share(id)
        if found.share.revoked_us is not None:
            raise LedgerError("ShareEnded", "this share was taken back: issue a new one")
        share = _checked(changed(found.share), found.share, now_us)
        share = replace(share, origin=issuer.origin)
        await shares.change(tx, share)
        await await_end(tx, share, ledger.notify_before)
        await audit.add(tx, [event(share, "changed", now_us, actor=issuer.actor)])
        if beside is not None:
            await beside(tx)
        return replace(found, share=share)

    return await ledger.catalog.run(work)


def _checked(share: Share, before: Share, now_us: int) -> Share:
    """The new values within their rules; an end that was not touched may have passed."""
    limits = share.limits
    if limits.expires_us is None:
        raise LedgerError("InvalidArgument", "a share ends", "expires_at")
    try:
        check_words(share.recipient, share.note)
        share = replace(share, accepts=checked_accepts(share.accepts))
        if limits == before.limits:
            return share
        return replace(share, limits=checked_limits(limits, now_us, share.kind))
    except OrderError as error:
        raise LedgerError("InvalidArgument", str(error), error.field) from error


async def raw_link(ledger: Ledger, share: Share, place: Place, now_us: int) -> RawLink:
    """A raw link of a share, signed anew. Raises LedgerError: it has ended, or cannot have one."""
    if share.has_password:
        raise LedgerError("InvalidArgument", "a raw link cannot ask for a password", "raw")
    if share.target.is_prefix:
        raise LedgerError("InvalidArgument", "a prefix has no raw link", "raw")
    return mint(share, await secret_of(ledger, share, now_us), place, now_us)


async def secret_of(ledger: Ledger, share: Share, now_us: int) -> str:
    """The secret of a share's key, to sign for it. Raises LedgerError when it has ended."""
    kept = await shares.find_key(ledger.catalog, share.access_key_id)
    expires = share.limits.expires_us
    is_over = share.revoked_us is not None or (expires is not None and expires <= now_us)
    if kept is None or is_over:
        raise LedgerError("ShareEnded", "this is over: extend it first")
    return ledger.keyring.open(share.access_key_id, kept.sealed)


async def revoke(ledger: Ledger, ids: Sequence[str], actor: str, now_us: int) -> list[Counted]:
    """These shares are over from the next request on, in every worker; those that were not before.

    Downloads under way end within a second.
    """
    found: list[Counted] = []
    for start in range(0, len(ids), AT_ONCE):
        batch = ids[start : start + AT_ONCE]

        async def work(tx: Transaction, batch: Sequence[str] = batch) -> list[Counted]:
            kept = [await shares.find(tx, id) for id in batch]
            live = [one for one in kept if one is not None and one.share.revoked_us is None]
            await shares.revoke(tx, [one.share.id for one in live], now_us)
            await audit.add(tx, [event(one.share, "revoked", now_us, actor=actor) for one in live])
            return [replace(one, share=replace(one.share, revoked_us=now_us)) for one in live]

        found += await ledger.catalog.run(work)
    return found


async def revoke_link(
    ledger: Ledger, scope: Scope, claim: Claim, path: str, actor: str, now_us: int
) -> RevokedLink | None:
    """A pre-signed URL is refused from the next request on; None when it was before.

    claim: read from the URL, whose key must be one of the scope's. Raises LedgerError (NoSuchLink).
    """
    link = await own_link(ledger, scope, claim, path, actor, now_us)
    entry = Entry(
        id=new_entry_id(now_us),
        account=link.account,
        owner=link.owner,
        share="",
        at_us=now_us,
        event="revoked",
        actor=actor,
        detail=f"link of {link.access_key_id}, {link.digest[:16]}",
    )

    async def work(tx: Transaction) -> bool:
        is_new = await revoked_links.add(tx, link)
        if is_new:
            await audit.add(tx, [entry])
        return is_new

    return link if await ledger.catalog.run(work) else None


async def own_link(
    ledger: Ledger, scope: Scope, claim: Claim, path: str, actor: str, now_us: int
) -> RevokedLink:
    """A pre-signed URL, when one of the scope's keys could have signed it. Raises LedgerError."""
    identity = await read_identity(ledger.catalog, ledger.keyring, claim.access_key_id)
    expires_us = claim.expires_at_us
    if identity is None or identity.share is not None or expires_us is None:
        raise _no_such_link()
    owner, _ = owner_of(identity)
    if not scope.holds(owner):
        raise _no_such_link()
    return RevokedLink(
        claim.digest,
        owner.account,
        owner.key,
        claim.access_key_id,
        path[:2048],
        expires_us,
        now_us,
        actor,
    )


async def log(
    ledger: Ledger, sought: Sought, after: str | None, limit: int, *, newest_first: bool
) -> list[Entry]:
    """What happened, also what this process has not written yet."""
    await ledger.journal.written()
    return await audit.page(ledger.catalog, sought, after, limit, newest_first=newest_first)


def is_live(found: Counted, now_us: int) -> bool:
    """Whether it can be used now or later."""
    return state(found.share, found.counts, now_us) in LIVE


def _no_such_link() -> LedgerError:
    return LedgerError("NoSuchLink", "none of your keys has signed this URL")
