"""What an owner asks for when issuing or changing a share: its fields within their rules. Pure.

This file never knows who asks. What cannot be meant is refused here, when it is asked for, and not
when somebody follows the link.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from narthex.pure.durations import LONGEST
from narthex.pure.notices import checked_occasions
from narthex.pure.notify_urls import read_notify_url
from narthex.pure.share_files import read_kind
from narthex.pure.shares import ANY_FILE, Accepts, Kind, Limits, read_network

SECOND = 1_000_000  # microseconds
MAX_NETWORKS = 64
MAX_COUNT = 1 << 53  # what every reader of JSON can hold
PASSWORD = (8, 128)  # characters
MAX_RECIPIENT = 256
MAX_FILENAME = 255
MAX_NOTE = 1024
MAX_TYPES = 64
MAX_KEY = 1024  # bytes
MAX_NOTIFY = 10
UNLIMITED = Limits()


class OrderError(ValueError):
    """A field that cannot be meant. field: as the API names it. The text is for its sender."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Order:
    """A share or a request to issue. pin: only the object as it is at that moment. raw: a raw link,
    too. accepts: of a request. notify: who is told of it, on these occasions.
    """

    bucket: str
    key: str
    is_prefix: bool = False
    version: str = ""
    pin: bool = False
    limits: Limits = UNLIMITED
    password: str | None = field(default=None, repr=False)
    recipient: str = ""
    filename: str = ""
    note: str = ""
    raw: bool = False
    kind: Kind = "download"
    accepts: Accepts = ANY_FILE
    notify: tuple[str, ...] = field(repr=False, default=())
    notify_on: tuple[str, ...] = ()


def checked(order: Order, now_us: int) -> Order:
    """The order, its networks and types spelled one way. Raises OrderError."""
    if len(order.key.encode("utf-8", "surrogatepass")) > MAX_KEY:
        raise OrderError("key", f"a key has at most {MAX_KEY} bytes")
    if not order.key and not order.is_prefix:
        raise OrderError("key", "a key has at least one character; `prefix` shares a whole bucket")
    if order.is_prefix and (order.version or order.pin):
        raise OrderError("version" if order.version else "pin", "a prefix has no version")
    if order.limits.expires_us is None:
        raise OrderError("expires_at", "a share ends: say `expires_in` or `expires_at`")
    if order.password is not None:
        check_password(order.password)
        if order.raw:
            raise OrderError("raw", "a raw link cannot ask for a password: use the short one")
    if order.is_prefix and order.raw:
        raise OrderError("raw", "a prefix has no raw link: use the short one")
    if order.is_prefix and order.filename:
        raise OrderError("filename", "a prefix is many files")
    check_text(order.version, "version", 1024)
    check_text(order.filename, "filename", MAX_FILENAME)
    check_words(order.recipient, order.note)
    limits = checked_limits(order.limits, now_us, order.kind)
    occasions = _occasions(order)
    return replace(
        order, limits=limits, accepts=checked_accepts(order.accepts), notify_on=occasions
    )


def _occasions(order: Order) -> tuple[str, ...]:
    """On which occasions its addresses are told, each of which can be meant."""
    if not order.notify:
        if order.notify_on:
            raise OrderError("notify_on", "`notify` says who is told")
        return ()
    if len(order.notify) > MAX_NOTIFY:
        raise OrderError("notify", f"at most {MAX_NOTIFY} addresses")
    name = "notify"
    try:
        for text in order.notify:
            read_notify_url(text)
        name = "notify_on"
        return checked_occasions(order.notify_on, order.kind)
    except ValueError as error:
        raise OrderError(name, str(error)) from error


def checked_accepts(accepts: Accepts) -> Accepts:
    """Which files, their types spelled one way. Raises OrderError."""
    if accepts.max_size is not None and not 1 <= accepts.max_size <= MAX_COUNT:
        raise OrderError("max_size", "this is a number from 1 on")
    if len(accepts.types) > MAX_TYPES:
        raise OrderError("types", f"at most {MAX_TYPES} types")
    found: list[str] = []
    for text in accepts.types:
        try:
            found.append(read_kind(text))
        except ValueError as error:
            shown = text[:64]
            why = f"`{shown}` is no ending such as .pdf, and no type such as image/* or text/csv"
            raise OrderError("types", why) from error
    return replace(accepts, types=tuple(dict.fromkeys(found)))


def checked_limits(limits: Limits, now_us: int, kind: Kind = "download") -> Limits:
    """The limits, their networks spelled one way. Raises OrderError."""
    expires, begins = limits.expires_us, limits.not_before_us
    if expires is not None and expires <= now_us:
        raise OrderError("expires_at", "this time has passed")
    for name, at in (("expires_at", expires), ("not_before", begins)):
        if at is not None and at - now_us > LONGEST * SECOND:
            raise OrderError(name, "this is more than a century away")
    if begins is not None and expires is not None and begins >= expires:
        raise OrderError("not_before", "it would end before it begins")
    uses = "max_downloads" if kind == "download" else "max_files"
    for name, count in ((uses, limits.max_uses), ("max_bytes", limits.max_bytes)):
        if count is not None and not 1 <= count <= MAX_COUNT:
            raise OrderError(name, "this is a number from 1 on")
    return replace(limits, networks=_networks(limits.networks))


def check_words(recipient: str, note: str) -> None:
    """Raises OrderError for what is too long or has control characters."""
    check_text(recipient, "recipient", MAX_RECIPIENT)
    check_text(note, "note", MAX_NOTE, lines=True)


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    if len(texts) > MAX_NETWORKS:
        raise OrderError("allow_ips", f"at most {MAX_NETWORKS} networks")
    found: list[str] = []
    for text in texts:
        try:
            found.append(read_network(text))
        except ValueError as error:
            shown = text[:64]
            raise OrderError(
                "allow_ips",
                f"`{shown}` is no network such as 192.0.2.0/24 or 2001:db8::/32, and no address",
            ) from error
    return tuple(dict.fromkeys(found))


def check_password(password: str) -> None:
    """Raises OrderError for what is too short, too long or no text."""
    least, most = PASSWORD
    if not least <= len(password) <= most:
        raise OrderError("password", f"a password has {least} to {most} characters")
    if not _is_text(password):
        raise OrderError("password", "a password is Unicode text")


def check_text(text: str, name: str, most: int, *, lines: bool = False) -> None:
    """Raises OrderError for what is longer than `most` characters or has control characters."""
    if len(text) > most:
        raise OrderError(name, f"at most {most} characters")
    plain = text.replace("\n", "").replace("\t", "") if lines else text
    if not _is_text(text) or any(char < " " or "\x7f" <= char < "\xa0" for char in plain):
        raise OrderError(name, "it has control characters in it")


def _is_text(text: str) -> bool:
    """Whether it can be written down at all: half of a surrogate pair cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in text)
