"""What the pages say, in each language they speak. A phrase that a language lacks does not import.

This file never holds markup: a phrase is plain text, and `{...}` stands for what is filled in.
"""

from __future__ import annotations

from dataclasses import dataclass

Unit = tuple[str, str]  # one, and many


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. units: days, hours, minutes, seconds. point: what separates decimals.

    ask, lead: {who} shared it; lead_host: somebody on {host} did, whose name is not told. left:
    {time} is a duration.
    """

    code: str
    point: str
    space: str  # between a number and its unit
    units: tuple[Unit, Unit, Unit, Unit]
    title: str
    title_folder: str
    lead: str
    lead_folder: str
    lead_host: str
    download: str
    download_all: str
    download_one: str
    started: str
    files: str
    valid_until: str
    no_end: str
    left: str
    checksum: str
    downloads_left: str
    note: str
    for_whom: str
    show_more: str
    beginning: str
    empty: str
    locked: str
    locked_text: str
    password: str
    open: str
    wrong_password: str
    too_many: str
    too_many_text: str
    stale: str
    stale_text: str
    again: str
    expired: str
    expired_text: str
    revoked: str
    revoked_text: str
    used_up: str
    used_up_text: str
    not_yet: str
    not_yet_text: str
    wrong_address: str
    wrong_address_text: str
    changed: str
    changed_text: str
    gone: str
    gone_text: str
    unknown: str
    unknown_text: str
    busy: str
    busy_text: str
    broken: str
    broken_text: str
    not_so: str
    not_so_text: str
    ask: str
    ask_anyone: str
    ended_at: str
    begins_at: str
    time_now: str
    footer: str


ENGLISH = Phrases(
    code="en",
    point=".",
    space=" ",
    units=(("day", "days"), ("hour", "hours"), ("minute", "minutes"), ("second", "seconds")),
    title="A file for you",
    title_folder="Files for you",
    lead="{who} shared this file with you.",
    lead_folder="{who} shared these files with you.",
    lead_host="Shared with you on {host}.",
    download="Download",
    download_all="Download all as zip",
    download_one="Download {name}",
    started="Your download has started.",
    files="Files",
    valid_until="Valid until",
    no_end="until it is taken back",
    left="{time} left",
    checksum="Checksum",
    downloads_left="Downloads left",
    note="Note",
    for_whom="For",
    show_more="Show more",
    beginning="Back to the beginning",
    empty="There are no files in here yet.",
    locked="This link has a password",
    locked_text="Whoever sent you the link knows it.",
    password="Password",  # noqa: S106 - a word, not a secret
    open="Open",
    wrong_password="That is not the password. Please try again.",  # noqa: S106 - a sentence
    too_many="Too many tries",
    too_many_text="The password was wrong too often. Please wait {time}, then try again.",
    stale="This page was open for too long",
    stale_text="Nothing was downloaded. Open the link again, then it works.",
    again="Open the link again",
    expired="This link has expired",
    expired_text="It worked for a limited time, and that time is over.",
    revoked="This link was taken back",
    revoked_text="It is no longer valid.",
    used_up="This link has been used up",
    used_up_text="It was good for a limited number of downloads, and they are all done.",
    not_yet="This link is not valid yet",
    not_yet_text="It was made for a later time. Open it again then.",
    wrong_address="This link does not work from here",
    wrong_address_text="It is only for certain networks, and this device is in none of them.",
    changed="This file has changed",
    changed_text="It is not the file any more that was shared with you.",
    gone="This file is not here any more",
    gone_text="It was moved or deleted, or may not be shared any more.",
    unknown="There is no such link",
    unknown_text="A part of it may be missing or changed. Copy it whole and try again.",
    busy="Busy for a moment",
    busy_text="The file is safe. Please try again in a few seconds.",
    broken="Something went wrong on our side",
    broken_text="The file is not lost. Please try again; if it stays so, tell whoever runs this "
    "server.",
    not_so="That does not work with a link",
    not_so_text="A link is opened, and what it leads to is downloaded. Nothing else.",
    ask="If you still need it, ask {who} for a new link.",
    ask_anyone="If you still need it, ask the person who sent you this link for a new one.",
    ended_at="Ended",
    begins_at="Begins",
    time_now="Time now",
    footer="Shared privately with narthex",
)

GERMAN = Phrases(
    code="de",
    point=",",
    space=" ",
    units=(("Tag", "Tage"), ("Stunde", "Stunden"), ("Minute", "Minuten"), ("Sekunde", "Sekunden")),
    title="Eine Datei für Sie",
    title_folder="Dateien für Sie",
    lead="{who} hat diese Datei mit Ihnen geteilt.",
    lead_folder="{who} hat diese Dateien mit Ihnen geteilt.",
    lead_host="Auf {host} mit Ihnen geteilt.",
    download="Herunterladen",
    download_all="Alles als Zip herunterladen",
    download_one="{name} herunterladen",
    started="Ihr Download hat begonnen.",
    files="Dateien",
    valid_until="Gültig bis",
    no_end="bis auf Widerruf",
    left="noch {time}",
    checksum="Prüfsumme",
    downloads_left="Verbleibende Downloads",
    note="Notiz",
    for_whom="Für",
    show_more="Mehr anzeigen",
    beginning="Zurück zum Anfang",
    empty="Hier sind noch keine Dateien.",
    locked="Dieser Link hat ein Passwort",
    locked_text="Wer Ihnen den Link geschickt hat, kennt es.",
    password="Passwort",  # noqa: S106 - a word, not a secret
    open="Öffnen",
    wrong_password="Das ist nicht das Passwort. Bitte versuchen Sie es noch einmal.",  # noqa: S106
    too_many="Zu viele Versuche",
    too_many_text="Das Passwort war zu oft falsch. Bitte warten Sie {time} und versuchen Sie es "
    "dann noch einmal.",
    stale="Diese Seite war zu lange offen",
    stale_text="Es wurde nichts heruntergeladen. Öffnen Sie den Link noch einmal, dann geht es.",
    again="Link noch einmal öffnen",
    expired="Dieser Link ist abgelaufen",
    expired_text="Er galt für begrenzte Zeit, und die ist vorbei.",
    revoked="Dieser Link wurde zurückgezogen",
    revoked_text="Er gilt nicht mehr.",
    used_up="Dieser Link ist aufgebraucht",
    used_up_text="Er galt für eine begrenzte Zahl von Downloads, und alle sind erfolgt.",
    not_yet="Dieser Link gilt noch nicht",
    not_yet_text="Er ist für später gedacht. Öffnen Sie ihn dann noch einmal.",
    wrong_address="Dieser Link funktioniert von hier aus nicht",
    wrong_address_text="Er gilt nur für bestimmte Netze, und dieses Gerät ist in keinem davon.",
    changed="Diese Datei hat sich geändert",
    changed_text="Sie ist nicht mehr die Datei, die mit Ihnen geteilt wurde.",
    gone="Diese Datei ist nicht mehr hier",
    gone_text="Sie wurde verschoben oder gelöscht oder darf nicht mehr geteilt werden.",
    unknown="Diesen Link gibt es nicht",
    unknown_text="Vielleicht fehlt ein Teil davon. Kopieren Sie ihn ganz und versuchen Sie es noch "
    "einmal.",
    busy="Einen Moment, bitte",
    busy_text="Die Datei ist sicher. Bitte versuchen Sie es in ein paar Sekunden noch einmal.",
    broken="Bei uns ist etwas schiefgegangen",
    broken_text="Die Datei ist nicht verloren. Bitte versuchen Sie es noch einmal; wenn es so "
    "bleibt, sagen Sie es dem Betreiber dieses Servers.",
    not_so="Das geht mit einem Link nicht",
    not_so_text="Ein Link wird geöffnet, und was dahinter ist, wird heruntergeladen. Sonst nichts.",
    ask="Wenn Sie sie noch brauchen, bitten Sie {who} um einen neuen Link.",
    ask_anyone="Wenn Sie sie noch brauchen, bitten Sie um einen neuen Link, wer Ihnen diesen "
    "geschickt hat.",
    ended_at="Beendet",
    begins_at="Beginnt",
    time_now="Jetzt",
    footer="Vertraulich geteilt mit narthex",
)

SPANISH = Phrases(
    code="es",
    point=",",
    space=" ",
    units=(("día", "días"), ("hora", "horas"), ("minuto", "minutos"), ("segundo", "segundos")),
    title="Un archivo para usted",
    title_folder="Archivos para usted",
    lead="{who} ha compartido este archivo con usted.",
    lead_folder="{who} ha compartido estos archivos con usted.",
    lead_host="Compartido con usted en {host}.",
    download="Descargar",
    download_all="Descargar todo en un zip",
    download_one="Descargar {name}",
    started="La descarga ha comenzado.",
    files="Archivos",
    valid_until="Válido hasta",
    no_end="hasta que se retire",
    left="quedan {time}",
    checksum="Suma de verificación",
    downloads_left="Descargas restantes",
    note="Nota",
    for_whom="Para",
    show_more="Mostrar más",
    beginning="Volver al principio",
    empty="Aquí todavía no hay archivos.",
    locked="Este enlace tiene contraseña",
    locked_text="Quien le envió el enlace la conoce.",
    password="Contraseña",  # noqa: S106 - a word, not a secret
    open="Abrir",
    wrong_password="Esa no es la contraseña. Inténtelo de nuevo.",  # noqa: S106 - a sentence
    too_many="Demasiados intentos",
    too_many_text="La contraseña fue incorrecta demasiadas veces. Espere {time} e inténtelo de "
    "nuevo.",
    stale="Esta página estuvo abierta demasiado tiempo",
    stale_text="No se ha descargado nada. Abra el enlace de nuevo y funcionará.",
    again="Abrir el enlace de nuevo",
    expired="Este enlace ha caducado",
    expired_text="Era válido por un tiempo limitado, y ese tiempo ha terminado.",
    revoked="Este enlace se ha retirado",
    revoked_text="Ya no es válido.",
    used_up="Este enlace está agotado",
    used_up_text="Servía para un número limitado de descargas, y ya se han hecho todas.",
    not_yet="Este enlace todavía no es válido",
    not_yet_text="Es para más adelante. Ábralo de nuevo entonces.",
    wrong_address="Este enlace no funciona desde aquí",
    wrong_address_text="Es solo para ciertas redes, y este dispositivo no está en ninguna.",
    changed="Este archivo ha cambiado",
    changed_text="Ya no es el archivo que se compartió con usted.",
    gone="Este archivo ya no está aquí",
    gone_text="Se movió o se borró, o ya no se puede compartir.",
    unknown="Este enlace no existe",
    unknown_text="Puede que le falte una parte. Cópielo entero e inténtelo de nuevo.",
    busy="Un momento, por favor",
    busy_text="El archivo está a salvo. Inténtelo de nuevo en unos segundos.",
    broken="Algo ha fallado por nuestra parte",
    broken_text="El archivo no se ha perdido. Inténtelo de nuevo; si sigue igual, avise a quien "
    "administra este servidor.",
    not_so="Eso no se puede hacer con un enlace",
    not_so_text="Un enlace se abre y su contenido se descarga. Nada más.",
    ask="Si todavía lo necesita, pida a {who} un enlace nuevo.",
    ask_anyone="Si todavía lo necesita, pida un enlace nuevo a quien le envió este.",
    ended_at="Terminó",
    begins_at="Comienza",
    time_now="Hora actual",
    footer="Compartido en privado con narthex",
)

JAPANESE = Phrases(
    code="ja",
    point=".",
    space="",
    units=(("日", "日"), ("時間", "時間"), ("分", "分"), ("秒", "秒")),
    title="ファイルが届いています",
    title_folder="ファイルが届いています",
    lead="{who} さんがこのファイルを共有しました。",
    lead_folder="{who} さんがこれらのファイルを共有しました。",
    lead_host="{host} で共有されました。",
    download="ダウンロード",
    download_all="すべてを zip でダウンロード",
    download_one="{name} をダウンロード",
    started="ダウンロードを開始しました。",
    files="ファイル数",
    valid_until="有効期限",
    no_end="取り消されるまで",
    left="残り {time}",
    checksum="チェックサム",
    downloads_left="残りダウンロード回数",
    note="メモ",
    for_whom="宛先",
    show_more="さらに表示",
    beginning="最初に戻る",
    empty="まだファイルがありません。",
    locked="このリンクにはパスワードが必要です",
    locked_text="パスワードはリンクを送った人に確認してください。",
    password="パスワード",  # noqa: S106 - a word, not a secret
    open="開く",
    wrong_password="パスワードが違います。もう一度入力してください。",  # noqa: S106 - a sentence
    too_many="試行回数が多すぎます",
    too_many_text="パスワードの誤りが続きました。{time}待ってからもう一度お試しください。",
    stale="ページを開いたまま時間が経ちすぎました",
    stale_text="何もダウンロードされていません。リンクをもう一度開いてください。",
    again="リンクをもう一度開く",
    expired="このリンクは期限切れです",
    expired_text="有効期間が終了しました。",
    revoked="このリンクは取り消されました",
    revoked_text="現在は無効です。",
    used_up="このリンクは使用済みです",
    used_up_text="決められた回数のダウンロードがすべて完了しました。",
    not_yet="このリンクはまだ有効ではありません",
    not_yet_text="開始時刻になってからもう一度開いてください。",
    wrong_address="ここからはこのリンクを利用できません",
    wrong_address_text="特定のネットワークからのみ利用できます。",
    changed="このファイルは変更されています",
    changed_text="共有されたときのファイルではありません。",
    gone="このファイルはもうありません",
    gone_text="移動または削除されたか、共有できなくなりました。",
    unknown="このリンクは存在しません",
    unknown_text="一部が欠けている可能性があります。全体をコピーしてもう一度お試しください。",
    busy="しばらくお待ちください",
    busy_text="ファイルは安全です。数秒後にもう一度お試しください。",
    broken="サーバー側で問題が発生しました",
    broken_text="ファイルは失われていません。もう一度お試しになり、直らない場合はサーバーの管理者に"
    "お知らせください。",
    not_so="リンクではその操作はできません",
    not_so_text="リンクを開いてダウンロードすることだけができます。",
    ask="必要な場合は、{who} さんに新しいリンクを依頼してください。",
    ask_anyone="必要な場合は、リンクを送った人に新しいリンクを依頼してください。",
    ended_at="終了",
    begins_at="開始",
    time_now="現在時刻",
    footer="narthex で非公開に共有",
)

LANGUAGES = {phrases.code: phrases for phrases in (ENGLISH, GERMAN, SPANISH, JAPANESE)}
MOST_CHOICES = 32  # of an Accept-Language header that are looked at


def phrases_for(accept_language: str | None) -> Phrases:
    """The language that suits a browser best; English when none does.

    Source: RFC 9110, section 12.5.4. `de-AT` is content with `de`.
    """
    best, best_quality = ENGLISH, 0.0
    for choice in (accept_language or "").split(",")[:MOST_CHOICES]:
        name, *parameters = choice.split(";")
        found = LANGUAGES.get(name.strip().partition("-")[0].lower())
        quality = _quality(parameters)
        if found is not None and quality > best_quality:
            best, best_quality = found, quality
    return best


def _quality(parameters: list[str]) -> float:
    """The weight of a choice, 0 to 1; one that cannot be read weighs nothing."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            digits = value.strip()
            if not digits.isascii() or not digits.replace(".", "", 1).isdigit():
                return 0.0
            return min(float(digits), 1.0)
    return 1.0
