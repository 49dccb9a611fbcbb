"""Decisions by people with names: a server whose model has owners, and users to ask and answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from narthex.pure.review.findings import Finding
from narthex.pure.review.situation import Situation
from narthex.pure.shares import Owner
from narthex.review.judge import Judgement, judge
from narthex.review.models import FILE
from tests.driving import Driver
from tests.pure.review.models import SHIPPED, known

ACCOUNT = "123456789012"
OWNERS = """
[[owners]]
place = "finance/"
owner = "ana"
deputies = ["user/ben", "role/auditor"]
four_eyes = true
override_for = "1h"
"""
MODEL = SHIPPED.replace('default = "warn"', 'default = "enforce"') + OWNERS
CARDS = known(pii_card=500, pii_iban=240)
OPEN: dict[str, Any] = {
    "channel": "link",
    "audience": "anyone",
    "password": False,
    "expires_in": 604800,
    "fetched": False,
}


def user(name: str, account: str = ACCOUNT, path: str = "/") -> Owner:
    """A user, as the ledger sees it."""
    arn = f"arn:aws:iam::{account}:user{path}{name}"
    return Owner("user", account, f"AIDA{name.upper()}", arn, name)


def session(role: str, name: str) -> Owner:
    """Somebody who has assumed a role and called the session so."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"
    return Owner("role", ACCOUNT, f"AROA{role.upper()}", arn, name)


ROOT = Owner("root", ACCOUNT, "", f"arn:aws:iam::{ACCOUNT}:root")
EVA = user("eva")


def install(folder: Path, text: str = MODEL) -> None:
    """The model of a server in this folder."""
    (folder / FILE).write_text(text)


def situation(**more: Any) -> Situation:
    """A report of the finance department, for anyone, for a week."""
    told: dict[str, Any] = {
        "kind": "share",
        "place": "finance/report.xlsx",
        "object": "sha256:00",
        "fields": OPEN,
    }
    return Situation(**(told | more))


async def asked(
    narthex: Driver,
    owner: Owner = EVA,
    found: Sequence[Finding] = CARDS,
    **more: Any,
) -> Judgement:
    """A judgement that was written down."""
    return await judge(narthex.server, owner, situation(**more), found)
