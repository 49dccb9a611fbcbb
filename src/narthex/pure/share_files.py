"""Which files a request takes: their size, the ending of their name, their type. Pure.

This file never looks into a file: a type is what its sender calls it, and no proof of anything.
"""

from __future__ import annotations

import re

from narthex.pure.shares import Accepts, Verdict

_ENDING = re.compile(r"\.[a-z0-9][a-z0-9_+-]{0,31}(?:\.[a-z0-9][a-z0-9_+-]{0,31}){0,3}")
_WORD = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}"
_TYPE = re.compile(rf"{_WORD}/(?:\*|{_WORD})")


def judge_file(accepts: Accepts, key: str, content_type: str, size: int | None) -> Verdict:
    """Whether a request takes this file. size: None when it is not known yet."""
    if size is not None and accepts.max_size is not None and size > accepts.max_size:
        return Verdict.TOO_LARGE
    if accepts.types and not any(_fits(kind, key, content_type) for kind in accepts.types):
        return Verdict.WRONG_TYPE
    return Verdict.ADMITTED


def _fits(kind: str, key: str, content_type: str) -> bool:
    if kind.startswith("."):
        return key.lower().endswith(kind)
    said = content_type.partition(";")[0].strip().lower()
    if kind.endswith("/*"):
        return said.startswith(kind[:-1])
    return said == kind


def read_kind(text: str) -> str:
    """One kind of file as it is kept: ".pdf", ".tar.gz", "image/*", "text/csv".

    Raises ValueError.
    """
    kind = text.strip().lower()
    if not (_ENDING if kind.startswith(".") else _TYPE).fullmatch(kind):
        raise ValueError(text)
    return kind
