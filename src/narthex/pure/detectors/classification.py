"""How a document is marked: by a label, a marking, or the line over its pages. Pure.

INVARIANT: a word in a sentence marks nothing. A press release may call talks confidential; only a
line that says nothing else, a header or footer, a field "Classification:", or a label does mark.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.masks import placed
from narthex.pure.detectors.passages import Kind
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import MOST_HITS
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
_STEMS = tuple(
    b"confiden restrict secret intern vertraulich geheim riservato vertrouwelijk poufne tlp: "
    b"fortrolig "
    b"konfidentiell luottamuks distribut vs-nfd segreto".split()
)
_FOREIGN_STEMS = tuple(
    "秘 密 内部 대외비 онфиденц ОНФИДЕНЦ ΕΜΠΙΣΤ μπιστευτ gebrauch ůvěrn ŮVĚRN".encode().split()
)
LONGEST = 120
_FIELD = re.compile(
    r"(?:classification|sensitivity|security level|handling|klassifi[zk]ierung|klassifikation|"
    r"vertraulichkeit"
    r"|clasificación|classificazione|rubricering|confidentiality|confidentialité|protection)"
    r"(?: level| label)?\s{0,2}[:=：]\s{0,3}[\"'*\[(]{0,3}([^\r\n\"'\])|,;]{2,40})"
)
# Any other word, a colon, and a marking behind it.
_ANY_FIELD = re.compile(r"[^:：=]{2,40}[:：=]\s{0,3}([^:：=]{2,40})")
_SENTENCE = re.compile(
    r"[.!?;,]\s+\S|\b(?:the|is|are|was|this|that|der|die|das|ist|und|le|la|les|est|el|los|es|il|van|een|of|to"
    r"|in|with|we|our|on|by|a|an|about|how|why|you|not)\b"
)
_FRAME = " \t\r-=_*#|<>[](){}/\\~:—–©.•"
_MOST_LINES = 20_000
_MOST_WORDS = 7


def find_classification(scan: Scan) -> tuple[Finding, ...]:
    """label.classification: count of markings, value the highest level."""
    found = [
        (level, -1) for label in scan.document.traits.labels if (level := _level(label.lower()))
    ]
    lowered = scan.lower
    seen: set[int] = set()
    for stem in _STEMS if lowered.isascii() else _STEMS + _FOREIGN_STEMS:
        _look_for(scan, stem, seen, found)
    if not found:
        if len(seen) >= _MOST_LINES:
            return (Finding(FACT, known=False, reason="more candidates than are judged"),)
        return (Finding(FACT),)
    highest = max((level for level, _ in found), key=LEVELS.index)
    places = [at for level, at in found if level == highest]
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


def _look_for(scan: Scan, stem: bytes, seen: set[int], found: list[tuple[str, int]]) -> None:
    """Judge every line that holds `stem`, once."""
    lowered = scan.lower
    at = lowered.find(stem)
    while at >= 0 and len(seen) < _MOST_LINES and len(found) < MOST_HITS:
        begin = lowered.rfind(b"\n", max(0, at - LONGEST), at) + 1
        begin = begin or max(0, at - LONGEST)
        end = lowered.find(b"\n", at, at + LONGEST)
        end = end if end >= 0 else min(len(lowered), at + LONGEST)
        if begin not in seen:
            seen.add(begin)
            level = _marked(scan, begin, end, at)
            if level:
                found.append((level, at))
        at = lowered.find(stem, end)


def _marked(scan: Scan, begin: int, end: int, at: int) -> str:
    """The level that the line marks, or "" when it only has such a word in it."""
    kind = scan.passage_at(at).kind
    if kind is Kind.SOURCE:
        return ""
    line = scan.raw[begin:end].decode(errors="replace")
    small = line.lower()
    field = _FIELD.search(small)
    if field is not None:
        return _level(": " + field[1].strip())
    if kind is Kind.NOTE or end - begin >= LONGEST or (kind is Kind.TABLE and "\t" in line):
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
    if len(words.split()) > _MOST_WORDS or (
        _SENTENCE.search(words) and not _ALONE.fullmatch(words)
    ):
        return ""
    if _ALONE.fullmatch(words):
        return _level(words)
    return _certain(words) if loud else ""


def _certain(words: str) -> str:
    """The level, when the words mean nothing else: "confidential", but not "secret"."""
    level = _level(words.replace("restricted", ""))
    return level if level in {"restricted", "confidential"} else ""


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
