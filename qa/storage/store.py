"""The one file of truth: sources, documents, passages and vectors. No other module writes their SQL, save that of what
leaves (``qa.ingest.deletion``); the tables stand in ``qa.storage.database``.

What the keyword index has not taken over yet is marked in the same transaction (``passages.listed``, ``unlisted``), so
a kill at any moment loses nothing: the marks are worked off later.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embeddings import PassageInput, SparseRow
from qa.storage.database import Database
from qa.storage.records import Candidate, NewDocument, NewPassage, NewSource, StoredSource
from qa.types import Block, Document, Note, Passage, ReadingReport, Source, SourceSpan

if TYPE_CHECKING:
    from sqlite3 import Connection


class Store(Database):
    """What the rest of the program asks of a library's SQLite file."""

    # --- sources and documents ----------------------------------------------------------------------------------

    def sources(self) -> list[StoredSource]:
        """All sources in the order in which they were added."""
        return [
            StoredSource(_source(row), row[9], row[10], json.loads(row[11]), row[12])
            for row in self.rows(f"{_SELECT_SOURCE} ORDER BY s.id")
        ]

    def sources_of(self, document_rows: Iterable[int]) -> dict[int, list[Source]]:
        """The sources of these documents, by document row, oldest first."""
        found: dict[int, list[Source]] = {}
        sql = f"{_SELECT_SOURCE} WHERE d.row IN (SELECT value FROM json_each(?)) ORDER BY s.id"
        for row in self.rows_by_id(sql, document_rows):
            found.setdefault(row[9], []).append(_source(row))
        return found

    def document_row(self, document_id: str) -> int | None:
        """The integer under which the document is known to the indexes; None when it is not in the library."""
        rows = self.rows("SELECT row FROM documents WHERE id = ?", (document_id,))
        return int(rows[0][0]) if rows else None

    def document_title(self, row: int) -> str | None:
        """The title that its own text gives the document; None when it gives none."""
        title: str | None = self.rows("SELECT title FROM documents WHERE row = ?", (row,))[0][0]
        return title

    def documents(self, document_rows: Iterable[int]) -> dict[int, Document]:
        """Documents by row; unknown rows are left out."""
        sql = "SELECT row, id, text, title, language, metadata, details FROM documents"
        return {
            row[0]: _document(row)
            for row in self.rows_by_id(f"{sql} WHERE row IN (SELECT value FROM json_each(?))", document_rows)
        }

    def document_rows(self) -> list[int]:
        """All document rows, ascending."""
        return [row for (row,) in self.rows("SELECT row FROM documents ORDER BY row")]

    def document_name(self, row: int) -> str:
        """The file name under which the document was first read."""
        return str(self.rows("SELECT name FROM documents WHERE row = ?", (row,))[0][0])

    def languages(self) -> list[str | None]:
        """The distinct languages of the documents."""
        return [language for (language,) in self.rows("SELECT DISTINCT language FROM documents")]

    def counts(self) -> tuple[int, int, int, int]:
        """Sources, documents, passages, and passages without a vector."""
        return tuple(
            self.rows(
                "SELECT (SELECT count(*) FROM sources), (SELECT count(*) FROM documents), "
                "(SELECT count(*) FROM passages), (SELECT count(*) FROM passages p WHERE NOT EXISTS "
                "(SELECT 1 FROM vectors v WHERE v.key = p.key))"
            )[0]
        )

    def document_count(self) -> int:
        """How many documents the library has."""
        return int(self.rows("SELECT count(*) FROM documents")[0][0])

    def passage_count(self) -> int:
        """How many passages there are."""
        return int(self.rows("SELECT count(*) FROM passages")[0][0])

    # --- passages -----------------------------------------------------------------------------------------------

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[Passage, int]]:
        """Passages and their document rows by id; unknown ids are left out."""
        sql = """SELECT p.id, d.id, p.start, p."end", p.text, p.heading, d.row FROM passages p
                 JOIN documents d ON d.row = p.document_row WHERE p.id IN (SELECT value FROM json_each(?))"""
        return {row[0]: (Passage(*row[:6]), row[6]) for row in self.rows_by_id(sql, ids)}

    def candidates(self, ids: Iterable[int]) -> list[Candidate]:
        """What scoring needs, in no order; unknown ids are left out."""
        sql = """SELECT p.id, p.document_row, p.start, p."end", p.sentences, v.passage, v.sentences FROM passages p
                 LEFT JOIN vectors v ON v.key = p.key WHERE p.id IN (SELECT value FROM json_each(?))"""
        return [
            Candidate(row[0], row[1], row[2], row[3], _spans(row[4]), row[5], row[6])
            for row in self.rows_by_id(sql, ids)
        ]

    def passage_ids(self, document_rows: Iterable[int]) -> NDArray[np.int64]:
        """Ids of these documents' passages, ascending."""
        sql = "SELECT id FROM passages WHERE document_row IN (SELECT value FROM json_each(?)) ORDER BY id"
        return np.array([row for (row,) in self.rows_by_id(sql, document_rows)], dtype=np.int64)

    def all_passage_ids(self) -> NDArray[np.int64]:
        """Ids of all passages, ascending."""
        return np.array([row for (row,) in self.rows("SELECT id FROM passages ORDER BY id")], dtype=np.int64)

    # --- vectors ------------------------------------------------------------------------------------------------

    def ids_with_vectors(self) -> NDArray[np.int64]:
        """Ids of the passages that have a vector, ascending."""
        sql = "SELECT p.id FROM passages p WHERE EXISTS (SELECT 1 FROM vectors v WHERE v.key = p.key) ORDER BY p.id"
        return np.array([row for (row,) in self.rows(sql)], dtype=np.int64)

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
        return {row[0]: (int(row[1]), int(row[2])) for row in self.rows(sql)}

    def waiting_keys(self) -> list[bytes]:
        """Keys without a vector, each once, the longest texts first."""
        sql = """SELECT p.key FROM passages p WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.key = p.key)
                 GROUP BY p.key ORDER BY max(length(p.text) + length(p.prefix)) DESC"""
        return [key for (key,) in self.rows(sql)]

    def waiting(self, keys: Iterable[bytes]) -> dict[bytes, PassageInput]:
        """One passage for each key that is still in the library, in the order of ``keys``."""
        found: dict[bytes, PassageInput] = {}
        for key in keys:
            rows = self.rows("SELECT prefix, text, sentences FROM passages WHERE key = ? LIMIT 1", (key,))
            for prefix, text, spans in rows:
                found[key] = PassageInput(prefix, text, tuple(map(tuple, _spans(spans).tolist())))
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

    def not_listed(self, limit: int) -> list[SparseRow]:
        """Passages that the keyword index does not have yet, at most ``limit``."""
        sql = """SELECT p.id, p.document_row, p.prefix || char(10) || p.text, d.language FROM passages p
                 JOIN documents d ON d.row = p.document_row WHERE NOT p.listed ORDER BY p.id LIMIT ?"""
        return list(map(SparseRow._make, self.rows(sql, (limit,))))

    def listed(self) -> bool:
        """Whether the keyword index has taken over any passage."""
        return bool(self.rows("SELECT 1 FROM passages WHERE listed LIMIT 1"))

    def unlisted(self) -> list[int]:
        """Removed passages that the keyword index may still have."""
        return [row for (row,) in self.rows("SELECT id FROM unlisted")]

    def marked_ids(self) -> NDArray[np.int64]:
        """Ids of the passages that the keyword index must still take over or drop."""
        rows = self.rows("SELECT id FROM passages WHERE NOT listed UNION SELECT id FROM unlisted")
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


def put_document(connection: Connection, document: NewDocument, name: str, passages: Iterable[NewPassage]) -> int:
    """Store a document that is not in the library yet, with its passages; gives its row."""
    row = connection.execute(
        "INSERT INTO documents (id, text, title, language, metadata, details, name) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*document, name),
    ).lastrowid
    assert row is not None
    put_passages(connection, row, document.text, passages)
    return row


def put_passages(connection: Connection, row: int, text: str, passages: Iterable[NewPassage]) -> None:
    """Store the passages of a document that has none."""
    connection.executemany(
        'INSERT INTO passages (document_row, start, "end", text, heading, prefix, sentences, key) '
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((row, p.start, p.end, text[p.start : p.end], p.heading, p.prefix, p.sentences, p.key) for p in passages),
    )


def put_source(connection: Connection, source: NewSource, document_row: int) -> tuple[int, int | None]:
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


def move_source(connection: Connection, source_id: int, path: str, root: str | None, modified_ns: int) -> None:
    """The same file lies elsewhere now."""
    connection.execute(
        "UPDATE sources SET path = ?, root = ?, modified_ns = ? WHERE id = ?", (path, root, modified_ns, source_id)
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
