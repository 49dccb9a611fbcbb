"""Ask Lambda in process as a client would: botocore writes the request and reads the answer.

Every answer is held against botocore's model of it: what no model knows fails the test.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from narthex.functions.making import RUNTIME
from tests.asking import Api, Refused, document, model
from tests.driving import Answer, Driver

TRUST = document(
    {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
)
ECHO = "def handler(event, context):\n    return event\n"


def zipped(*files: tuple[str, str | bytes]) -> bytes:
    """A zip of these files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(name, text)
    return held.getvalue()


def code(text: str) -> bytes:
    """A zip whose `main.handler` is in this text."""
    return zipped(("main.py", text))


@dataclass
class Lambda:
    """One caller of Lambda."""

    s3: Driver

    @property
    def api(self) -> Api:
        """The same caller of IAM and STS."""
        return Api(self.s3)

    async def ask(self, action: str, **given: Any) -> Any:
        """The result of one action. Raises Refused."""
        operation = model("lambda").operation_model(action)
        return read(operation, await self.send(action, **given))

    async def send(self, action: str, **given: Any) -> Answer:
        """The answer to one action, as it came."""
        operation = model("lambda").operation_model(action)
        serializer = create_serializer("rest-json", include_validation=False)
        request = serializer.serialize_to_request(given, operation)
        body = request["body"] or b""
        if hasattr(body, "read"):
            body = body.read()
        query = request["query_string"]
        pairs = [
            (name, one)
            for name, value in (query.items() if isinstance(query, dict) else query)
            for one in (value if isinstance(value, list) else [value])
        ]
        return await self.s3.as_service("lambda").send(
            request["method"],
            unquote(request["url_path"]),
            [(name, str(value)) for name, value in pairs],
            list(request["headers"].items()),
            body if isinstance(body, bytes) else body.encode(),
        )

    async def role(
        self, name: str = "runner", *statements: dict[str, Any], trust: str = TRUST
    ) -> str:
        """The ARN of a new role."""
        made = await self.api.iam("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)
        if statements:
            await self.api.iam(
                "PutRolePolicy",
                RoleName=name,
                PolicyName="allowed",
                PolicyDocument=document(*statements),
            )
        arn: str = made["Role"]["Arn"]
        return arn

    async def make(self, role: str, text: str = ECHO, name: str = "f", **more: Any) -> Any:
        """A new function from the text of its module."""
        return await self.ask(
            "CreateFunction",
            **{
                "FunctionName": name,
                "Runtime": RUNTIME,
                "Role": role,
                "Handler": "main.handler",
                "Code": {"ZipFile": code(text)},
                **more,
            },
        )

    async def invoke(self, event: Any = None, name: str = "f", **more: Any) -> tuple[Any, Any]:
        """What the function returned, and the rest of the answer."""
        told = await self.ask(
            "Invoke", FunctionName=name, Payload=json.dumps(event or {}).encode(), **more
        )
        payload = told["Payload"].read()
        return (json.loads(payload) if payload else None), told


class _Body(io.BytesIO):
    """What botocore reads a payload from."""


def read(operation: OperationModel, answer: Answer) -> Any:
    """The result as botocore reads it. Raises Refused; fails when no model knows such an answer."""
    headers = HeadersDict(answer.headers)
    assert len(headers["x-amzn-requestid"]) == 36
    streamed = operation.output_shape is not None and operation.has_streaming_output
    plain: Any = answer.body
    if streamed and answer.status < 300:
        plain = _Body(answer.body)
    response = {"headers": headers, "status_code": answer.status, "body": plain}
    parsed = create_parser("rest-json").parse(response, operation.output_shape)
    if answer.status >= 300:
        error = parsed["Error"]
        assert json.loads(answer.body)["Type"] == ("User" if answer.status < 500 else "Service")
        raise Refused(answer.status, error["Code"], error["Message"])
    if answer.body and not streamed:
        assert operation.output_shape is not None
        _compare(operation.output_shape, json.loads(answer.body))
    parsed.pop("ResponseMetadata")
    return parsed


def _compare(shape: Shape, told: Any) -> None:
    """Every member that is told is one of the model."""
    if shape.type_name == "structure":
        members: dict[str, Shape] = shape.members
        assert set(told) <= set(members), f"{shape.name}: {set(told) - set(members)}"
        for name, value in told.items():
            _compare(members[name], value)
    elif shape.type_name == "list":
        for one in told:
            _compare(shape.member, one)
