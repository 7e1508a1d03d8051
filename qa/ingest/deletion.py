"""What leaves the library leaves no trace: rows of the tables, and afterwards what SQLite still has of them on disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qa.conversation import history as conversations
from qa.storage.database import Database, put_meta

if TYPE_CHECKING:
    from sqlite3 import Connection

_TRACES = "traces"
"""Key of ``meta``: something was removed since the file was last written anew."""


def drop_sources(connection: Connection, ids: Iterable[int]) -> None:
    """Remove sources, and with them all of documents that no other source has."""
    rows = set()
    put_meta(connection, _TRACES, "1")
    for source_id in ids:
        found = connection.execute("DELETE FROM sources WHERE id = ? RETURNING document_row", (source_id,)).fetchall()
        rows |= {row for (row,) in found}
    drop_orphans(connection, rows)


def drop_orphans(connection: Connection, document_rows: Iterable[int]) -> None:
    """Remove those of these documents that no source points to: text, passages and vectors."""
    for row in document_rows:
        if connection.execute("SELECT 1 FROM sources WHERE document_row = ?", (row,)).fetchone() is None:
            drop_passages(connection, row)
            gone = connection.execute("DELETE FROM documents WHERE row = ? RETURNING id", (row,)).fetchall()
            conversations.blank(connection, [document_id for (document_id,) in gone])
            put_meta(connection, _TRACES, "1")


def drop_vectors(connection: Connection) -> None:
    """Remove all vectors: they are another model's."""
    connection.execute("DELETE FROM vectors")


def drop_passages(connection: Connection, document_row: int) -> None:
    """Remove a document's passages, and the vectors that no other passage shares."""
    keys = connection.execute("SELECT DISTINCT key FROM passages WHERE document_row = ?", (document_row,)).fetchall()
    connection.execute("INSERT OR IGNORE INTO unlisted SELECT id FROM passages WHERE document_row = ?", (document_row,))
    connection.execute("DELETE FROM passages WHERE document_row = ?", (document_row,))
    connection.executemany(
        "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE key = ?1)", keys
    )


def clear_traces(database: Database) -> None:
    """Empty the write-ahead log; after a removal, write the whole file anew before.

    SQLite overwrites what it deletes (``secure_delete``), but not the copies that it left behind when it moved rows
    between pages. What a search of the moment still needs of the log stays for the next time, and so does the mark that
    a kill or a full disk has kept it from being worked off.
    """
    removed = database.meta(_TRACES) is not None
    if removed:
        database.rows("VACUUM")
    if database.empty_log() and removed:
        database.rows("DELETE FROM meta WHERE key = ?", (_TRACES,))
        database.empty_log()
