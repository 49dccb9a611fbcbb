"""One message by apprise, in a process of its own that may do nothing but speak to public hosts.

Run as `python -m narthex.events.apprise_child`: an order as JSON on standard input, its outcome as
JSON on standard output. This process never starts another, never opens a file that is not the
interpreter's or a certificate, and never connects to an address that was not judged, wherever a
name, a redirect or a proxy leads: Python asks `_refuse` before it does any of that.
"""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import sys
from collections.abc import Callable
from typing import Any

from narthex.pure.addresses import may_reach

# What speaks to this machine and not to a service. `_refuse` would end most of them, later.
LOCAL = frozenset("blink1 dbus file glib gnome kde macosx qt syslog windows".split())
MAX_ORDER = 256 * 1024
SECONDS = 25  # of one message; whoever waits for us waits longer
_NEVER = re.compile(
    r"subprocess\.|socket\.bind|pty\."
    r"|os\.(system|exec|fork|posix_spawn|spawn|startfile|remove|rename|rmdir|mkdir)"
)
_CODE = re.compile(r"error[= ](\d{3})\b")


class Refused(PermissionError):
    """What this process may not do."""


def main() -> None:
    """Read the order, do it, and say how it went."""
    order = json.loads(sys.stdin.buffer.read(MAX_ORDER))
    outcome = run(order)
    sys.stdout.write(json.dumps(outcome))


def run(order: dict[str, Any]) -> dict[str, Any]:
    """{"ok": true}, or {"ok": false, "why": ..., "permanent": ...}, of an order.

    order: url, subject, text, allowed; check: whether only to look at the URL.
    """
    from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode

    allowed = tuple(order["allowed"])
    scheme = order["url"].partition(":")[0]
    if scheme in LOCAL:
        return _no(f"`{scheme}` is no service of the network", permanent=True)
    asset = AppriseAsset(
        app_id="narthex",
        app_desc="narthex",
        async_mode=False,
        secure_logging=True,
        storage_mode=PersistentStoreMode.MEMORY,
    )
    socket.setdefaulttimeout(SECONDS)
    heard = _listen()
    told: list[str] = []
    sys.addaudithook(guard(allowed, told))
    sender = Apprise.instantiate(order["url"], asset=asset, suppress_exceptions=True)
    if sender is None:
        return _no(f"`{scheme}` is no service that is known, or its URL lacks something", True)
    sender.verify_certificate = True  # whatever the URL says
    if order["check"]:
        return _look(sender, allowed)
    known = Apprise(asset=asset)
    known.add(sender)
    if known.notify(title=order["subject"], body=order["text"], body_format=NotifyFormat.TEXT):
        return {"ok": True}
    if told:
        return _no(told[0], permanent=True)
    codes = [found[1] for line in heard if (found := _CODE.search(line))]
    why = f": it answered {codes[0]}" if codes else ""
    return _no(f"`{scheme}` did not take the message{why}")


def _no(why: str, permanent: bool = False) -> dict[str, Any]:
    return {"ok": False, "why": why, "permanent": permanent}


def _look(sender: Any, allowed: tuple[str, ...]) -> dict[str, Any]:
    """Whether the host that a URL names, if its service has hosts of one's own, may be reached."""
    templates = " ".join(sender.templates)
    host = getattr(sender, "smtp_host", None) or getattr(sender, "host", None)
    if "{host}" not in templates or not host:
        return {"ok": True}
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return _no(_not_public())
    if all(may_reach(str(one[4][0]), allowed) for one in found):
        return {"ok": True}
    return _no(_not_public(), permanent=True)


def _not_public() -> str:
    return (
        "its host has no address on the public network; the setting notify_allow names other"
        " networks to reach"
    )


def guard(allowed: tuple[str, ...], told: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """What the interpreter asks before it opens, connects or starts something (PEP 578)."""
    readable = _readable()

    def refuse(event: str, given: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            to = given[1]
            if to is None:
                return
            address = to[0] if isinstance(to, tuple) and to else ""
            if not may_reach(str(address), allowed):
                told.append(_not_public())
                raise Refused(_not_public())
        elif event == "open":
            path, _, flags = given
            writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
            if isinstance(path, int) or path is None:
                return
            if flags & writes or not _is_within(os.fsdecode(path), readable):
                raise Refused("this process opens no files")
        elif _NEVER.match(event):
            raise Refused("this process does nothing else")

    return refuse


def _readable() -> tuple[str, ...]:
    """Folders that the interpreter, its libraries and TLS read from."""
    import ssl
    import sysconfig

    places = ssl.get_default_verify_paths()
    found = {
        *sysconfig.get_paths().values(),
        *(path for path in sys.path if path),
        *(path for path in (places.cafile, places.capath, places.openssl_cafile) if path),
        places.openssl_capath,
        "/etc/ssl",
        "/usr/share/ca-certificates",
        "/usr/share/zoneinfo",
    }
    named = (os.environ.get("SSL_CERT_FILE"), os.environ.get("REQUESTS_CA_BUNDLE"))
    return tuple(os.path.realpath(path) for path in (*found, *named) if path)


def _is_within(path: str, folders: tuple[str, ...]) -> bool:
    real = os.path.realpath(path)
    return any(real == folder or real.startswith(folder + os.sep) for folder in folders)


def _listen() -> list[str]:
    """What apprise logs from now on: only the numbers in it are ever told."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if len(heard) < 100:
                heard.append(record.getMessage())

    logging.getLogger("apprise").addHandler(Ear())
    return heard


if __name__ == "__main__":
    main()
