"""What a link's page says while its review is to come, or after one stopped it, in each language.

This file never says why: that is for whoever shared it. A phrase is plain text; {who} shared it.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.web.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Checking:
    """One language."""

    pending: str
    pending_text: str
    unconfirmed_text: str
    stopped: str
    stopped_text: str
    held: str
    held_text: str
    unjudged_text: str
    ask_about: str
    ask_about_anyone: str


CHECKING: dict[str, Checking] = {
    "en": Checking(
        pending="This link is not open yet",
        pending_text="What it leads to is still being checked. This page opens by itself as soon "
        "as that is done.",
        unconfirmed_text="Whoever shared it has to look at it once more before it opens.",
        stopped="This link was stopped",
        stopped_text="What it leads to may not be shared.",
        held="This file cannot be opened now",
        held_text="It came in lately and is still being checked, or it may not be passed on.",
        unjudged_text="It is newer than this link, and whoever shared it has to look at it first.",
        ask_about="If it takes long, ask {who}.",
        ask_about_anyone="If it takes long, ask the person who sent you this link.",
    ),
    "de": Checking(
        pending="Dieser Link ist noch nicht offen",
        pending_text="Worauf er zeigt, wird noch geprüft. Diese Seite öffnet sich von selbst, "
        "sobald das erledigt ist.",
        unconfirmed_text="Wer ihn geteilt hat, muss noch einmal darauf schauen, bevor er sich "
        "öffnet.",
        stopped="Dieser Link wurde angehalten",
        stopped_text="Worauf er zeigt, darf nicht geteilt werden.",
        held="Diese Datei lässt sich zurzeit nicht öffnen",
        held_text="Sie kam vor Kurzem an und wird noch geprüft, oder sie darf nicht weitergegeben "
        "werden.",
        unjudged_text="Sie ist neuer als dieser Link, und wer ihn geteilt hat, muss sie erst "
        "ansehen.",
        ask_about="Wenn es lange dauert, fragen Sie {who}.",
        ask_about_anyone="Wenn es lange dauert, fragen Sie, wer Ihnen diesen Link geschickt hat.",
    ),
    "es": Checking(
        pending="Este enlace todavía no está abierto",
        pending_text="Todavía se está revisando a qué conduce. Esta página se abrirá sola en "
        "cuanto termine.",
        unconfirmed_text="Quien lo compartió tiene que mirarlo una vez más antes de que se abra.",
        stopped="Este enlace fue detenido",
        stopped_text="No se puede compartir aquello a lo que conduce.",
        held="Este archivo no se puede abrir ahora",
        held_text="Llegó hace poco y todavía se está revisando, o no se puede entregar.",
        unjudged_text="Es más nuevo que este enlace, y quien lo compartió tiene que mirarlo antes.",
        ask_about="Si tarda mucho, pregunte a {who}.",
        ask_about_anyone="Si tarda mucho, pregunte a quien le envió este enlace.",
    ),
    "ja": Checking(
        pending="このリンクはまだ開けません",
        pending_text="リンク先を確認しています。確認が終わると、このページは自動的に開きます。",
        unconfirmed_text="共有した人がもう一度確認すると開けるようになります。",
        stopped="このリンクは停止されました",
        stopped_text="リンク先は共有できないものです。",
        held="このファイルは今は開けません",
        held_text="届いたばかりで確認中か、渡すことができないものです。",
        unjudged_text="リンクより新しいファイルで、共有した人の確認がまだ必要です。",
        ask_about="時間がかかる場合は、{who} さんにお問い合わせください。",
        ask_about_anyone="時間がかかる場合は、リンクを送った人にお問い合わせください。",
    ),
}


def checking(phrases: Phrases) -> Checking:
    """The words about reviews, in the language of these."""
    return CHECKING[phrases.code]
