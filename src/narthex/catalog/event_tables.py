"""The tables of events that happened and their deliveries; one migration."""

from __future__ import annotations

TABLES: tuple[str, ...] = ()
