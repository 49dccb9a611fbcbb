"""The rules of ARCHITECTURE.md that a machine can check, read from the source with `ast`.

Nothing of narthex is imported here: a rule holds even for a module that would not import.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "narthex"
FILES = sorted(SOURCE.rglob("*.py"))
MOST_LINES = 400
MOST_FUNCTION_LINES = 60

# Layer -> the layers it may import. A layer is a package or a module directly in narthex.
VALUES = {"errors", "http", "model", "entities"}
STORES = {"catalog", "blobs"}
SERVER = {
    *VALUES,
    *STORES,
    "config",
    "fresh_keys",
    "identity",
    "keyring",
    "ledger",
    "presigner",
    "pure",
    "server",
    "share_keys",
}
# What stands on the server's seams and is asked by its wires.
SERVICES = {"events", "functions", "review"}
COMPOSITION = {*SERVER, "app", "asgi", "bootstrap", "logs", "planes", "supervisor"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "http": {"errors"},
    "model": {"http"},
    "entities": {"http", "model"},
    "pure": VALUES,
    "overlay_files": {"pure"},  # what servers and commands read beside a model
    "config": set(),
    "pools": {"config"},
    "logs": set(),
    "keyring": {"errors"},
    "fresh_keys": {"keyring", "model"},
    "presigner": {"pure"},
    "catalog": {*VALUES, "pure"},
    "blobs": {*VALUES, "presigner", "pure"},
    "last_used": {*VALUES, "catalog"},
    "principals": {*VALUES, "catalog", "pure"},
    "share_keys": {*VALUES, "catalog", "pure", "keyring", "principals"},
    "identity": {
        *VALUES,
        *STORES,
        "pure",
        "keyring",
        "last_used",
        "principals",
        "share_keys",
    },
    "ledger": {
        *VALUES,
        *STORES,
        "fresh_keys",
        "identity",
        "keyring",
        "presigner",
        "pure",
        "share_keys",
    },
    "server": {*STORES, "config", "identity", "keyring", "ledger"},
    "acts": SERVER,  # of administration: what every wire writes down
    "forwarded": VALUES,
    "s3": {*SERVER, *SERVICES, "acts", "forwarded"},
    "query_api": {*SERVER, "acts"},  # what iam and sts have in common on the wire
    "events": SERVER,  # deliveries: who wants to know, and telling them
    "functions": {*SERVER, "events", "principals"},  # code that runs when something happened
    "review": {*SERVER, "events", "overlay_files"},  # the judgement made before a share exists
    "lambda_": {*SERVER, "acts", "events", "functions", "s3"},
    "iam": {*SERVER, "query_api"},
    "sts": {*SERVER, "query_api"},
    "access": {*SERVER, "principals", "s3"},
    "api": {
        *SERVER,
        *SERVICES,
        "access",
        "acts",
        "forwarded",
        "nodes",
        "s3",
        "tenancy",
    },  # our own wire; S3's rules say who may what
    "web": {
        *SERVER,
        *SERVICES,
        "access",
        "acts",
        "api",
        "presigner",
        "s3",
    },  # pages ask as their visitor may
    "planes": {*VALUES, "api", "iam", "lambda_", "query_api", "s3", "server", "sts", "web"},
    "arrival": {*VALUES, "keyring", "server"},
    "self_test": {"arrival"},
    "asgi": {*VALUES, "arrival", "forwarded", "ledger", "planes", "review", "s3", "server", "web"},
    # What the server does by itself: it asks the API as its owner would.
    "automations": {*SERVER, "api", "events", "s3"},
    "app": {*SERVER, *SERVICES, "automations", "pools"},
    "tenancy": SERVER,
    "bootstrap": {*SERVER, "tenancy"},
    "belonging": {*VALUES, *STORES},
    "move": {*SERVER, "app"},  # from stores to stores, without a server
    "nodes": {*SERVER, "events"},
    "housekeeping": {*SERVER, "belonging", "nodes"},
    "steward": {*SERVER, *SERVICES, "", "nodes", "app", "housekeeping", "logs", "pools", "s3"},
    "function_host": {*SERVER, "app", "functions", "logs", "pools"},
    "worker": {*SERVER, "app", "asgi", "logs", "pools", "review"},
    "supervisor": {
        *SERVER,
        "app",
        "belonging",
        "bootstrap",
        "function_host",
        "forwarded",
        "logs",
        "pools",
        "self_test",
        "steward",
        "worker",
    },
    # It speaks to a server over the wire only.
    "cli": {*VALUES, "overlay_files", "pure", "presigner", ""},
    "__main__": {"cli"},
    "": {"presigner"},
}
# `serve` alone starts a server, so it alone may see one; a file here is looked at here.
EXCEPTIONS: dict[str, set[str]] = {
    "cli/serve.py": {*COMPOSITION},
    "cli/review_here.py": {"review"},
    "cli/audit_seals.py": {"keyring"},  # what was signed is verified by whoever asks, not told
    "cli/move.py": {"move"},  # on stores, since no wire shows all of what is moved
}

# A library is known in these files and nowhere else.
HOMES: dict[str, set[str]] = {
    "argon2": {"ledger/passwords.py"},
    "awslambdaric": {"functions/zygote.py"},
    "apsw": {"catalog/sqlite.py", "catalog/sqlite_file.py"},
    "psycopg": {
        "catalog/postgresql.py",
        "catalog/postgresql_calls.py",
        "catalog/postgresql_connections.py",
        "catalog/postgresql_histories.py",
        "catalog/postgresql_statements.py",
    },
    "boto3": {"cli/import_iam.py"},
    "botocore": {"cli/import_iam.py"},
    "cryptography": {"keyring.py"},
    "obstore": {"blobs/remote.py", "blobs/remote_url.py", "blobs/remote_writer.py"},
    "granian": {"supervisor.py"},
    "defusedxml": {"pure/xml.py", "cli/answers.py"},
    "jinja2": {"web/look.py", "web/console/look.py"},
    "pypdf": {"review/reading/portable.py"},
    "stdnum": {"pure/detectors/national_ids.py"},
    "urllib3": {"cli/connections.py"},
    "zipstream": {"web/archive.py"},
    "h11": {"events/exchange.py"},
    "apprise": {"events/apprise_child.py"},
    "nats": {"events/senders/nats.py"},
    "redis": {"events/senders/redis.py"},
    "smtplib": {"events/senders/mail.py"},
}
# What pure code may use of the standard library and of others: nothing that reads or waits.
PURE_LIBRARIES = frozenset(
    "__future__ awscrt base64 binascii bisect calendar collections dataclasses datetime decimal "
    "defusedxml email enum functools hashlib heapq hmac html http ipaddress itertools json math "
    "operator re stdnum string struct tomllib typing unicodedata urllib xml zlib".split()
)
# The one way through, of S3, of IAM and STS, of the API and of the pages; and what hands an error
# to whoever waits for the work that raised it.
CATCH_ALL = frozenset(
    [
        "s3/handle.py",
        "query_api/handle.py",
        "api/handle.py",
        "web/pages.py",
        "web/console/handle.py",
        "catalog/works.py",
        "lambda_/handle.py",
        "lambda_/urls.py",
        "ledger/turns.py",
        "events/attempt.py",
    ]
)
IMPURE_NAMES = re.compile(r"^(urllib\.request|http\.(client|server)|email\.generator)")
IMPURE_CALLS = frozenset(["open", "print", "input", "now", "utcnow", "today", "urlopen"])
SECRET_NAME = re.compile(r"(^|_)(secret|signature|password|passphrase|hmac|mac)$")
VAGUE_NAMES = frozenset(["utils", "util", "common", "helpers", "helper", "manager", "base", "misc"])


def name_of(file: Path) -> str:
    """The file as the rules name it: its path below src/narthex."""
    return file.relative_to(SOURCE).as_posix()


def layer_of(module: str) -> str:
    """The layer of a dotted module name; "" for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def module_of(file: Path) -> str:
    """The dotted name under which a file is imported."""
    parts = ("narthex", *file.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in FILES}


