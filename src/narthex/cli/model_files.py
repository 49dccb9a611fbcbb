"""Decision models and situations as files: read whole, and what is wrong is said with its place.

This file never asks a server.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from narthex.cli.arguments import tell
from narthex.cli.failure import CONFIGURATION, USAGE, Failure
from narthex.overlay_files import FOLDER, OverlayFilesError, overlays_in
from narthex.pure.review.model import Case, Model
from narthex.pure.review.model_cases import CaseError, cases_of
from narthex.pure.review.model_text import ModelError, read_model
from narthex.pure.review.overlays import Written

MOST = 16 << 20  # bytes of a file
SHIPPED = "share.toml"


def model_in(path: str) -> Model:
    """The model in a file, with the overlays in the `rules.d` beside it, as a server reads them.

    "" for the one that is shipped; a folder of overlays for that one with them. Raises Failure.
    """
    try:
        if not path or os.path.isdir(path):
            text = (files("narthex") / "review" / "models" / SHIPPED).read_text("utf-8")
            return read_model(text, SHIPPED, overlays_in(Path(path)) if path else ())
        text = text_in(path)
        beside = () if path == "-" else overlays_in(Path(path).with_name(FOLDER))
        return read_model(text, path, beside)
    except (ModelError, OverlayFilesError) as error:
        raise Failure(str(error), CONFIGURATION) from error
    except OSError as error:
        raise Failure(f"{FOLDER}: {error.strerror}", USAGE) from error


def model_told(told: Mapping[str, Any]) -> Model:
    """The model that a server tells of; says so when its files are not in force. Raises Failure."""
    tell_problem(told)
    overlays = [Written(one["file"], one["text"]) for one in told.get("overlays", ())]
    try:
        return read_model(told["text"], "the server's model", overlays)
    except ModelError as error:
        raise Failure(f"{error}\nThe server has another version of narthex") from error


def tell_problem(told: Mapping[str, Any]) -> None:
    """Says so when what a server tells of is not what its files say."""
    if told["problem"]:
        tell(f"The server's model file is not in force: {told['problem']}")


def cases_in(path: str) -> tuple[Case, ...]:
    """The cases in a file of `[[tests]]`. Raises Failure."""
    try:
        return cases_of(text_in(path), path)
    except CaseError as error:
        raise Failure(str(error), CONFIGURATION) from error


def document_in(path: str) -> Any:
    """The JSON in a file, or on stdin for `-`. Raises Failure."""
    try:
        return json.loads(text_in(path))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{path}: this is no JSON: {error}", USAGE) from error


def text_in(path: str) -> str:
    """The text of a file, or of stdin for `-`. Raises Failure."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MOST + 1)
        else:
            with Path(path).open("rb") as opened:
                data = opened.read(MOST + 1)
        if len(data) > MOST:
            raise Failure(f"{path}: larger than {MOST >> 20} MiB", USAGE)
        return data.decode("utf-8")
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", USAGE) from error
    except UnicodeDecodeError as error:
        raise Failure(f"{path}: this is not in UTF-8", USAGE) from error
