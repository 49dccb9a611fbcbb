"""The tables of what people say of decisions, and until when an owner answers; one migration.

This file never asks anything of them.
"""

from __future__ import annotations

TABLES: tuple[str, ...] = (
    # "This is no such thing": one for each decision and whoever says so. reason: the id of what
    # fired falsely, "" for all of it. state: open, agreed, disagreed; by its owner.
    """CREATE TABLE disputes (
        decision TEXT NOT NULL,
        disputer_key TEXT NOT NULL,
        disputer TEXT NOT NULL,
        reason TEXT NOT NULL,
        note TEXT NOT NULL,
        at_us BIGINT NOT NULL,
        state TEXT NOT NULL,
        answered_by TEXT NOT NULL,
        answer TEXT NOT NULL,
        answered_us BIGINT,
        PRIMARY KEY (decision, disputer_key)
    ) CLUSTERED""",
    # due_us: when deputies are told that a refusal still waits; NULL once that is seen to.
    # escalated_us: when they were told.
    "ALTER TABLE decisions ADD COLUMN due_us BIGINT",
    "ALTER TABLE decisions ADD COLUMN escalated_us BIGINT",
    "CREATE INDEX decisions_by_due ON decisions (due_us) WHERE due_us IS NOT NULL",
    # Confirmations that nobody gave yet: few of all decisions.
    "CREATE INDEX decisions_unconfirmed ON decisions (id)"
    " WHERE outcome = 'open' AND enforced = 'confirm'",
)
