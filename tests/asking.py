"""Ask IAM and STS in process as a client would: botocore writes the form and reads the answer.

Every answer is held against botocore's model of it: what botocore would not understand, or what no
model knows, fails the test.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlencode
from xml.etree import ElementTree

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from narthex.bootstrap import RootKey
from tests.driving import Answer, Driver

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@cache
def model(service: str) -> ServiceModel:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


@dataclass(frozen=True)
class Refused(Exception):
    """What a service answered instead of a result."""

    status: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


@dataclass
class Api:
    """One caller of IAM and STS, and of S3 by `s3`."""

    s3: Driver

    async def ask(self, service: str, action: str, **given: Any) -> Any:
        """The result of one action. Raises Refused."""
        operation = model(service).operation_model(action)
        return read(operation, await self.send(service, form(operation, given)))

    async def iam(self, action: str, **given: Any) -> Any:
        """The result of one action of IAM."""
        return await self.ask("iam", action, **given)

    async def sts(self, action: str, **given: Any) -> Any:
        """The result of one action of STS."""
        return await self.ask("sts", action, **given)

    async def send(self, service: str, text: str) -> Answer:
        """The answer to a form as it is."""
        return await self.s3.as_service(service).send(
            "POST", "/", headers=[("content-type", FORM)], body=text.encode()
        )

    def as_key(self, key: RootKey, token: str | None = None) -> Api:
        """Another caller."""
        return Api(self.s3.as_key(key, token))

    def as_session(self, result: Any) -> Api:
        """The holder of temporary credentials, as STS told them."""
        told = result["Credentials"]
        key = RootKey(told["AccessKeyId"], told["SecretAccessKey"])
        return self.as_key(key, told["SessionToken"])

    async def user(self, name: str, *statements: dict[str, Any]) -> Api:
        """A new user with an inline policy, and a key of its own."""
        await self.iam("CreateUser", UserName=name)
        if statements:
            await self.allow(name, *statements)
        return self.as_key(await self.key_of(name))

    async def allow(self, name: str, *statements: dict[str, Any]) -> None:
        """The user's inline policy `allowed` is this."""
        await self.iam(
            "PutUserPolicy",
            UserName=name,
            PolicyName="allowed",
            PolicyDocument=document(*statements),
        )

    async def key_of(self, name: str) -> RootKey:
        """A new key of a user."""
        made = (await self.iam("CreateAccessKey", UserName=name))["AccessKey"]
        return RootKey(made["AccessKeyId"], made["SecretAccessKey"])

    @property
    def key(self) -> RootKey:
        """The caller's key."""
        assert self.s3.key is not None
        return self.s3.key


def form(operation: OperationModel, given: dict[str, Any]) -> str:
    """The form botocore sends."""
    request = create_serializer("query", include_validation=False).serialize_to_request(
        given, operation
    )
    return urlencode(request["body"])


def read(operation: OperationModel, answer: Answer) -> Any:
    """The result as botocore reads it. Raises Refused; fails when no model knows such an answer."""
    headers = dict(answer.headers)
    assert len(headers["x-amzn-requestid"]) == 36
    assert headers["content-type"] == "text/xml"
    response = {"headers": headers, "status_code": answer.status, "body": answer.body}
    parser = create_parser("query")
    parsed = parser.parse(response, operation.output_shape)
    if answer.status != 200:
        assert parsed["Error"]["Type"] == ("Sender" if answer.status < 500 else "Receiver")
        raise Refused(answer.status, parsed["Error"]["Code"], parsed["Error"]["Message"])
    check(operation, answer.body)
    assert parsed.pop("ResponseMetadata")["RequestId"]
    return parsed


def check(operation: OperationModel, body: bytes) -> None:
    """Every element is one of the model, every member the model requires is there."""
    root = ElementTree.fromstring(body)
    space = "{" + operation.service_model.metadata["xmlNamespace"] + "}"
    assert root.tag == f"{space}{operation.name}Response"
    result = root.find(f"{space}{operation.name}Result")
    if operation.output_shape is None:
        assert result is None
        assert [child.tag for child in root] == [f"{space}ResponseMetadata"]
        return
    assert result is not None
    _compare(operation.output_shape, result, space)


def _compare(shape: Shape, element: ElementTree.Element, space: str) -> None:
    names = [child.tag.removeprefix(space) for child in element]
    if shape.type_name == "structure":
        members: dict[str, Shape] = shape.members
        assert set(names) <= set(members), f"{shape.name}: {set(names) - set(members)}"
        assert len(set(names)) == len(names)
        for child, name in zip(element, names, strict=True):
            _compare(members[name], child, space)
    elif shape.type_name == "list":
        assert set(names) <= {"member"}
        for child in element:
            _compare(shape.member, child, space)
    elif shape.type_name == "map":
        assert set(names) <= {"entry"}
    else:
        assert not names


def document(*statements: dict[str, Any]) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(*principals: str, also: tuple[str, ...] = (), **more: Any) -> str:
    """A trust policy for these ARNs or accounts. also: what else than AssumeRole they may."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": list(principals)},
            "Action": ["sts:AssumeRole", *also],
            **more,
        }
    )


def decoded(text: str) -> Any:
    """A policy document out of an answer."""
    return json.loads(unquote(text))
