"""The nouns of narthex as values: accounts, keys, buckets, objects, pieces, uploads.

This file never does anything: no I/O, no checks, no behaviour beyond what a value is.
Times are microseconds since the epoch (`_us`), sizes are bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from narthex.http import Pairs


@dataclass(frozen=True, slots=True)
class Account:
    """Owns buckets, users and keys. id: 12 digits. canonical_id: 64 hex digits.

    alias: a name unique over all accounts, "" for none. No key of a disabled account works.
    """

    id: str
    canonical_id: str
    name: str
    created_us: int
    enabled: bool = True
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts as. kind: "root", "user", "role" (a session of one), "federated", "share"
    or "anonymous", which has no account. "service" is S3 itself, in events that no request caused.

    unique_id: what `aws:userid` is: AIDA..., AROA...:session, the account's id for root, ID:name of
    a federated user. arn: as GetCallerIdentity tells it. name: the user's, the session's or the
    federated user's. owner_arn, owner_id: the role of a role session, the user of a federated one.
    tags: the user's; for a session those of the role and its own. issued_us: when temporary
    credentials were issued, None for permanent ones. mfa: a second factor was shown.
    """

    kind: str
    account: str = ""
    canonical_id: str = ""
    arn: str = ""
    access_key_id: str = ""
    unique_id: str = ""
    name: str = ""
    owner_arn: str = ""
    owner_id: str = ""
    tags: Pairs = ()
    issued_us: int | None = None
    source_identity: str = ""
    mfa: bool = False


ANONYMOUS = Principal("anonymous")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """Id and sealed secret of one principal. sealed is encrypted; `keyring` opens it.

    owner: the unique id of the user it belongs to, "" for the account's root. What principal says
    of a user is not kept here: `identity` reads it from the user.
    """

    id: str
    principal: Principal
    sealed: bytes = field(repr=False)
    active: bool
    created_us: int
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Bucket:
    """id never changes and is never reused; name is unique over all accounts.

    revision: counts the changes of its documents, so that what was read from them at one number
    stays true at that number. account_blocks: the account's own block on public access.
    """

    id: str
    name: str
    account: str
    owner: str  # canonical id of the account
    region: str
    created_us: int
    revision: int = 0
    account_blocks: str = ""


@dataclass(frozen=True, slots=True)
class Checksum:
    """algorithm: "CRC32", "CRC32C", "CRC64NVME", "SHA1" or "SHA256".

    value: base64 of the big-endian digest, with "-N" behind it for a composite of N parts.
    type: "FULL_OBJECT" or "COMPOSITE".
    """

    algorithm: str
    value: str
    type: str = "FULL_OBJECT"


@dataclass(frozen=True, slots=True)
class Object:
    """One version of one key: everything but its bytes.

    content names the pieces that hold the bytes. etag is without quotes. parts is 0 for an
    object written by one PUT, else the number of parts. headers are the stored response headers
    (content-type, cache-control, x-amz-meta-*, ...), names in lower case. tags are in order.
    """

    key: str
    version: str  # "null" in a bucket without versioning
    content: str
    size: int
    etag: str
    modified_us: int
    owner: str  # canonical id
    headers: Pairs = ()
    tags: Pairs = ()
    storage_class: str = "STANDARD"
    checksum: Checksum | None = None
    parts: int = 0
    acl: str = ""  # as `pure.acl` writes it; "" grants to nobody but the owner


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of an object's bytes (or a part of an upload): inline `data`, or a blob.

    start: position of its first byte in the object. number: 1 for a plain object, else the part
    number. sums: the CRC32C of each BLOCK of the blob, 4 bytes each, big-endian (see blobs).
    etag is the MD5 in hex, without quotes.
    """

    number: int
    size: int
    etag: str
    modified_us: int
    start: int = 0
    data: bytes | None = field(default=None, repr=False)
    blob: str | None = None
    sums: bytes = field(default=b"", repr=False)
    checksum: Checksum | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload in progress. Its parts are Pieces whose content is the upload's id."""

    id: str
    bucket: str  # bucket id
    key: str
    initiated_us: int
    owner: str  # canonical id
    initiator: str  # ARN
    headers: Pairs = ()
    tags: Pairs = ()
    storage_class: str = "STANDARD"
    checksum_algorithm: str = ""
    checksum_type: str = ""
    acl: str = ""
