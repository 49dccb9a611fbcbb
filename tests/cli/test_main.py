"""`narthex` itself: help, version, unknown words, options before the command, completion."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from narthex import __version__
from narthex.cli.main import COMMANDS, WITH_VALUE
from tests.cli.conftest import Person

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("words", [(), ("help",), ("--help",), ("-h",), ("s3",)])
def test_help_lists_every_command(stranger: Person, words: tuple[str, ...]) -> None:
    out = stranger.done(*words)
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\w", out, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(stranger: Person, name: str) -> None:
    out = stranger.done(name, "--help")
    assert out.startswith(f"usage: narthex {name}")
    if name != "serve":
        assert "examples:\n" in out
        assert stranger.done(name, "help") == out


def test_the_version_is_told(stranger: Person) -> None:
    assert stranger.done("--version").startswith(f"narthex/{__version__} Python/")


def test_an_unknown_word_is_252_and_the_near_one_is_named(stranger: Person) -> None:
    ran = stranger.run("presing", "s3://b/k")
    assert (ran.code, ran.out) == (252, "")
    assert "Did you mean `narthex presign`?" in ran.err


def test_options_may_stand_before_the_command_and_s3_between(person: Person, bucket: str) -> None:
    url = person.environment.pop("AWS_ENDPOINT_URL")
    assert bucket in person.done("--endpoint-url", url, "s3", "ls")
    assert bucket in person.done(f"--endpoint-url={url}", "--debug", "ls")


def test_debug_shows_no_secret(person: Person, bucket: str) -> None:
    ran = person.run("ls", bucket, "--debug")
    assert f"debug: GET {person.environment['AWS_ENDPOINT_URL']}/{bucket}?list-type=2" in ran.err
    assert person.environment["AWS_SECRET_ACCESS_KEY"] not in ran.err
    assert "Signature" not in ran.err


def test_the_global_options_with_a_value_are_the_parsers(stranger: Person) -> None:
    from narthex.cli.arguments import new_parser

    actions = new_parser("x", "x", usage="x")._actions
    with_value = {
        name
        for action in actions
        for name in action.option_strings
        if action.nargs is None and action.option_strings[0].startswith("--")
    }
    assert with_value == WITH_VALUE


def test_a_reader_that_goes_away_ends_the_command(person: Person) -> None:
    program = f"{sys.executable} -m narthex ls --help | head -c 1; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", program], env=person.variables, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode in (0, 141)
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_a_completion_script_knows_every_command(stranger: Person, shell: str) -> None:
    script = stranger.done("completion", shell)
    for name in COMMANDS:
        assert name in script
    if shell == "bash":
        bash = shutil.which("bash") or "bash"
        subprocess.run([bash, "-n"], input=script.encode(), check=True, timeout=60)


def test_importing_the_entry_costs_little() -> None:
    """What `presign` must not pay for is not imported by it."""
    program = (
        "import sys; sys.argv = ['narthex', 'presign', 's3://b/k'];"
        "from narthex.cli.main import run; run(); print(*sorted(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "HOME": "/nonexistent"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    loaded = set(ended.stdout.decode().split())
    heavy = {"urllib3", "rich", "segno", "shtab", "json", "logging", "asyncio", "ssl", "awscrt"}
    assert not loaded & heavy
    assert "narthex.presigner" in loaded
