"""Where a bucket is: scheme, host and path, in path style or virtual-host style. Pure.

The rules are those of the AWS SDKs with addressing style "auto": AWS by virtual host, any other
server by path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from narthex.pure.uri import encode, encode_path

# A bucket name that can be a DNS label; with dots in it a certificate for *.s3... does not match.
_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_HOST_ONLY = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Place:
    """host: the Host header, with the port unless it is the scheme's own. path: percent-encoded."""

    scheme: str
    host: str
    path: str

    @property
    def url(self) -> str:
        """The whole URL, without a query."""
        return f"{self.scheme}://{self.host}{self.path}"


def place(
    endpoint_url: str | None, region: str, style: str, bucket: str = "", key: str = ""
) -> Place:
    """The place of a bucket or an object; of the service itself when no bucket is given."""
    if endpoint_url is None:
        scheme, host, base = "https", aws_host(region), ""
    else:
        parts = urlsplit(endpoint_url)
        scheme, base = parts.scheme, parts.path.rstrip("/")
        host = without_default_port(scheme, parts.netloc.rpartition("@")[2])
    encoded = encode_path(key)
    if not bucket:
        return Place(scheme, host, base or "/")
    if _as_host(endpoint_url, style, bucket):
        return Place(scheme, f"{bucket}.{host}", f"{base}/{encoded}")
    return Place(scheme, host, f"{base}/{encode(bucket)}" + (f"/{encoded}" if key else ""))


def aws_host(region: str) -> str:
    """AWS's own host for S3 in a region."""
    if region in ("us-east-1", "aws-global"):
        return "s3.amazonaws.com"
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"s3.{region}.amazonaws.com{suffix}"


def without_default_port(scheme: str, host: str) -> str:
    """The Host header for a network location: SigV4 leaves the scheme's own port out."""
    port = {"http": ":80", "https": ":443"}[scheme]
    return host.removesuffix(port).lower()


def _as_host(endpoint_url: str | None, style: str, bucket: str) -> bool:
    if style == "path":
        return False
    if style == "virtual":
        return _HOST_ONLY.fullmatch(bucket) is not None
    return endpoint_url is None and _LABEL.fullmatch(bucket) is not None
