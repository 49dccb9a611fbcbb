"""Create-, Get-, Update-, Delete- and ListFunctionUrlConfig(s): functions that answer HTTP.

Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from narthex.catalog import Transaction, function_documents
from narthex.catalog.function_documents import URL
from narthex.functions import making
from narthex.functions.errors import LambdaError, invalid, missing
from narthex.functions.urls import AUTH_TYPES, PATH, UrlConfig, host_of, read_config
from narthex.lambda_.operation import Answer, Call, Json, Resource, operation
from narthex.lambda_.reading import Fields, read_body, unfit
from narthex.lambda_.targets import function, unqualified, version_of
from narthex.pure.function_urls import UrlCors
from narthex.pure.functions import LATEST, Document, is_number
from narthex.pure.times import iso_seconds
from narthex.server import Server

ONE = "/2021-10-31/functions/{name}/url"
NONE = "The resource you requested does not exist."


@operation(
    "CreateFunctionUrlConfig", "POST", ONE, action="lambda:CreateFunctionUrlConfig", find=function
)
async def create_url(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    held, qualifier = resource.held, resource.qualifier
    if qualifier == LATEST or is_number(qualifier):
        raise invalid("A function URL leads to a function or to an alias of it.")
    await version_of(server, resource)
    given.needed("AuthType")
    config = _read(given, UrlConfig(server.new_id(), "", call.now_us))
    document = Document(config.text(), making.uuid(server), call.now_us)

    async def work(tx: Transaction) -> None:
        if await function_documents.find(tx, held.id, qualifier, URL) is not None:
            raise LambdaError(
                "ResourceConflictException",
                f"Failed to create function url config for [functionArn = {resource.arn}]. Error "
                "message:  FunctionUrlConfig exists for this Lambda function",
            )
        await function_documents.put(tx, held.id, qualifier, URL, document)
        await function_documents.add_url(tx, config.id, held.id, qualifier)

    await server.catalog.run(work)
    told = _show(call, resource.arn, document, server)
    del told["LastModifiedTime"]  # of this answer alone the model does not know it
    return Answer(told, 201)


@operation("GetFunctionUrlConfig", "GET", ONE, action="lambda:GetFunctionUrlConfig", find=function)
async def get_url(call: Call, resource: Resource, server: Server) -> Answer:
    return Answer(_show(call, resource.arn, await _find(resource, server), server))


@operation(
    "UpdateFunctionUrlConfig", "PUT", ONE, action="lambda:UpdateFunctionUrlConfig", find=function
)
async def update_url(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    held, qualifier = resource.held, resource.qualifier
    config = _read(given, read_config((await _find(resource, server)).text))
    document = Document(config.text(), making.uuid(server), call.now_us)

    async def work(tx: Transaction) -> None:
        if await function_documents.find(tx, held.id, qualifier, URL) is None:
            raise missing(NONE)
        await function_documents.put(tx, held.id, qualifier, URL, document)

    await server.catalog.run(work)
    return Answer(_show(call, resource.arn, document, server))


@operation(
    "DeleteFunctionUrlConfig", "DELETE", ONE, action="lambda:DeleteFunctionUrlConfig", find=function
)
async def delete_url(call: Call, resource: Resource, server: Server) -> Answer:
    held, qualifier = resource.held, resource.qualifier

    async def work(tx: Transaction) -> None:
        if not await function_documents.remove(tx, held.id, qualifier, URL):
            raise missing(NONE)
        await function_documents.remove_url(tx, held.id, qualifier)

    await server.catalog.run(work)
    return Answer(None, 204)


@operation(
    "ListFunctionUrlConfigs",
    "GET",
    f"{ONE}s",
    action="lambda:ListFunctionUrlConfigs",
    find=unqualified,
)
async def list_urls(call: Call, resource: Resource, server: Server) -> Answer:
    held = resource.held
    found = await function_documents.of_kind(server.catalog, held.id, URL)
    shown = [
        _show(call, f"{held.arn}:{qualifier}" if qualifier else held.arn, document, server)
        for qualifier, document in found
    ]
    return Answer({"FunctionUrlConfigs": shown})


def _read(given: Fields, old: UrlConfig) -> UrlConfig:
    """What was given, laid over what there is. Raises LambdaError."""
    auth = given.text("AuthType", old.auth, most=16)
    if auth not in AUTH_TYPES:
        raise unfit(auth, "authType", f"Member must satisfy enum value set: {list(AUTH_TYPES)}")
    if given.text("InvokeMode", "BUFFERED") != "BUFFERED":
        raise invalid("InvokeMode is BUFFERED here: answers are sent when they are whole")
    cors = given.fields("Cors")
    return replace(old, auth=auth, cors=old.cors if cors is None else _cors(cors))


def _cors(given: Fields) -> UrlCors | None:
    cors = UrlCors(
        tuple(given.texts("AllowOrigins")),
        tuple(given.texts("AllowMethods", most=6)),
        tuple(name.lower() for name in given.texts("AllowHeaders")),
        tuple(given.texts("ExposeHeaders")),
        given.flag("AllowCredentials"),
        given.number("MaxAge", 0, 0, 86_400),
    )
    for text in (*cors.origins, *cors.methods, *cors.headers, *cors.exposed):
        if not text.isascii() or not text.isprintable() or "," in text:
            raise invalid(f"`{text[:64]}` cannot be told to a browser")
    if cors.credentials and "*" in cors.origins:
        raise invalid("AllowCredentials needs origins by name: `*` would let every page in")
    return None if cors == UrlCors() else cors


async def _find(resource: Resource, server: Server) -> Document:
    found = await function_documents.find(server.catalog, resource.held.id, resource.qualifier, URL)
    if found is None:
        raise missing(NONE)
    return found


def _show(call: Call, arn: str, document: Document, server: Server) -> Json:
    config = read_config(document.text)
    told: Json = {
        "FunctionUrl": _url(call, config, arn.split(":")[3], server),
        "FunctionArn": arn,
        "AuthType": config.auth,
        "CreationTime": iso_seconds(config.created_us),
        "LastModifiedTime": iso_seconds(document.modified_us),
        "InvokeMode": config.mode,
    }
    cors = config.cors
    if cors is not None:
        told["Cors"] = {
            "AllowOrigins": list(cors.origins),
            "AllowMethods": list(cors.methods),
            "AllowHeaders": list(cors.headers),
            "ExposeHeaders": list(cors.exposed),
            "AllowCredentials": cors.credentials,
            "MaxAge": cors.max_age,
        }
    return told


def _url(call: Call, config: UrlConfig, region: str, server: Server) -> str:
    """A host of its own where there is a domain for it, else a path of ours."""
    settings = server.settings
    host = call.request.headers.get("host") or "localhost"
    base = settings.public_url.rstrip("/") or f"{call.request.scheme}://{host}"
    if not settings.domain:
        return f"{base}{PATH}{config.id}/"
    parts = urlsplit(base)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host_of(config.id, region, settings.domain[0])}{port}/"
