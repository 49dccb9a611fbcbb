"""The nouns of functions as values: a function, its versions, an invocation and its outcome; ARNs.

This file never looks anything up and never runs anything. Pure: no I/O, no clock.
Source: AWS Lambda API reference, CreateFunction, Invoke; Lambda developer guide, "Lambda quotas".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from narthex.http import Pairs

LATEST = "$LATEST"
MIB = 1024 * 1024
MOST_PAYLOAD = 6_291_556  # bytes of a synchronous invocation, request and response
MOST_EVENT = MIB  # bytes of an asynchronous one
MOST_ZIP = 50 * MIB  # bytes of a zip sent in the request
MOST_UNZIPPED = 250 * MIB
MOST_ENVIRONMENT = 4096  # bytes of all variables as JSON
ANY = -1  # no concurrency is reserved

_NAME = r"[a-zA-Z0-9-_]{1,64}"
_QUALIFIER = r"\$LATEST|[a-zA-Z0-9-_]{1,128}"
_FUNCTION = re.compile(
    rf"(?:(?:arn:aws:lambda:(?P<region>[a-z0-9-]{{1,32}}):)?(?P<account>[0-9]{{12}}):function:"
    rf"|function:)?(?P<name>{_NAME})(?::(?P<qualifier>{_QUALIFIER}))?"
)
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function as it is named: by name, `name:qualifier`, partly or whole as an ARN.

    account, region, qualifier: "" where the name does not say.
    """

    name: str
    account: str = ""
    region: str = ""
    qualifier: str = ""


def read_name(text: str) -> FunctionName | None:
    """What a function is named by; None for what can be none."""
    found = _FUNCTION.fullmatch(text)
    if found is None:
        return None
    return FunctionName(
        found["name"], found["account"] or "", found["region"] or "", found["qualifier"] or ""
    )


def is_number(qualifier: str) -> bool:
    """Whether this names a published version."""
    return _NUMBER.fullmatch(qualifier) is not None


def arn_of(region: str, account: str, name: str, qualifier: str = "") -> str:
    """The ARN of a function, of a version of it or of an alias."""
    tail = f":{qualifier}" if qualifier else ""
    return f"arn:aws:lambda:{region}:{account}:function:{name}{tail}"


@dataclass(frozen=True, slots=True)
class Function:
    """What all versions share. last: the highest number published. reserved: how many may run at
    once, ANY for as many as there is room for.
    """

    id: str
    account: str
    name: str
    region: str
    created_us: int
    last: int = 0
    reserved: int = ANY
    tags: Pairs = ()

    @property
    def arn(self) -> str:
        """Without a qualifier."""
        return arn_of(self.region, self.account, self.name)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a version runs. timeout: seconds. memory, storage: MiB. role_id: the role's unique id, so
    that one of the same name made later lends it nothing. dead_letter: the ARN of a target.
    """

    runtime: str
    handler: str
    role: str
    role_id: str
    description: str = ""
    timeout: int = 3
    memory: int = 128
    storage: int = 512
    dead_letter: str = ""
    architecture: str = "x86_64"
    has_variables: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a function. version: `$LATEST` or a number. code: SHA-256 of its zip in hex.

    sealed: its variables, encrypted. revision: another one after every change.
    """

    function: str
    version: str
    revision: str
    settings: Settings
    code: str
    code_size: int
    modified_us: int
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """Something said about a function, or about one qualifier of it. text: JSON."""

    text: str
    revision: str
    modified_us: int


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Some lines of one log stream, written at one time."""

    at_us: int
    id: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """One invocation to run. function: its id. payload: JSON. arn: as it was invoked.

    client_context: JSON, "" for none.
    """

    function: str
    version: str
    request_id: str
    arn: str
    payload: bytes = field(repr=False)
    client_context: str = ""
    trace_id: str = ""


Failure = Literal["", "Unhandled", "Handled"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one. failure: "" when the handler returned. log: the end of what it wrote.

    refused: a code of Lambda's errors when it did not run at all; payload is then its message.
    """

    payload: bytes = field(repr=False)
    failure: Failure = ""
    log: bytes = field(default=b"", repr=False)
    version: str = LATEST
    refused: str = ""
