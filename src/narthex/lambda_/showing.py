"""Functions as answers tell them, in the members that AWS's clients know.

This file never looks anything up, and opens no secret: variables are given to it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from narthex.functions.variables import unseal
from narthex.keyring import Keyring
from narthex.pure.functions import LATEST, Function, Version, arn_of

Json = dict[str, Any]


def moment(us: int) -> str:
    """A time as these answers write it."""
    at = datetime.fromtimestamp(us / 1_000_000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def hash_of(code: str) -> str:
    """The hash of a zip as clients compute it: base64."""
    return base64.b64encode(bytes.fromhex(code)).decode()


def configuration(
    function: Function, version: Version, keyring: Keyring, *, qualified: bool = False
) -> Json:
    """FunctionConfiguration. qualified: its ARN names the version, also where that is `$LATEST`."""
    settings = version.settings
    name = version.version if qualified or version.version != LATEST else ""
    told: Json = {
        "FunctionName": function.name,
        "FunctionArn": arn_of(function.region, function.account, function.name, name),
        "Runtime": settings.runtime,
        "Role": settings.role,
        "Handler": settings.handler,
        "CodeSize": version.code_size,
        "Description": settings.description,
        "Timeout": settings.timeout,
        "MemorySize": settings.memory,
        "LastModified": moment(version.modified_us),
        "CodeSha256": hash_of(version.code),
        "Version": version.version,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": version.revision,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": [settings.architecture],
        "EphemeralStorage": {"Size": settings.storage},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.name}"},
    }
    if settings.has_variables:
        variables: Mapping[str, str] = unseal(keyring, function.id, version.sealed)
        told["Environment"] = {"Variables": dict(variables)}
    if settings.dead_letter:
        told["DeadLetterConfig"] = {"TargetArn": settings.dead_letter}
    return told
