"""What the ledger refuses, in words for whoever asked: its owner, or the holder of a link.

This file never decides anything.
"""

from __future__ import annotations

from narthex.pure.shares import Verdict

# code -> HTTP status, as docs/api.md tells them.
LEDGER_ERRORS: dict[str, int] = {
    "InvalidArgument": 400,
    "NoSuchAutomation": 404,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchLink": 404,
    "NoSuchShare": 404,
    "ObjectChanged": 409,
    "ShareEnded": 409,
}


class LedgerError(Exception):
    """One refusal of what an owner asked for.

    code: a key of LEDGER_ERRORS; anything else is a bug and raises KeyError where it is written.
    field: the field that is wrong, as the API names it; "" for none.
    """

    def __init__(self, code: str, message: str, field: str = "") -> None:
        self.code = code
        self.status = LEDGER_ERRORS[code]
        self.message = message
        self.field = field
        super().__init__(f"{code}: {message}")


def no_such_share(id: str) -> LedgerError:
    """The refusal of an id that is no share's, or a share's of somebody else."""
    return LedgerError("NoSuchShare", f"there is no share `{id[:64]}`")


class NotAdmitted(Exception):
    """A use of a share that is not admitted. Its words are for the holder of the link."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.words)
