"""What of a finding may be shown: its first and last characters. Pure.

This file never returns more than half of what it is given, nor more than a few characters.
"""

from __future__ import annotations

LONGEST_PLACE = 60


def mask(value: str, first: int = 2, last: int = 2) -> str:
    """`value` without its middle. first, last: how many characters may stay at most."""
    shown = len(value) // 2
    tail = min(last, shown // 2)
    head = min(first, shown - tail)
    return f"{value[:head]}…{value[len(value) - tail :]}"


def mask_address(value: str) -> str:
    """A mail address as one letter of its owner, one of its domain, and the top-level domain."""
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}…@{domain[:1]}….{domain.rpartition('.')[2][:12]}"


def placed(masked: str, place: str) -> str:
    """Evidence as it is shown: what, and where. place: cut short, without control characters."""
    clean = "".join(letter if letter.isprintable() else " " for letter in place).strip()
    return f"{masked} ({clean[:LONGEST_PLACE]})" if clean else masked
