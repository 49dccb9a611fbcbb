"""Functions: how soon after a PUT's answer a function's first line runs, warm and cold.

The function tells a server of this process when its first line ran, by the clock of this machine.
moto's own Lambda starts a container for each function and needs Docker, so it stands beside ours
only where Docker is; its other backend runs nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

from bench import servers
from bench.plan import Bench
from bench.result import Chapter, Claim, Failed, Figure
from bench.store import KEY, REGION, SECRET, Store
from narthex.functions.making import RUNTIME

BUCKET = "functions"
WARM, COLD = 20.0, 400.0  # ms at the median, from the PUT's answer to the first line
SECONDS = 30.0
# As in a function that mints links: its first line imports what AWS's own runtime has.
CODE = """
import time
born = time.time()
import json
import urllib.request
import boto3
s3 = boto3.client("s3")

def handler(event, context):
    first = time.time()
    key = event["Records"][0]["s3"]["object"]["key"]
    s3.generate_presigned_url("get_object", Params={{"Bucket": "{bucket}", "Key": key}})
    told = json.dumps({{"key": key, "born": born, "first": first}}).encode()
    urllib.request.urlopen("http://127.0.0.1:{port}/", told).read()
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass
class Told:
    """What functions told, by key."""

    runs: dict[str, dict[str, float]] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)
    port: int = 0

    def of(self, key: str) -> dict[str, float]:
        """What the run for a key told. Raises Failed."""
        with self.changed:
            if not self.changed.wait_for(lambda: key in self.runs, SECONDS):
                raise Failed("a function was not run in time")
            return self.runs[key]


@contextlib.contextmanager
def told() -> Iterator[Told]:
    """A server that functions tell."""
    found = Told()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            run = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with found.changed:
                found.runs[run["key"]] = run
                found.changed.notify_all()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def measure(bench: Bench) -> Chapter:
    """Milliseconds from a PUT's answer to the first line of the function that it triggers."""
    warm_runs, cold_runs = (100, 12) if bench.plan.rounds > 1 else (10, 2)
    with told() as found, servers.narthex(bench.folder / "functions", bench.plan.workers) as store:
        client = _set_up(store, found.port)
        s3 = store.client()
        _once(s3, found, "first")
        warm = [
            Figure.of("", [_once(s3, found, f"warm-{turn}-{run}") for run in range(warm_runs)])
            for turn in range(bench.plan.rounds)
        ]
        cold = [_cold(client, s3, found, f"cold-{run}") for run in range(cold_runs)]
    figures = (
        Figure.of("warm, median", [one.value for one in warm]),
        Figure.of("cold, median", [one for one, _ in cold]),
        Figure.of("cold, to the handler (boto3 imported, a client made)", [two for _, two in cold]),
    )
    claims = (
        Claim("from the PUT's answer to a warm function", figures[0].value, WARM, "ms", False),
        Claim("from the PUT's answer to a cold one", figures[1].value, COLD, "ms", False),
    )
    notes = ("Less than nothing: the function ran before the client had read its answer.",)
    return Chapter(
        "functions", "From a PUT's answer to a function", "ms", figures, claims, notes, False
    )


def _once(s3: Any, found: Told, key: str) -> float:
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    answered = time.time()
    return 1000 * (found.of(key)["first"] - answered)


def _cold(client: Any, s3: Any, found: Told, key: str) -> tuple[float, float]:
    """To the first line of the module, and to that of the handler, of a new environment."""
    client.update_function_configuration(FunctionName="f", Description=key)
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    answered = time.time()
    run = found.of(key)
    return 1000 * (run["born"] - answered), 1000 * (run["first"] - answered)


def _set_up(store: Store, port: int) -> Any:
    """A bucket whose uploads run a function; the client that made it."""

    def client(service: str) -> Any:
        return boto3.session.Session().client(
            service,
            endpoint_url=store.url,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )

    iam = client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("main.py", CODE.format(bucket=BUCKET, port=port))
    made = client("lambda")
    arn = made.create_function(
        FunctionName="f",
        Runtime=RUNTIME,
        Role=role,
        Handler="main.handler",
        Timeout=30,
        Code={"ZipFile": held.getvalue()},
    )["FunctionArn"]
    made.add_permission(
        FunctionName="f",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{BUCKET}",
    )
    s3 = store.client()
    s3.create_bucket(Bucket=BUCKET)
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    return made
