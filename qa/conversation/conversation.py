"""A conversation: questions asked one after the other, follow-ups understood by what was asked before them.

Each question is saved before it is answered, so that closing the program loses none, and its answer when it is there.
No page and no event loop is needed: ``Library.conversation`` gives a conversation to a script, the page shows one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from qa.answering.question import checked
from qa.conversation.history import STOPPED, Conversations, Message
from qa.conversation.rewrite import Turn
from qa.errors import NotFoundError, Stopped, VerbatimError, WriterError, error_words
from qa.settings import Settings
from qa.types import Answer, Citation, Note, Source, Statement

if TYPE_CHECKING:
    from qa.generation import OnStatement, Writer
    from qa.retrieval.filters import Where

Documents = Sequence[int | str | Source]
NOT_SAVED = "conversation_not_saved"
"""Code of the note on an answer that could not be saved."""
_NOT_SAVED_WORDS = "This conversation could not be saved: "


class Askable(Protocol):
    """The part of a library that a conversation needs."""

    settings: Settings
    conversations: Conversations

    def ask(
        self,
        question: str,
        *,
        documents: Documents | None = None,
        where: Where | None = None,
        threshold: float | None = None,
        turns: Sequence[Turn] = (),
        writer: Writer | None = None,
        on_statement: OnStatement | None = None,
    ) -> Answer:
        """As ``Library.ask``."""

    def sources(self, documents: Documents | None = None) -> list[Source]:
        """As ``Library.sources``."""


@dataclass(slots=True)
class Pending:
    """A question on its way to its answer."""

    message: Message
    """Its id is 0 when it could not be saved; ``searched`` changes when it turns out to be a follow-up."""
    conversation: int | None
    before: Sequence[Message] = ()
    """The messages before it, at the time when it was asked."""
    problem: str = ""
    """Says why it, or its answer, could not be saved; empty when all is well."""


@dataclass(slots=True)
class Conversation:
    """One conversation of a library (``Library.conversation``). Use it from one thread at a time; ``stop`` from any."""

    library: Askable
    id: int | None = None
    """None until the first question of a new conversation has been saved."""
    _unsaved: list[Message] = field(default_factory=list, init=False, repr=False)

    @property
    def messages(self) -> list[Message]:
        """The questions and answers so far, those that could not be saved last."""
        saved = self.library.conversations.messages(self.id) if self.id else []
        return [*saved, *self._unsaved]

    def ask(
        self,
        question: str,
        documents: Documents | None = None,
        where: Where | None = None,
        threshold: float | None = None,
        writer: Writer | None = None,
        on_statement: OnStatement | None = None,
        *,
        at: int | None = None,
    ) -> Answer:
        """Answer a question as ``Library.ask`` does, a follow-up by what was asked before it: ``question`` of the
        answer is the question that was searched.

        ``at``: the question replaces the message at this position (from 0) and all after it. ``where`` is not saved.
        A note of the answer says so when it could not be saved. Raises as ``Library.ask``, and ``Stopped`` when the
        question was stopped or its conversation deleted meanwhile.
        """
        pending = self.begin(question, documents, at=at)
        return self.answer(pending, where, threshold, writer, on_statement)

    def begin(self, question: str, documents: Documents | None = None, *, at: int | None = None) -> Pending:
        """Save a question that ``answer`` will answer: the first half of ``ask``.

        A conversation that does not exist (any more) is created. Raises ``QuestionError`` and ``FilterError``; nothing
        is saved then.
        """
        question = checked(question, self.library.settings.max_question_chars)
        scope = None if documents is None else self._ids(documents)
        pending = Pending(Message(0, question, question, scope=scope), self.id, self.messages[:at])
        try:
            self.id = pending.conversation = self._existing() or self.library.conversations.create(question).id
            pending.message = self.library.conversations.append(self.id, question, question, scope=scope, at=at)
        except VerbatimError as error:
            pending.problem = _NOT_SAVED_WORDS + str(error)
        return pending

    def answer(
        self,
        pending: Pending,
        where: Where | None = None,
        threshold: float | None = None,
        writer: Writer | None = None,
        on_statement: OnStatement | None = None,
    ) -> Answer:
        """Answer a question of ``begin`` and save the answer; why there is none is saved as well."""

        def checked_statement(statements: Sequence[Statement], citations: Sequence[Citation]) -> None:
            self._check_wanted(pending)
            if on_statement:
                on_statement(statements, citations)

        try:
            turns = self._turns(pending)
            wording = self._completed(pending, turns, writer)
            if wording:
                self._search_for(pending, turns, wording)
            answer = self.library.ask(
                pending.message.searched,
                turns=() if wording else turns,
                documents=pending.message.scope,
                where=where,
                threshold=threshold,
                writer=writer,
                on_statement=checked_statement,
            )
            self._check_wanted(pending)
            self._search_for(pending, turns, answer.question)
        except Stopped:
            raise
        except Exception as error:
            self.save_note(pending, error_words(error))
            raise
        self._save(pending, answer)
        notes = (Note(NOT_SAVED, pending.problem),) if pending.problem else ()
        return replace(answer, notes=(*answer.notes, *notes))

    def save_note(self, pending: Pending, note: str) -> None:
        """Save ``note``, which is for people, instead of an answer."""
        pending.message = replace(pending.message, note=note)
        self._save(pending, None)

    def stop(self) -> None:
        """The last question gets no answer any more, unless it has one already; ``ask`` raises ``Stopped`` then."""
        if self.id:
            self.library.conversations.stop(self.id)

    def _ids(self, documents: Documents) -> tuple[int, ...]:
        """The ids of sources however they are named; one that no longer exists stays."""
        ids: dict[int, None] = {}
        for each in documents:
            found = [each] if isinstance(each, int) else [source.id for source in self.library.sources([each])]
            ids |= dict.fromkeys(found)
        return tuple(ids)

    def _existing(self) -> int | None:
        """The id of this conversation unless it has been deleted."""
        try:
            return self.library.conversations.get(self.id).id if self.id else None
        except NotFoundError:
            return None

    def _completed(self, pending: Pending, turns: Sequence[Turn], writer: Writer | None) -> str | None:
        """A follow-up as the language model words it; None where there is none, or it fails."""
        if writer is None or not turns:
            return None
        try:
            return writer.standalone(pending.message.question, [(turn.question, turn.answer) for turn in turns])
        except WriterError:
            return None

    def _search_for(self, pending: Pending, turns: Sequence[Turn], wording: str) -> None:
        """Save the wording that is searched for a follow-up.

        If an earlier answer has changed meanwhile, because its document was removed, the wording may have words of it:
        then it is the question as it was asked.
        """
        if turns and self._turns(pending) != turns:
            wording = pending.message.question
        if wording != pending.message.searched:
            pending.message = replace(pending.message, searched=wording)
            if pending.message.id:
                self.library.conversations.search_for(pending.message.id, wording)

    def _turns(self, pending: Pending) -> list[Turn]:
        """The questions before this one that were answered."""
        before = pending.before
        if pending.message.id and pending.conversation:
            saved = self.library.conversations.messages(pending.conversation)
            before = [message for message in saved if message.id < pending.message.id]
        return [Turn(message.searched, _said(message.answer)) for message in before if message.answer]

    def _check_wanted(self, pending: Pending) -> None:
        """Raise ``Stopped`` when the question was stopped, or deleted with its conversation."""
        if not pending.message.id:
            return
        try:
            message = self.library.conversations.message(pending.conversation or 0, pending.message.id)
        except NotFoundError:
            raise Stopped(STOPPED) from None
        if message.note:
            raise Stopped(STOPPED)

    def _save(self, pending: Pending, answer: Answer | None) -> None:
        message = pending.message
        if not message.id:
            self._unsaved.append(replace(message, answer=answer.to_dict() if answer else None))
            return
        try:
            self.library.conversations.answered(message.id, answer, message.note)
        except Exception as error:  # the answer is shown all the same
            pending.problem = _NOT_SAVED_WORDS + error_words(error)


def _said(answer: Mapping[str, Any]) -> str:
    """The answer in short; empty when nothing was found."""
    first = next(iter(answer["citations"]), None)
    return str(answer["short"] or first["quote"]) if first else ""
