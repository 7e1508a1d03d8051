"""Saved conversations, what is removed from them with a document, and the feedback file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.conversation.history import MAX_TITLE_CHARS, STOPPED, Conversations, SavedConversation
from qa.errors import LibraryBusy, NotFoundError, QuestionError
from qa.evaluation.questions import read_questions
from qa.storage.stored_answers import REMOVED, restore
from tests.helpers import tower_library, write

TALL = "How tall is the iron tower in metres?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """The tower."""
    with tower_library(tmp_path) as opened:
        yield opened


def asked(library: Library, question: str, conversation: SavedConversation | None = None) -> tuple[int, int]:
    """The question asked and saved: numbers of its conversation and message."""
    saved = library.conversations
    conversation = conversation or saved.create(question)
    message = saved.append(conversation.id, question, question)
    saved.answered(message.id, library.ask(question))
    return conversation.id, message.id


def no_word_of(folder: Path, word: str) -> bool:
    """True if no file of the folder has the word."""
    return not [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


# --- keeping --------------------------------------------------------------------------------------------------------


def test_what_is_saved_is_the_answer_that_was_given(library: Library) -> None:
    conversation, message = asked(library, TALL)
    library.close()
    with Library.open(library.folder, encoder=HashingEncoder()) as again:
        saved, given = again.conversations.message(conversation, message).answer, again.ask(TALL)
        assert saved
        assert saved == given.to_dict() | {"timings": saved["timings"]}
        assert restore(saved).text == given.text
        assert [each.quote for each in restore(saved).citations] == [each.quote for each in given.citations]
        assert [each.passage for each in restore(saved).hits] == [
            replace(each.passage, units=()) for each in given.hits
        ]


def test_the_last_changed_conversation_comes_first(library: Library) -> None:
    saved = library.conversations
    first, second = saved.create("First"), saved.create("Second")
    assert [each.title for each in saved.all()] == ["Second", "First"]
    asked(library, TALL, first)
    assert [each.id for each in saved.all()] == [first.id, second.id]


def test_a_title_is_one_line_of_bearable_length(library: Library) -> None:
    assert library.conversations.create("How\n tall?").title == "How tall?"
    assert library.conversations.create("a" * 500).title == "a" * (MAX_TITLE_CHARS - 1) + "…"


def test_renaming_and_deleting(library: Library) -> None:
    saved = library.conversations
    conversation, _ = asked(library, TALL)
    assert saved.rename(conversation, " The tower ").title == "The tower"
    with pytest.raises(QuestionError, match="empty"):
        saved.rename(conversation, " \n")
    saved.delete(conversation)
    assert (saved.all(), saved.messages(conversation)) == ([], [])
    for call in (
        saved.get,
        saved.delete,
        lambda each: saved.rename(each, "x"),
        lambda each: saved.append(each, "q", "q"),
    ):
        with pytest.raises(NotFoundError, match="any more"):
            call(conversation)


def test_a_deleted_conversation_leaves_no_word_behind(library: Library) -> None:
    conversation, _ = asked(library, "What is zanzibarcanary in the tower?")
    assert not no_word_of(library.folder, "zanzibarcanary")
    library.conversations.delete(conversation)
    assert no_word_of(library.folder, "zanzibarcanary")


def test_a_question_in_the_place_of_another_cuts_what_follows(library: Library) -> None:
    saved = library.conversations
    conversation = saved.create("a")
    for question in "abcd":
        asked(library, f"tower {question}", conversation)
    saved.append(conversation.id, "tower x", "tower x", at=2)
    assert [each.question for each in saved.messages(conversation.id)] == ["tower a", "tower b", "tower x"]


def test_numbers_are_never_used_again(library: Library) -> None:
    """A page may still show what was deleted."""
    conversation, message = asked(library, TALL)
    library.conversations.delete(conversation)
    assert asked(library, TALL) == (conversation + 1, message + 1)


def test_keeping_makes_no_search_catch_up(library: Library) -> None:
    before = library._store.generation
    asked(library, TALL)
    assert library._store.generation == before


def test_the_scope_is_saved(library: Library) -> None:
    saved = library.conversations
    conversation = saved.create("a")
    message = saved.append(conversation.id, "a", "a", scope=[1, 2])
    assert saved.message(conversation.id, message.id).scope == (1, 2)


def test_a_stopped_question_stays_without_an_answer(library: Library) -> None:
    """What was being searched comes to its end after that; a question that has its answer keeps it."""
    saved = library.conversations
    conversation, answered = asked(library, TALL)
    saved.stop(conversation)
    assert saved.message(conversation, answered).answer
    message = saved.append(conversation, TALL, TALL)
    saved.stop(conversation)
    saved.answered(message.id, library.ask(TALL))
    stopped = saved.message(conversation, message.id)
    assert (stopped.answer, stopped.note) == (None, STOPPED)
    saved.stop(conversation + 1)


def test_a_change_is_saved_when_the_feedback_file_cannot_be_written(library: Library) -> None:
    """The file follows as soon as it can; a question asked meanwhile is not lost."""
    saved = library.conversations
    conversation, message = asked(library, TALL)
    (saved.feedback_file / "in the way").mkdir(parents=True)
    saved.rate(conversation, message, "right")
    again = saved.append(conversation, "tower x", "tower x", at=1)
    assert [each.id for each in saved.messages(conversation)] == [message, again.id]
    (saved.feedback_file / "in the way").rmdir()
    saved.feedback_file.rmdir()
    library.remove([library.add_upload("b.txt", b"A note.").files[0].source_id or 0])
    assert [line["feedback"] for line in lines(saved)] == ["right"]


def test_an_answer_to_a_deleted_question_is_dropped(library: Library) -> None:
    saved = library.conversations
    conversation = saved.create("a")
    message = saved.append(conversation.id, TALL, TALL)
    saved.delete(conversation.id)
    saved.answered(message.id, library.ask(TALL))
    assert saved.messages(conversation.id) == []


def test_another_writer_is_waited_for_briefly_and_then_said(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.storage.sqlite.database._SHORT_WAIT_SECONDS", 0.1)
    other = sqlite3.connect(library.folder / "library.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryBusy, match="writing"):
        library.conversations.create("a")
    assert library.ask(TALL).citations  # reading goes on
    other.execute("ROLLBACK")
    library.conversations.create("a")
    other.close()


# --- documents that leave ---------------------------------------------------------------------------------------------

CANARY = "# Zanzibarcanary\n\nThe zanzibarcanary sings at dawn. It was hatched in 1932."


def with_canary(library: Library, tmp_path: Path) -> int:
    """Adds the canary's file."""
    report = library.add(write(tmp_path / "more", {"bird.md": CANARY}) / "bird.md")
    assert report.files[0].source_id
    return report.files[0].source_id


