"""Put-, Update-, Get-, Delete- and ListFunctionEventInvokeConfig(s): how events are tried.

Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

import json
from dataclasses import replace

from narthex.catalog import Transaction, function_documents
from narthex.catalog.function_documents import EVENTS
from narthex.functions import making
from narthex.functions.errors import invalid, missing
from narthex.functions.events import SIX_HOURS, EventRules
from narthex.lambda_.operation import Answer, Call, Json, Resource, operation
from narthex.lambda_.reading import Fields, read_body
from narthex.lambda_.settings import TARGET, check_target
from narthex.lambda_.targets import function, unqualified, version_of
from narthex.pure.functions import LATEST, Document, Function
from narthex.server import Server

PATH = "/2019-09-25/functions/{name}/event-invoke-config"


@operation(
    "PutFunctionEventInvokeConfig",
    "PUT",
    PATH,
    action="lambda:PutFunctionEventInvokeConfig",
    find=function,
)
async def put_event_rules(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    if not any(name in given for name in MEMBERS):
        raise invalid("You must specify at least one of error handling or destination setting.")
    return await _set(call, resource, given, EventRules(), server)


@operation(
    "UpdateFunctionEventInvokeConfig",
    "POST",
    PATH,
    action="lambda:UpdateFunctionEventInvokeConfig",
    find=function,
)
async def update_event_rules(call: Call, resource: Resource, server: Server) -> Answer:
    old = _read(await _find(resource, server))
    return await _set(call, resource, read_body(call.body), old, server)


@operation(
    "GetFunctionEventInvokeConfig",
    "GET",
    PATH,
    action="lambda:GetFunctionEventInvokeConfig",
    find=function,
)
async def get_event_rules(call: Call, resource: Resource, server: Server) -> Answer:
    found = await _find(resource, server)
    return Answer(_show(resource.held, _qualifier(resource), found))


@operation(
    "DeleteFunctionEventInvokeConfig",
    "DELETE",
    PATH,
    action="lambda:DeleteFunctionEventInvokeConfig",
    find=function,
)
async def delete_event_rules(call: Call, resource: Resource, server: Server) -> Answer:
    await _find(resource, server)
    id, qualifier = resource.held.id, _qualifier(resource)

    async def work(tx: Transaction) -> None:
        await function_documents.remove(tx, id, qualifier, EVENTS)

    await server.catalog.run(work)
    return Answer(None, 204)


@operation(
    "ListFunctionEventInvokeConfigs",
    "GET",
    f"{PATH}/list",
    action="lambda:ListFunctionEventInvokeConfigs",
    find=unqualified,
)
async def list_event_rules(call: Call, resource: Resource, server: Server) -> Answer:
    held = resource.held
    found = await function_documents.of_kind(server.catalog, held.id, EVENTS)
    shown = [_show(held, qualifier, document) for qualifier, document in found]
    return Answer({"FunctionEventInvokeConfigs": shown})


MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


async def _set(
    call: Call, resource: Resource, given: Fields, old: EventRules, server: Server
) -> Answer:
    held, qualifier = resource.held, _qualifier(resource)
    await version_of(server, resource)
    rules = old
    if "MaximumRetryAttempts" in given:
        rules = replace(rules, retries=given.number("MaximumRetryAttempts", 2, 0, 2))
    if "MaximumEventAgeInSeconds" in given:
        age = given.number("MaximumEventAgeInSeconds", SIX_HOURS, 60, SIX_HOURS)
        rules = replace(rules, age=age)
    wanted = given.fields("DestinationConfig")
    if wanted is not None:
        rules = replace(
            rules,
            on_success=await _destination(wanted, "OnSuccess", rules.on_success, resource, server),
            on_failure=await _destination(wanted, "OnFailure", rules.on_failure, resource, server),
        )
    document = Document(rules.text(), making.uuid(server), call.now_us)

    async def work(tx: Transaction) -> None:
        await function_documents.put(tx, held.id, qualifier, EVENTS, document)

    await server.catalog.run(work)
    return Answer(_show(held, qualifier, document))


async def _destination(
    wanted: Fields, name: str, old: str, resource: Resource, server: Server
) -> str:
    """A destination that could be reached now. Raises InvalidParameterValueException."""
    given = wanted.fields(name)
    if given is None:
        return old
    address = given.text("Destination", "", TARGET, 350)
    if not address:
        return ""
    held = resource.held
    if address.removesuffix(f":{LATEST}") == held.arn:
        raise invalid("You can't specify the function as a destination for itself.")
    await check_target(server, held.account, address)
    return address


def _qualifier(resource: Resource) -> str:
    return resource.qualifier or LATEST


async def _find(resource: Resource, server: Server) -> Document:
    held, qualifier = resource.held, _qualifier(resource)
    found = await function_documents.find(server.catalog, held.id, qualifier, EVENTS)
    if found is None:
        raise missing(f"The function {held.arn}:{qualifier} doesn't have an EventInvokeConfig")
    return found


def _read(document: Document) -> EventRules:
    return EventRules(**json.loads(document.text))


def _show(held: Function, qualifier: str, document: Document) -> Json:
    rules = _read(document)
    destinations: Json = {
        name: {"Destination": address} if address else {}
        for name, address in (("OnSuccess", rules.on_success), ("OnFailure", rules.on_failure))
    }
    told: Json = {
        "LastModified": document.modified_us / 1_000_000,
        "FunctionArn": f"{held.arn}:{qualifier}",
        "DestinationConfig": destinations,
    }
    if rules.retries is not None:
        told["MaximumRetryAttempts"] = rules.retries
    if rules.age is not None:
        told["MaximumEventAgeInSeconds"] = rules.age
    return told
