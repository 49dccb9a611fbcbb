"""All personal data of one scan, as five facts. Pure."""

from __future__ import annotations

from narthex.pure.detectors import accounts as banks
from narthex.pure.detectors import ids
from narthex.pure.detectors.addresses import look_for_addresses
from narthex.pure.detectors.cards import look_for_cards
from narthex.pure.detectors.context import Context
from narthex.pure.detectors.phones import look_for_phones
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.subjects import VOCABULARY
from narthex.pure.detectors.tally import Tally
from narthex.pure.review.findings import Finding


def find_personal(scan: Scan) -> tuple[Finding, ...]:
    """pii.card, pii.iban, pii.national_id, pii.email, pii.phone."""
    context = Context(scan, VOCABULARY)
    cards, accounts = Tally("pii.card", scan), Tally("pii.iban", scan, banks.BYTES_EACH)
    numbers = Tally("pii.national_id", scan, ids.BYTES_EACH)
    mails, phones = Tally("pii.email", scan), Tally("pii.phone", scan)
    look_for_cards(scan, context, cards)
    ids.look_for_ids(scan, context, numbers)
    banks.look_for_accounts(scan, accounts)
    look_for_phones(scan, context, phones)
    look_for_addresses(scan, mails)
    return tuple(tally.finding() for tally in (cards, accounts, numbers, mails, phones))
