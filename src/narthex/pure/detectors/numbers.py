"""Cards, national ids and local phones: one pass over all digits, by shape, word and check. Pure.

INVARIANT: every byte is matched once by one pattern without alternatives; what follows is bounded
work for each number. A number that is part of a longer word, such as a hash, is none.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.checks import card_issuer, passes_luhn
from narthex.pure.detectors.context import NEAR, Context, Vocabulary
from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.national_ids import NATIONAL_IDS, NationalId
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import MOST_HITS, Tally

_RUN = re.compile(rb"[0-9][0-9 ./-]{6,}")
_LETTERS_AFTER = re.compile(rb"-?[A-Za-z]{1,2}(?![A-Za-z0-9])")
_LETTER = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
SHAPE = bytes(48 if 48 <= code < 58 else 65 if code in _LETTER else code for code in range(256))
_SEPARATORS = b" ./-"
_ZERO = 48
_WORD = _LETTER | frozenset(b"0123456789_")

_WORD_OR_DASH = _WORD | frozenset(b"-")
_BEFORE = _WORD | frozenset(b"+")  # "+49…" is for phones.py

_CARD_SHAPES = frozenset(
    [b"0" * length for length in range(13, 20)]
    + [b"0000 0000 0000 0000", b"0000-0000-0000-0000", b"0000 0000 0000 0000 000"]
    + [b"0000 000000 00000", b"0000-000000-00000", b"0000 000000 0000", b"0000-000000-0000"]
)
_PHONE_SHAPES = re.compile(
    rb"000[-. ]000[-. ]0000|0{2,5}[ /-]{1,3}0{2,4}(?:[ -]?0{2,4}){0,4}|0(?:[ .]00){4}|0{9,12}"
    rb"|0{2,4}-0{3,4}-0{4}"
)
MOST_ID_TRIES = 100_000  # the library takes some microseconds for each
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
_ROWS = {f"{row.country}.{row.name}": row for row in NATIONAL_IDS}
VOCABULARY = Vocabulary(
    [(word, CARD) for word in _CARD_WORDS.split("|")]
    + [(word, PHONE) for word in _PHONE_WORDS.split("|")]
    + [(word, key) for key, row in _ROWS.items() for word in row.words]
)
PLAIN: dict[bytes, list[tuple[str, NationalId]]] = {}
BESIDE: dict[bytes, list[tuple[str, NationalId]]] = {}
for _key, _row in _ROWS.items():
    for _shape in _row.plain:
        PLAIN.setdefault(_shape.encode(), []).append((_key, _row))
    for _shape in _row.beside:
        BESIDE.setdefault(_shape.encode(), []).append((_key, _row))
_KNOWN = _CARD_SHAPES | frozenset(PLAIN) | frozenset(BESIDE)
# Known shapes inside a run of numbers that stand side by side, the longest first.
_INSIDE = re.compile(
    rb"(?<![0./-])(?:"
    + b"|".join(
        re.escape(shape) for shape in sorted(_KNOWN, key=len, reverse=True) if b"A" not in shape
    )
    + rb")(?![./-]?0)"
)


class Numbers:
    """One pass over a scan, and the tallies it fills; lettered.py and phones.py fill them too."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self.context = Context(scan, VOCABULARY)
        self.cards = Tally("pii.card", scan)
        self.ids = Tally("pii.national_id", scan, MOST_ID_TRIES)
        self.phones = Tally("pii.phone", scan)
        self._bare: list[tuple[bytes, int]] = []
        self._bare_tries = 0
        self._enough: set[bytes] = set()
        self._lengths: set[int] = set()  # of the shapes in it that are digits alone
        self._shortest = 0
        self._last: dict[str, int] = {}  # where each country's was found last: a list goes on

    def look(self) -> None:
        """Count everything."""
        raw, enough, lengths = self._scan.raw, self._enough, self._lengths
        for match in _RUN.finditer(raw):
            start, end = match.span()
            zero = raw[start] == _ZERO  # as local telephones begin
            if (end - start < self._shortest and not zero) or (start and raw[start - 1] in _BEFORE):
                continue
            run = match[0]
            if end - start in lengths and not zero and run.isdigit():
                continue
            run = run.rstrip(_SEPARATORS)
            shape = run.translate(SHAPE)
            if shape in enough and not zero:
                continue
            end = start + len(run)
            if end < len(raw) and raw[end] in _WORD_OR_DASH:
                after = _LETTERS_AFTER.match(raw, end)
                if after is not None:
                    run += after[0]
                    shape += after[0].translate(SHAPE)
                elif raw[end] in _WORD:
                    continue
            self._judge(run, shape, start)
        self._judge_bare()

    def _stop_when_full(self) -> None:
        """What is counted enough is not looked at again, so many hits cost no more than few."""
        for shape in _KNOWN:
            wanted = shape in _CARD_SHAPES and not self.cards.full
            wanted = wanted or ((shape in PLAIN or shape in BESIDE) and not self.ids.full)
            if not wanted and shape not in _AMERICAN:
                self._enough.add(shape)
                if shape.isdigit():
                    self._lengths.add(len(shape))
        if self.ids.full:  # cards are longer, American telephones as long
            self._shortest = 12

    def _judge(self, run: bytes, shape: bytes, start: int) -> None:
        if shape in _KNOWN:
            self._judge_known(run, shape, start)
        elif b" " in run:
            inside = False
            for match in _INSIDE.finditer(shape):
                inside = True
                piece = run[match.start() : match.end()]
                self._judge_known(piece, match[0], start + match.start())
            if inside:
                return
        if run[:1] == b"0" or shape in _AMERICAN:
            self._judge_phone(run, shape, start)

    def _judge_known(self, run: bytes, shape: bytes, start: int) -> None:
        if shape in _CARD_SHAPES and not self.cards.full:
            digits = run.translate(None, _SEPARATORS)
            if card_issuer(digits):
                self._judge_card(digits, shape, start)
        if not self.ids.full:
            for key, row in PLAIN.get(shape, ()):
                self.judge_id(key, row, run, start)
            self.judge_beside(run, shape, start)

    def judge_beside(self, run: bytes, shape: bytes, start: int) -> None:
        """Count a national id that needs a word, if there is one or a list of them goes on."""
        if shape not in BESIDE:
            return
        named = self.context.at(start)
        if not named and not self._last:
            return
        for key, row in BESIDE[shape]:
            if key in named or start - self._last.get(key, -NEAR) < NEAR:
                self.judge_id(key, row, run, start)

    def _judge_card(self, digits: bytes, shape: bytes, start: int) -> None:
        if not passes_luhn(digits):
            self.cards.missed()
            self._bare_tries += 1
            return
        if self.cards.knows(digits) or len(set(digits)) < 2:
            return
        if len(shape) > len(digits) or CARD in self.context.at(start):
            self._add_card(digits, start, 0.95)
            return
        self._bare_tries += 1
        self._bare.append((digits, start))
        if len(self._bare) >= MOST_HITS:
            self._judge_bare()

    def _judge_bare(self) -> None:
        """Digits without a gap or a word: a list of cards passes as a whole.

        One order number in ten passes by chance, so half of those since the last judgement must,
        or none counts.
        """
        if 2 * len(self._bare) >= self._bare_tries:
            for digits, start in self._bare:
                self._add_card(digits, start, 0.7)
        self._bare.clear()
        self._bare_tries = 0

    def _add_card(self, digits: bytes, start: int, confidence: float) -> None:
        shown = mask(digits.decode(), 4, 4)
        self.cards.add(digits, shown, start, confidence, card_issuer(digits))
        if self.cards.full:
            self._stop_when_full()

    def judge_id(self, key: str, row: NationalId, run: bytes, start: int) -> None:
        """Count a national id if its check passes."""
        if self.ids.knows(run):
            return
        text = run.decode().upper()
        if not _passes(row, text):
            self.ids.missed()
            return
        self.ids.add(run, f"{row.country.upper()} {row.name} {mask(text)}", start, 0.95, key)
        self._last[key] = start
        if self.ids.full:
            self._stop_when_full()

    def _judge_phone(self, run: bytes, shape: bytes, start: int) -> None:
        digits = run.translate(None, _SEPARATORS)
        if self.phones.full or not 7 <= len(digits) <= 15 or self.phones.knows(digits):
            return
        if _PHONE_SHAPES.fullmatch(shape) and PHONE in self.context.at(start):
            self.phones.add(digits, mask(digits.decode()), start, 0.8)
        else:
            self.phones.missed()


def _passes(row: NationalId, number: str) -> bool:
    try:
        return row.valid(number)
    except (LookupError, TypeError, ValueError):  # of the library, on a place or date it lacks
        return False


_AMERICAN = frozenset([b"000-000-0000", b"000.000.0000"])
