"""`narthex share s3://...`, `shares` and `extend`: with narthex as the server, and with another."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from typing import Any

import boto3
import pytest

from narthex.cli.client import Client
from narthex.cli.serve import Endpoint
from tests.cli.conftest import Person, Ran
from tests.cli.scripted import Asked, Reply, error, scripted
from tests.cli.test_cp import keys_of, put
from tests.cli.test_presign import fetch, parameters

pytestmark = pytest.mark.clients

ID = re.compile(r"narthex revoke ([0-9a-f]{16})$", re.MULTILINE)
FILE = "application/octet-stream"


@pytest.fixture
def shared(person: Person, client: Client, bucket: str) -> str:
    """An object that can be shared: its URI."""
    put(client, bucket, "report.pdf", b"what is in it")
    return f"s3://{bucket}/report.pdf"


def documents(ran: Ran | str) -> list[dict[str, Any]]:
    """JSON lines."""
    out = ran if isinstance(ran, str) else ran.out
    return [json.loads(line) for line in out.splitlines()]


def share(person: Person, *words: str) -> dict[str, Any]:
    """A share that is there now, as --json tells it."""
    (document,) = documents(person.done("share", *words, "--json"))
    return document


def listed(person: Person, uri: str, *words: str) -> list[dict[str, Any]]:
    """The shares of an object."""
    return documents(person.done("shares", "--key", uri, "--json", *words))


def test_an_object_gets_a_short_link_and_is_told_how_to_take_it_back(
    person: Person, shared: str
) -> None:
    ran = person.run("share", shared, "--expires-in", "2h", "--max-downloads", "5")
    assert ran.code == 0, str(ran)
    (url,) = ran.out.splitlines()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/s/[\w-]{24}", url)
    assert url.startswith(person.environment["AWS_ENDPOINT_URL"])
    assert re.search(r"^The link works until .* \(for 2 hours\), for 5 downloads\.$", ran.err, re.M)
    assert [found["id"] for found in listed(person, shared)] == ID.findall(ran.err)
    assert "█" not in ran.err
    assert fetch(url, accept=FILE)[:2] == (200, b"what is in it")


def test_a_raw_link_is_a_url_that_curl_and_every_client_takes(person: Person, shared: str) -> None:
    url = person.done("share", shared, "--raw", "--filename", "Report Ä.pdf").strip()
    assert "X-Amz-Signature" in parameters(url)
    assert fetch(url)[1] == b"what is in it"
    assert "filename*=UTF-8''Report%20%C3%84.pdf" in fetch(url)[2]
    ran = person.run("-fsS", url, program=("curl",))
    assert (ran.code, ran.out) == (0, "what is in it")
    assert fetch(url.replace("report.pdf", "report.pdg"))[0] == 403


def test_every_limit_is_kept_by_the_server(person: Person, shared: str) -> None:
    made = share(
        person, shared, "--expires-at", "2099-12-24T18:00", "--not-before", "1d",
        "--max-downloads", "3", "--max-bytes", "2MiB", "--allow-ip", "192.0.2.0/24",
        "--to", "ana@example.org", "--note", "for the meeting", "--filename", "r.pdf",
    )  # fmt: skip
    told = made["share"]
    assert told["expires_at"] == "2099-12-24T16:00:00Z"  # Athens
    assert told["state"] == "not-yet"
    assert (told["max_downloads"], told["max_bytes"]) == (3, 2 << 20)
    assert told["allow_ips"] == ["192.0.2.0/24"]
    assert (told["recipient"], told["note"]) == ("ana@example.org", "for the meeting")
    assert told["filename"] == "r.pdf"
    assert made["raw"] is None
    assert fetch(made["link"], accept=FILE)[0] == 403


def test_once_is_once(person: Person, shared: str) -> None:
    url = share(person, shared, "--once", "--raw")["raw"]
    assert [fetch(url)[0] for _ in range(2)] == [200, 403]
    (found,) = listed(person, shared, "--all")
    assert (found["state"], found["downloads_left"]) == ("used-up", 0)


def test_each_recipient_gets_a_link_of_their_own(person: Person, shared: str) -> None:
    ran = person.run("share", shared, "--to", "ana", "--to", "ben")
    assert len(set(ran.out.splitlines())) == 2
    assert re.search(r"For ana:\n.*revoke \w+\nFor ben:\n.*revoke \w+\n$", ran.err)
    assert {found["recipient"] for found in listed(person, shared)} == {"ana", "ben"}
    (found,) = listed(person, shared, "--to", "ben")
    assert found["recipient"] == "ben"


def test_a_password_is_asked_twice_on_the_terminal_and_not_shown(
    person: Person, shared: str
) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(person.home)
        command = [sys.executable, "-m", "narthex", "share", shared, "--password"]
        os.execve(command[0], command, person.variables)
    answers = iter((b"open sesame\n", b"open sesame\n"))
    shown = b""
    try:
        while True:
            block = os.read(terminal, 65536)
            shown += block
            if block.endswith((b"link: ", b"again: ")):
                os.write(terminal, next(answers))
    except OSError:  # Linux: the other end is closed
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown
    assert b"sesame" not in shown
    assert "█".encode() in shown  # a terminal, one link: its QR code
    (found,) = listed(person, shared)
    assert found["password"] is True


def test_a_password_is_read_from_standard_input(person: Person, shared: str) -> None:
    ran = person.run("share", shared, "--password-stdin", "--debug", stdin=b"open sesame\n")
    assert ran.code == 0, str(ran)
    assert "sesame" not in ran.out + ran.err
    status, body, _ = fetch(ran.out.strip(), accept=FILE)
    assert (status, b"what is in it" in body) == (403, False)


def test_a_link_may_live_longer_than_a_signature(person: Person, shared: str) -> None:
    ran = person.run("share", shared, "--expires-in", "90d", "--raw")
    assert "A signature lives for a week at most" in ran.err
    assert parameters(ran.out.strip())["X-Amz-Expires"] == ["604800"]
    (identity,) = ID.findall(ran.err)
    assert f"narthex extend {identity} --raw prints another" in ran.err
    fresh = person.done("extend", identity, "--raw").strip()
    assert fetch(fresh)[1] == b"what is in it"


def test_a_prefix_and_a_folder_are_shared_as_a_whole(
    person: Person, client: Client, bucket: str
) -> None:
    put(client, bucket, "photos/a.jpg")
    made = share(person, f"s3://{bucket}/photos/")
    assert (made["share"]["key"], made["share"]["prefix"]) == ("photos/", True)
    assert b"a.jpg" in fetch(made["link"], accept="text/html")[1]
    person.write("holiday/1/b.jpg", "b")
    person.write("holiday/c.jpg", "c")
    told = share(person, "holiday/", "--bucket", bucket)["share"]
    assert told["prefix"] is True
    assert told["key"].endswith("/holiday/")
    keys = [key for key in keys_of(client, bucket) if key.startswith(told["key"])]
    assert [key.removeprefix(told["key"]) for key in keys] == ["1/b.jpg", "c.jpg"]


def test_names_on_standard_input_are_shared_and_reported_once(
    person: Person, client: Client, bucket: str
) -> None:
    names = [f"{number:02}" for number in range(12)]
    for name in names:
        put(client, bucket, f"p/{name}")
    stdin = b"\0".join(name.encode() for name in names)
    ran = person.run("share", f"s3://{bucket}/p/", "--stdin0", "--json", stdin=stdin)
    assert ran.code == 0, str(ran)
    assert [made["share"]["key"] for made in documents(ran)] == [f"p/{name}" for name in names]
    assert ran.err.count("\n") == 2  # what they came to, and until when they work
    stdin = f"s3://{bucket}/p/00\0s3://{bucket}/p/01".encode()
    assert len(person.done("share", "--stdin0", stdin=stdin).splitlines()) == 2


def test_what_is_pinned_ends_when_it_is_replaced(
    person: Person, client: Client, bucket: str, shared: str
) -> None:
    made = share(person, shared, "--pin", "--raw")
    assert made["share"]["etag"]
    assert fetch(made["raw"])[0] == 200
    put(client, bucket, "report.pdf", b"another")
    assert fetch(made["raw"])[0] == 403
    ran = person.run("share", shared, "--version-id", "nothing")
    assert (ran.code, "NoSuchKey" in ran.err) == (254, True)


def test_what_was_uploaded_for_a_share_that_was_refused_is_removed(
    person: Person, endpoint: Endpoint, client: Client, bucket: str
) -> None:
    """By a user who may do all with objects, and share none."""
    root = {"aws_access_key_id": endpoint.access_key_id, "aws_secret_access_key": endpoint.secret}
    iam = boto3.client("iam", endpoint_url=endpoint.url, region_name="us-east-1", **root)
    iam.create_user(UserName="uploader")
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="uploader", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="uploader")["AccessKey"]
    person.environment |= {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    person.write("x.txt", "x")
    person.write("folder/y.txt", "y")
    ran = person.run("share", "x.txt", "folder", "--bucket", bucket)
    assert (ran.code, ran.out) == (254, ""), str(ran)
    assert "AccessDenied) when calling the CreateShare operation" in ran.err
    assert keys_of(client, bucket) == []


def test_what_is_not_there_is_not_shared(person: Person, bucket: str) -> None:
    ran = person.run("share", f"s3://{bucket}/nothing")
    assert (ran.code, ran.out) == (254, "")
    assert "An error occurred (NoSuchKey) when calling the CreateShare operation" in ran.err


def test_shares_are_a_table_the_newest_first(person: Person, shared: str) -> None:
    first = share(person, shared, "--to", "ana", "--max-downloads", "5", "--raw")
    second = share(person, shared, "--expires-in", "3d", "--not-before", "1d")
    fetch(first["raw"])
    head, *lines = person.done("shares", "--key", shared).splitlines()
    assert re.split(r"  +", head) == ["ID", "WHAT", "TO", "STATE", "LEFT", "ENDS", "LAST USED"]
    rows = [re.split(r"  +", line) for line in lines]
    made = {one["share"]["id"]: one["share"]["created_at"] for one in (first, second)}
    times = [made.pop(row[0]) for row in rows]
    assert times == sorted(times, reverse=True)
    assert not made
    rows.sort(key=lambda row: row[0] != second["share"]["id"])  # both may be of one second
    assert rows[0][1:5] == [shared, "-", "not-yet", "any"]
    assert rows[1][1:5] == [shared, "ana", "active", "4 of 5"]
    assert re.fullmatch(r"2d 23h|3d", rows[0][5])
    assert re.fullmatch(r"59m( \d+s)?|1h", rows[1][5])
    assert (rows[0][6], rows[1][6].endswith(" ago")) == ("never", True)
    assert person.done("shares", "--key", shared, "--limit", "1").count("\n") == 2


def test_what_has_ended_is_listed_when_asked_for(person: Person, shared: str) -> None:
    made = share(person, shared)["share"]
    person.done("revoke", made["id"])
    ran = person.run("shares", "--key", shared)
    assert (ran.code, ran.out) == (0, "")
    assert "--all lists what ended" in ran.err
    (row,) = person.done("shares", "--key", shared, "--all").splitlines()[1:]
    assert "revoked" in row
    assert "taken back" in row
    (found,) = listed(person, shared, "--all")
    assert found["state"] == "revoked"


def test_one_share_is_shown_and_its_log_read(person: Person, shared: str) -> None:
    made = share(person, shared, "--raw", "--once", "--note", "one\ntwo")
    identity = made["share"]["id"]
    assert [fetch(made["raw"])[0] for _ in range(2)] == [200, 403]
    shown = person.done("shares", "show", identity)
    assert re.search(rf"^what: +{re.escape(shared)}$", shown, re.MULTILINE)
    assert re.search(r"^downloads: +1 of 1$", shown, re.MULTILINE)
    assert re.search(r"^note: +one\?two$", shown, re.MULTILINE)
    (told,) = documents(person.done("shares", "show", identity, "--json"))
    assert told["id"] == identity
    entries: list[dict[str, Any]] = []
    while len(entries) < 3:  # a use is written down within a second
        entries = documents(person.done("shares", "log", identity, "--json"))
    assert {entry["event"] for entry in entries} == {"issued", "used", "refused"}
    (used,) = (entry for entry in entries if entry["event"] == "used")
    assert (used["outcome"], used["bytes"], used["address"]) == ("completed", 13, "127.0.0.1")
    lines = person.done("shares", "log", identity).splitlines()
    assert lines[0].split() == ["WHEN", "WHAT", "OUTCOME", "BYTES", "WHO", "AGENT", "KEY"]
    assert len(lines) == 4
    assert any("Python-urllib" in line and "13 Bytes" in line for line in lines)
    assert person.done("shares", "log", identity, "--limit", "1").count("\n") == 2


def test_a_share_is_extended_and_shortened(person: Person, shared: str) -> None:
    made = share(person, shared, "--raw", "--once")
    identity = made["share"]["id"]
    assert [fetch(made["raw"])[0] for _ in range(2)] == [200, 403]
    assert person.done("extend", identity, "--max-downloads", "2").startswith(
        f"extended: {identity} {shared} until 2"
    )
    assert [fetch(made["raw"])[0] for _ in range(2)] == [200, 403]
    words = ("extend", identity, "--expires-at", "2099-01-01T00:00Z", "--json")
    (told,) = documents(person.done(*words))
    assert told["share"]["expires_at"] == "2099-01-01T00:00:00Z"
    person.done("revoke", identity)
    ran = person.run("extend", identity, "--expires-in", "1h")
    assert (ran.code, "ShareEnded" in ran.err) == (254, True)
    ran = person.run("extend", "0" * 16, "--expires-in", "1h")
    assert (ran.code, "NoSuchShare" in ran.err) == (254, True)


@pytest.mark.parametrize("word", ["share", "shares"])
def test_the_words_behind_share_are_commands_too(person: Person, shared: str, word: str) -> None:
    identity = share(person, shared)["share"]["id"]
    assert identity in person.done(word, "list", "--key", shared)
    assert identity in person.done(word, "ls", "--key", shared)
    assert identity in person.done(word, "show", identity)
    assert "issued" in person.done(word, "log", identity)
    assert identity in person.done(word, "extend", identity, "--expires-in", "2h")
    assert identity in person.done(word, "revoke", identity)
    assert "/s/" in person.done(word, "download", shared)


def test_what_one_has_shared_is_not_another_ones(
    person: Person, shared: str, endpoint: Endpoint
) -> None:
    identity = share(person, shared)["share"]["id"]
    person.environment["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE"
    for words in (("shares",), ("shares", "show", identity), ("revoke", identity)):
        ran = person.run(*words)
        assert (ran.code, ran.out) == (254, ""), str(ran)
        assert "InvalidAccessKeyId" in ran.err


@pytest.mark.parametrize("words", [("shares",), ("revoke", "--all"), ("extend", "0", "--raw")])
def test_without_a_server_it_is_said_how_to_name_one(
    stranger: Person, words: tuple[str, ...]
) -> None:
    ran = stranger.run(*words)
    assert (ran.code, ran.out) == (253, "")
    assert "AWS_ENDPOINT_URL" in ran.err


def other_s3(asked: Asked) -> Reply:
    """Another S3 server: it has buckets, and no ledger."""
    if asked.path.startswith("/-/"):
        return error("AccessDenied", 403)
    return Reply(200, b"", {"ETag": '"e"'})


@pytest.fixture
def elsewhere(stranger: Person) -> Person:
    """Somebody with a key, for a server that is named later."""
    stranger.environment |= {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    }
    return stranger


def test_another_s3_server_gets_the_file_and_the_link_is_signed_here(elsewhere: Person) -> None:
    elsewhere.write("a.txt", "a")
    with scripted(other_s3) as server:
        words = ("a.txt", "--expires-in", "1d", "--endpoint-url", server.url)
        ran = elsewhere.run("share", *words)
    assert ran.code == 0, str(ran)
    assert ran.out.startswith(f"{server.url}/narthex-share/")
    assert parameters(ran.out.strip())["X-Amz-Expires"] == ["86400"]
    assert f"{server.url} is no narthex server: such a link cannot be taken back." in ran.err
    assert re.search(r"narthex rm 's3://narthex-share/[0-9a-f]{8}/a\.txt'", ran.err)
    assert [line.partition("/narthex-share")[0] for line in server.lines] == [
        "GET /-/api/v1/shares",
        "PUT ",
        "PUT ",
    ]


def test_an_object_of_another_s3_server_is_signed_for_and_not_said_to_be_ours(
    elsewhere: Person,
) -> None:
    with scripted(other_s3) as server:
        words = ("s3://bucket/k", "--filename", "n.txt", "--json", "--endpoint-url", server.url)
        ran = elsewhere.run("share", *words)
    (document,) = documents(ran)
    assert (document["share"], document["link"]) == (None, None)
    assert parameters(document["raw"])["response-content-disposition"]
    assert "narthex rm" not in ran.err
    ran = elsewhere.run("share", "s3://bucket/k")
    assert ran.out.startswith("https://bucket.s3.amazonaws.com/k?")
    assert "AWS is no narthex server" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("a.txt", "--once"), 253, "--once: only a narthex server can keep to that"),
        (("a.txt", "--to", "a", "--note", "n"), 253, "--to, --note: only a narthex server"),
        (("a.txt", "--password"), 253, "--password: only a narthex server"),
        (("a.txt", "--expires-in", "8d"), 252, "at most 7 days"),
        (("folder",), 252, "tar czf folder.tgz folder"),
        (("s3://bucket/p/",), 252, "s3://bucket/p/ is a prefix"),
    ],
)
def test_what_another_s3_server_cannot_keep_is_refused_before_anything_is_sent(
    elsewhere: Person, words: tuple[str, ...], code: int, said: str
) -> None:
    elsewhere.write("a.txt", "a")
    elsewhere.write("folder/x", "x")
    with scripted(other_s3) as server:
        ran = elsewhere.run("share", *words, "--endpoint-url", server.url)
    assert (ran.code, ran.out) == (code, ""), str(ran)
    assert said in ran.err
    assert server.lines == ["GET /-/api/v1/shares"]


def test_a_thousand_are_issued_in_two_seconds(person: Person, client: Client, bucket: str) -> None:
    """Measured here with nothing else running: well under; the bound is for a busy machine."""
    put(client, bucket, "k")
    stdin = f"s3://{bucket}/k\0".encode() * 1000
    ran = person.run("share", "--stdin0", stdin=stdin)
    assert len(set(ran.out.splitlines())) == 1000


def test_the_listing_costs_no_more_imports_than_it_needs() -> None:
    program = (
        "import sys; sys.argv = ['narthex', 'shares', '--help'];"
        "from narthex.cli.main import run\n"
        "try: run()\nexcept SystemExit: pass\nprint(*sorted(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60, check=True
    )
    assert not set(ended.stderr.decode().split()) & {"urllib3", "rich", "segno", "ssl", "asyncio"}
