"""Every refusal of IAM and STS, as one table; and the exception that carries one of them.

This file never builds bytes: only `query_api/handle.py` turns a QueryError into a response.
"""

from __future__ import annotations

# code -> HTTP status. Source: the IAM and STS API references, "Common errors" and each action's.
QUERY_ERRORS: dict[str, int] = {
    "AccessDenied": 403,
    "ConcurrentModification": 409,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "ExpiredToken": 403,
    "IncompleteSignature": 400,
    "InvalidAction": 400,
    "InvalidClientTokenId": 403,
    "InvalidInput": 400,
    "InvalidParameterValue": 400,
    "LimitExceeded": 409,
    "MalformedPolicyDocument": 400,
    "MalformedQueryString": 400,
    "MissingAction": 400,
    "MissingAuthenticationToken": 403,
    "NoSuchEntity": 404,
    "PackedPolicyTooLarge": 400,
    "RequestEntityTooLarge": 413,
    "ServiceFailure": 500,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "ValidationError": 400,
}


class QueryError(Exception):
    """One refusal, as the client will read it.

    code: a key of QUERY_ERRORS; anything else is a bug and raises KeyError where it is written.
    message: AWS's wording for this case. Never a secret.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.status = QUERY_ERRORS[code]
        self.message = message
        super().__init__(f"{code}: {message}")


def invalid(message: str) -> QueryError:
    """A parameter that cannot be meant, in the words of AWS's validator."""
    return QueryError("ValidationError", message)
