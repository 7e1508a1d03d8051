"""Conversations and their messages, in tables beside the documents.

Saving a message raises no generation number, as no search needs to know of it, and waits for other writers only
briefly.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

from qa.storage.records import Feedback, Message, SavedConversation, decoding
from qa.storage.sqlite.database import Database
from qa.storage.stored_answers import cited_documents, without

_FEEDBACK_CHANGED = "feedback_behind"
"""Key in ``meta``: ratings have changed since ``changed_feedback`` last gave them out."""
_CONVERSATION = "SELECT id, title, created, changed FROM conversations"
_MESSAGE = "SELECT id, question, searched, answer, note, scope, feedback FROM messages"


class SQLiteConversations:
    """See ``qa.storage.store.ConversationStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()

    def all(self) -> list[SavedConversation]:
        return [
            SavedConversation(*row) for row in self._database.rows(f"{_CONVERSATION} ORDER BY changed DESC, id DESC")
        ]

    def get(self, conversation_id: int) -> SavedConversation | None:
        rows = self._database.rows(f"{_CONVERSATION} WHERE id = ?", (conversation_id,))
        return SavedConversation(*rows[0]) if rows else None

    def messages(self, conversation_id: int) -> list[Message]:
        rows = self._database.rows(f"{_MESSAGE} WHERE conversation = ? ORDER BY id", (conversation_id,))
        return [_message(row) for row in rows]

    def message(self, conversation_id: int, message_id: int) -> Message | None:
        rows = self._database.rows(f"{_MESSAGE} WHERE conversation = ? AND id = ?", (conversation_id, message_id))
        return _message(rows[0]) if rows else None

    def create(self, title: str) -> SavedConversation:
        now = _now()
        with self._writing() as connection:
            sql = "INSERT INTO conversations (title, created, changed) VALUES (?, ?, ?)"
            row = connection.execute(sql, (title, now, now)).lastrowid
        assert row is not None
        return SavedConversation(row, title, now, now)

    def rename(self, conversation_id: int, title: str) -> bool:
        with self._writing() as connection:
            sql = "UPDATE conversations SET title = ? WHERE id = ?"
            return connection.execute(sql, (title, conversation_id)).rowcount > 0

    def delete(self, conversation_id: int) -> bool:
        with self._writing() as connection:
            if not connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,)).rowcount:
                return False
            _flag_feedback(connection)
        return True

    def forget_deleted(self) -> None:
        with self._database.impatient():
            self._database.empty_log()

    def append(
        self, conversation_id: int, question: str, searched: str, scope: Sequence[int] | None, at: int | None
    ) -> Message | None:
        with self._writing() as connection:
            if not _touch(connection, conversation_id):
                return None
            if at is not None:
                _cut(connection, conversation_id, at)
            row = connection.execute(
                "INSERT INTO messages (conversation, question, searched, scope) VALUES (?, ?, ?, ?)",
                (conversation_id, question, searched, None if scope is None else json.dumps(list(scope))),
            ).lastrowid
        assert row is not None
        return Message(row, question, searched, scope=None if scope is None else tuple(scope))

    def search_for(self, message_id: int, searched: str) -> None:
        with self._writing() as connection:
            connection.execute("UPDATE messages SET searched = ? WHERE id = ?", (searched, message_id))

    def answered(self, message_id: int, answer: Mapping[str, Any] | None, note: str) -> None:
        sql = """UPDATE messages SET answer = json_set(?, '$.question', searched), note = ?
                 WHERE id = ? AND note = '' RETURNING conversation"""
        # a document may have been removed from the library while it was being asked
        gone = "SELECT document_id FROM cited WHERE message = ? AND document_id NOT IN (SELECT id FROM documents)"
        with self._writing() as connection:
            found = connection.execute(sql, (_json(answer), note, message_id)).fetchone()
            if found is None:
                return
            _touch(connection, found[0])
            rows = [(document_id, message_id) for document_id in cited_documents(answer or {})]
            connection.executemany("INSERT OR IGNORE INTO cited VALUES (?, ?)", rows)
            removed = connection.execute(gone, (message_id,)).fetchall()
            blank_documents(connection, (document_id for (document_id,) in removed))

    def stop(self, conversation_id: int, note: str) -> None:
        last = "SELECT max(id) FROM messages WHERE conversation = ?"
        with self._writing() as connection:
            sql = f"UPDATE messages SET note = ? WHERE id = ({last}) AND answer IS NULL AND note = ''"
            connection.execute(sql, (note, conversation_id))

    def rate(self, conversation_id: int, message_id: int, feedback: Feedback | None) -> bool:
        with self._writing() as connection:
            sql = "UPDATE messages SET feedback = ? WHERE conversation = ? AND id = ? AND answer IS NOT NULL"
            if not connection.execute(sql, (feedback, conversation_id, message_id)).rowcount:
                return False
            _flag_feedback(connection)
        return True

    @property
    def feedback_changed(self) -> bool:
        return self._database.meta(_FEEDBACK_CHANGED) is not None

    @contextmanager
    def changed_feedback(self) -> Iterator[list[Message]]:
        with self._writing() as connection:
            rows = connection.execute(f"{_MESSAGE} WHERE feedback IS NOT NULL ORDER BY id").fetchall()
            yield [_message(row) for row in rows]
            connection.execute("DELETE FROM meta WHERE key = ?", (_FEEDBACK_CHANGED,))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._lock, self._database.write_aside() as connection:
            yield connection


