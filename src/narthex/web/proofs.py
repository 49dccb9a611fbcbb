"""What a page puts into its form so that only this page's button works: bound to one link. Pure.

This file never keeps anything. A proof is made from the link's own token, which whoever sends the
form must have: a site elsewhere that makes a browser send one does not. A proof that a password was
said is made from the password's slow hash too, which nobody outside has.
"""

from __future__ import annotations

import hashlib
import hmac
import re

SECOND_US = 1_000_000
LONGEST = 12 * 3600  # seconds a page may stay open until its button stops
SKEW = 60  # seconds that the clocks of two nodes may differ
_SHAPE = re.compile(r"([0-9]{1,11})\.([0-9a-f]{64})")

CLICK = "click"  # a page was opened
UNLOCKED = "unlocked"  # the password was said


def prove(purpose: str, token: str, now_us: int, *, password: str = "") -> str:
    """A proof for this link, from now on for LONGEST. password: the slow hash of the share's."""
    issued = str(now_us // SECOND_US)
    return f"{issued}.{_mac(purpose, token, issued, password)}"


def holds(proof: str, purpose: str, token: str, now_us: int, *, password: str = "") -> bool:
    """Whether a proof was made for this, is not too old, and the password is still the same."""
    found = _SHAPE.fullmatch(proof)
    if found is None:
        return False
    issued, mac = found.groups()
    expected = _mac(purpose, token, issued, password)
    if not hmac.compare_digest(mac.encode(), expected.encode()):
        return False
    return -SKEW <= now_us // SECOND_US - int(issued) < LONGEST


def _mac(purpose: str, token: str, issued: str, password: str) -> str:
    key = hashlib.sha256(f"narthex page\0{token}\0{password}".encode()).digest()
    return hmac.new(key, f"{purpose}\0{issued}".encode(), hashlib.sha256).hexdigest()
