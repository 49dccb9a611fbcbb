"""Functions with the real aws CLI, v1 and v2: made, let in, triggered by an upload, read, changed.

The scenario is the one that the project exists for: a file is uploaded, a function that was written
for AWS mints a link to it, and whoever has the link downloads the same bytes.
"""

from __future__ import annotations

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from narthex.cli.serve import Endpoint
from narthex.functions.making import RUNTIME
from tests.asking import allow, document
from tests.clients.programs import AWS_V1, AWS_V2, Home
from tests.clients.test_iam_clients import Aws
from tests.functions.asking import TRUST

pytestmark = pytest.mark.clients

# As the article's: nothing in it knows where it runs.
HANDLER = """
import json
import urllib.parse

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))


def lambda_handler(event, context):
    if "requestContext" in event:
        return upload_link(event)
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        url = s3.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=3600
        )
        print("LINK", url)
        s3.put_object(Bucket=bucket, Key="links/" + key, Body=url)
    return {"statusCode": 200}


def upload_link(event):
    key = "inbox/" + event["queryStringParameters"]["name"]
    url = s3.generate_presigned_url(
        "put_object", Params={"Bucket": event["queryStringParameters"]["bucket"], "Key": key}
    )
    return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": url}
"""
SECONDS = 20.0  # that a delivery may take on a busy machine


@pytest.fixture(params=[pytest.param(AWS_V1, id="v1"), pytest.param(AWS_V2, id="v2")])
def aws(request: pytest.FixtureRequest, home: Home, endpoint: Endpoint) -> Aws:
    """One version of the aws CLI."""
    return Aws(request.param, home, endpoint)


def write_zip(path: Path, text: str) -> Path:
    """A zip whose `app.py` is this."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("app.py", text)
    path.write_bytes(held.getvalue())
    return path


def download(url: str) -> bytes:
    """What is behind a link, for somebody without credentials."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=20) as answer:
        data: bytes = answer.read()
    return data


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds, as soon as it finds something."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)  # a function answers in its own time: bounded looks
    pytest.fail("nothing came")


