"""`narthex share`: a file becomes a link, with a server of its own or a configured one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from narthex.cli.client import Client
from narthex.cli.own_server import reachable, remove_left_behind
from tests.cli.conftest import Person
from tests.cli.test_cp import LARGE, keys_of
from tests.cli.test_presign import fetch

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_file_is_shared_by_a_server_of_its_own_until_ctrl_c(
    stranger: Person, number: signal.Signals
) -> None:
    stranger.write("Prometheus é.pptx", LARGE)
    words = ("Prometheus é.pptx", "--expires-in", "2h", "--raw", "--qr")
    with stranger.foreground("share", *words) as (url, running):
        assert url.startswith("http://127.0.0.1:")
        status, body, disposition = fetch(url)
        assert (status, body) == (200, LARGE)
        assert "filename*=UTF-8''Prometheus%20%C3%A9.pptx" in disposition
        folders = list((stranger.home / ".cache/narthex").iterdir())
        assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700]
        assert fetch(url.replace("X-Amz-Expires=7200", "X-Amz-Expires=7201"))[0] == 403
        assert running.stderr is not None
        said = ""
        while "Ctrl-C ends" not in said:
            said += running.stderr.readline()
        running.send_signal(number)
        said += running.stderr.read()
        assert running.wait(60) == 0
    assert "Prometheus é.pptx, 20.0 MiB" in said
    assert re.search(r"The link works until \w{3} \d\d \w{3} .* \(for 2 hours\)\.", said)
    assert "█" in said
    assert "Ctrl-C ends the sharing" in said
    assert "Stopped: nothing is shared any more." in said
    assert "Traceback" not in said
    assert list((stranger.home / ".cache/narthex").iterdir()) == []


def test_sharing_ends_with_the_link(stranger: Person) -> None:
    stranger.write("x", "x")
    ran = stranger.run("share", "x", "--expires-in", "1")
    assert ran.code == 0, str(ran)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/s/[\w-]{24}\n", ran.out)
    assert "█" not in ran.err  # stderr is no terminal here
    assert "Expired: nothing is shared any more." in ran.err


def test_the_public_url_is_the_links_and_is_what_is_signed(stranger: Person) -> None:
    stranger.write("x", "x")
    words = ("x", "--expires-in", "1", "--public-url", "https://files.example.org/")
    assert stranger.done("share", *words).startswith("https://files.example.org/s/")
    assert stranger.done("share", *words, "--raw").startswith(
        "https://files.example.org/narthex-share/"
    )


def test_a_short_link_of_our_own_server_opens_a_page_and_gives_curl_the_file(
    stranger: Person,
) -> None:
    stranger.write("x.txt", "what is in it")
    stranger.write("folder/a/b.txt", "deep")
    words = ("x.txt", "folder", "--expires-in", "8d", "--json")
    with stranger.foreground("share", *words) as (line, running):
        url = json.loads(line)["link"]
        assert fetch(url, accept="text/html")[0] == 200
        assert fetch(url, accept="application/octet-stream")[:2] == (200, b"what is in it")
        assert running.stdout is not None
        folder = json.loads(running.stdout.readline())
        assert folder["share"]["prefix"] is True
        assert b"b.txt" in fetch(folder["link"], accept="text/html")[1]


def test_a_link_for_others_names_an_address_of_this_computer(stranger: Person) -> None:
    stranger.write("x", "x")
    for words in (("--raw",), ()):
        with stranger.foreground("share", "x", "--listen", "0.0.0.0:0", *words) as (url, _):
            assert "//0.0.0.0" not in url
            assert fetch(url, accept="text/html")[0] == 200


def test_our_own_server_keeps_limits_too(stranger: Person) -> None:
    stranger.write("x", "x")
    with stranger.foreground("share", "x", "--once", "--raw") as (url, _):
        assert [fetch(url)[0] for _ in range(2)] == [200, 403]


def test_a_proxy_is_not_asked_for_our_own_server(stranger: Person) -> None:
    stranger.write("x", "x")
    stranger.environment |= {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    assert stranger.run("share", "x", "--expires-in", "1").code == 0


def test_settings_of_a_lasting_server_do_not_reach_it(stranger: Person) -> None:
    stranger.write("x", "x")
    stranger.environment |= {"NARTHEX_LISTEN": "nonsense", "NARTHEX_DATA": "/nowhere"}
    assert stranger.run("share", "x", "--expires-in", "1").code == 0


def test_a_configured_server_keeps_the_files(person: Person, client: Client) -> None:
    person.write("a.txt", "a")
    person.write("b.txt", "b")
    ran = person.run("share", "a.txt", "b.txt", "--expires-in", "1d", "--raw")
    assert ran.code == 0, str(ran)
    urls = ran.out.splitlines()
    assert [fetch(url)[1] for url in urls] == [b"a", b"b"]
    assert "The 2 links work until" in ran.err
    keys = [urlsplit(url).path.removeprefix("/narthex-share/") for url in urls]
    assert [key.rpartition("/")[2] for key in keys] == ["a.txt", "b.txt"]
    assert set(keys) <= set(keys_of(client, "narthex-share"))
    assert len(re.findall("narthex revoke [0-9a-f]{16}$", ran.err, re.MULTILINE)) == 2
    assert person.run("share", "a.txt", "--bucket", "another-bucket").code == 0
    assert len(keys_of(client, "another-bucket")) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pipe",), 255, "not a file that can be read"),
        (("empty",), 255, "empty holds no file. Nothing was shared."),
        (("x", "--listen", "nonsense"), 255, "the server did not come up"),
        (("x", "--password"), 252, "there is no terminal to ask on"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    stranger: Person, words: tuple[str, ...], code: int, said: str
) -> None:
    stranger.write("x", "x")
    (stranger.home / "empty").mkdir()
    os.mkfifo(stranger.home / "pipe")
    ran = stranger.run("share", *words, program=("setsid", "-w", sys.executable, "-m", "narthex"))
    assert (ran.code, ran.out) == (code, ""), str(ran)
    assert said in ran.err
    assert not list(stranger.home.glob(".cache/narthex/*"))


def test_a_wrong_key_shares_nothing(person: Person) -> None:
    person.write("x", "x")
    person.environment["AWS_SECRET_ACCESS_KEY"] = "wrong/secret/wrong/secret/wrong/secret12"
    ran = person.run("share", "x")
    assert (ran.code, ran.out) == (254, "")
    assert "SignatureDoesNotMatch" in ran.err


def test_the_address_of_others_is_not_the_one_of_all(stranger: Person) -> None:
    url = reachable("http://127.0.0.1:8000", "0.0.0.0:8000")
    assert re.fullmatch(r"http://\d+\.\d+\.\d+\.\d+:8000", url)
    assert "0.0.0.0" not in url
    assert reachable("http://192.0.2.7:8000", "192.0.2.7:8000") == "http://192.0.2.7:8000"


def test_what_a_killed_share_left_is_removed_and_what_runs_is_kept(stranger: Person) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    stranger.write(f"share-{ended.pid}-abc/secret", "x")
    stranger.write(f"share-{os.getpid()}-abc/secret", "x")
    stranger.write("share-mine/secret", "x")
    remove_left_behind(stranger.home)
    assert sorted(path.name for path in stranger.home.iterdir()) == [
        f"share-{os.getpid()}-abc",
        "share-mine",
    ]
