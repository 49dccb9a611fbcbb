"""Forms signed by boto3, sent by urllib3, curl and Chromium to a running server."""

from __future__ import annotations

import hashlib
import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from playwright.sync_api import Browser, sync_playwright

from narthex.cli.serve import Endpoint
from tests.clients.conftest import Connect, File, write_file
from tests.clients.programs import CHROMIUM, WRONG, Home
from tests.clients.test_browser import QUIET
from tests.form_bodies import BOUNDARY, KIND, part

pytestmark = pytest.mark.clients

SIGNATURES = ["s3v4", "s3"]  # SigV4, and SigV2 as boto3 still makes it for old regions
MIB = 1 << 20
LARGE = 256 * MIB
MOST_GROWTH = 64 * MIB
FIRE = b"the fire itself"
RULES = {
    "CORSRules": [
        {
            "AllowedOrigins": ["*"],
            "AllowedMethods": ["POST", "PUT", "GET"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
        }
    ]
}


@dataclass(frozen=True)
class Posted:
    """The answer to a form."""

    status: int
    headers: Any
    body: str

    def field(self, name: str) -> str | None:
        """One element of the document."""
        found = re.search(f"<{name}>([^<]*)</{name}>", self.body)
        return found[1] if found else None


def send(form: dict[str, Any], file: bytes, filename: str = "f.txt", **changes: str) -> Posted:
    """Send a form of boto3's, with fields changed."""
    fields = {**form["fields"], **changes}
    answer = urllib3.request(
        "POST",
        form["url"],
        fields=[*fields.items(), ("file", (filename, file))],
        redirect=False,
    )
    return Posted(answer.status, answer.headers, answer.data.decode())


@pytest.fixture(params=SIGNATURES)
def signer(request: pytest.FixtureRequest, connect: Connect) -> Any:
    """A boto3 client that signs forms in one of the two ways."""
    return connect(signature_version=request.param, region="us-east-1")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield started
        started.close()


def test_a_form_of_boto3_uploads(signer: Any, s3: Any, bucket: str) -> None:
    form = signer.generate_presigned_post(bucket, "up/${filename}", ExpiresIn=60)
    answer = send(form, FIRE, "ü b.txt")
    assert (answer.status, answer.body) == (204, "")
    assert answer.headers["etag"] == f'"{hashlib.md5(FIRE).hexdigest()}"'
    assert s3.get_object(Bucket=bucket, Key="up/ü b.txt")["Body"].read() == FIRE


def test_a_form_grants_what_it_says_and_nothing_else(signer: Any, s3: Any, bucket: str) -> None:
    fields = {"acl": "bucket-owner-full-control", "Content-Type": "image/png"}
    form = signer.generate_presigned_post(
        bucket,
        "up/${filename}",
        Fields={**fields, "success_action_status": "201"},
        Conditions=[
            {"acl": "bucket-owner-full-control"},
            ["starts-with", "$Content-Type", "image/"],
            {"success_action_status": "201"},
            ["content-length-range", 5, 20],
        ],
        ExpiresIn=60,
    )
    answer = send(form, FIRE, "a.png")
    assert (answer.status, answer.field("Key"), answer.field("Bucket")) == (
        201,
        "up/a.png",
        bucket,
    )
    assert s3.head_object(Bucket=bucket, Key="up/a.png")["ContentType"] == "image/png"
    for changes in (
        {"key": "down/a.png"},
        {"Content-Type": "text/html"},
        {"acl": "public-read"},
        {"success_action_status": "200"},
        {"x-amz-meta-a": "b"},
        {"success_action_redirect": "https://evil.example/"},
    ):
        refused = send(form, FIRE, "b.png", **changes)
        assert (refused.status, refused.field("Code")) == (403, "AccessDenied")
    for size, code in ((4, "EntityTooSmall"), (21, "EntityTooLarge"), (100_000, "EntityTooLarge")):
        refused = send(form, b"x" * size, "b.png")
        assert (refused.status, refused.field("Code")) == (400, code)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["up/a.png"]


def test_a_form_signed_with_a_wrong_secret_is_refused(
    connect: Connect, s3: Any, bucket: str
) -> None:
    for version in SIGNATURES:
        client = connect(secret=WRONG, signature_version=version, region="us-east-1")
        answer = send(client.generate_presigned_post(bucket, "k"), FIRE)
        assert (answer.status, answer.field("Code")) == (403, "SignatureDoesNotMatch")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_form_that_has_expired_is_refused(signer: Any, bucket: str) -> None:
    answer = send(signer.generate_presigned_post(bucket, "k", ExpiresIn=-1), FIRE)
    assert (answer.status, answer.field("Code")) == (403, "AccessDenied")
    assert answer.field("Message") == "Invalid according to Policy: Policy expired."


def test_curl_uploads_with_a_line_of_options(
    signer: Any, s3: Any, bucket: str, home: Home, presentation: File
) -> None:
    form = signer.generate_presigned_post(bucket, "${filename}", ExpiresIn=60)
    options = [word for pair in form["fields"].items() for word in ("-F", "{}={}".format(*pair))]
    status = home.done(
        "curl", "-sS", "-o", "body", "-w", "%{http_code}", *options,
        "-F", f"file=@{presentation.path}", form["url"],
    )  # fmt: skip
    assert status == "204"
    assert presentation.same(s3.get_object(Bucket=bucket, Key="Prometheus.pptx")["Body"].read())


def test_curl_uploads_a_file_with_an_odd_name(s3: Any, bucket: str, home: Home) -> None:
    file = write_file(home.folder / 'a "b"; c\\d.txt', 10)
    form = s3.generate_presigned_post(bucket, "up/${filename}", ExpiresIn=60)
    options = [word for pair in form["fields"].items() for word in ("-F", "{}={}".format(*pair))]
    quoted = str(file.path).replace("\\", "\\\\").replace('"', '\\"')
    home.done("curl", "-sS", "-f", *options, "-F", f'file=@"{quoted}"', form["url"])
    (item,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert item["Key"] == "up/d.txt"  # what is before a backslash does not count, as on S3


def test_a_large_form_needs_little_memory(endpoint: Endpoint, s3: Any, bucket: str) -> None:
    """Trap 51: forms that are gathered in memory."""
    form = s3.generate_presigned_post(bucket, "large", ExpiresIn=600)
    head = b"".join(part(f'name="{n}"', v.encode()) for n, v in form["fields"].items())
    head += part('name="file"; filename="large"', b"").removesuffix(b"\r\n")
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    block = hashlib.sha256(b"block").digest() * (MIB // 32)

    def body() -> Iterator[bytes]:
        yield head
        for _ in range(LARGE // MIB):
            yield block
        yield tail

    before = {pid: resident(pid) for pid in family(endpoint.pid)}
    for pid in before:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # forget the peak so far
    target = urlsplit(form["url"])
    connection = http.client.HTTPConnection(target.netloc, timeout=120)
    length = len(head) + LARGE + len(tail)
    headers = {"Content-Type": KIND, "Content-Length": str(length)}
    connection.request("POST", target.path, body(), headers)
    assert connection.getresponse().status == 204
    connection.close()
    # Those that look at files for reviews come and go; the server and its workers stay.
    after = {pid: peak(pid) for pid in before.keys() & set(family(endpoint.pid))}
    assert endpoint.pid in after
    assert all(after[pid] - before[pid] < MOST_GROWTH for pid in after)
    assert s3.head_object(Bucket=bucket, Key="large")["ContentLength"] == LARGE


def test_a_page_of_a_browser_uploads_and_is_sent_on(
    browser: Browser, s3: Any, bucket: str, endpoint: Endpoint, presentation: File
) -> None:
    page_url = f"{endpoint.url}/-/health"
    form = s3.generate_presigned_post(
        bucket,
        "up/${filename}",
        Fields={"success_action_redirect": page_url},
        Conditions=[{"success_action_redirect": page_url}],
        ExpiresIn=60,
    )
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{value.replace(chr(34), "&quot;")}">'
        for name, value in form["fields"].items()
    )
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(
            f'<form action="{form["url"]}" method="post" enctype="multipart/form-data">{inputs}'
            '<input type="file" name="file"><input type="submit" name="submit" value="Send"></form>'
        )
        page.set_input_files("input[type=file]", presentation.path)
        page.get_by_text("Send").click()
        page.wait_for_url(f"{page_url}?*")
        told = parse_qs(urlsplit(page.url).query)
    assert told["bucket"] == [bucket]
    assert told["key"] == ["up/Prometheus.pptx"]
    stored = s3.get_object(Bucket=bucket, Key="up/Prometheus.pptx")
    assert told["etag"] == [stored["ETag"]]
    assert presentation.same(stored["Body"].read())


def test_a_script_of_another_origin_uploads_and_reads_the_answers(
    browser: Browser, s3: Any, bucket: str, endpoint: Endpoint
) -> None:
    """The rules of the bucket decide, for the form, for the signed PUT, and for refusals too."""
    form = s3.generate_presigned_post(bucket, "posted", ExpiresIn=60)
    link = s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": "put"}, ExpiresIn=60
    )
    script = """async ([form, link]) => {
        const data = new FormData();
        for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
        data.append("file", new Blob(["fire"]), "f.txt");
        const told = async (request) => {
            try {
                const answer = await request;
                return [answer.status, answer.headers.get("etag"), await answer.text()];
            } catch (error) { return String(error); }
        };
        return [
            await told(fetch(form.url, {method: "POST", body: data})),
            await told(fetch(link, {method: "PUT", body: "fire"})),
            await told(fetch(link + "0", {method: "PUT", body: "fire"})),
            await told(fetch(link, {method: "DELETE"})),
        ];
    }"""
    etag = f'"{hashlib.md5(b"fire").hexdigest()}"'
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(endpoint.url.replace("127.0.0.1", "localhost") + "/-/health")
        shut = page.evaluate(script, [form, link])
        assert [str(one).partition(":")[0] for one in shut] == ["TypeError"] * 4
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=RULES)
        posted, put, forged, deleted = page.evaluate(script, [form, link])
    assert posted == [204, etag, ""]
    assert put == [200, etag, ""]
    assert forged[0] == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in forged[2]
    assert deleted.startswith("TypeError")
    assert s3.get_object(Bucket=bucket, Key="posted")["Body"].read() == b"fire"


def test_boto3_writes_and_reads_the_rules_of_a_bucket(s3: Any, bucket: str) -> None:
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket=bucket)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=RULES)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == RULES["CORSRules"]
    s3.delete_bucket_cors(Bucket=bucket)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket=bucket)


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parent = re.search(r"^PPid:\t(\d+)$", status.read_text(), re.MULTILINE)
        except OSError:
            continue  # it has ended
        if parent and int(parent[1]) == pid:
            found += family(int(status.parent.name))
    return found


def resident(pid: int, name: str = "VmRSS") -> int:
    """Bytes of a process that are in memory."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.M)
    assert found
    return int(found[1]) * 1024


def peak(pid: int) -> int:
    """The most bytes of a process that were in memory at once."""
    return resident(pid, "VmHWM")
