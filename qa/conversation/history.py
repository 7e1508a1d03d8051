"""Kept conversations: questions and what was answered, in tables of the library's own file.

Keeping a message raises no generation number, as no search has to know of it, and waits for other writers only briefly.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from qa.conversation.feedback import feedback_line
from qa.conversation.stored_answers import cited_documents, without
from qa.errors import FilterError, LibraryBusy, LibraryFull, QuestionError
from qa.storage.database import Database
from qa.types import Answer

if TYPE_CHECKING:
    from sqlite3 import Connection

Feedback = Literal["right", "wrong", "wrong source"]
FEEDBACK: tuple[Feedback, ...] = get_args(Feedback)
MAX_TITLE_CHARS = 120
STOPPED = "This question was stopped before there was an answer."
"""Said where there is neither an answer nor a note."""

_FEEDBACK_BEHIND = "feedback_behind"
"""Key in ``meta``: the feedback file does not say what the tables say yet."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of the list."""

    id: int
    """Never reused."""
    title: str
    """The first question, unless it was renamed."""
    created: str
    """ISO 8601 time in UTC, as ``changed``."""
    changed: str


@dataclass(frozen=True, slots=True)
class Message:
    """One question and what came of it."""

    id: int
    """Never reused."""
    question: str
    """As it was asked."""
    searched: str
    """As it was searched: standing alone, when it was a follow-up."""
    answer: Mapping[str, Any] | None = None
    """``Answer.to_dict()``; None while it is being looked for, and when it was stopped or failed. What it said of a
    document that has left the library is blanked (``qa.conversation.stored_answers.without``)."""
    note: str = ""
    """What was said instead of an answer, for people."""
    scope: tuple[int, ...] | None = None
    """Ids of the sources that were asked; None: all."""
    feedback: Feedback | None = None


