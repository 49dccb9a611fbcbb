"""The variables of a function's environment: the user's own, sealed at rest, and the runtime's.

This file never logs one.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from narthex.functions.credentials import RoleKey
from narthex.functions.errors import invalid
from narthex.keyring import NONCE, Keyring
from narthex.pure.functions import MOST_ENVIRONMENT, Function, Version

TASK = "/var/task"
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
# Source: AWS Lambda developer guide, "Defined runtime environment variables", those reserved.
RESERVED = frozenset(
    "_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV "
    "AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION "
    "AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME "
    "AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN "
    "AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR".split()
)


def check_variables(variables: Mapping[str, str]) -> None:
    """Refuse names that cannot be, or are the runtime's, and too much of it.

    Raises InvalidParameterValueException.
    """
    lead = (
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided "
    )
    for name, value in variables.items():
        if _NAME.fullmatch(name) is None:
            raise invalid(f"{lead}have a name that is none: {name[:128]}")
        if "\0" in value:
            raise invalid(f"{lead}have a value with a NUL: {name[:128]}")
    taken = sorted(RESERVED & variables.keys())
    if taken:
        raise invalid(
            f"{lead}contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(taken)}"
        )
    if len(json.dumps(dict(variables)).encode()) > MOST_ENVIRONMENT:
        raise invalid(f"{lead}exceeded the 4KB limit.")


def seal(keyring: Keyring, function: str, variables: Mapping[str, str]) -> bytes:
    """The variables as the catalog keeps them, good for this function's id alone."""
    text = json.dumps(dict(variables))
    return keyring.seal(_place(function), text, secrets.token_bytes(NONCE))


def unseal(keyring: Keyring, function: str, sealed: bytes) -> dict[str, str]:
    """The variables; none where nothing was sealed. Raises Corrupt."""
    if not sealed:
        return {}
    opened: dict[str, str] = json.loads(keyring.open(_place(function), sealed))
    return opened


def _place(function: str) -> str:
    return f"function variables {function}"


def log_stream(now_us: int, version: str, id: str) -> str:
    """The name of an environment's log stream."""
    day = datetime.fromtimestamp(now_us // 1_000_000, UTC).strftime("%Y/%m/%d")
    return f"{day}/[{version}]{id}"


def of_runtime(
    function: Function, version: Version, role: RoleKey, endpoint: str, api: str, stream: str
) -> dict[str, str]:
    """What Lambda would set. endpoint: our own URL. api: address and path of the runtime API.

    Source: AWS Lambda developer guide, "Defined runtime environment variables".
    """
    settings = version.settings
    return {
        "_HANDLER": settings.handler,
        "AWS_ACCESS_KEY_ID": role.key.id,
        "AWS_SECRET_ACCESS_KEY": role.key.secret,
        "AWS_SESSION_TOKEN": role.token,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_REGION": function.region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": version.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_RUNTIME_API": api,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": "/tmp",  # noqa: S108 - the function's own, inside
        "LANG": "en_US.UTF-8",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": TASK,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": TASK,
        "TZ": ":UTC",
    }
