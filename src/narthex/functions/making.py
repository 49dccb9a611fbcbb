"""What the operations that make and change functions share: settings from a request, code, rows.

This file never authorises: what it is given has been let through.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from dataclasses import replace

from narthex.catalog import Transaction, function_code, function_documents, functions
from narthex.catalog.function_documents import ALIAS, EVENTS, POLICY, URL
from narthex.functions.errors import LambdaError, missing
from narthex.functions.packages import check_zip
from narthex.pure.functions import LATEST, Function, Version
from narthex.server import Server

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
MOST_STORED = 2 * 1024**3  # bytes of code that an account may keep
MOST_FUNCTIONS = 1000  # of an account
STALE = (
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias "
    "API to retrieve the latest Revision Id"
)


def check_runtime(name: str) -> None:
    """Refuse a runtime that is not the Python that this server runs on.

    Raises InvalidParameterValueException.
    """
    if name != RUNTIME:
        raise LambdaError(
            "InvalidParameterValueException",
            f"Value {name[:64]} at 'runtime' failed to satisfy constraint: Member must satisfy "
            f"enum value set: [{RUNTIME}] or be a valid ARN. Functions run on this server's own "
            "Python.",
        )


async def checked_code(data: bytes) -> tuple[str, int]:
    """The hash and the size of a zip that may be unpacked. Raises LambdaError."""
    await asyncio.to_thread(check_zip, data)
    return hashlib.sha256(data).hexdigest(), len(data)


async def make_room(tx: Transaction, account: str, more: int, *, new: bool) -> None:
    """Refuse what an account may not keep any more. Raises CodeStorageExceededException."""
    count, size = await functions.usage(tx, account)
    if size + more > MOST_STORED or (new and count >= MOST_FUNCTIONS):
        raise LambdaError("CodeStorageExceededException", "Code storage limit exceeded.")


async def latest(tx: Transaction, function: Function, revision: str | None) -> Version:
    """`$LATEST` as this transaction sees it. revision: the one it must have, None for any.

    Raises ResourceNotFoundException, PreconditionFailedException.
    """
    found = await functions.version(tx, function.id)
    if found is None:
        raise missing(f"Function not found: {function.arn}")
    if revision is not None and revision != found.revision:
        raise LambdaError("PreconditionFailedException", STALE)
    return found


async def publish(
    tx: Transaction, server: Server, id: str, description: str | None
) -> tuple[Function, Version]:
    """`$LATEST` as a version with a number; the last one, when nothing has changed since.

    Raises ResourceNotFoundException.
    """
    function = await functions.get(tx, id)
    current = await functions.version(tx, id)
    if function is None or current is None:
        raise missing("The function is gone.")
    last = await functions.version(tx, id, str(function.last)) if function.last else None
    same = last is not None and (last.code, _alike(last)) == (current.code, _alike(current))
    if last is not None and same and last.sealed == current.sealed:
        return function, last
    function = replace(function, last=function.last + 1)
    settings = current.settings
    if description is not None:
        settings = replace(settings, description=description)
    one = replace(
        current,
        version=str(function.last),
        revision=uuid(server),
        settings=settings,
        modified_us=server.clock(),
    )
    await make_room(tx, function.account, one.code_size, new=False)
    await functions.put(tx, function)
    await functions.put_version(tx, one)
    return function, one


def _alike(version: Version) -> object:
    return replace(version.settings, description="")


async def put_code(tx: Transaction, version: Version, data: bytes, code: str) -> Version:
    """The version with this code instead of its own. The old is dropped where nobody has it."""
    changed = replace(version, code=code, code_size=len(data))
    await function_code.add(tx, code, data)
    await functions.put_version(tx, changed)
    await function_code.drop_unused(tx, {version.code} - {code})
    return changed


async def remove(tx: Transaction, function: Function) -> None:
    """The function, its versions, and the code that nobody else has, are gone."""
    codes = await function_code.of_function(tx, function.id)
    await functions.remove(tx, function.id)
    await function_code.drop_unused(tx, codes)


async def remove_version(tx: Transaction, function: Function, version: str) -> None:
    """One published version is gone. Raises ResourceNotFoundException."""
    found = await functions.version(tx, function.id, version)
    if found is None or version == LATEST:
        raise missing(f"Function not found: {function.arn}:{version}")
    await functions.remove_version(tx, function.id, version)
    await remove_qualifier(tx, function.id, version)
    await function_code.drop_unused(tx, {found.code})


def uuid(server: Server) -> str:
    """A random id, as AWS writes revisions."""
    digits = server.new_id()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


async def refuse_aliased(tx: Transaction, function: Function, version: str) -> None:
    """A version that an alias leads to stays. Raises ResourceConflictException."""
    for name, alias in await function_documents.of_kind(tx, function.id, ALIAS):
        told = json.loads(alias.text)
        if version in (told["FunctionVersion"], *told["Routing"]):
            raise LambdaError(
                "ResourceConflictException",
                f"Version {version} cannot be deleted: the alias {name} leads to it.",
            )


async def remove_qualifier(tx: Transaction, function: str, qualifier: str) -> None:
    """An alias and all that was said about it are gone, its URL too."""
    for kind in (ALIAS, POLICY, EVENTS, URL):
        await function_documents.remove(tx, function, qualifier, kind)
    await function_documents.remove_url(tx, function, qualifier)
