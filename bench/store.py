"""One running server as the measurements see it: where it is, and a key that signs for it.

This file never starts one; `servers.py` and `ceph.py` do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bench.result import Failed
from narthex import Presigner

REGION = "us-east-1"
BUCKET = "bench"
LIFETIME = 24 * 3600  # seconds; longer than any run

# AWS's published example, for the stores that take any key.
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@dataclass(frozen=True, slots=True)
class Store:
    """url: without a slash at its end. key is "" for nginx, which checks no signatures.

    pid: of the process that was started. note: what a reader must know to compare it fairly.
    """

    name: str
    url: str
    pid: int
    key: str = KEY
    secret: str = field(default=SECRET, repr=False)
    note: str = ""

    def client(self) -> Any:
        """boto3 for this store, path style."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                retries={"max_attempts": 1},
                request_checksum_calculation="when_required",
                proxies={},
            ),
        )

    def link(self, key: str, *, bucket: str = BUCKET, method: str = "get_object") -> str:
        """A link made by boto3, SigV4; the bare URL for nginx."""
        if not self.key:
            return f"{self.url}/{bucket}/{key}"
        url: str = self.client().generate_presigned_url(
            method, Params={"Bucket": bucket, "Key": key}, ExpiresIn=LIFETIME
        )
        return url

    def links(
        self, keys: Sequence[str], *, method: str = "GET", lifetime: int = LIFETIME
    ) -> list[str]:
        """Very many links at once, by our own signer (the tests say that they equal boto3's)."""
        if not self.key:
            return [f"{self.url}/{BUCKET}/{key}" for key in keys]
        signer = Presigner(
            self.key, self.secret, region=REGION, endpoint_url=self.url, addressing_style="path"
        )
        return list(signer.urls(method, BUCKET, keys, expires_in=lifetime))

    def fill(self, objects: dict[str, Path]) -> None:
        """Put these files under these keys. Raises Failed when one does not come back the same."""
        if not self.key:
            return  # nginx serves the folder itself
        client = self.client()
        try:
            client.create_bucket(Bucket=BUCKET)
            for key, file in objects.items():
                with file.open("rb") as body:
                    client.put_object(Bucket=BUCKET, Key=key, Body=body)
                with file.open("rb") as body:
                    wanted = hashlib.file_digest(body, "sha256").digest()
                if _digest(client.get_object(Bucket=BUCKET, Key=key)["Body"]) != wanted:
                    raise Failed(f"`{key}` came back altered")
        except (BotoCoreError, ClientError) as error:
            raise Failed(str(error)) from error


def _digest(body: Any) -> bytes:
    digest = hashlib.sha256()
    for chunk in body.iter_chunks(1 << 20):
        digest.update(chunk)
    return digest.digest()
