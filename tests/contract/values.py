"""Values for the suites: an account, a bucket, objects and pieces, all plainly made up."""

from __future__ import annotations

import hashlib
import itertools

from narthex.catalog import Catalog, Transaction, accounts, buckets
from narthex.model import AccessKey, Account, Bucket, Checksum, Object, Piece, Principal, Upload

NOW = 1_795_521_600_000_000  # 2026-11-24T12:00:00Z in microseconds
ACCOUNT = Account("123456789012", "ab" * 32, "main", NOW)
OTHER = Account("210987654321", "cd" * 32, "other", NOW + 1)
BUCKET = Bucket("b" * 32, "bucketofbigsecrets", ACCOUNT.id, ACCOUNT.canonical_id, "", NOW)
SECOND = Bucket("c" * 32, "another", ACCOUNT.id, ACCOUNT.canonical_id, "eu-west-1", NOW)
_numbers = itertools.count(1)


def new_id() -> str:
    """32 hex digits, never twice."""
    return f"{next(_numbers):032x}"


def key_of(account: Account, key_id: str = "AKIAIOSFODNN7EXAMPLE") -> AccessKey:
    """A root key of an account; its sealed secret is any bytes."""
    arn = f"arn:aws:iam::{account.id}:root"
    principal = Principal("root", account.id, account.canonical_id, arn, key_id)
    return AccessKey(key_id, principal, b"\0sealed\xff", True, NOW)


def inline(data: bytes = b"hello", number: int = 1) -> Piece:
    """A piece whose bytes are in its row."""
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return Piece(number, len(data), etag, NOW, data=data, checksum=Checksum("CRC32", "NhCmhg=="))


def stored(size: int = 3_000_000, number: int = 1, blob: str = "") -> Piece:
    """A piece whose bytes are a blob."""
    etag = f"{number:032x}"
    return Piece(number, size, etag, NOW, blob=blob or new_id(), sums=b"\1\2\3\4" * 3)


def object_of(key: str, piece: Piece, *, modified_us: int = NOW, parts: int = 0) -> Object:
    """An object of one piece."""
    return Object(
        key=key,
        version="null",
        content=new_id(),
        size=piece.size,
        etag=piece.etag,
        modified_us=modified_us,
        owner=ACCOUNT.canonical_id,
        headers=(("content-type", "text/plain"), ("x-amz-meta-ü", "\u0001☃")),
        tags=(("a", "1"), ("b", "")),
        storage_class="STANDARD_IA",
        checksum=piece.checksum,
        parts=parts,
    )


def upload_of(key: str, initiated_us: int = NOW, upload_id: str = "") -> Upload:
    """An upload into BUCKET."""
    return Upload(
        id=upload_id or new_id(),
        bucket=BUCKET.id,
        key=key,
        initiated_us=initiated_us,
        owner=ACCOUNT.canonical_id,
        initiator=f"arn:aws:iam::{ACCOUNT.id}:root",
        headers=(("content-type", "video/mp4"),),
        tags=(("a", "b"),),
        checksum_algorithm="CRC64NVME",
        checksum_type="FULL_OBJECT",
    )


async def furnish(catalog: Catalog) -> None:
    """Two accounts, a key and two buckets."""

    async def work(tx: Transaction) -> None:
        await accounts.create(tx, ACCOUNT)
        await accounts.create(tx, OTHER)
        await accounts.put_key(tx, key_of(ACCOUNT))
        await buckets.create(tx, BUCKET)
        await buckets.create(tx, SECOND)

    await catalog.run(work)
