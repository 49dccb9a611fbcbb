"""The file that `mc admin cluster iam export` writes, read into identities.

This file never keeps a secret: the export holds those of users and of service accounts, and they
are passed by. Nothing is unpacked, and only so much of each part is read.
"""

from __future__ import annotations

import json
import zipfile
from typing import Any

from narthex.cli.failure import USAGE, Failure
from narthex.cli.import_identities import Entity, Identities
from narthex.cli.import_report import ImportReport

FOLDER = "iam-assets/"
MOST_BYTES = 64 * 1024 * 1024  # of one part
ENABLED = ("enabled", "on")


def read_export(path: str, report: ImportReport) -> Identities:
    """Users, groups and policies of a MinIO; what has no counterpart is reported.

    Raises Failure when it is no such file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name: _part(archive, name) for name in _PARTS}
    except (OSError, zipfile.BadZipFile) as error:
        raise Failure(f"{path} is no export of `mc admin cluster iam export`: {error}") from error
    if not any(parts.values()):
        raise Failure(f"{path} has nothing in {FOLDER}: is it an IAM export?", USAGE)
    _report_lacking(parts, report)
    members = {
        group: tuple(told.get("members") or ())
        for group, told in parts["groups.json"].items()
        if told.get("status", "enabled") in ENABLED
    }
    attached = _mapped(parts["user_mappings.json"])
    of_groups = _mapped(parts["group_mappings.json"])
    users = tuple(
        Entity(
            name,
            attached=attached.get(name, ()),
            groups=tuple(group for group, names in members.items() if name in names),
            keys=(name,),  # MinIO's users sign with their names
        )
        for name, told in parts["users.json"].items()
        if told.get("status") in ENABLED
    )
    groups = tuple(Entity(name, attached=of_groups.get(name, ())) for name in members)
    return Identities(parts["policies.json"], users, groups)


_PARTS = (
    "policies.json",
    "users.json",
    "groups.json",
    "svcaccts.json",
    "user_mappings.json",
    "group_mappings.json",
    "stsuser_mappings.json",
    "stsgroup_mappings.json",
)


def _part(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """One part: an object of objects; empty when it is not there. Raises Failure."""
    try:
        with archive.open(FOLDER + name) as file:
            text = file.read(MOST_BYTES + 1)
    except KeyError:
        return {}
    try:
        found = json.loads(text) if len(text) <= MOST_BYTES else None
    except ValueError:
        found = None
    if found is None and text.strip() == b"null":
        return {}
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise Failure(f"{FOLDER}{name} cannot be read as MinIO writes it")
    return found


def _mapped(told: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Names of policies, by user or group: MinIO keeps them with commas between."""
    return {
        who: tuple(name.strip() for name in str(one.get("policy", "")).split(",") if name.strip())
        for who, one in told.items()
    }


def _report_lacking(parts: dict[str, dict[str, Any]], report: ImportReport) -> None:
    for name, told in parts["users.json"].items():
        if told.get("status") not in ENABLED:
            report.leave("user", name, "disabled at the source")
    for name, told in parts["groups.json"].items():
        if told.get("status", "enabled") not in ENABLED:
            report.leave("group", name, "disabled at the source")
    for key, told in parts["svcaccts.json"].items():
        parent = str(told.get("parent", ""))
        why = f"a key of `{parent}` with limits of its own: make one of a user or a role"
        report.leave("service account", key, why)
    for part in ("stsuser_mappings.json", "stsgroup_mappings.json"):
        for who in parts[part]:
            report.leave("policies of LDAP or OpenID", who, "identities come from IAM here")
