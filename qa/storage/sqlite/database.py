"""The connections to a library's SQLite file, its transactions, and SQLite's errors in our words.

Every change of documents is one transaction and raises the generation number, by which searches in this and other
processes see that there is something to catch up with.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from qa.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryNotFound, LibraryNotWritable, LibraryTooNew
from qa.files import writing_to
from qa.storage.sqlite import schema

_WAIT_SECONDS = 30
_SHORT_WAIT_SECONDS = 2
_NOT_WRITABLE = ("full", "readonly", "unable to open", "disk I/O")
"""Words of SQLite's messages that mean that the file cannot be written."""


class Database:
    """A library's SQLite file. Reads may come from any thread; the caller lets only one thread write at a time."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open or create the file.

        Raises ``LibraryNotFound``, ``LibraryTooNew``, ``LibraryDamaged`` or ``LibraryNotWritable``.
        """
        self.path = path
        self._process, self._closed = os.getpid(), False
        self._file: tuple[int, ...] = ()
        self._local = threading.local()
        exists = os.path.isfile(path)  # False also where nobody may look
        if create and not exists:
            self._make_folder()
        if (exists or create) and not self.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
            exists = False  # its creation was interrupted before the first commit
        if not exists:
            if not create:
                raise LibraryNotFound(f"there is no library in {path.parent}. Add documents to make one: qa add FOLDER")
            self._create()
        self._check_format()

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryNotWritable(f"the folder {self.path.parent} cannot be made: {error.strerror}") from error

    def _create(self) -> None:
        with self.write() as connection:
            if not self._has_meta():  # another process may have been faster
                schema.create_tables(connection)
                values = (str(schema.FORMAT_VERSION),)
                connection.execute("INSERT INTO meta VALUES ('format', ?), ('generation', '0')", values)

    def _has_meta(self) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))

    def _check_format(self) -> None:
        found = self.meta("format") if self._has_meta() else None
        if found is None or not found.isdecimal():
            raise LibraryDamaged(
                f"{self.path} is not a library, or is damaged: it does not state its format. Documents are not "
                "touched: delete the file and add them again, or choose another folder with --library."
            )
        if int(found) > schema.FORMAT_VERSION:
            raise LibraryTooNew(
                f"{self.path} has format {found}; this program knows formats up to {schema.FORMAT_VERSION}. "
                "Upgrade the program, or use another library folder."
            )
        if int(found) < schema.FORMAT_VERSION:
            with self.write() as connection:
                schema.migrate(connection, int(self.meta("format") or 0))  # another process may have been faster
                values = (str(schema.FORMAT_VERSION),)
                connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", values)

    def ensure_open(self) -> None:
        """See ``Store.ensure_open``."""
        if self._closed:
            raise LibraryError(f"the library in {self.path.parent} is closed. Open it again: Library.open")
        if self._process != os.getpid():
            raise LibraryError(
                f"the library in {self.path.parent} was opened before this process was forked, and cannot be shared "
                "with it. Open it in this process: Library.open"
            )

    def close(self) -> None:
        """Close this thread's connection; those of other threads close with their threads."""
        self._closed = True
        connection = getattr(self._local, "connection", None)
        if connection is not None and self._process == os.getpid():
            connection.close()
            self._local.connection = None

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread, opened at first use, and again when a file that cannot be written to has
        changed. Raises ``LibraryError`` when the file was replaced by another one."""
        self.ensure_open()
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._local.fixed not in (None, self._state()):
            with self.errors():
                connection, immutable = self._connect()
            self._local.connection, self._local.fixed = connection, self._state() if immutable else None
            self._file = self._file or self._state()[:2]
        self._ensure_same_file()
        return connection

    def _state(self) -> tuple[int, ...]:
        """The file itself (two numbers), and what changes with its content."""
        try:
            found = os.stat(self.path)
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    def _ensure_same_file(self) -> None:
        if self._state()[:2] != self._file:
            raise LibraryError(f"{self.path} was replaced or deleted while it was open. Open the library again.")

    def _connect(self) -> tuple[sqlite3.Connection, bool]:
        """A new connection, and whether SQLite takes the file as one that nobody changes: without a write-ahead log,
        in a folder where none can be made."""
        try:
            return self._connected(str(self.path)), False
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
            for option in ("mode=ro", "immutable=1"):
                if option == "mode=ro" or not self._log_bytes():
                    with suppress(sqlite3.OperationalError):
                        return self._connected(f"{self.path.as_uri()}?{option}"), option != "mode=ro"
            raise

    def _log_bytes(self) -> int:
        log = self.path.with_name(f"{self.path.name}-wal")
        return log.stat().st_size if log.exists() else 0

    def _connected(self, name: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            name, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False, uri=name.startswith("file:")
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")  # no words in files outside the folder
        connection.execute("PRAGMA cache_size = -65536")  # KiB: what a large batch of passages touches
        return connection

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if any(words in text for words in _NOT_WRITABLE):
                raise LibraryNotWritable(
                    f"{self.path} cannot be written: {text}. What was saved before is intact. "
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
        connection = self.connection
        with self.errors():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
                connection.execute("COMMIT")
                self._ensure_same_file()  # or it was written to the one that is gone
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def write_aside(self) -> Iterator[sqlite3.Connection]:
        """One transaction on tables that no search looks at: allowed beside the one thread that writes documents, and
        without a new generation. Raises ``LibraryBusy`` when another transaction takes longer than two seconds."""
        connection = self.connection
        with self.errors(), self.impatient():
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
        """Inside, this thread waits for other writers only two seconds instead of thirty."""
        self.rows(f"PRAGMA busy_timeout = {int(_SHORT_WAIT_SECONDS * 1000)}")
        try:
            yield
        finally:
            self.rows(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000}")

    def empty_log(self) -> bool:
        """Move the write-ahead log into the file and empty it, so that removed text does not live on in it; False when
        a running search still needs it."""
        (busy, _, _) = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        return not busy

    def rewrite(self) -> None:
        """Write the whole file again, by way of a copy beside it, so that nothing removed is left in it.

        SQLite's ``VACUUM`` does the same, but makes its copy in the system's folder for temporary files.
        """
        copy = self.path.with_name(f"{self.path.name}-copy")
        with writing_to(self.path.parent), self.errors():
            copy.unlink(missing_ok=True)  # of a kill
            try:
                copy.touch(0o600)
                self.connection.execute("VACUUM INTO ?", (str(copy),))
                with closing(sqlite3.connect(copy)) as rewritten:
                    rewritten.backup(self.connection)
            finally:
                copy.unlink(missing_ok=True)

    def verify(self) -> None:
        """Read every page. Raises ``LibraryDamaged``."""
        with self.errors():
            (first,) = self.connection.execute("PRAGMA quick_check(1)").fetchone()
            if first != "ok":
                raise sqlite3.DatabaseError(first)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of a query."""
        connection = self.connection
        with self.errors():
            return connection.execute(sql, parameters).fetchall()

    def rows_in(self, sql: str, values: Iterable[int | str]) -> list[Any]:
        """Return all rows of ``sql``, which says ``IN (SELECT value FROM json_each(?))``, for any number of values."""
        return self.rows(sql, (json.dumps(list(values)),))

    def meta(self, key: str) -> str | None:
        """Return the value saved under ``key``; None when there is none."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None
