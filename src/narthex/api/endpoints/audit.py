"""The audit log of an owner's shares, or of a root's whole account."""

from __future__ import annotations

from narthex.api.endpoint import Answer, Call, endpoint
from narthex.api.reading import Parameters
from narthex.api.showing import show_entry
from narthex.catalog.audit import Sought
from narthex.ledger import owning
from narthex.server import Server


@endpoint(
    "GET",
    "audit",
    action="narthex:ListAudit",
    parameters="share event outcome actor address bucket key since until limit after",
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
        since_us=told.moment("since"),
        until_us=told.moment("until"),
    )
    after = told.text("after")
    entries = await owning.log(server.ledger, sought, after, told.limit(), newest_first=False)
    last = entries[-1].id if entries else after
    return Answer({"entries": [show_entry(one) for one in entries], "next": last})


def _actor(said: str | None, account: str) -> str | None:
    """An ARN; or the end of one of this account: `root`, `user/ana`, `assumed-role/r/session`."""
    if said is None or said.startswith("arn:"):
        return said
    service = "sts" if said.startswith("assumed-role/") else "iam"
    return f"arn:aws:{service}::{account}:{said}"
