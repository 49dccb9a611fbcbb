"""The model in force: read from its files, looked at again within a second, swapped whole.

A broken edit never comes into force: the model before stays, and log, health and doctor say so. A
review that began keeps the model it began with. This file never judges.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog

from narthex.overlay_files import FOLDER, OverlayFilesError, overlays_in, print_of
from narthex.overlay_files import Print as Overlays
from narthex.pure.review.model import Model
from narthex.pure.review.model_text import LARGEST, ModelError, read_model
from narthex.pure.review.overlays import Written
from narthex.server import Server

FILE = "model.toml"  # in the data folder, when no setting names another
# In the data folder: what is in force if a start meets a broken one.
LAST_GOOD = "model.last-good.json"
SHIPPED = "share.toml"
SHIPPED_HERE = "narthex"  # the source of the model that is shipped
EVERY = 1.0  # seconds between two looks at the file
# What changes when the file does, None where there is none; and when an overlay does.
Print = tuple[tuple[int, int, int] | None, Overlays | None]

log: Any = structlog.get_logger("narthex")


@dataclass(frozen=True, slots=True)
class InForce:
    """The model in force. source: its file, or SHIPPED_HERE. overlays: what is laid on its text.

    problem: why the files as they are now are not in force; "" when all is well.
    """

    model: Model
    text: str
    source: str
    problem: str = ""
    overlays: tuple[Written, ...] = ()


class Models:
    """What one process knows of its model.

    needed: whether a file that is not there is a problem. monotonic: seconds.
    """

    def __init__(
        self,
        file: Path,
        folder: Path,
        *,
        needed: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = file
        self._overlays = file.with_name(FOLDER)
        self._last_good = folder / LAST_GOOD
        self._needed = needed
        self._monotonic = monotonic
        self._looked = -EVERY
        self._print: Print | None = None
        self._held: InForce | None = None

    def current(self, *, at_once: bool = False) -> InForce:
        """The model in force now. at_once: look at the file even if that was done just now."""
        now = self._monotonic()
        if self._held is None or at_once or now - self._looked >= EVERY:
            self._looked = now
            self._held = self._look(self._held)
        return self._held

    def _look(self, held: InForce | None) -> InForce:
        try:
            print_now = _print_of(self._file), print_of(self._overlays)
        except OSError as error:
            return self._unread(held, error)
        if gone := self._gone(held, print_now):
            self._print = None
            return self._kept(held, gone)
        if held is not None and print_now == self._print:
            return held
        try:
            found = self._read(is_there=print_now[0] is not None)
        except OSError as error:
            return self._unread(held, error)
        except (ModelError, OverlayFilesError, UnicodeDecodeError) as error:
            self._print = print_now
            return self._kept(held, str(error))
        self._print = print_now
        is_new = held is None or found.model.digest != held.model.digest
        if is_new and (found.source != SHIPPED_HERE or found.overlays):
            log.info("model in force", digest=found.model.digest, source=found.source)
            self._remember(found)
        return found

    def _gone(self, held: InForce | None, print_now: Print) -> str:
        """What should be there and is not; "" for nothing: that it went may be an accident."""
        file, overlays = print_now
        name = self._file.name
        if file is None and held is not None and held.source != SHIPPED_HERE:
            return f"{name} is gone: start anew to go without it"
        if file is None and self._needed:
            return f"{name} is not there"
        if overlays is None and held is not None and held.overlays:
            return f"{FOLDER} is gone: an empty one, or a new start, goes without it"
        return ""

    def _read(self, *, is_there: bool) -> InForce:
        """What the files say now. Raises ModelError, OverlayFilesError, UnicodeDecodeError."""
        overlays = overlays_in(self._overlays)
        if not is_there and not overlays:
            return shipped()
        text = _read(self._file) if is_there else shipped().text
        name = self._file.name if is_there else SHIPPED
        model = read_model(text, name, overlays)
        return InForce(model, text, str(self._file) if is_there else SHIPPED_HERE, "", overlays)

    def _unread(self, held: InForce | None, error: OSError) -> InForce:
        """Kept for now: what the disk refused may be readable at the next look, unchanged."""
        self._print = None
        return self._kept(held, f"{self._file.name}: {error.strerror}")

    def _kept(self, held: InForce | None, problem: str) -> InForce:
        """The model before, with what is wrong with the one that should take its place."""
        before = held or self._recalled() or shipped()
        if before.problem == problem:
            return before
        log.error("model refused", reason=problem, in_force=before.model.digest)
        return replace(before, problem=problem)

    def _recalled(self) -> InForce | None:
        """What was in force before this process began."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(self._last_good.read_bytes())
            overlays = tuple(Written(file, text) for file, text in told["overlays"])
            model = read_model(told["text"], LAST_GOOD, overlays)
            return InForce(model, told["text"], str(self._last_good), "", overlays)
        return None

    def _remember(self, found: InForce) -> None:
        """Keep it for a start that meets a broken file; every worker writes the same."""
        beside = self._last_good.with_name(f"{LAST_GOOD}.{os.getpid()}")
        overlays = [[one.file, one.text] for one in found.overlays]
        try:
            beside.write_text(json.dumps({"text": found.text, "overlays": overlays}), "utf-8")
            beside.replace(self._last_good)
        except OSError as error:
            log.warning("model not remembered", reason=error.strerror)


@lru_cache(maxsize=1)
def shipped() -> InForce:
    """The model that comes with narthex."""
    text = (files("narthex") / "review" / "models" / SHIPPED).read_text("utf-8")
    return InForce(read_model(text, SHIPPED), text, SHIPPED_HERE)


@lru_cache(maxsize=64)
def _models(chosen: str, data: str) -> Models:
    folder = Path(data)
    return Models(Path(chosen) if chosen else folder / FILE, folder, needed=bool(chosen))


def models_of(server: Server) -> Models:
    """What this process knows of a server's model."""
    settings = server.settings
    return _models(settings.review_model, settings.data or str(settings.folder))


def _print_of(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ModelError(f"{file.name}: larger than {LARGEST} bytes")
    return data.decode("utf-8")
