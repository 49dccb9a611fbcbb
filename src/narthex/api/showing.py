"""Values as the JSON that clients read. docs/api.md tells each field.

This file never shows a secret: links and tokens are in `Issued` only, which is told once.
"""

from __future__ import annotations

from collections.abc import Sequence

from narthex.api.endpoint import Json
from narthex.catalog.audit import Entry
from narthex.catalog.revoked_links import RevokedLink
from narthex.catalog.shares import Counted
from narthex.ledger.forms import SignedForm
from narthex.ledger.issue import Issued
from narthex.ledger.links import RawLink
from narthex.ledger.sealing import covered
from narthex.pure.audit_chain import Seal
from narthex.pure.shares import state, uses_left
from narthex.pure.times import iso_seconds

# Who has to do something before it opens.
_WAITS_FOR = {"waiting": "review", "confirm": "sharer", "refused": "owner"}


def show_share(found: Counted, now_us: int) -> Json:
    """A share, as it stands now."""
    share, counts = found.share, found.counts
    target, limits = share.target, share.limits
    return {
        "id": share.id,
        "kind": share.kind,
        "bucket": target.bucket,
        "key": target.key,
        "prefix": target.is_prefix,
        "version": target.version or None,
        "etag": target.etag or None,
        "owner": share.owner.arn,
        "access_key_id": share.access_key_id,
        "created_at": iso_seconds(share.created_us),
        "not_before": _time(limits.not_before_us),
        "expires_at": _time(limits.expires_us),
        "max_downloads": limits.max_uses,
        "max_bytes": limits.max_bytes,
        "allow_ips": list(limits.networks),
        "password": share.has_password,
        "recipient": share.recipient,
        "filename": share.filename,
        "note": share.note,
        "notify": list(share.notices.shown),
        "notify_on": list(share.notices.occasions),
        "revoked_at": _time(share.revoked_us),
        "state": state(share, counts, now_us),
        "waits_for": _WAITS_FOR.get(share.judged.standing),
        "downloads": counts.uses,
        "downloads_left": uses_left(share, counts),
        "bytes": counts.bytes,
        "last_used_at": _time(counts.used_us),
    }


def show_request(found: Counted, now_us: int) -> Json:
    """A request, as it stands now: a share's fields, with files in place of downloads."""
    accepts, shown = found.share.accepts, show_share(found, now_us)
    for name in ("version", "etag", "filename", "waits_for"):
        del shown[name]
    for name in ("max_downloads", "downloads", "downloads_left"):
        shown[name.replace("downloads", "files")] = shown.pop(name)
    shown["max_size"] = accepts.max_size
    shown["types"] = list(accepts.types)
    shown["overwrite"] = "always" if accepts.overwrite else "never"
    return shown


def show_form(form: SignedForm | None) -> Json | None:
    """A signed form, and the command that sends it."""
    if form is None:
        return None
    fields = [{"name": name, "value": value} for name, value in form.fields]
    return {
        "url": form.url,
        "fields": fields,
        "expires_at": iso_seconds(form.expires_us),
        "curl": form.curl,
    }


def show_issued(issued: Issued, now_us: int) -> Json:
    """A share with its links, the only time that they are told."""
    return {
        "share": show_share(Counted(issued.share, issued.counts), now_us),
        "link": issued.link,
        **show_raw(issued.raw),
        "notify_secret": issued.notify_secret or None,
    }


def show_raw(raw: RawLink | None) -> Json:
    """A raw link, or that there is none."""
    return {
        "raw": None if raw is None else raw.url,
        "raw_expires_at": None if raw is None else iso_seconds(raw.expires_us),
    }


def show_entry(entry: Entry) -> Json:
    """One line of the log: what a seal covers of it, its time as text, the seal's number."""
    return {**covered(entry), "at": iso_seconds(entry.at_us), "seal": entry.seal}


def show_seal(seal: Seal, entries: Sequence[Entry]) -> Json:
    """A seal, and the entries that say it covers them."""
    return {
        "number": seal.number,
        "at": iso_seconds(seal.at_us),
        "at_us": seal.at_us,
        "newest_us": seal.newest_us,
        "entries": seal.entries,
        "digest": seal.digest,
        "previous": seal.previous,
        "link": seal.link,
        "signature": seal.signature.hex(),
        "pruned": seal.is_pruned,
        "covers": [show_entry(one) for one in entries],
    }


def show_link(link: RevokedLink) -> Json:
    """A pre-signed URL that was taken back; nothing of it can be used."""
    return {
        "digest": link.digest,
        "access_key_id": link.access_key_id,
        "path": link.path,
        "expires_at": iso_seconds(link.expires_us),
        "revoked_at": iso_seconds(link.revoked_us),
        "actor": link.actor,
    }


def _time(at_us: int | None) -> str | None:
    return None if at_us is None else iso_seconds(at_us)
