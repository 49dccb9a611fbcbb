"""Write docs/settings.md, operations.md, errors.md, iam.md and cli.md from the code.

The code is the source: what is true there is written here, and tests/test_docs.py fails when the
pages differ from it. This file never writes anything else.
"""

from __future__ import annotations

import argparse
import pkgutil
import sys
import textwrap
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from narthex.cli import main
from narthex.config import Settings
from narthex.errors import ERRORS
from narthex.iam.service import IAM
from narthex.query_api.errors import QUERY_ERRORS
from narthex.s3 import operations as every_operation
from narthex.s3.operation import Operation, declared
from narthex.s3.route import CONTROL, SUBRESOURCES
from narthex.sts.service import STS

DOCS = Path(__file__).parent.parent / "docs"
NOTE = "<!-- Written by `make docs` from {source}: change that, not this page. -->"
Row = tuple[str, ...]


def table(head: Row, rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines)


def cell(text: str) -> str:
    """Text that cannot end its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def page(title: str, source: str, *parts: str) -> str:
    """A whole page. Paragraphs are filled; tables and headings stay as they are."""
    filled = [part if part[0] in "|#" else textwrap.fill(part, 100) for part in parts]
    return "\n\n".join([f"# {title}", NOTE.format(source=source), *filled]) + "\n"


def settings() -> str:
    """Every setting: as a flag, as a variable, as a key."""
    rows = [
        (
            f"`{item.name}`",
            f"`--{item.name.replace('_', '-')}`",
            f"`NARTHEX_{item.name.upper()}`",
            shown(item.default),
            item.metadata["help"],
        )
        for item in fields(Settings)
    ]
    return page(
        "Settings of the server",
        "`src/narthex/config.py`",
        "A setting is a flag of `narthex serve`, else a variable, else a key in the TOML file "
        "that `--config` (or `NARTHEX_CONFIG`) names, else the default. Sizes are bytes, times "
        "seconds. Lists are repeated flags, comma-separated in a variable, arrays in TOML.",
        table(("key", "flag", "variable", "default", "what it is"), rows),
        "The root key is no setting: it is made at the first start and kept in the data folder, "
        "in the file `credentials` (mode 0600). `NARTHEX_ROOT_ACCESS_KEY_ID` and "
        "`NARTHEX_ROOT_SECRET_ACCESS_KEY`, set together, take its place.",
    )


def shown(default: object) -> str:
    """A default as one would write it."""
    if default in ("", ()):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def operations() -> str:
    """Every operation that is answered, and every sub-resource that is not."""
    for module in pkgutil.iter_modules(every_operation.__path__):
        import_module(f"{every_operation.__name__}.{module.name}")
    found = sorted(declared().values(), key=lambda item: item.name)
    rows = [
        (item.name, f"`{request(item)}`", f"`{item.action}`", first_line(item.run))
        for item in found
    ]
    answered = {item.selector.partition("&")[0] for item in found}
    missing = ", ".join(f"`{name}`" for name in sorted(SUBRESOURCES - answered))
    return page(
        "Operations",
        "`src/narthex/s3/operations/`",
        table(("operation", "request", "action", "what it does"), rows),
        "A sub-resource that S3 knows and narthex does not have yet answers `NotImplemented` "
        f"(501), never the plain operation: {missing}.",
    )


def request(item: Operation) -> str:
    """The request line of an operation, roughly."""
    place = {
        "service": "/",
        "account": CONTROL,
        "bucket": "/bucket",
        "object": "/bucket/key",
    }[item.target]
    selector = item.selector.removesuffix("&copy").removesuffix("copy")
    source = " + x-amz-copy-source" if item.selector.endswith("copy") else ""
    return f"{item.method} {place}{'?' + selector if selector else ''}{source}"


def first_line(run: Callable[..., object]) -> str:
    """What an operation's file says of it, without its name."""
    text = (sys.modules[run.__module__].__doc__ or "").splitlines()[0]
    return text.partition(": ")[2].rstrip(".")


