"""Find the access key to sign with: variables, AWS's files, or a program that prints one.

This file never shows a secret: only where it was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from narthex.cli.failure import CONFIGURATION, Failure
from narthex.cli.profiles import Section
from narthex.pure.sigv4 import Credentials

NONE_FOUND = (
    'Unable to locate credentials. You can configure credentials by running "narthex configure".'
)
# Ways of the aws CLI to get credentials that need AWS itself; it can hand the result to us.
_BY_AWS = ("role_arn", "sso_session", "sso_start_url", "login_session", "credential_source")


@dataclass(frozen=True, slots=True)
class Key:
    """credentials, the kind of place they come from and its name, and when they end (if known)."""

    credentials: Credentials
    kind: str  # "env", "shared-credentials-file", "config-file", "custom-process"
    place: str
    ends: datetime | None = None


def find_key(
    environment: Mapping[str, str],
    profile: str,
    section: Section,
    *,
    profile_was_asked_for: bool,
    files: tuple[str, str],
    in_credentials_file: bool,
) -> Key | None:
    """The first key found, in the aws CLI's order; None when there is none.

    A profile named on the command line beats the variables. files: the paths of the config and
    the credentials file, for `place`. Raises Failure for half a key or a program that fails.
    """
    if not profile_was_asked_for:
        key = _of_environment(environment)
        if key is not None:
            return key
    needs_aws = next((name for name in _BY_AWS if name in section), None)
    if "aws_access_key_id" in section and needs_aws is None:
        place = files[1] if in_credentials_file else files[0]
        kind = "shared-credentials-file" if in_credentials_file else "config-file"
        return _of_section(section, kind, place)
    if "credential_process" in section:
        from narthex.cli.credential_process import ask

        return ask(section["credential_process"])
    if needs_aws is not None:
        raise Failure(
            f"The profile ({profile}) gets its credentials by `{needs_aws}`, which only the aws "
            "CLI knows how to do. Make a profile that asks it:\n"
            f"credential_process = aws configure export-credentials --profile {profile}",
            CONFIGURATION,
        )
    return None


def _of_environment(environment: Mapping[str, str]) -> Key | None:
    access_key_id = environment.get("AWS_ACCESS_KEY_ID")
    if not access_key_id:
        return None
    secret = environment.get("AWS_SECRET_ACCESS_KEY")
    if not secret:
        raise _partial("env", "AWS_SECRET_ACCESS_KEY")
    token = environment.get("AWS_SESSION_TOKEN") or environment.get("AWS_SECURITY_TOKEN")
    ends = read_end(environment.get("AWS_CREDENTIAL_EXPIRATION"))
    return Key(Credentials(access_key_id, secret, token or None), "env", "AWS_ACCESS_KEY_ID", ends)


def _of_section(section: Section, kind: str, place: str) -> Key:
    secret = section.get("aws_secret_access_key")
    if not secret:
        raise _partial(kind, "aws_secret_access_key")
    token = section.get("aws_session_token") or section.get("aws_security_token")
    ends = read_end(section.get("aws_credential_expiration"))
    return Key(Credentials(section["aws_access_key_id"], secret, token or None), kind, place, ends)


def _partial(where: str, missing: str) -> Failure:
    return Failure(f"Partial credentials found in {where}, missing: {missing}", CONFIGURATION)


def read_end(text: str | None) -> datetime | None:
    """The moment a session ends, from ISO 8601 text with a zone; None when it does not say."""
    try:
        end = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return end if end.tzinfo is not None else None
