"""`narthex configure list`: what is in force, and where each value comes from."""

from __future__ import annotations

import argparse

from narthex.cli.configuration import Found, read_configuration
from narthex.cli.configure import NOT_SET, masked
from narthex.cli.failure import DONE


def show(flags: argparse.Namespace) -> int:
    """Print the table of the aws CLI, with one more line for an endpoint."""
    configuration = read_configuration(flags)
    key, profile = configuration.key, configuration.profile
    rows: list[tuple[str, Found | None]] = [
        ("profile", profile if profile.kind != "default" else None),
        ("access_key", Found(masked(key.credentials.access_key_id), key.kind, "") if key else None),
        ("secret_key", Found(masked(key.credentials.secret), key.kind, "") if key else None),
        ("region", configuration.region),
    ]
    if configuration.endpoint is not None:
        rows.append(("endpoint", configuration.endpoint))
    _row("Name", Found("Value", "Type", "Location"))
    _row("----", Found("-----", "----", "--------"))
    for name, found in rows:
        _row(name, found or Found(NOT_SET, "None", "None"))
    return DONE


def _row(name: str, found: Found) -> None:
    print(f"{name:>10} {found.value:>24} {found.kind:>16}    {found.place}")
