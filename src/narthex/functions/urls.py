"""URLs of functions: what was set up for one, and where it leads.

This file never answers a request.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from narthex.catalog import Reader, function_documents, functions
from narthex.catalog.function_documents import URL
from narthex.pure.function_urls import UrlCors
from narthex.pure.functions import Function

PATH = "/-/f/"  # of URLs that have no host of their own
LABEL = "lambda-url"  # in the host of those that have
AUTH_TYPES = ("AWS_IAM", "NONE")


@dataclass(frozen=True, slots=True)
class UrlConfig:
    """auth: one of AUTH_TYPES. created_us: when the URL was made."""

    id: str
    auth: str
    created_us: int
    cors: UrlCors | None = None
    mode: str = field(default="BUFFERED")

    def text(self) -> str:
        """As the catalog keeps it."""
        return json.dumps(asdict(self))


def read_config(text: str) -> UrlConfig:
    """What `UrlConfig.text` wrote."""
    told: dict[str, Any] = json.loads(text)
    cors: dict[str, Any] | None = told.pop("cors")
    if cors is None:
        return UrlConfig(**told)
    lists: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in cors.items()
    }
    return UrlConfig(**told, cors=UrlCors(**lists))


@dataclass(frozen=True, slots=True)
class Found:
    """Where a URL leads."""

    function: Function
    qualifier: str
    config: UrlConfig


async def find(reader: Reader, id: str) -> Found | None:
    """The function behind a URL's id."""
    place = await function_documents.url(reader, id)
    if place is None:
        return None
    function = await functions.get(reader, place[0])
    document = await function_documents.find(reader, place[0], place[1], URL)
    if function is None or document is None:
        return None
    return Found(function, place[1], read_config(document.text))


def host_of(id: str, region: str, domain: str) -> str:
    """The host of a URL, where there is a domain for it."""
    return f"{id}.{LABEL}.{region}.{domain}"
