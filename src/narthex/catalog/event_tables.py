"""The tables of events that happened and their deliveries; one migration.

This file never asks anything of them.
"""

from __future__ import annotations

TABLES: tuple[str, ...] = (
    # number: in the order of commits, for any two of one lane whose writers met in a row. state:
    # "ready" (never failed), "retrying" (failed, or asked for later: due at due_us), "behind" (held
    # back by a retrying one of its lane), "delivered", "failed". Only the last two have done_us.
    """CREATE TABLE deliveries (
        number NUMBERED,
        account TEXT NOT NULL,
        target TEXT NOT NULL,
        lane TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        payload TEXT NOT NULL,
        created_us BIGINT NOT NULL,
        expires_us BIGINT NOT NULL,
        due_us BIGINT NOT NULL,
        done_us BIGINT,
        attempts BIGINT NOT NULL,
        reason TEXT NOT NULL
    )""",
    # Each of these holds only what is in its state, so that a million that are done cost nothing.
    "CREATE INDEX deliveries_ready ON deliveries (account, target, number) WHERE state = 'ready'",
    "CREATE INDEX deliveries_lanes ON deliveries (account, target, lane, number)"
    " WHERE state = 'ready'",
    "CREATE INDEX deliveries_due ON deliveries (account, target, due_us, number)"
    " WHERE state = 'retrying'",
    "CREATE INDEX deliveries_held ON deliveries (account, target, lane, number)"
    " WHERE state IN ('retrying', 'behind')",
    # With the state in it, so that it is preferred to the one of all that an account has.
    "CREATE INDEX deliveries_failed ON deliveries (account, state, number) WHERE state = 'failed'",
    "CREATE INDEX deliveries_done ON deliveries (account, done_us, number)"
    " WHERE done_us IS NOT NULL",
    "CREATE INDEX deliveries_by_end ON deliveries (done_us, number) WHERE done_us IS NOT NULL",
    "CREATE INDEX deliveries_by_account ON deliveries (account, number)",
)
