"""The tables of functions, their code, versions, documents and logs; one migration.

This file never says what a row means: `catalog/functions.py` and its siblings do.
"""

from __future__ import annotations

# Everything of a function hangs on its id: a function of the same name made later inherits nothing.
# code: SHA-256 of the zip in hex. sealed: the variables of the environment, encrypted.
TABLES: tuple[str, ...] = (
    """CREATE TABLE functions (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        region TEXT NOT NULL,
        created_us BIGINT NOT NULL,
        last_version BIGINT NOT NULL,
        reserved BIGINT NOT NULL,
        tags TEXT NOT NULL
    ) CLUSTERED""",
    "CREATE UNIQUE INDEX functions_by_name ON functions (account, name)",
    """CREATE TABLE function_versions (
        function TEXT NOT NULL,
        version TEXT NOT NULL,
        number BIGINT NOT NULL,
        revision TEXT NOT NULL,
        settings TEXT NOT NULL,
        sealed BYTES NOT NULL,
        code TEXT NOT NULL,
        code_size BIGINT NOT NULL,
        modified_us BIGINT NOT NULL,
        PRIMARY KEY (function, version)
    ) CLUSTERED""",
    "CREATE INDEX function_versions_by_number ON function_versions (function, number)",
    "CREATE INDEX function_versions_by_code ON function_versions (code, function)",
    """CREATE TABLE function_code (
        code TEXT NOT NULL,
        number BIGINT NOT NULL,
        data BYTES NOT NULL,
        PRIMARY KEY (code, number)
    )""",
    """CREATE TABLE function_documents (
        function TEXT NOT NULL,
        qualifier TEXT NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        revision TEXT NOT NULL,
        modified_us BIGINT NOT NULL,
        PRIMARY KEY (function, qualifier, kind)
    ) CLUSTERED""",
    """CREATE TABLE function_urls (
        id TEXT PRIMARY KEY,
        function TEXT NOT NULL,
        qualifier TEXT NOT NULL
    ) CLUSTERED""",
    "CREATE UNIQUE INDEX function_urls_by_function ON function_urls (function, qualifier)",
    """CREATE TABLE function_logs (
        function TEXT NOT NULL,
        at_us BIGINT NOT NULL,
        id TEXT NOT NULL,
        stream TEXT NOT NULL,
        size BIGINT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (function, at_us, id)
    )""",
)