def errors() -> str:
    """Every refusal with its status and its usual words."""
    rows = [
        (f"`{code}`", str(status), message) for code, (status, message) in sorted(ERRORS.items())
    ]
    return page(
        "Errors",
        "`src/narthex/errors.py`",
        "A refusal is an XML document with `Code`, `Message`, what else helps (`Key`, "
        "`ArgumentName`, ...), `RequestId` and `HostId`. A browser gets a page that says the "
        "same. The message below is the usual one; where S3 has another for a special case, that "
        "one is sent.",
        table(("code", "status", "message"), rows),
    )


def identity() -> str:
    """Every action of IAM and STS with its parameters, and every refusal with its status."""
    parts = [
        "Asked for by `POST /` with a form, signed for the service `iam` or `sts`, as every AWS "
        "client does. Each action of IAM must be allowed by the caller's policies under its own "
        "name, and what a form names is looked for in the caller's account only. A parameter that "
        "an action does not know is refused, never ignored.",
    ]
    for service in (IAM, STS):
        rows = [
            (item.name, listed(item.needs), listed(set(item.rules) - set(item.needs)))
            for item in sorted(service.declared().values(), key=lambda item: item.name)
        ]
        parts.append(f"## {service.name.upper()}, API version {service.version}")
        parts.append(table(("action", "needs", "takes"), rows))
    parts += [
        "Differences from AWS, all on the side of saying no: temporary keys end with the permanent "
        "key that they came from, when it is deactivated or deleted; GetAccessKeyInfo tells of the "
        "caller's own account only; there is no second factor, so none is accepted.",
        "## Refusals",
        table(
            ("code", "status"),
            [(f"`{code}`", str(status)) for code, status in sorted(QUERY_ERRORS.items())],
        ),
    ]
    return page("IAM and STS", "`src/narthex/iam/` and `src/narthex/sts/`", *parts)


def listed(names: Collection[str]) -> str:
    """Names of parameters in a cell."""
    return ", ".join(f"`{name}`" for name in sorted(names))


def command_line() -> str:
    """Every command with its arguments."""
    parts = [
        "Where `aws s3` has a command of the same name, it takes the same arguments and prints "
        "the same lines. Results go to stdout, everything else to stderr. Exit codes are those of "
        "aws CLI v2: 0 done, 1 a transfer failed or nothing was found, 2 files were skipped, 130 "
        "Ctrl-C, 252 wrong usage, 253 no or bad configuration, 254 refused by the server, 255 all "
        "else. Beside them, 3: a verdict wants to be confirmed; 4: it refuses.",
    ]
    for name, (module, text) in main.COMMANDS.items():
        parser: argparse.ArgumentParser = import_module(f"narthex.cli.{module}").parser()
        parts += [f"## narthex {name}", f"{text[0].upper()}{text[1:]}."]
        parts.append(table(("argument", "what it does"), arguments(parser, general=False)))
    parser = import_module("narthex.cli.ls").parser()
    parts.append("## Options of every command but `serve`")
    parts.append(table(("option", "what it does"), arguments(parser, general=True)))
    return page("Command line", "`src/narthex/cli/`", *parts)


def arguments(parser: argparse.ArgumentParser, *, general: bool) -> list[Row]:
    """The arguments of one command: those of its own, or those that all commands share."""
    rows: list[Row] = []
    for group in parser._action_groups:
        if (group.title == "global options") != general:
            continue
        for action in group._group_actions:
            if action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction):
                continue
            rows.append((f"`{written(action)}`", (action.help or "").replace("%%", "%")))
    return rows


def written(action: argparse.Action) -> str:
    """An argument as it is written on the command line."""
    value = action.metavar or ""
    if not value and action.nargs != 0:
        value = "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
    value = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        return f"[{value}]" if action.nargs in ("?", "*") else value
    optional = f"[{value}]" if action.nargs in ("?", "*") else value
    return f"{', '.join(action.option_strings)} {optional}".rstrip()


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {
        "settings.md": settings(),
        "operations.md": operations(),
        "errors.md": errors(),
        "iam.md": identity(),
        "cli.md": command_line(),
    }


if __name__ == "__main__":
    for file, text in pages().items():
        (DOCS / file).write_text(text, "utf-8")
        print(f"docs/{file}")
