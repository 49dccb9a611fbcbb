"""Start narthex and each peer but Ceph: the same folder of a disk, the same number of workers.

Each is a context manager that yields a Store and ends what it started.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.processes import LOOPBACK, OUT, ROOT, answer_of, found, free_port, running
from bench.result import Failed
from bench.store import BUCKET, KEY, SECRET, Store
from narthex.cli.serve import embedded

Argument = str | os.PathLike[str]

INSTALLING = 600.0  # seconds
S3RVER = "s3rver@3.7.1"
S3RVER_KEY = "S3RVER"  # the one key it knows, and its secret

NGINX = """
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  default_type application/octet-stream;
  client_max_body_size 0;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {host}:{port} reuseport;
    root {root};
    dav_methods PUT;
    create_full_put_path on;
  }}
}}
"""


@contextlib.contextmanager
def narthex(folder: Path, workers: int, **settings: str) -> Iterator[Store]:
    """Our own server, as `narthex serve` runs it. settings: more of them, as NARTHEX_<NAME>."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NARTHEX_")},
        "NARTHEX_ROOT_ACCESS_KEY_ID": KEY,
        "NARTHEX_ROOT_SECRET_ACCESS_KEY": SECRET,
        **{f"NARTHEX_{name.upper()}": value for name, value in settings.items()},
    }
    try:
        with embedded(
            folder, extra=["--workers", str(workers)], environment=environment
        ) as endpoint:
            yield Store("narthex", endpoint.url, endpoint.pid)
    except RuntimeError as error:
        raise Failed(str(error)) from error


@contextlib.contextmanager
def nginx(folder: Path, workers: int, files: dict[str, Path]) -> Iterator[Store]:
    """The limit: files from a folder, unsigned; PUT without MD5 and without a sync."""
    program = found("nginx")
    root = folder / "root" / BUCKET
    root.mkdir(parents=True)
    for key, file in files.items():
        (root / key).parent.mkdir(exist_ok=True)
        shutil.copyfile(file, root / key)
    port = free_port()
    text = NGINX.format(
        workers=workers, folder=folder, root=folder / "root", host=LOOPBACK, port=port
    )
    if os.geteuid() == 0:
        text = "user root;\n" + text  # the folders above ours may be closed to others
    (folder / "nginx.conf").write_text(text)
    command = [program, "-e", str(folder / "start.log"), "-p", str(folder), "-c"]
    with running(
        [*command, str(folder / "nginx.conf")], folder / "nginx.out", port=port
    ) as process:
        yield Store(
            "nginx", f"http://{LOOPBACK}:{port}", process.pid, key="", note="checks no signature"
        )


@contextlib.contextmanager
def rclone(folder: Path, workers: int) -> Iterator[Store]:
    """`rclone serve s3` over a local folder."""
    program = python_peers() / "rclone"
    folder.mkdir(parents=True)
    port = free_port()
    command: list[Argument] = [program, "--config", os.devnull, "serve", "s3", str(folder)]
    command += ["--addr", f"{LOOPBACK}:{port}", "--auth-key", f"{KEY},{SECRET}"]
    with running(
        command,
        folder.with_suffix(".log"),
        port=port,
        environment={"GOMAXPROCS": str(workers)},
    ) as process:
        yield Store("rclone serve s3", f"http://{LOOPBACK}:{port}", process.pid)


@contextlib.contextmanager
def moto(folder: Path) -> Iterator[Store]:
    """moto's server: objects in memory."""
    program = python_peers() / "moto_server"
    port = free_port()
    command: list[Argument] = [program, "--host", LOOPBACK, "--port", str(port)]
    with running(command, folder.with_suffix(".log"), port=port) as process:
        yield Store(
            "moto server",
            f"http://{LOOPBACK}:{port}",
            process.pid,
            note="one process, objects in memory, checks no signature by default",
        )


@contextlib.contextmanager
def s3rver(folder: Path) -> Iterator[Store]:
    """s3rver, a server for tests in Node."""
    program = npm_peer(S3RVER)
    folder.mkdir(parents=True)
    port = free_port()
    command: list[Argument] = [
        program,
        "-d",
        str(folder),
        "-a",
        LOOPBACK,
        "-p",
        str(port),
        "--silent",
    ]
    with running(
        [*command, "--no-vhost-buckets"], folder.with_suffix(".log"), port=port
    ) as process:
        yield Store(
            "s3rver",
            f"http://{LOOPBACK}:{port}",
            process.pid,
            key=S3RVER_KEY,
            secret=S3RVER_KEY,
            note="one process",
        )


def python_peers() -> Path:
    """The folder of programs of the peers from PyPI, installed when they are not there.

    Raises Failed when they cannot be had.
    """
    wanted = ROOT / "bench" / "requirements.txt"
    folder, stamp = OUT / "venv", OUT / "venv" / "installed.txt"
    if not stamp.is_file() or stamp.read_bytes() != wanted.read_bytes():
        answer_of([sys.executable, "-m", "venv", folder], within=INSTALLING)
        answer_of(
            [folder / "bin" / "pip", "install", "--quiet", "--requirement", wanted],
            within=INSTALLING,
        )
        stamp.write_bytes(wanted.read_bytes())
    return folder / "bin"


def npm_peer(package: str) -> Path:
    """The program of a peer from npm, installed when it is not there. Raises Failed."""
    folder = OUT / "npm"
    program = folder / "node_modules" / ".bin" / package.partition("@")[0]
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [found("npm"), "install", "--no-fund", "--no-audit", "--no-save", "--prefix"]
        answer_of([*command, folder, package], within=INSTALLING)
    return program
