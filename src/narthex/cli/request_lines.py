"""Requests for files as lines for people, and their signed forms as a page. Pure.

What comes from others (keys, names, fields) is shown without control characters, and escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any

from narthex.cli.share_lines import common_facts, common_row, last_facts
from narthex.cli.sizes import human_size

HEAD = ("ID", "INTO", "TO", "STATE", "FILES LEFT", "ENDS", "LAST USED")


def row(request: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    """A request under HEAD."""
    left, most = request.get("files_left"), request.get("max_files")
    return common_row(request, "any" if left is None else f"{left} of {most}", now)


def facts(request: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    """Everything about one request that is not empty: a name and a text each."""
    yield from common_facts(request, "into", now)
    most = request.get("max_files")
    yield "files", f"{request['files']}" + (f" of {most}" if most is not None else "")
    most = request.get("max_bytes")
    of = f" of {human_size(most)}" if most is not None else ""
    yield "received", f"{human_size(request['bytes'])}{of}"
    if request.get("max_size") is not None:
        yield "largest file", human_size(request["max_size"])
    if request.get("types"):
        yield "types", ", ".join(request["types"])
    yield "overwrite", str(request.get("overwrite"))
    for one in request.get("held", ()):
        by = f", by decision {one['decision']}" if one["decision"] else " for its review"
        yield f"held, {one['state']}", f"{one['key']}{by}"
    yield from last_facts(request)


def allowed(request: Mapping[str, Any]) -> str:
    """What a request takes, as one sentence without its end: `at most 5 files, ...`; "" for all."""
    return ", ".join(_limits(request))


def _limits(request: Mapping[str, Any]) -> Iterator[str]:
    most = request.get("max_files")
    if not request.get("prefix", True):
        yield "one file"
    elif most is not None:
        yield "one file" if most == 1 else f"at most {most} files"
    if request.get("max_size") is not None:
        yield f"{human_size(request['max_size'])} each"
    if request.get("max_bytes") is not None:
        yield f"{human_size(request['max_bytes'])} in all"
    if request.get("types"):
        yield f"only {', '.join(request['types'])}"
    if request.get("overwrite") == "always":
        yield "a file may take the place of another"
    if request.get("allow_ips"):
        yield f"from {', '.join(request['allow_ips'])} only"
    if request.get("password"):
        yield "with its password"


def form_page(form: Mapping[str, Any]) -> str:
    """A page of HTML that uploads by a signed form, without a script."""
    hidden = "\n".join(
        f'<input type="hidden" name="{escape(one["name"])}" value="{escape(one["value"])}">'
        for one in form["fields"]
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Upload</title>\n'
        f'<form action="{escape(form["url"])}" method="post" enctype="multipart/form-data">\n'
        f"{hidden}\n"
        '<label>File <input type="file" name="file" required></label>\n'
        "<button>Upload</button>\n</form>\n</html>"
    )
