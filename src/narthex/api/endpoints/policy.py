"""Policies explained: what one access would come to and why, and everyone who may.

Only about buckets of the caller's own account; what other accounts allow is not told.
"""

from __future__ import annotations

import asyncio
from typing import Any

from narthex.access import holders
from narthex.access.callers import NoSuchPrincipal, caller_named
from narthex.access.explain import Explained, explain_access
from narthex.access.holders import Holder, Search, search
from narthex.access.open_buckets import openly
from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.reading import Fields, Parameters
from narthex.catalog import accounts, buckets
from narthex.catalog.shares import Counted
from narthex.errors import S3Error
from narthex.model import Account, Bucket
from narthex.pure import names
from narthex.pure.policy import StatementRef, Trace
from narthex.pure.policy.actions import S3_ACTIONS
from narthex.pure.policy.patterns import Value
from narthex.pure.share_grants import ARN
from narthex.pure.shares import uses_left
from narthex.pure.times import iso_seconds
from narthex.server import Server

EXPLAINED = ("as", "action", "bucket", "key", "context")
MOST_CONTEXT = 100


async def of_body(call: Call, server: Server) -> Resource:
    """The bucket and the key that a body is about."""
    fields = Fields(call.body, EXPLAINED)
    return await _find(call, fields.needed("bucket"), fields.text("key"), server)


async def of_query(call: Call, server: Server) -> Resource:
    """The bucket and the key that a query is about."""
    told = Parameters(call.query)
    return await _find(call, told.text("bucket") or "", told.text("key") or "", server)


async def _find(call: Call, name: str, key: str, server: Server) -> Resource:
    """The bucket, if it is of the caller's account. Raises NoSuchBucket, InvalidArgument."""
    if not name:
        raise invalid("bucket", "`bucket` is needed")
    try:
        names.check_key(key or "k")
    except (S3Error, UnicodeEncodeError) as error:
        raise invalid("key", "this is no key: 1 to 1024 bytes of UTF-8") from error
    bucket = await buckets.find(server.catalog, name)
    if bucket is None or bucket.account != call.asking.identity.principal.account:
        raise ApiError("NoSuchBucket", f"your account has no bucket `{name[:64]}`", "bucket")
    return Resource((f"{ARN}{name}/{key}" if key else f"{ARN}{name}",), bucket)


async def _home(bucket: Bucket, server: Server) -> Account:
    found = await accounts.find(server.catalog, bucket.account)
    if found is None:
        raise ApiError("NoSuchBucket", f"the account of bucket `{bucket.name}` is gone", "bucket")
    return found


@endpoint("POST", "policy/explain", action="narthex:ExplainAccess", find=of_body)
async def explain(call: Call, bucket: Bucket, server: Server) -> Answer:
    fields = Fields(call.body, EXPLAINED)
    action, key = fields.needed("action"), fields.text("key")
    _check_action(action, key)
    given = _context(call.body.get("context"))
    try:
        caller = await caller_named(fields.needed("as"), await _home(bucket, server), server)
    except NoSuchPrincipal as error:
        raise ApiError("NoSuchPrincipal", str(error), "as") from error
    return Answer(_show(await explain_access(caller, action, bucket, key, given, server)))


def _check_action(action: str, key: str) -> None:
    on = S3_ACTIONS.get(action)
    if on is None:
        raise invalid("action", f"`{action[:64]}` is no action of S3, such as s3:GetObject")
    if on == "account":
        raise invalid("action", f"`{action}` is about no bucket")
    if (on == "object") is not bool(key):
        wanted = "a key: s3://bucket/key" if on == "object" else "a bucket: s3://bucket"
        raise invalid("action", f"`{action}` is about {wanted}")


def _context(said: Any) -> dict[str, Value]:
    """Condition keys, in lower case, and their values: a text each, or a list of texts."""
    if said is None:
        return {}
    if not isinstance(said, dict) or len(said) > MOST_CONTEXT:
        raise invalid("context", f"this is an object of at most {MOST_CONTEXT} condition keys")
    found: dict[str, Value] = {}
    for key, value in said.items():
        several = isinstance(value, list)
        values = tuple(value) if isinstance(value, list) else (value,)
        if not all(isinstance(one, str) for one in values) or key.lower() in found:
            raise invalid(f"context.{key[:64]}", "this is a string, or a list of strings, once")
        found[key.lower()] = values if several else values[0]
    return found


