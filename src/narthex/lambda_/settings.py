"""Settings of a function as requests give them: read, bounded, and checked against what there is.

This file never stores anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from narthex.catalog import objects
from narthex.errors import S3Error
from narthex.events.registry import target_of
from narthex.events.target import Undelivered
from narthex.functions.credentials import check_trust, find_role
from narthex.functions.errors import LambdaError, invalid
from narthex.functions.making import check_runtime
from narthex.functions.variables import check_variables
from narthex.http import Request
from narthex.lambda_.authorize import require_pass_role
from narthex.lambda_.operation import Call
from narthex.lambda_.reading import Fields
from narthex.pure.functions import MOST_ZIP, Settings
from narthex.s3 import authorize as s3
from narthex.s3.asking import Asking
from narthex.s3.content import read_content
from narthex.server import Server

ROLE = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
HANDLER = r"[^\s]+"
TARGET = r"(?:[a-z][a-z0-9+.-]*:[^\s]+)?"
# What cannot be done here; given and empty it is what it would be anyhow.
ABSENT = (
    "CodeSigningConfigArn DurableConfig FileSystemConfigs ImageConfig KMSKeyArn Layers "
    "CapacityProviderConfig TenancyConfig"
).split()
ARCHITECTURES = frozenset(["x86_64", "arm64"])


async def read_settings(
    call: Call, given: Fields, arn: str, old: Settings, server: Server
) -> Settings:
    """The settings that were given laid over the old ones.

    Raises LambdaError: what is out of bounds, a role that cannot be passed or does not trust us.
    """
    given.refuse(ABSENT, "functions here have no such thing")
    vpc = given.fields("VpcConfig")
    if vpc is not None and (vpc.texts("SubnetIds") or vpc.texts("SecurityGroupIds")):
        raise invalid("VpcConfig cannot be given: functions here have no such thing")
    runtime = given.text("Runtime", old.runtime, most=64)
    check_runtime(runtime)
    storage = given.fields("EphemeralStorage") or Fields({})
    dead = given.fields("DeadLetterConfig")
    settings = replace(
        old,
        runtime=runtime,
        handler=given.text("Handler", old.handler, HANDLER, 128),
        description=given.text("Description", old.description),
        timeout=given.number("Timeout", old.timeout, 1, 900),
        memory=given.number("MemorySize", old.memory, 128, 10_240),
        storage=storage.number("Size", old.storage, 512, 10_240),
        dead_letter=old.dead_letter if dead is None else dead.text("TargetArn", "", TARGET),
        architecture=_architecture(given, old.architecture),
    )
    if settings.dead_letter and settings.dead_letter != old.dead_letter:
        await check_target(server, call.account, settings.dead_letter)
    if not settings.handler:
        raise invalid("Runtime and Handler are mandatory parameters for functions created with zip")
    role_arn = given.text("Role", old.role, ROLE)
    role = await find_role(server.catalog, call.account, role_arn)
    if "Role" in given:
        require_pass_role(call, role, arn)
        call.made["Role"] = role.arn
    check_trust(role, call.now_us, arn)
    return replace(settings, role=role.arn, role_id=role.id)


async def check_target(server: Server, account: str, address: str) -> None:
    """Refuse where nothing could be delivered now. Raises InvalidParameterValueException."""
    try:
        await target_of(server, account, address).check()
    except Undelivered as error:
        raise invalid(f"The destination {address} cannot be reached: {error.reason}") from error


def _architecture(given: Fields, old: str) -> str:
    named = given.texts("Architectures", most=1)
    if not named:
        return old
    if named[0] not in ARCHITECTURES:
        raise invalid(f"`{named[0][:64]}` is no architecture")
    return named[0]


def read_variables(given: Fields) -> Mapping[str, str] | None:
    """The variables that were given; None when there were none. Raises LambdaError."""
    environment = given.fields("Environment")
    if environment is None:
        return None
    variables = environment.pairs("Variables") or {}
    check_variables(variables)
    return variables


async def read_code(call: Call, given: Fields, server: Server) -> bytes:
    """The zip of a request: in it, or an object that the caller may read. Raises LambdaError."""
    given.refuse(["ImageUri", "SourceKMSKeyArn"], "code comes as a zip here")
    zipped = given.blob("ZipFile")
    bucket, key = given.maybe("S3Bucket", most=63), given.maybe("S3Key", most=1024)
    if (zipped is None) == (bucket is None or key is None):
        raise invalid("Please provide a ZipFile, or an S3Bucket and an S3Key, and not both")
    if zipped is not None:
        return zipped
    version = given.text("S3ObjectVersion", "null", most=1024)
    if version != "null":
        raise _from_s3("NoSuchVersion", "The specified version does not exist.")
    return await _fetch(call, bucket or "", key or "", server)


async def _fetch(call: Call, bucket: str, key: str, server: Server) -> bytes:
    plain = Request("GET", "/", "", call.request.headers, call.request.scheme, call.request.client)
    asking = Asking(call.identity, call.claim, plain, ())
    try:
        held = await s3.permit(asking, "s3:GetObject", bucket, key, server)
    except S3Error as error:
        raise _from_s3(error.code, error.message) from error
    found = await objects.find_with_piece(server.catalog, held.id, key)
    if found is None:
        raise _from_s3("NoSuchKey", "The specified key does not exist.")
    if found[0].size > MOST_ZIP:
        raise invalid(f"Zipped size must be smaller than {MOST_ZIP} bytes")
    content = await read_content(found[0], found[1], 0, found[0].size, server)
    if isinstance(content, bytes):
        return content
    return b"".join([chunk async for chunk in content])


def _from_s3(code: str, message: str) -> LambdaError:
    return invalid(
        f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    )
