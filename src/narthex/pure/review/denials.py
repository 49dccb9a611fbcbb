"""Who is given nothing, by the list of a model: addresses, and whole domains.

This file never judges: a gate of the model does, by the field `denied`. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from narthex.pure.review.model import Model
from narthex.pure.review.situation import Situation

DENIED = "denied"
# What stands around an address in "Ana <ana@example.org>, ben@example.org".
_AROUND = re.compile(r"[\s<>()\[\]\"',;:]+")


def with_denials(model: Model, situation: Situation) -> Situation:
    """The situation, with `denied` where one of its recipients is on the model's list."""
    listed = model.denied.recipients
    if not listed or not any(is_denied(one, listed) for one in situation.recipients):
        return situation
    return replace(situation, fields={**situation.fields, DENIED: True})


def is_denied(recipient: str, listed: tuple[str, ...]) -> bool:
    """Whether a recipient is one of these, or has an address in one of these domains.

    listed: in small letters; "@example.org" stands for the domain and all below it.
    """
    name = recipient.strip().casefold()
    if name in listed:
        return True
    return any(
        address in listed or any(_is_in(domain, one) for one in listed if one.startswith("@"))
        for address, domain in addresses(name)
    )


def addresses(name: str) -> Iterator[tuple[str, str]]:
    """Each address in a name, and its domain."""
    for word in _AROUND.split(name):
        address = word.rstrip(".")
        _, at, domain = address.rpartition("@")
        if at:
            yield address, domain


def _is_in(domain: str, listed: str) -> bool:
    return domain == listed[1:] or domain.endswith(f".{listed[1:]}")
