"""A real server for the whole run; for each test a home folder, a bucket and `narthex` itself."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from narthex.cli import calls
from narthex.cli.client import Client
from narthex.cli.configuration import Configuration, Found
from narthex.cli.credentials import Key
from narthex.cli.serve import Endpoint, embedded
from narthex.pure.sigv4 import Credentials
from tests.driving import OBSERVING

TIME_LIMIT = 60.0  # seconds; a command that hangs fails its test
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str
    raw: bytes = b""

    def __str__(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


@dataclass
class Person:
    """Somebody with a home folder, in which commands run. environment: AWS_... variables."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment of a command."""
        return {
            "HOME": str(self.home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": "Europe/Athens",
            "NARTHEX_REVIEW_MODEL": str(OBSERVING),
            **{name: os.environ[name] for name in os.environ if name.startswith("COVERAGE_")},
            **self.environment,
        }

    def run(self, *words: str, stdin: bytes = b"", program: tuple[str, ...] = ()) -> Ran:
        """Run `narthex <words>` (or another program) to its end."""
        ended = subprocess.run(
            [*(program or (sys.executable, "-m", "narthex")), *words],
            cwd=self.home,
            env=self.variables,
            input=stdin,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        return Ran(
            ended.returncode,
            ended.stdout.decode("utf-8", "replace"),
            ended.stderr.decode("utf-8", "replace"),
            ended.stdout,
        )

    def done(self, *words: str, stdin: bytes = b"") -> str:
        """Run a command that must succeed; what it wrote to stdout."""
        ran = self.run(*words, stdin=stdin)
        assert ran.code == 0, str(ran)
        return ran.out

    @contextmanager
    def foreground(self, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        """A `narthex` that goes on, and its first line."""
        with subprocess.Popen(
            [sys.executable, "-m", "narthex", *words],
            cwd=self.home,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stdout is not None
            try:
                yield running.stdout.readline().rstrip("\n"), running
            finally:
                running.terminate()

    def write(self, name: str, data: bytes | str) -> Path:
        """A file below home, its folders made."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A running server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    environment["NARTHEX_REVIEW_MODEL"] = str(OBSERVING)
    folder = tmp_path_factory.mktemp("server")
    with embedded(folder, extra=["--workers", "1"], environment=environment) as started:
        yield started


@pytest.fixture
def stranger(tmp_path: Path) -> Person:
    """Somebody who has configured nothing."""
    home = tmp_path / "home"
    home.mkdir()
    return Person(home)


@pytest.fixture
def person(stranger: Person, endpoint: Endpoint) -> Person:
    """Somebody who has the server's address and key in variables."""
    stranger.environment |= {
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_ACCESS_KEY_ID": endpoint.access_key_id,
        "AWS_SECRET_ACCESS_KEY": endpoint.secret,
        "AWS_DEFAULT_REGION": "us-east-2",
    }
    return stranger


def configuration_for(
    url: str | None,
    key_id: str = KEY_ID,
    secret: str = SECRET,
    *,
    region: str = "us-east-2",
    token: str | None = None,
) -> Configuration:
    """What a command would run with."""
    return Configuration(
        profile=Found("default", "default", ""),
        region=Found(region, "manual", ""),
        endpoint=Found(url, "manual", "") if url else None,
        key=Key(Credentials(key_id, secret, token), "env", ""),
    )


@pytest.fixture(scope="session")
def client(endpoint: Endpoint) -> Client:
    """A client of the server, in this process."""
    return Client(configuration_for(endpoint.url, endpoint.access_key_id, endpoint.secret))


_numbers = itertools.count(1)


@pytest.fixture
def bucket(client: Client) -> str:
    """A new empty bucket."""
    name = f"bucketofbigsecrets-{next(_numbers)}"
    calls.create_bucket(client, name, "us-east-2")
    return name


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "NARTHEX_"))]:
        monkeypatch.delenv(name)
