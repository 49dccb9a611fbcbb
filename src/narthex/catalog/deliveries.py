"""What is to be delivered, to whom, and what became of it: the outbox and its queue.

This file never knows what a payload means. A row is written in the transaction of the change it
tells of; only the holder of the lease of deliveries moves it on (`catalog.queue`).
"""

from __future__ import annotations

from narthex.catalog import Transaction

READY = "ready"
RETRYING = "retrying"

_ENQUEUE = (
    "INSERT INTO deliveries (account, target, lane, kind, state, payload, created_us, expires_us,"
    " due_us, attempts, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '') RETURNING number"
)


def id_of(number: int) -> str:
    """A delivery's id: 16 hex digits, in the order in which deliveries were enqueued."""
    return f"{number:016x}"


def number_of(id: str) -> int | None:
    """The number behind an id; None when it is no id."""
    if len(id) != 16 or set(id) - set("0123456789abcdef"):
        return None
    number = int(id, 16)
    return number if number < 1 << 63 else None


async def enqueue(
    tx: Transaction,
    *,
    account: str,
    target: str,
    lane: str,
    kind: str,
    payload: str,
    now_us: int,
    expires_us: int,
    due_us: int | None = None,
) -> str:
    """A new delivery in the caller's transaction; its id.

    target: an ARN or URL that `events.registry` knows. lane: in order per lane and target, such as
    "bucket/key"; without NUL. kind: what the payload is ("s3", "notice", "invocation"). payload:
    JSON in ASCII. expires_us: tried until then. due_us: not before then, for lanes of one delivery.
    """
    state = READY if due_us is None else RETRYING
    row = await tx.fetch_one(
        _ENQUEUE,
        (account, target, lane, kind, state, payload, now_us, expires_us, due_us or now_us),
    )
    if row is None:
        raise RuntimeError("a row was inserted and not told")
    return id_of(row[0])
