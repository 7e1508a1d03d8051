"""The text of the conversation on the page: saved messages, and a question while its answer is being made.

Only the messages saved in the library count; what a browser says about earlier messages is ignored.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from starlette.concurrency import run_in_threadpool

from qa.conversation.conversation import Conversation, Pending
from qa.conversation.history import STOPPED, Message
from qa.errors import NotFoundError, Stopped, VerbatimError, error_words
from qa.library import Library
from qa.storage.stored_answers import restore
from qa.types import Answer, Citation, Document, Statement
from qa.web.escape import escape, escape_lines
from qa.web.jobs import Background
from qa.web.queue import AnswerQueue, waiting_words
from qa.web.render import Renderer, render_notice

if TYPE_CHECKING:
    from qa.generation import Writer

_LOOK_SECONDS = 0.2
_POSITION_SECONDS = 1.0
"""How often somebody who waits is told their position in the queue."""
_EMPTY = "There are no documents yet. Drop files anywhere on this page, or click “Add files”."
_LOADING = "Loading the model… Your answer will follow."

Shown = list[dict[str, str]]
"""Messages in the form that Gradio's chatbot takes."""


class Update(NamedTuple):
    """The content of the page from now on; no ``conversation`` where a new one could not be saved."""

    messages: Shown
    conversation: int | None
    done: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question on its way, with what is shown above it; ``documents``: there are some to search."""

    conversation: Conversation
    pending: Pending
    above: Shown
    documents: bool
    writer: Writer | None = None

    def update(self, text: str, done: bool = False) -> Update:
        shown = [*self.above, *_pair(self.pending.message.question, text)]
        return Update(shown, self.pending.conversation, done)


class Chat:
    """The conversations of a page: one object for all its visitors."""

    def __init__(
        self,
        library: Library,
        background: Background,
        queue: AnswerQueue,
        writer: Callable[[], Writer | None] = lambda: None,
    ) -> None:
        """``writer`` returns the language model that writes answers at this moment, if there is one."""
        self._library, self._background, self._queue, self._writer = library, background, queue, writer
        # asyncio's locks keep the order of arrival
        self._saving, self._waiting_for_model = asyncio.Lock(), asyncio.Lock()

    def show(self, conversation: int | None, end: int | None = None) -> Shown:
        """The messages of a saved conversation, up to this position; empty when it does not exist."""
        return self._shown(conversation or 0, Conversation(self._library, conversation).messages[:end])

    def question(self, conversation: int | None, at: int) -> str:
        """The question at this position, from 0; empty when there is none."""
        messages = Conversation(self._library, conversation).messages
        return messages[at].question if at < len(messages) else ""

    async def ask(
        self,
        question: str,
        conversation: int | None,
        scope: Sequence[int] | None = None,
        at: int | None = None,
        *,
        quotes_only: bool = False,
    ) -> AsyncIterator[Update]:
        """The page as the answer comes.

        ``at``: the question replaces the message at this position and all after it; None: it comes at the end.
        ``quotes_only``: no language model gets it. A question whose page is closed while it waits in the queue is never
        searched; once it is being searched, its answer is saved for later, unless it is stopped.
        """
        async with self._saving:
            try:
                asked = await run_in_threadpool(self._begin, question, conversation, scope, at)
            except Exception as error:  # shown in the page, and in the log
                above = await run_in_threadpool(self.show, conversation, at)
                yield Update([*above, *_pair(question, render_notice(error_words(error)))], conversation, True)
                return
        if not quotes_only:
            asked = replace(asked, writer=self._writer())
        if self._background.status.loading and asked.documents:
            yield asked.update(render_notice(_LOADING))
        async with self._waiting_for_model:
            while self._background.status.loading and asked.documents:
                await asyncio.sleep(_LOOK_SECONDS)
            so_far = deque[str](maxlen=1)
            work = self._queue.join(lambda: self._answer(asked, so_far.append))
        try:
            async for text in self._while_working(work, so_far):
                yield asked.update(text)
            yield asked.update(await asyncio.wrap_future(work), done=True)
        finally:
            work.cancel()

    async def _while_working(self, work: Future[str], so_far: Sequence[str]) -> AsyncIterator[str]:
        """The text until ``work`` is done: the position in the queue, then what has been written so far."""
        answer, done, shown, told = asyncio.wrap_future(work), set[asyncio.Future[str]](), "", 0.0
        while not done:
            text = so_far[0] if so_far else render_notice(waiting_words(self._queue.ahead(work)))
            if text != shown or time.monotonic() - told >= _POSITION_SECONDS:
                shown, told = text, time.monotonic()
                yield text
            done, _ = await asyncio.wait({answer}, timeout=_LOOK_SECONDS)

    def stop(self, conversation: int | None) -> Shown:
        """The conversation after its last question was stopped: no answer to it will be saved."""
        with suppress(VerbatimError):  # then the answer is saved all the same
            Conversation(self._library, conversation).stop()
        return self.show(conversation)

    @property
    def _renderer(self) -> Renderer:
        return Renderer(self._library.id, self._find_document)

    def _find_document(self, document_id: str) -> Document | None:
        with suppress(NotFoundError):
            return self._library.document(document_id)
        return None

    def _begin(self, question: str, conversation: int | None, scope: Sequence[int] | None, at: int | None) -> _Asked:
        """Save the question, in a new conversation where there is none."""
        asking = Conversation(self._library, conversation)
        pending = asking.begin(question, scope, at=at)
        above = self._shown(conversation or 0, pending.before)
        return _Asked(asking, pending, above, self._library.stats().sources > 0)

    def _answer(self, asked: _Asked, show: Callable[[str], object]) -> str:
        """The text under the question, when its answer is saved. ``show`` gets it as far as it has been written."""
        pending = asked.pending

        def show_so_far(statements: Sequence[Statement], citations: Sequence[Citation]) -> None:
            name = asked.writer.name if asked.writer else ""
            text = self._renderer.draft(statements, citations, name)
            show("\n\n".join(filter(None, (_searched(pending.message), text))))

        try:
            if asked.documents:
                answer = asked.conversation.answer(pending, writer=asked.writer, on_statement=show_so_far)
                return self._found(pending.message, answer, pending.conversation or 0, self._error_rate())
            status = self._background.status
            asked.conversation.save_note(pending, status.message if status.reading else _EMPTY)
        except Stopped as stopped:
            return render_notice(str(stopped))
        except Exception as error:  # shown in the page, and in the log
            if not pending.message.note:
                return render_notice(error_words(error))
        return "\n\n".join(map(render_notice, filter(None, (pending.message.note, pending.problem))))

    def _shown(self, conversation: int, messages: Sequence[Message]) -> Shown:
        shown: Shown = []
        error_rate = self._error_rate() if messages else ""
        for message in messages:
            text = render_notice(message.note or STOPPED)
            if message.answer:
                text = self._found(message, restore(message.answer), conversation, error_rate)
            shown += _pair(message.question, text)
        return shown

    def _error_rate(self) -> str:
        """One sentence on how often answers are wrong; empty when it has not been measured."""
        measured = self._library.error_rate()
        return measured.words if measured else ""

    def _found(self, message: Message, answer: Answer, conversation: int, error_rate: str) -> str:
        """An answer with the question it was searched for and the element for its controls (answer_controls.js)."""
        text = self._renderer.answer(answer, error_rate, limited=message.scope is not None)
        rated = f" vb-rated-{message.feedback.replace(' ', '-')}" if message.feedback else ""
        tools = f'<div class="vb-tools{rated}" id="vb-message-{conversation}-{message.id}"></div>'
        return "\n\n".join(filter(None, (_searched(message), text, tools if message.id else "")))


def _searched(message: Message) -> str:
    """The question that was searched for a follow-up; empty when it is the one that was asked."""
    if message.searched == message.question:
        return ""
    return f'<p class="vb-searched">Searched for: <span>{escape(message.searched)}</span></p>'


def _pair(question: str, text: str) -> Shown:
    """Questions are escaped: Gradio reads Markdown and HTML in them, and everybody may open a saved conversation."""
    return [{"role": "user", "content": escape_lines(question)}, {"role": "assistant", "content": text}]
