"""What a language model wrote, on the page: shown as it is checked, what is not proven marked, nothing of it live."""

from __future__ import annotations

import asyncio
import html
import re
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from qa.generation import Writer
from qa.library import Library
from qa.types import Answer, Note, Statement
from qa.web.chat import Chat, Update
from qa.web.jobs import Background
from qa.web.queue import AnswerQueue
from qa.web.render import Renderer
from tests.qa.web.test_render import HOSTILE, OURS, make_answer, make_citation, make_hit
from tests.qa.web.waiting import until
from tests.scripted_model import Reply, ScriptedModel, scripted_model

TALL = "How tall is the iron tower?"
WRITTEN = "The iron tower is “330 metres tall” [1]. It is painted green [1]. It was “built by giants” [1]."
OURS_TOO = re.compile(rf"{OURS.pattern}|</?del>")


def written(*statements: Statement, **changes: object) -> Answer:
    return replace(make_answer("It is tall."), statements=statements, writer="small", **changes)  # type: ignore[arg-type]


def paragraphs(shown: str) -> list[str]:
    """As a reader sees them."""
    return [html.unescape(re.sub(r"\]\([^)]*\)|<[^>]*>|\\|\[(?=\\)", "", part)) for part in shown.split("\n\n")]


# --- how it looks -----------------------------------------------------------------------------------------------------


def test_what_is_struck_is_struck_through_and_said_in_words() -> None:
    """The rest of the sentence stays; who cannot see the line hears the words."""
    shown = Renderer().answer(written(Statement("He said “no <b>” then.", (), "struck", ((9, 15),))))
    assert "He said “<del>no &#60;b&#62;</del> <span" in shown
    assert paragraphs(shown)[0] == "He said “no <b> (not in your documents)” then."


def test_what_is_not_proven_is_said_in_words_and_what_is_proven_is_not() -> None:
    answer = written(Statement("It is tall.", (1,), "supported"), Statement("It is red.", (), "unsupported"))
    first, *rest = paragraphs(Renderer().answer(answer))
    assert first == "It is tall. [1] It is red. (no proof found)"
    assert any("Written by small" in line for line in rest)


def test_the_confidence_is_that_of_the_passages_not_of_what_was_written() -> None:
    """How often answers are wrong was measured on quotes."""
    shown = Renderer().answer(written(Statement("It is tall.", (1,), "supported")), "1 answer in 9 was wrong")
    assert "Confidence that these passages contain the answer: high" in paragraphs(shown)[-1]
    assert "1 answer in 9" not in shown


def test_the_note_of_a_failure_stands_above_the_quotes_that_it_speaks_of() -> None:
    failed = Note("writer_failed", "small broke off.")
    words = "small broke off. Showing quotes from your documents instead."
    answer = written(
        Statement("It is red.", (), "unsupported"), Statement("It is tall.", (1,)), notes=(failed, Note("x", "other"))
    )
    shown = paragraphs(Renderer().answer(answer))
    assert "Written by small" in shown[1]
    assert [shown[0], *shown[2:4]] == ["It is red. (no proof found)", words, "It is tall. [1]"]
    assert shown[-1] == "other"
    assert sum(words in line for line in shown) == 1
    only_quotes = paragraphs(Renderer().answer(replace(answer, statements=answer.statements[1:])))
    assert only_quotes[:2] == [words, "It is tall. [1]"]
    assert not any("Written by" in line for line in only_quotes)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_model_writes_is_live(text: str) -> None:
    """In sentences of every kind, in its name, and while it writes."""
    statements = (
        Statement(text, (1,), "quoted"),
        Statement(text, (), "unsupported"),
        Statement(f"a {text} b", (1,), "struck", ((2, 2 + len(text)),)),
    )
    answer = replace(written(*statements), writer=text)
    for shown in (Renderer().answer(answer), Renderer().draft(statements, (make_citation("fine"),), text)):
        rest = re.sub(
            r'\[\\\[1\\\]\]\(#c-[0-9a-f]{32}-\d+-\d+-1-[A-Za-z0-9%.-]* "[^"]*"\)', "", OURS_TOO.sub("", shown)
        )
        assert not re.search(r"[<>`*_{}\[\]()\\$|!~\"']", rest), rest


def test_a_model_that_finds_nothing_is_named_under_the_nearest_passages() -> None:
    note = Note("writer_found_nothing", "small finds no answer in the nearest passages.")
    shown = Renderer().answer(
        Answer("q", "not_found", 0.6, hits=(make_hit("A near thing"),), notes=(note,), writer="small")
    )
    assert "Not found in your documents." in shown
    assert paragraphs(shown)[-1] == note.message


# --- in the conversation ----------------------------------------------------------------------------------------------


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as made:
        made.say(WRITTEN)
        yield made


@pytest.fixture
def queue() -> AnswerQueue:
    """In front of the library."""
    return AnswerQueue()


@pytest.fixture
def chat(library: Library, background: Background, queue: AnswerQueue, model: ScriptedModel) -> Chat:
    """With the encoder loaded, and a language model."""
    background.load_model()
    writer = Writer(model.settings())
    return Chat(library, background, queue, lambda: writer)


def asked(chat: Chat, question: str, conversation: int | None = None, *, quotes_only: bool = False) -> list[Update]:
    async def collect() -> list[Update]:
        return [update async for update in chat.ask(question, conversation, quotes_only=quotes_only)]

    return asyncio.run(collect())


def text(update: Update) -> str:
    return update.messages[-1]["content"]


class _Pieces(list[str]):
    """Come one at a time: the second only when ``go`` is set."""

    def __init__(self, pieces: list[str], go: threading.Event) -> None:
        super().__init__(pieces)
        self._go = go

    def __iter__(self) -> Iterator[str]:
        first, *rest = super().__iter__()
        yield first
        self._go.wait()
        yield from rest


