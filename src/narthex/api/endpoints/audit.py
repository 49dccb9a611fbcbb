"""The audit log of an owner's shares, or of a root's whole account; and an account's seals.

This file never judges whether the log is whole: whoever asks holds entries and seals against each
other, so that nobody has to take the server's word.
"""

from __future__ import annotations

from typing import Final

from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import invalid
from narthex.api.reading import Parameters
from narthex.api.showing import show_entry, show_seal
from narthex.catalog import audit, audit_seals
from narthex.catalog.audit import Sought
from narthex.ledger import owning
from narthex.pure.audit_chain import Seal
from narthex.server import Server

ORDERS: Final = ("oldest", "newest")  # first
AUDITORS: Final = "cloudtrail:LookupEvents"
MOST_SEALS: Final = 100  # of one answer
MOST_ENTRIES: Final = 1000


@endpoint(
    "GET",
    "audit",
    action="narthex:ListAudit",
    parameters="share event outcome actor address bucket key resource since until"
    " order limit after",
)
async def list_audit(call: Call, held: None, server: Server) -> Answer:
    told = Parameters(call.query)
    sought = Sought(
        call.scope.account,
        call.scope.owner,
        share=told.text("share"),
        event=told.text("event"),
        outcome=told.text("outcome"),
        actor=_actor(told.text("actor"), call.scope.account),
        address=told.text("address"),
        bucket=told.text("bucket"),
        key=told.text("key"),
        resource=told.text("resource"),
        since_us=told.moment("since"),
        until_us=told.moment("until"),
    )
    after, order = told.text("after"), told.text("order") or ORDERS[0]
    if order not in ORDERS:
        raise invalid("order", f"this is one of {', '.join(ORDERS)}")
    newest_first = order == "newest"
    entries = await owning.log(
        server.ledger, sought, after, told.limit(), newest_first=newest_first
    )
    last = entries[-1].id if entries else after
    return Answer({"entries": [show_entry(one) for one in entries], "next": last})


async def whole_account(call: Call, server: Server) -> Resource:
    """The account's whole log: for its root, and for whom AWS's own action of auditors allows it.

    Not for all that begins with `narthex:`, which people have for their own shares.
    """
    return Resource(action="" if call.scope.owner is None else AUDITORS)


@endpoint(
    "GET", "audit/seals", action="narthex:VerifyAudit", find=whole_account, parameters="after"
)
async def list_seals(call: Call, held: None, server: Server) -> Answer:
    after = Parameters(call.query).number("after")
    account, catalog = call.scope.account, server.catalog
    seals = _some(await audit_seals.page(catalog, account, after, MOST_SEALS))
    entries = await audit.covered(catalog, account, [one.number for one in seals])
    shown: Json = {
        "account": account,
        "public_key": server.keyring.public_key.hex(),
        "seals": [
            show_seal(one, [entry for entry in entries if entry.seal == one.number])
            for one in seals
        ],
        "next": seals[-1].number if seals else None,
    }
    if not seals:
        await server.ledger.journal.written()
        waiting = await audit.unsealed(catalog, account, MOST_ENTRIES)
        shown["unsealed"] = [show_entry(one) for one in waiting]
        shown["beyond"] = await audit_seals.beyond(catalog, account, after)
    return Answer(shown)


def _some(seals: list[Seal]) -> list[Seal]:
    """The first of them, whose entries fit into one answer."""
    count = 0
    for place, one in enumerate(seals):
        count += one.entries
        if count > MOST_ENTRIES and place:
            return seals[:place]
    return seals


def _actor(said: str | None, account: str) -> str | None:
    """An ARN; or the end of one of this account: `root`, `user/ana`, `assumed-role/r/session`."""
    if said is None or said.startswith("arn:"):
        return said
    service = "sts" if said.startswith("assumed-role/") else "iam"
    return f"arn:aws:{service}::{account}:{said}"
