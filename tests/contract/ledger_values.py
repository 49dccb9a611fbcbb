"""Shares for the suites, plainly made up; each has an id, a key and a token of its own."""

from __future__ import annotations

import itertools
from typing import Any

from narthex.catalog import Catalog, Transaction, shares
from narthex.catalog.shares import Kept
from narthex.pure.shares import Limits, Owner, Share, Target, Token
from tests.contract.values import ACCOUNT, BUCKET, NOW

HOUR = 3600 * 1_000_000
ROOT = Owner("root", ACCOUNT.id, "", f"arn:aws:iam::{ACCOUNT.id}:root")
ANA = Owner(
    "user", ACCOUNT.id, "AIDAEXAMPLEEXAMPLEANA", f"arn:aws:iam::{ACCOUNT.id}:user/ana", "ana"
)
TARGET = Target(BUCKET.name, BUCKET.id, "photos/\u2603")
_numbers = itertools.count(1)


def share_of(owner: Owner = ROOT, **more: Any) -> Share:
    """A share that is good for an hour."""
    number = next(_numbers)
    said: dict[str, Any] = {
        "id": f"{number:016x}",
        "kind": "download",
        "owner": owner,
        "origin": "AKIAIOSFODNN7EXAMPLE",
        "access_key_id": f"NSHR{number:016d}",
        "target": TARGET,
        "limits": Limits(expires_us=NOW + HOUR),
        "created_us": NOW + number,
    }
    return Share(**(said | more))


def kept_of(share: Share, password: str = "") -> Kept:
    """As the catalog keeps it."""
    return Kept(share, b"\0sealed\xff", Token(f"token of {share.id}").hash, password)


async def add(catalog: Catalog, *given: Share) -> None:
    """Keep these."""

    async def work(tx: Transaction) -> None:
        for share in given:
            await shares.add(tx, kept_of(share, "$argon2" if share.has_password else ""))

    await catalog.run(work)
