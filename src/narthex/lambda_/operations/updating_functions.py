"""UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction: what changes `$LATEST`.

What runs meanwhile runs to its end as it was begun; the next invocation is of what is new.
Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, functions
from narthex.functions import channel, making
from narthex.functions.errors import LambdaError, invalid, missing
from narthex.functions.variables import seal
from narthex.lambda_ import showing
from narthex.lambda_.operation import Answer, Call, Resource, operation
from narthex.lambda_.operations.create_function import MOST_BODY
from narthex.lambda_.reading import read_body
from narthex.lambda_.settings import read_code, read_settings, read_variables
from narthex.lambda_.targets import function, unqualified
from narthex.pure.functions import LATEST, Function, Version, is_number
from narthex.server import Server

BUSY = "The operation cannot be performed at this time. An update is in progress for resource: "


@operation(
    "UpdateFunctionCode",
    "PUT",
    "/2015-03-31/functions/{name}/code",
    action="lambda:UpdateFunctionCode",
    find=unqualified,
    most=MOST_BODY,
)
async def update_function_code(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    held = resource.held
    data = await read_code(call, given, server)
    hashed, size = await making.checked_code(data)
    revision, publish, dry = given.maybe("RevisionId"), given.flag("Publish"), given.flag("DryRun")

    async def work(tx: Transaction) -> tuple[Function, Version]:
        version = await making.latest(tx, held, revision)
        await making.make_room(tx, held.account, size - version.code_size, new=False)
        changed = replace(version, revision=making.uuid(server), modified_us=call.now_us)
        if dry:
            return held, replace(changed, code=hashed, code_size=size)
        changed = await making.put_code(tx, changed, data, hashed)
        return await making.publish(tx, server, held.id, None) if publish else (held, changed)

    made, shown = await server.catalog.run(work)
    await channel.announce(server.settings.folder, held.id)
    return Answer(showing.configuration(made, shown, server.keyring))


@operation(
    "UpdateFunctionConfiguration",
    "PUT",
    "/2015-03-31/functions/{name}/configuration",
    action="lambda:UpdateFunctionConfiguration",
    find=unqualified,
)
async def update_function_configuration(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    held = resource.held
    revision = given.maybe("RevisionId")
    before = await functions.version(server.catalog, held.id)
    if before is None:
        raise missing(resource.missing)
    settings = await read_settings(call, given, held.arn, before.settings, server)
    variables = read_variables(given)

    async def work(tx: Transaction) -> Version:
        version = await making.latest(tx, held, revision)
        if version.revision != before.revision:
            raise LambdaError("ResourceConflictException", f"{BUSY}{held.arn}")
        sealed, has = version.sealed, version.settings.has_variables
        if variables is not None:
            sealed, has = seal(server.keyring, held.id, variables), True
        changed = replace(
            version,
            revision=making.uuid(server),
            settings=replace(settings, has_variables=has),
            sealed=sealed,
            modified_us=call.now_us,
        )
        await functions.put_version(tx, changed)
        return changed

    changed = await server.catalog.run(work)
    return Answer(showing.configuration(held, changed, server.keyring))


@operation(
    "DeleteFunction",
    "DELETE",
    "/2015-03-31/functions/{name}",
    action="lambda:DeleteFunction",
    find=function,
)
async def delete_function(call: Call, resource: Resource, server: Server) -> Answer:
    held, qualifier = resource.held, resource.qualifier
    if qualifier and not is_number(qualifier):
        what = "$LATEST version" if qualifier == LATEST else "alias"
        raise invalid(f"{what} cannot be deleted without deleting the function.")

    async def work(tx: Transaction) -> None:
        if not qualifier:
            await making.remove(tx, held)
        else:
            await making.refuse_aliased(tx, held, qualifier)
            await making.remove_version(tx, held, qualifier)

    await server.catalog.run(work)
    return Answer(None, 204)
