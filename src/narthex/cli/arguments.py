"""The argument parser every command starts from, with the aws CLI's global options.

This file never reads a configuration: it only turns words into a namespace.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from narthex.cli.failure import USAGE, Failure


class Parser(argparse.ArgumentParser):
    """Raises Failure where argparse would exit with 2, which means something else here."""

    def error(self, message: str) -> NoReturn:
        raise Failure(
            f"{self.format_usage()}\n{self.prog}: error: {message}\n{self.prog} --help tells more",
            USAGE,
        )


def new_parser(
    command: str, description: str, examples: Sequence[str] = (), *, usage: str
) -> Parser:
    """A parser with the global options.

    examples: whole command lines, shown under the help. usage: one line, without the program.
    """
    epilog = "examples:\n" + "\n".join(f"  {line}" for line in examples) if examples else None
    parser = Parser(
        prog=f"narthex {command}",
        usage=f"narthex {usage}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_globals(parser)
    return parser


def _add_globals(parser: Parser) -> None:
    group = parser.add_argument_group(
        "global options", "As for the aws CLI; AWS's own files and AWS_... variables are read too."
    )
    add = group.add_argument
    add("--profile", metavar="NAME", help="a profile of ~/.aws/config and ~/.aws/credentials")
    add("--region", metavar="NAME", help="the region to sign for")
    add("--endpoint-url", metavar="URL", help="the server to talk to, instead of AWS")
    add("--no-verify-ssl", dest="verify_ssl", action="store_false", help="accept any certificate")
    add("--ca-bundle", metavar="FILE", help="certificates to trust, as PEM")
    add("--no-sign-request", dest="sign", action="store_false", help="send no credentials")
    add("--debug", action="store_true", help="tell on stderr what is sent and answered")
    for name in ("--cli-read-timeout", "--cli-connect-timeout"):
        add(name, metavar="SECONDS", type=int, default=60, help=argparse.SUPPRESS)
    # Accepted so that scripts written for `aws s3` run; `aws s3` ignores them too.
    for name in ("--output", "--query", "--color"):
        add(name, help=argparse.SUPPRESS)
    add("--no-paginate", action="store_true", help=argparse.SUPPRESS)
    add("--no-cli-pager", action="store_true", help=argparse.SUPPRESS)


def tell(text: str) -> None:
    """One line for the person at the terminal: on stderr, so that stdout stays for results."""
    print(text, file=sys.stderr, flush=True)


def harmless(text: str) -> str:
    """Text for a terminal: control characters but the line break become `?`, as `ls` does it."""
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in text)


def payer_headers(flags: argparse.Namespace) -> list[tuple[str, str]]:
    """The header that --request-payer asks for."""
    return [("x-amz-request-payer", flags.request_payer)] if flags.request_payer else []
