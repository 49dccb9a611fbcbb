"""The canonical form of a model, and the digest that every verdict names.

Comments, order of keys, descriptions and tests do not change it: only what a verdict depends on
does. Pure: no I/O, no clock.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from narthex.pure.review.model import Model


def canonical(model: Model) -> dict[str, Any]:
    """What a model means, as plain values. Lists keep their order.

    What models could not say at first is left out where it is not said, so that what they mean has
    the digest that it always had.
    """
    plain: dict[str, Any] = asdict(model)
    del plain["cases"], plain["digest"]
    if not any(plain["denied"].values()):
        del plain["denied"]
    for owner in plain["owners"]:
        if not owner["members"]:
            del owner["members"]
    return plain


def digest_of(model: Model) -> str:
    """ "sha256:" and 64 hex digits."""
    text = json.dumps(canonical(model), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
