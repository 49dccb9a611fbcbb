"""Shares on a live server: signed for by botocore and curl, followed by curl, cut in the middle."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File, write_file
from tests.clients.programs import Home

pytestmark = pytest.mark.clients

MIB = 1024 * 1024
CUT_OFF = 18  # curl's exit code for a transfer that ended before its length
SECONDS = 10.0  # to wait for what happens behind an answer's back


@dataclass(frozen=True)
class Ledger:
    """The API, asked with botocore's own signer."""

    endpoint: Endpoint

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The document answered."""
        url = f"{self.endpoint.url}/-/api/v1/{path}"
        data = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, url, data=data, headers={"content-type": "application/json"})
        key = Credentials(self.endpoint.access_key_id, self.endpoint.secret)
        SigV4Auth(key, "narthex", "eu-central-1").add_auth(request)
        answer = urllib3.request(method, url, body=data, headers=dict(request.headers))
        assert answer.status in (200, 201), answer.data
        told: dict[str, Any] = json.loads(answer.data)
        return told

    def issue(self, bucket: str, key: str, **order: Any) -> dict[str, Any]:
        """A share with a raw link, once it is open: a large file is reviewed beside the answer."""
        said = {"bucket": bucket, "key": key, "expires_in": 600, "raw": True} | order
        told = self.ask("POST", "shares", said)
        deadline = time.monotonic() + SECONDS
        while told["share"]["state"] == "pending" and time.monotonic() < deadline:
            time.sleep(0.1)  # the steward reviews in its own time: bounded looks
            told["share"] = self.ask("GET", f"shares/{told['share']['id']}")["share"]
        return told

    def uses(self, told: dict[str, Any]) -> list[str]:
        """How its uses ended, the oldest first."""
        entries = self.ask("GET", f"shares/{told['share']['id']}/log")["entries"]
        used = [one for one in reversed(entries) if one["event"] == "used"]
        return [one["outcome"] for one in used for _ in range(one["times"])]

    def until(self, told: dict[str, Any], wanted: Callable[[list[str]], bool]) -> list[str]:
        """Its uses, once they are as wanted: another worker writes them a moment later."""
        deadline = time.monotonic() + SECONDS
        while not wanted(found := self.uses(told)) and time.monotonic() < deadline:
            time.sleep(0.1)  # a real server on a real clock: bounded polls, no guessed waits
        return found


@pytest.fixture(scope="session")
def ledger(endpoint: Endpoint) -> Ledger:
    """The running server's."""
    return Ledger(endpoint)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> File:
    """A file that no buffer between server and client holds."""
    return write_file(tmp_path_factory.mktemp("large") / "large.bin", 60 * MIB)


@pytest.fixture
def shared(s3: Any, bucket: str, large: File) -> tuple[str, str]:
    """The large file in a bucket."""
    s3.upload_file(str(large.path), bucket, "large.bin")
    return bucket, "large.bin"


def slowly(url: str, folder: Path, rate: str = "2M") -> subprocess.Popen[bytes]:
    """curl on its way, at a rate that leaves time to interfere."""
    words = ["curl", "-sS", "--limit-rate", rate, "-o", str(folder / "part"), url]
    return subprocess.Popen(words, stderr=subprocess.DEVNULL)


def wait_for(path: Path, size: int) -> None:
    """Until so much has arrived."""
    deadline = time.monotonic() + SECONDS
    while not path.exists() or path.stat().st_size < size:
        assert time.monotonic() < deadline
        time.sleep(0.02)  # curl tells nobody how far it is: its file is looked at, bounded


def status(home: Home, url: str, *options: str, to: str = "got") -> str:
    """The status that curl is told."""
    return home.done("curl", "-sS", "-o", to, "-w", "%{http_code}", *options, url)


def test_curl_signs_for_the_api_too(ledger: Ledger, home: Home, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"fire")
    told = home.done(
        "curl", "-sS", "--aws-sigv4", "aws:amz:us-east-1:narthex",
        "--user", f"{ledger.endpoint.access_key_id}:{ledger.endpoint.secret}",
        "--json", json.dumps({"bucket": bucket, "key": "k", "expires_in": 60, "raw": True}),
        f"{ledger.endpoint.url}/-/api/v1/shares",
    )  # fmt: skip
    assert status(home, json.loads(told)["raw"]) == "200"
    wrong = home.done(
        "curl", "-sS", "--aws-sigv4", "aws:amz:us-east-1:narthex",
        "--user", f"{ledger.endpoint.access_key_id}:wrong",
        f"{ledger.endpoint.url}/-/api/v1/shares",
    )  # fmt: skip
    assert json.loads(wrong)["error"]["code"] == "SignatureDoesNotMatch"


