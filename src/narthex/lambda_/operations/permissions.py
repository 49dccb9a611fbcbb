"""AddPermission, RemovePermission, GetPolicy: who else may invoke a function.

Names of users and roles are pinned to their unique ids, so that somebody of the same name made
later inherits nothing.
Source: AWS Lambda API reference, operations of these names.
"""

from __future__ import annotations

import json
import re
from typing import Any

from narthex.catalog import Transaction, entities, function_documents
from narthex.catalog.function_documents import POLICY
from narthex.functions import making
from narthex.functions.errors import LambdaError, invalid, missing
from narthex.functions.policies import MOST_BYTES, Statements, read_statements
from narthex.lambda_.operation import Answer, Call, Resource, operation
from narthex.lambda_.reading import Fields, read_body
from narthex.lambda_.targets import function, version_of
from narthex.pure.functions import LATEST, Document
from narthex.pure.policy import Malformed, parse
from narthex.server import Server

PATH = "/2015-03-31/functions/{name}/policy"
NONE = "The resource you requested does not exist."
SID = r"[a-zA-Z0-9-_]+"
_ACTION = r"lambda:[A-Za-z]{1,64}|lambda:\*|\*"
_SERVICE = re.compile(r"[a-z0-9-]{1,64}(\.[a-z0-9-]{1,64})*\.amazonaws\.com")
_BAD = "The provided principal was invalid. Please check the principal and try again."


@operation("AddPermission", "POST", PATH, action="lambda:AddPermission", find=function)
async def add_permission(call: Call, resource: Resource, server: Server) -> Answer:
    given = read_body(call.body)
    held, qualifier = resource.held, resource.qualifier
    if qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")
    await version_of(server, resource)
    statement = _statement(given, resource.arn)
    revision = given.maybe("RevisionId")

    async def work(tx: Transaction) -> None:
        kept = await _kept(tx, held.id, qualifier, revision)
        if any(one["Sid"] == statement["Sid"] for one in kept.statements):
            raise LambdaError(
                "ResourceConflictException",
                f"The statement id ({statement['Sid']}) provided already exists. Please provide a "
                "new statement id, or remove the existing statement.",
            )
        pins = {**kept.pins, **await _pins(tx, statement)}
        changed = Statements((*kept.statements, statement), pins)
        if len(changed.document()) > MOST_BYTES:
            raise invalid("The final policy size is bigger than the limit (20480).")
        await _put(tx, held.id, qualifier, changed, call, server)

    await server.catalog.run(work)
    return Answer({"Statement": json.dumps(statement, separators=(",", ":"))}, 201)


@operation(
    "RemovePermission",
    "DELETE",
    f"{PATH}/{{sid}}",
    action="lambda:RemovePermission",
    find=function,
)
async def remove_permission(call: Call, resource: Resource, server: Server) -> Answer:
    held, qualifier, sid = resource.held, resource.qualifier, call.parts["sid"]
    revision = call.parameter("RevisionId") or None

    async def work(tx: Transaction) -> None:
        kept = await _kept(tx, held.id, qualifier, revision)
        if not kept.statements:
            raise missing("No policy is associated with the given resource.")
        left = tuple(one for one in kept.statements if one["Sid"] != sid)
        if len(left) == len(kept.statements):
            raise missing(f"Statement {sid[:100]} is not found in resource policy.")
        if left:
            await _put(tx, held.id, qualifier, Statements(left, kept.pins), call, server)
        else:
            await function_documents.remove(tx, held.id, qualifier, POLICY)

    await server.catalog.run(work)
    return Answer(None, 204)


@operation("GetPolicy", "GET", PATH, action="lambda:GetPolicy", find=function)
async def get_policy(call: Call, resource: Resource, server: Server) -> Answer:
    held = resource.held
    found = await function_documents.find(server.catalog, held.id, resource.qualifier, POLICY)
    if found is None:
        raise missing(NONE)
    policy = read_statements(found.text).document()
    return Answer({"Policy": policy, "RevisionId": found.revision})


def _statement(given: Fields, arn: str) -> dict[str, Any]:
    """The statement that the request asks for. Raises LambdaError for what cannot be one."""
    principal = given.needed("Principal")
    condition: dict[str, dict[str, str]] = {}
    for name, key, operator in (
        ("SourceAccount", "AWS:SourceAccount", "StringEquals"),
        ("SourceArn", "AWS:SourceArn", "ArnLike"),
        ("PrincipalOrgID", "aws:PrincipalOrgID", "StringEquals"),
        ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType", "StringEquals"),
    ):
        value = given.maybe(name)
        if value is not None:
            condition.setdefault(operator, {})[key] = value
    if given.flag("InvokedViaFunctionUrl"):
        condition.setdefault("Bool", {})["lambda:InvokedViaFunctionUrl"] = "true"
    statement: dict[str, Any] = {
        "Sid": given.needed("StatementId", SID, 100),
        "Effect": "Allow",
        "Principal": _principal(principal),
        "Action": given.needed("Action", _ACTION, 80),
        "Resource": arn,
    }
    if condition:
        statement["Condition"] = condition
    text = Statements((statement,)).document()
    try:
        parse(text, "function")
    except Malformed as error:
        raise invalid(f"{_BAD} ({error.why[:128]})") from error
    return statement


def _principal(text: str) -> Any:
    if text == "*":
        return "*"
    if re.fullmatch("[0-9]{12}", text, re.ASCII):
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    raise invalid(_BAD)


async def _pins(tx: Transaction, statement: dict[str, Any]) -> dict[str, str]:
    """The unique id of the user or role that a statement names. Raises for who is nobody."""
    principal = statement["Principal"]
    name = principal.get("AWS", "") if isinstance(principal, dict) else ""
    if not name.startswith("arn:aws:iam::") or name.endswith(":root"):
        return {}
    found = dict(await entities.ids_of(tx, [name]))
    if name not in found:
        raise invalid(_BAD)
    return found


async def _kept(tx: Transaction, id: str, qualifier: str, revision: str | None) -> Statements:
    found = await function_documents.find(tx, id, qualifier, POLICY)
    if revision is not None and (found is None or found.revision != revision):
        raise LambdaError("PreconditionFailedException", making.STALE)
    return Statements() if found is None else read_statements(found.text)


async def _put(
    tx: Transaction, id: str, qualifier: str, kept: Statements, call: Call, server: Server
) -> None:
    document = Document(kept.text(), making.uuid(server), call.now_us)
    await function_documents.put(tx, id, qualifier, POLICY, document)
