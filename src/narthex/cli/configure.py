"""`narthex configure`: ask for key and region, and keep them where every AWS tool looks.

The secret is asked for as the aws CLI asks (shown while typed); this file never prints one whole.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from narthex.cli import arguments, profiles
from narthex.cli.failure import DONE, FAILED, GENERAL, USAGE, Failure
from narthex.cli.profiles import Section

PROMPTS = (
    ("aws_access_key_id", "AWS Access Key ID"),
    ("aws_secret_access_key", "AWS Secret Access Key"),
    ("aws_session_token", "AWS Session Token"),
    ("region", "Default region name"),
    ("output", "Default output format"),
)
# These are kept in the credentials file, everything else in the config file.
SECRETS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
NOT_SET = "<not set>"


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "configure",
        "Ask for access key, secret and region, and keep them in ~/.aws, where all AWS tools\n"
        "look. Enter keeps a value.",
        (
            "narthex configure",
            "narthex configure list",
            "narthex configure set endpoint_url http://127.0.0.1:9000 --profile home",
            "narthex configure get region",
        ),
        usage="configure [list | get NAME | set NAME VALUE | list-profiles] [--profile NAME]",
    )
    made.add_argument("words", nargs="*", metavar="WORD", help="what to do; nothing: ask")
    return made


def run(words: Sequence[str]) -> int:
    """Configure. Exit code 1 when `get` finds nothing."""
    flags = parser().parse_args(words)
    match flags.words:
        case []:
            return _ask(flags.profile)
        case ["list"]:
            from narthex.cli.configure_list import show

            return show(flags)
        case ["list-profiles"]:
            print(*_profiles(), sep="\n")
            return DONE
        case ["get", name]:
            return _get(name, flags.profile)
        case ["set", name, value]:
            return _set(name, value, flags.profile)
        case _:
            raise Failure(f"narthex configure: `{' '.join(flags.words)}` is not known", USAGE)


def _files() -> tuple[str, str]:
    return profiles.config_path(os.environ), profiles.credentials_path(os.environ)


def _profiles() -> dict[str, Section]:
    config, keys = (profiles.read_sections(path) for path in _files())
    return profiles.profiles_of(config, keys)


def _profile_name(flag: str | None) -> str:
    from_variables = os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE")
    return flag or from_variables or profiles.DEFAULT


def _ask(flag: str | None) -> int:
    profile = _profile_name(flag)
    known = _profiles().get(profile, {})
    new: Section = {}
    for name, prompt in PROMPTS:
        if name == "aws_session_token" and not _wants_token({**known, **new}):
            continue
        answer = _answer(prompt, known.get(name), hidden=name in SECRETS)
        if answer and answer != known.get(name):
            new[name] = answer
    _write(profile, new)
    return DONE


def _wants_token(section: Section) -> bool:
    """Temporary keys begin with ASIA, and are worth nothing without their token."""
    key_id = section.get("aws_access_key_id", "")
    return key_id.startswith("ASIA") or bool(section.get("aws_session_token"))


def _answer(prompt: str, known: str | None, *, hidden: bool) -> str:
    shown = masked(known) if hidden and known else known
    try:
        return input(f"{prompt} [{shown}]: ").strip()
    except EOFError as error:
        print()
        raise Failure("EOF when reading a line", GENERAL) from error


def masked(value: str) -> str:
    """A secret as the aws CLI shows it: 16 asterisks, then its last four characters."""
    return "*" * 16 + value[-4:]


def _write(profile: str, values: Section) -> None:
    from narthex.cli.profile_writer import section_name, write_values

    config, credentials = _files()
    kept = {name: value for name, value in values.items() if name in SECRETS}
    rest = {name: value for name, value in values.items() if name not in SECRETS}
    if kept:
        write_values(credentials, profile, kept)
    if rest:
        write_values(config, section_name(profile), rest)


def _get(name: str, flag: str | None) -> int:
    section = _profiles().get(_profile_name(flag), {})
    outer, dot, inner = name.partition(".")
    value = profiles.nested(section.get(outer, "")).get(inner) if dot else section.get(name)
    if not value or "\n" in value:
        return FAILED
    sys.stdout.write(value + "\n")
    return DONE


def _set(name: str, value: str, flag: str | None) -> int:
    if not name or "." in name or name != name.strip() or any(char in "[]=:#;" for char in name):
        raise Failure(f"narthex configure set: `{name}` is not the name of a plain setting", USAGE)
    _write(_profile_name(flag), {name.lower(): value})
    return DONE
