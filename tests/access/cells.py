"""Buckets for the matrix, each for one request: filled through the catalog, many at once."""

from __future__ import annotations

import base64
import hashlib
import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from narthex.catalog import Transaction, accounts, buckets, objects, uploads
from narthex.model import Account, Bucket, Checksum, Object, Piece, Upload
from narthex.pure import acl, ownership, public_access
from narthex.s3 import rules
from tests.access.table import BLOCKINGS, SOURCE, TARGET
from tests.driving import NOON, Driver
from tests.operations.access import statement

BYTES = b"secret"
ETAG = hashlib.md5(BYTES).hexdigest()
CRC32 = base64.b64encode(zlib.crc32(BYTES).to_bytes(4, "big")).decode()
_numbers = itertools.count()


@dataclass(frozen=True)
class Cell:
    """A bucket that holds TARGET, SOURCE and an upload of TARGET with one part."""

    bucket: str
    upload: str


async def fill(narthex: Driver, prefix: str, worlds: Sequence[tuple[str, str]]) -> list[Cell]:
    """One bucket for each pair of a world and a blocking, its name behind the prefix."""
    account = await accounts.first(narthex.server.catalog)
    assert account is not None
    cells = [Cell(f"{prefix}-{next(_numbers)}", narthex.server.new_id()) for _ in worlds]

    async def work(tx: Transaction) -> None:
        for cell, (world, blocking) in zip(cells, worlds, strict=True):
            await _fill(tx, narthex, account, cell, world, blocking)

    await narthex.server.catalog.run(work)
    return cells


async def block_account(narthex: Driver, blocking: str) -> None:
    """The account's own blocks are what they are under this blocking."""
    account = await accounts.first(narthex.server.catalog)
    assert account is not None

    async def work(tx: Transaction) -> None:
        await accounts.set_blocks(tx, account.id, public_access.write(BLOCKINGS[blocking].account))

    await narthex.server.catalog.run(work)


async def _fill(
    tx: Transaction, narthex: Driver, account: Account, cell: Cell, world: str, blocking: str
) -> None:
    owner, new_id = account.canonical_id, narthex.server.new_id
    made = Bucket(new_id(), cell.bucket, account.id, owner, "", NOON)
    await buckets.create(tx, made)
    own = public_access.write(BLOCKINGS[blocking].bucket)
    await buckets.attach(tx, made.id, rules.BLOCKS, own)
    public = world == "public by lists"
    if public:
        listed = acl.canned("public-read-write", owner=owner, bucket_owner=owner, on="bucket")
        await buckets.attach(tx, made.id, rules.OWNERSHIP, ownership.WRITER)
        await buckets.attach(tx, made.id, rules.ACL, acl.write(listed))
    if world == "public by policy":
        text = statement(cell.bucket, "s3:*").decode()
        await buckets.attach(tx, made.id, rules.POLICY, text)
        await buckets.attach(tx, made.id, rules.PINS, "[]")
    read = acl.canned("public-read", owner=owner, bucket_owner=owner, on="object")
    for key in (TARGET, SOURCE):
        await objects.put(
            tx,
            made.id,
            Object(key, "null", new_id(), len(BYTES), ETAG, NOON, owner, acl=acl.write(read)),
            [Piece(1, len(BYTES), ETAG, NOON, data=BYTES)],
            NOON,
        )
    upload = Upload(
        cell.upload, made.id, TARGET, NOON, owner, "", (), (), "STANDARD", "CRC32", "FULL_OBJECT"
    )
    await uploads.create(tx, upload)
    part = Piece(1, len(BYTES), ETAG, NOON, data=BYTES, checksum=Checksum("CRC32", CRC32))
    await uploads.put_part(tx, upload, part, NOON)
