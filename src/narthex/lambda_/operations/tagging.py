"""TagResource, UntagResource, ListTags: tags of functions.

Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, functions
from narthex.functions.errors import invalid, missing
from narthex.http import Pairs
from narthex.lambda_.operation import Answer, Call, Resource, operation
from narthex.lambda_.reading import MOST_TAGS, read_body
from narthex.lambda_.targets import tagged
from narthex.server import Server

PATH = "/2017-03-31/tags/{arn}"


async def tagged_anew(call: Call, server: Server) -> Resource:
    """The function of the path, with the tags of the body."""
    found = await tagged(call, server)
    return replace(found, request_tags=read_body(call.body).tags() or ())


@operation("TagResource", "POST", PATH, action="lambda:TagResource", find=tagged_anew)
async def tag_resource(call: Call, resource: Resource, server: Server) -> Answer:
    given = resource.request_tags or ()
    await _change(resource, given, frozenset(key for key, _ in given), server)
    return Answer(None, 204)


@operation("UntagResource", "DELETE", PATH, action="lambda:UntagResource", find=tagged)
async def untag_resource(call: Call, resource: Resource, server: Server) -> Answer:
    keys = frozenset(value for name, value in call.query if name == "tagKeys")
    await _change(resource, (), keys, server)
    return Answer(None, 204)


@operation("ListTags", "GET", PATH, action="lambda:ListTags", find=tagged)
async def list_tags(call: Call, resource: Resource, server: Server) -> Answer:
    return Answer({"Tags": dict(resource.held.tags)})


async def _change(resource: Resource, given: Pairs, gone: frozenset[str], server: Server) -> None:
    id = resource.held.id

    async def work(tx: Transaction) -> None:
        held = await functions.get(tx, id)
        if held is None:
            raise missing(resource.missing)
        tags = (*[tag for tag in held.tags if tag[0] not in gone], *given)
        if len(tags) > MOST_TAGS:
            raise invalid(f"The number of tags exceeds the limit of {MOST_TAGS}")
        await functions.put(tx, replace(held, tags=tags))

    await server.catalog.run(work)
