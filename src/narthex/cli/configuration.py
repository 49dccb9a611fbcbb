"""What a command runs with: endpoint, region, key, trust; from flags, variables and AWS's files.

This file never touches the network, and reads no place of our own: AWS's places are enough.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from narthex.cli import profiles
from narthex.cli.credentials import NONE_FOUND, Key, find_key
from narthex.cli.failure import CONFIGURATION, GENERAL, Failure
from narthex.cli.profiles import Section
from narthex.pure.sigv4 import Credentials

if TYPE_CHECKING:
    from narthex.pure.endpoints import Style

STYLES = ("auto", "path", "virtual")
DEFAULT_REGION = "us-east-1"  # what AWS's own tools sign for when nobody says


@dataclass(frozen=True, slots=True)
class Found:
    """A value, the kind of place it comes from, and the place, as `configure list` shows them."""

    value: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """region: None when nobody said. endpoint: None means AWS. key: None when there is none.

    s3: the `s3 =` settings of the profile (addressing_style, multipart_chunksize, ...).
    """

    profile: Found
    region: Found | None
    endpoint: Found | None
    key: Key | None
    s3: Section = field(default_factory=dict)
    sign: bool = True
    verify_ssl: bool = True
    ca_bundle: str = ""
    checksums: bool = True
    connect_timeout: int = 60
    read_timeout: int = 60
    debug: bool = False

    @property
    def signing_region(self) -> str:
        """The region of the credential scope."""
        return self.region.value if self.region else DEFAULT_REGION

    @property
    def endpoint_url(self) -> str | None:
        """The server's URL without a slash at its end; None means AWS."""
        return self.endpoint.value.rstrip("/") if self.endpoint else None

    @property
    def addressing_style(self) -> Style:
        """Whether the bucket is in the host name."""
        style = self.s3.get("addressing_style")
        return "path" if style == "path" else "virtual" if style == "virtual" else "auto"

    @property
    def credentials(self) -> Credentials | None:
        """The key to sign with; None only under --no-sign-request. Raises Failure without a key."""
        if not self.sign:
            return None
        if self.key is None:
            raise Failure(NONE_FOUND, CONFIGURATION)
        return self.key.credentials


def read_configuration(
    flags: argparse.Namespace, environment: Mapping[str, str] | None = None
) -> Configuration:
    """Everything a command needs to know, in the aws CLI's order of precedence.

    Raises Failure for an unknown profile, a file that cannot be read, half a key, a bad endpoint.
    """
    environment = os.environ if environment is None else environment
    files = (profiles.config_path(environment), profiles.credentials_path(environment))
    config, keys = (profiles.read_sections(path) for path in files)
    profile = _profile(flags.profile, environment)
    known = profiles.profiles_of(config, keys)
    if profile.value not in known and profile.kind != "default":
        raise Failure(f"The config profile ({profile.value}) could not be found", CONFIGURATION)
    section = known.get(profile.value, {})
    services = profiles.of_kind(config, "services").get(section.get("services", ""), {})
    key = None
    if flags.sign:
        key = find_key(
            environment,
            profile.value,
            section,
            profile_was_asked_for=flags.profile is not None,
            files=files,
            in_credentials_file="aws_access_key_id" in keys.get(profile.value, {}),
        )
    return Configuration(
        profile=profile,
        region=_region(flags.region, environment, section, files[0]),
        endpoint=_endpoint(flags.endpoint_url, environment, section, services, files[0]),
        key=key,
        s3=_s3_settings(section),
        sign=flags.sign,
        verify_ssl=flags.verify_ssl,
        ca_bundle=flags.ca_bundle
        or environment.get("AWS_CA_BUNDLE")
        or section.get("ca_bundle")
        or environment.get("REQUESTS_CA_BUNDLE", ""),
        checksums=_wants_checksums(environment, section),
        connect_timeout=flags.cli_connect_timeout,
        read_timeout=flags.cli_read_timeout,
        debug=flags.debug,
    )


def _profile(flag: str | None, environment: Mapping[str, str]) -> Found:
    if flag is not None:
        return Found(flag, "manual", "--profile")
    for name in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE"):
        if environment.get(name):
            return Found(environment[name], "env", name)
    return Found(profiles.DEFAULT, "default", "")


def _region(
    flag: str | None, environment: Mapping[str, str], section: Section, file: str
) -> Found | None:
    if flag:
        return Found(flag, "manual", "--region")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if environment.get(name):
            return Found(environment[name], "env", name)
    if section.get("region"):
        return Found(section["region"], "config-file", file)
    return None


def _endpoint(
    flag: str | None,
    environment: Mapping[str, str],
    section: Section,
    services: Section,
    file: str,
) -> Found | None:
    found: Found | None = None
    if flag:
        found = Found(flag, "manual", "--endpoint-url")
    elif not _is_true(
        environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        or section.get("ignore_configured_endpoint_urls", "")
    ):
        found = _configured_endpoint(environment, section, services, file)
    if found is not None:
        _check_endpoint(found.value)
    return found


def _configured_endpoint(
    environment: Mapping[str, str], section: Section, services: Section, file: str
) -> Found | None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        if environment.get(name):
            return Found(environment[name], "env", name)
    url = profiles.nested(services.get("s3", "")).get("endpoint_url") or section.get("endpoint_url")
    return Found(url, "config-file", file) if url else None


def _check_endpoint(url: str) -> None:
    from narthex.pure.endpoints import Endpoint

    try:
        Endpoint(None, url, "path")
    except ValueError as error:
        raise Failure(str(error), GENERAL) from error


def _s3_settings(section: Section) -> Section:
    settings = profiles.nested(section.get("s3", ""))
    style = settings.setdefault("addressing_style", "auto")
    if style not in STYLES:
        raise Failure(
            f"The addressing_style of a profile is one of {', '.join(STYLES)}, not `{style}`",
            CONFIGURATION,
        )
    return settings


def _wants_checksums(environment: Mapping[str, str], section: Section) -> bool:
    said = environment.get("AWS_REQUEST_CHECKSUM_CALCULATION") or section.get(
        "request_checksum_calculation", ""
    )
    return said.lower() != "when_required"


def _is_true(text: str) -> bool:
    return text.strip().lower() == "true"
