"""DeleteObjects: up to 1000 keys at once, each authorised and answered by itself.

Source: Amazon S3 API reference, DeleteObjects.
"""

from __future__ import annotations

from narthex.catalog import Transaction, objects
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import conditions, documents, names, xml
from narthex.pure.events.records import Event
from narthex.s3.answer import read_document, xml_response
from narthex.s3.authorize import of_version, require
from narthex.s3.operation import Call, operation
from narthex.s3.telling import teller_of
from narthex.server import Server

MAX_BYTES = 2 * 1024 * 1024


@operation("DeleteObjects", "POST", "bucket", action="s3:DeleteObject", query="delete")
async def delete_objects(call: Call, server: Server) -> Response:
    asked = documents.read_delete(await read_document(call, MAX_BYTES))
    refused: dict[int, S3Error] = {}
    for place, item in enumerate(asked.objects):
        try:
            action = of_version("s3:DeleteObject", item.version)
            await require(call.asking, action, call.held, item.key, server)
            names.check_key(item.key)
            if item.version not in (None, "null"):
                raise S3Error("NoSuchVersion")
        except S3Error as error:
            refused[place] = error
    teller = await teller_of(call, server)

    async def work(tx: Transaction) -> dict[int, S3Error]:
        failed: dict[int, S3Error] = {}
        for place, item in enumerate(asked.objects):
            if place in refused:
                continue
            try:
                if item.etag is not None:
                    current = await objects.find(tx, call.held.id, item.key)
                    etag = current.etag if current else None
                    conditions.check_delete(item.etag, etag, item.key)
            except S3Error as error:
                failed[place] = error
                continue
            now = server.clock()
            if await objects.remove(tx, call.held.id, item.key, now):
                await teller.tell(tx, Event("ObjectRemoved:Delete", item.key, now))
        return failed

    refused |= await server.catalog.run(work)
    teller.ring()
    children: list[xml.Child] = []
    for place, item in enumerate(asked.objects):
        version: list[xml.Child] = [("VersionId", item.version)] if item.version else []
        why = refused.get(place)
        if why is not None:
            facts: list[xml.Child] = [("Code", why.code), ("Message", why.message)]
            children.append(("Error", [("Key", item.key), *version, *facts]))
        elif not asked.quiet:
            children.append(("Deleted", [("Key", item.key), *version]))
    return xml_response("DeleteResult", children)
