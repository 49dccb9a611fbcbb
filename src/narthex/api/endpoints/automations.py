"""Automations: what is shared by itself after an upload. Made, looked at, paused, resumed, removed.

This file never shows an address: only what may be shown of it.
"""

from __future__ import annotations

from narthex.api.authorize import find_bucket, require_download
from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.notify import check_texts, named_targets
from narthex.api.orders import orders_of
from narthex.api.reading import Fields, Parameters
from narthex.catalog.automation_runs import Run
from narthex.catalog.automations import Automation
from narthex.catalog.deliveries import number_of
from narthex.ledger import automations as service
from narthex.ledger.automations import Wanted
from narthex.ledger.issue import read_order
from narthex.pure.notify_urls import read_notify_url
from narthex.pure.share_grants import arn
from narthex.pure.shares import Target
from narthex.pure.times import iso_seconds
from narthex.server import Server

# Of each share, as `POST shares` takes them.
TERMS = ("expires_in", "max_downloads", "max_bytes", "allow_ips", "recipient", "note")
FIELDS = ("bucket", "prefix", "suffix", "notify", *TERMS)
ANY = "any-file"  # stands for the names that will come


async def wanted(call: Call, server: Server) -> Resource:
    """What is to be made: its terms read as those of a share, its bucket found."""
    fields = Fields(call.body, FIELDS)
    name, prefix, suffix = fields.needed("bucket"), fields.text("prefix"), fields.text("suffix")
    notify = tuple(dict.fromkeys(fields.texts("notify")))
    if fields.number("expires_in") is None:
        raise invalid("expires_in", "`expires_in` is needed: each link ends")
    terms = {name: call.body[name] for name in TERMS if call.body.get(name) is not None}
    (order,) = orders_of({"bucket": name, "key": ANY, **terms}, call.now_us)
    read_order(order, call.now_us)
    for text in notify:
        try:
            read_notify_url(text)
        except ValueError as error:
            raise invalid("notify", str(error)) from error
    bucket = await find_bucket(name, server)
    target = Target(name, bucket.id, prefix, is_prefix=True)
    return Resource(
        (arn(target),),
        Wanted(bucket, prefix, suffix, terms, notify),
        more=named_targets(call, notify, server),
    )


@endpoint("POST", "automations", action="narthex:CreateAutomation", find=wanted)
async def create_automation(call: Call, held: Wanted, server: Server) -> Answer:
    _refuse_session(call)
    target = Target(held.bucket.name, held.bucket.id, held.prefix, is_prefix=True)
    await require_download(call.asking, target, held.bucket, server)
    await check_texts(call, held.notify, server)
    made = await service.create(server.ledger, call.issuer, held, call.place, call.now_us)
    return Answer({"automation": show(made.automation), "notify_secret": made.secret or None}, 201)


@endpoint("GET", "automations", action="narthex:ListAutomations")
async def list_automations(call: Call, held: None, server: Server) -> Answer:
    found = await service.every(server.ledger, call.scope)
    return Answer({"automations": [show(one) for one in found]})


async def by_id(call: Call, server: Server) -> Resource:
    """The automation that the path names, if it is the caller's."""
    found = await service.find(server.ledger, call.scope, call.parts["id"])
    return Resource((arn(Target(found.bucket, "", found.prefix, is_prefix=True)),), found)


@endpoint("GET", "automations/{id}", action="narthex:GetAutomation", find=by_id)
async def get_automation(call: Call, found: Automation, server: Server) -> Answer:
    return Answer({"automation": show(found)})


@endpoint(
    "GET",
    "automations/{id}/log",
    action="narthex:GetAutomation",
    find=by_id,
    parameters="limit after",
)
async def get_automation_log(call: Call, found: Automation, server: Server) -> Answer:
    told = Parameters(call.query)
    limit, after = told.limit(), told.text("after") or ""
    if after and number_of(after) is None:
        raise invalid("after", "this is no `next` of an answer")
    runs = await service.log(server.ledger, found, after, limit + 1)
    more = runs[limit - 1].event if len(runs) > limit else None
    return Answer({"runs": [_show_run(one) for one in runs[:limit]], "next": more})


@endpoint("PATCH", "automations/{id}", action="narthex:UpdateAutomation", find=by_id)
async def change_automation(call: Call, found: Automation, server: Server) -> Answer:
    fields = Fields(call.body, ("paused",))
    if call.body.get("paused") is None:
        raise invalid("paused", "`paused` is needed")
    if fields.flag("paused"):
        return Answer({"automation": show(await service.pause(server.ledger, found))})
    _refuse_session(call)
    after = await service.resume(server.ledger, found, call.issuer)
    return Answer({"automation": show(after)})


@endpoint("DELETE", "automations/{id}", action="narthex:DeleteAutomation", find=by_id)
async def delete_automation(call: Call, found: Automation, server: Server) -> Answer:
    await service.remove(server.ledger, found)
    return Answer({"automation": show(found)})


def _refuse_session(call: Call) -> None:
    """A session ends: what stands on one would end with it, without a word."""
    if call.asking.identity.session is not None:
        told = "an automation stands on a permanent key, not on a session's"
        raise ApiError("InvalidArgument", told)


def show(one: Automation) -> Json:
    """An automation, as it stands."""
    terms: Json = dict.fromkeys(TERMS) | one.terms
    return {
        "id": one.id,
        "bucket": one.bucket,
        "prefix": one.prefix,
        "suffix": one.suffix,
        "owner": one.arn,
        "access_key_id": one.origin,
        **terms,
        "notify": list(one.shown),
        "state": one.state,
        "reason": one.reason or None,
        "created_at": iso_seconds(one.created_us),
    }


def _show_run(run: Run) -> Json:
    return {
        "event": run.event,
        "at": iso_seconds(run.at_us),
        "key": run.key or None,
        "outcome": run.outcome,
        "share": run.share or None,
        "reason": run.reason or None,
    }
