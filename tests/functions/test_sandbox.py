"""What code of a function cannot do: see the server, see another function, outlive, outgrow.

Each of these runs hostile code for real, where this system lets it be shut off.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from narthex.functions.host.service import Service
from tests.functions.asking import Lambda

HOSTILE = """
import ctypes, os, socket, subprocess, threading, time
import urllib.error, urllib.request

def handler(event, context):
    return globals()[event["do"]](**event.get("with", {}))

def walk(path):
    try:
        return sorted(os.listdir(path))
    except OSError as error:
        return type(error).__name__

def read(path):
    try:
        return open(path, "rb").read(64).decode("latin-1")
    except OSError as error:
        return type(error).__name__

def write(path):
    try:
        open(path, "w").write("x")
        return "written"
    except OSError as error:
        return type(error).__name__

def who():
    status = dict(line.split(":\\t", 1) for line in open("/proc/self/status"))
    return {
        "user": os.getuid(),
        "groups": os.getgroups(),
        "capabilities": [status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd")],
        "no new privileges": status["NoNewPrivs"].strip(),
        "processes": sorted(name for name in os.listdir("/proc") if name.isdigit()),
        "files": sorted(os.listdir("/proc/self/fd")),
        "root": sorted(os.listdir("/")),
    }

def hold(megabytes):
    try:
        held = bytearray(megabytes * 1024 * 1024)
        return len(held)
    except MemoryError:
        return "MemoryError"

def fork():
    children = []
    try:
        for _ in range(1000):
            children.append(os.fork())
            if not children[-1]:
                time.sleep(60)
                os._exit(0)
        return "no end"
    except OSError as error:
        return type(error).__name__

def fill():
    try:
        with open("/tmp/file", "wb") as file:
            for _ in range(1024):
                file.write(bytes(1024 * 1024))
        return "no end"
    except OSError as error:
        return type(error).__name__

def escape():
    libc = ctypes.CDLL(None, use_errno=True)
    told = {}
    told["mount"] = libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)
    told["setuid"] = libc.setuid(0)
    told["ptrace"] = libc.ptrace(16, 1, 0, 0)
    told["chroot"] = libc.chroot(b"/proc/1/" + b"root/..")
    return told

def steal(address):
    results = []
    host, _, path = address.partition("/")
    lead, _, token = path.partition("-")
    for number in range(0, int(lead) + 3):
        for guess in (token, "0" * 32, ""):
            if (str(number), guess) == (lead, token):
                continue
            url = f"http://{host}/{number}-{guess}/2018-06-01/runtime/invocation/next"
            try:
                results.append(urllib.request.urlopen(url, timeout=2).status)
            except urllib.error.HTTPError as error:
                results.append(error.code)
    return sorted(set(results))

def address():
    return os.environ["AWS_LAMBDA_RUNTIME_API"]

def linger():
    subprocess.Popen(["sleep", "600"])
    while True:
        pass
"""


@pytest.fixture
async def hostile(root: Lambda, host: Service) -> Lambda:
    """A function that tries what it should not."""
    await root.make(
        await root.role(), HOSTILE, Timeout=5, Environment={"Variables": {"SECRET": "of f"}}
    )
    await do(root, "who")
    if not host.pool.confined:
        pytest.skip("this system does not let a process be shut off from the rest of it")
    return root


async def do(root: Lambda, what: str, name: str = "f", **given: Any) -> Any:
    """What came of one attempt."""
    told, answer = await root.invoke({"do": what, "with": given}, name)
    assert "FunctionError" not in answer, told
    return told


async def test_nothing_of_the_server_is_there(hostile: Lambda, tmp_path: Path) -> None:
    data = hostile.s3.server.settings.folder
    assert (data / "master.key").exists()
    for path in (data, tmp_path, data / "functions"):
        assert await do(hostile, "walk", path=str(path)) in ("FileNotFoundError", [])
    outside = Path("/proc/1", "root", "etc", "shadow")
    for path in (data / "master.key", data / "catalog.sqlite", outside):
        assert await do(hostile, "read", path=str(path)) in (
            "FileNotFoundError",
            "PermissionError",
        )
    assert await do(hostile, "read", path="/etc/shadow") == "FileNotFoundError"
    assert "narthex" not in await do(hostile, "read", path="/etc/passwd")


async def test_it_is_somebody_without_rights_and_alone(hostile: Lambda) -> None:
    told = await do(hostile, "who")
    assert told["user"] not in (0, os.getuid())
    assert not any(int(one, 16) for one in told["capabilities"][:2])
    assert told["no new privileges"] == "1"
    assert told["processes"] == ["1"]
    assert {"0", "1", "2"} <= set(told["files"])
    assert "data" not in told["root"]
    assert await do(hostile, "escape") == {"mount": -1, "setuid": -1, "ptrace": -1, "chroot": -1}


async def test_only_its_own_folder_for_files_can_be_written(hostile: Lambda) -> None:
    for path in ("/var/task/main.py", "/var/task/new", "/usr/new", "/etc/passwd", "/new", "/dev/x"):
        assert await do(hostile, "write", path=path) in ("OSError", "PermissionError"), path
    assert await do(hostile, "write", path="/tmp/new") == "written"


async def test_memory_processes_and_files_have_an_end(hostile: Lambda) -> None:
    assert await do(hostile, "hold", megabytes=64) == 64 * 1024 * 1024
    assert await do(hostile, "hold", megabytes=256) == "MemoryError"
    assert await do(hostile, "fork") == "BlockingIOError"
    assert await do(hostile, "fill") == "OSError"


async def test_two_functions_do_not_see_each_other(hostile: Lambda) -> None:
    role = await hostile.ask("GetFunctionConfiguration", FunctionName="f")
    await hostile.make(role["Role"], HOSTILE, name="g", Timeout=5)
    first, second = await do(hostile, "address", "f"), await do(hostile, "address", "g")
    assert first != second
    assert await do(hostile, "steal", "g", address=second) == [403]
    assert "of f" not in await do(hostile, "read", "g", path="/proc/1/environ")
    assert (await do(hostile, "who", "f"))["user"] != (await do(hostile, "who", "g"))["user"]


async def test_a_timeout_ends_all_that_was_begun(hostile: Lambda) -> None:
    await hostile.ask("UpdateFunctionConfiguration", FunctionName="f", Timeout=1)
    told, answer = await hostile.invoke({"do": "linger"})
    assert (answer["FunctionError"], told["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert (await do(hostile, "who"))["processes"] == ["1"]
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _is_sleeper(path)]
    assert left == []


def _is_sleeper(path: Path) -> bool:
    try:
        return path.read_bytes() == b"sleep\x00600\x00"
    except OSError:
        return False