@pytest.fixture
def go(model: ScriptedModel) -> Iterator[threading.Event]:
    """Until it is set, the model waits within its second sentence."""
    go = threading.Event()
    at = WRITTEN.index("ted green")
    model.replies = [Reply(_Pieces([WRITTEN[:at], WRITTEN[at:]], go))]
    yield go
    go.set()


def test_sentences_are_shown_as_they_are_checked(chat: Chat, go: threading.Event) -> None:
    """The first one, with its marker, while the model still writes the second; the whole answer is kept."""

    async def follow() -> list[Update]:
        seen = []
        async for update in chat.ask(TALL, None):
            seen.append(update)
            if "330" in text(update):
                go.set()
        return seen

    seen = asyncio.run(follow())
    partial = next(update for update in seen if "330" in text(update))
    assert not partial.done
    assert paragraphs(text(partial))[0] == "The iron tower is “330 metres tall”. [1]"
    assert "small is writing" in text(partial)
    final = seen[-1]
    assert paragraphs(text(final))[0] == (
        "The iron tower is “330 metres tall”. [1] It is painted green. (no proof found) It was “built by giants "
        "(not in your documents)”."
    )
    assert "is writing" not in text(final)
    assert chat.show(final.conversation) == final.messages


def test_a_model_that_fails_leaves_its_reason_and_the_quotes(chat: Chat, model: ScriptedModel) -> None:
    model.replies = [Reply(status=401, body="{}")]
    shown = html.unescape(text(asked(chat, TALL)[-1]))
    assert "asks for a key, and none is set" in shown
    assert "330 metres" in shown


def test_stopped_while_the_model_writes_keeps_nothing_and_ends_the_writing(
    library: Library, chat: Chat, queue: AnswerQueue, go: threading.Event
) -> None:
    async def leave() -> int | None:
        async for update in chat.ask(TALL, None):
            if "330" in text(update):
                assert "stopped before" in chat.stop(update.conversation)[-1]["content"]
                return update.conversation
        raise AssertionError("nothing was written")

    conversation = asyncio.run(leave())
    go.set()
    until(lambda: len(queue) == 0)
    (message,) = library.conversations.messages(conversation or 0)
    assert message.answer is None
    assert "stopped before" in chat.show(conversation)[-1]["content"]


def test_the_first_question_is_not_rewritten_and_a_follow_up_is(
    library: Library, chat: Chat, model: ScriptedModel
) -> None:
    """It is searched, shown and kept as the model words it."""
    first = asked(chat, TALL)[-1]
    assert len(model.requests) == 1
    made = "Which level of the tower has restaurants?"
    model.replies = [Reply([f'"{made}"']), Reply(["Restaurants are on the first level [1]."])]
    last = asked(chat, "and where can one eat?", first.conversation)[-1]
    assert f"Searched for: {made}" in html.unescape(re.sub("<[^>]*>", "", text(last)))
    assert "How tall is the iron tower?" in model.requests[1]["messages"][1]["content"]
    assert made in model.requests[2]["messages"][1]["content"]
    message = library.conversations.messages(last.conversation or 0)[1]
    assert (message.searched, message.answer and message.answer["question"]) == (made, made)
    assert chat.show(last.conversation) == last.messages


@pytest.mark.parametrize(
    "reply", [Reply(status=500, body="{}"), Reply(["It was built “between 1887 and 1889” [1]."]), Reply(["x?" * 300])]
)
def test_a_follow_up_that_the_model_cannot_rewrite_is_made_by_the_rules(
    library: Library, chat: Chat, model: ScriptedModel, reply: Reply
) -> None:
    """It is not there, or answers instead."""
    first = asked(chat, "How tall is the iron tower?")[-1]
    model.replies = [reply]
    last = asked(chat, "and when was it built?", first.conversation)[-1]
    assert (
        library.conversations.messages(last.conversation or 0)[1].searched
        == "and when was it built? How tall is the iron tower?"
    )


def test_words_of_a_document_that_is_removed_meanwhile_are_in_no_follow_up(
    library: Library, chat: Chat, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the question that was made of its answer, nor beside it."""
    library.add_upload("bridge.md", b"# Bridge\n\nThe wooden bridge is old.")
    first = asked(chat, TALL)[-1]
    standalone = Writer.standalone

    def slow(self: Writer, *arguments: object) -> str:
        made = standalone(self, *arguments)  # type: ignore[arg-type]
        library.remove("tower.md")
        return made

    monkeypatch.setattr(Writer, "standalone", slow)
    model.replies = [Reply(["How old is the bridge by the 330 metres tower?"]), Reply(["It is old [1]."])]
    last = asked(chat, "and the bridge?", first.conversation)[-1]
    message = library.conversations.messages(last.conversation or 0)[1]
    assert message.searched == "and the bridge?"
    assert "330 metres" not in str(message.answer)


def test_quotes_only_sends_nothing(chat: Chat, model: ScriptedModel) -> None:
    first = asked(chat, TALL, quotes_only=True)[-1]
    asked(chat, "and when was it built?", first.conversation, quotes_only=True)
    assert model.requests == []
    assert "330 metres" in text(first)
    assert "Written by" not in text(first)


def test_half_a_sign_from_a_model_breaks_nothing(chat: Chat, model: ScriptedModel) -> None:
    """JSON can carry what neither SQLite nor the page takes."""
    model.say("The iron tower is 330 metres tall [1]. It is \ud83d fine [1].", size=100)
    last = asked(chat, TALL)[-1]
    text(last).encode()
    assert chat.show(last.conversation) == last.messages
