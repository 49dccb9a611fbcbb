"""`credential_process`: ask a program of the user's for credentials, by AWS's protocol.

This file never runs anything through a shell.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

from narthex.cli.credentials import Key, read_end
from narthex.cli.failure import CONFIGURATION, Failure
from narthex.pure.sigv4 import Credentials


def ask(command: str) -> Key:
    """The key that the program prints as JSON, Version 1. Raises Failure when it does not."""
    try:
        ran = subprocess.run(  # noqa: S603 - the user's own configuration names it
            shlex.split(command), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, ValueError) as error:
        raise _failed(str(error)) from error
    if ran.returncode != 0:
        raise _failed(f"it exited with {ran.returncode}")
    try:
        told: Any = json.loads(ran.stdout)
        version = told["Version"]
        access_key_id, secret = told["AccessKeyId"], told["SecretAccessKey"]
        token, end = told.get("SessionToken"), told.get("Expiration")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _failed("what it printed is not the JSON of Version 1") from error
    if version != 1 or not isinstance(access_key_id, str) or not isinstance(secret, str):
        raise _failed("what it printed is not the JSON of Version 1")
    return Key(
        Credentials(access_key_id, secret, str(token) if token else None),
        "custom-process",
        "",
        read_end(str(end) if end else None),
    )


def _failed(why: str) -> Failure:
    return Failure(f"Error when retrieving credentials from custom-process: {why}", CONFIGURATION)
