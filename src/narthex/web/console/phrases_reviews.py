"""What the console says of reviews, in each language. Words that a language lacks do not import.

This file never holds markup: words are plain text, and `{...}` stands for what is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReviewWords:
    """One language. The dictionaries are by the API's own words."""

    waiting: str
    disputed: str
    nothing: str
    nothing_text: str
    decision: str
    decisions: Mapping[str, str]
    outcome: str
    outcomes: Mapping[str, str]
    asked_by: str
    reason_given: str
    allowed: str
    allowed_by: str
    due: str
    overdue: str
    escalated: str
    known: str
    known_part: str
    unknown: str
    report: str
    report_text: str
    which: str
    all_of_it: str
    instead: str
    reported: str
    says_wrong: str
    states: Mapping[str, str]
    agree: str
    disagree: str
    why: str
    answered: str
    give_up: str
    give_up_ask: str
    given_up: str
    newest: str


ENGLISH = ReviewWords(
    waiting="Waiting",
    disputed="Disputed",
    nothing="Nothing here",
    nothing_text="What reviews of your files decide is listed here.",
    decision="Decision",
    decisions={"proceed": "May proceed", "confirm": "To be confirmed", "refuse": "Refused"},
    outcome="What became of it",
    outcomes={"open": "Open", "proceeded": "Went ahead", "abandoned": "Given up"},
    asked_by="Asked by",
    reason_given="Reason given",
    allowed="Allowed",
    allowed_by="Allowed by",
    due="Answer due",
    overdue="Overdue",
    escalated="Deputies were told",
    known="Known",
    known_part="{percent} % of what one wants to know",
    unknown="Not known",
    report="Report a false positive",
    report_text="Whoever is responsible is told. The decision stands until they say otherwise.",
    which="What is wrong",
    all_of_it="All of it",
    instead="What it is instead",
    reported="This is reported to whoever is responsible.",
    says_wrong="{name} says that this is wrong: {what}",
    states={"open": "Not answered yet", "agreed": "It was wrong", "disagreed": "It was right"},
    agree="It was wrong",
    disagree="It was right",
    why="Why, if you like",
    answered="Your answer is written down.",
    give_up="Give it up",
    give_up_ask="It waits for nobody any more. Whoever shares it again is reviewed anew.",
    given_up="It was given up.",
    newest="To the newest",
)

GERMAN = ReviewWords(
    waiting="Offen",
    disputed="Bestritten",
    nothing="Hier ist nichts",
    nothing_text="Hier steht, was Prüfungen Ihrer Dateien entscheiden.",
    decision="Entscheidung",
    decisions={"proceed": "Darf weitergehen", "confirm": "Zu bestätigen", "refuse": "Abgelehnt"},
    outcome="Was daraus wurde",
    outcomes={"open": "Offen", "proceeded": "Ging weiter", "abandoned": "Aufgegeben"},
    asked_by="Gefragt von",
    reason_given="Angegebener Grund",
    allowed="Erlaubt",
    allowed_by="Erlaubt von",
    due="Antwort bis",
    overdue="Überfällig",
    escalated="Stellvertretung benachrichtigt",
    known="Bekannt",
    known_part="{percent} % von dem, was man wissen möchte",
    unknown="Nicht bekannt",
    report="Fehlalarm melden",
    report_text="Wer zuständig ist, erfährt davon. Bis dahin gilt die Entscheidung.",
    which="Was falsch ist",
    all_of_it="Alles",
    instead="Was es stattdessen ist",
    reported="Wer zuständig ist, weiß jetzt davon.",
    says_wrong="{name} sagt, das sei falsch: {what}",
    states={"open": "Noch keine Antwort", "agreed": "Es war falsch", "disagreed": "Es war richtig"},
    agree="Es war falsch",
    disagree="Es war richtig",
    why="Warum, wenn Sie mögen",
    answered="Ihre Antwort ist festgehalten.",
    give_up="Aufgeben",
    give_up_ask="Niemand wird mehr danach gefragt. Wer es wieder teilt, wird neu geprüft.",
    given_up="Es wurde aufgegeben.",
    newest="Zum Neuesten",
)

SPANISH = ReviewWords(
    waiting="En espera",
    disputed="Discutidas",
    nothing="No hay nada aquí",
    nothing_text="Aquí figura lo que deciden las revisiones de sus archivos.",
    decision="Decisión",
    decisions={"proceed": "Puede seguir", "confirm": "Por confirmar", "refuse": "Rechazada"},
    outcome="En qué quedó",
    outcomes={"open": "Abierta", "proceeded": "Siguió adelante", "abandoned": "Abandonada"},
    asked_by="Solicitada por",
    reason_given="Motivo indicado",
    allowed="Permitida",
    allowed_by="Permitida por",
    due="Respuesta antes de",
    overdue="Con retraso",
    escalated="Se avisó a los suplentes",
    known="Conocido",
    known_part="{percent} % de lo que se quiere saber",
    unknown="Desconocido",
    report="Notificar un falso positivo",
    report_text="Se avisa a quien es responsable. La decisión vale hasta que diga otra cosa.",
    which="Qué es incorrecto",
    all_of_it="Todo",
    instead="Qué es en realidad",
    reported="Se ha avisado a quien es responsable.",
    says_wrong="{name} dice que es incorrecto: {what}",
    states={"open": "Sin respuesta", "agreed": "Era incorrecto", "disagreed": "Era correcto"},
    agree="Era incorrecto",
    disagree="Era correcto",
    why="Por qué, si lo desea",
    answered="Su respuesta queda anotada.",
    give_up="Abandonar",
    give_up_ask="Ya no espera a nadie. Quien lo comparta de nuevo pasa otra revisión.",
    given_up="Se abandonó.",
    newest="A lo más reciente",
)

JAPANESE = ReviewWords(
    waiting="回答待ち",
    disputed="異議あり",
    nothing="何もありません",
    nothing_text="ファイルの審査の結果がここに表示されます。",
    decision="判定",
    decisions={"proceed": "続行可", "confirm": "要確認", "refuse": "拒否"},
    outcome="結果",
    outcomes={"open": "未決", "proceeded": "続行した", "abandoned": "取りやめ"},
    asked_by="依頼者",
    reason_given="述べられた理由",
    allowed="許可済み",
    allowed_by="許可した人",
    due="回答期限",
    overdue="期限超過",
    escalated="代理人に通知済み",
    known="判明した割合",
    known_part="知りたいことの {percent} %",
    unknown="不明",
    report="誤検出を報告",
    report_text="責任者に通知されます。責任者が答えるまで判定は有効です。",
    which="誤っている点",
    all_of_it="すべて",
    instead="実際には何か",
    reported="責任者に報告しました。",
    says_wrong="{name} は誤りだと述べています: {what}",
    states={"open": "未回答", "agreed": "誤りだった", "disagreed": "正しかった"},
    agree="誤りだった",
    disagree="正しかった",
    why="理由 (任意)",
    answered="回答を記録しました。",
    give_up="取りやめる",
    give_up_ask="誰の回答も待たなくなります。再び共有すると、改めて審査されます。",
    given_up="取りやめました。",
    newest="最新へ",
)


def review_words_for(code: str) -> ReviewWords:
    """The words of a language that the pages speak. code: of its Phrases."""
    return {"de": GERMAN, "en": ENGLISH, "es": SPANISH, "ja": JAPANESE}[code]
