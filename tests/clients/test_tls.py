"""Behind TLS, SDKs sign no body: they stream it in chunks, with its checksum as a trailer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from minio import Minio

from narthex.cli.serve import Endpoint
from tests.clients.conftest import Connect, File
from tests.clients.programs import AWS_V1, WRONG, Home
from tests.clients.refused import refused
from tests.clients.tls import tls_proxy, write_certificate

pytestmark = pytest.mark.clients

ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file that proves who the proxy is."""
    path = tmp_path_factory.mktemp("tls") / "proxy.pem"
    write_certificate(path)
    return path


@pytest.fixture(scope="module")
def secure(endpoint: Endpoint, certificate: Path) -> Iterator[str]:
    """The server's URL through TLS."""
    parts = urlsplit(endpoint.url)
    with tls_proxy(parts.hostname or "", parts.port or 0, certificate) as url:
        yield url


@pytest.fixture
def client(connect: Connect, secure: str, certificate: Path) -> Iterator[Any]:
    """boto3 over TLS."""
    made = connect(url=secure, verify=str(certificate))
    yield made
    made.close()


def modes_of(client: Any) -> list[str]:
    """Where what the client says of its bodies will be noted."""
    sent: list[str] = []

    def note(request: Any, **_: Any) -> None:
        value = request.headers.get("x-amz-content-sha256", "")
        sent.append(value.decode() if isinstance(value, bytes) else value)

    client.meta.events.register("before-send.s3.PutObject", note)
    client.meta.events.register("before-send.s3.UploadPart", note)
    return sent


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_trailing_checksum_is_verified_and_kept(client: Any, bucket: str, algorithm: str) -> None:
    sent = modes_of(client)
    data = bytes(range(256)) * 5000
    put = client.put_object(
        Bucket=bucket, Key="k", Body=io.BytesIO(data), ChecksumAlgorithm=algorithm
    )
    assert sent == ["STREAMING-UNSIGNED-PAYLOAD-TRAILER"]
    got = client.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == data
    assert "ContentEncoding" not in got  # aws-chunked was the transfer's, not the object's
    assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]


def test_parts_with_trailers_make_one_object(client: Any, bucket: str, presentation: File) -> None:
    sent = modes_of(client)
    client.upload_file(str(presentation.path), bucket, "p")
    assert set(sent) == {"STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
    assert presentation.same(client.get_object(Bucket=bucket, Key="p")["Body"].read())


def test_a_wrong_secret_is_refused_before_the_body(
    connect: Connect, secure: str, certificate: Path, client: Any, bucket: str
) -> None:
    other = connect(url=secure, verify=str(certificate), secret=WRONG)
    answer = refused(other.put_object, Bucket=bucket, Key="k", Body=b"x" * 100_000)
    assert answer.code == "SignatureDoesNotMatch"
    assert refused(client.head_object, Bucket=bucket, Key="k").status == 404
    other.close()


def test_minio_py_over_tls(
    endpoint: Endpoint, secure: str, certificate: Path, bucket: str, presentation: File
) -> None:
    pool = urllib3.PoolManager(ca_certs=str(certificate), cert_reqs="CERT_REQUIRED")
    client = Minio(
        urlsplit(secure).netloc,
        access_key=endpoint.access_key_id,
        secret_key=endpoint.secret,
        http_client=pool,
    )
    client.fput_object(bucket, "p", str(presentation.path), part_size=5 * 1024 * 1024)
    answer = client.get_object(bucket, "p")
    assert presentation.same(answer.read())
    answer.close()
    answer.release_conn()
    pool.clear()


def test_the_aws_cli_over_tls(
    endpoint: Endpoint,
    secure: str,
    certificate: Path,
    bucket: str,
    home: Home,
    presentation: File,
) -> None:
    variables = {
        "AWS_ENDPOINT_URL": secure,
        "AWS_CA_BUNDLE": str(certificate),
        "AWS_ACCESS_KEY_ID": endpoint.access_key_id,
        "AWS_SECRET_ACCESS_KEY": endpoint.secret,
        "AWS_DEFAULT_REGION": "us-east-2",
    }
    home.done(AWS_V1, "s3", "cp", presentation.path, f"s3://{bucket}/p", **variables)
    home.done(AWS_V1, "s3", "cp", f"s3://{bucket}/p", "back", **variables)
    assert presentation.same(home.folder / "back")
    link = home.done(AWS_V1, "s3", "presign", f"s3://{bucket}/p", **variables).strip()
    home.done("curl", "-sS", "-f", "--cacert", certificate, "-o", "by-link", link)
    assert presentation.same(home.folder / "by-link")
