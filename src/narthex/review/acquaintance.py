"""Whether anybody of a new recipient's domain was shared with before: `first_domain`.

This file never judges: a rule of thumb of the model does. Of whoever was shared with before nothing
is asked: their domain is known, too.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import recipients
from narthex.pure.review.denials import addresses
from narthex.pure.review.situation import Situation
from narthex.server import Server


async def with_first_domain(
    server: Server, account: str, situation: Situation, met: dict[str, bool]
) -> Situation:
    """The situation, with `first_domain` where a recipient is new and has an address.

    met: what was found out about domains before, for all of one batch.
    """
    if situation.fields.get("first_time") is not True:
        return situation
    new: list[bool] = []
    for one in situation.recipients:
        for _, domain in addresses(one.strip().casefold()):
            if domain not in met:
                met[domain] = await recipients.has_met(server.catalog, account, domain, one)
            new.append(not met[domain])
    if not new:
        return situation
    return replace(situation, fields={**situation.fields, "first_domain": any(new)})
