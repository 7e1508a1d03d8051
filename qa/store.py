"""The one file of truth: sources, documents, passages and vectors in SQLite. No other module writes SQL, save that of
kept conversations (``qa.conversations``).

Every change is one transaction and raises the generation number, by which searches of this and other processes see
that there is something to catch up with. What the keyword index has not taken over yet is marked in the same
transaction (``passages.listed``, ``unlisted``), so a kill at any moment loses nothing: the marks are worked off later.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa import conversations
from qa.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryFull, LibraryNotFound, LibraryTooNew
from qa.types import Block, Document, Note, Passage, ReadingReport, Source, SourceSpan

FORMAT_VERSION = 2
_WAIT_SECONDS = 30
_SHORT_WAIT_SECONDS = 2

_SCHEMA = """
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

_TRACES = "traces"
"""Key of ``meta``: something was removed since the file was last written anew."""

_MIGRATIONS: Mapping[int, str] = {1: conversations.SCHEMA}
"""Format version → the SQL that leads from it to the next."""


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to be stored. Offsets are absolute; ``sentences``: int32 pairs relative to ``start``."""

    start: int
    end: int
    heading: str
    prefix: str
    sentences: bytes
    key: bytes
    """Names its vectors: a hash of the model and of all that is embedded."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source to be stored; replaces the one of the same path, whose id it keeps."""

    path: str
    root: str | None
    title: str
    upload: bool
    size: int
    modified_ns: int
    added: str
    loaders: str
    """The loaders' versions it was read with."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What scoring needs to know of a passage."""

    id: int
    document_row: int
    start: int
    end: int
    sentences: NDArray[np.int32]
    """``(n, 2)``, relative to ``start``."""
    passage_vector: bytes | None
    """None while it waits for its vector."""
    sentence_vectors: bytes | None


@dataclass(frozen=True, slots=True)
class WaitingPassage:
    """A passage without a vector."""

    key: bytes
    prefix: str
    text: str
    sentences: NDArray[np.int32]


