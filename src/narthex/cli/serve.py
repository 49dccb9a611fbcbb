"""`narthex serve`: run the server in the foreground; and `embedded`, the same as a child process.

The only command that imports the server; everything else speaks to one over the wire.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narthex.config import Settings
    from narthex.supervisor import Started

CONFIG_ERROR = 253
SERVICE_ERROR = 254
READY_TIMEOUT = 60.0  # seconds a child may take until it answers
END_TIMEOUT = 20.0  # seconds a child may take to end before it is killed


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that answers this machine at `url`, and its root's key. pid: its supervisor's."""

    url: str
    access_key_id: str
    secret: str = field(repr=False)
    pid: int


def parser() -> argparse.ArgumentParser:
    """The command's arguments: every setting is a flag."""
    from narthex.cli.arguments import Parser
    from narthex.config import Settings

    made = Parser(
        prog="narthex serve",
        description="Serve a private object store that AWS tools cannot tell from S3.",
        epilog="Every flag has a variable NARTHEX_<NAME> and a key in narthex.toml.",
    )
    made.add_argument("--config", metavar="FILE", help="a TOML file with settings")
    for item in fields(Settings):
        _add_flag(made, item.name, item.default, item.metadata["help"])
    made.add_argument("--ready-fd", type=int, default=-1, help=argparse.SUPPRESS)
    made.add_argument("--lifeline-fd", type=int, default=-1, help=argparse.SUPPRESS)
    return made


def _add_flag(made: argparse.ArgumentParser, name: str, default: Any, text: str) -> None:
    flag = "--" + name.replace("_", "-")
    shown = ",".join(default) if isinstance(default, tuple) else default
    text = f"{text} (default: {shown})" if shown not in ("", None) else text
    text = text.replace("%", "%%")
    if isinstance(default, bool):
        made.add_argument(
            flag, dest=name, action=argparse.BooleanOptionalAction, default=None, help=text
        )
    elif isinstance(default, tuple):
        made.add_argument(flag, dest=name, action="append", metavar="NAME", help=text)
    else:
        made.add_argument(flag, dest=name, metavar="VALUE", help=text)


def run(arguments: Sequence[str]) -> int:
    """Serve until SIGINT or SIGTERM. Exit codes: 0, 253 for a bad setting, 254 for a bad store."""
    from narthex import bootstrap, logs
    from narthex.config import SettingError, load
    from narthex.errors import StoreError

    given = parser().parse_args(arguments)
    flags = {
        name: value
        for name, value in vars(given).items()
        if value is not None and name not in ("config", "ready_fd", "lifeline_fd")
    }
    try:
        settings = load(flags, os.environ, given.config)
        chosen = bootstrap.key_of(os.environ)
    except SettingError as error:
        print(f"narthex: {error}", file=sys.stderr)
        return CONFIG_ERROR
    logs.set_up()
    if given.lifeline_fd >= 0:
        _end_with(given.lifeline_fd)
    return _serve(settings, chosen, given.ready_fd, (SettingError, StoreError))


def _serve(settings: Settings, chosen: Any, ready_fd: int, refusals: Any) -> int:
    from narthex import supervisor
    from narthex.config import SettingError

    def told(started: Started) -> None:
        if ready_fd >= 0:
            with os.fdopen(ready_fd, "w") as pipe:
                pipe.write(json.dumps({"url": started.local}))
        else:
            _greet(started, settings)

    try:
        supervisor.serve(settings, chosen, told)
    except refusals as error:
        print(f"narthex: {error}", file=sys.stderr)
        return CONFIG_ERROR if isinstance(error, SettingError) else SERVICE_ERROR
    except KeyboardInterrupt:
        pass
    return 0


def _greet(started: Started, settings: Settings) -> None:
    """What a person wants to know once it runs. The secret is shown this one time."""
    lines = [f"narthex serves {settings.folder} at {started.url}", ""]
    if started.key is not None:
        lines += [
            "  This is the first start, so here is your root key. It is shown only now",
            f"  and kept in {started.key_file} (readable by you alone).",
            "",
            f"    export AWS_ACCESS_KEY_ID={started.key.id}",
            f"    export AWS_SECRET_ACCESS_KEY={started.key.secret}",
            f"    export AWS_ENDPOINT_URL={started.url}",
            "",
            "  Then:  aws s3 mb s3://my-secrets     or     narthex mb s3://my-secrets",
            "",
        ]
    lines.append("Ctrl-C stops it.")
    print("\n".join(lines), file=sys.stderr, flush=True)


def _end_with(lifeline: int) -> None:
    """End when the other end of a pipe is closed: a child does not outlive who started it."""

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def embedded(
    data: str | os.PathLike[str],
    listen: str = "127.0.0.1:0",
    public_url: str = "",
    extra: Sequence[str] = (),
    environment: dict[str, str] | None = None,
    log: IO[bytes] | int | None = None,
) -> Iterator[Endpoint]:
    """A server as a child process: it answers inside the block and has ended after it.

    data: its data folder, made when absent. listen: port 0 takes a free one. extra: more flags of
    `narthex serve`. log: where its log lines go; None: to our own standard error.
    Raises RuntimeError when it does not come up.
    """
    ready, ready_child = os.pipe()
    lifeline_child, lifeline = os.pipe()
    command = [sys.executable, "-m", "narthex", "serve", "--data", os.fspath(data)]
    command += ["--listen", listen, "--ready-fd", str(ready_child)]
    command += ["--lifeline-fd", str(lifeline_child), *extra]
    if public_url:
        command += ["--public-url", public_url]
    child = subprocess.Popen(  # noqa: S603 - our own program, no shell
        command,
        pass_fds=(ready_child, lifeline_child),
        stdin=subprocess.DEVNULL,
        stderr=log,
        env=environment,
        start_new_session=True,  # Ctrl-C is for us; the child ends when we say so
    )
    os.close(ready_child)
    os.close(lifeline_child)
    try:
        yield _endpoint(child, ready, Path(data), environment or dict(os.environ))
    finally:
        os.close(lifeline)
        _end(child)


def _endpoint(
    child: subprocess.Popen[bytes], ready: int, data: Path, environment: dict[str, str]
) -> Endpoint:
    import select

    try:
        heard, _, _ = select.select([ready], [], [], READY_TIMEOUT)
        text = os.read(ready, 65536) if heard else b""
    finally:
        os.close(ready)
    if not text:
        raise RuntimeError(f"the server did not come up (exit code {child.poll()})")
    key_id, secret = _root_key(data, environment)
    return Endpoint(json.loads(text)["url"], key_id, secret, child.pid)


def _root_key(data: Path, environment: dict[str, str]) -> tuple[str, str]:
    from narthex import bootstrap

    chosen = bootstrap.key_of(environment)
    if chosen is not None:
        return chosen.id, chosen.secret
    import configparser

    file = configparser.RawConfigParser()
    file.read(data / bootstrap.FILE, encoding="ascii")
    section = file["default"]
    return section["aws_access_key_id"], section["aws_secret_access_key"]


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(END_TIMEOUT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
