"""Every setting of the server: one frozen value, filled from flags, environment and a TOML file.

This file never reads a secret and never opens anything but the TOML file it is given.
Order of precedence: flag, `NARTHEX_<NAME>`, key in the TOML file, default.
"""

from __future__ import annotations

import ipaddress
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class SettingError(ValueError):
    """A setting has a value that cannot be meant. The text names the setting and the value."""


def _setting(default: Any, text: str, *, repr: bool = True) -> Any:
    return field(default=default, metadata={"help": text}, repr=repr)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen about a server. Sizes are bytes, durations seconds."""

    data: str = _setting("", "folder of the catalog, the blobs and the root key")
    listen: str = _setting("127.0.0.1:9000", "HOST:PORT to listen on; port 0 takes a free one")
    workers: int = _setting(0, "web worker processes; 0 means one for each core, at most 4")
    public_url: str = _setting("", "URL under which clients reach this server")
    domain: tuple[str, ...] = _setting((), "domains whose subdomains are bucket names")
    catalog: str = _setting("", "catalog URL: a file, or postgresql://...; empty means in `data`")
    catalog_connections: int = _setting(
        30, "connections to a catalog on PostgreSQL that this node has at most, of all processes"
    )
    blobs: str = _setting(
        "",
        "folder of the blobs, or s3://bucket/prefix?endpoint=..., gs://, az://; empty: in `data`",
    )
    master_key: str = _setting(
        "", "file of the key that seals secrets, the same for every node; empty means in `data`"
    )
    redirect_size: int = _setting(
        0, "pre-signed downloads from this size on are handed to the store of the blobs; 0: none"
    )
    region: str = _setting(
        "", "the one region to answer for (and us-east-1); empty accepts whatever is signed"
    )
    sigv2: bool = _setting(True, "accept SigV2 links (GET, HEAD, PUT, DELETE) and SigV2 forms")
    trusted_proxies: tuple[str, ...] = _setting(
        (), "addresses of proxies whose X-Forwarded-For, -Host and -Proto are believed"
    )
    inline_size: int = _setting(16 * KIB, "objects up to this size live in the catalog row")
    min_part_size: int = _setting(5 * MIB, "smallest part of a multipart upload but the last")
    max_put_size: int = _setting(5 * GIB, "largest body of one PUT or part")
    body_timeout: int = _setting(60, "seconds a client may stay silent in the middle of a body")
    delete_grace: int = _setting(600, "seconds until the bytes of a deleted object leave the disk")
    orphan_grace: int = _setting(3600, "seconds until bytes that no row names are swept")
    scrub_days: int = _setting(30, "days in which every stored byte is read and checked once")
    share_days: int = _setting(
        90, "days that an ended share, and what was done with it, are kept for audit"
    )
    audit_days: int = _setting(
        0, "days that entries of the audit log are kept; 0: as many as `share_days`"
    )
    notify_allow: tuple[str, ...] = _setting(
        (), "networks that webhooks and other targets may reach although they are not public: CIDR"
    )
    smtp_url: str = _setting(
        "",
        "mail server for mailto: addresses: smtp(s)://USER:PASSWORD@HOST:PORT?from=ADDRESS",
        repr=False,
    )
    notify_before: int = _setting(
        3600, "seconds before its end that the end of a link is told; at most a tenth of its life"
    )
    event_age: int = _setting(
        86400, "seconds that the delivery of an event is tried before it becomes a dead letter"
    )
    delivery_days: int = _setting(
        7, "days that deliveries, made and failed, are kept to be looked at and replayed"
    )
    review_model: str = _setting(
        "", "file of the decision model; empty means `model.toml` in `data`, else narthex's own"
    )
    clamd: str = _setting(
        "", "malware scanner that reviews ask: HOST:PORT, or the path of the socket, of a clamd"
    )
    review_inline: int = _setting(
        32 * MIB, "bytes that are reviewed before a share is answered; above, it waits as pending"
    )
    decision_days: int = _setting(365, "days that decisions are kept for audit and statistics")
    confirmation_hours: int = _setting(
        24, "hours after which a confirmation that nobody gave counts as given up"
    )
    functions_concurrency: int = _setting(
        16, "functions that run at once on this machine; the next are refused or wait"
    )
    functions_unconfined: bool = _setting(
        False, "run functions although this system has no namespaces to shut them off with"
    )
    access_log: bool = _setting(False, "one log line for every request, not only for refusals")

    @property
    def folder(self) -> Path:
        """The data folder, with the platform's place when none was chosen."""
        return Path(self.data) if self.data else default_data_folder()

    @property
    def catalog_url(self) -> str:
        """Where the catalog is."""
        return self.catalog or str(self.folder / "catalog.sqlite")

    @property
    def blobs_folder(self) -> Path:
        """Where the blobs are."""
        return Path(self.blobs) if self.blobs else self.folder / "blobs"

    @property
    def master_key_file(self) -> Path:
        """Where the master key is."""
        return Path(self.master_key) if self.master_key else self.folder / "master.key"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on. Raises SettingError."""
        host, colon, port = self.listen.rpartition(":")
        if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise SettingError(f"listen: `{self.listen}` is not HOST:PORT")
        return host.strip("[]") or "127.0.0.1", int(port)

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions a credential scope may name, ours first; empty accepts any."""
        return tuple(dict.fromkeys((self.region, "us-east-1"))) if self.region else ()

    @property
    def home_region(self) -> str:
        """The region told to clients when a bucket has none of its own."""
        return self.region or "us-east-1"


