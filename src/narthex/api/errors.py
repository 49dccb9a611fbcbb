"""Every refusal the API knows, as one table; and the exception that carries one of them.

This file never builds bytes: only `api/handle.py` turns an ApiError into a response.
"""

from __future__ import annotations

from narthex.ledger.errors import LEDGER_ERRORS

# code -> HTTP status, as docs/api.md tells them.
API_ERRORS: dict[str, int] = {
    **LEDGER_ERRORS,
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
    "NoSuchPath": 404,
    "NoSuchPrincipal": 404,
    "RequestTimeTooSkewed": 403,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "TooLarge": 413,
}


class ApiError(Exception):
    """One refusal, as the client will read it.

    code: a key of API_ERRORS; anything else is a bug and raises KeyError where it is written.
    field: of the request that is wrong, "" for none. allow: methods that the path has.
    """

    def __init__(self, code: str, message: str, field: str = "", *, allow: str = "") -> None:
        self.code = code
        self.status = API_ERRORS[code]
        self.message = message
        self.field = field
        self.allow = allow
        super().__init__(f"{code}: {message}")


def invalid(field: str, message: str) -> ApiError:
    """The refusal of one field."""
    return ApiError("InvalidArgument", message, field)
