"""What a review refuses, in words for whoever asked.

This file never decides anything.
"""

from __future__ import annotations

# code -> HTTP status, as docs/api.md tells them.
REVIEW_ERRORS: dict[str, int] = {
    "AccessDenied": 403,
    "ConfirmationNeeded": 409,
    "DecisionFinal": 409,
    "InvalidArgument": 400,
    "NoSuchDecision": 404,
    "Refused": 403,
}


class ReviewError(Exception):
    """One refusal. code: a key of REVIEW_ERRORS. field: the one that is wrong, "" for none."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        self.code = code
        self.status = REVIEW_ERRORS[code]
        self.message = message
        self.field = field
        super().__init__(f"{code}: {message}")


def no_such_decision(id: str) -> ReviewError:
    """The refusal of an id that is no decision's, or one of somebody else."""
    return ReviewError("NoSuchDecision", f"there is no decision `{id[:64]}`")
