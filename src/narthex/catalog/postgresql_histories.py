"""Which history a server goes on with: one that was left behind by a failover is not believed.

This file never says that a server is the newest there is: only that this process met a newer one.
So an old primary that came back and was not fenced is not read by who has seen its successor; who
has not must be kept from it by whoever decided on the failover.

Source: PostgreSQL, "Timelines": a promotion begins a new one, with the next number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# A log file's name begins with its timeline, as eight hexadecimal digits.
HISTORY: Final = (
    b"SELECT CAST(system_identifier AS TEXT),"
    b" substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) FROM pg_control_system()"
)
LISTS: Final = ("host", "hostaddr", "port")  # may name several servers, with commas


class Histories:
    """The newest timeline that this process met, of each database system."""

    def __init__(self) -> None:
        self._newest: dict[str, str] = {}

    async def is_behind(self, connection: psycopg.AsyncConnection[Any]) -> bool:
        """Whether a newer history of the same system was met before. Raises psycopg.Error."""
        try:
            row = await (await connection.execute(HISTORY)).fetchone()
        except (pg.UndefinedFunction, pg.FeatureNotSupported, pg.InsufficientPrivilege):
            return False  # it only speaks PostgreSQL's protocol, or may not tell
        if row is None:
            return False
        system, timeline = str(row[0]), str(row[1])
        newest = self._newest.get(system, "")
        self._newest[system] = max(newest, timeline)
        return timeline < newest


def orders(conninfo: str) -> Iterator[str]:
    """The same servers, each of them first once: the first that takes writes is connected to."""
    said = conninfo_to_dict(conninfo)
    lists = {name: str(said[name]).split(",") for name in LISTS if "," in str(said.get(name, ""))}
    for turn in range(max(map(len, lists.values()), default=1)):
        turned = {name: ",".join(one[turn:] + one[:turn]) for name, one in lists.items()}
        yield make_conninfo(conninfo, **turned)
