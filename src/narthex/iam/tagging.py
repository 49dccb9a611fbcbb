"""Tags of users, roles and policies: few, their keys one whatever their case, none of AWS's own.

This file never stores anything.
"""

from __future__ import annotations

from narthex.http import Pairs
from narthex.query_api.errors import QueryError, invalid

MOST = 50


def checked(tags: Pairs) -> Pairs:
    """The tags. Raises InvalidInput for a key twice, LimitExceeded, ValidationError for `aws:`."""
    folded = [key.lower() for key, _ in tags]
    if len(set(folded)) != len(folded):
        raise QueryError(
            "InvalidInput",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        )
    if any(key.startswith("aws:") for key in folded):
        raise invalid("Tag keys that begin with `aws:` are reserved")
    if len(tags) > MOST:
        raise QueryError(
            "LimitExceeded", f"The number of tags has reached the maximum limit of {MOST}."
        )
    return tags


def without(tags: Pairs, keys: list[str]) -> Pairs:
    """The tags but for those with these keys."""
    folded = {key.lower() for key in keys}
    return tuple(tag for tag in tags if tag[0].lower() not in folded)
