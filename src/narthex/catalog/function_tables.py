"""The tables of functions, their code, versions, aliases and permissions; one migration."""

from __future__ import annotations

TABLES: tuple[str, ...] = ()