class Conversations:
    """The kept conversations of a library (``Library.conversations``). All methods may be called from any thread.

    Writing raises ``LibraryBusy`` when another process writes for longer than two seconds, and the store's errors.
    """

    def __init__(self, database: Database, feedback_file: Path) -> None:
        """Use ``Library.conversations``."""
        self._database = database
        self.feedback_file = feedback_file
        """JSON lines as ``qa evaluate`` reads them; there as soon as there is feedback."""
        self._lock = threading.Lock()

    def all(self) -> list[Conversation]:
        """All of them, the last changed first."""
        sql = "SELECT id, title, created, changed FROM conversations ORDER BY changed DESC, id DESC"
        return [Conversation(*row) for row in self._database.rows(sql)]

    def get(self, conversation_id: int) -> Conversation:
        """Raises ``FilterError`` when there is none of this id."""
        rows = self._database.rows(
            "SELECT id, title, created, changed FROM conversations WHERE id = ?", (conversation_id,)
        )
        if not rows:
            raise _gone(conversation_id)
        return Conversation(*rows[0])

    def messages(self, conversation_id: int) -> list[Message]:
        """The messages in their order; none when there is no such conversation."""
        return [
            _message(row)
            for row in self._database.rows(f"{_SELECT} WHERE conversation = ? ORDER BY id", (conversation_id,))
        ]

    def message(self, conversation_id: int, message_id: int) -> Message:
        """Raises ``FilterError`` when the conversation has no message of this id."""
        rows = self._database.rows(f"{_SELECT} WHERE conversation = ? AND id = ?", (conversation_id, message_id))
        if not rows:
            raise FilterError(f"the conversation {conversation_id} has no message {message_id} any more.")
        return _message(rows[0])

    def create(self, title: str) -> Conversation:
        """A new one without messages."""
        now = _now()
        with self._writing() as connection:
            sql = "INSERT INTO conversations (title, created, changed) VALUES (?, ?, ?)"
            row = connection.execute(sql, (_title(title), now, now)).lastrowid
        assert row is not None
        return Conversation(row, _title(title), now, now)

    def rename(self, conversation_id: int, title: str) -> Conversation:
        """Raises ``FilterError`` when there is none of this id, ``QuestionError`` for a title without a sign in it."""
        if not title.strip():
            raise QuestionError("The title is empty. Type a name for the conversation.")
        with self._writing() as connection:
            sql = "UPDATE conversations SET title = ? WHERE id = ?"
            if not connection.execute(sql, (_title(title), conversation_id)).rowcount:
                raise _gone(conversation_id)
        return self.get(conversation_id)

    def delete(self, conversation_id: int) -> None:
        """With all its messages and their feedback. Raises ``FilterError`` when there is none of this id."""
        with self._writing() as connection:
            if not connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,)).rowcount:
                raise _gone(conversation_id)
            _mark(connection)
        self._catch_up_feedback()
        with self._database.impatient():
            self._database.empty_log()

    def append(
        self,
        conversation_id: int,
        question: str,
        searched: str,
        *,
        scope: Sequence[int] | None = None,
        at: int | None = None,
    ) -> Message:
        """A question, before it is answered. ``at``: it takes the place of the message of this number (from 0) and of
        all after it. Raises ``FilterError`` when there is no such conversation."""
        kept_scope = None if scope is None else tuple(scope)
        with self._writing() as connection:
            if not _touch(connection, conversation_id):
                raise _gone(conversation_id)
            if at is not None:
                _cut(connection, conversation_id, at)
            row = connection.execute(
                "INSERT INTO messages (conversation, question, searched, scope) VALUES (?, ?, ?, ?)",
                (conversation_id, question, searched, None if scope is None else json.dumps(kept_scope)),
            ).lastrowid
        assert row is not None
        if at is not None:
            self._catch_up_feedback()
        return Message(row, question, searched, scope=kept_scope)

    def search_for(self, message_id: int, searched: str) -> None:
        """Another wording than that of ``append`` is searched for."""
        with self._writing() as connection:
            connection.execute("UPDATE messages SET searched = ? WHERE id = ?", (searched, message_id))

    def answered(self, message_id: int, answer: Answer | None, note: str = "") -> None:
        """What came of a question; nothing happens when it has been stopped or deleted meanwhile."""
        kept = answer.to_dict() if answer else None
        with self._writing() as connection:
            found = connection.execute(
                "UPDATE messages SET answer = json_set(?, '$.question', searched), note = ? WHERE id = ? AND note = ''"
                " RETURNING conversation",
                (json.dumps(kept, ensure_ascii=False) if kept else None, note, message_id),
            ).fetchone()
            if found is None:
                return
            _touch(connection, found[0])
            rows = [(document_id, message_id) for document_id in cited_documents(kept or {})]
            connection.executemany("INSERT OR IGNORE INTO cited VALUES (?, ?)", rows)
            # a document may have left the library while it was being asked
            gone = "SELECT document_id FROM cited WHERE message = ? AND document_id NOT IN (SELECT id FROM documents)"
            blank(connection, [document_id for (document_id,) in connection.execute(gone, (message_id,)).fetchall()])

    def stop(self, conversation_id: int) -> None:
        """The last question of a conversation gets no answer any more, unless it has one already."""
        last = "SELECT max(id) FROM messages WHERE conversation = ?"
        with self._writing() as connection:
            sql = f"UPDATE messages SET note = ? WHERE id = ({last}) AND answer IS NULL AND note = ''"
            connection.execute(sql, (STOPPED, conversation_id))

    def rate(self, conversation_id: int, message_id: int, feedback: Feedback | None) -> None:
        """Keep what a person thinks of an answer, instead of what they thought before; None takes it back."""
        with self._writing() as connection:
            sql = "UPDATE messages SET feedback = ? WHERE conversation = ? AND id = ? AND answer IS NOT NULL"
            if not connection.execute(sql, (feedback, conversation_id, message_id)).rowcount:
                raise FilterError(f"the conversation {conversation_id} has no answer {message_id} any more.")
            _mark(connection)
        self._catch_up_feedback()

    def write_feedback(self) -> None:
        """Make the feedback file say what the tables say, when it does not yet."""
        if self._database.meta(_FEEDBACK_BEHIND) != "1":
            return
        with self._writing() as connection:
            rows = connection.execute(f"{_SELECT} WHERE feedback IS NOT NULL ORDER BY id").fetchall()
            self._write([line for message in map(_message, rows) if (line := feedback_line(message))])
            connection.execute("DELETE FROM meta WHERE key = ?", (_FEEDBACK_BEHIND,))

    def _catch_up_feedback(self) -> None:
        """After a change that is kept already: what cannot be written now is written with a later one."""
        try:
            self.write_feedback()
        except (LibraryBusy, LibraryFull) as error:
            _log.warning("the feedback file is behind: %s", error)

    def _write(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """The file is replaced as a whole: a reader sees the old or the new one."""
        if not lines:
            self.feedback_file.unlink(missing_ok=True)
            return
        beside = self.feedback_file.with_suffix(".new")
        beside.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
        os.replace(beside, self.feedback_file)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._lock, self._database.write_aside() as connection:
                yield connection
        except OSError as error:
            raise LibraryFull(f"{self.feedback_file} cannot be written: {error.strerror}.") from error


def blank(connection: Connection, document_ids: Iterable[str]) -> None:
    """Take what these documents said out of the kept answers, inside the transaction in which they leave the library.

    What was searched after such an answer may have taken words from it, and becomes the question as it was asked.
    """
    ids = set(document_ids)
    found = "SELECT DISTINCT message FROM cited WHERE document_id IN (SELECT value FROM json_each(?))"
    for (message_id,) in connection.execute(found, (json.dumps(sorted(ids)),)).fetchall():
        row = connection.execute("SELECT conversation, answer FROM messages WHERE id = ?", (message_id,)).fetchone()
        answer = without(json.loads(row[1]), ids) if row[1] else None
        sql = "UPDATE messages SET answer = ? WHERE id = ?"
        connection.execute(sql, (json.dumps(answer, ensure_ascii=False) if answer else None, message_id))
        _ask_anew(connection, row[0], message_id)
        connection.execute("DELETE FROM cited WHERE message = ? AND document_id IN (SELECT value FROM json_each(?))",
                           (message_id, json.dumps(sorted(ids))))  # fmt: skip
        _mark(connection)


def _ask_anew(connection: Connection, conversation_id: int, message_id: int) -> None:
    """The searched questions of a message and those after it lose what they took from answers."""
    sql = "SELECT id, question, answer FROM messages WHERE conversation = ? AND id >= ? AND searched != question"
    for row, question, answer in connection.execute(sql, (conversation_id, message_id)).fetchall():
        kept = json.dumps({**json.loads(answer), "question": question}, ensure_ascii=False) if answer else None
        connection.execute("UPDATE messages SET searched = ?, answer = ? WHERE id = ?", (question, kept, row))


def _cut(connection: Connection, conversation_id: int, at: int) -> None:
    """Delete the message of this number and all after it."""
    these = "SELECT id FROM messages WHERE conversation = ? ORDER BY id LIMIT -1 OFFSET ?"
    if connection.execute(f"DELETE FROM messages WHERE id IN ({these})", (conversation_id, at)).rowcount:
        _mark(connection)


def _touch(connection: Connection, conversation_id: int) -> bool:
    """Whether there is such a conversation, which has changed now."""
    sql = "UPDATE conversations SET changed = ? WHERE id = ?"
    return connection.execute(sql, (_now(), conversation_id)).rowcount > 0


def _mark(connection: Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (_FEEDBACK_BEHIND,))


_SELECT = "SELECT id, question, searched, answer, note, scope, feedback FROM messages"


def _message(row: Sequence[Any]) -> Message:
    answer = json.loads(row[3]) if row[3] else None
    return Message(row[0], row[1], row[2], answer, row[4], tuple(json.loads(row[5])) if row[5] else None, row[6])


def _title(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MAX_TITLE_CHARS else words[: MAX_TITLE_CHARS - 1].rstrip() + "…"


def _gone(conversation_id: int) -> FilterError:
    return FilterError(f"there is no conversation {conversation_id} any more.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
