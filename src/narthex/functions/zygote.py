"""The process that functions begin as: Python with what they all import, and with no secret at all.

This file never reads what a function is to be told: its children do, after the fork, from a pipe of
their own. So nothing of one function is in the memory that another begins with.

It is told `start` with the number of an environment and two open files (where output goes, where
orders come from), or `end` with a number, and tells `started` and `ended`. Run as a program, with
the socket as descriptor CONTROL; it ends when that closes.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from narthex.functions import sandbox

CONTROL = 3
MOST_MESSAGE = 4096
# What nearly every function imports, and AWS's own client but for what reads the environment.
PRELOADED = (
    "simplejson",
    "http.client",
    "urllib.request",
    "email.message",
    "smtplib",
    "boto3",
    "botocore.session",
    "botocore.client",
    "botocore.httpsession",
    "awslambdaric.lambda_context",
    "awslambdaric.lambda_runtime_marshaller",
    "awslambdaric.lambda_runtime_log_utils",
    "awslambdaric.lambda_literals",
    "awslambdaric.lambda_config",
)
# A function that brings one of these gets all of its own: they belong together.
SDK = frozenset("boto3 botocore s3transfer jmespath dateutil urllib3 six".split())
INIT_FAILED = 70  # exit status when a sandbox could not be entered; EX_SOFTWARE of sysexits.h


def main() -> None:
    """Serve the socket until it closes."""
    for name in PRELOADED:
        with contextlib.suppress(ImportError):  # boto3 is there where it was installed
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that children do not copy what they never change
    control = socket.socket(fileno=CONTROL)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, int] = {}
    _tell(control, {"ready": True})
    while True:
        ready, _, _ = select.select([control.fileno(), reader], [], [])
        if reader in ready:
            os.read(reader, 512)
            _bury(control, children)
        if control.fileno() in ready and not _obey(control, children):
            return


def _obey(control: socket.socket, children: dict[int, int]) -> bool:
    """Do what the next message says: start a child, or end one. False when there is no next."""
    fds = array.array("i")
    try:
        data, ancillary, _, _ = control.recvmsg(MOST_MESSAGE, socket.CMSG_SPACE(2 * fds.itemsize))
    except OSError:  # whoever told us what to do is gone
        return False
    if not data:
        return False
    for level, kind, told in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(told[: len(told) - len(told) % fds.itemsize])
    message = json.loads(data)
    if "end" in message:
        for pid in [pid for pid, number in children.items() if number == message["end"]]:
            os.kill(pid, signal.SIGKILL)  # it was not waited for yet: the number is still its own
        return True
    output, orders = fds
    pid = os.fork()
    if not pid:
        _become(output, orders)
    os.close(output)
    os.close(orders)
    children[pid] = message["start"]
    _tell(control, {"started": message["start"], "pid": pid})
    return True


def _bury(control: socket.socket, children: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        if pid in children:
            _tell(
                control, {"ended": children.pop(pid), "status": os.waitstatus_to_exitcode(status)}
            )


def _tell(control: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):
        control.send(json.dumps(message).encode())


def _become(output: int, orders: int) -> None:
    """In a child: take the orders, shut yourself off, run the function. Never returns."""
    status = INIT_FAILED
    try:
        sandbox.end_with_parent()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with os.fdopen(orders, "rb") as file:
            told = json.loads(file.read())
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.closerange(3, 65_536)
        limits = sandbox.Limits(**told["limits"])
        if told["confined"]:
            places = sandbox.Places(told["root"], told["code"], tuple(told["hidden"]))
            inside = sandbox.enter(places, limits)
        else:
            inside = sandbox.enter_unconfined(told["code"], limits)
        if inside:  # the process outside, which ends as the one inside does
            _, ended = os.waitpid(inside, 0)
            status = os.waitstatus_to_exitcode(ended)
            status = status if status >= 0 else 128 - status
        else:
            status = _run(told)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except OSError as error:
        with contextlib.suppress(OSError):
            os.write(2, f"narthex: a sandbox cannot be entered: {error}\n".encode())
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        os._exit(status)


def _run(told: dict[str, Any]) -> int:
    """Inside: as the runtime of Lambda would start, by AWS's own client."""
    os.environ.clear()
    os.environ.update(told["environment"])
    if told["probe"]:
        return 0
    task = os.environ["LAMBDA_TASK_ROOT"]
    own = {entry.name.partition(".")[0] for entry in Path(task).iterdir()}
    _forget(SDK if own & SDK else frozenset())
    sys.path[:] = [task, f"{task}/python", *[path for path in sys.path if _is_there(path)]]
    sys.argv[:] = ["bootstrap", os.environ["_HANDLER"]]
    sys.dont_write_bytecode = True  # its code is one folder for all that run it
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    # Only now: its client reads the address of the runtime API when it is imported.
    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    address, _, token = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")

    class Client(LambdaRuntimeClient):  # type: ignore[misc]
        """The same client; what it asks for by Python's own HTTP is below our path, too."""

        def call_rapid(self, http_method: str, endpoint: str, *more: Any, **named: Any) -> None:
            super().call_rapid(http_method, f"/{token}{endpoint}", *more, **named)

    bootstrap.run(os.environ["_HANDLER"], Client(address))
    return 0


def _is_there(path: str) -> bool:
    return bool(path) and Path(path).exists()


def _forget(names: frozenset[str]) -> None:
    """What was imported before the fork, so that the function's own is."""
    for module in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[module]


if __name__ == "__main__":
    main()