def test_an_upload_mints_its_own_link(aws: Aws, s3: Any, bucket: str, tmp_path: Path) -> None:
    role, name = f"role-{bucket}", f"mint-{bucket}"
    policy = document(allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*"))
    arn = aws.done(
        "iam", "create-role", "--role-name", role, "--assume-role-policy-document", TRUST
    )["Role"]["Arn"]
    aws.done(
        "iam", "put-role-policy", "--role-name", role, "--policy-name", "p", "--policy-document",
        policy,
    )  # fmt: skip
    code = write_zip(tmp_path / "code.zip", HANDLER)
    made = aws.done(
        "lambda", "create-function", "--function-name", name, "--runtime", RUNTIME, "--role", arn,
        "--handler", "app.lambda_handler", "--zip-file", f"fileb://{code}", "--timeout", "10",
    )  # fmt: skip
    wanted = json.dumps(
        {
            "LambdaFunctionConfigurations": [
                {
                    "LambdaFunctionArn": made["FunctionArn"],
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {
                        "Key": {
                            "FilterRules": [
                                {"Name": "prefix", "Value": "out/"},
                                {"Name": "suffix", "Value": ".pptx"},
                            ]
                        }
                    },
                }
            ]
        }
    )
    put = ("s3api", "put-bucket-notification-configuration", "--bucket", bucket)
    assert "Unable to validate" in aws.fails(*put, "--notification-configuration", wanted)
    aws.done(
        "lambda", "add-permission", "--function-name", name, "--statement-id", "s3", "--action",
        "lambda:InvokeFunction", "--principal", "s3.amazonaws.com", "--source-arn",
        f"arn:aws:s3:::{bucket}",
    )  # fmt: skip
    aws.done(*put, "--notification-configuration", wanted)
    (tmp_path / "Prometheus.pptx").write_bytes(b"stolen fire")
    aws.home.done(
        aws.program, "--endpoint-url", aws.endpoint.url, "s3", "cp", tmp_path / "Prometheus.pptx",
        f"s3://{bucket}/out/", AWS_ACCESS_KEY_ID=aws.endpoint.access_key_id,
        AWS_SECRET_ACCESS_KEY=aws.endpoint.secret, AWS_DEFAULT_REGION="us-east-2",
    )  # fmt: skip

    def link() -> str | None:
        found = s3.list_objects_v2(Bucket=bucket, Prefix="links/").get("Contents", [])
        if not found:
            return None
        text: bytes = s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read()
        return text.decode()

    url = eventually(link)
    assert "X-Amz-Security-Token" in url
    assert download(url) == b"stolen fire"
    with pytest.raises(urllib.request.HTTPError, match="403"):
        download(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=3601"))
    _invoke_change_and_list(aws, name, bucket, tmp_path)


def _invoke_change_and_list(aws: Aws, name: str, bucket: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    invoke = ("lambda", "invoke", "--function-name", name, "--log-type", "Tail")
    told = aws.done(*invoke, out)
    assert told["FunctionError"] == "Unhandled"
    assert json.loads(out.read_text("utf-8"))["errorType"] == "KeyError"
    new = write_zip(tmp_path / "new.zip", "def lambda_handler(e, c):\n    return 'changed'\n")
    update = ("lambda", "update-function-code", "--function-name", name)
    aws.done(*update, "--zip-file", f"fileb://{new}")
    aws.done("lambda", "wait", "function-updated", "--function-name", name)
    aws.done(*invoke, out)
    assert json.loads(out.read_text("utf-8")) == "changed"
    listed = aws.done("lambda", "list-functions")["Functions"]
    assert name in [one["FunctionName"] for one in listed]
    aws.done("lambda", "delete-function", "--function-name", name)
    assert "ResourceNotFoundException" in aws.fails(*invoke, out)


def test_a_url_hands_out_links_for_uploads(aws: Aws, s3: Any, bucket: str, tmp_path: Path) -> None:
    role, name = f"role-{bucket}", f"hand-out-{bucket}"
    arn = aws.done(
        "iam", "create-role", "--role-name", role, "--assume-role-policy-document", TRUST
    )["Role"]["Arn"]
    policy = document(allow("s3:PutObject", f"arn:aws:s3:::{bucket}/inbox/*"))
    aws.done(
        "iam", "put-role-policy", "--role-name", role, "--policy-name", "p", "--policy-document",
        policy,
    )  # fmt: skip
    code = write_zip(tmp_path / "code.zip", HANDLER)
    aws.done(
        "lambda", "create-function", "--function-name", name, "--runtime", RUNTIME, "--role", arn,
        "--handler", "app.lambda_handler", "--zip-file", f"fileb://{code}", "--timeout", "10",
    )  # fmt: skip
    url = aws.done(
        "lambda", "create-function-url-config", "--function-name", name, "--auth-type", "NONE"
    )["FunctionUrl"]
    asked = f"{url}?bucket={bucket}&name=a.txt"
    assert "403" in aws.home.run("curl", "-sSf", asked).err  # curl knows that *.localhost is here
    aws.done(
        "lambda", "add-permission", "--function-name", name, "--statement-id", "all", "--action",
        "lambda:InvokeFunctionUrl", "--principal", "*", "--function-url-auth-type", "NONE",
    )  # fmt: skip
    link = aws.home.done("curl", "-sfS", asked)
    (tmp_path / "a.txt").write_bytes(b"from nobody in particular")
    aws.home.done("curl", "-sfS", "-T", tmp_path / "a.txt", link)
    assert s3.get_object(Bucket=bucket, Key="inbox/a.txt")["Body"].read() == (
        b"from nobody in particular"
    )
    change = ("lambda", "update-function-url-config", "--function-name", name)
    aws.done(*change, "--auth-type", "AWS_IAM")
    assert "403" in aws.home.run("curl", "-sSf", asked).err  # curl knows that *.localhost is here
    signed = ("--aws-sigv4", "aws:amz:us-east-2:lambda", "--user")
    key = f"{aws.endpoint.access_key_id}:{aws.endpoint.secret}"
    told = aws.home.done("curl", "-sfS", *signed, key, asked)
    assert told.startswith("http")
    assert aws.home.run("curl", "-sfS", *signed, f"{key}x", asked).code == 22
