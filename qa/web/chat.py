"""What the conversation shows: kept messages, a question as its answer comes, and what it waits for meanwhile.

The library's kept messages are the truth; nothing that a browser says about earlier messages is looked at.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from starlette.concurrency import run_in_threadpool

from qa.conversation.conversation import Conversation, Pending
from qa.conversation.history import STOPPED, Message
from qa.errors import Stopped, VerbatimError, error_words
from qa.library import Library
from qa.storage.stored_answers import restore
from qa.types import Answer, Citation, Statement
from qa.web.jobs import Background
from qa.web.queue import Line, place_words
from qa.web.render import answer_markdown, escape, escape_lines, message_markdown, writing_markdown

if TYPE_CHECKING:
    from qa.generation import Writer

_LOOK_SECONDS = 0.2
"""How often it is looked whether there is more to show."""
_PLACE_SECONDS = 1.0
"""How often somebody who waits is told their place."""
_EMPTY = "There are no documents yet. Drop files anywhere on this page, or press “Add files” among the documents."
_LOADING = "Loading the model… the answer follows as soon as it is there."

Shown = list[dict[str, str]]
"""Messages as Gradio's chatbot takes them."""


class Update(NamedTuple):
    """What the page shows from now on."""

    messages: Shown
    conversation: int | None
    """None: there is none yet, and the question could not be kept."""
    done: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question on its way, with what is shown above it."""

    conversation: Conversation
    pending: Pending
    above: Shown
    documents: bool
    """True if there is anything to search."""
    writer: Writer | None = None
    """The language model that writes the answer; None: it consists of quotes."""

    def update(self, text: str, done: bool = False) -> Update:
        """The page with this text under the question."""
        shown = [*self.above, *_pair(self.pending.message.question, text)]
        return Update(shown, self.pending.conversation, done)


Show = Callable[[str], object]
"""Takes the text that stands under a question from now on; may be called from any thread."""


class Chat:
    """The conversations of a page: one object for all its visitors."""

    def __init__(
        self, library: Library, background: Background, line: Line, writer: Callable[[], Writer | None] = lambda: None
    ) -> None:
        """``writer`` gives the language model that writes answers at this moment, if one does."""
        self._library, self._background, self._line, self._writer = library, background, line, writer
        # asyncio's locks let people through in the order in which they came: one keeps questions, behind the other one
        # waits for the model
        self._entry, self._door = asyncio.Lock(), asyncio.Lock()

    def show(self, conversation: int | None, end: int | None = None) -> Shown:
        """The messages of a saved conversation, up to this position; empty when it does not exist."""
        return self._shown(conversation or 0, Conversation(self._library, conversation).messages[:end])

    def question(self, conversation: int | None, at: int) -> str:
        """The question of the message of this number, from 0; empty when none is kept."""
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
        """The page as the answer comes. ``at``: the question takes the place of the message of this number and of all
        after it; else it stands at the end. ``quotes_only``: no language model gets it. A question that is left while
        it waits in line is never searched; one that is being searched is searched to its end, and its answer kept for
        whoever comes back, unless it is stopped."""
        async with self._entry:
            try:
                asked = await run_in_threadpool(self._begin, question, conversation, scope, at)
            except Exception as error:  # shown in the page, and in the log
                above = await run_in_threadpool(self.show, conversation, at)
                yield Update([*above, *_pair(question, message_markdown(error_words(error)))], conversation, True)
                return
        if not quotes_only:
            asked = replace(asked, writer=self._writer())
        if self._loading and asked.documents:
            yield asked.update(message_markdown(_LOADING))
        async with self._door:
            while self._loading and asked.documents:
                await asyncio.sleep(_LOOK_SECONDS)
            so_far = deque[str](maxlen=1)
            work = self._line.join(lambda: self._answer(asked, so_far.append))
        try:
            answer, done, shown, told = asyncio.wrap_future(work), set[asyncio.Future[str]](), "", 0.0
            while not done:
                text = so_far[0] if so_far else message_markdown(place_words(self._line.before(work)))
                if text != shown or time.monotonic() - told >= _PLACE_SECONDS:
                    shown, told = text, time.monotonic()
                    yield asked.update(text)
                done, _ = await asyncio.wait({answer}, timeout=_LOOK_SECONDS)
            yield asked.update(await answer, done=True)
        finally:
            work.cancel()

    def stop(self, conversation: int | None) -> Shown:
        """The conversation after its last question was stopped: no answer to it will be kept."""
        with suppress(VerbatimError):  # then the answer is saved all the same
            Conversation(self._library, conversation).stop()
        return self.show(conversation)

    @property
    def _loading(self) -> bool:
        return self._background.status.model in ("waiting", "loading")

    def _begin(self, question: str, conversation: int | None, scope: Sequence[int] | None, at: int | None) -> _Asked:
        """Save the question, in a new conversation where there is none."""
        asking = Conversation(self._library, conversation)
        pending = asking.begin(question, scope, at=at)
        above = self._shown(conversation or 0, pending.before)
        return _Asked(asking, pending, above, self._library.stats().sources > 0)

    def _answer(self, asked: _Asked, show: Show) -> str:
        """The text under the question, when its answer is saved. ``show`` gets it as far as it has been written."""
        pending = asked.pending

        def show_so_far(statements: Sequence[Statement], citations: Sequence[Citation]) -> None:
            name = asked.writer.name if asked.writer else ""
            text = writing_markdown(statements, citations, name, mark=self._library.id)
            show("\n\n".join(filter(None, (_searched(pending.message), text))))

        try:
            if asked.documents:
                answer = asked.conversation.answer(pending, writer=asked.writer, on_statement=show_so_far)
                return self._found(pending.message, answer, pending.conversation or 0)
            status = self._background.status
            asked.conversation.save_note(pending, status.message if status.reading else _EMPTY)
        except Stopped as stopped:
            return message_markdown(str(stopped))
        except Exception as error:  # shown in the page, and in the log
            if not pending.message.note:
                return message_markdown(error_words(error))
        return "\n\n".join(map(message_markdown, filter(None, (pending.message.note, pending.problem))))

    def _shown(self, conversation: int, messages: Sequence[Message]) -> Shown:
        shown: Shown = []
        for message in messages:
            if message.answer:
                text = self._found(message, restore(message.answer), conversation)
            else:
                text = message_markdown(message.note or STOPPED)
            shown += _pair(message.question, text)
        return shown

    def _found(self, message: Message, answer: Answer, conversation: int) -> str:
        """An answer with the question it was searched for and the place of its controls (conversations.js)."""
        promise = self._library.error_rate()
        limited, mark = message.scope is not None, self._library.id
        text = answer_markdown(answer, promise.words if promise else "", limited=limited, mark=mark)
        rated = f" vb-rated-{message.feedback.replace(' ', '-')}" if message.feedback else ""
        tools = f'<div class="vb-tools{rated}" id="vb-message-{conversation}-{message.id}"></div>'
        return "\n\n".join(filter(None, (_searched(message), text, tools if message.id else "")))


def _searched(message: Message) -> str:
    """What a follow-up was searched as; empty when that is what was asked."""
    if message.searched == message.question:
        return ""
    return f'<p class="vb-searched">Searched for: <span>{escape(message.searched)}</span></p>'


def _pair(question: str, text: str) -> Shown:
    """Gradio reads Markdown and HTML in questions too, and everybody may open a kept conversation."""
    return [{"role": "user", "content": escape_lines(question)}, {"role": "assistant", "content": text}]
