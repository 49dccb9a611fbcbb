"""SimulatePrincipalPolicy and SimulateCustomPolicy, and which condition keys their policies read.

This file never changes anything. A principal of another account is never simulated.
Source: IAM API reference, SimulatePrincipalPolicy and its siblings.
"""

from __future__ import annotations

import re
from dataclasses import replace

from narthex.entities import Entity, EntityKind, NamedDocument
from narthex.iam import documents, pages, simulation, targets
from narthex.iam.service import IAM
from narthex.identity import Texts, texts_of
from narthex.pure.policy import Actor, Caller, Document
from narthex.query_api.document import Fields
from narthex.query_api.errors import invalid
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

_SOURCE = re.compile(
    r"arn:aws:iam::([0-9]{12}):(user|group|role)/(?:[!-~]+/)?([\w+=,.@-]+)", re.ASCII
)
_KINDS: dict[str, EntityKind] = {"user": "user", "group": "group", "role": "role"}
TAKES = (
    "ResourceArns ResourcePolicy ResourceOwner CallerArn ContextEntries ResourceHandlingOption "
    f"PermissionsBoundaryPolicyInputList {pages.PAGING}"
)


async def source(call: Call, server: Server) -> Resource:
    """The user, group or role that PolicySourceArn names. Raises ValidationError."""
    arn = call.arguments["PolicySourceArn"]
    match = _SOURCE.fullmatch(arn)
    if match is None:
        raise invalid(
            f"Invalid Entity Arn: {arn[:256]} does not clearly define entity type and name"
        )
    missing = f"{arn} cannot be found."
    if match[1] != call.account:
        return Resource(arn, missing=missing)
    found = await targets.named(call, server, _KINDS[match[2]], match[3])
    if not isinstance(found.held, Entity) or found.held.arn != arn:
        return Resource(arn, missing=missing)
    return replace(found, missing=missing)


@IAM.operation(
    "SimulateCustomPolicy",
    action="iam:SimulateCustomPolicy",
    resource=targets.anything,
    needs="PolicyInputList ActionNames",
    takes=TAKES,
)
async def simulate_custom_policy(call: Call, resource: Resource, server: Server) -> Fields:
    return _simulate(call, Caller(Actor("user", call.account)), Texts())


@IAM.operation(
    "SimulatePrincipalPolicy",
    action="iam:SimulatePrincipalPolicy",
    resource=source,
    needs="PolicySourceArn ActionNames",
    takes=f"PolicyInputList {TAKES}",
)
async def simulate_principal_policy(call: Call, resource: Resource, server: Server) -> Fields:
    entity = targets.held_entity(resource)
    return _simulate(call, _caller(entity), await texts_of(server.catalog, entity))


def _caller(entity: Entity) -> Caller:
    """The entity as it would call. A group stands for a user in it."""
    if entity.kind == "user":
        actor = Actor("user", entity.account, entity.arn, entity.id)
        return Caller(actor, username=entity.name, tags=entity.tags)
    if entity.kind == "role":
        actor = Actor("session", entity.account, owner_arn=entity.arn, owner_unique_id=entity.id)
        return Caller(actor, tags=entity.tags)
    return Caller(Actor("user", entity.account))


def _simulate(call: Call, caller: Caller, texts: Texts) -> Fields:
    given = call.arguments
    _checked(call)
    if "CallerArn" in given:
        caller = simulation.caller_named(given["CallerArn"])
    elif "ResourcePolicy" in given and not (caller.actor.own or caller.actor.owners):
        raise invalid("A ResourcePolicy is evaluated for a caller: CallerArn is required")
    bounds = simulation.inputs(simulation.BOUNDARY_INPUT, given.texts(simulation.BOUNDARY_INPUT))
    if len(bounds) > 1:
        raise invalid("PermissionsBoundaryPolicyInputList has at most one policy")
    identity: tuple[NamedDocument, ...] = (
        *texts.identity,
        *simulation.inputs(simulation.INPUT, given.texts(simulation.INPUT)),
    )
    held = Texts(identity, bounds[0] if bounds else texts.boundary)
    owner = call.account
    if "ResourceOwner" in given:
        owner = simulation.owner_of(given["ResourceOwner"])
    run = simulation.Simulation(
        caller,
        simulation.policies_of(held, given.maybe("ResourcePolicy")),
        owner,
        simulation.context_of(given.structures("ContextEntries")),
        call.now_us,
    )
    pairs = [
        (action, arn)
        for action in given.texts("ActionNames")
        for arn in given.texts("ResourceArns") or ["*"]
    ]
    after, limit = pages.after_of(call), pages.limit_of(call)
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0
    shown = [run.result(action, arn) for action, arn in pairs[start : start + limit]]
    end = start + len(shown)
    return (("EvaluationResults", shown), *pages.more(end < len(pairs), str(end)))


def _checked(call: Call) -> list[Document]:
    """Every document of the form. Raises MalformedPolicyDocument; ValidationError for an action."""
    given = call.arguments
    for action in given.texts("ActionNames"):
        vendor, colon, name = action.partition(":")
        if not (vendor and colon and name) or "*" in action or "?" in action:
            raise invalid(f"Invalid Action: {action[:128]} is not one action of a service")
    if "ResourcePolicy" in given:
        documents.checked(given["ResourcePolicy"], "function")
    texts = [*given.texts(simulation.INPUT), *given.texts(simulation.BOUNDARY_INPUT)]
    return [documents.checked(text, "identity") for text in texts]


@IAM.operation(
    "GetContextKeysForCustomPolicy",
    action="iam:GetContextKeysForCustomPolicy",
    resource=targets.anything,
    needs="PolicyInputList",
)
async def get_context_keys_for_custom_policy(
    call: Call, resource: Resource, server: Server
) -> Fields:
    return (("ContextKeyNames", list(simulation.context_keys(_checked(call)))),)


@IAM.operation(
    "GetContextKeysForPrincipalPolicy",
    action="iam:GetContextKeysForPrincipalPolicy",
    resource=source,
    needs="PolicySourceArn",
    takes="PolicyInputList",
)
async def get_context_keys_for_principal_policy(
    call: Call, resource: Resource, server: Server
) -> Fields:
    entity = targets.held_entity(resource)
    texts = await texts_of(server.catalog, entity)
    held = [documents.checked(one.document, "identity") for one in texts.identity]
    return (("ContextKeyNames", list(simulation.context_keys([*held, *_checked(call)]))),)
