"""Links to the store itself, for downloads that need not pass through us.

This file never decides who may have one. What is fetched by it, nobody counts or takes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from narthex.http import Pairs
from narthex.presigner import Presigner

# What the store is asked to say of the bytes, since it knows nothing of their name and type.
SAID: Final = {
    "content-type": "response-content-type",
    "content-disposition": "response-content-disposition",
    "content-encoding": "response-content-encoding",
    "content-language": "response-content-language",
    "cache-control": "response-cache-control",
}


@dataclass(frozen=True, slots=True)
class HandingOver:
    """Signs for one bucket and prefix of an S3 store."""

    signer: Presigner
    bucket: str
    prefix: str

    def url(self, path: str, headers: Pairs, seconds: int) -> str:
        """A link to what is at `path` below the prefix; it has to be followed within `seconds`."""
        query = tuple((SAID[name], value) for name, value in headers if name in SAID)
        key = f"{self.prefix}/{path}" if self.prefix else path
        return self.signer.url("GET", self.bucket, key, seconds, query)
