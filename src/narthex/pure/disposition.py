"""The Content-Disposition that gives a download its name. Pure: no I/O."""

from __future__ import annotations

from urllib.parse import quote


def attachment(name: str) -> str:
    """A Content-Disposition that saves a download under this name, whatever its letters.

    Source: RFC 6266, section 4.3 and appendix D: an ASCII name for all, the real one for most.
    """
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    if plain == name:
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
