"""PublishVersion, ListVersionsByFunction: code and settings that never change again.

Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

from narthex.catalog import Transaction, functions
from narthex.functions import making
from narthex.functions.errors import invalid
from narthex.lambda_ import pages, showing
from narthex.lambda_.operation import Answer, Call, Json, Resource, operation
from narthex.lambda_.reading import read_body
from narthex.lambda_.targets import unqualified
from narthex.pure.functions import Function, Version
from narthex.server import Server

PATH = "/2015-03-31/functions/{name}/versions"


@operation("PublishVersion", "POST", PATH, action="lambda:PublishVersion", find=unqualified)
async def publish_version(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    held = resource.held
    expected, revision = given.maybe("CodeSha256"), given.maybe("RevisionId")
    description = given.maybe("Description")

    async def work(tx: Transaction) -> tuple[Function, Version]:
        current = await making.latest(tx, held, revision)
        if expected is not None and expected != showing.hash_of(current.code):
            raise invalid(
                f"CodeSHA256 ({expected[:64]}) is different from current CodeSHA256 in $LATEST "
                f"({showing.hash_of(current.code)}). Please try again with the CodeSHA256 in "
                "$LATEST."
            )
        return await making.publish(tx, server, held.id, description)

    made, version = await server.catalog.run(work)
    return Answer(showing.configuration(made, version, server.keyring), 201)


@operation(
    "ListVersionsByFunction",
    "GET",
    PATH,
    action="lambda:ListVersionsByFunction",
    find=unqualified,
)
async def list_versions(call: Call, resource: Resource, server: Server) -> Answer:
    held = resource.held
    most, after = pages.span(call)
    behind = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else -1
    found = await functions.versions(server.catalog, held.id, behind, most + 1)
    told: Json = {
        "Versions": [
            showing.configuration(held, one, server.keyring, qualified=True) for one in found[:most]
        ]
    }
    if len(found) > most:
        last = found[most - 1].version
        told["NextMarker"] = pages.marker(last if last.isdigit() else "0")
    return Answer(told)
