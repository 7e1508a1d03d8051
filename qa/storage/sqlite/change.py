"""One transaction that changes sources, documents, passages and vectors. Removed rows leave copies in SQLite's files,
which ``SQLiteStore.erase_traces`` erases afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from sqlite3 import Connection

from qa.storage.records import NewPassage, NewSource, PackedDocument
from qa.storage.sqlite.conversations import blank_documents

_THESE = "id IN (SELECT value FROM json_each(?))"
TRACES = "traces"
"""Key in ``meta``: something was removed since the file was last rewritten."""


class SQLiteChange:
    """See ``qa.storage.store.Change``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_meta(self, key: str, value: str | None) -> None:
        if value is None:
            self._connection.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2"
            self._connection.execute(sql, (key, value))

    def put_names(self, key: str, names: Iterable[str]) -> None:
        listed = list(dict.fromkeys(names))
        self.put_meta(key, json.dumps(listed) if listed else None)

    # --- documents and passages ---------------------------------------------------------------------------------

    def put_document(self, document: PackedDocument, name: str, passages: Iterable[NewPassage]) -> int:
        row = self._connection.execute(
            "INSERT INTO documents (id, text, title, language, metadata, details, name) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*document, name),
        ).lastrowid
        assert row is not None
        self._put_passages(row, document.text, passages)
        return row

    def put_scans(self, document_row: int, scans: Mapping[int, str | None]) -> None:
        rows = [(document_row, page, found) for page, found in scans.items()]
        self._connection.executemany("INSERT OR REPLACE INTO scans VALUES (?, ?, ?)", rows)

    def drop_scans(self, document_row: int) -> None:
        self._connection.execute("DELETE FROM scans WHERE document_row = ?", (document_row,))

    def replace_passages(self, document_row: int, text: str, passages: Sequence[NewPassage]) -> None:
        sql = 'SELECT id, start, "end", heading, prefix, key FROM passages WHERE document_row = ?'
        old = {tuple(values): row for row, *values in self._connection.execute(sql, (document_row,)).fetchall()}
        rows = [old.pop((p.start, p.end, p.heading, p.prefix, p.key), None) for p in passages]
        same = [(p.units, row) for p, row in zip(passages, rows, strict=True) if row is not None]
        self._connection.executemany("UPDATE passages SET units = ? WHERE id = ?", same)
        self._put_passages(document_row, text, [p for p, row in zip(passages, rows, strict=True) if row is None])
        self._drop_passages(old.values())

    def _put_passages(self, row: int, text: str, passages: Iterable[NewPassage]) -> None:
        self._connection.executemany(
            'INSERT INTO passages (document_row, start, "end", text, heading, prefix, units, key) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((row, p.start, p.end, text[p.start : p.end], p.heading, p.prefix, p.units, p.key) for p in passages),
        )

    def _drop_passages(self, ids: Iterable[int]) -> None:
        """Remove passages, and the vectors that no other passage shares."""
        execute, these = self._connection.execute, (json.dumps(list(ids)),)
        keys = execute(f"SELECT DISTINCT key FROM passages WHERE {_THESE}", these).fetchall()
        execute(f"INSERT OR IGNORE INTO unlisted SELECT id FROM passages WHERE {_THESE}", these)
        execute(f"DELETE FROM passages WHERE {_THESE}", these)
        self._connection.executemany(
            "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE key = ?1)", keys
        )

    # --- sources ------------------------------------------------------------------------------------------------

    def put_source(self, source: NewSource, document_row: int) -> tuple[int, int | None]:
        execute = self._connection.execute
        before = execute("SELECT id, document_row FROM sources WHERE path = ?", (source.path,)).fetchone()
        values = (source.root, source.title, document_row, source.upload, source.size, source.modified_ns, source.stamp)
        if before is None:
            row = execute(
                "INSERT INTO sources "
                "(root, title, document_row, upload, size, modified_ns, stamp, loaders, path, added) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, source.loaders, source.path, source.added),
            ).lastrowid
            assert row is not None
            return row, None
        execute(
            "UPDATE sources SET root = coalesce(?, root), title = ?, document_row = ?, upload = ?, size = ?, "
            "modified_ns = ?, stamp = ?, loaders = ? WHERE id = ?",
            (*values, source.loaders, before[0]),
        )
        return int(before[0]), int(before[1])

    def move_source(self, source_id: int, path: str, root: str | None, modified_ns: int) -> None:
        sql = "UPDATE sources SET path = ?, root = ?, modified_ns = ? WHERE id = ?"
        self._connection.execute(sql, (path, root, modified_ns, source_id))

    def drop_sources(self, ids: Iterable[int]) -> None:
        rows = set()
        self.put_meta(TRACES, "1")
        for source_id in ids:
            sql = "DELETE FROM sources WHERE id = ? RETURNING document_row"
            rows |= {row for (row,) in self._connection.execute(sql, (source_id,)).fetchall()}
        self.drop_orphans(rows)

    def drop_orphans(self, document_rows: Iterable[int]) -> None:
        execute = self._connection.execute
        for row in document_rows:
            if execute("SELECT 1 FROM sources WHERE document_row = ?", (row,)).fetchone() is None:
                ids = execute("SELECT id FROM passages WHERE document_row = ?", (row,)).fetchall()
                self._drop_passages(passage for (passage,) in ids)
                self.drop_scans(row)
                gone = execute("DELETE FROM documents WHERE row = ? RETURNING id", (row,)).fetchall()
                blank_documents(self._connection, (document_id for (document_id,) in gone))
                self.put_meta(TRACES, "1")

    # --- vectors ------------------------------------------------------------------------------------------------

    def drop_vectors(self) -> None:
        self._connection.execute("DELETE FROM vectors")

    def put_vectors(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        self._connection.executemany(
            "INSERT OR IGNORE INTO vectors (key, passage, sentences) SELECT ?1, ?2, ?3 "
            "WHERE EXISTS (SELECT 1 FROM passages WHERE key = ?1)",
            rows,
        )

    # --- the keyword index --------------------------------------------------------------------------------------

    def set_indexed(self, through_id: int, removed: Iterable[int]) -> None:
        self._connection.execute("UPDATE passages SET listed = 1 WHERE NOT listed AND id <= ?", (through_id,))
        self._connection.executemany("DELETE FROM unlisted WHERE id = ?", ((row,) for row in removed))

    def index_again(self, ids: Iterable[int] | None) -> None:
        if ids is None:
            self._connection.execute("UPDATE passages SET listed = 0")
            self._connection.execute("DELETE FROM unlisted")
        else:
            self._connection.execute(f"UPDATE passages SET listed = 0 WHERE {_THESE}", (json.dumps(list(ids)),))
