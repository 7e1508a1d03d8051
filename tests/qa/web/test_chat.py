"""The conversation: what a question gets while the model loads, when all is well, and when something breaks."""

from __future__ import annotations

import asyncio
import threading
from html import unescape
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa.errors import LibraryBusy
from qa.library import Library
from qa.settings import Settings
from qa.types import Answer, Progress
from qa.web.chat import Chat, Update
from qa.web.jobs import Background, Status, progress_words, time_words
from qa.web.queue import AnswerQueue, waiting_words
from tests.qa.web.waiting import until

TALL = "How tall is the iron tower?"


def asked(
    chat: Chat, question: str, conversation: int | None = None, scope: list[int] | None = None, at: int | None = None
) -> list[Update]:
    """All that the page shows, one after another."""

    async def collect() -> list[Update]:
        return [update async for update in chat.ask(question, conversation, scope, at)]

    return asyncio.run(collect())


def text(update: Update) -> str:
    """The last message."""
    return update.messages[-1]["content"]


def make_ready(background: Background) -> None:
    """The model is loaded and everything embedded, and no thread is at work."""
    background.load_model()
    background.embed()


def test_a_question_waits_for_the_model_and_says_so(library: Library, background: Background) -> None:
    async def collect() -> list[Update]:
        updates = Chat(library, background, AnswerQueue()).ask(TALL, None)
        first = await anext(updates)
        background.start()
        return [first, *[update async for update in updates]]

    first, *_, last = asyncio.run(collect())
    assert "Loading the model" in text(first)
    assert "330 metres" in text(last)
    assert (first.done, last.done) == (False, True)
    background.close()


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path / "empty")
    empty = Library.open(settings.library, settings=settings, encoder=HashingEncoder())
    assert "Drop files" in text(asked(Chat(empty, Background(empty), AnswerQueue()), "Anything?")[-1])
    empty.close()


@pytest.mark.parametrize(("question", "words"), [("?!", "no words"), ("x" * 100_000, "the limit is")])
def test_a_question_that_cannot_be_asked_gets_a_message(
    library: Library, background: Background, question: str, words: str
) -> None:
    make_ready(background)
    assert words in text(asked(Chat(library, background, AnswerQueue()), question)[-1])
    background.close()


