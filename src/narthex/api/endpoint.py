"""Endpoints are declared: a method, a path, an action and what it is on, above one async function.

This file never runs an endpoint and never answers. One without an action does not import, so it
cannot forget to be authorised.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from narthex.api.errors import ApiError
from narthex.http import Pairs
from narthex.ledger.issue import Issuer
from narthex.ledger.links import Place
from narthex.ledger.owning import Scope
from narthex.pure.administration import is_administrative
from narthex.s3.asking import Asking
from narthex.server import Server

PREFIX = "/-/api/v1/"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request, as an endpoint receives it.

    asking: as the policy engine sees it. issuer: the caller as it issues; scope: whose shares it
    meets. parts: of the path, what stands for `{...}`. body: the JSON object that was sent.
    """

    asking: Asking
    issuer: Issuer
    scope: Scope
    parts: Mapping[str, str]
    query: Pairs
    body: Json
    place: Place
    now_us: int


@dataclass(frozen=True, slots=True)
class Resource:
    """What an endpoint is asked on. arns: all of them must be allowed. held: what was found.

    action: another one than the endpoint's, "" for that. more: further actions, each on an ARN.
    """

    arns: tuple[str, ...] = ("*",)
    held: Any = None
    action: str = ""
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """status and the JSON object that is answered."""

    body: Json
    status: int = 200


Find = Callable[[Call, Server], Awaitable[Resource]]
Run = Callable[[Call, Any, Server], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """run is called with what `find` held, after `action` was allowed on all that it found.

    parameters: of the query, that it takes.
    """

    method: str
    path: tuple[str, ...]
    action: str
    find: Find
    parameters: frozenset[str]
    run: Run
    is_act: bool  # of administration: it is written down


_declared: list[Endpoint] = []


async def anything(call: Call, server: Server) -> Resource:
    """What is on no resource."""
    return Resource()


def endpoint(
    method: str,
    path: str,
    *,
    action: str,
    find: Find = anything,
    parameters: str = "",
) -> Callable[[Run], Run]:
    """Declare the function below. path: below PREFIX; `{name}` stands for any one part."""
    if not action.startswith("narthex:"):
        raise ValueError(f"{method} {path} needs an IAM action")

    def declare(run: Run) -> Run:
        _declared.append(
            Endpoint(
                method,
                tuple(path.split("/")),
                action,
                find,
                frozenset(parameters.split()),
                run,
                is_administrative(action),
            )
        )
        return run

    return declare


def find_endpoint(method: str, raw_path: str) -> tuple[Endpoint, dict[str, str]]:
    """The endpoint for a request, and the parts of its path. Raises NoSuchPath, MethodNotAllowed.

    No part needs percent-encoding: a path that has some is none of ours.
    """
    parts = raw_path.removeprefix(PREFIX).split("/")
    allowed: list[str] = []
    for one in declared():
        named = _match(one.path, parts)
        if named is not None and one.method == method:
            return one, named
        if named is not None:
            allowed.append(one.method)
    if allowed:
        raise ApiError(
            "MethodNotAllowed", f"this path has {', '.join(allowed)}", allow=", ".join(allowed)
        )
    raise ApiError("NoSuchPath", "the API has no such path")


def _match(path: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    if len(path) != len(parts):
        return None
    named: dict[str, str] = {}
    for ours, theirs in zip(path, parts, strict=True):
        if ours.startswith("{") and theirs:
            named[ours.strip("{}")] = theirs
        elif ours != theirs:
            return None
    return named


_found = False


def declared() -> list[Endpoint]:
    """Every endpoint there is."""
    global _found  # noqa: PLW0603 - the package is read once, on the first request
    if not _found:
        from narthex.api import endpoints

        for module in pkgutil.iter_modules(endpoints.__path__):
            importlib.import_module(f"{endpoints.__name__}.{module.name}")
        _found = True
    return _declared
