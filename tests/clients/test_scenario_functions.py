"""The whole scenario with nothing but the real aws CLI: an upload, a function, a mail with a link.

The function is as AWS's own tutorials have it: boto3 signs, smtplib sends. Nothing in it knows
where it runs.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from urllib.error import HTTPError

import pytest

from narthex.cli.serve import Endpoint
from narthex.functions.making import RUNTIME
from tests.asking import allow, document
from tests.clients.programs import AWS_V1, AWS_V2, Home
from tests.clients.test_iam_clients import Aws
from tests.clients.test_lambda_clients import download, eventually, write_zip
from tests.events.senders.test_mail import Post, listening
from tests.functions.asking import TRUST

pytestmark = pytest.mark.clients

NARTHEX = (sys.executable, "-m", "narthex")
HANDLER = """
import os
import smtplib
import urllib.parse
from email.message import EmailMessage

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))


def link(bucket, key, seconds):
    return s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=seconds
    )


def lambda_handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        mail = EmailMessage()
        mail["Subject"] = f"{key} is ready"
        mail["From"], mail["To"] = "files@example.org", "ana@example.org"
        mail.set_content(f"{link(bucket, key, 3600)}\\n{link(bucket, key, 1)}\\n")
        with smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_PORT"])) as server:
            server.send_message(mail)
        print("mailed", key)
    return {"statusCode": 200}
"""


@dataclass
class Mailbox:
    """A mail server that runs beside the test."""

    post: Post = field(default_factory=Post)
    ready: threading.Event = field(default_factory=threading.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until it is over."""
        async with listening() as self.post:
            self.ready.set()
            await self.over.wait()

    def first(self) -> EmailMessage | None:
        """The first mail, once it came."""
        return self.post.taken[0][2] if self.post.taken else None


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server on a free port, inside the block."""
    mailbox, loop = Mailbox(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(mailbox.run(),))
    thread.start()
    try:
        assert mailbox.ready.wait(10)
        yield mailbox
    finally:
        loop.call_soon_threadsafe(mailbox.over.set)
        thread.join(10)
        loop.close()


@pytest.fixture(params=[pytest.param(AWS_V1, id="v1"), pytest.param(AWS_V2, id="v2")])
def aws(request: pytest.FixtureRequest, home: Home, endpoint: Endpoint) -> Aws:
    """One version of the aws CLI."""
    return Aws(request.param, home, endpoint)


def make_function(aws: Aws, name: str, bucket: str, port: int, folder: Path) -> str:
    """The ARN of the function, whose role may read the bucket and nothing else."""
    role = aws.done(
        "iam", "create-role", "--role-name", name, "--assume-role-policy-document", TRUST
    )["Role"]["Arn"]
    policy = document(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    aws.done(
        "iam", "put-role-policy", "--role-name", name, "--policy-name", "p", "--policy-document",
        policy,
    )  # fmt: skip
    code = write_zip(folder / "code.zip", HANDLER)
    arn: str = aws.done(
        "lambda", "create-function", "--function-name", name, "--runtime", RUNTIME, "--role", role,
        "--handler", "app.lambda_handler", "--zip-file", f"fileb://{code}", "--timeout", "20",
        "--environment", f"Variables={{SMTP_PORT={port}}}",
    )["FunctionArn"]  # fmt: skip
    aws.done(
        "lambda", "add-permission", "--function-name", name, "--statement-id", "s3", "--action",
        "lambda:InvokeFunction", "--principal", "s3.amazonaws.com", "--source-arn",
        f"arn:aws:s3:::{bucket}",
    )  # fmt: skip
    return arn


def notify(aws: Aws, bucket: str, arn: str) -> None:
    """Presentations in the outbox run the function."""
    rules = [{"Name": "prefix", "Value": "outbox/"}, {"Name": "suffix", "Value": ".pptx"}]
    wanted = {
        "LambdaFunctionArn": arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": rules}},
    }
    aws.done(
        "s3api", "put-bucket-notification-configuration", "--bucket", bucket,
        "--notification-configuration", json.dumps({"LambdaFunctionConfigurations": [wanted]}),
    )  # fmt: skip


def is_over(url: str) -> bool:
    """Whether a link has expired, in S3's own words."""
    try:
        download(url)
    except HTTPError as error:
        return error.code == 403 and b"<Message>Request has expired</Message>" in error.read()
    return False


def test_an_upload_sends_a_mail_with_a_link_that_expires(
    aws: Aws, bucket: str, tmp_path: Path
) -> None:
    name, body = f"mail-{bucket}", b"how to steal fire" * 1000
    settings = {
        "AWS_ACCESS_KEY_ID": aws.endpoint.access_key_id,
        "AWS_SECRET_ACCESS_KEY": aws.endpoint.secret,
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_ENDPOINT_URL": aws.endpoint.url,
    }
    with mail_server() as mailbox:
        notify(aws, bucket, make_function(aws, name, bucket, mailbox.post.port, tmp_path))
        for file in ("notes.txt", "Prometheus bound.pptx"):
            (tmp_path / file).write_bytes(body)
            aws.home.done(
                aws.program, "--endpoint-url", aws.endpoint.url, "s3", "cp", tmp_path / file,
                f"s3://{bucket}/outbox/", **settings,
            )  # fmt: skip
        mail = eventually(mailbox.first)
        assert mail["Subject"] == "outbox/Prometheus bound.pptx is ready"
        link, short = re.findall(r"http\S+", mail.get_content())
        assert download(link) == body
        assert eventually(lambda: is_over(short))
        assert len(mailbox.post.taken) == 1

    def logged() -> bool:
        told = aws.home.done(*NARTHEX, "functions", "logs", name, **settings)
        return "mailed outbox/Prometheus bound.pptx" in told

    assert eventually(logged)
