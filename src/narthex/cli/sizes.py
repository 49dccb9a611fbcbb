"""Sizes as the aws CLI writes them: `1 Byte`, `10 Bytes`, `1.4 MiB`. Pure."""

from __future__ import annotations

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_FACTORS = {"kb": 1, "kib": 1, "mb": 2, "mib": 2, "gb": 3, "gib": 3, "tb": 4, "tib": 4}


def human_size(size: float) -> str:
    """A size in bytes for people, in binary units with one decimal."""
    if size == 1:
        return "1 Byte"
    if size < 1024:
        return f"{int(size)} Bytes"
    value = float(size)
    for unit in _UNITS:
        value /= 1024
        if round(value) < 1024:
            return f"{value:.1f} {unit}"
    return f"{value:.1f} {_UNITS[-1]}"


def read_size(text: str) -> int:
    """Bytes from `8388608`, `8MB` or `8MiB` (both are binary, as in AWS's config file).

    Raises ValueError.
    """
    lower = text.strip().lower()
    for suffix in sorted(_FACTORS, key=len, reverse=True):
        if lower.endswith(suffix):
            return int(lower.removesuffix(suffix)) << 10 * _FACTORS[suffix]
    return int(lower)
