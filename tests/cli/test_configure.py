"""`narthex configure`: the aws CLI's prompts and files; `list`, `get`, `set`."""

from __future__ import annotations

import stat

import pytest

from tests.cli.conftest import KEY_ID, SECRET, Person

ANSWERS = f"{KEY_ID}\n{SECRET}\neu-central-1\njson\n".encode()


def test_the_prompts_and_the_files_are_awss(stranger: Person) -> None:
    out = stranger.done("configure", stdin=ANSWERS)
    assert out == (
        "AWS Access Key ID [None]: AWS Secret Access Key [None]: Default region name [None]: "
        "Default output format [None]: "
    )
    credentials = stranger.home / ".aws" / "credentials"
    assert credentials.read_text() == (
        f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    )
    config = stranger.home / ".aws" / "config"
    assert config.read_text() == "[default]\nregion = eu-central-1\noutput = json\n"
    for path in (credentials, config):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_enter_keeps_a_value_and_secrets_are_masked(stranger: Person) -> None:
    stranger.done("configure", stdin=ANSWERS)
    out = stranger.done("configure", stdin=b"\n\nus-west-2\n\n")
    assert out == (
        "AWS Access Key ID [****************MPLE]: AWS Secret Access Key [****************EKEY]: "
        "Default region name [eu-central-1]: Default output format [json]: "
    )
    assert "region = us-west-2" in (stranger.home / ".aws/config").read_text()
    assert SECRET in (stranger.home / ".aws/credentials").read_text()


def test_another_profile_is_another_section(stranger: Person) -> None:
    stranger.done("configure", stdin=ANSWERS)
    stranger.done("configure", "--profile", "dev two", stdin=b"\n\nus-west-1\n\n")
    assert (
        '[profile "dev two"]\nregion = us-west-1\n' in (stranger.home / ".aws/config").read_text()
    )
    assert stranger.done("configure", "list-profiles") == "dev two\ndefault\n"
    assert stranger.done("configure", "get", "region", "--profile", "dev two") == "us-west-1\n"


def test_a_temporary_key_is_asked_for_its_token(stranger: Person) -> None:
    out = stranger.done("configure", stdin=b"ASIAIOSFODNN7EXAMPLE\nsecret\ntok/+=\n\n\n")
    assert "AWS Session Token [None]: " in out
    assert "aws_session_token = tok/+=" in (stranger.home / ".aws/credentials").read_text()


def test_values_are_set_and_got(stranger: Person) -> None:
    stranger.done("configure", "set", "endpoint_url", "http://127.0.0.1:9000")
    stranger.done("configure", "set", "aws_access_key_id", KEY_ID)
    assert stranger.done("configure", "get", "endpoint_url") == "http://127.0.0.1:9000\n"
    assert KEY_ID in (stranger.home / ".aws/credentials").read_text()
    ran = stranger.run("configure", "get", "nothing")
    assert (ran.code, ran.out) == (1, "")
    stranger.write(".aws/config", "[default]\ns3 =\n  addressing_style = path\n")
    assert stranger.done("configure", "get", "s3.addressing_style") == "path\n"
    assert stranger.run("configure", "get", "s3").code == 1


@pytest.mark.parametrize(
    "words", [("set", "a b]", "x"), ("set", "s3.x", "y"), ("set", "x"), ("frobnicate",)]
)
def test_what_cannot_be_set_is_refused(stranger: Person, words: tuple[str, ...]) -> None:
    assert stranger.run("configure", *words).code == 252


def test_a_value_cannot_smuggle_in_another_setting(stranger: Person) -> None:
    ran = stranger.run("configure", "set", "region", "x\ncredential_process = evil")
    assert ran.code == 252
    assert not (stranger.home / ".aws").exists()


def test_the_list_says_where_values_come_from(stranger: Person) -> None:
    assert stranger.done("configure", "list") == (
        "      Name                    Value             Type    Location\n"
        "      ----                    -----             ----    --------\n"
        "   profile                <not set>             None    None\n"
        "access_key                <not set>             None    None\n"
        "secret_key                <not set>             None    None\n"
        "    region                <not set>             None    None\n"
    )
    stranger.done("configure", stdin=ANSWERS)
    stranger.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9000"
    out = stranger.done("configure", "list")
    assert SECRET not in out
    assert "access_key     ****************MPLE shared-credentials-file    \n" in out
    assert f"    region             eu-central-1      config-file    {stranger.home}/.aws" in out
    assert "  endpoint    http://127.0.0.1:9000              env    AWS_ENDPOINT_URL\n" in out


def test_an_end_of_input_is_a_failure(stranger: Person) -> None:
    ran = stranger.run("configure", stdin=b"")
    assert ran.code == 255
    assert "EOF when reading a line" in ran.err
    assert not (stranger.home / ".aws").exists()
