"""All personal data of one scan, as five facts. Pure."""

from __future__ import annotations

from narthex.pure.detectors.addresses import look_for_addresses
from narthex.pure.detectors.lettered import look_for_lettered
from narthex.pure.detectors.numbers import Numbers
from narthex.pure.detectors.phones import look_for_phones
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally
from narthex.pure.review.findings import Finding


def find_personal(scan: Scan) -> tuple[Finding, ...]:
    """pii.card, pii.iban, pii.national_id, pii.email, pii.phone."""
    numbers = Numbers(scan)
    accounts, mails = Tally("pii.iban", scan), Tally("pii.email", scan)
    numbers.look()
    look_for_lettered(scan, numbers, accounts)
    look_for_phones(scan, numbers.phones)
    look_for_addresses(scan, mails)
    tallies = (numbers.cards, accounts, numbers.ids, mails, numbers.phones)
    return tuple(tally.finding() for tally in tallies)