def test_the_quotes_of_a_removed_document_are_blanked(library: Library, tmp_path: Path) -> None:
    """In answers, nearest passages, titles, questions made of an answer, and the feedback file."""
    saved, source = library.conversations, with_canary(library, tmp_path)
    conversation, message = asked(library, "What sings at dawn?")
    saved.rate(conversation, message, "right")
    follow_up = saved.append(conversation, "When was it hatched?", "When was the zanzibarcanary hatched?")
    saved.answered(follow_up.id, library.ask("When was the zanzibarcanary hatched?"))
    assert "zanzibarcanary sings" in str(saved.message(conversation, message).answer)
    assert "zanzibarcanary" in saved.feedback_file.read_text("utf-8")

    library.remove([source])
    first, second = saved.messages(conversation)
    assert first.answer
    assert first.answer["statements"] == [{"text": REMOVED, "citations": [], "status": "quoted", "struck": []}]
    assert (first.answer["citations"], first.answer["short"], first.answer["text"]) == ([], None, REMOVED)
    assert second.searched == "When was it hatched?"
    for each in (first, second):
        assert "zanzibarcanary" not in str(each).lower()
    assert not saved.feedback_file.exists()


def test_a_new_version_blanks_the_quotes_of_the_old(library: Library, tmp_path: Path) -> None:
    with_canary(library, tmp_path)
    conversation, message = asked(library, "What sings at dawn?")
    library.add(write(tmp_path / "more", {"bird.md": "# Sparrow\n\nThe sparrow sings at dusk."}))
    assert "zanzibarcanary" not in str(library.conversations.message(conversation, message))


def test_quotes_stay_while_another_source_has_the_same_document(library: Library, tmp_path: Path) -> None:
    source = with_canary(library, tmp_path)
    library.add(write(tmp_path / "copy", {"bird.md": CANARY}))
    conversation, message = asked(library, "What sings at dawn?")
    library.remove([source])
    assert "zanzibarcanary" in str(library.conversations.message(conversation, message))


def test_an_answer_that_comes_after_its_document_left_is_blanked(library: Library, tmp_path: Path) -> None:
    saved, source = library.conversations, with_canary(library, tmp_path)
    conversation = saved.create("a")
    message = saved.append(conversation.id, "What sings at dawn?", "What sings at dawn?")
    answer = library.ask("What sings at dawn?")
    library.remove([source])
    saved.answered(message.id, answer)
    assert "zanzibarcanary" not in str(saved.messages(conversation.id))


# --- feedback ---------------------------------------------------------------------------------------------------------


def lines(saved: Conversations) -> list[dict[str, object]]:
    """The rows of the feedback file."""
    return [json.loads(line) for line in saved.feedback_file.read_text("utf-8").splitlines()]


def test_feedback_is_a_question_set_that_evaluate_reads(library: Library) -> None:
    saved = library.conversations
    right, wrong = asked(library, TALL), asked(library, "When was the iron tower built?")
    nothing = asked(library, "Which orchestra premiered Shostakovich's fifth symphony?")
    saved.rate(*right, "right")
    saved.rate(*wrong, "wrong source")
    saved.rate(*nothing, "right")
    questions, problems = read_questions(saved.feedback_file)
    assert [(each.id, each.text, each.answerable) for each in questions] == [
        (f"chat-{right[1]}", TALL, True),
        (f"chat-{nothing[1]}", "Which orchestra premiered Shostakovich's fifth symphony?", False),
    ]
    assert "330 metres" in questions[0].answers[0]
    assert questions[0].documents == (library.sources()[0].path,)
    assert [(each.line, "wrong source: write the correct one" in each.message) for each in problems] == [(2, True)]


def test_changing_ones_mind_replaces_the_line(library: Library) -> None:
    saved = library.conversations
    conversation, message = asked(library, TALL)
    saved.rate(conversation, message, "right")
    saved.rate(conversation, message, "wrong")
    (line,) = lines(saved)
    assert (line["feedback"], "answers" in line) == ("wrong", False)
    saved.rate(conversation, message, None)
    assert not saved.feedback_file.exists()
    with pytest.raises(NotFoundError):
        saved.rate(conversation + 1, message, "right")


def test_feedback_leaves_with_its_conversation(library: Library) -> None:
    saved = library.conversations
    stays, goes = asked(library, TALL), asked(library, "When was the iron tower built?")
    saved.rate(*stays, "right")
    saved.rate(*goes, "right")
    saved.delete(goes[0])
    assert [line["id"] for line in lines(saved)] == [f"chat-{stays[1]}"]
