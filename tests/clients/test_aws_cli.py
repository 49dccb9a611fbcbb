"""The story this project is about, with the real aws CLI (v1 and v2) and with `narthex`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File, write_file
from tests.clients.programs import WRONG, Home, S3Command

pytestmark = pytest.mark.clients

WHEN = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
COMMANDS = ["aws-v1", "aws-v2", "narthex"]
SIGV2 = {"AWSAccessKeyId", "Expires", "Signature"}


@pytest.fixture(params=COMMANDS)
def aws(request: pytest.FixtureRequest, home: Home, endpoint: Endpoint) -> S3Command:
    """One of the three, configured for the server."""
    command = S3Command(request.param, home, endpoint)
    command.configure(endpoint.secret, "us-east-2")
    return command


def download(home: Home, url: str) -> Path:
    """The file behind a link, by curl."""
    target = home.folder / "downloaded"
    assert home.done("curl", "-sS", "-o", target, "-w", "%{http_code}", url) == "200"
    return target


def test_the_story_from_configure_to_a_link_that_downloads(
    aws: S3Command, home: Home, presentation: File
) -> None:
    shutil.copy(presentation.path, home.folder)
    assert "make_bucket: bucketofbigsecrets" in aws.done("mb", "s3://bucketofbigsecrets")
    said = aws.done("cp", "Prometheus.pptx", "s3://bucketofbigsecrets")
    assert "upload: ./Prometheus.pptx to s3://bucketofbigsecrets/Prometheus.pptx" in said
    assert re.search(rf"^{WHEN} bucketofbigsecrets$", aws.done("ls"), re.MULTILINE)
    assert re.fullmatch(
        rf"{WHEN}   20622958 Prometheus\.pptx\n", aws.done("ls", "s3://bucketofbigsecrets")
    )

    link = aws.done("presign", "s3://bucketofbigsecrets/Prometheus.pptx")
    assert lifetime(link) == 3600
    assert presentation.same(download(home, link.rstrip("\n")))
    link = aws.done("presign", "s3://bucketofbigsecrets/Prometheus.pptx", "--expires-in", "7200")
    assert lifetime(link) == 7200
    assert presentation.same(download(home, link.rstrip("\n")))

    aws.done("cp", "s3://bucketofbigsecrets/Prometheus.pptx", "back.pptx")
    assert presentation.same(home.folder / "back.pptx")
    aws.done("rm", "s3://bucketofbigsecrets/Prometheus.pptx")
    assert aws.done("ls", "s3://bucketofbigsecrets") == ""
    assert "remove_bucket: bucketofbigsecrets" in aws.done("rb", "s3://bucketofbigsecrets")


def lifetime(link: str) -> int:
    """The seconds a SigV4 link lives; the output is one line."""
    assert link.count("\n") == 1
    return int(parse_qs(urlsplit(link).query)["X-Amz-Expires"][0])


@pytest.mark.parametrize("region", ["us-east-1", ""])
def test_a_link_made_without_a_region_or_in_an_old_one_downloads(
    aws: S3Command, endpoint: Endpoint, home: Home, bucket: str, region: str
) -> None:
    """aws CLI v1 signs these with SigV2."""
    for name in (".aws/config", ".aws/credentials"):
        (home.folder / name).unlink(missing_ok=True)
    aws.configure(endpoint.secret, region)
    small = write_file(home.folder / "small.txt", 1000)
    aws.done("cp", "small.txt", f"s3://{bucket}/a folder/small +&.txt")
    link = aws.done("presign", f"s3://{bucket}/a folder/small +&.txt").rstrip("\n")
    if aws.name == "aws-v1":
        assert set(parse_qs(urlsplit(link).query)) == SIGV2
    else:
        assert "X-Amz-Signature=" in link
    assert small.same(download(home, link))
    altered = link.replace("small%20", "small%21")
    assert altered != link
    assert home.done("curl", "-s", altered).count("<Code>SignatureDoesNotMatch</Code>") == 1


@pytest.mark.parametrize("name", ["aws-v1", "aws-v2"])
def test_a_link_whose_time_is_up_says_so(
    name: str, home: Home, endpoint: Endpoint, bucket: str
) -> None:
    command = S3Command(name, home, endpoint)
    command.configure(endpoint.secret, "eu-central-1")
    link = command.done("presign", f"s3://{bucket}/secret", "--expires-in", "0").rstrip("\n")
    answer = home.done("curl", "-s", "-w", "%{http_code}", link)
    assert answer.endswith("403")
    assert "<Code>AccessDenied</Code><Message>Request has expired</Message>" in answer
    assert re.search(r"<X-Amz-Expires>0</X-Amz-Expires><Expires>[\dT:-]+Z</Expires>", answer)
    assert re.search(r"<ServerTime>[\dT:-]+Z</ServerTime>", answer)


def test_folders_are_copied_both_ways_moved_and_removed(
    aws: S3Command, home: Home, bucket: str
) -> None:
    tree = home.folder / "tree"
    (tree / "deep" / "er").mkdir(parents=True)
    files = {
        "a.txt": write_file(tree / "a.txt", 10),
        "deep/é ü.bin": write_file(tree / "deep" / "é ü.bin", 70_000),
        "deep/er/empty": write_file(tree / "deep" / "er" / "empty", 0),
    }
    aws.done("cp", "tree", f"s3://{bucket}/tree", "--recursive")
    listed = aws.done("ls", f"s3://{bucket}", "--recursive").splitlines()
    assert [line[31:] for line in listed] == [f"tree/{name}" for name in sorted(files)]
    assert aws.done("ls", f"s3://{bucket}") == "                           PRE tree/\n"
    aws.done("cp", f"s3://{bucket}/tree", "back", "--recursive")
    for name, file in files.items():
        assert file.same(home.folder / "back" / name)
    aws.done("mv", f"s3://{bucket}/tree/a.txt", f"s3://{bucket}/moved.txt")
    aws.done("cp", f"s3://{bucket}/moved.txt", f"s3://{bucket}/copied.txt")
    aws.done("cp", f"s3://{bucket}/copied.txt", "copied.txt")
    assert files["a.txt"].same(home.folder / "copied.txt")
    aws.done("rm", f"s3://{bucket}", "--recursive")
    assert aws.done("ls", f"s3://{bucket}") == ""


def test_a_stream_goes_in_and_comes_out(aws: S3Command, home: Home, bucket: str) -> None:
    words = aws.words("cp", "-", f"s3://{bucket}/stream")
    home.done(*words, stdin=b"from a pipe\n", **aws.variables)
    assert aws.done("cp", f"s3://{bucket}/stream", "-") == "from a pipe\n"


def test_a_wrong_secret_is_refused_and_stores_nothing(
    aws: S3Command, home: Home, endpoint: Endpoint, bucket: str
) -> None:
    aws.configure(WRONG, "us-east-2")
    write_file(home.folder / "small.txt", 10)
    for words in (
        ["ls"],
        ["ls", f"s3://{bucket}"],
        ["mb", f"s3://{bucket}-2"],
        ["cp", "small.txt", f"s3://{bucket}"],
    ):
        ran = aws.run(*words)
        assert ran.code != 0
        assert "SignatureDoesNotMatch" in ran.err, ran.said
    link = aws.done("presign", f"s3://{bucket}/small.txt").rstrip("\n")
    assert "<Code>SignatureDoesNotMatch</Code>" in home.done("curl", "-s", link)
    aws.configure(endpoint.secret, "us-east-2")
    assert aws.done("ls", f"s3://{bucket}") == ""


def test_what_is_not_there_is_told_as_aws_tells_it(aws: S3Command, bucket: str) -> None:
    missing = aws.run("ls", f"s3://{bucket}/nothing-begins-so")
    assert (missing.code, missing.out) == (1, "")
    nowhere = aws.run("ls", "s3://no-such-bucket-anywhere")
    assert nowhere.code == (255 if aws.name == "aws-v1" else 254)
    assert (
        "An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: "
        "The specified bucket does not exist"
    ) in nowhere.err
    gone = aws.run("cp", f"s3://{bucket}/nothing", "x")
    assert gone.code == 1
    assert "(404)" in gone.err


@pytest.mark.parametrize("name", ["aws-v1", "aws-v2"])
def test_s3api_reads_what_s3_wrote(name: str, home: Home, endpoint: Endpoint, bucket: str) -> None:
    command = S3Command(name, home, endpoint)
    command.configure(endpoint.secret, "us-east-2")
    aws = command.words()
    api = [*aws[: aws.index("s3")], "s3api"]

    def call(*words: str) -> str:
        return home.done(*api, *words, **command.variables)

    write_file(home.folder / "f", 100)
    place = ("--bucket", bucket, "--key", "f")
    call("put-object", *place, "--body", "f", "--metadata", "colour=red", "--tagging", "a=1")
    assert '"ContentLength": 100' in call("head-object", *place)
    assert '"colour": "red"' in call("get-object", *place, "--range", "bytes=0-9", "part")
    assert (home.folder / "part").stat().st_size == 10
    assert '"Key": "a"' in call("get-object-tagging", *place)
    assert '"LocationConstraint"' in call("get-bucket-location", "--bucket", bucket)
    call("delete-object", *place)
    assert '"Contents"' not in call("list-objects-v2", "--bucket", bucket)
