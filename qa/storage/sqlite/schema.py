"""The tables of a library's file, and how those of an earlier format become these."""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Callable, Mapping
from sqlite3 import Connection
from typing import Any

from qa.storage.records import UNITS_INCOMPLETE, pack_units
from qa.types import Unit

FORMAT_VERSION = 5

_SCANS = """
CREATE TABLE scans (
    document_row INTEGER NOT NULL REFERENCES documents (row),
    page INTEGER NOT NULL,
    found TEXT,
    PRIMARY KEY (document_row, page)
) WITHOUT ROWID
"""
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
    loaders TEXT NOT NULL,
    stamp TEXT NOT NULL DEFAULT ''
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
    units BLOB NOT NULL,
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
    _run(connection, f"{_DOCUMENTS}{_SCANS};{_CONVERSATIONS}")


def migrate(connection: Connection, found: int) -> None:
    """Bring tables of format ``found`` to the current one."""
    for version in range(found, FORMAT_VERSION):
        MIGRATIONS[version](connection)


def _run(connection: Connection, script: str) -> None:
    """Run several statements inside the current transaction (``executescript`` would end it)."""
    for statement in script.split(";"):
        connection.execute(statement)


def _from_2(connection: Connection) -> None:
    """Sentences with a vector become units; the others are unknown until the texts are split again. Pages in reports
    and notes count from 1 instead of 0."""
    connection.create_function("units_of", 2, _units_of, deterministic=True)
    connection.execute("ALTER TABLE passages RENAME COLUMN sentences TO units")
    connection.execute('UPDATE passages SET units = units_of(units, "end" - start)')
    connection.execute("INSERT INTO meta VALUES (?, '1')", (UNITS_INCOMPLETE,))
    for row, details in connection.execute("SELECT row, details FROM documents").fetchall():
        values = json.loads(zlib.decompress(details))
        report = values["report"]
        if report["unreadable_pages"] or any(note["page"] is not None for note in report["notes"]):
            report["unreadable_pages"] = [page + 1 for page in report["unreadable_pages"]]
            report["notes"] = list(map(_counted_from_1, report["notes"]))
            packed = zlib.compress(json.dumps(values, ensure_ascii=False).encode(), 1)
            connection.execute("UPDATE documents SET details = ? WHERE row = ?", (packed, row))
    for row, answer in connection.execute("SELECT id, answer FROM messages WHERE answer IS NOT NULL").fetchall():
        text = json.dumps(_answer_of_2(json.loads(answer)), ensure_ascii=False)
        connection.execute("UPDATE messages SET answer = ? WHERE id = ?", (text, row))


def _units_of(sentences: bytes, length: int) -> bytes:
    spans = array("i", sentences)
    pairs = zip(spans[::2], spans[1::2], strict=True)
    units = [Unit(start, end) for start, end in pairs] or [Unit(0, length, "heading", False)]
    return pack_units(units, 0)


def _answer_of_2(saved: dict[str, Any]) -> dict[str, Any]:
    """Bring a saved answer to the form of ``Answer.to_dict()``: sources name their document, hits have a passage."""
    hits = [
        {
            **_with_document(hit),
            "passage": {
                "id": hit["passage_id"],
                "heading": hit["section"],
                **{name: hit[name] for name in ("document_id", "start", "end", "text")},
            },
        }
        for hit in saved["hits"]
    ]
    notes = list(map(_counted_from_1, saved["notes"]))
    return {**saved, "citations": list(map(_with_document, saved["citations"])), "hits": hits, "notes": notes}


def _with_document(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "source": {"document_id": part["document_id"], **part["source"]}}


def _counted_from_1(note: dict[str, Any]) -> dict[str, Any]:
    return {**note, "page": None if note["page"] is None else note["page"] + 1}


MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {
    1: lambda connection: _run(connection, _CONVERSATIONS),
    2: _from_2,
    3: lambda connection: _run(connection, "ALTER TABLE sources ADD COLUMN stamp TEXT NOT NULL DEFAULT ''"),
    4: lambda connection: _run(connection, _SCANS),  # blocks say more, too: see ``qa.storage.records``
}
"""Format version → the step to the next one, inside one transaction."""