def default_data_folder() -> Path:
    """The platform's folder for application data, `narthex` inside it."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "narthex"
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "share") / "narthex"


def load(
    flags: Mapping[str, Any], environment: Mapping[str, str], file: str | None = None
) -> Settings:
    """Settings from all three sources. flags: only those given, by field name.

    Raises SettingError for an unknown key in the file or a value of the wrong kind.
    """
    path = file or environment.get("NARTHEX_CONFIG") or ""
    table = _read_file(path) if path else {}
    known = {item.name: item for item in fields(Settings)}
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise SettingError(f"{path}: unknown setting `{unknown[0]}`")
    values: dict[str, Any] = {}
    for name, item in known.items():
        variable = f"NARTHEX_{name.upper()}"
        if name in flags:
            values[name] = _value(name, item.default, flags[name])
        elif variable in environment:
            values[name] = _value(variable, item.default, environment[variable])
        elif name in table:
            values[name] = _value(name, item.default, table[name])
    settings = Settings(**values)
    _check(settings)
    return settings


def _read_file(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise SettingError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: {error}") from error


def _value(name: str, default: Any, given: Any) -> Any:
    if isinstance(default, bool):
        return _boolean(name, given)
    if isinstance(default, int):
        if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
            return given
        if isinstance(given, str) and given.isascii() and given.isdigit():
            return int(given)
        raise SettingError(f"{name}: `{given}` is not a whole number")
    if isinstance(default, tuple):
        items = given.split(",") if isinstance(given, str) else given
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise SettingError(f"{name}: `{given}` is not a list of names")
        return tuple(item.strip() for item in items if item.strip())
    if not isinstance(given, str):
        raise SettingError(f"{name}: `{given}` is not text")
    return given


def _boolean(name: str, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    word = str(given).lower()
    if word not in words:
        raise SettingError(f"{name}: `{given}` is neither true nor false")
    return words[word]


def _check(settings: Settings) -> None:
    _ = settings.address
    if settings.public_url and not settings.public_url.startswith(("http://", "https://")):
        raise SettingError(f"public_url: `{settings.public_url}` is not an http(s) URL")
    if settings.inline_size > MIB:
        raise SettingError("inline_size: rows hold at most 1 MiB")
    for network in settings.notify_allow:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise SettingError(f"notify_allow: {error}") from error
    if settings.smtp_url and not settings.smtp_url.startswith(("smtp://", "smtps://")):
        raise SettingError(
            "smtp_url: this is no URL such as smtps://USER:PASSWORD@HOST?from=ADDRESS"
        )
    if settings.min_part_size < 1:
        raise SettingError("min_part_size: a part has at least one byte")
