"""A conversation without a page: follow-ups, saving, asking again, stopping, and a library that cannot be written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from qa.conversation.conversation import NOT_SAVED
from qa.errors import FilterError, LibraryNotWritable, NotFoundError, QuestionError, Stopped
from qa.generation import Writer
from qa.library import Library
from qa.types import Citation, Statement
from tests.helpers import tower_library
from tests.scripted_model import ScriptedModel, scripted_model

TALL = "How tall is the iron tower?"
BUILT = "and when was it built?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with tower_library(tmp_path) as opened:
        opened.encode()
        yield opened


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as made:
        yield made


def test_a_follow_up_is_understood_by_the_question_before_it(library: Library) -> None:
    chat = library.conversation()
    assert "330 metres" in chat.ask(TALL).text
    answer = chat.ask(BUILT)
    assert "iron tower" in answer.question
    assert "1889" in answer.text
    assert [(message.question, message.searched) for message in chat.messages] == [
        (TALL, TALL),
        (BUILT, answer.question),
    ]


def test_a_conversation_is_saved_with_its_first_question_and_goes_on_from_its_id(library: Library) -> None:
    chat = library.conversation()
    assert (chat.id, chat.messages, library.conversations.all()) == (None, [], [])
    chat.ask(TALL)
    assert chat.id
    again = library.conversation(chat.id)
    again.ask(BUILT)
    assert again.messages == chat.messages == library.conversations.messages(chat.id)
    assert all(message.answer for message in chat.messages)
    with pytest.raises(NotFoundError):
        library.conversation(99)


def test_a_question_asked_again_replaces_its_message_and_all_after_it(library: Library) -> None:
    chat = library.conversation()
    chat.ask(TALL)
    chat.ask(BUILT)
    chat.ask("Where are the restaurants?", at=1)
    assert [message.question for message in chat.messages] == [TALL, "Where are the restaurants?"]


def test_what_cannot_be_asked_raises_and_is_not_saved(library: Library) -> None:
    chat = library.conversation()
    with pytest.raises(QuestionError):
        chat.ask("?!")
    with pytest.raises(FilterError):
        chat.ask(TALL, documents=["no such document"])
    assert library.conversations.all() == []


def test_documents_are_saved_with_the_question(library: Library) -> None:
    chat = library.conversation()
    chat.ask(TALL, documents=["tower.md"])
    assert chat.messages[0].scope == (library.sources()[0].id,)


def test_a_library_that_cannot_be_written_answers_follow_ups_and_says_that_nothing_is_saved(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise LibraryNotWritable("the disk is full.")

    monkeypatch.setattr(library.conversations, "create", full)
    chat = library.conversation()
    answers = [chat.ask(TALL), chat.ask(BUILT)]
    assert "1889" in answers[1].text
    assert [[note.message for note in answer.notes if note.code == NOT_SAVED] for answer in answers] == [
        ["This conversation could not be saved: the disk is full."]
    ] * 2
    assert [message.searched for message in chat.messages] == [answer.question for answer in answers]
    assert chat.id is None


def test_the_reason_for_no_answer_is_saved(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("secret")

    chat = library.conversation()
    monkeypatch.setattr(library, "ask", broken)
    with pytest.raises(RuntimeError):
        chat.ask(TALL)
    assert chat.messages[0].answer is None
    assert chat.messages[0].note and "secret" not in chat.messages[0].note


def test_a_question_stopped_while_it_is_answered_gets_no_answer(library: Library, model: ScriptedModel) -> None:
    model.say("The tower is 330 metres tall [1]. It is tall [1].", size=4)
    chat = library.conversation()

    def stop(_statements: Sequence[Statement], _citations: Sequence[Citation]) -> None:
        chat.stop()

    with pytest.raises(Stopped):
        chat.ask(TALL, writer=Writer(model.settings()), on_statement=stop)
    assert chat.messages[0].answer is None


def test_a_question_of_a_conversation_deleted_meanwhile_gets_no_answer(library: Library) -> None:
    chat = library.conversation()
    pending = chat.begin(TALL)
    library.conversations.delete(chat.id or 0)
    with pytest.raises(Stopped):
        chat.answer(pending)
    assert "330 metres" in chat.ask(TALL).text
    assert len(library.conversations.all()) == 1
