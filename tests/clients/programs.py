"""Run real programs as a person would: a home of their own, their own settings, a time limit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from narthex.cli.serve import Endpoint
from tests.driving import OBSERVING

AWS_V1 = Path(sys.prefix) / "aws-v1" / "bin" / "aws"
AWS_V2 = Path("/usr/bin/aws")
CHROMIUM = Path("/usr/bin/chromium")
TIME_LIMIT = 120.0  # seconds; a program that hangs fails its test
WRONG = "wrong/secret/wrong/secret/wrong/secret12"


@dataclass(frozen=True)
class Ran:
    """How a program ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All it said, for the message of a failed assertion."""
        return f"exit code {self.code}\n{self.out}\n{self.err}"


@dataclass(frozen=True)
class Home:
    """A person's home folder, which is also where the programs run."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str | Path, stdin: str | bytes = b"", **more: str) -> Ran:
        """Run a program to its end. more: further environment variables."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        ended = subprocess.run(
            [os.fspath(word) for word in words],
            cwd=self.folder,
            env={
                "HOME": str(self.folder),
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "TZ": "UTC",
                "NARTHEX_REVIEW_MODEL": str(OBSERVING),
                **self.environment,
                **more,
            },
            input=data,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        return Ran(
            ended.returncode,
            ended.stdout.decode("utf-8", "replace"),
            ended.stderr.decode("utf-8", "replace"),
        )

    def done(self, *words: str | Path, stdin: str | bytes = b"", **more: str) -> str:
        """Run a program that must succeed; what it wrote to stdout."""
        ran = self.run(*words, stdin=stdin, **more)
        assert ran.code == 0, f"{words[0]} {words[1:]}: {ran.said}"
        return ran.out


@dataclass(frozen=True)
class S3Command:
    """A command line that speaks `aws s3`: aws CLI v1, aws CLI v2, or narthex itself."""

    name: str
    home: Home
    endpoint: Endpoint

    def words(self, *words: str | Path) -> list[str | Path]:
        """The whole command line of `s3 <words>`."""
        if self.name == "narthex":
            return [sys.executable, "-m", "narthex", *words]
        if self.name == "aws-v1":
            return [AWS_V1, "s3", *words]
        # Debian's v2 is older than the variable AWS_ENDPOINT_URL, which v2 knows since 2.13.
        return [AWS_V2, "--endpoint-url", self.endpoint.url, "s3", *words]

    def configure(self, secret: str, region: str) -> None:
        """`aws configure`, answered at its prompts."""
        program = {"aws-v1": [AWS_V1], "aws-v2": [AWS_V2]}.get(
            self.name, [sys.executable, "-m", "narthex"]
        )
        answers = f"{self.endpoint.access_key_id}\n{secret}\n{region}\n\n"
        self.home.done(*program, "configure", stdin=answers, **self.variables)

    @property
    def variables(self) -> dict[str, str]:
        """What tells the command where the server is."""
        return {"AWS_ENDPOINT_URL": self.endpoint.url}

    def run(self, *words: str | Path, **more: str) -> Ran:
        """Run `s3 <words>` to its end."""
        return self.home.run(*self.words(*words), **self.variables, **more)

    def done(self, *words: str | Path, **more: str) -> str:
        """Run `s3 <words>`, which must succeed; what it printed."""
        return self.home.done(*self.words(*words), **self.variables, **more)


def address(endpoint: Endpoint) -> str:
    """HOST:PORT of a server."""
    return urlsplit(endpoint.url).netloc
