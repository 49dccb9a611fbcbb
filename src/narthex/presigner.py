"""Sign URLs that let their holder do one thing with one object for a limited time.

    from narthex import Presigner

    signer = Presigner(access_key_id, secret_access_key, region="eu-central-1")
    signer.url("GET", "bucket", "report.pdf", expires_in=3600)

This file never talks to a server and never asks whether an object exists; it computes. The URLs are
those that botocore makes with `signature_version="s3v4"`, byte for byte. What does not depend on
the key is made once and not once a URL: that is where the speed comes from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from narthex.pure import sigv4, uri
from narthex.pure.endpoints import Endpoint, Origin

TYPE_CHECKING = False  # as typing's, whose import costs more than ours
if TYPE_CHECKING:
    from narthex.pure.endpoints import Style

Pairs = Sequence[tuple[str, str]]
Sign = Callable[[str], str]

METHODS = frozenset(["GET", "HEAD", "PUT", "POST", "DELETE"])
PAYLOAD = "x-amz-content-sha256"
# What signing adds to a query; a caller's parameter of that name would have two meanings.
RESERVED = frozenset(
    "x-amz-algorithm x-amz-credential x-amz-date x-amz-expires x-amz-signedheaders "
    "x-amz-security-token x-amz-signature".split()
)
REMEMBERED = 256  # ways to sign that are kept, each good for one second


class Presigner:
    """Signs URLs with one key. Safe to share between threads; its repr shows the key's id only.

    region: None is us-east-1. endpoint_url: of any S3 server ("http://localhost:9000"); None is
    AWS. session_token: of temporary keys. addressing_style: "path" puts the bucket into the path,
    "virtual" into the host name, "auto" does as AWS's tools: the host on AWS, the path elsewhere.
    clock: seconds since the epoch. Raises ValueError for what cannot be meant.
    """

    __slots__ = ("_clock", "_credentials", "_endpoint", "_ways")

    def __init__(
        self,
        access_key_id: str,
        secret_access_key: str,
        region: str | None = None,
        endpoint_url: str | None = None,
        session_token: str | None = None,
        addressing_style: Style = "auto",
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not access_key_id or not secret_access_key:
            raise ValueError("a key has an id and a secret")
        self._credentials = sigv4.Credentials(access_key_id, secret_access_key, session_token)
        self._endpoint = Endpoint(region, endpoint_url, addressing_style)
        self._clock = clock
        self._ways: dict[object, Sign] = {}

    def __repr__(self) -> str:
        return f"Presigner({self._credentials.access_key_id!r})"

    def url(
        self,
        method: str,
        bucket: str,
        key: str,
        expires_in: int = 3600,
        query: Pairs = (),
        headers: Pairs = (),
    ) -> str:
        """The URL of one object for one kind of request, good for `expires_in` seconds from now.

        expires_in: 1 to 604800. query: more parameters to sign, in the order in which they are to
        stand, such as ("versionId", id). headers: what the request has to send, exactly so, such as
        ("content-type", "text/plain"); with ("x-amz-content-sha256", hex) only that body will do.
        Raises ValueError.
        """
        return self._way(method, bucket, expires_in, query, headers)(key)

    def urls(
        self,
        method: str,
        bucket: str,
        keys: Iterable[str],
        expires_in: int = 3600,
        query: Pairs = (),
        headers: Pairs = (),
    ) -> Iterator[str]:
        """The URLs of many objects, in order, made as they are asked for.

        All of them are dated now, at the call. Raises ValueError as `url` does; for a bad key, when
        its turn comes.
        """
        return map(self._way(method, bucket, expires_in, query, headers), keys)

    def _way(self, method: str, bucket: str, expires_in: int, query: Pairs, headers: Pairs) -> Sign:
        """The function from key to URL for this second."""
        second = int(self._clock())
        # Lists are welcome, but only tuples can be remembered.
        query = tuple([(name, value) for name, value in query]) if query else ()
        headers = tuple([(name, value) for name, value in headers]) if headers else ()
        case = (second, method, bucket, expires_in, query, headers)
        way = self._ways.get(case)
        if way is None:
            way = self._prepare(second, method, bucket, expires_in, query, headers)
            if len(self._ways) >= REMEMBERED:
                self._ways.clear()
            self._ways[case] = way
        return way

    def _prepare(
        self,
        second: int,
        method: str,
        bucket: str,
        expires_in: int,
        query: Pairs,
        headers: Pairs,
    ) -> Sign:
        if method not in METHODS:
            raise ValueError(f"a URL is for one of {', '.join(sorted(METHODS))}, not `{method}`")
        _check_expires(expires_in)
        _check_query(query)
        origin = self._endpoint.origin(bucket)
        names, lines, payload = _signed_headers(origin.host, headers)
        credentials = self._credentials
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        region = self._endpoint.region
        scope = sigv4.scope(stamp[:8], region, "s3")
        sent = [
            *query,
            ("X-Amz-Algorithm", sigv4.ALGORITHM),
            ("X-Amz-Credential", f"{credentials.access_key_id}/{scope}"),
            ("X-Amz-Date", stamp),
            ("X-Amz-Expires", str(expires_in)),
            ("X-Amz-SignedHeaders", names),
        ]
        if credentials.session_token is not None:
            sent.append(("X-Amz-Security-Token", credentials.session_token))
        written = "&".join([f"{uri.encode(name)}={uri.encode(value)}" for name, value in sent])
        return _way_to_sign(
            origin,
            head=f"{method}\n{origin.path}",
            tail=f"\n{uri.join_query(sent)}\n{lines}\n{names}\n{payload}",
            end=f"?{written}&X-Amz-Signature=",
            signing=sigv4.signing_key(credentials.secret, stamp[:8], region, "s3"),
            to_sign=f"{sigv4.ALGORITHM}\n{stamp}\n{scope}\n",
        )


def _way_to_sign(
    origin: Origin, head: str, tail: str, end: str, signing: sigv4.Key, to_sign: str
) -> Sign:
    """The function from a key to its URL; everything but the key is in its hands already.

    head, tail: what the canonical request has before and behind the path of the key. end: what the
    URL has between key and signature. to_sign: the string to sign up to the last hash, which is
    hashed once here: only 64 digits are left for each key.
    """
    base = origin.base
    safe = uri.PATH_SAFE
    encode_path = uri.encode_path
    canonical = sha256(head.encode()).copy
    rest = tail.encode()
    inner_state = signing.inner.copy()
    inner_state.update(to_sign.encode())
    inner = inner_state.copy
    outer = signing.outer.copy

    def sign(key: str) -> str:
        path = key.encode()
        if path.rstrip(safe):
            key = encode_path(key)
            path = key.encode()
        elif not path:
            raise ValueError("a key has at least one character")
        request = canonical()
        request.update(path + rest)
        first = inner()
        first.update(request.hexdigest().encode())
        second = outer()
        second.update(first.digest())
        return f"{base}{key}{end}{second.hexdigest()}"

    return sign


def _signed_headers(host: str, headers: Pairs) -> tuple[str, str, str]:
    """The names to sign, joined; their lines; and what is signed about the body."""
    values: dict[str, list[str]] = {"host": [host]}
    for name, value in headers:
        lower = name.lower()
        if lower == "host" or lower in sigv4.NEVER_SIGNED:
            raise ValueError(f"the header `{name}` cannot be signed into a URL")
        if not _is_token(lower):
            raise ValueError(f"`{name}` is not the name of a header")
        if not value.replace("\t", "").isprintable():
            raise ValueError(f"the header `{name}` has a control character in it")
        values.setdefault(lower, []).append(" ".join(value.split()))
    names = sorted(values)
    lines = "".join([f"{name}:{','.join(values[name])}\n" for name in names])
    return ";".join(names), lines, values.get(PAYLOAD, [sigv4.UNSIGNED])[0]


def _is_token(name: str) -> bool:
    """Whether a name can be a header's. Source: RFC 9110, section 5.6.2."""
    return bool(name) and not name.translate(_TOKEN)


_TOKEN = dict.fromkeys(
    b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)


def _check_expires(expires_in: int) -> None:
    if not isinstance(expires_in, int) or isinstance(expires_in, bool):
        raise ValueError(f"expires_in is a whole number of seconds, not `{expires_in!r}`")
    if not 1 <= expires_in <= sigv4.MAX_EXPIRES:
        raise ValueError(
            f"expires_in is 1 to {sigv4.MAX_EXPIRES} seconds (a week), not {expires_in}"
        )


def _check_query(query: Pairs) -> None:
    for name, _ in query:
        if not name or name.lower() in RESERVED:
            raise ValueError(f"`{name}` cannot be a parameter beside the signature")
