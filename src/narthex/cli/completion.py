"""`narthex completion`: a script that teaches a shell our commands and options, by shtab."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

from narthex.cli import arguments
from narthex.cli.failure import DONE

SHELLS = ("bash", "zsh", "fish", "tcsh")


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "completion",
        "Print a completion script for your shell.",
        (
            'eval "$(narthex completion bash)"      # in ~/.bashrc',
            "narthex completion zsh > ~/.zfunc/_narthex",
            "narthex completion fish > ~/.config/fish/completions/narthex.fish",
        ),
        usage=f"completion {{{','.join(SHELLS)}}}",
    )
    made.add_argument("shell", choices=SHELLS, help="the shell to write for")
    return made


def run(words: Sequence[str]) -> int:
    """Print the script."""
    flags = parser().parse_args(words)
    import shtab

    print(shtab.complete(whole_parser(), shell=flags.shell))
    return DONE


def whole_parser() -> argparse.ArgumentParser:
    """One parser with every command below it."""
    import shtab

    from narthex.cli.main import COMMANDS

    whole = argparse.ArgumentParser("narthex")
    whole.add_argument("--version", action="store_true", help="print the version")
    below = whole.add_subparsers(dest="command")
    for name, (module, text) in COMMANDS.items():
        made: argparse.ArgumentParser = import_module(f"narthex.cli.{module}").parser()
        for action in made._actions:
            if action.dest in ("paths", "files", "where", "ca_bundle", "config"):
                action.complete = shtab.FILE  # type: ignore[attr-defined]
        below.add_parser(name, parents=[made], add_help=False, help=text)
    return whole
