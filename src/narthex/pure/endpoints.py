"""Where a bucket is: the scheme, host and path that AWS's own tools would use for it. Pure.

This file never asks a network and knows no bucket; it imports little, so that signing URLs starts
fast. Source: the endpoint rules of botocore for S3, with which a property test compares it.
"""

from __future__ import annotations

from narthex.pure.uri import UNRESERVED

TYPE_CHECKING = False  # as typing's, whose import costs more than ours
if TYPE_CHECKING:
    from typing import Literal

    Style = Literal["auto", "path", "virtual"]

STYLES = ("auto", "path", "virtual")
AWS_GLOBAL = "aws-global"
FIRST_REGION = "us-east-1"  # has AWS's host without a region in it, and is meant where none is said
AWS = "amazonaws.com"
# How the regions of AWS's other partitions start, and their domains.
PARTITIONS = (
    ("cn-", "amazonaws.com.cn"),
    ("us-gov-", AWS),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-de-", "amazonaws.eu"),
)
DIRECTORY_BUCKET = "--x-s3"  # needs a session, which only a call can open
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ALNUM = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_LABEL = _ALNUM | {"-"}
_BUCKET = _LABEL | {".", "_"}
_BASE_PATH = frozenset(UNRESERVED.decode() + "/")


class Origin:
    """Where the keys of one bucket begin. All three are percent-encoded already.

    base: the URL up to the key. path: its path. host: as it is signed, in lower case and without
    the scheme's own port.
    """

    __slots__ = ("base", "host", "path")

    def __init__(self, scheme: str, authority: str, path: str) -> None:
        self.base = f"{scheme}://{authority}{path}"
        self.path = path
        self.host = authority.lower().removesuffix(f":{_DEFAULT_PORTS[scheme]}")


class Endpoint:
    """A server of S3, without a bucket: AWS's own, or the one of an endpoint URL."""

    __slots__ = ("_authority", "_base", "_numeric", "_region", "_scheme", "_style")

    def __init__(self, region: str | None, endpoint_url: str | None, style: Style) -> None:
        """region: None is us-east-1. endpoint_url: scheme, host, port and path; None is AWS.

        Raises ValueError for what cannot be an address.
        """
        if style not in STYLES:
            raise ValueError(f"addressing_style is one of {', '.join(STYLES)}, not `{style}`")
        self._region = FIRST_REGION if region is None else region
        if not _is_label(self._region):
            raise ValueError(f"`{region}` is not the name of a region")
        self._style = style
        self._authority = ""
        if endpoint_url is not None:
            self._scheme, self._authority, self._base = _split_url(endpoint_url)
            self._numeric = _is_numeric(self._authority)

    @property
    def region(self) -> str:
        """The region that signatures name."""
        if self._region == AWS_GLOBAL and not self._authority:
            return FIRST_REGION
        return self._region

    def origin(self, bucket: str) -> Origin:
        """The origin of a bucket. Raises ValueError for a name no bucket can have."""
        if not 0 < len(bucket) <= 255 or not _BUCKET.issuperset(bucket):
            raise ValueError(f"`{bucket}` is not the name of a bucket")
        if bucket.endswith(DIRECTORY_BUCKET):
            raise ValueError(f"`{bucket}` is a directory bucket: its URLs need a session of AWS")
        if not self._authority:
            return self._aws_origin(bucket)
        if self._style == "virtual" and not self._numeric:
            plain = self._scheme == "http"  # no certificate covers the dots of a name
            if _is_hostable(bucket, dots=plain):
                return Origin(self._scheme, f"{bucket}.{self._authority}", f"{self._base}/")
        return Origin(self._scheme, self._authority, f"{self._base}/{bucket}/")

    def _aws_origin(self, bucket: str) -> Origin:
        region = self._region
        domain = _domain(region)
        # Links of "auto" go to the host of no region, which every region answers for new buckets.
        everywhere = self._style == "auto" and domain is None and _is_label(bucket)
        if everywhere or region in (FIRST_REGION, AWS_GLOBAL):
            host = f"s3.{AWS}"
        else:
            host = f"s3.{region}.{domain or AWS}"
        if self._style != "path" and _is_hostable(bucket, dots=False):
            return Origin("https", f"{bucket}.{host}", "/")
        return Origin("https", host, f"/{bucket}/")


def _domain(region: str) -> str | None:
    """The domain of a region of another partition than AWS's first; None for that one."""
    for start, domain in PARTITIONS:
        if region.startswith(start):
            place, _, number = region[len(start) :].rpartition("-")
            if number.isdigit() and place and "-" not in place:
                return domain
    return None


def _is_label(name: str) -> bool:
    return (
        0 < len(name) <= 63
        and _LABEL.issuperset(name)
        and not name.startswith("-")
        and not name.endswith("-")
    )


def _is_hostable(bucket: str, *, dots: bool) -> bool:
    """Whether a bucket can be the first label (with dots: labels) of a host name."""
    if len(bucket) < 3 or bucket.lower() != bucket or _is_numeric(bucket):
        return False
    return all(map(_is_label, bucket.split("."))) if dots else _is_label(bucket)


def _is_numeric(authority: str) -> bool:
    """Whether a host is an IP address, which has no subdomains."""
    if authority.startswith("["):
        return True
    parts = authority.partition(":")[0].split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def _split_url(url: str) -> tuple[str, str, str]:
    """Scheme, authority and path (without a slash at its end) of an endpoint URL."""
    scheme, found, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    path = (slash + path).rstrip("/")
    if scheme not in _DEFAULT_PORTS or not found:
        raise ValueError(f"Invalid endpoint: {url}: it starts with http:// or https://")
    if not _is_authority(authority):
        raise ValueError(f"Invalid endpoint: {url}: no host and port between the slashes")
    if not _BASE_PATH.issuperset(path) or any(
        part in ("", ".", "..") for part in path.split("/")[1:]
    ):
        raise ValueError(f"Invalid endpoint: {url}: a path of plain names, and nothing behind it")
    return scheme, authority, path


def _is_authority(authority: str) -> bool:
    if authority.startswith("["):
        host, found, port = authority[1:].partition("]")
        good = bool(found) and set(host) <= set("0123456789abcdefABCDEF:.") and ":" in host
        port, colon = port[1:], port[:1]
        good = good and colon in ("", ":")
    else:
        host, colon, port = authority.partition(":")
        labels = host.removesuffix(".").split(".")
        good = all(label and _BUCKET.issuperset(label) for label in labels)
        good = good and not any(label.startswith("-") or label.endswith("-") for label in labels)
    if not colon:
        return good
    return good and port.isascii() and port.isdigit() and int(port) < 65536
