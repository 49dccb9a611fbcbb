"""Disks that misbehave: small ones, made for one test. Needs root, as containers and CI have."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/bin/mount").exists(), reason="mounting a small disk needs root"
)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own at `folder`, that is full when it holds so much."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m,mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "narthex-test", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def make_read_only(folder: Path) -> None:
    """The disk at `folder` refuses every write from now on."""
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