def blank_documents(connection: Connection, document_ids: Iterable[str]) -> None:
    """Remove what these documents said from the saved answers.

    What was searched after such an answer may contain words of it, and becomes the question as it was asked.
    """
    ids = set(document_ids)
    listed = json.dumps(sorted(ids))
    cited = "document_id IN (SELECT value FROM json_each(?))"
    execute = connection.execute
    for (message_id,) in execute(f"SELECT DISTINCT message FROM cited WHERE {cited}", (listed,)).fetchall():
        row = execute("SELECT conversation, answer FROM messages WHERE id = ?", (message_id,)).fetchone()
        answer = without(json.loads(row[1]), ids) if row[1] else None
        execute("UPDATE messages SET answer = ? WHERE id = ?", (_json(answer), message_id))
        _search_as_asked(connection, row[0], message_id)
        execute(f"DELETE FROM cited WHERE message = ? AND {cited}", (message_id, listed))
        _flag_feedback(connection)


def _search_as_asked(connection: Connection, conversation_id: int, message_id: int) -> None:
    """Undo the rewriting of a message's question, and of those after it."""
    sql = "SELECT id, question, answer FROM messages WHERE conversation = ? AND id >= ? AND searched != question"
    for row, question, answer in connection.execute(sql, (conversation_id, message_id)).fetchall():
        values = (question, _json({**json.loads(answer), "question": question}) if answer else None, row)
        connection.execute("UPDATE messages SET searched = ?, answer = ? WHERE id = ?", values)


def _cut(connection: Connection, conversation_id: int, at: int) -> None:
    """Delete the message of this number (from 0) and all after it."""
    these = "SELECT id FROM messages WHERE conversation = ? ORDER BY id LIMIT -1 OFFSET ?"
    if connection.execute(f"DELETE FROM messages WHERE id IN ({these})", (conversation_id, at)).rowcount:
        _flag_feedback(connection)


def _touch(connection: Connection, conversation_id: int) -> bool:
    """Note that the conversation has changed now; False when there is no such conversation."""
    sql = "UPDATE conversations SET changed = ? WHERE id = ?"
    return connection.execute(sql, (_now(), conversation_id)).rowcount > 0


def _flag_feedback(connection: Connection) -> None:
    """Note that the ratings have changed."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (_FEEDBACK_CHANGED,))


@decoding()
def _message(row: Sequence[Any]) -> Message:
    answer = json.loads(row[3]) if row[3] else None
    return Message(row[0], row[1], row[2], answer, row[4], tuple(json.loads(row[5])) if row[5] else None, row[6])


def _json(answer: Mapping[str, Any] | None) -> str | None:
    return json.dumps(answer, ensure_ascii=False) if answer else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
