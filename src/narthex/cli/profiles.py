"""AWS's own files: `~/.aws/config` and `~/.aws/credentials`, read as botocore reads them.

This file never writes (see `profile_writer`) and never looks at a variable but the two that say
where the files are.
"""

from __future__ import annotations

import configparser
import os
import shlex
from collections.abc import Mapping

from narthex.cli.failure import CONFIGURATION, Failure

Section = dict[str, str]

DEFAULT = "default"


def config_path(environment: Mapping[str, str]) -> str:
    """Where the config file is."""
    return os.path.expanduser(environment.get("AWS_CONFIG_FILE") or "~/.aws/config")


def credentials_path(environment: Mapping[str, str]) -> str:
    """Where the shared credentials file is."""
    return os.path.expanduser(
        environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    )


def read_sections(path: str) -> dict[str, Section]:
    """The sections of one file, keys in lower case; none when there is no such file.

    A value on indented lines below its key keeps them, after a line break (see `nested`).
    Raises Failure when the file cannot be read or understood.
    """
    parser = configparser.RawConfigParser(default_section="", strict=False, allow_no_value=True)
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Failure(
            f"Unable to read config file: {path}: {error.strerror}", CONFIGURATION
        ) from error
    except (configparser.Error, UnicodeDecodeError) as error:
        raise Failure(f"Unable to parse config file: {path}", CONFIGURATION) from error
    return {
        name: {key: value or "" for key, value in parser.items(name)} for name in parser.sections()
    }


def nested(value: str) -> Section:
    """The `key = value` lines indented below a key, as in `s3 =` or in a `[services]` section."""
    found: Section = {}
    for line in value.splitlines():
        key, equals, text = line.partition("=")
        if equals:
            found[key.strip().lower()] = text.strip()
    return found


def of_kind(sections: Mapping[str, Section], kind: str) -> dict[str, Section]:
    """The sections `[kind name]`, by name; names may be quoted."""
    found: dict[str, Section] = {}
    for header, section in sections.items():
        try:
            words = shlex.split(header)
        except ValueError:
            continue
        if len(words) == 2 and words[0] == kind:
            found[words[1]] = section
    return found


def profiles_of(config: Mapping[str, Section], keys: Mapping[str, Section]) -> dict[str, Section]:
    """Every profile of both files; what the credentials file says wins."""
    found = {name: dict(section) for name, section in of_kind(config, "profile").items()}
    if DEFAULT in config:
        found[DEFAULT] = dict(config[DEFAULT])
    for name, section in keys.items():
        found[name] = {**found.get(name, {}), **section}
    return found
