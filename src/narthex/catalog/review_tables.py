"""The tables of reviews and decisions; one migration."""

from __future__ import annotations

TABLES: tuple[str, ...] = ()
