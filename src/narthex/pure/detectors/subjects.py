"""The words beside a number that say what it is: one vocabulary of all detectors. Pure."""

from __future__ import annotations

from narthex.pure.detectors.context import Vocabulary
from narthex.pure.detectors.national_ids import NATIONAL_IDS, NationalId

CARD, PHONE = "card", "phone"
_CARD_WORDS = (
    "card|cards|visa|mastercard|amex|american express|credit|debit|cvv|cvc|kreditkarte|karte|"
    "kartennummer|karten-nr|carte|carte bancaire|tarjeta|carta di credito|cartão|kaart|karta|"
    "カード|カード番号|信用卡|卡号|pan|pans|cardholder"
)
_PHONE_WORDS = (
    "tel|phone|phones|telephone|telefon|fon|mobile|mobil|handy|cell|cellphone|fax|telefono|"
    "teléfono|téléphone|telefone|telefoon|portable|móvil|cellulare|rufnummer|call|電話|携帯|电话|手机"
)
# The subject of a national id is its country and name.
IDS: dict[str, NationalId] = {f"{row.country}.{row.name}": row for row in NATIONAL_IDS}
VOCABULARY = Vocabulary(
    [(word, CARD) for word in _CARD_WORDS.split("|")]
    + [(word, PHONE) for word in _PHONE_WORDS.split("|")]
    + [(word, key) for key, row in IDS.items() for word in row.words]
)
