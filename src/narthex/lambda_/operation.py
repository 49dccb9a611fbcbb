"""Operations are declared: a name, a method, a path, an action and what it is on, above a function.

This file never runs an operation and never answers. One without an action does not import, so it
cannot forget to be authorised.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from narthex.functions.errors import LambdaError
from narthex.http import Pairs, Request
from narthex.identity import Identity
from narthex.pure.administration import is_administrative
from narthex.pure.claims import Claim
from narthex.pure.functions import Function
from narthex.pure.policy import Bundle
from narthex.pure.policy.patterns import Value
from narthex.server import Server

MIB = 1024 * 1024
SMALL = MIB  # bytes of a body, where nothing else is said
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. parts: of the path, decoded. body: as it was sent.

    made: what the audit log is told of what was asked and made, by name. Never a secret.
    """

    identity: Identity
    claim: Claim
    request: Request
    query: Pairs
    parts: Mapping[str, str]
    body: bytes = field(repr=False)
    now_us: int = 0
    made: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The caller's."""
        return self.identity.principal.account

    @property
    def region(self) -> str:
        """That the request was signed for."""
        return self.claim.region

    def parameter(self, name: str) -> str:
        """A parameter of the query; "" when there is none. Raises ValidationException for two."""
        found = [value for key, value in self.query if key == name]
        if len(found) > 1:
            raise LambdaError("ValidationException", f"{name} is given more than once")
        return found[0] if found else ""

    def header(self, name: str) -> str:
        """A header, "" when there is none."""
        return self.request.headers.get(name) or ""


@dataclass(frozen=True, slots=True)
class Resource:
    """What an operation is asked on. arn may name what does not exist. owner: the account.

    function: what was found; missing: the refusal when nothing was, told after authorisation only.
    policy: of the function or its qualifier. request_tags: those that the request sets.
    """

    arn: str
    owner: str
    function: Function | None = None
    qualifier: str = ""
    missing: str = ""
    policy: Bundle | None = None
    request_tags: Pairs | None = None
    keys: Mapping[str, Value] = field(default_factory=dict)

    @property
    def held(self) -> Function:
        """The function. Raises ResourceNotFoundException."""
        if self.function is None:
            raise LambdaError("ResourceNotFoundException", self.missing)
        return self.function


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON value, or bytes; None for no body at all."""

    body: Json | bytes | None
    status: int = 200
    headers: Pairs = ()


Find = Callable[[Call, Server], Awaitable[Resource]]
Run = Callable[[Call, Resource, Server], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """run is called after `action` was allowed on what `find` found. most: bytes of a body."""

    name: str
    method: str
    path: tuple[str, ...]
    action: str
    find: Find
    most: int
    run: Run
    is_act: bool  # of administration: it is written down


_declared: list[Operation] = []
_found = False


def operation(
    name: str, method: str, path: str, *, action: str, find: Find, most: int = SMALL
) -> Callable[[Run], Run]:
    """Declare the function below. path: `{name}` stands for one part, decoded."""
    if not action.startswith("lambda:"):
        raise ValueError(f"{name} needs an action of lambda")

    def declare(run: Run) -> Run:
        parts = tuple(path.removeprefix("/").split("/"))
        is_act = is_administrative(action)
        _declared.append(Operation(name, method, parts, action, find, most, run, is_act))
        return run

    return declare


def find_operation(method: str, raw_path: str) -> tuple[Operation, dict[str, str]]:
    """The operation for a request, and the parts of its path. Raises UnknownOperationException."""
    parts = raw_path.removeprefix("/").removesuffix("/").split("/")
    for one in declared():
        named = _match(one.path, parts)
        if named is not None and one.method == method:
            return one, named
    raise LambdaError("UnknownOperationException", "There is no such operation here.")


def _match(path: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    if len(path) != len(parts):
        # An ARN in a path may come with its slashes as they are; ours have none.
        return None
    named: dict[str, str] = {}
    for ours, theirs in zip(path, parts, strict=True):
        if ours.startswith("{") and theirs:
            named[ours.strip("{}")] = unquote(theirs)
        elif ours != theirs:
            return None
    return named


def declared() -> list[Operation]:
    """Every operation there is."""
    global _found  # noqa: PLW0603 - the package is read once, on the first request
    if not _found:
        from narthex.lambda_ import operations

        for module in pkgutil.iter_modules(operations.__path__):
            importlib.import_module(f"{operations.__name__}.{module.name}")
        _found = True
    return _declared