class KeywordRow(NamedTuple):
    """A passage as the keyword index takes it."""

    id: int
    document_row: int
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source with what filters and syncs look at."""

    source: Source
    document_row: int
    language: str | None
    metadata: Mapping[str, Any]
    loaders: str


class Store:
    """A library's SQLite file. Reads may come from any thread; the caller lets only one thread write at a time."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open or make the file. Raises ``LibraryNotFound``, ``LibraryTooNew``, ``LibraryDamaged``, ``LibraryFull``."""
        self.path = path
        self._local = threading.local()
        exists = os.path.isfile(path)  # False also where nobody may look
        if create and not exists:
            self._make_folder()
        if (exists or create) and not self._rows("SELECT 1 FROM sqlite_master LIMIT 1"):
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
                _run(connection, _SCHEMA + conversations.SCHEMA)
                connection.execute("INSERT INTO meta VALUES ('format', ?), ('generation', '0')", (str(FORMAT_VERSION),))

    def _has_meta(self) -> bool:
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))

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
        with self._errors():
            connection.execute(f"PRAGMA busy_timeout = {_SHORT_WAIT_SECONDS * 1000}")
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
                connection.execute(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000}")

    def settle(self) -> None:
        """Fold the write-ahead log into the file and empty it, so that removed text does not live on in it.

        After a removal the file is written anew: SQLite overwrites what it deletes, but not the copies that it left
        behind when it moved rows between pages. What a search of the moment still needs of the log stays for the next
        time, and so does the mark that a kill or a full disk has kept it from being worked off.
        """
        removed = self.meta(_TRACES) is not None
        if removed:
            self._rows("VACUUM")
        (busy, _, _) = self._rows("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        if removed and not busy:
            self._rows("DELETE FROM meta WHERE key = ?", (_TRACES,))
            self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def empty_log(self) -> None:
        """Empty the write-ahead log, when nobody needs it at the moment: deleted text does not live on in it."""
        self._rows(f"PRAGMA busy_timeout = {_SHORT_WAIT_SECONDS * 1000}")
        try:
            self._rows("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._rows(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000}")

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """What a query gives, for the module that owns its tables."""
        return self._rows(sql, parameters)

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        connection = self._connection
        with self._errors():
            return connection.execute(sql, parameters).fetchall()

    def _rows_by_id(self, sql: str, ids: Iterable[int | str]) -> list[Any]:
        """``sql`` with ``IN (SELECT value FROM json_each(?))`` for any number of ids."""
        return self._rows(sql, (json.dumps(list(ids)),))

    # --- meta ---------------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A setting of the library; None when it was never set."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def names(self, key: str) -> list[str]:
        """A list of names kept with ``put_names``; empty when it was never set."""
        return [str(name) for name in json.loads(self.meta(key) or "[]")]

    @property
    def generation(self) -> int:
        """Raised by every change, in whichever process."""
        return int(self.meta("generation") or 0)

    # --- sources and documents ----------------------------------------------------------------------------------

    def sources(self) -> list[StoredSource]:
        """All sources in the order in which they were added."""
        return [
            StoredSource(_source(row), row[9], row[10], json.loads(row[11]), row[12])
            for row in self._rows(f"{_SELECT_SOURCE} ORDER BY s.id")
        ]

    def sources_of(self, document_rows: Iterable[int]) -> dict[int, list[Source]]:
        """The sources of these documents, by document row, oldest first."""
        found: dict[int, list[Source]] = {}
        sql = f"{_SELECT_SOURCE} WHERE d.row IN (SELECT value FROM json_each(?)) ORDER BY s.id"
        for row in self._rows_by_id(sql, document_rows):
            found.setdefault(row[9], []).append(_source(row))
        return found

    def document_row(self, document_id: str) -> int | None:
        """The integer under which the document is known to the indexes; None when it is not in the library."""
        rows = self._rows("SELECT row FROM documents WHERE id = ?", (document_id,))
        return int(rows[0][0]) if rows else None

    def documents(self, document_rows: Iterable[int]) -> dict[int, Document]:
        """Documents by row; unknown rows are left out."""
        sql = "SELECT row, id, text, title, language, metadata, details FROM documents"
        return {
            row[0]: _document(row)
            for row in self._rows_by_id(f"{sql} WHERE row IN (SELECT value FROM json_each(?))", document_rows)
        }

    def document_rows(self) -> list[int]:
        """All document rows, ascending."""
        return [row for (row,) in self._rows("SELECT row FROM documents ORDER BY row")]

    def document_name(self, row: int) -> str:
        """The file name under which the document was first read."""
        return str(self._rows("SELECT name FROM documents WHERE row = ?", (row,))[0][0])

    def languages(self) -> list[str | None]:
        """The distinct languages of the documents."""
        return [language for (language,) in self._rows("SELECT DISTINCT language FROM documents")]

    def counts(self) -> tuple[int, int, int, int]:
        """Sources, documents, passages, and passages without a vector."""
        return tuple(
            self._rows(
                "SELECT (SELECT count(*) FROM sources), (SELECT count(*) FROM documents), "
                "(SELECT count(*) FROM passages), (SELECT count(*) FROM passages p WHERE NOT EXISTS "
                "(SELECT 1 FROM vectors v WHERE v.key = p.key))"
            )[0]
        )

    def document_count(self) -> int:
        """How many documents the library has."""
        return int(self._rows("SELECT count(*) FROM documents")[0][0])

    def passage_count(self) -> int:
        """How many passages there are."""
        return int(self._rows("SELECT count(*) FROM passages")[0][0])

    # --- passages -----------------------------------------------------------------------------------------------

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[Passage, int]]:
        """Passages and their document rows by id; unknown ids are left out."""
        sql = """SELECT p.id, d.id, p.start, p."end", p.text, p.heading, d.row FROM passages p
                 JOIN documents d ON d.row = p.document_row WHERE p.id IN (SELECT value FROM json_each(?))"""
        return {row[0]: (Passage(*row[:6]), row[6]) for row in self._rows_by_id(sql, ids)}

    def candidates(self, ids: Iterable[int]) -> list[Candidate]:
        """What scoring needs, in no order; unknown ids are left out."""
        sql = """SELECT p.id, p.document_row, p.start, p."end", p.sentences, v.passage, v.sentences FROM passages p
                 LEFT JOIN vectors v ON v.key = p.key WHERE p.id IN (SELECT value FROM json_each(?))"""
        return [
            Candidate(row[0], row[1], row[2], row[3], _spans(row[4]), row[5], row[6])
            for row in self._rows_by_id(sql, ids)
        ]

    def passage_ids(self, document_rows: Iterable[int]) -> NDArray[np.int64]:
        """Ids of these documents' passages, ascending."""
        sql = "SELECT id FROM passages WHERE document_row IN (SELECT value FROM json_each(?)) ORDER BY id"
        return np.array([row for (row,) in self._rows_by_id(sql, document_rows)], dtype=np.int64)

    def all_passage_ids(self) -> NDArray[np.int64]:
        """Ids of all passages, ascending."""
        return np.array([row for (row,) in self._rows("SELECT id FROM passages ORDER BY id")], dtype=np.int64)

    # --- vectors ------------------------------------------------------------------------------------------------

    def ids_with_vectors(self) -> NDArray[np.int64]:
        """Ids of the passages that have a vector, ascending."""
        sql = "SELECT p.id FROM passages p WHERE EXISTS (SELECT 1 FROM vectors v WHERE v.key = p.key) ORDER BY p.id"
        return np.array([row for (row,) in self._rows(sql)], dtype=np.int64)

    def vectors(self, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """(passage id, packed vector) for those that have one, ascending by id."""
        sql = """SELECT p.id, v.passage FROM passages p JOIN vectors v ON v.key = p.key
                 WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id"""
        connection = self._connection
        with self._errors():
            yield from connection.execute(sql, (json.dumps([int(i) for i in ids]),))

    def waiting_by_document(self) -> dict[str, tuple[int, int]]:
        """Of the documents with passages that have no vector yet: how many, and how many passages there are."""
        sql = """SELECT d.id, sum(v.key IS NULL) AS waiting, count(*) FROM passages p
                 JOIN documents d ON d.row = p.document_row LEFT JOIN vectors v ON v.key = p.key
                 GROUP BY d.row HAVING waiting"""
        return {row[0]: (int(row[1]), int(row[2])) for row in self._rows(sql)}

    def waiting_keys(self) -> list[bytes]:
        """Keys without a vector, each once, the longest texts first."""
        sql = """SELECT p.key FROM passages p WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.key = p.key)
                 GROUP BY p.key ORDER BY max(length(p.text) + length(p.prefix)) DESC"""
        return [key for (key,) in self._rows(sql)]

    def waiting(self, keys: Iterable[bytes]) -> list[WaitingPassage]:
        """One passage for each key that is still in the library, in the order of ``keys``."""
        found = []
        for key in keys:
            rows = self._rows("SELECT key, prefix, text, sentences FROM passages WHERE key = ? LIMIT 1", (key,))
            found += [WaitingPassage(row[0], row[1], row[2], _spans(row[3])) for row in rows]
        return found

    def add_vectors(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """(key, packed passage vector, packed sentence vectors); keys that no passage has any more are dropped."""
        with self.write() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO vectors (key, passage, sentences) SELECT ?1, ?2, ?3 "
                "WHERE EXISTS (SELECT 1 FROM passages WHERE key = ?1)",
                rows,
            )

    # --- the keyword index's marks ------------------------------------------------------------------------------

    def not_listed(self, limit: int) -> list[KeywordRow]:
        """Passages that the keyword index does not have yet, at most ``limit``."""
        sql = """SELECT p.id, p.document_row, p.prefix || char(10) || p.text, d.language FROM passages p
                 JOIN documents d ON d.row = p.document_row WHERE NOT p.listed ORDER BY p.id LIMIT ?"""
        return list(map(KeywordRow._make, self._rows(sql, (limit,))))

    def listed(self) -> bool:
        """Whether the keyword index has taken over any passage."""
        return bool(self._rows("SELECT 1 FROM passages WHERE listed LIMIT 1"))

    def unlisted(self) -> list[int]:
        """Removed passages that the keyword index may still have."""
        return [row for (row,) in self._rows("SELECT id FROM unlisted")]

    def marked_ids(self) -> NDArray[np.int64]:
        """Ids of the passages that the keyword index must still take over or drop."""
        rows = self._rows("SELECT id FROM passages WHERE NOT listed UNION SELECT id FROM unlisted")
        return np.array([row for (row,) in rows], dtype=np.int64)

    def mark_listed(self, through_id: int, removed: Iterable[int]) -> None:
        """The keyword index has taken over all passages up to this id and dropped the removed ones."""
        with self.write() as connection:
            connection.execute("UPDATE passages SET listed = 1 WHERE NOT listed AND id <= ?", (through_id,))
            connection.executemany("DELETE FROM unlisted WHERE id = ?", ((row,) for row in removed))

    def unmark(self, ids: Iterable[int]) -> None:
        """The keyword index must take these passages over again."""
        with self.write() as connection:
            connection.execute(
                "UPDATE passages SET listed = 0 WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
            )

    def unmark_all(self) -> None:
        """The keyword index is lost: everything must be listed again."""
        with self.write() as connection:
            connection.execute("UPDATE passages SET listed = 0")
            connection.execute("DELETE FROM unlisted")


# --- changes, inside one ``Store.write`` transaction -----------------------------------------------------------


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Several statements inside the transaction at hand (``executescript`` would end it)."""
    for statement in script.split(";"):
        connection.execute(statement)


def put_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set a setting of the library."""
    connection.execute("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2", (key, value))


def put_names(connection: sqlite3.Connection, key: str, names: Iterable[str]) -> None:
    """Keep a list of names as a setting of the library; an empty one is forgotten."""
    if listed := list(dict.fromkeys(names)):
        put_meta(connection, key, json.dumps(listed))
    else:
        connection.execute("DELETE FROM meta WHERE key = ?", (key,))


def put_document(connection: sqlite3.Connection, document: Document, name: str, passages: Iterable[NewPassage]) -> int:
    """Store a document that is not in the library yet, with its passages; gives its row."""
    packed = zlib.compress(json.dumps(_details(document), ensure_ascii=False).encode(), 1)
    row = connection.execute(
        "INSERT INTO documents (id, text, name, title, language, metadata, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            document.id,
            document.text,
            name,
            document.title,
            document.language,
            json.dumps(dict(document.metadata), ensure_ascii=False),
            packed,
        ),
    ).lastrowid
    assert row is not None
    put_passages(connection, row, document.text, passages)
    return row


