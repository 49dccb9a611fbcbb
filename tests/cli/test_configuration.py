"""What a command runs with: flags over variables over files, as AWS's tools have it."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from narthex.cli.arguments import new_parser
from narthex.cli.configuration import Configuration, read_configuration
from narthex.cli.failure import Failure

CONFIG = """
[default]
region = of-default
endpoint_url = http://of-default
[profile dev]
region = of-dev
services = local
s3 =
  addressing_style = virtual
[profile process]
credential_process = {python} -c "print('{json}')"
[profile role]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = default
[profile ignoring]
endpoint_url = http://ignored
ignore_configured_endpoint_urls = true
[profile odd]
s3 =
  addressing_style = sideways
[services local]
s3 =
  endpoint_url = http://of-services
"""
KEYS = """
[default]
aws_access_key_id = AKIAOFDEFAULT
aws_secret_access_key = secret-of-default
[dev]
aws_access_key_id = AKIAOFDEV
aws_secret_access_key = secret-of-dev
aws_session_token = token-of-dev
[half]
aws_access_key_id = AKIAOFHALF
"""
JSON = (
    '{\\"Version\\": 1, \\"AccessKeyId\\": \\"ASIAOFPROCESS\\", \\"SecretAccessKey\\": \\"s\\", '
    '\\"SessionToken\\": \\"t\\", \\"Expiration\\": \\"2026-11-24T12:00:00Z\\"}'
)
IN_VARIABLES = {"AWS_ACCESS_KEY_ID": "AKIAOFENV", "AWS_SECRET_ACCESS_KEY": "secret-of-env"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Variables that lead to files with several profiles."""
    config, keys = tmp_path / "config", tmp_path / "credentials"
    config.write_text(CONFIG.format(python=sys.executable, json=JSON))
    keys.write_text(KEYS)
    return {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(keys)}


def flags(*words: str) -> argparse.Namespace:
    """The global options of a command line."""
    return new_parser("x", "x", usage="x").parse_args(words)


def read(files: dict[str, str], *words: str, **variables: str) -> Configuration:
    """The configuration of a command line and an environment."""
    return read_configuration(flags(*words), {**files, **variables})


def key_id(configuration: Configuration) -> str:
    """The access key that was found."""
    assert configuration.key is not None
    return configuration.key.credentials.access_key_id


def test_the_default_profile_is_read(files: dict[str, str]) -> None:
    found = read(files)
    assert found.signing_region == "of-default"
    assert found.endpoint_url == "http://of-default"
    assert key_id(found) == "AKIAOFDEFAULT"
    assert found.key is not None
    assert found.key.kind == "shared-credentials-file"
    assert found.addressing_style == "auto"


def test_nothing_configured_is_aws_in_us_east_1_without_a_key(tmp_path: Path) -> None:
    found = read_configuration(
        flags(),
        {
            "HOME": str(tmp_path),
            "AWS_CONFIG_FILE": "/nowhere",
            "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
        },
    )
    assert (found.signing_region, found.endpoint_url, found.key) == ("us-east-1", None, None)
    with pytest.raises(Failure, match="Unable to locate credentials") as caught:
        _ = found.credentials
    assert caught.value.exit_code == 253


@pytest.mark.parametrize(
    ("words", "variables", "region"),
    [
        (("--region", "of-flag"), {"AWS_REGION": "r", "AWS_DEFAULT_REGION": "d"}, "of-flag"),
        ((), {"AWS_REGION": "of-region", "AWS_DEFAULT_REGION": "d"}, "of-region"),
        ((), {"AWS_DEFAULT_REGION": "of-default-region"}, "of-default-region"),
        (("--profile", "dev"), {}, "of-dev"),
        ((), {"AWS_PROFILE": "dev"}, "of-dev"),
    ],
)
def test_the_region_is_the_flags_then_the_variables_then_the_files(
    files: dict[str, str], words: tuple[str, ...], variables: dict[str, str], region: str
) -> None:
    assert read(files, *words, **variables).signing_region == region


