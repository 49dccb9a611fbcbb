"""PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency: how many run at once.

What is reserved is counted on each machine by itself.
Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, functions
from narthex.functions.errors import invalid, missing
from narthex.lambda_.operation import Answer, Call, Resource, operation
from narthex.lambda_.reading import read_body
from narthex.lambda_.targets import unqualified
from narthex.pure.functions import ANY
from narthex.server import Server

PATH = "/2017-10-31/functions/{name}/concurrency"
MEMBER = "ReservedConcurrentExecutions"
MOST = 10_000


@operation(
    "PutFunctionConcurrency",
    "PUT",
    PATH,
    action="lambda:PutFunctionConcurrency",
    find=unqualified,
)
async def put_function_concurrency(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    if MEMBER not in given:
        raise invalid(f"{MEMBER} must be given")
    wanted = given.number(MEMBER, 0, 0, MOST)
    most = server.settings.functions_concurrency
    if wanted > most:
        raise invalid(
            f"Specified {MEMBER} for function is more than the {most} that this server runs at once"
        )
    await _reserve(resource, wanted, server)
    return Answer({MEMBER: wanted})


@operation(
    "GetFunctionConcurrency",
    "GET",
    "/2019-09-30/functions/{name}/concurrency",
    action="lambda:GetFunctionConcurrency",
    find=unqualified,
)
async def get_function_concurrency(call: Call, resource: Resource, server: Server) -> Answer:
    reserved = resource.held.reserved
    return Answer({} if reserved == ANY else {MEMBER: reserved})


@operation(
    "DeleteFunctionConcurrency",
    "DELETE",
    PATH,
    action="lambda:DeleteFunctionConcurrency",
    find=unqualified,
)
async def delete_function_concurrency(call: Call, resource: Resource, server: Server) -> Answer:
    await _reserve(resource, ANY, server)
    return Answer(None, 204)


async def _reserve(resource: Resource, wanted: int, server: Server) -> None:
    id = resource.held.id

    async def work(tx: Transaction) -> None:
        held = await functions.get(tx, id)
        if held is None:
            raise missing(resource.missing)
        await functions.put(tx, replace(held, reserved=wanted))

    await server.catalog.run(work)
