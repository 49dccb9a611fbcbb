"""CreateFunction: a function from a zip and a role, ready to be invoked when this is answered.

Source: AWS Lambda API reference, CreateFunction.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, function_code, functions
from narthex.functions import channel, making
from narthex.functions.errors import LambdaError, invalid
from narthex.functions.variables import seal
from narthex.lambda_ import showing
from narthex.lambda_.operation import Answer, Call, Resource, operation
from narthex.lambda_.reading import read_body
from narthex.lambda_.settings import read_code, read_settings, read_variables
from narthex.lambda_.targets import name_of
from narthex.pure.functions import LATEST, Function, Settings, Version, arn_of
from narthex.server import Server

MOST_BODY = 70_167_211  # bytes: a zip of 50 MiB in base64, and all else
NEW = Settings(making.RUNTIME, "", "", "")


async def new_function(call: Call, server: Server) -> Resource:
    """The function that the body names."""
    given = read_body(call.body)
    named = name_of(given.needed("FunctionName", most=140))
    if named.qualifier or named.account not in ("", call.account):
        raise invalid("FunctionName names a function of the caller's own account, unqualified")
    arn = arn_of(call.region, call.account, named.name)
    return Resource(arn, call.account, qualifier=named.name, request_tags=given.tags())


@operation(
    "CreateFunction",
    "POST",
    "/2015-03-31/functions",
    action="lambda:CreateFunction",
    find=new_function,
    most=MOST_BODY,
)
async def create_function(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    if given.text("PackageType", "Zip") != "Zip":
        raise invalid("PackageType is Zip here")
    for name in ("Role", "Runtime", "Handler"):
        given.needed(name)
    settings = await read_settings(call, given, resource.arn, NEW, server)
    variables = read_variables(given)
    code = given.fields("Code")
    if code is None:
        raise invalid("Please provide a source for function code.")
    data = await read_code(call, code, server)
    hashed, size = await making.checked_code(data)
    id, publish = server.new_id(), given.flag("Publish")
    function = Function(
        id,
        call.account,
        resource.qualifier,
        call.region,
        call.now_us,
        tags=resource.request_tags or (),
    )
    version = Version(
        id,
        LATEST,
        making.uuid(server),
        replace(settings, has_variables=variables is not None),
        hashed,
        size,
        call.now_us,
        b"" if variables is None else seal(server.keyring, id, variables),
    )

    async def work(tx: Transaction) -> tuple[Function, Version]:
        if await functions.find(tx, function.account, function.name) is not None:
            raise LambdaError(
                "ResourceConflictException", f"Function already exist: {function.name}"
            )
        await making.make_room(tx, function.account, size, new=True)
        await functions.add(tx, function)
        await function_code.add(tx, hashed, data)
        await functions.put_version(tx, version)
        return await making.publish(tx, server, id, None) if publish else (function, version)

    made, shown = await server.catalog.run(work)
    await channel.announce(server.settings.folder, id)
    return Answer(showing.configuration(made, shown, server.keyring), 201)
