"""Versions, aliases, concurrency, tags: what is published stays, and names lead to it."""

from __future__ import annotations

import pytest

from tests.asking import Refused
from tests.functions.asking import ECHO, Lambda, code


async def test_a_version_never_changes_again(root: Lambda, role: str) -> None:
    made = await root.make(role, Publish=True)
    assert (made["Version"], made["FunctionArn"].split(":")[-1]) == ("1", "1")
    same = await root.ask("PublishVersion", FunctionName="f")
    assert same["Version"] == "1"  # nothing has changed
    new = await root.ask("UpdateFunctionCode", FunctionName="f", ZipFile=code("x = 2"))
    with pytest.raises(Refused, match="CodeSHA256"):
        await root.ask("PublishVersion", FunctionName="f", CodeSha256=made["CodeSha256"])
    second = await root.ask("PublishVersion", FunctionName="f", Description="two")
    assert (second["Version"], second["CodeSha256"]) == ("2", new["CodeSha256"])
    listed = (await root.ask("ListVersionsByFunction", FunctionName="f"))["Versions"]
    assert [one["Version"] for one in listed] == ["$LATEST", "1", "2"]
    first = await root.ask("GetFunctionConfiguration", FunctionName="f", Qualifier="1")
    assert first["CodeSha256"] == made["CodeSha256"]
    await root.ask("DeleteFunction", FunctionName="f", Qualifier="1")
    with pytest.raises(Refused) as caught:
        await root.ask("GetFunction", FunctionName="f:1")
    assert caught.value.status == 404
    with pytest.raises(Refused, match="does not match the specified qualifier"):
        await root.ask("GetFunction", FunctionName="f:2", Qualifier="1")
    with pytest.raises(Refused, match="LATEST version cannot be deleted"):
        await root.ask("DeleteFunction", FunctionName="f", Qualifier="$LATEST")


async def test_lists_come_in_pages(root: Lambda, role: str) -> None:
    for name in ("a", "b", "c"):
        await root.make(role, name=name)
    first = await root.ask("ListFunctions", MaxItems=2)
    assert [one["FunctionName"] for one in first["Functions"]] == ["a", "b"]
    rest = await root.ask("ListFunctions", Marker=first["NextMarker"])
    assert [one["FunctionName"] for one in rest["Functions"]] == ["c"]
    assert "NextMarker" not in rest
    for bad in ({"MaxItems": 0}, {"Marker": "*"}):
        with pytest.raises(Refused):
            await root.ask("ListFunctions", **bad)


async def test_an_alias_leads_to_a_version(root: Lambda, role: str) -> None:
    await root.make(role, Publish=True)
    with pytest.raises(Refused, match="Function not found"):
        await root.ask("CreateAlias", FunctionName="f", Name="live", FunctionVersion="9")
    made = await root.ask("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1")
    assert made["AliasArn"].endswith(":function:f:live")
    with pytest.raises(Refused, match="Alias already exists"):
        await root.ask("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1")
    with pytest.raises(Refused):
        await root.ask("CreateAlias", FunctionName="f", Name="12", FunctionVersion="1")
    with pytest.raises(Refused, match="the alias live leads to it"):
        await root.ask("DeleteFunction", FunctionName="f", Qualifier="1")
    await root.ask("UpdateFunctionCode", FunctionName="f", ZipFile=code("x = 2"), Publish=True)
    with pytest.raises(Refused) as caught:
        await root.ask("UpdateAlias", FunctionName="f", Name="live", RevisionId="x")
    assert caught.value.status == 412
    routing = {"AdditionalVersionWeights": {"1": 0.5}}
    changed = await root.ask(
        "UpdateAlias", FunctionName="f", Name="live", FunctionVersion="2", RoutingConfig=routing
    )
    assert (changed["FunctionVersion"], changed["RoutingConfig"]) == ("2", routing)
    told = await root.ask("GetAlias", FunctionName="f", Name="live")
    assert told == changed
    listed = await root.ask("ListAliases", FunctionName="f", FunctionVersion="1")
    assert listed["Aliases"] == []
    await root.ask("DeleteAlias", FunctionName="f", Name="live")
    with pytest.raises(Refused, match="Cannot find alias arn"):
        await root.ask("GetAlias", FunctionName="f", Name="live")


