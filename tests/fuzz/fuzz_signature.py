"""Fuzz the reading and verifying of signatures: any request ends in a claim or in one S3Error.

And no request but the signed one verifies. Run it by hand for as long as you like, with libFuzzer's
options:

    python tests/fuzz/fuzz_signature.py -max_total_time=600

It writes its corpus, and a crash if it finds one, into the folder it is run in.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["narthex.pure"]):
    from narthex.errors import S3Error
    from narthex.http import Headers, Request
    from narthex.pure import canonical, claims, uri

from tests.pure.signing import NOON, SECRET, Link, signed

REFUSALS = frozenset(
    "AccessDenied AuthorizationHeaderMalformed AuthorizationQueryParametersError "
    "InvalidAccessKeyId InvalidArgument InvalidRequest InvalidURI NotImplemented "
    "RequestTimeTooSkewed SignatureDoesNotMatch".split()
)
SEEDS = (
    Link().request(),
    Link(method="PUT", names="host;x-amz-acl", query=(("x-amz-acl", "private"),)).request(),
    Link(token="tok/+=", query=(("versionId", "v"),)).request(),
    signed(),
    signed("PUT", query=(("a", "1"), ("a", "")), payload="UNSIGNED-PAYLOAD"),
    Request("GET", "/b/k", "AWSAccessKeyId=A&Signature=B&Expires=1795525200", Headers()),
)
SERVICES = frozenset(["s3", "sts"])
SECRETS = (SECRET, "another secret")


def test_one_input(data: bytes) -> None:
    """Lines: method, path, query, then headers as "name: value"."""
    lines = data.decode("latin-1").split("\n")
    method, path, query = (*lines[:3], "", "", "")[:3]
    pairs = [line.partition(": ") for line in lines[3:]]
    headers = Headers([(name.lower(), value) for name, _, value in pairs])
    request = Request(method, path, query, headers)
    _check_canonical(request)
    for secret in SECRETS:
        if _verifies(request, secret) and (
            secret != SECRET or _meaning(request) not in map(_meaning, SEEDS)
        ):
            raise AssertionError("a signature that nobody made")


def _verifies(request: Request, secret: str) -> bool:
    try:
        query = uri.decode_query(request.raw_query)
        claim = claims.read_claim(
            request, query, now_us=NOON, regions=(), sigv2=True, services=SERVICES
        )
        if claim is None:
            return False
        claims.verify(claim, request, query, secret, payload_hash="x")
    except S3Error as error:
        if error.code not in REFUSALS:
            raise
        return False
    return True


def _meaning(request: Request) -> tuple[object, ...]:
    """What a request asks for, decoded without narthex; a host without case and default port."""
    query = request.raw_query.replace("+", " ").split("&")
    pairs = [tuple(map(_unquoted, part.partition("=")[::2])) for part in query if part]
    host = (request.headers.get("host") or "").lower()
    plain = host.removesuffix(":80").removesuffix(":443")
    return request.method, _unquoted(request.raw_path), sorted(pairs), plain


def _unquoted(raw: str) -> bytes:
    return unquote_to_bytes(raw.encode("latin-1"))


def _check_canonical(request: Request) -> None:
    """The quick canonical forms are the careful ones, and stay what they are."""
    try:
        query = uri.decode_query(request.raw_query)
        path = canonical.canonical_path(request.raw_path)
        careful = uri.encode_path(uri.decode_path(request.raw_path)) or "/"
    except S3Error:
        return
    kept = [pair for pair in query if pair[0].lower() != canonical.SIGNATURE]
    if canonical.canonical_query(request.raw_query, query) != uri.join_query(kept):
        raise AssertionError("two canonical queries")
    if path != careful or canonical.canonical_path(path) != path:
        raise AssertionError("two canonical paths")


def seeds() -> list[bytes]:
    """Good requests of each kind."""
    found = []
    for request in SEEDS:
        head = [request.method, request.raw_path, request.raw_query]
        sent = [f"{name}: {value}" for name, value in request.headers]
        found.append("\n".join([*head, *sent]).encode("latin-1"))
    return found


def main() -> None:
    """Fuzz until an option of libFuzzer says stop; it then leaves the process."""
    for request in SEEDS[:-1]:
        changed = replace(request, raw_path=request.raw_path + "x")
        if not _verifies(request, SECRET) or _verifies(changed, SECRET):
            raise AssertionError("the seeds are not what they should be")
    corpus = Path("corpus-signature")
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