def test_a_broken_inside_is_not_shown(
    library: Library, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ready(background)

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(type(library), "ask", broken)
    assert "secret" not in text(asked(Chat(library, background, AnswerQueue()), "tower")[-1])
    background.close()


# --- saved conversations ----------------------------------------------------------------------------------------------


@pytest.fixture
def queue() -> AnswerQueue:
    """In front of the library."""
    return AnswerQueue()


@pytest.fixture
def chat(library: Library, background: Background, queue: AnswerQueue) -> Chat:
    """With the model loaded."""
    make_ready(background)
    return Chat(library, background, queue)


def test_what_was_shown_is_shown_again_by_another_program(library: Library, background: Background, chat: Chat) -> None:
    first = asked(chat, TALL)[-1]
    last = asked(chat, "Where are the restaurants, on which level?", first.conversation)[-1]
    assert last.conversation == first.conversation
    assert Chat(library, background, AnswerQueue()).show(last.conversation) == last.messages
    assert [message["role"] for message in last.messages] == ["user", "assistant"] * 2
    (conversation,) = library.conversations.all()
    assert conversation.title == TALL


def test_the_question_is_kept_before_it_is_answered(library: Library, background: Background) -> None:
    """Closing the page while the model loads loses no question."""

    async def leave() -> None:
        updates = Chat(library, background, AnswerQueue()).ask(TALL, None)
        await anext(updates)
        await updates.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    (conversation,) = library.conversations.all()
    (message,) = library.conversations.messages(conversation.id)
    assert (message.question, message.answer) == (TALL, None)
    assert "stopped before" in Chat(library, background, AnswerQueue()).show(conversation.id)[-1]["content"]


def test_a_question_in_the_place_of_another_takes_it_and_all_after_it(chat: Chat) -> None:
    conversation = asked(chat, TALL)[-1].conversation
    asked(chat, "Where are the restaurants?", conversation)
    shown = asked(chat, "When was the tower built?", conversation, at=0)[-1].messages
    assert [message["content"] for message in shown if message["role"] == "user"] == ["When was the tower built?"]
    assert chat.question(conversation, 0) == "When was the tower built?"
    assert chat.question(conversation, 1) == chat.question(None, 0) == ""


def test_a_question_to_a_deleted_conversation_begins_a_new_one(library: Library, chat: Chat) -> None:
    old = asked(chat, TALL)[-1].conversation
    assert old
    library.conversations.delete(old)
    assert asked(chat, TALL, old)[-1].conversation == old + 1


def test_a_question_to_chosen_documents_is_kept_with_them(library: Library, chat: Chat) -> None:
    library.add_upload("bridge.md", b"# Bridge\n\nThe wooden bridge is old.")
    bridge = library.sources()[1].id
    last = asked(chat, "Which orchestra premiered the symphony?", scope=[bridge])[-1]
    assert "#widen" in text(last)
    assert chat.show(last.conversation) == last.messages
    assert "no " in text(asked(chat, TALL, scope=[99])[-1]).lower()


def test_an_answer_that_cannot_be_kept_is_shown(library: Library, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """And that it is not kept is said."""

    def busy(*_arguments: object, **_named: object) -> None:
        raise LibraryBusy("something else is writing.")

    with monkeypatch.context() as patched:
        patched.setattr(library.conversations, "append", busy)
        last = asked(chat, TALL)[-1]
    assert "330 metres" in text(last)
    assert "could not be saved" in text(last)
    assert "vb-tools" not in text(last)
    monkeypatch.setattr(library.conversations, "answered", busy)
    assert "could not be saved" in text(asked(chat, TALL)[-1])


# --- the queue --------------------------------------------------------------------------------------------------------


def test_the_first_to_come_is_served_first_and_all_see_their_position() -> None:
    queue, go, order = AnswerQueue(1), threading.Event(), list[int]()
    first = queue.join(go.wait)
    others = [queue.join(lambda number=number: order.append(number)) for number in range(3)]  # type: ignore[misc]
    assert [queue.ahead(each) for each in others] == [1, 2, 3]
    others[1].cancel()
    assert queue.ahead(others[2]) == 2
    go.set()
    others[2].result()
    assert (first.result(), order) == (True, [0, 2])
    assert queue.ahead(others[2]) == 0


def test_a_position_is_told_in_words() -> None:
    assert [waiting_words(ahead).split(".")[0] for ahead in (1, 3)] == [
        "1 person is ahead of you",
        "3 people are ahead of you",
    ]


def test_a_question_stopped_in_the_queue_is_never_searched(library: Library, chat: Chat, queue: AnswerQueue) -> None:
    go = threading.Event()
    blocking = [queue.join(go.wait) for _ in range(2)]

    async def stop() -> str:
        updates = chat.ask(TALL, None)
        words = text(await anext(updates))
        waiting = asyncio.ensure_future(anext(updates))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return words

    assert "2 people are ahead of you" in asyncio.run(stop()).replace("&#46;", ".")
    go.set()
    for each in blocking:
        each.result()
    queue.join(lambda: None).result()
    (conversation,) = library.conversations.all()
    assert library.conversations.messages(conversation.id)[0].answer is None


def test_a_question_left_at_the_first_word_is_never_searched(library: Library, chat: Chat, queue: AnswerQueue) -> None:
    """Between its first words and the wait for more."""
    go = threading.Event()
    blocking = [queue.join(go.wait) for _ in range(2)]

    async def leave() -> None:
        updates = chat.ask(TALL, None)
        await anext(updates)
        await updates.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    go.set()
    queue.join(lambda: None).result()
    for each in blocking:
        each.result()
    (conversation,) = library.conversations.all()
    assert library.conversations.messages(conversation.id)[0].answer is None


@pytest.mark.parametrize("stopped", [True, False])
def test_what_is_stopped_gets_no_answer_and_holds_nobody_up(
    library: Library, chat: Chat, queue: AnswerQueue, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    """A search that has begun goes on to its end. The next question does not wait for it, and says what was seen: that
    there is no answer. Of a page that was only left, the answer is there later."""
    go, begun, ask = threading.Event(), threading.Event(), Library.ask

    def slow(self: Library, question: str, **named: object) -> Answer:
        if question == TALL:
            begun.set()
            go.wait()
        return ask(self, question, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "ask", slow)

    async def leave() -> int | None:
        updates = chat.ask(TALL, None)
        conversation = (await anext(updates)).conversation
        waiting = asyncio.ensure_future(anext(updates))
        await asyncio.to_thread(begun.wait)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return conversation

    conversation = asyncio.run(leave())
    shown = chat.stop(conversation) if stopped else chat.show(conversation)
    assert "stopped before" in shown[-1]["content"]
    assert "levels" in text(asked(chat, "How many levels has the tower?", conversation)[-1])
    go.set()
    until(lambda: len(queue) == 0)
    first, second = library.conversations.messages(conversation or 0)
    assert (first.answer is None, second.answer is None) == (stopped, False)


def test_a_question_is_shown_as_it_was_typed(chat: Chat) -> None:
    """Gradio reads Markdown and HTML in questions too, and whoever opens the conversation would see what they do."""
    question = 'What is __init__, 2*3*4 & <div style="position:fixed">x</div>?\nAnd ![](http://evil.example/x.png)'
    last = asked(chat, question)[-1]
    for shown in (last.messages, chat.show(last.conversation)):
        content = shown[0]["content"]
        assert unescape(content) == question
        assert not set(content) & set("<>*_![]()\n")
    assert chat.question(last.conversation, 0) == question


def test_half_a_sign_in_a_question_is_replaced(library: Library, chat: Chat) -> None:
    """A text cut inside an emoji; neither SQLite nor JSON takes it."""
    last = asked(chat, TALL + " \ud83d")[-1]
    assert "330 metres" in text(last)
    assert chat.question(last.conversation, 0) == TALL + " \ufffd"


def test_an_answer_is_shown_whatever_breaks_in_keeping_it(
    library: Library, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(library.conversations, "answered", broken)
    shown = text(asked(chat, TALL)[-1])
    assert "330 metres" in shown and "could not be saved" in shown and "secret" not in shown


def test_fifty_people_at_once_are_answered_in_their_order(
    library: Library, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ready(background)
    chat, order = Chat(library, background, AnswerQueue(1)), list[str]()
    ask = Library.ask

    def noted(self: Library, question: str, **named: object) -> Answer:
        order.append(question)
        return ask(self, question, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "ask", noted)

    async def one(number: int) -> Update:
        return [update async for update in chat.ask(f"How tall is the tower {number}?", None)][-1]

    async def all_of_them() -> list[Update]:
        return await asyncio.gather(*(one(number) for number in range(50)))

    shown = asyncio.run(all_of_them())
    assert all("330 metres" in text(update) for update in shown)
    assert order == [f"How tall is the tower {number}?" for number in range(50)]
    assert len({update.conversation for update in shown}) == 50


# --- the work in the background ---------------------------------------------------------------------------------------


def test_an_end_while_the_model_loads_is_no_error(
    library: Library, background: Background, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Ctrl+C interrupts the loading: "cannot schedule new futures after interpreter shutdown"."""

    def torn() -> None:
        background.close()
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    monkeypatch.setattr(library, "warm_up", torn)
    background.load_model()
    assert background.status.problem == caplog.text == ""


def test_paths_are_added_behind_the_page(tmp_path: Path, library: Library, background: Background) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "bridge.md").write_text("# Bridge\n\nThe wooden bridge is old and crosses the river.", "utf-8")
    background.add_paths([more])
    assert background.status.report is not None
    assert background.status.report.count("added") == 1
    assert background.status.reading is None
    assert library.stats().sources == 2


def test_a_path_that_is_not_there_becomes_a_message(tmp_path: Path, background: Background) -> None:
    """Either as an outcome of the file or as a problem; never as silence."""
    background.add_paths([tmp_path / "missing"])
    status = background.status
    assert status.problem or (status.report and status.report.files[0].reason)


def test_what_went_wrong_with_files_is_said_until_files_go_well(
    tmp_path: Path, library: Library, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Embedding goes well right after it, which tells nothing about files."""

    def broken(*_arguments: object, **_named: object) -> None:
        raise LibraryBusy("another process is writing.")

    with monkeypatch.context() as patched:
        patched.setattr(Library, "add", broken)
        background.add_paths([tmp_path])
    background.embed()
    assert background.status.problem == "another process is writing."
    background.add_paths([tmp_path])
    assert background.status.problem == ""


def test_an_upload_does_not_wait_until_everything_is_embedded(library: Library, background: Background) -> None:
    """One thread writes at a time: embedding stops while documents change and goes on afterwards."""
    many = "\n\n".join(f"# Chapter {number}\n\nThis is what chapter {number} says." for number in range(500))
    library.add_upload("many.md", many.encode(), vectors=False)
    with background.changing():
        background.embed()
    assert library.stats().waiting > 0
    background.add_upload("bridge.md", b"# Bridge\n\nThe wooden bridge is old.")
    background.embed()
    assert library.stats().waiting == 0
    assert background.status.problem == ""


def test_progress_is_said_in_words() -> None:
    reading = Progress("read", 2, 12, "files", "/a/b/report.pdf")
    assert progress_words(reading) == "Reading files, 2 of 12 done: report.pdf"
    encoding = Progress("encode", 300, 1200, "passages", rate=35.2, seconds_left=25.6)
    assert progress_words(encoding).endswith("300 of 1,200 passages, 35 per second, 26 s left")
    assert Status(model="ready", encoding=encoding).message == progress_words(encoding)
    assert Status(model="ready").message == ""


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (59, "59 s"), (600, "10 min"), (9000, "2.5 h")])
def test_time_left_is_said_roughly(seconds: float, words: str) -> None:
    assert time_words(seconds) == words
