"""What the audit log has gained: acts of administration, seals, and an engine that refuses changes.

This file never asks anything of them. INVARIANT: no statement of any node, of whatever version,
changes an entry or a seal: it fails. None removes one that was not given up by a sealed act: it
stays, silently, since older nodes prune by time alone. A catalog that is being filled by a move is
not held to it until it is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WHY: Final = "the audit log is only added to"
# Columns of an entry; `seal` may go from 0 to a number, once.
_ENTRY = (
    "id account owner share at_us event outcome actor address agent key bytes times booking detail"
    " access_key_id resource request"
).split()
# Columns of a seal; `pruned_us` may go from 0 to a time, once.
_SEAL = "account number at_us newest_us entries digest previous signature".split()
_WHOLE = "NOT EXISTS (SELECT 1 FROM settings WHERE name = 'move begun' AND value <> '')"


def _changed(columns: list[str], marked: str) -> str:
    differs = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in columns)
    return f"OLD.{marked} <> 0 OR {differs}"


def _kept(number: str, beyond: str) -> str:
    """Whether a row is still to be kept. number: its seal. beyond: how a later mark compares."""
    return (
        f"OLD.{number} = 0 OR NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.account ="
        f" OLD.account AND s.number {beyond} OLD.{number} AND s.pruned_us <> 0)"
    )


# Table, verb, and when the engine refuses. A seal that says up to where was pruned stays itself.
_REFUSED = (
    ("audit", "UPDATE", _changed(_ENTRY, "seal")),
    ("audit", "DELETE", _kept("seal", ">=")),
    ("audit_seals", "UPDATE", _changed(_SEAL, "pruned_us")),
    ("audit_seals", "DELETE", _kept("number", ">")),
)


def _guard(table: str, verb: str, refused: str) -> Mapping[str, str]:
    name = f"{table}_{verb.lower()}"
    is_update = verb == "UPDATE"
    lite = f"ABORT, '{WHY}'" if is_update else "IGNORE"
    told = f"RAISE EXCEPTION '{WHY}' USING ERRCODE = 'read_only_sql_transaction'"
    return {
        "sqlite": (
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN ({refused}) AND {_WHOLE}"
            f" BEGIN SELECT RAISE({lite}); END"
        ),
        "postgresql": (
            f"CREATE FUNCTION narthex_{name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN"
            f" IF ({refused}) AND {_WHOLE} THEN {told if is_update else 'RETURN NULL'}; END IF;"
            f" RETURN {'NEW' if is_update else 'OLD'}; END $body$;"
            f" CREATE TRIGGER {name} BEFORE {verb} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION narthex_{name}()"
        ),
    }


# What one engine spells another way than the other: its text, by the engine's name.
TABLES: Final[tuple[str | Mapping[str, str], ...]] = (
    # Of acts: the key that was used, the ARN that was changed, the request's id.
    "ALTER TABLE audit ADD COLUMN access_key_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE audit ADD COLUMN resource TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE audit ADD COLUMN request TEXT NOT NULL DEFAULT ''",
    # The number of the seal that covers it, 0 for not yet.
    "ALTER TABLE audit ADD COLUMN seal BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX audit_by_seal ON audit (seal, account, id)",
    # newest_us: of its entries, how many there are. digest, previous: see `pure.audit_chain`.
    # pruned_us: when it and all before it were given up, 0 for not.
    """CREATE TABLE audit_seals (
        account TEXT NOT NULL,
        number BIGINT NOT NULL,
        at_us BIGINT NOT NULL,
        newest_us BIGINT NOT NULL,
        entries BIGINT NOT NULL,
        digest TEXT NOT NULL,
        previous TEXT NOT NULL,
        signature BYTES NOT NULL,
        pruned_us BIGINT NOT NULL,
        PRIMARY KEY (account, number)
    ) CLUSTERED""",
    *(_guard(*one) for one in _REFUSED),
)
