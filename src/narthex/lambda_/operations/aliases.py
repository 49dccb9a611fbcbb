"""CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases: names for versions.

Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

import json
from typing import Any

from narthex.catalog import Reader, Transaction, function_documents, functions
from narthex.catalog.function_documents import ALIAS
from narthex.functions import making
from narthex.functions.errors import LambdaError, invalid, missing
from narthex.lambda_.operation import Answer, Call, Json, Resource, operation
from narthex.lambda_.reading import Fields, read_body
from narthex.lambda_.targets import unqualified
from narthex.pure.functions import Document, Function
from narthex.server import Server

PATH = "/2015-03-31/functions/{name}/aliases"
ONE = f"{PATH}/{{alias}}"
NAME = r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"
VERSION = r"\$LATEST|[0-9]+"


@operation("CreateAlias", "POST", PATH, action="lambda:CreateAlias", find=unqualified)
async def create_alias(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    held = resource.held
    name = given.needed("Name", NAME, 128)
    told = {
        "FunctionVersion": given.needed("FunctionVersion", VERSION, 1024),
        "Description": given.text("Description", ""),
        "Routing": _routing(given),
    }

    async def work(tx: Transaction) -> Document:
        if await function_documents.find(tx, held.id, name, ALIAS) is not None:
            raise LambdaError(
                "ResourceConflictException", f"Alias already exists: {held.arn}:{name}"
            )
        return await _put(tx, held, name, told, call, server)

    return Answer(_show(held, name, await server.catalog.run(work)), 201)


@operation("GetAlias", "GET", ONE, action="lambda:GetAlias", find=unqualified)
async def get_alias(call: Call, resource: Resource, server: Server) -> Answer:
    held, name = resource.held, call.parts["alias"]
    return Answer(_show(held, name, await _find(server.catalog, held, name)))


@operation("UpdateAlias", "PUT", ONE, action="lambda:UpdateAlias", find=unqualified)
async def update_alias(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    held, name = resource.held, call.parts["alias"]
    revision = given.maybe("RevisionId")

    async def work(tx: Transaction) -> Document:
        found = await _find(tx, held, name)
        if revision is not None and revision != found.revision:
            raise LambdaError("PreconditionFailedException", making.STALE)
        old = json.loads(found.text)
        told = {
            "FunctionVersion": given.text("FunctionVersion", old["FunctionVersion"], VERSION, 1024),
            "Description": given.text("Description", old["Description"]),
            "Routing": _routing(given) if "RoutingConfig" in given else old["Routing"],
        }
        return await _put(tx, held, name, told, call, server)

    return Answer(_show(held, name, await server.catalog.run(work)))


@operation("DeleteAlias", "DELETE", ONE, action="lambda:DeleteAlias", find=unqualified)
async def delete_alias(call: Call, resource: Resource, server: Server) -> Answer:
    held, name = resource.held, call.parts["alias"]

    async def work(tx: Transaction) -> None:
        await making.remove_qualifier(tx, held.id, name)

    await server.catalog.run(work)
    return Answer(None, 204)


@operation("ListAliases", "GET", PATH, action="lambda:ListAliases", find=unqualified)
async def list_aliases(call: Call, resource: Resource, server: Server) -> Answer:
    held, wanted = resource.held, call.parameter("FunctionVersion")
    found = await function_documents.of_kind(server.catalog, held.id, ALIAS)
    shown = [_show(held, name, one) for name, one in found]
    return Answer({"Aliases": [one for one in shown if wanted in ("", one["FunctionVersion"])]})


def _routing(given: Fields) -> dict[str, float]:
    """The share of other versions. Raises LambdaError for more than one, as AWS."""
    config = given.fields("RoutingConfig")
    weights = {} if config is None else config.weights("AdditionalVersionWeights")
    if len(weights) > 1 or not all(version.isdigit() for version in weights):
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    return weights


async def _find(reader: Reader, held: Function, name: str) -> Document:
    found = await function_documents.find(reader, held.id, name, ALIAS)
    if found is None:
        raise missing(f"Cannot find alias arn: {held.arn}:{name[:128]}")
    return found


async def _put(
    tx: Transaction, held: Function, name: str, told: dict[str, Any], call: Call, server: Server
) -> Document:
    for version in [told["FunctionVersion"], *told["Routing"]]:
        if await functions.version(tx, held.id, version) is None:
            raise missing(f"Function not found: {held.arn}:{version}")
    document = Document(json.dumps(told), making.uuid(server), call.now_us)
    await function_documents.put(tx, held.id, name, ALIAS, document)
    return document


def _show(held: Function, name: str, document: Document) -> Json:
    told = json.loads(document.text)
    shown: Json = {
        "AliasArn": f"{held.arn}:{name}",
        "Name": name,
        "FunctionVersion": told["FunctionVersion"],
        "Description": told["Description"],
        "RevisionId": document.revision,
    }
    if told["Routing"]:
        shown["RoutingConfig"] = {"AdditionalVersionWeights": told["Routing"]}
    return shown
