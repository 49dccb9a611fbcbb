"""GetFunction, GetFunctionConfiguration, ListFunctions, GetAccountSettings: what there is.

Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

from narthex.catalog import function_code, functions
from narthex.functions.errors import LambdaError
from narthex.functions.making import MOST_STORED
from narthex.lambda_ import pages, showing
from narthex.lambda_.code_links import PATH, code_link
from narthex.lambda_.operation import Answer, Call, Json, Resource, operation
from narthex.lambda_.targets import anything, function, version_of
from narthex.pure.functions import ANY, MOST_UNZIPPED, MOST_ZIP, Version
from narthex.server import Server


async def held_version(resource: Resource, server: Server) -> Version:
    """The version that the resource's qualifier leads to. Raises ResourceNotFoundException."""
    number, _ = await version_of(server, resource)
    found = await functions.version(server.catalog, resource.held.id, number)
    if found is None:
        raise LambdaError("ResourceNotFoundException", resource.missing)
    return found


@operation(
    "GetFunction",
    "GET",
    "/2015-03-31/functions/{name}",
    action="lambda:GetFunction",
    find=function,
)
async def get_function(call: Call, resource: Resource, server: Server) -> Answer:
    held = resource.held
    version = await held_version(resource, server)
    told: Json = {
        "Configuration": showing.configuration(
            held, version, server.keyring, qualified=bool(resource.qualifier)
        ),
        "Code": {
            "RepositoryType": "S3",
            "Location": code_link(call, call.parts["name"], resource.qualifier, server),
        },
    }
    if held.tags:
        told["Tags"] = dict(held.tags)
    if held.reserved != ANY:
        told["Concurrency"] = {"ReservedConcurrentExecutions": held.reserved}
    return Answer(told)


@operation("GetFunctionCode", "GET", PATH, action="lambda:GetFunction", find=function)
async def get_function_code(call: Call, resource: Resource, server: Server) -> Answer:
    """What the link in GetFunction's answer leads to. AWS has it in a bucket of its own."""
    version = await held_version(resource, server)
    data = await function_code.read(server.catalog, version.code)
    return Answer(data, headers=(("content-disposition", 'attachment; filename="code.zip"'),))


@operation(
    "GetFunctionConfiguration",
    "GET",
    "/2015-03-31/functions/{name}/configuration",
    action="lambda:GetFunctionConfiguration",
    find=function,
)
async def get_function_configuration(call: Call, resource: Resource, server: Server) -> Answer:
    version = await held_version(resource, server)
    return Answer(
        showing.configuration(
            resource.held, version, server.keyring, qualified=bool(resource.qualifier)
        )
    )


@operation(
    "ListFunctions",
    "GET",
    "/2015-03-31/functions",
    action="lambda:ListFunctions",
    find=anything,
)
async def list_functions(call: Call, resource: Resource, server: Server) -> Answer:
    most, after = pages.span(call)
    found = await functions.page(server.catalog, call.account, after, most + 1)
    every = call.parameter("FunctionVersion") == "ALL"
    listed: list[Json] = []
    for one in found[:most]:
        versions = await functions.versions(server.catalog, one.id, -1, 1000 if every else 1)
        listed += [
            showing.configuration(one, version, server.keyring, qualified=every)
            for version in versions
        ]
    told: Json = {"Functions": listed}
    if len(found) > most:
        told["NextMarker"] = pages.marker(found[most - 1].name)
    return Answer(told)


@operation(
    "GetAccountSettings",
    "GET",
    "/2016-08-19/account-settings",
    action="lambda:GetAccountSettings",
    find=anything,
)
async def get_account_settings(call: Call, resource: Resource, server: Server) -> Answer:
    count, size = await functions.usage(server.catalog, call.account)
    most = server.settings.functions_concurrency
    limits = {
        "TotalCodeSize": MOST_STORED,
        "CodeSizeUnzipped": MOST_UNZIPPED,
        "CodeSizeZipped": MOST_ZIP,
        "ConcurrentExecutions": most,
        "UnreservedConcurrentExecutions": most,
    }
    usage = {"TotalCodeSize": size, "FunctionCount": count}
    return Answer({"AccountLimit": limits, "AccountUsage": usage})
