"""Whom an account has shared with before, by domain, on every catalog."""

from __future__ import annotations

import pytest

from narthex.catalog import Catalog
from narthex.catalog.recipients import has_met
from tests.contract.ledger_values import add, share_of
from tests.contract.values import ACCOUNT, OTHER


@pytest.mark.parametrize(
    ("domain", "met"),
    [
        ("example.org", True),
        ("rival.example", True),
        ("a_b.example", True),
        ("axb.example", False),
        ("xample.org", False),
        ("example.or", False),
        ("%", False),
        ("\\", False),
    ],
)
async def test_a_domain_is_met_as_a_whole(catalog: Catalog, domain: str, met: bool) -> None:
    names = ("Ana@Example.org", "Eva <eva@rival.example>", "x@a_b.example", "theodora")
    await add(catalog, *(share_of(recipient=name) for name in names))
    assert await has_met(catalog, ACCOUNT.id, domain, "") == met
    assert not await has_met(catalog, OTHER.id, domain, "")


async def test_the_recipient_itself_does_not_count(catalog: Catalog) -> None:
    await add(catalog, share_of(recipient="ana@example.org"))
    assert not await has_met(catalog, ACCOUNT.id, "example.org", "ana@example.org")
    assert await has_met(catalog, ACCOUNT.id, "example.org", "ben@example.org")
