"""Decision models and situations as files: read whole, and what is wrong is said with its place.

This file never asks a server.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from narthex.cli.failure import CONFIGURATION, USAGE, Failure
from narthex.pure.review.model import Case, Model
from narthex.pure.review.model_cases import CaseError, cases_of
from narthex.pure.review.model_text import ModelError, read_model

MOST = 16 << 20  # bytes of a file
SHIPPED = "share.toml"


def model_in(path: str) -> Model:
    """The model in a file; "" for the one that is shipped. Raises Failure."""
    try:
        if not path:
            text = (files("narthex") / "review" / "models" / SHIPPED).read_text("utf-8")
            return read_model(text, SHIPPED)
        return read_model(text_in(path), path)
    except ModelError as error:
        raise Failure(str(error), CONFIGURATION) from error


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
