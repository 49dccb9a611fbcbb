"""What S3, the API or a form said no to, on its way to a page.

This file never words anything: `look` and the phrases do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """A refusal. code: S3's or the API's. message: its sentence, in English. field: of a form.

    told: what was answered beside it, such as the verdicts of a review.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str = "",
        told: Mapping[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.told = dict(told or {})
        super().__init__(f"{code}: {message}")


class SignedOut(Exception):
    """Nobody is signed in, or not any more. over: somebody was."""

    def __init__(self, *, over: bool = False) -> None:
        self.over = over
        super().__init__("signed out")


def invalid(field: str, message: str) -> Refused:
    """The refusal of one field of a form."""
    return Refused(400, "InvalidArgument", message, field)
