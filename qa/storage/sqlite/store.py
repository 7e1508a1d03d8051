"""A library's SQLite file as its store."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from embeddings import PassageInput, SparseRow
from qa.errors import VerbatimError
from qa.storage.document_cache import DocumentCache
from qa.storage.records import Candidate, Counts, PackedDocument, StoredSource, decoding, embedded_spans, unpack_units
from qa.storage.sqlite.change import TRACES, SQLiteChange
from qa.storage.sqlite.conversations import SQLiteConversations
from qa.storage.sqlite.database import Database
from qa.storage.store import Ids
from qa.types import Document, Passage, Source

_LIBRARY_ID = "mark"
"""Key in ``meta``."""

_ADVICE = "Import a backup (qa import), or add the documents to a new library."


class SQLiteStore:
    """See ``qa.storage.store.Store``."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the file, or create it if it is missing and ``create``.

        Raises ``LibraryNotFound``, ``LibraryTooNew``, ``LibraryDamaged`` or ``LibraryNotWritable``.
        """
        self._database = Database(path, create=create)
        self.location = str(path.parent)
        self.conversations = SQLiteConversations(self._database)
        self._cache = DocumentCache(self._read_documents)

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def writing(self) -> Iterator[SQLiteChange]:
        with self._database.write() as connection:
            yield SQLiteChange(connection)

    def erase_traces(self) -> None:
        """Empty the write-ahead log; after a removal, rewrite the whole file before, inside its folder.

        SQLite overwrites what it deletes (``secure_delete``), but not the copies that it left behind when it moved rows
        between pages. What a running search still needs of the log stays for the next time, and so does the flag that
        something was removed, also after a kill or on a full disk.
        """
        removed = self.meta(TRACES) is not None
        if removed:
            self._database.rewrite()
        if self._database.empty_log() and removed:
            self._database.rows("DELETE FROM meta WHERE key = ?", (TRACES,))
            self._database.empty_log()

    def problems(self, quick: bool) -> list[str]:
        rows, found = self._database.rows, []
        for table, _, parent, _ in rows("PRAGMA foreign_key_check")[:1]:
            found.append(f"The database is damaged: rows of {table} belong to nothing in {parent}. {_ADVICE}")
        alone = (
            "SELECT 1 FROM documents d WHERE NOT EXISTS (SELECT 1 FROM sources s WHERE s.document_row = d.row) LIMIT 1"
        )
        if rows(alone):
            found.append(f"The database has documents that no source belongs to. {_ADVICE}")
        if not quick and (signs := [sign for (sign,) in rows("PRAGMA quick_check(3)") if sign != "ok"]):
            found.append(f"The database is damaged: {'; '.join(signs)}. {_ADVICE}")
        return found

    def library_id(self) -> str:
        if self.meta(_LIBRARY_ID) is None:
            with suppress(VerbatimError), self._database.write_aside() as connection:
                if self.meta(_LIBRARY_ID) is None:  # another process may have been faster
                    SQLiteChange(connection).put_meta(_LIBRARY_ID, secrets.token_hex(4))
        return self.meta(_LIBRARY_ID) or ""

    def meta(self, key: str) -> str | None:
        return self._database.meta(key)

    @decoding()
    def names(self, key: str) -> list[str]:
        return [str(name) for name in json.loads(self.meta(key) or "[]")]

    @property
    @decoding()
    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    # --- sources and documents ----------------------------------------------------------------------------------

    @decoding()
    def sources(self) -> list[StoredSource]:
        return [
            StoredSource(_source(row), row[9], row[10], json.loads(row[11]), row[12], row[13])
            for row in self._database.rows(f"{_SELECT_SOURCE} ORDER BY s.id")
        ]

    def sources_of(self, document_rows: Iterable[int]) -> dict[int, list[Source]]:
        found: dict[int, list[Source]] = {}
        sql = f"{_SELECT_SOURCE} WHERE d.row IN (SELECT value FROM json_each(?)) ORDER BY s.id"
        for row in self._database.rows_in(sql, document_rows):
            found.setdefault(row[9], []).append(_source(row))
        return found

    def document_row(self, document_id: str) -> int | None:
        rows = self._database.rows("SELECT row FROM documents WHERE id = ?", (document_id,))
        return int(rows[0][0]) if rows else None

    def document_title(self, row: int) -> str | None:
        title: str | None = self._database.rows("SELECT title FROM documents WHERE row = ?", (row,))[0][0]
        return title

    def documents(self, document_rows: Iterable[int]) -> dict[int, Document]:
        return self._cache.get(document_rows)

    @decoding()
    def _read_documents(self, document_rows: Iterable[int]) -> dict[int, Document]:
        sql = """SELECT row, id, text, title, language, metadata, details FROM documents
                 WHERE row IN (SELECT value FROM json_each(?))"""
        return {row[0]: PackedDocument(*row[1:]).unpacked() for row in self._database.rows_in(sql, document_rows)}

    def document_rows(self) -> list[int]:
        return [row for (row,) in self._database.rows("SELECT row FROM documents ORDER BY row")]

    def document_name(self, row: int) -> str:
        return str(self._database.rows("SELECT name FROM documents WHERE row = ?", (row,))[0][0])

    def scans(self) -> dict[int, dict[int, str | None]]:
        found: dict[int, dict[int, str | None]] = {}
        for row, page, scan in self._database.rows("SELECT document_row, page, found FROM scans ORDER BY 1, 2"):
            found.setdefault(row, {})[page] = scan
        return found

    def languages(self) -> list[str | None]:
        return [language for (language,) in self._database.rows("SELECT DISTINCT language FROM documents")]

    def counts(self) -> Counts:
        sql = """SELECT (SELECT count(*) FROM sources), (SELECT count(*) FROM documents),
                 (SELECT count(*) FROM passages), (SELECT count(*) FROM passages p
                 WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.key = p.key)),
                 (SELECT count(*) FROM scans WHERE found IS NULL)"""
        return Counts(*self._database.rows(sql)[0])

    def outdated_count(self, loaders: str) -> int:
        return int(self._database.rows("SELECT count(*) FROM sources WHERE loaders != ?", (loaders,))[0][0])

    def document_count(self) -> int:
        return int(self._database.rows("SELECT count(*) FROM documents")[0][0])

    def passage_count(self) -> int:
        return int(self._database.rows("SELECT count(*) FROM passages")[0][0])

    # --- passages -----------------------------------------------------------------------------------------------

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[Passage, int]]:
        sql = """SELECT p.id, d.id, p.start, p."end", p.text, p.heading, p.units, d.row FROM passages p
                 JOIN documents d ON d.row = p.document_row WHERE p.id IN (SELECT value FROM json_each(?))"""
        return {
            row: (Passage(row, document_id, start, end, text, heading, unpack_units(units, start)), document_row)
            for row, document_id, start, end, text, heading, units, document_row in self._database.rows_in(sql, ids)
        }

    def candidates(self, ids: Iterable[int]) -> list[Candidate]:
        sql = """SELECT p.id, p.document_row, v.passage, v.sentences FROM passages p
                 LEFT JOIN vectors v ON v.key = p.key WHERE p.id IN (SELECT value FROM json_each(?))"""
        return [Candidate(*row) for row in self._database.rows_in(sql, ids)]

    def passage_ids(self, document_rows: Iterable[int] | None = None) -> Ids:
        if document_rows is None:
            return self._ids("SELECT id FROM passages ORDER BY id")
        sql = "SELECT id FROM passages WHERE document_row IN (SELECT value FROM json_each(?)) ORDER BY id"
        return self._ids(sql, (json.dumps(list(document_rows)),))

    def _ids(self, sql: str, parameters: Sequence[Any] = ()) -> Ids:
        return np.array([row for (row,) in self._database.rows(sql, parameters)], dtype=np.int64)

    # --- vectors ------------------------------------------------------------------------------------------------

    def ids_with_vectors(self) -> Ids:
        with_vector = "EXISTS (SELECT 1 FROM vectors v WHERE v.key = p.key)"
        return self._ids(f"SELECT p.id FROM passages p WHERE {with_vector} ORDER BY p.id")

    def vectors(self, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        sql = """SELECT p.id, v.passage FROM passages p JOIN vectors v ON v.key = p.key
                 WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id"""
        connection = self._database.connection
        with self._database.errors():
            yield from connection.execute(sql, (json.dumps([int(i) for i in ids]),))

    def waiting_by_document(self) -> dict[str, tuple[int, int]]:
        sql = """SELECT d.id, sum(v.key IS NULL) AS waiting, count(*) FROM passages p
                 JOIN documents d ON d.row = p.document_row LEFT JOIN vectors v ON v.key = p.key
                 GROUP BY d.row HAVING waiting"""
        return {row[0]: (int(row[1]), int(row[2])) for row in self._database.rows(sql)}

    def waiting_keys(self) -> list[bytes]:
        sql = """SELECT p.key FROM passages p WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.key = p.key)
                 GROUP BY p.key ORDER BY max(length(p.text) + length(p.prefix)) DESC"""
        return [key for (key,) in self._database.rows(sql)]

    def waiting(self, keys: Iterable[bytes]) -> dict[bytes, PassageInput]:
        found: dict[bytes, PassageInput] = {}
        for key in keys:
            rows = self._database.rows("SELECT prefix, text, units FROM passages WHERE key = ? LIMIT 1", (key,))
            for prefix, text, units in rows:
                found[key] = PassageInput(prefix, text, tuple(map(tuple, embedded_spans(units).tolist())))
        return found

    # --- the keyword index --------------------------------------------------------------------------------------

    def any_indexed(self) -> bool:
        return bool(self._database.rows("SELECT 1 FROM passages WHERE listed LIMIT 1"))

    def to_index(self, limit: int) -> Ids:
        return self._ids("SELECT id FROM passages WHERE NOT listed ORDER BY id LIMIT ?", (limit,))

    def sparse_rows(self, ids: Iterable[int]) -> list[SparseRow]:
        sql = """SELECT p.id, p.document_row, p.prefix || char(10) || p.text, d.language FROM passages p
                 JOIN documents d ON d.row = p.document_row WHERE p.id IN (SELECT value FROM json_each(?))
                 ORDER BY p.id"""
        return list(map(SparseRow._make, self._database.rows_in(sql, (int(row) for row in ids))))

    def to_unindex(self) -> list[int]:
        return [row for (row,) in self._database.rows("SELECT id FROM unlisted")]

    def pending_ids(self) -> Ids:
        return self._ids("SELECT id FROM passages WHERE NOT listed UNION SELECT id FROM unlisted")


_SELECT_SOURCE = """
SELECT s.id, s.path, s.title, d.id, s.root, s.upload, s.size, s.modified_ns, s.added,
       d.row, d.language, d.metadata, s.loaders, s.stamp
FROM sources s JOIN documents d ON d.row = s.document_row"""


def _source(row: Sequence[Any]) -> Source:
    return Source(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6], row[7], row[8])
