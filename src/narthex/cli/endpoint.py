"""Where a request goes: scheme, host and path of a server, a bucket or an object. Pure.

The rules are those of `pure.endpoints`, but on AWS a request always goes to the bucket's region,
where a link may go to the host of no region.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from narthex.cli.failure import USAGE, Failure
from narthex.pure.endpoints import Endpoint
from narthex.pure.uri import encode_path

if TYPE_CHECKING:
    from narthex.pure.endpoints import Style

ANY_BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class Place:
    """host: the Host header, without the scheme's own port. path: percent-encoded."""

    scheme: str
    host: str
    path: str

    @property
    def url(self) -> str:
        """The whole URL, without a query."""
        return f"{self.scheme}://{self.host}{self.path}"


def place(
    endpoint_url: str | None, region: str, style: Style, bucket: str = "", key: str = ""
) -> Place:
    """The place of an object, of a bucket without a key, of the server without a bucket.

    Raises Failure for a name no bucket can have.
    """
    if endpoint_url is None and style == "auto":
        style = "virtual"
    try:
        if not bucket:  # the server is where any bucket is in path style
            origin = Endpoint(region, endpoint_url, "path").origin(ANY_BUCKET)
            path = origin.path.removesuffix(f"{ANY_BUCKET}/")
        else:
            origin = Endpoint(region, endpoint_url, style).origin(bucket)
            path = origin.path + encode_path(key)
    except ValueError as error:
        raise Failure(f"Parameter validation failed:\n{error}", USAGE) from error
    if not key and len(path) > 1:
        path = path.removesuffix("/")
    return Place(origin.base.partition(":")[0], origin.host, path)
