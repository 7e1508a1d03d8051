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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryNotFound, LibraryNotWritable, LibraryTooNew
from qa.storage.sqlite import schema
from qa.storage.sqlite.foreign import refuse_journal, refuse_programs

_WAIT_SECONDS = 30
_SHORT_WAIT_SECONDS = 2
_REWRITING = threading.Lock()
_MAX_DIGITS = 9
"""Of the format's number."""
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
        self._local = threading.local()
        self._inode: int | None = None
        exists = os.path.isfile(path)  # False also where nobody may look
        self._read_only = exists and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
        if create and not exists:
            self._make_folder()
        if (exists or create) and not self.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
            exists = False  # its creation was interrupted before the first commit
        if not exists:
            if not create:
                raise LibraryNotFound(f"there is no library in {path.parent}. Add documents to make one: qa add FOLDER")
            self._create()
        self._inode = os.stat(path).st_ino
        self._check_format()

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600)  # SQLite's logs get its mode
        except OSError as error:
            raise LibraryNotWritable(f"the library in {self.path.parent} cannot be made: {error.strerror}") from error

    def _create(self) -> None:
        with self.write() as connection:
            if not self._has_meta():  # another process may have been faster
                schema.create_tables(connection)
                values = (str(schema.FORMAT_VERSION),)
                connection.execute("INSERT INTO meta VALUES ('format', ?), ('generation', '0')", values)

    def _has_meta(self) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))

    def _check_format(self) -> None:
        with self.errors():
            refuse_programs(self.path, self.connection)
        found = self.meta("format") if self._has_meta() else None
        if found is None or not found.isdecimal() or len(found) > _MAX_DIGITS:
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
            self._refuse_read_only(f"has the earlier format {found}")
            with self.write() as connection:
                schema.migrate(connection, int(self.meta("format") or 0))  # another process may have been faster
                values = (str(schema.FORMAT_VERSION),)
                connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", values)

    def _refuse_read_only(self, state: str) -> None:
        if self._read_only:
            raise LibraryNotWritable(
                f"{self.path} {state}, and cannot be written. Open it once where it can be written, or a copy of it."
            )

    def close(self) -> None:
        """Close this thread's connection; those of other threads close with their threads. None is opened any more."""
        self._closed = True
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread, opened at first use.

        Raises ``LibraryError`` after ``close``, and in a process that was forked from the one that opened the file.
        """
        self._check_usable()
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._read_only and self._local.state != self._state():
            connection.close()
            connection = None
        if connection is None:
            with self.errors():
                self._local.state = self._state()
                self._local.connection = connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        refuse_journal(self.path)
        place = str(self.path)
        if self._state()[1] and not os.path.exists(f"{self.path}-shm"):
            self._refuse_read_only("has a log that its last writer did not finish")
        if self._read_only:  # nobody writes it, unless somebody's log is beside it
            place = f"{self.path.as_uri()}?mode=ro{'' if self._state()[1] else '&immutable=1'}"
        connection = sqlite3.connect(
            place, uri=self._read_only, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        if not self._read_only:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -65536")  # KiB: what a large batch of passages touches
        return connection

    def _state(self) -> tuple[object, int]:
        """Of the file, and the size of its log."""
        log = self.path.with_name(f"{self.path.name}-wal")
        found = os.stat(self.path) if os.path.exists(self.path) else None
        return found and (found.st_ino, found.st_size, found.st_mtime_ns), log.stat().st_size if log.exists() else 0

    def _check_usable(self) -> None:
        if self._closed:
            raise LibraryError(f"the library in {self.path.parent} was closed. Open it again: Library.open(…)")
        if self._process != os.getpid():
            raise LibraryError(
                f"the library in {self.path.parent} was opened by another process, from which this one was forked. "
                "Open it here, in a process that was started by 'spawn' or 'forkserver'."
            )

        if self._inode is not None and not self._is_in_place():
            raise LibraryError(
                f"{self.path} was deleted or replaced while it was open, as programs do that synchronise folders. "
                "Nothing more is read from it or written to it: close the library and open it again."
            )

    def _is_in_place(self) -> bool:
        try:
            return os.stat(self.path).st_ino == self._inode
        except OSError:
            return False

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

    def rewrite(self) -> None:
        """Write the whole file again without what was deleted. SQLite's temporary copy is made in the same folder: the
        place for temporary files may be on a disk that is not encrypted, or has no room."""
        folder = str(self.path.parent).replace("'", "''")
        with _REWRITING:  # SQLite has one such place for all connections of a process
            try:
                self.rows("PRAGMA temp_store = FILE")
                self.rows(f"PRAGMA temp_store_directory = '{folder}'")
                if not self.rows("PRAGMA temp_store_directory"):  # an SQLite that was built without
                    self.rows("PRAGMA temp_store = MEMORY")
                self.rows("VACUUM")
            finally:
                self.rows("PRAGMA temp_store_directory = ''")
                self.rows("PRAGMA temp_store = MEMORY")

    def empty_log(self) -> bool:
        """Move the write-ahead log into the file and empty it, so that removed text does not live on in it; False when
        a running search still needs it."""
        (busy, _, _) = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        return not busy

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
