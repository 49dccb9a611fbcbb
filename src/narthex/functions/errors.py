"""Every refusal of Lambda, as one table; and the exception that carries one of them.

This file never builds bytes: only `lambda_/handle.py` turns a LambdaError into a response.
"""

from __future__ import annotations

# code -> HTTP status. Source: AWS Lambda API reference, "Common errors" and each action's.
LAMBDA_ERRORS: dict[str, int] = {
    "AccessDeniedException": 403,
    "CodeStorageExceededException": 400,
    "ExpiredTokenException": 403,
    "IncompleteSignatureException": 400,
    "InvalidParameterValueException": 400,
    "InvalidRequestContentException": 400,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "PreconditionFailedException": 412,
    "RequestTooLargeException": 413,
    "RequestEntityTooLargeException": 413,
    "ResourceConflictException": 409,
    "ResourceNotFoundException": 404,
    "ServiceException": 500,
    "ServiceUnavailableException": 503,
    "TooManyRequestsException": 429,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
    "ValidationException": 400,
}


class LambdaError(Exception):
    """One refusal, as the client will read it.

    code: a key of LAMBDA_ERRORS; anything else is a bug and raises KeyError where it is written.
    reason: for throttling, why. message: AWS's wording for this case. Never a secret.
    """

    def __init__(self, code: str, message: str, reason: str = "") -> None:
        self.code = code
        self.status = LAMBDA_ERRORS[code]
        self.message = message
        self.reason = reason
        super().__init__(f"{code}: {message}")


def invalid(message: str) -> LambdaError:
    """A parameter that cannot be meant."""
    return LambdaError("InvalidParameterValueException", message)


def missing(message: str) -> LambdaError:
    """What was asked for is not there."""
    return LambdaError("ResourceNotFoundException", message)