@cache
def tree(file: Path) -> ast.Module:
    """The parsed source."""
    return ast.parse(file.read_text("utf-8"), str(file))


def imports(file: Path, *, late: bool = True) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, our own modules by their own names.

    late: also what functions import when they run, and what only type checkers see.
    """
    nodes = ast.walk(tree(file)) if late else iter(tree(file).body)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(file)}:{node.lineno} imports relatively"
            source = node.module or ""
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield node.lineno, inner if inner in MODULES else source


def own_imports(file: Path, *, late: bool = True) -> Iterator[tuple[int, str]]:
    """What a file imports of narthex."""
    for line, name in imports(file, late=late):
        if name == "narthex" or name.startswith("narthex."):
            yield line, name


def parameters(files: list[Path]) -> pytest.MarkDecorator:
    """One test for each file, named for it."""
    return pytest.mark.parametrize("file", files, ids=name_of)


@parameters(FILES)
def test_a_file_imports_only_from_the_layers_it_may(file: Path) -> None:
    layer = layer_of(module_of(file))
    assert layer in MAY_IMPORT, f"say in MAY_IMPORT what the new layer `{layer}` may import"
    allowed = MAY_IMPORT[layer] | EXCEPTIONS.get(name_of(file), set()) | {layer}
    wrong = [(line, name) for line, name in own_imports(file) if layer_of(name) not in allowed]
    assert not wrong, f"`{layer}` must not import {wrong}"


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {
        module: {name for _, name in own_imports(file, late=False)} - {module}
        for module, file in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_layers_of_the_table_are_arrows_one_way() -> None:
    TopologicalSorter(MAY_IMPORT).prepare()


@parameters(FILES)
def test_a_library_is_known_in_its_own_file_only(file: Path) -> None:
    wrong = [
        (line, name)
        for line, name in imports(file)
        if name_of(file) not in HOMES.get(name.partition(".")[0], {name_of(file)})
        and not _for_types_only(file, line)
    ]
    assert not wrong


def _for_types_only(file: Path, line: int) -> bool:
    """Whether a line is inside `if TYPE_CHECKING:`."""
    return any(
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        and node.lineno <= line <= (node.end_lineno or 0)
        for node in tree(file).body
    )


PURE = [file for file in FILES if name_of(file).startswith("pure/")]


@parameters(PURE)
def test_pure_code_uses_no_library_that_reads_waits_or_guesses(file: Path) -> None:
    wrong = [
        (line, name)
        for line, name in imports(file)
        if not name.startswith("narthex")
        and (name.partition(".")[0] not in PURE_LIBRARIES or IMPURE_NAMES.match(name))
    ]
    assert not wrong


@parameters(PURE)
def test_pure_code_has_no_clock_no_files_and_one_colour(file: Path) -> None:
    for node in ast.walk(tree(file)):
        place = f"{name_of(file)}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(
            node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith
        ), f"{place} is async"
        if isinstance(node, ast.Call):
            assert called(node) not in IMPURE_CALLS, f"{place} calls {called(node)}"


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


OPERATIONS = sorted((SOURCE / "s3" / "operations").glob("[a-z]*.py"))


@parameters(OPERATIONS)
def test_an_operation_declares_itself_once_and_has_its_test(file: Path) -> None:
    declared = [
        node.name
        for node in tree(file).body
        if isinstance(node, ast.AsyncFunctionDef)
        and any(isinstance(d, ast.Call) and called(d) == "operation" for d in node.decorator_list)
    ]
    assert declared == [file.stem]
    test = ROOT / "tests" / "operations" / f"test_{file.stem}.py"
    assert test.is_file(), f"{file.stem} needs tests/operations/{test.name}"


@parameters(FILES)
def test_only_the_one_way_through_catches_everything(file: Path) -> None:
    """Elsewhere, a handler that catches everything only tidies up and raises it again."""
    for node in ast.walk(tree(file)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = ast.unparse(node.type) if node.type else "everything"
        if re.search(r"\b(BaseException|Exception|everything)\b", caught):
            swallows = not isinstance(node.body[-1], ast.Raise)
            place = f"{name_of(file)}:{node.lineno}"
            assert not swallows or name_of(file) in CATCH_ALL, f"{place} swallows {caught}"


@parameters(FILES)
def test_what_is_secret_is_compared_in_constant_time(file: Path) -> None:
    for node in ast.walk(tree(file)):
        if not isinstance(node, ast.Compare):
            continue
        if not any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue  # `secret == ""` asks whether there is one
        names = [side.attr for side in sides if isinstance(side, ast.Attribute)]
        names += [side.id for side in sides if isinstance(side, ast.Name)]
        secret = [name for name in names if SECRET_NAME.search(name)]
        assert not secret, f"{name_of(file)}:{node.lineno} compares {secret} without hmac"


@parameters(FILES)
def test_a_file_holds_one_idea_and_says_which(file: Path) -> None:
    lines = file.read_text("utf-8").count("\n")
    assert lines <= MOST_LINES, f"{lines} lines: is there a second idea in it?"
    assert file.stem not in VAGUE_NAMES, "a name says what is inside"
    if tree(file).body:
        text = ast.get_docstring(tree(file))
        assert text, "line 1 says what the file is for"
        assert text.splitlines()[0][-1:] in ".:", "the first line is a sentence"


@parameters(FILES)
def test_a_function_fits_on_a_screen(file: Path) -> None:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MOST_FUNCTION_LINES, f"{name_of(file)} {node.name}: {lines} lines"


@parameters(FILES)
def test_only_the_command_line_and_the_log_speak(file: Path) -> None:
    if name_of(file).startswith("cli/"):
        return
    loud = [
        node.lineno
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not loud, f"{name_of(file)} prints in lines {loud}"
