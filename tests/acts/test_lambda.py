"""Every act of Lambda, in an order in which each has something to do."""

from __future__ import annotations

from typing import Any

import pytest

from narthex.functions.making import RUNTIME
from narthex.lambda_.operation import declared
from tests.acts.watching import Watch
from tests.asking import Refused
from tests.driving import ROOT
from tests.functions.asking import ECHO, Lambda, code

SECRET = "unspeakable"
NAMED = {"FunctionName": "f"}
FUNCTION = "function:f"
# Action of the wire, what is given, what it is on, what its entry says.
STEPS: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("CreateFunction", {"Runtime": RUNTIME, "Role": "{role}", "Handler": "main.handler",
                        "Code": {"ZipFile": code(ECHO)},
                        "Environment": {"Variables": {"PASSWORD": SECRET}}},
     FUNCTION, "Role={role}"),
    ("UpdateFunctionConfiguration", {"Environment": {"Variables": {"PASSWORD": SECRET * 2}}},
     FUNCTION, ""),
    ("UpdateFunctionCode", {"ZipFile": code(f"x = '{SECRET}'")}, FUNCTION, ""),
    ("PublishVersion", {"Description": SECRET}, FUNCTION, ""),
    ("CreateAlias", {"Name": "live", "FunctionVersion": "1"}, FUNCTION,
     "Name=live FunctionVersion=1"),
    ("UpdateAlias", {"Name": "live", "FunctionVersion": "$LATEST"}, FUNCTION,
     "alias=live FunctionVersion=$LATEST"),
    ("DeleteAlias", {"Name": "live"}, FUNCTION, "alias=live"),
    ("AddPermission", {"StatementId": "s3", "Principal": "s3.amazonaws.com",
                       "Action": "lambda:InvokeFunction"},
     FUNCTION, "Principal=s3.amazonaws.com StatementId=s3 Action=lambda:InvokeFunction"),
    ("RemovePermission", {"StatementId": "s3"}, FUNCTION, "sid=s3"),
    ("PutFunctionConcurrency", {"ReservedConcurrentExecutions": 2}, FUNCTION,
     "ReservedConcurrentExecutions=2"),
    ("DeleteFunctionConcurrency", {}, FUNCTION, ""),
    ("PutFunctionEventInvokeConfig", {"MaximumRetryAttempts": 1}, FUNCTION, ""),
    ("UpdateFunctionEventInvokeConfig", {"MaximumRetryAttempts": 0}, FUNCTION, ""),
    ("DeleteFunctionEventInvokeConfig", {}, FUNCTION, ""),
    ("CreateFunctionUrlConfig", {"AuthType": "NONE"}, FUNCTION, "AuthType=NONE"),
    ("UpdateFunctionUrlConfig", {"AuthType": "AWS_IAM"}, FUNCTION, "AuthType=AWS_IAM"),
    ("DeleteFunctionUrlConfig", {}, FUNCTION, ""),
    ("TagResource", {"Resource": "{arn}", "Tags": {"team": SECRET}}, FUNCTION, ""),
    ("UntagResource", {"Resource": "{arn}", "TagKeys": ["team"]}, FUNCTION, ""),
    ("DeleteFunction", {}, FUNCTION, ""),
)  # fmt: skip


def test_all_but_reading_and_invoking_is_an_act() -> None:
    others = {one.name for one in declared() if not one.is_act}
    reading = {name for name in others if name.startswith(("Get", "List"))}
    assert others == reading | {"Invoke", "InvokeAsync"}
    assert {one.name for one in declared() if one.is_act} == {name for name, *_ in STEPS}


async def test_every_act_leaves_one_entry_and_a_failed_one_none(watch: Watch) -> None:
    root, torn = Lambda(watch.narthex), Lambda(watch.torn)
    role = await root.role()
    arn = f"arn:aws:lambda:us-east-1:{watch.account}:function:f"
    for name, more, resource, says in STEPS:
        filled = {key: _filled(value, role, arn) for key, value in more.items()}
        given = filled if "Resource" in filled else NAMED | filled
        before = await watch.entries()
        with pytest.raises(Refused) as refused:
            await torn.ask(name, **given)
        assert refused.value.status in (500, 503), name
        assert await watch.entries() == before, name
        await root.ask(name, **given)
        (entry,) = await watch.new(before)
        assert (entry.event, entry.outcome) == (f"lambda:{name}", "done")
        assert entry.resource.endswith(f":{resource}"), (name, entry.resource)
        assert says.replace("{role}", role) in entry.detail, (name, entry.detail)
        assert (entry.access_key_id, entry.address) == (ROOT.id, "192.0.2.7")
    text = await watch.text()
    for secret in (SECRET, ROOT.secret, "PASSWORD"):
        assert secret not in text


def _filled(value: Any, role: str, arn: str) -> Any:
    return value.replace("{role}", role).replace("{arn}", arn) if isinstance(value, str) else value