def put_passages(connection: sqlite3.Connection, row: int, text: str, passages: Iterable[NewPassage]) -> None:
    """Store the passages of a document that has none."""
    connection.executemany(
        'INSERT INTO passages (document_row, start, "end", text, heading, prefix, sentences, key) '
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((row, p.start, p.end, text[p.start : p.end], p.heading, p.prefix, p.sentences, p.key) for p in passages),
    )


def put_source(connection: sqlite3.Connection, source: NewSource, document_row: int) -> tuple[int, int | None]:
    """Store a source, or let the one of its path point to this document; gives its id and the row of the document it
    pointed to before, for ``drop_orphans`` once all sources are stored. A known source stays in its root when it is
    added again by itself."""
    before = connection.execute("SELECT id, document_row FROM sources WHERE path = ?", (source.path,)).fetchone()
    values = (source.root, source.title, document_row, source.upload, source.size, source.modified_ns, source.loaders)
    if before is None:
        row = connection.execute(
            "INSERT INTO sources (root, title, document_row, upload, size, modified_ns, loaders, path, added) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, source.path, source.added),
        ).lastrowid
        assert row is not None
        return row, None
    connection.execute(
        "UPDATE sources SET root = coalesce(?, root), title = ?, document_row = ?, upload = ?, size = ?, "
        "modified_ns = ?, loaders = ? WHERE id = ?",
        (*values, before[0]),
    )
    return int(before[0]), int(before[1])


