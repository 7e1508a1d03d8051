"""The library's one file: its tables and format, connections, transactions and errors. Nobody else imports SQLite.

Every change of documents is one transaction and raises the generation number, by which searches of this and other
processes see that there is something to catch up with.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryFull, LibraryNotFound, LibraryTooNew

FORMAT_VERSION = 2
_WAIT_SECONDS = 30
_SHORT_WAIT_SECONDS = 2

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
_MIGRATIONS: Mapping[int, str] = {1: _CONVERSATIONS}
"""Format version → the SQL that leads from it to the next."""


class Database:
    """A library's SQLite file. Reads may come from any thread; the caller lets only one thread write at a time."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open or make the file. Raises ``LibraryNotFound``, ``LibraryTooNew``, ``LibraryDamaged``, ``LibraryFull``."""
        self.path = path
        self._local = threading.local()
        exists = os.path.isfile(path)  # False also where nobody may look
        if create and not exists:
            self._make_folder()
        if (exists or create) and not self.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
            exists = False  # the making of it was cut off before its first commit
        if not exists:
            if not create:
                raise LibraryNotFound(f"there is no library in {path.parent}. Add documents to make one: qa add FOLDER")
            self._make()
        self._check_format()

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryFull(f"the folder {self.path.parent} cannot be made: {error.strerror}") from error

    def _make(self) -> None:
        with self.write() as connection:
            if not self._has_meta():  # another process may have been faster
                _run(connection, _DOCUMENTS + _CONVERSATIONS)
                connection.execute("INSERT INTO meta VALUES ('format', ?), ('generation', '0')", (str(FORMAT_VERSION),))

    def _has_meta(self) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))

    def _check_format(self) -> None:
        found = self.meta("format") if self._has_meta() else None
        if found is None or not found.isdecimal():
            raise LibraryDamaged(
                f"{self.path} is not a library, or is damaged: its format is not stated. Documents are not touched: "
                "delete the file and add them again, or choose another folder with --library."
            )
        if int(found) > FORMAT_VERSION:
            raise LibraryTooNew(
                f"{self.path} has format {found}; this program knows formats up to {FORMAT_VERSION}. "
                "Upgrade the program, or use another library folder."
            )
        if int(found) < FORMAT_VERSION:
            with self.write() as connection:
                for version in range(int(self.meta("format") or 0), FORMAT_VERSION):
                    _run(connection, _MIGRATIONS[version])
                put_meta(connection, "format", str(FORMAT_VERSION))

    def close(self) -> None:
        """Close this thread's connection; other threads' close with their threads."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with self._errors():
                connection = sqlite3.connect(
                    self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
                )
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA mmap_size = 268435456")
                connection.execute("PRAGMA cache_size = -65536")  # KiB: what a large batch of passages touches
            self._local.connection = connection
        return connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Maps SQLite's errors to ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "full" in text or "readonly" in text or "unable to open" in text or "disk I/O" in text:
                raise LibraryFull(
                    f"{self.path} cannot be written: {text}. What was there before is kept. "
                    "Free space or choose another folder with --library."
                ) from error
            raise LibraryError(f"{self.path}: {text}") from error
        except sqlite3.DatabaseError as error:
            raise LibraryDamaged(
                f"{self.path} is damaged: {error}. Documents are not touched: delete the file and add them again."
            ) from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or, on any error, nothing. Raises the generation number."""
        connection = self._connection
        with self._errors():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def write_aside(self) -> Iterator[sqlite3.Connection]:
        """One transaction on what no search looks at: beside the one thread that writes documents, and no new
        generation. Raises ``LibraryBusy`` when another is under way for longer than two seconds."""
        connection = self._connection
        with self._errors(), self.impatient():
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                    raise LibraryBusy("something else is writing to the library; try again in a moment.") from error
                raise
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Inside, others are waited for only two seconds instead of thirty."""
        self.rows(f"PRAGMA busy_timeout = {_SHORT_WAIT_SECONDS * 1000}")
        try:
            yield
        finally:
            self.rows(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000}")

    def empty_log(self) -> bool:
        """Fold the write-ahead log into the file and empty it, so that removed text does not live on in it; False when
        a search of the moment still needs it."""
        (busy, _, _) = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        return not busy

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """What a query gives."""
        connection = self._connection
        with self._errors():
            return connection.execute(sql, parameters).fetchall()

    def rows_by_id(self, sql: str, ids: Iterable[int | str]) -> list[Any]:
        """``sql`` with ``IN (SELECT value FROM json_each(?))`` for any number of ids."""
        return self.rows(sql, (json.dumps(list(ids)),))

    # --- meta ---------------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A setting of the library; None when it was never set."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def names(self, key: str) -> list[str]:
        """A list of names kept with ``put_names``; empty when it was never set."""
        return [str(name) for name in json.loads(self.meta(key) or "[]")]

    @property
    def generation(self) -> int:
        """Raised by every change, in whichever process."""
        return int(self.meta("generation") or 0)


def put_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set a setting of the library."""
    connection.execute("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2", (key, value))


def put_names(connection: sqlite3.Connection, key: str, names: Iterable[str]) -> None:
    """Keep a list of names as a setting of the library; an empty one is forgotten."""
    if listed := list(dict.fromkeys(names)):
        put_meta(connection, key, json.dumps(listed))
    else:
        connection.execute("DELETE FROM meta WHERE key = ?", (key,))


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Several statements inside the transaction at hand (``executescript`` would end it)."""
    for statement in script.split(";"):
        connection.execute(statement)
