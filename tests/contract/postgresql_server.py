"""A PostgreSQL server of the tests' own: Debian's programs, a folder of its own, a Unix socket.

It never listens on a port, and it is ended by its process id. PostgreSQL refuses to run as root,
so root starts it as `postgres` (or as `nobody`, where that user does not exist).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

BINARIES = ("/usr/local/bin", "/usr/bin")
START_SECONDS = 60
# In memory where the system has a place for that: a database for each test is many small files.
IN_MEMORY = Path("/dev/shm")


def find_program(name: str) -> Path | None:
    """Where one of PostgreSQL's server programs is; Debian keeps them off the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [*folders, *map(Path, BINARIES)]:
        if (folder / name).exists():
            return folder / name
    return None


class PostgreSQLServer:
    """Running from `start` to `stop`. `url(name)` is a database of that name."""

    def __init__(self, place: Path | None = None) -> None:
        if place is None and os.access(IN_MEMORY, os.W_OK):
            place = IN_MEMORY
        self.folder = Path(tempfile.mkdtemp(prefix="narthex-postgresql-", dir=place))
        self._user = _other_user() if os.getuid() == 0 else None
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def start(self, *, durable: bool = False, address: str = "") -> None:
        """Make the cluster when there is none, and wait until it answers.

        durable: sync every commit, as in production; tests need not. address: to listen on beside
        the socket, in a network that is the tests' own; its neighbours are let in.
        """
        sync = "on" if durable else "off"
        data = self.folder / "data"
        if not data.exists():
            self._run(
                *("initdb", "--pgdata", str(data), "--username=postgres", "--auth=trust"),
                # A default order that is not bytewise: what relies on bytes has to say so.
                *("--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en"),
                *("--locale=C.UTF-8", "--no-sync"),
            )
        if address:
            with (data / "pg_hba.conf").open("a") as rules:
                rules.write("host all,replication all samenet trust\n")
        listen = f"listen_addresses={address}"
        self._process = self._open(
            *("postgres", "-D", str(data), "-k", str(self.folder), "-c", listen),
            *("-c", f"fsync={sync}", "-c", f"full_page_writes={sync}", "-c", "max_connections=100"),
        )
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text())
            os.sched_yield()

    def stop(self) -> None:
        """End the server at once; connections break."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """What a power cut leaves: nothing of it runs on, nothing is tidied up."""
        assert self._process is not None
        for pid in (self._process.pid, *children(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):  # it saw its parent's end first
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def copy_from(self, host: str) -> None:
        """Make the cluster a standby of the one at an address, or in a folder; then `start`."""
        self._run(
            *("pg_basebackup", "--pgdata", str(self.folder / "data"), "--host", host),
            *("--username=postgres", "--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
        )

    def remove(self) -> None:
        """Leave nothing on the disk."""
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str = "postgres") -> str:
        """For psycopg and for `open_postgresql`."""
        return f"postgresql:///{database}?host={self.folder}&user=postgres"

    def new_database(self, template: str = "template1") -> str:
        """The name of a fresh database."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Gone, with every connection to it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, sql: str, database: str = "postgres") -> None:
        """One statement as the superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(sql.encode())

    def break_connections(self, database: str) -> None:
        """End every connection to a database, as a restart would."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{database}' AND pid <> pg_backend_pid()"
        )

    def connections(self, database: str, name: str = "narthex") -> list[int]:
        """The process ids of all connections to a database by programs of a name, ours if none."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = %s",
                (database, name),
            ).fetchall()
        return [pid for (pid,) in rows]

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        process = self._open(program, *arguments)
        if process.wait():
            raise RuntimeError((self.folder / "log").read_text())

    def _open(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        found = find_program(program)
        assert found is not None
        user = self._user
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(found), *arguments],
                cwd=self.folder,
                env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )


def children(parent: int) -> list[int]:
    """Process ids of those that a process started, and that still run."""
    return [
        int(entry.name)
        for entry in Path("/proc").glob("[0-9]*")
        if f"\nPPid:\t{parent}\n" in _status(entry)
    ]


def _status(entry: Path) -> str:
    try:
        return (entry / "status").read_text()
    except OSError:  # it ended meanwhile
        return ""


def _other_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