def _show(told: Explained) -> Json:
    decision = told.explanation.decision
    access = told.question.access
    return {
        "allowed": told.is_allowed,
        "principal": told.caller.arn,
        "foreign": told.caller.is_foreign,
        "action": access.action,
        "resource": access.resource,
        "exists": told.is_there,
        "reason": decision.reason.value,
        "statement": _show_statement(decision.statement, told),
        "obstacles": [
            {
                "kind": one.kind,
                "name": one.name,
                "allowed_by": _show_statement(one.allowed_by, told),
            }
            for one in told.obstacles
        ],
        "statements": [_show_trace(trace) for trace in told.explanation.traces],
        "missing": list(told.explanation.missing),
    }


def _show_statement(ref: StatementRef | None, told: Explained) -> Json | None:
    for trace in told.explanation.traces:
        if trace.ref == ref:
            return _show_trace(trace)
    return None


def _show_trace(trace: Trace) -> Json:
    return {
        "policy": trace.ref.policy,
        "layer": trace.layer,
        "index": trace.ref.index,
        "sid": trace.ref.sid or None,
        "line": trace.source.start.line,
        "effect": trace.ref.effect,
        "matched": not trace.failed,
        "failed": trace.failed or None,
        "detail": trace.detail or None,
    }


@endpoint(
    "GET",
    "policy/who-can",
    action="narthex:ListAccess",
    find=of_query,
    parameters="bucket key action limit after",
)
async def who_can(call: Call, bucket: Bucket, server: Server) -> Answer:
    told = Parameters(call.query)
    key = told.text("key") or ""
    action = told.text("action") or ("s3:GetObject" if key else "s3:ListBucket")
    _check_action(action, key)
    after, limit = told.text("after") or "", told.limit()
    asked = await search(action, bucket, key, await _home(bucket, server), server)
    found: list[Holder] = []
    live: list[Counted] = []
    if not after:
        found += [one async for one in asked.of_owner_and_outside()]
        live += [one async for one in asked.of_shares()]
    entities, following = await _entities(asked, bucket, after, limit, server)
    return Answer(
        {
            "action": action,
            "principals": [_show_holder(one) for one in [*found, *entities]],
            "shares": [_show_share(one, bucket) for one in live],
            "next": following,
        }
    )


@endpoint("GET", "policy/public", action="narthex:ListAccess")
async def list_public(call: Call, held: None, server: Server) -> Answer:
    found: Json = {}
    async for bucket, openness in openly(call.asking.identity.principal.account, server):
        found[bucket.name] = openness
    return Answer({"buckets": found})


async def _entities(
    asked: Search, bucket: Bucket, after: str, limit: int, server: Server
) -> tuple[list[Holder], str | None]:
    """Those of the next `limit` users and roles who may; behind whom it goes on."""
    looked_at = await holders.page(server, bucket.account, after, limit)
    found: list[Holder] = []
    for entity in looked_at:
        holder = await asked.of_entity(entity)
        if holder is not None:
            found.append(holder)
        await asyncio.sleep(0)  # a thousand take a second: other requests come in between
    last = looked_at[-1] if len(looked_at) == limit else None
    return found, None if last is None else f"{last.kind}/{last.name}"


def _show_holder(holder: Holder) -> Json:
    ref = holder.decision.statement
    return {
        "principal": holder.principal,
        "kind": holder.kind,
        "reason": holder.decision.reason.value,
        "policy": None if ref is None else ref.policy,
        "sid": None if ref is None else ref.sid or None,
        "only_if": list(holder.only_if),
        "unless": list(holder.unless),
    }


def _show_share(one: Counted, bucket: Bucket) -> Json:
    """A share as the owner of its bucket sees it: whom another account shares with is not told."""
    share = one.share
    expires_us = share.limits.expires_us
    return {
        "id": share.id,
        "owner": share.owner.arn,
        "recipient": share.recipient if share.owner.account == bucket.account else None,
        "key": share.target.key,
        "prefix": share.target.is_prefix,
        "expires_at": None if expires_us is None else iso_seconds(expires_us),
        "downloads_left": uses_left(share, one.counts),
    }
