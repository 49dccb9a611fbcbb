"""The tables of where deliveries go: named targets, and the addresses that shares notify; one migration."""

from __future__ import annotations

TABLES: tuple[str, ...] = ()
