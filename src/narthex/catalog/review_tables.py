"""The tables of reviews and decisions; one migration.

This file never asks anything of them.
"""

from __future__ import annotations

TABLES: tuple[str, ...] = (
    # asker_key: what the asker's shares are found by. risk, data, heuristics: in tenths; coverage:
    # in hundredths. binding: a digest of what an approval of it would hold for. situation,
    # findings, verdict: JSON; evidence in them is masked.
    """CREATE TABLE decisions (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        asker TEXT NOT NULL,
        asker_key TEXT NOT NULL,
        at_us BIGINT NOT NULL,
        kind TEXT NOT NULL,
        place TEXT NOT NULL,
        object TEXT NOT NULL,
        binding TEXT NOT NULL,
        decision TEXT NOT NULL,
        enforced TEXT NOT NULL,
        mode TEXT NOT NULL,
        risk BIGINT NOT NULL,
        data BIGINT NOT NULL,
        heuristics BIGINT NOT NULL,
        coverage BIGINT NOT NULL,
        door TEXT NOT NULL,
        responsible TEXT NOT NULL,
        model TEXT NOT NULL,
        situation TEXT NOT NULL,
        findings TEXT NOT NULL,
        verdict TEXT NOT NULL,
        justification TEXT NOT NULL,
        typed TEXT NOT NULL,
        approval TEXT NOT NULL,
        outcome TEXT NOT NULL,
        share TEXT NOT NULL,
        settled_us BIGINT
    )""",
    "CREATE INDEX decisions_by_account ON decisions (account, id)",
    # What fired in a decision, what it touched and who may answer it: gate, fact, rule, principle,
    # answers.
    """CREATE TABLE decision_marks (
        decision TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (decision, kind, name)
    ) CLUSTERED""",
    # An owner's yes to one refused decision. risk: in tenths, which nothing it covers exceeds.
    """CREATE TABLE approvals (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        decision TEXT NOT NULL UNIQUE,
        binding TEXT NOT NULL,
        approver TEXT NOT NULL,
        reason TEXT NOT NULL,
        risk BIGINT NOT NULL,
        gates TEXT NOT NULL,
        created_us BIGINT NOT NULL,
        until_us BIGINT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX approvals_by_binding ON approvals (account, binding, until_us)",
    # What was found in bytes that never change. view: a digest of what else it depends on, such as
    # the name. findings: JSON; evidence in it is masked.
    """CREATE TABLE looks (
        content TEXT NOT NULL,
        view TEXT NOT NULL,
        object TEXT NOT NULL,
        findings TEXT NOT NULL,
        at_us BIGINT NOT NULL,
        PRIMARY KEY (content, view)
    ) CLUSTERED""",
    "CREATE INDEX looks_by_time ON looks (at_us)",
    # Files that came in by a request (share) and wait for a review, or were refused by one.
    """CREATE TABLE held (
        content TEXT PRIMARY KEY,
        bucket TEXT NOT NULL,
        bucket_name TEXT NOT NULL,
        key BYTES NOT NULL,
        etag TEXT NOT NULL,
        share TEXT NOT NULL,
        state TEXT NOT NULL,
        decision TEXT NOT NULL,
        at_us BIGINT NOT NULL
    )""",
    "CREATE INDEX held_by_key ON held (bucket, key)",
    "CREATE INDEX held_by_share ON held (share, at_us)",
    "CREATE INDEX held_by_state ON held (state, at_us)",
    "CREATE INDEX held_by_decision ON held (decision)",
)
