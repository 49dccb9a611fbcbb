"""The model in force: read from its file, looked at again within a second, swapped whole.

A broken edit never comes into force: the model before stays, and log, health and doctor say so. A
review that began keeps the model it began with. This file never judges.
"""

from __future__ import annotations

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

from narthex.pure.review.model import Model
from narthex.pure.review.model_text import LARGEST, ModelError, read_model
from narthex.server import Server

FILE = "model.toml"  # in the data folder, when no setting names another
LAST_GOOD = (
    "model.last-good.toml"  # in the data folder: what is in force if a start meets a broken one
)
SHIPPED = "share.toml"
EVERY = 1.0  # seconds between two looks at the file
Print = tuple[int, int, int]  # what changes when a file does

log: Any = structlog.get_logger("narthex")


@dataclass(frozen=True, slots=True)
class InForce:
    """The model in force. source: its file, or "narthex" for the one that is shipped.

    problem: why the file as it is now is not in force; "" when all is well.
    """

    model: Model
    text: str
    source: str
    problem: str = ""


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
            print_now = _print_of(self._file)
        except FileNotFoundError:
            return self._absent(held)
        except OSError as error:
            return self._unread(held, error)
        if held is not None and print_now == self._print:
            return held
        try:
            text = _read(self._file)
            model = read_model(text, self._file.name)
        except OSError as error:
            return self._unread(held, error)
        except (ModelError, UnicodeDecodeError) as error:
            self._print = print_now
            return self._kept(held, str(error))
        self._print = print_now
        if held is None or model.digest != held.model.digest:
            log.info("model in force", digest=model.digest, source=str(self._file))
            self._remember(text)
        return InForce(model, text, str(self._file))

    def _absent(self, held: InForce | None) -> InForce:
        self._print = None
        if held is not None and held.source != "narthex":
            return self._kept(held, f"{self._file.name} is gone: start anew to go without it")
        if self._needed:
            return self._kept(held, f"{self._file.name} is not there")
        return held or shipped()

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
        with suppress(OSError, UnicodeDecodeError, ModelError):
            text = _read(self._last_good)
            return InForce(read_model(text, LAST_GOOD), text, str(self._last_good))
        return None

    def _remember(self, text: str) -> None:
        """Keep it for a start that meets a broken file; every worker writes the same."""
        beside = self._last_good.with_name(f"{LAST_GOOD}.{os.getpid()}")
        try:
            beside.write_text(text, "utf-8")
            beside.replace(self._last_good)
        except OSError as error:
            log.warning("model not remembered", reason=error.strerror)


@lru_cache(maxsize=1)
def shipped() -> InForce:
    """The model that comes with narthex."""
    text = (files("narthex") / "review" / "models" / SHIPPED).read_text("utf-8")
    return InForce(read_model(text, SHIPPED), text, "narthex")


@lru_cache(maxsize=64)
def _models(chosen: str, data: str) -> Models:
    folder = Path(data)
    return Models(Path(chosen) if chosen else folder / FILE, folder, needed=bool(chosen))


def models_of(server: Server) -> Models:
    """What this process knows of a server's model."""
    settings = server.settings
    return _models(settings.review_model, settings.data or str(settings.folder))


def _print_of(file: Path) -> Print:
    found = file.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ModelError(f"{file.name}: larger than {LARGEST} bytes")
    return data.decode("utf-8")
