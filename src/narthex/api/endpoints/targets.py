"""Named targets: where events and notices go. Made, listed, looked at, tried, removed.

This file never shows a URL: only what its target says may be shown.
"""

from __future__ import annotations

from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError
from narthex.api.reading import Fields
from narthex.catalog import targets
from narthex.catalog.targets import NamedTarget
from narthex.events import targets as service
from narthex.events.targets import TargetError
from narthex.ledger.addresses import queue_arn, topic_arn
from narthex.pure.times import iso_seconds
from narthex.server import Server


async def by_name_in_body(call: Call, server: Server) -> Resource:
    """What is to be made."""
    fields = Fields(call.body, ("name", "url"))
    name, url = fields.needed("name"), fields.needed("url")
    return Resource((_arn(call, name, server),), (name, url))


@endpoint("POST", "targets", action="narthex:CreateTarget", find=by_name_in_body)
async def create_target(call: Call, held: tuple[str, str], server: Server) -> Answer:
    try:
        made = await service.create(server, call.scope.account, *held)
    except TargetError as error:
        raise refusal(error) from error
    return Answer({"target": _show(made.target, server), "secret": made.secret or None}, 201)


@endpoint("GET", "targets", action="narthex:ListTargets")
async def list_targets(call: Call, held: None, server: Server) -> Answer:
    found = await targets.every(server.catalog, call.scope.account)
    return Answer({"targets": [_show(one, server) for one in found]})


async def by_name(call: Call, server: Server) -> Resource:
    """The target that the path names. To those who may not, it is not told whether it is there."""
    name = call.parts["name"]
    found = await targets.find(server.catalog, call.scope.account, name)
    return Resource((_arn(call, name, server),), found)


@endpoint("GET", "targets/{name}", action="narthex:GetTarget", find=by_name)
async def get_target(call: Call, found: NamedTarget | None, server: Server) -> Answer:
    return Answer({"target": _show(_there(found, call), server)})


@endpoint("POST", "targets/{name}/test", action="narthex:TestTarget", find=by_name)
async def test_target(call: Call, found: NamedTarget | None, server: Server) -> Answer:
    Fields(call.body, ())
    reason = await service.try_out(server, _there(found, call))
    return Answer({"delivered": not reason, "reason": reason or None})


@endpoint("DELETE", "targets/{name}", action="narthex:DeleteTarget", find=by_name)
async def delete_target(call: Call, found: NamedTarget | None, server: Server) -> Answer:
    target = _there(found, call)
    try:
        await service.remove(server, target.account, target.name)
    except TargetError as error:
        raise refusal(error) from error
    return Answer({"target": _show(target, server)})


def refusal(error: TargetError) -> ApiError:
    """What the service refuses, in the API's words."""
    return ApiError(error.code, str(error), error.field)


def _there(found: NamedTarget | None, call: Call) -> NamedTarget:
    if found is None:
        raise ApiError("NoSuchTarget", f"there is no target `{call.parts['name'][:64]}`")
    return found


def _arn(call: Call, name: str, server: Server) -> str:
    return topic_arn(server.settings.home_region, call.scope.account, name)


def _show(target: NamedTarget, server: Server) -> Json:
    region = server.settings.home_region
    return {
        "name": target.name,
        "url": target.shown,
        "topic_arn": topic_arn(region, target.account, target.name),
        "queue_arn": queue_arn(region, target.account, target.name),
        "created_at": iso_seconds(target.created_us),
    }
