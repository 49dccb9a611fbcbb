"""How a command ends: the exit codes, and the exceptions that carry one to `main`.

The numbers are those of aws CLI v2 (`aws help return-codes`). This file never prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DONE = 0
FAILED = 1  # one or more transfers failed; or `ls` of a prefix found nothing
SKIPPED = 2  # files were skipped with a warning
UNCONFIRMED = 3  # a verdict wants to be confirmed: somebody says why
REFUSED = 4  # a verdict refuses; its owner can say otherwise
INTERRUPTED = 130  # Ctrl-C
PIPE_CLOSED = 141  # whoever read our output went away
USAGE = 252  # the command line cannot be meant
CONFIGURATION = 253  # no credentials, an unknown profile, an unreadable file
SERVICE = 254  # the server refused
GENERAL = 255  # everything else


class Failure(Exception):
    """The command ends now: `main` prints the text on stderr and exits with the code."""

    def __init__(self, text: str, exit_code: int = GENERAL) -> None:
        self.exit_code = exit_code
        super().__init__(text)


class Unreachable(Failure):
    """The endpoint did not answer: refused, unknown, timed out or cut off."""


class ServiceError(Failure):
    """The server's refusal, worded as the aws CLI words it.

    code: S3's, or the status as text when the answer had no body (HEAD). fields: the further
    elements of the error document, e.g. `Region`, `CanonicalRequest`.
    """

    def __init__(
        self,
        operation: str,
        status: int,
        code: str,
        message: str,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        self.operation = operation
        self.status = status
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        super().__init__(
            f"An error occurred ({code}) when calling the {operation} operation: {message}", SERVICE
        )


class Stopped(ServiceError):
    """A review stopped a share: somebody has to say why, or only its owner can let it through.

    told: what the server answered, with `reviews` and `justifications`.
    """

    def __init__(
        self, operation: str, status: int, code: str, message: str, told: Mapping[str, Any]
    ) -> None:
        super().__init__(operation, status, code, message)
        self.exit_code = REFUSED if code == "Refused" else UNCONFIRMED
        self.told = told
