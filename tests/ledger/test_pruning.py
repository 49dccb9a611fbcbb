"""What the steward does for the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narthex import housekeeping
from narthex.steward import chores
from tests.driving import SECOND, Driver
from tests.ledger.sharing import Refused, Sharer

DAY = 86_400 * SECOND


async def test_ended_shares_are_kept_as_long_as_the_setting_says(
    root: Sharer, narthex: Driver
) -> None:
    settings = replace(narthex.server.settings, share_days=2)
    server = replace(narthex.server, settings=settings)
    ended = (await root.issue(expires_in=60))["share"]["id"]
    revoked = (await root.issue(expires_in=10 * 86400))["share"]["id"]
    live = (await root.issue(expires_in=10 * 86400))["share"]["id"]
    await root.ask("DELETE", f"shares/{revoked}")
    narthex.clock.now_us += 2 * DAY
    await housekeeping.prune_shares(server)
    assert (await root.share(revoked))["state"] == "revoked"
    narthex.clock.now_us += 60 * SECOND
    await housekeeping.prune_shares(server)
    assert (await root.share(ended))["state"] == "expired"
    narthex.clock.now_us += SECOND
    await housekeeping.prune_shares(server)
    for gone in (ended, revoked):
        with pytest.raises(Refused, match="NoSuchShare"):
            await root.share(gone)
    assert (await root.share(live))["state"] == "active"
    assert (await root.ask("GET", "audit"))["entries"] != [], "the log has a time of its own"


@pytest.mark.parametrize(("audit_days", "share_days", "kept"), [(0, 3, 3), (5, 3, 5)])
async def test_the_log_is_kept_as_long_as_its_setting_says(
    root: Sharer, narthex: Driver, audit_days: int, share_days: int, kept: int
) -> None:
    settings = replace(narthex.server.settings, audit_days=audit_days, share_days=share_days)
    server = replace(narthex.server, settings=settings)
    await root.issue()
    assert await housekeeping.seal_audit(server) > 0
    narthex.clock.now_us += kept * DAY  # it goes by whole days: the one of noon is not over
    assert await housekeeping.prune_audit(server) == 0
    before = (await root.ask("GET", "audit"))["entries"]
    narthex.clock.now_us += DAY // 2
    assert await housekeeping.prune_audit(server) == len(before)
    (left,) = (await root.ask("GET", "audit"))["entries"]
    assert (left["event"], left["seal"]) == ("narthex:PruneAudit", 2)


def test_the_steward_has_these_chores() -> None:
    assert {"seal audit log", "prune audit log", "note the model"} <= {
        chore.name for chore in chores()
    }
    assert {"prune shares", "give back lost uses"} <= {chore.name for chore in chores()}