def test_a_download_that_curl_breaks_off_is_given_back_and_resumed(
    ledger: Ledger, shared: tuple[str, str], home: Home, large: File
) -> None:
    told = ledger.issue(*shared, max_downloads=1)
    began = slowly(told["raw"], home.folder)
    wait_for(home.folder / "part", MIB)
    assert status(home, told["raw"]) == "403", "it is taken while it is under way"
    began.kill()
    began.wait()
    assert ledger.until(told, bool) == ["broken"]
    resumed = status(home, told["raw"], "-C", "-", to="part")
    assert resumed == "206"
    assert large.same(home.folder / "part")
    assert ledger.until(told, lambda uses: len(uses) == 2) == ["broken", "completed"]
    assert status(home, told["raw"]) == "403"


def test_a_download_ends_within_a_second_after_its_share_is_revoked(
    ledger: Ledger, shared: tuple[str, str], home: Home
) -> None:
    told = ledger.issue(*shared)
    going = slowly(told["raw"], home.folder, rate="1M")
    wait_for(home.folder / "part", MIB // 2)
    ledger.ask("DELETE", f"shares/{told['share']['id']}")
    assert ledger.until(told, bool) == ["cut"]
    assert going.wait(SECONDS * 3) == CUT_OFF
    assert status(home, told["raw"]) == "403"
    assert b"This link was taken back" in (home.folder / "got").read_bytes()


def test_what_no_limit_counts_is_counted_for_its_owner(
    ledger: Ledger, shared: tuple[str, str], home: Home
) -> None:
    told = ledger.issue(*shared)
    for _ in range(3):
        assert status(home, told["raw"]) == "200"
    assert ledger.until(told, lambda uses: len(uses) == 3) == ["completed"] * 3
    share = ledger.ask("GET", f"shares/{told['share']['id']}")["share"]
    assert (share["downloads"], share["bytes"]) == (3, 180 * MIB)


def test_any_s3_client_reads_with_the_key_of_a_share(
    ledger: Ledger, s3: Any, bucket: str, endpoint: Endpoint
) -> None:
    """Nobody is told its secret, but its links are links: boto3 takes their key for a key."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"fire")
    told = ledger.issue(bucket, "k")
    stranger = boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=told["share"]["access_key_id"],
        aws_secret_access_key="wrong",
        region_name="us-east-1",
    )
    with pytest.raises(stranger.exceptions.ClientError, match="SignatureDoesNotMatch"):
        stranger.get_object(Bucket=bucket, Key="k")
    assert len(told["share"]["access_key_id"]) == 20


def test_an_outsider_uploads_with_one_command(
    ledger: Ledger, s3: Any, bucket: str, home: Home, presentation: File
) -> None:
    order = {"bucket": bucket, "key": "inbox/", "expires_in": 600, "max_size": presentation.size}
    id = ledger.ask("POST", "requests", order)["request"]["id"]
    asked = ledger.ask("POST", f"requests/{id}/links", {"form": True, "names": ["put.pptx"]})
    command = [
        word.replace("@FILE", f"@{presentation.path}")
        for word in shlex.split(asked["form"]["curl"])
    ]
    home.done(*command)
    body = s3.get_object(Bucket=bucket, Key=f"inbox/{presentation.path.name}")["Body"].read()
    assert presentation.same(body)
    assert home.run(*command).code != 0, "a file never takes the place of another"
    put = asked["puts"][0]["url"]
    assert status(home, put, "-T", str(presentation.path)) == "200"
    larger = write_file(home.folder / "larger", presentation.size + 1)
    again = ledger.ask("POST", f"requests/{id}/links", {"names": ["larger"]})["puts"][0]["url"]
    assert status(home, again, "-T", str(larger.path)) == "400"
    ledger.ask("DELETE", f"requests/{id}")
    assert status(home, put, "-T", str(presentation.path)) == "403"