@pytest.mark.parametrize(
    ("words", "variables", "url"),
    [
        (("--endpoint-url", "http://flag"), {"AWS_ENDPOINT_URL_S3": "http://s3"}, "http://flag"),
        ((), {"AWS_ENDPOINT_URL_S3": "http://s3", "AWS_ENDPOINT_URL": "http://all"}, "http://s3"),
        ((), {"AWS_ENDPOINT_URL": "http://all/"}, "http://all"),
        (("--profile", "dev"), {}, "http://of-services"),
        ((), {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, None),
        ((), {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE", "AWS_ENDPOINT_URL": "http://x"}, None),
        (
            ("--endpoint-url", "http://flag"),
            {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "http://flag",
        ),
        (("--profile", "ignoring"), {}, None),
    ],
)
def test_the_endpoint_is_the_flags_then_the_variables_then_the_files(
    files: dict[str, str], words: tuple[str, ...], variables: dict[str, str], url: str | None
) -> None:
    assert read(files, *words, **variables).endpoint_url == url


@pytest.mark.parametrize(
    ("words", "variables", "found"),
    [
        ((), IN_VARIABLES, "AKIAOFENV"),
        (("--profile", "dev"), IN_VARIABLES, "AKIAOFDEV"),
        ((), {**IN_VARIABLES, "AWS_PROFILE": "dev"}, "AKIAOFENV"),
        ((), {"AWS_PROFILE": "dev"}, "AKIAOFDEV"),
        (("--profile", "process"), {}, "ASIAOFPROCESS"),
    ],
)
def test_the_key_is_of_a_named_profile_then_of_the_variables_then_of_the_files(
    files: dict[str, str], words: tuple[str, ...], variables: dict[str, str], found: str
) -> None:
    assert key_id(read(files, *words, **variables)) == found


def test_a_token_and_its_end_are_found(files: dict[str, str]) -> None:
    key = read(files, "--profile", "dev").key
    assert key is not None
    assert key.credentials.session_token == "token-of-dev"
    key = read(files, "--profile", "process").key
    assert key is not None
    assert key.ends == datetime(2026, 11, 24, 12, tzinfo=UTC)
    key = read(files, **IN_VARIABLES, AWS_SESSION_TOKEN="t").key
    assert key is not None
    assert key.credentials.session_token == "t"


def test_the_settings_of_s3_are_read(files: dict[str, str]) -> None:
    assert read(files, "--profile", "dev").addressing_style == "virtual"


@pytest.mark.parametrize(
    ("words", "variables", "code", "said"),
    [
        (("--profile", "nope"), {}, 253, r"The config profile \(nope\) could not be found"),
        ((), {"AWS_PROFILE": "nope"}, 253, "could not be found"),
        (("--profile", "role"), {}, 253, "credential_process = aws configure export-credentials"),
        (("--profile", "odd"), {}, 253, "addressing_style"),
        (("--profile", "half"), {}, 253, "Partial credentials found in shared-credentials-file"),
        ((), {"AWS_ACCESS_KEY_ID": "x"}, 253, "Partial credentials found in env"),
        (("--endpoint-url", "localhost:9000"), {}, 255, "Invalid endpoint: localhost:9000"),
        (("--endpoint-url", "ftp://x"), {}, 255, "Invalid endpoint"),
        (("--endpoint-url", "http://"), {}, 255, "Invalid endpoint"),
        (("--endpoint-url", "http://x:99999"), {}, 255, "Invalid endpoint"),
        (("--endpoint-url", "http://x/?q"), {}, 255, "Invalid endpoint"),
    ],
)
def test_what_cannot_be_used_is_refused(
    files: dict[str, str],
    words: tuple[str, ...],
    variables: dict[str, str],
    code: int,
    said: str,
) -> None:
    with pytest.raises(Failure, match=said) as caught:
        read(files, *words, **variables)
    assert caught.value.exit_code == code


@pytest.mark.parametrize(
    "program",
    [
        "/no/such/program",
        "false",
        "echo not json",
        "echo {}",
        "echo []",
        'echo {"Version":2,"AccessKeyId":"a","SecretAccessKey":"b"}',
        "'unclosed",
    ],
)
def test_a_program_that_prints_no_credentials_is_a_failure(tmp_path: Path, program: str) -> None:
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {program}\n")
    with pytest.raises(Failure, match="Error when retrieving credentials from custom-process"):
        read_configuration(
            flags(), {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
        )


def test_no_key_is_looked_for_when_nothing_is_signed(files: dict[str, str]) -> None:
    found = read(files, "--profile", "half", "--no-sign-request")
    assert found.credentials is None


def test_a_configuration_does_not_show_its_secret(files: dict[str, str]) -> None:
    assert "secret-of-default" not in repr(read(files))
