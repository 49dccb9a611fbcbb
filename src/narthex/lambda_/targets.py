"""What an operation of Lambda is asked on: a function by its name or ARN, and a qualifier of it.

This file never changes anything. What was not found is told after authorisation only.
"""

from __future__ import annotations

from narthex.catalog import functions
from narthex.functions.errors import LambdaError, invalid
from narthex.functions.policies import policy_of
from narthex.functions.qualifiers import resolve
from narthex.lambda_.operation import Call, Resource
from narthex.pure.functions import FunctionName, arn_of, is_number, read_name
from narthex.server import Server

_NAME = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:)?(\d{12}:)?"
    r"(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)


async def anything(call: Call, server: Server) -> Resource:
    """No resource in particular."""
    return Resource("*", call.account)


async def function(call: Call, server: Server) -> Resource:
    """The function that the path names, and the qualifier of path or query."""
    named = name_of(call.parts["name"])
    return await _resource(call, named, qualifier_of(named, call.parameter("Qualifier")), server)


async def unqualified(call: Call, server: Server) -> Resource:
    """The function that the path names, as a whole. Raises InvalidParameterValueException."""
    named = name_of(call.parts["name"])
    if named.qualifier or call.parameter("Qualifier"):
        raise invalid("This operation is on a function as a whole, and takes no qualifier.")
    return await _resource(call, named, "", server)


async def tagged(call: Call, server: Server) -> Resource:
    """The function that an ARN in the path names."""
    named = read_name(call.parts["arn"])
    if named is None or not named.region or named.qualifier:
        raise invalid("Tags are on functions, named by their ARN without a qualifier.")
    return await _resource(call, named, "", server)


def name_of(text: str) -> FunctionName:
    """A function as the path names it. Raises ValidationException."""
    named = read_name(text)
    if named is None:
        raise LambdaError(
            "ValidationException",
            f"1 validation error detected: Value '{text[:170]}' at 'functionName' failed to "
            f"satisfy constraint: Member must satisfy regular expression pattern: {_NAME}",
        )
    return named


def qualifier_of(named: FunctionName, given: str) -> str:
    """The qualifier of a name or of the query. Raises InvalidParameterValueException."""
    if given and read_name(f"f:{given}") is None:
        raise invalid(f"`{given[:128]}` is no qualifier")
    if named.qualifier and given and named.qualifier != given:
        raise invalid(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return named.qualifier or given


async def _resource(call: Call, named: FunctionName, qualifier: str, server: Server) -> Resource:
    account = named.account or call.account
    found = await functions.find(server.catalog, account, named.name)
    if found is not None and named.region and named.region != found.region:
        found = None
    region = named.region or (call.region if found is None else found.region)
    arn = arn_of(region, account, named.name, qualifier)
    missing = f"Function not found: {arn}"
    if found is None:
        return Resource(arn, account, missing=missing, qualifier=qualifier)
    policy = await policy_of(server.catalog, found, qualifier)
    return Resource(arn, account, found, qualifier, missing, policy)


async def version_of(server: Server, resource: Resource) -> tuple[str, str]:
    """The version that a qualifier leads to, and the alias it is, "" for none.

    Raises ResourceNotFoundException.
    """
    function = resource.held
    version, alias = await resolve(server.catalog, function, resource.qualifier, server.new_id())
    if version is None:
        raise LambdaError("ResourceNotFoundException", resource.missing)
    return version, alias


def is_alias(qualifier: str) -> bool:
    """Whether a qualifier can be the name of an alias."""
    return bool(qualifier) and not is_number(qualifier) and qualifier != "$LATEST"
