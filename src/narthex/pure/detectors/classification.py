"""How a document is marked: by a label, a marking, or the line over its pages. Pure.

INVARIANT: a word in a sentence marks nothing. A press release may call talks confidential; only a
line that says nothing else, a header or footer, a field "Classification:", or a label does mark.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.masks import placed
from narthex.pure.detectors.passages import Kind
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import MOST_HITS, TOO_MANY, tries_of
from narthex.pure.review.findings import Finding

FACT = "label.classification"
LEVELS = ("public", "internal", "confidential", "secret", "restricted")
# Words of markings, lowered, and what level each means; matched in at most LONGEST bytes.
_MEANINGS: tuple[tuple[str, str], ...] = (
    ("restricted", r"\brestricted\b|\bstrictly confidential\b|\btop secret\b|tlp:red|streng "
        r"vertraulich"
     r"|streng geheim|strictement confidentiel|estrictamente confidencial|strettamente riservato"
     r"|strikt vertrouwelijk|ściśle poufne|極秘|绝密|highly confidential|極密|极密"),
    ("secret", r"^secret\b|: ?secret\b|^secret$|\bgeheim\b|\bsecreto\b|^segreto|機密|机密|秘密|"
        r"tlp:amber\+strict"),
    ("confidential", r"\bconfidential\b|\bvertraulich\b|\bconfidentiel(?:le)?\b|\bconfidencial\b"
     r"|\briservato\b|\bconfidenziale\b|\bvertrouwelijk\b|\bpoufne\b|\bluottamuksellinen\b|\bfortrolig\b"
     r"|\bkonfidentiell\b|\bdůvěrné\b|社外秘|tlp:amber|대외비|конфиденциально|εμπιστευτικό"
     r"|\bproprietary and confidential\b|\bnot for distribution\b|\bdo not distribute\b"),
    ("internal", r"\binternal use only\b|^internal\b|: ?internal\b|\binternal only\b|\bnur intern\b"
     r"|nur für den (?:internen )?(?:dienst)?gebrauch|\busage interne\b|\buso interno\b"
     r"|\bintern gebruik\b|^intern$|tlp:green|関係者外秘|内部资料|\bcompany internal\b|vs-nfd"),
    ("public", r"^public\b|: ?public\b|tlp:(?:clear|white)|^öffentlich$"),
)  # fmt: skip
_PATTERNS = tuple((level, re.compile(pattern)) for level, pattern in _MEANINGS)
# What must occur somewhere before any line is looked at; each is a literal search of all the text.
STEMS = tuple(
    b"confiden restrict secret intern vertraulich geheim riservato vertrouwelijk poufne tlp: "
    b"fortrolig "
    b"konfidentiell luottamuks distribut vs-nfd segreto".split()
)
FOREIGN_STEMS = tuple(
    "秘 密 内部 대외비 онфиденц ОНФИДЕНЦ ΕΜΠΙΣΤ μπιστευτ gebrauch ůvěrn ŮVĚRN".encode().split()
)
# No marking is a part of a longer word: `secret_key` is none. For lines in ASCII.
_WHOLE = re.compile(rb"\b(?:" + b"|".join(map(re.escape, STEMS)) + rb")")
_OF_WORDS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")
LONGEST = 120
_FIELD = re.compile(
    r"(?:classification|sensitivity|security level|handling|klassifi[zk]ierung|klassifikation|"
    r"vertraulichkeit"
    r"|clasificación|classificazione|rubricering|confidentiality|confidentialité|protection)"
    r"(?: level| label)?\s{0,2}[:=：]\s{0,3}[\"'*\[(]{0,3}([^\r\n\"'\])|,;]{2,40})"
)
_SIGNS = re.compile("[:=：]")
# Any other word, a colon, and a marking behind it.
_ANY_FIELD = re.compile(r"[^:：=]{2,40}[:：=]\s{0,3}([^:：=]{2,40})")
_SENTENCE = re.compile(
    r"[.!?;,]\s+\S|\b(?:the|is|are|was|this|that|der|die|das|ist|und|le|la|les|est|el|los|es|il|van|een|of|to"
    r"|in|with|we|our|on|by|a|an|about|how|why|you|not)\b"
)
_FRAME = " \t\r-=_*#|<>[](){}/\\~:—–©.•"
_MOST_LINES = 20_000  # that hold a stem and are looked at, in any text
_MOST_WORDS = 7
BYTES_EACH = 1024  # of text for each line that is judged: that takes some twenty microseconds


def find_classification(scan: Scan) -> tuple[Finding, ...]:
    """label.classification: count of markings, value the highest level."""
    found = [
        (level, -1) for label in scan.document.traits.labels if (level := _level(label.lower()))
    ]
    lines = _Lines(scan, found)
    for stem in STEMS if scan.lower.isascii() else STEMS + FOREIGN_STEMS:
        lines.look_for(stem)
    if not found:
        return (Finding(FACT, known=not lines.full, reason=TOO_MANY if lines.full else ""),)
    highest = max((level for level, _ in found), key=LEVELS.index)
    places = sorted(at for level, at in found if level == highest)
    shown = [
        placed(f"marked {highest}", scan.place_at(at)) if at >= 0 else f"labelled {highest}"
        for at in places[:3]
    ]
    return (
        Finding(
            FACT,
            count=len(places),
            confidence=0.95,
            evidence=tuple(dict.fromkeys(shown)),
            value=highest,
        ),
    )


class _Lines:
    """The lines of a scan that hold a stem: looked at once each, and judged once for their text."""

    def __init__(self, scan: Scan, found: list[tuple[str, int]]) -> None:
        """found: to which markings are added, each with its offset."""
        self._scan = scan
        self._found = found
        self._seen: set[int] = set()
        self._levels: dict[tuple[bytes, Kind], str] = {}
        self._start, self._end = 0, 0  # of the passage that was looked at last
        self._kind = Kind.BODY
        self._most = tries_of(len(scan.raw), BYTES_EACH)
        self._plain = scan.lower.isascii()

    @property
    def full(self) -> bool:
        """Whether no more are looked at."""
        return len(self._seen) >= _MOST_LINES or len(self._levels) >= self._most

    def look_for(self, stem: bytes) -> None:
        """Judge every line that holds `stem`."""
        lowered, seen, found = self._scan.lower, self._seen, self._found
        at = lowered.find(stem)
        while at >= 0 and len(found) < MOST_HITS and not self.full:
            if self._plain and at and lowered[at - 1] in _OF_WORDS:  # as `_WHOLE` says, at a glance
                at = lowered.find(stem, at + len(stem))
                continue
            begin = lowered.rfind(b"\n", max(0, at - LONGEST), at) + 1
            begin = begin or max(0, at - LONGEST)
            end = lowered.find(b"\n", at, at + LONGEST)
            end = end if end >= 0 else min(len(lowered), at + LONGEST)
            if begin not in seen:
                seen.add(begin)
                level = self._level_of(begin, end, self._kind_at(at))
                if level:
                    found.append((level, at))
            at = lowered.find(stem, end)

    def _kind_at(self, offset: int) -> Kind:
        if not self._start <= offset < self._end:
            self._start, self._end = self._scan.bounds_at(offset)
            self._kind = self._scan.passage_at(offset).kind
        return self._kind

    def _level_of(self, begin: int, end: int, kind: Kind) -> str:
        if kind is Kind.SOURCE:
            return ""
        line = self._scan.raw[begin:end]
        if line.isascii() and _WHOLE.search(self._scan.lower, begin, end) is None:
            return ""
        level = self._levels.get((line, kind))
        if level is None:
            level = _marked(line, kind)
            self._levels[line, kind] = level
        return level


def _marked(raw: bytes, kind: Kind) -> str:
    """The level that a line marks, or "" when it only has such a word in it."""
    line = raw.decode(errors="replace")
    small = line.lower()
    field = _FIELD.search(small) if _SIGNS.search(small) is not None else None
    if field is not None:
        return _level(": " + field[1].strip())
    if kind is Kind.NOTE or len(raw) >= LONGEST or (kind is Kind.TABLE and "\t" in line):
        return ""
    words = small.strip(_FRAME)
    loud = kind is Kind.MARGIN or line.strip(_FRAME).isupper()
    levels = [_piece(piece.strip(_FRAME), loud=loud) for piece in _BETWEEN.split(words)]
    named = _ANY_FIELD.fullmatch(words)
    if named is not None and _ALONE.fullmatch(named[1].strip(_FRAME)):
        levels.append(_certain(named[1]))
    if kind is not Kind.MARGIN and len(levels) > _MOST_PIECES:
        return ""
    return max(
        [_piece(words, loud=loud), *levels], key=lambda one: LEVELS.index(one) if one else -1
    )


def _piece(words: str, *, loud: bool) -> str:
    """The level that a few words mark. loud: in capitals or a margin, where others may be near it.

    "RESTRICTED STOCK UNITS" is a heading and "Secret Garden" a title, so of those only a line that
    says nothing else marks.
    """
    if len(words.split()) > _MOST_WORDS:
        return ""
    if _ALONE.fullmatch(words):
        return _level(words)
    level = _certain(words) if loud else ""
    return level if level and not _SENTENCE.search(words) else ""


def _certain(words: str) -> str:
    """The level, when the words mean nothing else: "confidential", but not "secret"."""
    if _CERTAIN_STEMS.search(words) is None:
        return ""
    level = _level(words.replace("restricted", ""))
    return level if level in {"restricted", "confidential"} else ""


# What is in every word that means one of those two: most lines have none of them.
_CERTAIN_STEMS = re.compile(
    "confiden|tlp:|vertraul|geheim|top secret|riserv|vertrouw|poufne|秘|luottam|fortrolig|"
    "konfident|密|důvěrn|대외비|конфиденц|εμπιστευ|distribut"
)
_BETWEEN = re.compile(r"\s*[|\t·/]\s*|\s{2,}|\s[-–—]\s")
_MOST_PIECES = 3
# Nothing but a marking: its words, a company's name before it, "do not copy" behind it.
_ALONE = re.compile(
    r"(?:strictly |streng |company |business |commercial |highly |most |top |proprietary and )?"
    r"(?:restricted|secret|confidential|internal(?: use)?(?: only)?|for internal use only|"
    r"vertraulich|geheim"
    r"|nur intern|nur für den (?:internen )?(?:dienst)?gebrauch|confidentiel(?:le)?|strictement "
    r"confidentiel"
    r"|usage interne|confidencial|estrictamente confidencial|uso interno|riservato|strettamente "
    r"riservato"
    r"|confidenziale|vertrouwelijk|strikt vertrouwelijk|intern gebruik|poufne|ściśle poufne|"
    r"fortrolig"
    r"|konfidentiell|důvěrné|luottamuksellinen|tlp:(?:red|amber(?:\+strict)?|green|clear|white)|[社外極极機秘密机绝内部资料関係者]+"
    r"|대외비|конфиденциально|εμπιστευτικό|not for distribution|do not distribute|vs-nfd"
    r"|streng vertraulich|streng geheim)"
    r"(?:\s*[-–—/|:,]\s*(?:do not (?:distribute|copy|forward)|internal use only|only|draft|entwurf|"
    r"nicht weitergeben|ne pas diffuser|no distribuir|recipients only|not for distribution))?"
)


def _level(text: str) -> str:
    for level, pattern in _PATTERNS:
        if pattern.search(text):
            return level
    return ""
