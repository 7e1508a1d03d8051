"""What the conversation shows: kept messages, a question as its answer comes, and what it waits for meanwhile.

The library's kept messages are the truth; nothing that a browser says about earlier messages is looked at.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.concurrency import run_in_threadpool

from qa.conversation.history import STOPPED, Message
from qa.conversation.rewrite import Turn, standalone
from qa.conversation.stored_answers import restore
from qa.errors import FilterError, VerbatimError, WriterError
from qa.library import Library
from qa.types import Answer, Citation, Statement
from qa.web.jobs import Background, error_words
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
_NOT_KEPT = "This conversation could not be kept: "

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

    message: Message
    above: Shown
    conversation: int | None
    documents: bool
    """Whether there is anything to search."""
    turns: Sequence[Turn] = ()
    """What was asked and answered before it in its conversation."""
    writer: Writer | None = None
    """The language model that writes the answer; None: it is made of quotes."""
    problem: str = ""
    """Why it is not kept, for people."""

    def update(self, text: str, done: bool = False) -> Update:
        """The page with this text under the question."""
        return Update([*self.above, *_pair(self.message.question, text)], self.conversation, done)


Show = Callable[[str], object]
"""Takes the text that stands under a question from now on; may be called from any thread."""


class _Unwanted(Exception):
    """Ends the writing of an answer that nobody will see: it was stopped, or its conversation deleted."""


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

    def show(self, conversation: int | None) -> Shown:
        """A kept conversation; empty when there is none of this number."""
        messages = self._library.conversations.messages(conversation) if conversation else []
        return self._shown(conversation or 0, messages)

    def question(self, conversation: int | None, at: int) -> str:
        """The question of the message of this number, from 0; empty when none is kept."""
        messages = self._library.conversations.messages(conversation) if conversation else []
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
        question = question.strip().encode("utf-8", "replace").decode()  # half a sign can be neither kept nor shown
        async with self._entry:
            try:
                asked = await run_in_threadpool(self._begin, question, conversation, scope, at)
            except Exception as error:  # shown in the page, and in the log
                yield Update(_pair(question, message_markdown(error_words(error))), conversation, True)
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
        if conversation:
            with suppress(VerbatimError):  # then the answer is kept all the same
                self._library.conversations.stop(conversation)
        return self.show(conversation)

    @property
    def _loading(self) -> bool:
        return self._background.status.model in ("waiting", "loading")

    def _begin(self, question: str, conversation: int | None, scope: Sequence[int] | None, at: int | None) -> _Asked:
        """Keep the question, in a new conversation where there is none."""
        kept = self._library.conversations
        messages = kept.messages(conversation)[:at] if conversation else []
        turns = _turns(messages)
        searched = standalone(question, turns)
        asked = _Asked(
            Message(0, question, searched, scope=None if scope is None else tuple(scope)),
            self._shown(conversation or 0, messages),
            conversation,
            self._library.stats().sources > 0,
            turns,
        )
        if len(question) > self._library.settings.max_question_chars:
            return asked  # is refused, and too long to keep
        try:
            place = self._place(conversation, question)
            return replace(
                asked, message=kept.append(place, question, searched, scope=scope, at=at), conversation=place
            )
        except VerbatimError as error:
            return replace(asked, problem=str(error))

    def _place(self, conversation: int | None, question: str) -> int:
        """The conversation, or a new one where there is none or it has been deleted meanwhile."""
        kept = self._library.conversations
        with suppress(FilterError):
            if conversation:
                return kept.get(conversation).id
        return kept.create(question).id

    def _answer(self, asked: _Asked, show: Show) -> str:
        """Ask and keep: the text under the question. ``show`` gets it as far as it is written."""
        message, note, answer = asked.message, "", None
        try:
            if asked.documents:
                message = self._made_standalone(asked)
                answer = self._found_or_written(asked, message, show)
            else:
                note = self._background.status.message if self._background.status.reading else _EMPTY
            text = self._found(message, answer, asked.conversation or 0) if answer else message_markdown(note)
        except _Unwanted:
            return message_markdown(STOPPED)
        except Exception as error:  # shown in the page, and in the log
            note = error_words(error)
            text = message_markdown(note)
        problem = asked.problem or (self._keep(message.id, answer, note) if message.id else "")
        return text if not problem else "\n\n".join((text, message_markdown(_NOT_KEPT + problem)))

    def _made_standalone(self, asked: _Asked) -> Message:
        """The message, a follow-up as the language model words it; as the rules do where it cannot, or where what was
        answered before has changed meanwhile: a document may have been removed."""
        message, kept = asked.message, self._library.conversations
        if asked.writer is None or not asked.turns:
            return message
        try:
            searched = asked.writer.standalone(message.question, [(turn.question, turn.answer) for turn in asked.turns])
        except WriterError:
            return message
        if not message.id:
            return replace(message, searched=searched)
        earlier = [each for each in kept.messages(asked.conversation or 0) if each.id < message.id]
        if _turns(earlier) != asked.turns:
            return replace(message, searched=message.question)
        kept.search_for(message.id, searched)
        return replace(message, searched=searched)

    def _found_or_written(self, asked: _Asked, message: Message, show: Show) -> Answer:
        answer = self._library.ask(message.searched, documents=message.scope)
        if asked.writer is None or answer.status == "not_found":
            return answer
        name = asked.writer.name

        def show_so_far(statements: Sequence[Statement], citations: Sequence[Citation]) -> None:
            if self._unwanted(asked):
                raise _Unwanted
            text = writing_markdown(statements, citations, name, mark=self._library.id)
            show("\n\n".join(filter(None, (_searched(message), text))))

        show_so_far((), ())
        return asked.writer.write(answer, show_so_far)

    def _unwanted(self, asked: _Asked) -> bool:
        if not asked.message.id:
            return False
        try:
            return bool(self._library.conversations.message(asked.conversation or 0, asked.message.id).note)
        except FilterError:
            return True

    def _keep(self, message_id: int, answer: Answer | None, note: str) -> str:
        """Why the answer could not be kept, for people; empty when it could."""
        try:
            self._library.conversations.answered(message_id, answer, note)
        except Exception as error:  # shown in the page, under the answer
            return error_words(error)
        return ""

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


def _turns(messages: Sequence[Message]) -> list[Turn]:
    """The questions that were answered."""
    answers = ((message, message.answer) for message in messages if message.answer)
    return [Turn(message.searched, *_said(answer)) for message, answer in answers]


def _said(answer: Mapping[str, Any]) -> tuple[str, str]:
    """What an answer said, in short, and the title of the document that it cites first."""
    first = next(iter(answer["citations"]), None)
    if first is None:
        return "", ""
    return answer["short"] or first["quote"], first["source"]["title"]