def move_source(connection: sqlite3.Connection, source_id: int, path: str, root: str | None, modified_ns: int) -> None:
    """The same file lies elsewhere now."""
    connection.execute(
        "UPDATE sources SET path = ?, root = ?, modified_ns = ? WHERE id = ?", (path, root, modified_ns, source_id)
    )


def drop_sources(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Remove sources, and with them all of documents that no other source has."""
    rows = set()
    put_meta(connection, _TRACES, "1")
    for source_id in ids:
        found = connection.execute("DELETE FROM sources WHERE id = ? RETURNING document_row", (source_id,)).fetchall()
        rows |= {row for (row,) in found}
    drop_orphans(connection, rows)


def drop_orphans(connection: sqlite3.Connection, document_rows: Iterable[int]) -> None:
    """Remove those of these documents that no source points to: text, passages and vectors."""
    for row in document_rows:
        if connection.execute("SELECT 1 FROM sources WHERE document_row = ?", (row,)).fetchone() is None:
            drop_passages(connection, row)
            gone = connection.execute("DELETE FROM documents WHERE row = ? RETURNING id", (row,)).fetchall()
            conversations.blank(connection, [document_id for (document_id,) in gone])
            put_meta(connection, _TRACES, "1")


def drop_vectors(connection: sqlite3.Connection) -> None:
    """Remove all vectors: they are another model's."""
    connection.execute("DELETE FROM vectors")


def drop_passages(connection: sqlite3.Connection, document_row: int) -> None:
    """Remove a document's passages, and the vectors that no other passage shares."""
    keys = connection.execute("SELECT DISTINCT key FROM passages WHERE document_row = ?", (document_row,)).fetchall()
    connection.execute("INSERT OR IGNORE INTO unlisted SELECT id FROM passages WHERE document_row = ?", (document_row,))
    connection.execute("DELETE FROM passages WHERE document_row = ?", (document_row,))
    connection.executemany(
        "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE key = ?1)", keys
    )


# --- rows → nouns -----------------------------------------------------------------------------------------------

_SELECT_SOURCE = """
SELECT s.id, s.path, s.title, d.id, s.root, s.upload, s.size, s.modified_ns, s.added,
       d.row, d.language, d.metadata, s.loaders
FROM sources s JOIN documents d ON d.row = s.document_row"""


def _source(row: Sequence[Any]) -> Source:
    return Source(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6], row[7], row[8])


