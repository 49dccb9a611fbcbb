"""Every refusal the API knows, as one table; and the exception that carries one of them.

This file never builds bytes: only `api/handle.py` turns an ApiError into a response.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from narthex.ledger.errors import LEDGER_ERRORS
from narthex.review.errors import REVIEW_ERRORS

# code -> HTTP status, as docs/api.md tells them.
API_ERRORS: dict[str, int] = {
    **LEDGER_ERRORS,
    **REVIEW_ERRORS,
    "AccessDenied": 403,
    "AccountExists": 409,
    "AccountInUse": 409,
    "ExpiredToken": 400,
    "IncompleteSignature": 400,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidToken": 400,
    "MalformedJSON": 400,
    "MethodNotAllowed": 405,
    "MissingAuthentication": 403,
    "NoSuchAccount": 404,
    "NoSuchDelivery": 404,
    "NoSuchFunction": 404,
    "NoSuchPath": 404,
    "NoSuchPrincipal": 404,
    "NoSuchTarget": 404,
    "RequestTimeTooSkewed": 403,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "TargetExists": 409,
    "TooLarge": 413,
}


class ApiError(Exception):
    """One refusal, as the client will read it.

    code: a key of API_ERRORS; anything else is a bug and raises KeyError where it is written.
    field: of the request that is wrong, "" for none. allow: methods that the path has.
    more: members of the answer beside the error.
    """

    def __init__(
        self,
        code: str,
        message: str,
        field: str = "",
        *,
        allow: str = "",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.status = API_ERRORS[code]
        self.message = message
        self.field = field
        self.allow = allow
        self.more = dict(more or {})
        super().__init__(f"{code}: {message}")


def invalid(field: str, message: str) -> ApiError:
    """The refusal of one field."""
    return ApiError("InvalidArgument", message, field)
