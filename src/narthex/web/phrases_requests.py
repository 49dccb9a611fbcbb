"""What the page of a request says, in each language: asking for files, and bringing them.

This file never holds markup: a phrase is plain text, and `{...}` stands for what is filled in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from narthex.web.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Asking:
    """One language. {who} asks; {host} is where; {name} is a file's, {sent} of {size} have gone.

    The phrases behind `script` are for the page's script, which is sent them all.
    """

    title: str
    title_one: str
    title_host: str
    lead: str
    largest: str
    kinds: str
    files_left: str
    room_left: str
    same_name: str
    is_numbered: str
    is_kept: str
    is_replaced: str
    without: str
    without_text: str
    curl_asks: str
    copy: str
    no_script: str
    unfinished: str
    script: dict[str, str]
    full: str
    name_empty: str
    name_long: str
    name_needed: str
    taken: str
    received: str


ENGLISH = Asking(
    title="{who} asks you for files",
    title_one="{who} asks you for a file",
    title_host="Files are asked for on {host}",
    lead="Only those who ask can open what you send. Others who have this link cannot see it.",
    largest="Largest file",
    kinds="Kinds of files",
    files_left="Files left",
    room_left="Room left",
    same_name="Same name",
    is_numbered="no file is replaced; another one of the same name gets a number",
    is_kept="a file that is there already is not replaced",
    is_replaced="the new file replaces the old one",
    without="Without a browser",
    without_text="This command sends the file that is called FILE.",
    curl_asks="curl asks for the password.",
    copy="Copy",
    no_script="Sending from this page needs JavaScript. The command below works without it.",
    unfinished="From this browser, not everything has been sent yet. What was begun can go on.",
    script={
        "drop": "Drop files here",
        "drop_one": "Drop a file here",
        "choose": "Choose files",
        "choose_one": "Choose a file",
        "folder": "Choose a folder",
        "yours": "Your files",
        "waiting": "Waiting",
        "looking": "Seeing how far it got",
        "sending": "{sent} of {size}",
        "finishing": "Finishing",
        "paused": "Paused at {sent} of {size}",
        "offline": "No connection. It goes on by itself when there is one.",
        "again": "To go on where it stopped, choose this file again.",
        "done": "Received",
        "renamed": "Received as {name}",
        "all_done": "Everything has arrived. You can close this page.",
        "pause": "Pause",
        "resume": "Resume",
        "cancel": "Cancel",
        "retry": "Try again",
        "remove": "Remove",
        "of": "{action}: {name}",
        "copied": "Copied",
        "too_large": "This file is larger than what is asked for.",
        "wrong_type": "Files of this kind are not asked for.",
        "only_one": "Only one file is asked for.",
        "broken": "It broke off. What has arrived is kept.",
        "unreadable": "The file cannot be read any more. Was it moved or changed?",
    },
    full="No more files are taken: as many as were asked for have arrived or are on their way.",
    name_empty="This is no name for a file.",
    name_long="The name is too long.",
    name_needed="Put a / behind the link, and the name of the file: curl does it by itself.",
    taken="A file of this name is there already, and is not replaced.",
    received="Received",
)

GERMAN = Asking(
    title="{who} bittet Sie um Dateien",
    title_one="{who} bittet Sie um eine Datei",
    title_host="Auf {host} werden Sie um Dateien gebeten",
    lead="Nur wer Sie darum bittet, kann öffnen, was Sie senden. Andere mit diesem Link sehen es "
    "nicht.",
    largest="Größte Datei",
    kinds="Arten von Dateien",
    files_left="Noch möglich",
    room_left="Noch Platz für",
    same_name="Gleicher Name",
    is_numbered="keine Datei wird ersetzt; eine weitere mit gleichem Namen bekommt eine Nummer",
    is_kept="eine Datei, die schon da ist, wird nicht ersetzt",
    is_replaced="die neue Datei ersetzt die alte",
    without="Ohne Browser",
    without_text="Dieser Befehl sendet die Datei, die FILE heißt.",
    curl_asks="curl fragt nach dem Passwort.",
    copy="Kopieren",
    no_script="Das Senden von dieser Seite braucht JavaScript. Der Befehl unten geht auch ohne.",
    unfinished="Aus diesem Browser ist noch nicht alles gesendet. Begonnenes kann weitergehen.",
    script={
        "drop": "Dateien hier ablegen",
        "drop_one": "Datei hier ablegen",
        "choose": "Dateien auswählen",
        "choose_one": "Datei auswählen",
        "folder": "Ordner auswählen",
        "yours": "Ihre Dateien",
        "waiting": "Wartet",
        "looking": "Stellt fest, wie weit es war",
        "sending": "{sent} von {size}",
        "finishing": "Wird abgeschlossen",
        "paused": "Angehalten bei {sent} von {size}",
        "offline": "Keine Verbindung. Es geht von selbst weiter, sobald es eine gibt.",
        "again": "Wählen Sie diese Datei noch einmal aus, dann geht es weiter, wo es aufgehört "
        "hat.",
        "done": "Angekommen",
        "renamed": "Angekommen als {name}",
        "all_done": "Alles ist angekommen. Sie können diese Seite schließen.",
        "pause": "Anhalten",
        "resume": "Fortsetzen",
        "cancel": "Abbrechen",
        "retry": "Noch einmal",
        "remove": "Entfernen",
        "of": "{action}: {name}",
        "copied": "Kopiert",
        "too_large": "Diese Datei ist größer als erbeten.",
        "wrong_type": "Dateien dieser Art sind nicht erbeten.",
        "only_one": "Es ist nur eine Datei erbeten.",
        "broken": "Es ist abgebrochen. Was angekommen ist, bleibt erhalten.",
        "unreadable": "Die Datei ist nicht mehr lesbar. Wurde sie verschoben oder geändert?",
    },
    full="Es werden keine Dateien mehr angenommen: So viele wie erbeten sind da oder unterwegs.",
    name_empty="Das ist kein Name für eine Datei.",
    name_long="Der Name ist zu lang.",
    name_needed="Hinter den Link gehören ein / und der Name der Datei: curl macht es von selbst.",
    taken="Eine Datei mit diesem Namen ist schon da und wird nicht ersetzt.",
    received="Angekommen",
)

SPANISH = Asking(
    title="{who} le pide archivos",
    title_one="{who} le pide un archivo",
    title_host="Se piden archivos en {host}",
    lead="Solo quien los pide puede abrir lo que usted envíe. Otros con este enlace no lo ven.",
    largest="Archivo más grande",
    kinds="Tipos de archivo",
    files_left="Archivos restantes",
    room_left="Espacio restante",
    same_name="Mismo nombre",
    is_numbered="ningún archivo se reemplaza; otro con el mismo nombre recibe un número",
    is_kept="un archivo que ya está no se reemplaza",
    is_replaced="el archivo nuevo reemplaza al anterior",
    without="Sin navegador",
    without_text="Esta orden envía el archivo que se llama FILE.",
    curl_asks="curl pide la contraseña.",
    copy="Copiar",
    no_script="Enviar desde esta página requiere JavaScript. La orden de abajo funciona sin él.",
    unfinished="Desde este navegador aún no se ha enviado todo. Lo comenzado puede continuar.",
    script={
        "drop": "Suelte archivos aquí",
        "drop_one": "Suelte un archivo aquí",
        "choose": "Elegir archivos",
        "choose_one": "Elegir un archivo",
        "folder": "Elegir una carpeta",
        "yours": "Sus archivos",
        "waiting": "En espera",
        "looking": "Viendo hasta dónde llegó",
        "sending": "{sent} de {size}",
        "finishing": "Terminando",
        "paused": "En pausa en {sent} de {size}",
        "offline": "Sin conexión. Continuará solo en cuanto la haya.",
        "again": "Para continuar donde se detuvo, elija este archivo de nuevo.",
        "done": "Recibido",
        "renamed": "Recibido como {name}",
        "all_done": "Ha llegado todo. Puede cerrar esta página.",
        "pause": "Pausar",
        "resume": "Continuar",
        "cancel": "Cancelar",
        "retry": "Reintentar",
        "remove": "Quitar",
        "of": "{action}: {name}",
        "copied": "Copiado",
        "too_large": "Este archivo es mayor de lo que se pide.",
        "wrong_type": "No se piden archivos de este tipo.",
        "only_one": "Solo se pide un archivo.",
        "broken": "Se interrumpió. Lo que ha llegado se conserva.",
        "unreadable": "El archivo ya no se puede leer. ¿Se movió o cambió?",
    },
    full="No se aceptan más archivos: los que se pidieron ya han llegado o están en camino.",
    name_empty="Esto no es un nombre de archivo.",
    name_long="El nombre es demasiado largo.",
    name_needed="Ponga una / tras el enlace, y el nombre del archivo: curl lo hace solo.",
    taken="Ya hay un archivo con este nombre, y no se reemplaza.",
    received="Recibido",
)

JAPANESE = Asking(
    title="{who} さんがファイルの送付を求めています",
    title_one="{who} さんがファイルの送付を求めています",
    title_host="{host} でファイルの送付が求められています",
    lead="送ったファイルを開けるのは依頼者だけです。このリンクを知っている他の人には見えません。",
    largest="ファイルの最大サイズ",
    kinds="ファイルの種類",
    files_left="残りファイル数",
    room_left="残り容量",
    same_name="同じ名前",
    is_numbered="上書きされません。同じ名前のファイルには番号が付きます",
    is_kept="既にあるファイルは上書きされません",
    is_replaced="新しいファイルで置き換えられます",
    without="ブラウザーを使わない場合",
    without_text="次のコマンドで FILE という名前のファイルを送れます。",
    curl_asks="curl がパスワードを尋ねます。",
    copy="コピー",
    no_script="このページから送るには JavaScript が必要です。下のコマンドなら不要です。",
    unfinished="このブラウザーからの送信がまだ終わっていません。続きから再開できます。",
    script={
        "drop": "ここにファイルをドロップ",
        "drop_one": "ここにファイルをドロップ",
        "choose": "ファイルを選択",
        "choose_one": "ファイルを選択",
        "folder": "フォルダーを選択",
        "yours": "送信するファイル",
        "waiting": "待機中",
        "looking": "到着済みの部分を確認中",
        "sending": "{sent} / {size}",
        "finishing": "仕上げ中",
        "paused": "一時停止 {sent} / {size}",
        "offline": "接続がありません。回復すると自動的に再開します。",
        "again": "続きから再開するには、このファイルをもう一度選択してください。",
        "done": "受信済み",
        "renamed": "{name} として受信済み",
        "all_done": "すべて届きました。このページを閉じてかまいません。",
        "pause": "一時停止",
        "resume": "再開",
        "cancel": "取り消す",
        "retry": "再試行",
        "remove": "削除",
        "of": "{action}：{name}",
        "copied": "コピーしました",
        "too_large": "このファイルは上限サイズを超えています。",
        "wrong_type": "この種類のファイルは受け付けていません。",
        "only_one": "受け付けるファイルは一つだけです。",
        "broken": "中断しました。届いた部分は保存されています。",
        "unreadable": "ファイルを読み取れません。移動または変更されていませんか。",
    },
    full="これ以上は受け付けていません。必要な数のファイルが届いたか、送信中です。",
    name_empty="ファイル名として使えません。",
    name_long="ファイル名が長すぎます。",
    name_needed="リンクの後ろに / とファイル名を付けてください。curl なら自動で付きます。",
    taken="同じ名前のファイルが既にあり、上書きされません。",
    received="受信済み",
)

ASKING = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "ja": JAPANESE}
# What the pages say in other words when files are brought and not fetched.
INSTEAD: dict[str, dict[str, Any]] = {
    "en": {
        "stale_text": "Nothing was lost. Open the link again, and choose the files again.",
        "used_up": "No more files are taken",
        "used_up_text": "As many as were asked for have arrived, or are on their way.",
        "gone": "Files are not taken here any more",
        "gone_text": "The place for them was removed, or may not be used any more.",
        "busy_text": "Please try again in a few seconds.",
        "broken_text": "Please try again; if it stays so, tell whoever runs this server.",
        "not_so_text": "With this link, files are sent. Nothing else.",
        "ask": "If you still want to send something, ask {who} for a new link.",
        "ask_anyone": "If you still want to send something, ask the person who sent you this link "
        "for a new one.",
    },
    "de": {
        "stale_text": "Es ist nichts verloren. Öffnen Sie den Link noch einmal und wählen Sie die "
        "Dateien noch einmal aus.",
        "used_up": "Es werden keine Dateien mehr angenommen",
        "used_up_text": "So viele wie erbeten sind angekommen oder unterwegs.",
        "gone": "Hier werden keine Dateien mehr angenommen",
        "gone_text": "Der Platz dafür wurde entfernt oder darf nicht mehr benutzt werden.",
        "busy_text": "Bitte versuchen Sie es in ein paar Sekunden noch einmal.",
        "broken_text": "Bitte versuchen Sie es noch einmal; wenn es so bleibt, sagen Sie es dem "
        "Betreiber dieses Servers.",
        "not_so_text": "Mit diesem Link werden Dateien gesendet. Sonst nichts.",
        "ask": "Wenn Sie noch etwas senden möchten, bitten Sie {who} um einen neuen Link.",
        "ask_anyone": "Wenn Sie noch etwas senden möchten, bitten Sie um einen neuen Link, wer "
        "Ihnen diesen geschickt hat.",
    },
    "es": {
        "stale_text": "No se ha perdido nada. Abra el enlace y elija los archivos de nuevo.",
        "used_up": "No se aceptan más archivos",
        "used_up_text": "Los que se pidieron ya han llegado o están en camino.",
        "gone": "Aquí ya no se aceptan archivos",
        "gone_text": "El lugar para ellos se eliminó, o ya no se puede usar.",
        "busy_text": "Inténtelo de nuevo en unos segundos.",
        "broken_text": "Inténtelo de nuevo; si sigue igual, avise a quien administra este "
        "servidor.",
        "not_so_text": "Con este enlace se envían archivos. Nada más.",
        "ask": "Si todavía quiere enviar algo, pida a {who} un enlace nuevo.",
        "ask_anyone": "Si todavía quiere enviar algo, pida un enlace nuevo a quien le envió este.",
    },
    "ja": {
        "stale_text": "失われたものはありません。リンクを開き直し、ファイルを選び直してください。",
        "used_up": "これ以上は受け付けていません",
        "used_up_text": "必要な数のファイルが届いたか、送信中です。",
        "gone": "ここではもうファイルを受け付けていません",
        "gone_text": "置き場所が削除されたか、使えなくなりました。",
        "busy_text": "数秒後にもう一度お試しください。",
        "broken_text": "もう一度お試しになり、直らない場合はサーバーの管理者にお知らせください。",
        "not_so_text": "このリンクではファイルを送ることだけができます。",
        "ask": "まだ送るものがある場合は、{who} さんに新しいリンクを依頼してください。",
        "ask_anyone": "まだ送るものがある場合は、リンクの送り主に新しいリンクを依頼してください。",
    },
}


def asking(phrases: Phrases) -> Asking:
    """The words for bringing files, in the language of these."""
    return ASKING[phrases.code]


@cache
def instead(phrases: Phrases) -> Phrases:
    """The same language for a link by which files are brought."""
    return replace(phrases, **INSTEAD[phrases.code])