def _spans(data: bytes) -> NDArray[np.int32]:
    return np.frombuffer(data, dtype=np.int32).reshape(-1, 2)


_SPAN_VALUES = attrgetter("start", "end", "line", "page", "char")


def _details(document: Document) -> dict[str, Any]:
    """What has no column of its own. Blocks and spans as lists of values: names would be most of the bytes."""
    return {
        "blocks": [(b.kind, b.start, b.end, b.level, int(b.indexed)) for b in document.blocks],
        "source_map": list(map(_SPAN_VALUES, document.source_map)),
        "page_starts": document.page_starts,
        "page_labels": document.page_labels,
        "report": asdict(document.report),
    }


def _document(row: Sequence[Any]) -> Document:
    details = json.loads(zlib.decompress(row[6]))
    report = details["report"]
    return Document(
        id=row[1],
        text=row[2],
        title=row[3],
        language=row[4],
        metadata={key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(row[5]).items()},
        blocks=tuple(Block(v[0], v[1], v[2], v[3], bool(v[4])) for v in details["blocks"]),
        source_map=tuple(SourceSpan(*values) for values in details["source_map"]),
        page_starts=tuple(details["page_starts"]),
        page_labels=tuple(details["page_labels"]),
        report=ReadingReport(
            loader=report["loader"],
            notes=tuple(Note(**note) for note in report["notes"]),
            pages=report["pages"],
            unreadable_pages=tuple(report["unreadable_pages"]),
        ),
    )
