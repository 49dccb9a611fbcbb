"""Change values in one of AWS's files and leave everything else, comments included, as it is.

The files hold secrets: they are written whole, mode 0600, and renamed into place.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping

from narthex.cli.failure import CONFIGURATION, USAGE, Failure

_HEADER = re.compile(r"\s*\[([^]]+)\]")
_OPTION = re.compile(r"([^\s#;=:][^=:]*?)\s*[=:]")


def section_name(profile: str) -> str:
    """The header of a profile in the config file (the credentials file has the bare name)."""
    if profile == "default":
        return profile
    return f'profile "{profile}"' if re.search(r"\s", profile) else f"profile {profile}"


def with_values(text: str, section: str, values: Mapping[str, str]) -> str:
    """The file's text with these values in this section, which is added at the end when absent.

    Raises Failure for a name or value with a line break: it would be read as another setting.
    """
    for part in (section, *values, *values.values()):
        if "\n" in part or "\r" in part:
            raise Failure("a setting cannot contain a line break", USAGE)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    left = dict(values)
    start = _find(lines, section)
    if start is None:
        lines += [f"[{section}]\n", *_written(left)]
        return "".join(lines)
    end = next((at for at in range(start, len(lines)) if _HEADER.match(lines[at])), len(lines))
    last = start
    for at in range(start, end):
        option = _OPTION.match(lines[at])  # an indented line belongs to the option above it
        if lines[at].strip() and not lines[at].lstrip().startswith(("#", ";")):
            last = at + 1
        if option is not None and option[1].lower() in left:
            lines[at] = f"{option[1]} = {left.pop(option[1].lower())}\n"
    lines[last:last] = _written(left)
    return "".join(lines)


def _find(lines: list[str], section: str) -> int | None:
    """The place behind the header of a section."""
    bare = section.replace('"', "")
    for at, line in enumerate(lines):
        header = _HEADER.match(line)
        if header is not None and header[1].replace('"', "").strip() == bare:
            return at + 1
    return None


def _written(values: Mapping[str, str]) -> list[str]:
    return [f"{name} = {value}\n" for name, value in values.items()]


def write_values(path: str, section: str, values: Mapping[str, str]) -> None:
    """Put values into a file, which is made (and its folder) when absent. Raises Failure."""
    path = os.path.realpath(path)  # a link into somebody's dotfiles stays a link
    folder = os.path.dirname(path)
    try:
        try:
            with open(path, encoding="utf-8") as file:
                before = file.read()
        except FileNotFoundError:
            before = ""
        text = with_values(before, section, values)
        os.makedirs(folder, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".narthex-")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"Unable to write {path}: {error}", CONFIGURATION) from error
