"""Functions as people look after them: which there are, what they wrote, one run by hand.

This file never makes or changes a function: Lambda's own wire does.
"""

from __future__ import annotations

import base64
import json

from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError
from narthex.api.reading import Fields, Parameters
from narthex.catalog import function_logs, functions
from narthex.functions import channel
from narthex.functions.errors import LambdaError
from narthex.functions.making import uuid
from narthex.functions.qualifiers import resolve
from narthex.functions.tracing import trace_of
from narthex.pure.functions import Function, LogChunk, Order, arn_of, read_name
from narthex.pure.times import iso
from narthex.server import Server

MOST_LISTED = 1000


async def every(call: Call, server: Server) -> Resource:
    """All functions of the account."""
    return Resource(action="lambda:ListFunctions")


@endpoint("GET", "functions", action="narthex:ListFunctions", find=every)
async def list_functions(call: Call, held: None, server: Server) -> Answer:
    found = await functions.page(server.catalog, call.scope.account, "", MOST_LISTED)
    return Answer({"functions": [await _show(one, server) for one in found]})


async def by_name(call: Call, server: Server) -> Resource:
    """The function that the path names. To who may not, it is not told whether it is there."""
    name = call.parts["name"]
    found = await functions.find(server.catalog, call.scope.account, name)
    region = server.settings.home_region if found is None else found.region
    return Resource((arn_of(region, call.scope.account, name),), found)


@endpoint(
    "GET",
    "functions/{name}/logs",
    action="narthex:ReadFunctionLogs",
    find=by_name,
    parameters="since after limit",
)
async def read_logs(call: Call, found: Function | None, server: Server) -> Answer:
    told = Parameters(call.query)
    after = _place(told.text("after"), told.moment("since") or 0)
    function = _there(found, call)
    chunks = await function_logs.read(server.catalog, function.id, after, told.limit())
    following = f"{chunks[-1].at_us}-{chunks[-1].id}" if chunks else told.text("after")
    return Answer({"chunks": [_show_chunk(one) for one in chunks], "next": following})


async def to_invoke(call: Call, server: Server) -> Resource:
    """As `by_name`, for Lambda's own action."""
    found = await by_name(call, server)
    return Resource(found.arns, found.held, action="lambda:InvokeFunction")


@endpoint("POST", "functions/{name}/invocations", action="narthex:InvokeFunction", find=to_invoke)
async def invoke(call: Call, found: Function | None, server: Server) -> Answer:
    Fields(call.body, ("payload",))
    function = _there(found, call)
    version, _ = await resolve(server.catalog, function, "", server.new_id())
    order = Order(
        function.id,
        version or "",
        uuid(server),
        function.arn,
        json.dumps(call.body.get("payload", {})).encode(),
        trace_id=trace_of(None, server),
    )
    try:
        outcome = await channel.ask(server.settings.folder, order, patient=False)
    except LambdaError as error:
        raise ApiError("ServiceUnavailable", error.message) from error
    try:
        payload = json.loads(outcome.payload)
    except ValueError:
        payload = base64.b64encode(outcome.payload).decode()
    log = outcome.log.decode("utf-8", "replace")
    return Answer({"payload": payload, "error": outcome.failure or None, "log": log})


def _place(after: str | None, since_us: int) -> tuple[int, str]:
    """Behind which chunk to read on. Raises InvalidArgument."""
    if after is None:
        return since_us, ""
    at, dash, id = after.partition("-")
    if not dash or not at.isascii() or not at.isdigit() or len(at) > 18 or not id.isalnum():
        raise ApiError("InvalidArgument", "`after` is none that was given", "after")
    return int(at), id


def _there(found: Function | None, call: Call) -> Function:
    if found is None or read_name(call.parts["name"]) is None:
        raise ApiError("NoSuchFunction", f"there is no function `{call.parts['name'][:64]}`")
    return found


async def _show(function: Function, server: Server) -> Json:
    version = await functions.version(server.catalog, function.id)
    told: Json = {"name": function.name, "arn": function.arn, "versions": function.last}
    if version is not None:
        told |= {
            "runtime": version.settings.runtime,
            "memory": version.settings.memory,
            "timeout": version.settings.timeout,
            "modified_at": iso(version.modified_us),
        }
    return told


def _show_chunk(chunk: LogChunk) -> Json:
    return {"id": chunk.id, "at": iso(chunk.at_us), "stream": chunk.stream, "text": chunk.text}
