"""Saved conversations: questions and their answers, and the feedback file made from what people thought of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from embeddings import replace_surrogates
from qa.conversation.feedback import feedback_line
from qa.errors import LibraryBusy, LibraryNotWritable, NotFoundError, QuestionError
from qa.files import write_whole
from qa.storage.records import FEEDBACK, Feedback, Message, SavedConversation
from qa.storage.store import ConversationStore
from qa.types import Answer

__all__ = ["FEEDBACK", "MAX_TITLE_CHARS", "STOPPED", "Conversations", "Feedback", "Message", "SavedConversation"]

MAX_TITLE_CHARS = 120
STOPPED = "This question was stopped before there was an answer."
"""Said where there is neither an answer nor a note."""

_log = logging.getLogger(__name__)


class Conversations:
    """The saved conversations of a library (``Library.conversations``). All methods may be called from any thread.

    Writing raises ``LibraryBusy`` when another process writes for longer than two seconds, and the store's errors.
    """

    def __init__(self, store: ConversationStore, feedback_file: Path) -> None:
        """Use ``Library.conversations``."""
        self._store = store
        self.feedback_file = feedback_file
        """JSON lines as ``qa evaluate`` reads them; there as soon as there is feedback."""

    def all(self) -> list[SavedConversation]:
        """Return all of them, the last changed first."""
        return self._store.all()

    def get(self, conversation_id: int) -> SavedConversation:
        """Raises ``NotFoundError`` when there is none with this id."""
        return self._store.get(conversation_id) or _raise_gone(conversation_id)

    def messages(self, conversation_id: int) -> list[Message]:
        """Return the messages in their order; none when there is no such conversation."""
        return self._store.messages(conversation_id)

    def message(self, conversation_id: int, message_id: int) -> Message:
        """Raises ``NotFoundError`` when the conversation has no message with this id."""
        found = self._store.message(conversation_id, message_id)
        if found is None:
            raise NotFoundError(f"the conversation {conversation_id} has no message {message_id} any more.")
        return found

    def create(self, title: str) -> SavedConversation:
        """Make a new one without messages."""
        return self._store.create(_title(title))

    def rename(self, conversation_id: int, title: str) -> SavedConversation:
        """Raises ``NotFoundError`` when there is none with this id, ``QuestionError`` for an empty title."""
        if not title.strip():
            raise QuestionError("The title is empty. Type a name for the conversation.")
        if not self._store.rename(conversation_id, _title(title)):
            _raise_gone(conversation_id)
        return self.get(conversation_id)

    def delete(self, conversation_id: int) -> None:
        """Delete it with all its messages and their feedback. Raises ``NotFoundError`` when there is none with this
        id."""
        if not self._store.delete(conversation_id):
            _raise_gone(conversation_id)
        self._catch_up_feedback()
        self._store.forget_deleted()

    def append(
        self,
        conversation_id: int,
        question: str,
        searched: str,
        *,
        scope: Sequence[int] | None = None,
        at: int | None = None,
    ) -> Message:
        """Save a question before it is answered.

        ``at``: it replaces the message with this number (from 0) and all after it. Raises ``NotFoundError`` when there
        is no such conversation.
        """
        message = self._store.append(conversation_id, question, searched, scope, at)
        if at is not None:
            self._catch_up_feedback()
        return message or _raise_gone(conversation_id)

    def search_for(self, message_id: int, searched: str) -> None:
        """Save another wording to be searched than that of ``append``."""
        self._store.search_for(message_id, searched)

    def answered(self, message_id: int, answer: Answer | None, note: str = "") -> None:
        """Save the answer to a question, or a note instead; does nothing when it was stopped or deleted meanwhile."""
        self._store.answered(message_id, answer.to_dict() if answer else None, note)

    def stop(self, conversation_id: int) -> None:
        """Leave the last question of a conversation without an answer, unless it has one already."""
        self._store.stop(conversation_id, STOPPED)

    def rate(self, conversation_id: int, message_id: int, feedback: Feedback | None) -> None:
        """Save what a person thinks of an answer, instead of what they thought before; None takes it back.

        Raises ``NotFoundError`` when there is no such answer.
        """
        if not self._store.rate(conversation_id, message_id, feedback):
            raise NotFoundError(f"the conversation {conversation_id} has no answer {message_id} any more.")
        self._catch_up_feedback()

    def write_feedback(self) -> None:
        """Bring the feedback file up to date with the saved ratings."""
        if self._store.feedback_changed:
            with self._store.changed_feedback() as messages:
                self._write([line for message in messages if (line := feedback_line(message))])

    def _catch_up_feedback(self) -> None:
        """After a change that is saved already: what cannot be written now is written with a later one."""
        try:
            self.write_feedback()
        except (LibraryBusy, LibraryNotWritable) as error:
            _log.warning("the feedback file is not up to date: %s", error)

    def _write(self, lines: Sequence[Mapping[str, Any]]) -> None:
        try:
            if lines:
                write_whole(self.feedback_file, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
            else:
                self.feedback_file.unlink(missing_ok=True)
        except OSError as error:
            raise LibraryNotWritable(f"{self.feedback_file} cannot be written: {error.strerror}.") from error


def _title(text: str) -> str:
    words = " ".join(replace_surrogates(text).split())
    return words if len(words) <= MAX_TITLE_CHARS else words[: MAX_TITLE_CHARS - 1].rstrip() + "…"


def _raise_gone(conversation_id: int) -> NoReturn:
    raise NotFoundError(f"there is no conversation {conversation_id} any more.")