async def test_concurrency_is_reserved_within_what_there_is(root: Lambda, role: str) -> None:
    await root.make(role)
    assert await root.ask("GetFunctionConcurrency", FunctionName="f") == {}
    given = {"FunctionName": "f", "ReservedConcurrentExecutions": 3}
    await root.ask("PutFunctionConcurrency", **given)
    assert (await root.ask("GetFunction", FunctionName="f"))["Concurrency"] == {
        "ReservedConcurrentExecutions": 3
    }
    with pytest.raises(Refused, match="16"):
        await root.ask("PutFunctionConcurrency", FunctionName="f", ReservedConcurrentExecutions=17)
    await root.ask("DeleteFunctionConcurrency", FunctionName="f")
    assert await root.ask("GetFunctionConcurrency", FunctionName="f") == {}


async def test_tags_are_set_told_and_taken_off(root: Lambda, role: str) -> None:
    arn = (await root.make(role, Tags={"a": "1"}))["FunctionArn"]
    await root.ask("TagResource", Resource=arn, Tags={"b": "2", "a": "3"})
    assert (await root.ask("ListTags", Resource=arn))["Tags"] == {"a": "3", "b": "2"}
    await root.ask("UntagResource", Resource=arn, TagKeys=["a", "x"])
    assert (await root.ask("ListTags", Resource=arn))["Tags"] == {"b": "2"}
    with pytest.raises(Refused):
        await root.ask("TagResource", Resource=f"{arn}:1", Tags={"b": "2"})
    with pytest.raises(Refused):
        await root.ask("TagResource", Resource=arn, Tags={str(one): "x" for one in range(51)})


async def test_conditions_see_tags(root: Lambda, role: str) -> None:
    await root.make(role, Tags={"team": "red"})
    for team, works in (("red", True), ("blue", False)):
        condition = {"StringEquals": {"aws:ResourceTag/team": team}}
        statement = {
            "Effect": "Allow",
            "Action": "lambda:GetFunction",
            "Resource": "*",
            "Condition": condition,
        }
        ana = Lambda((await root.api.user(f"ana-{team}", statement)).s3)
        if works:
            assert await ana.ask("GetFunction", FunctionName="f")
        else:
            with pytest.raises(Refused):
                await ana.ask("GetFunction", FunctionName="f")


async def test_rules_of_events_are_kept_and_merged(root: Lambda, role: str) -> None:
    arn = (await root.make(role))["FunctionArn"]
    other = (await root.make(role, ECHO, "g"))["FunctionArn"]
    with pytest.raises(Refused, match="doesn't have an EventInvokeConfig"):
        await root.ask("GetFunctionEventInvokeConfig", FunctionName="f")
    with pytest.raises(Refused, match="at least one"):
        await root.ask("PutFunctionEventInvokeConfig", FunctionName="f")
    for bad, word in (
        ({"MaximumRetryAttempts": 3}, "maximumRetryAttempts"),
        ({"MaximumEventAgeInSeconds": 59}, "maximumEventAgeInSeconds"),
        ({"DestinationConfig": {"OnFailure": {"Destination": arn}}}, "itself"),
        ({"DestinationConfig": {"OnFailure": {"Destination": f"{arn}x"}}}, "cannot be reached"),
    ):
        with pytest.raises(Refused, match=word):
            await root.ask("PutFunctionEventInvokeConfig", FunctionName="f", **bad)
    destinations = {"OnSuccess": {}, "OnFailure": {"Destination": other}}
    put = await root.ask(
        "PutFunctionEventInvokeConfig",
        FunctionName="f",
        MaximumRetryAttempts=0,
        DestinationConfig=destinations,
    )
    assert put["FunctionArn"] == f"{arn}:$LATEST"
    merged = await root.ask(
        "UpdateFunctionEventInvokeConfig", FunctionName="f", MaximumEventAgeInSeconds=60
    )
    assert (merged["MaximumRetryAttempts"], merged["MaximumEventAgeInSeconds"]) == (0, 60)
    assert merged["DestinationConfig"] == destinations
    listed = await root.ask("ListFunctionEventInvokeConfigs", FunctionName="f")
    assert len(listed["FunctionEventInvokeConfigs"]) == 1
    await root.ask("DeleteFunctionEventInvokeConfig", FunctionName="f")
    with pytest.raises(Refused):
        await root.ask("DeleteFunctionEventInvokeConfig", FunctionName="f")
