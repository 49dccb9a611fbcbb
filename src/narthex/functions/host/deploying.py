"""The code of functions on this machine's disk: one read-only folder for each zip, unpacked once.

This file never runs anything of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
from pathlib import Path

from narthex.catalog import function_code
from narthex.errors import Corrupt
from narthex.functions.packages import unpack
from narthex.server import Server

FOLDER = "functions"
CODE = "code"
ROOT = "root"  # an empty folder, over which each sandbox puts its own root
MOST_FOLDERS = 256


class Deployments:
    """Folders by the hash of their zip, below the data folder."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._folder = (server.settings.folder / FOLDER).resolve()
        self._locks: dict[str, asyncio.Lock] = {}
        self.root = self._folder / ROOT

    def start(self) -> None:
        """The folders are there; what an earlier process left half-done is gone."""
        (self._folder / CODE).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.mkdir(mode=0o700, exist_ok=True)
        for left in (self._folder / CODE).glob("*.new"):
            _remove(left)

    async def folder_of(self, code: str) -> Path:
        """Where the code is, unpacked. Raises Corrupt, LambdaError, OSError."""
        place = self._folder / CODE / code
        if place.is_dir():
            os.utime(place)  # of many folders, those that nobody asked for go first
            return place
        lock = self._locks.setdefault(code, asyncio.Lock())
        async with lock:
            if not place.is_dir():
                data = await function_code.read(self._server.catalog, code)
                if hashlib.sha256(data).hexdigest() != code:
                    raise Corrupt(f"the code {code} of a function is not what was uploaded")
                await asyncio.to_thread(self._place, data, place)
        self._locks.pop(code, None)
        return place

    async def sweep(self) -> None:
        """The folders of code that no function has any more are gone. Raises StoreError."""
        for place in await asyncio.to_thread(lambda: list((self._folder / CODE).iterdir())):
            if place.suffix == "" and not await function_code.is_there(
                self._server.catalog, place.name
            ):
                await asyncio.to_thread(_remove, place)

    def _place(self, data: bytes, place: Path) -> None:
        """Unpack beside, then rename: a folder that is there is whole."""
        fresh = place.with_name(f"{place.name}-{secrets.token_hex(4)}.new")
        try:
            unpack(data, fresh)
            with contextlib.suppress(FileExistsError):
                fresh.rename(place)
        finally:
            _remove(fresh)
        _make_room(place.parent, place)


def _make_room(folder: Path, keep: Path) -> None:
    """Of many folders, those that nobody has asked for longest go."""
    places = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)
    for old in places[: max(0, len(places) - MOST_FOLDERS)]:
        if old != keep:
            _remove(old)


def _remove(folder: Path) -> None:
    for top, _, _ in os.walk(folder):
        Path(top).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
