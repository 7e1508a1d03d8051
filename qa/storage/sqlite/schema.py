"""The tables of a library's file, and how those of an earlier format become these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from sqlite3 import Connection

FORMAT_VERSION = 2

_DOCUMENTS = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT,
    language TEXT,
    metadata TEXT NOT NULL,
    details BLOB NOT NULL
);
CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    root TEXT,
    title TEXT NOT NULL,
    document_row INTEGER NOT NULL REFERENCES documents (row),
    upload INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    added TEXT NOT NULL,
    loaders TEXT NOT NULL
);
CREATE INDEX sources_by_document ON sources (document_row);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_row INTEGER NOT NULL REFERENCES documents (row),
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    heading TEXT NOT NULL,
    prefix TEXT NOT NULL,
    sentences BLOB NOT NULL,
    key BLOB NOT NULL,
    listed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX passages_by_document ON passages (document_row);
CREATE INDEX passages_by_key ON passages (key);
CREATE INDEX passages_not_listed ON passages (id) WHERE NOT listed;
CREATE TABLE unlisted (id INTEGER PRIMARY KEY);
CREATE TABLE vectors (
    row INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    passage BLOB NOT NULL,
    sentences BLOB NOT NULL
);
"""
_CONVERSATIONS = """
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    created TEXT NOT NULL,
    changed TEXT NOT NULL
);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    searched TEXT NOT NULL,
    scope TEXT,
    answer TEXT,
    note TEXT NOT NULL DEFAULT '',
    feedback TEXT
);
CREATE INDEX messages_by_conversation ON messages (conversation);
CREATE TABLE cited (
    document_id TEXT NOT NULL,
    message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (document_id, message)
) WITHOUT ROWID;
CREATE INDEX cited_by_message ON cited (message)
"""


def create_tables(connection: Connection) -> None:
    """Make the tables of the current format."""
    _run(connection, _DOCUMENTS + _CONVERSATIONS)


def migrate(connection: Connection, found: int) -> None:
    """Bring tables of format ``found`` to the current one."""
    for version in range(found, FORMAT_VERSION):
        MIGRATIONS[version](connection)


def _run(connection: Connection, script: str) -> None:
    """Run several statements inside the current transaction (``executescript`` would end it)."""
    for statement in script.split(";"):
        connection.execute(statement)


def _from_1(connection: Connection) -> None:
    _run(connection, _CONVERSATIONS)


MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {1: _from_1}
"""Format version → what leads from it to the next, inside one transaction."""
