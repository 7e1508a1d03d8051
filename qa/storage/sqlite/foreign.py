"""What a library's file must not have, as it may come from somebody else: things by which SQLite does more than read
and write rows of this file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection

from qa.errors import LibraryDamaged

_NAMES_A_FILE = bytes.fromhex("d9d505f920a163d7")
"""A journal that ends with these names a further file, which SQLite deletes. One database by itself has no such one."""
_ADVICE = "It does not come from this program and was not run. Do not trust this library: make a new one with qa add."


def refuse_journal(database: Path) -> None:
    """Raise ``LibraryDamaged`` when the journal beside the file, which SQLite plays back, names a further file."""
    journal = database.with_name(f"{database.name}-journal")
    try:
        with journal.open("rb") as stream:
            stream.seek(-len(_NAMES_A_FILE), 2)
            end = stream.read()
    except OSError:  # there is none, or it is empty
        return
    if end == _NAMES_A_FILE:
        raise LibraryDamaged(f"{journal} names a file outside of the library. {_ADVICE}")


def refuse_programs(database: Path, connection: Connection) -> None:
    """Raise ``LibraryDamaged`` when the schema has triggers, views or virtual tables."""
    sql = "SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index') OR rootpage = 0 LIMIT 1"
    found: Sequence[str] | None = connection.execute(sql).fetchone()
    if found:
        raise LibraryDamaged(f"{database} has a {found[0]} {found[1]!r} in its schema. {_ADVICE}")
