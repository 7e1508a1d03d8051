"""``qa ask`` and ``qa models`` with a language model: a real server on loopback that says what the test wants."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from embeddings import HashingEncoder
from qa import Library, load_language_model
from qa.answering.error_rate import Outcomes, save_outcomes
from qa.cli.console import Output
from qa.cli.to_text import show_statement
from qa.conversation.history import Conversations
from qa.errors import LibraryNotWritable
from qa.settings import LanguageModel, save_language_model
from qa.types import Statement
from tests.helpers import write
from tests.qa.cli.command_line import Qa, command_line
from tests.scripted_model import Reply, ScriptedModel, scripted_model

TOWER = """# The Tower

The iron tower was built between 1887 and 1889. The iron tower is 330 metres tall.
"""
QUESTION = "How tall is the iron tower?"
WRITTEN = (
    "The iron tower is 330 metres tall [1]. It “is 330 metres tall” [1]. "
    "Its maker called it “the ladder to heaven” [1]. Everybody likes it."
)


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as started:
        started.say(WRITTEN)
        yield started


@pytest.fixture
def configured(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """The environment names it."""
    monkeypatch.setenv("VERBATIM_LLM_URL", model.url)
    monkeypatch.setenv("VERBATIM_LLM_MODEL", "small")
    return model


@pytest.fixture
def qa_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Qa:
    """Runs the command line on a library of one document; it uses the encoder that needs no model."""
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add(write(tmp_path / "docs", {"tower.md": TOWER}))
    monkeypatch.setenv("VERBATIM_LIBRARY", str(tmp_path / "library"))
    return command_line(monkeypatch)


def test_an_answer_is_written_and_what_is_wrong_with_it_is_said(qa_: Qa, configured: ScriptedModel) -> None:
    """How often answers are wrong is not said: it was measured on quotes."""
    save_outcomes(Path(os.environ["VERBATIM_LIBRARY"]), Outcomes([0.5] * 50, [True] * 50, "", "", "", 1))
    assert "(n = 50)" in qa_("ask", QUESTION, "--quotes").stdout
    lines = qa_("ask", QUESTION).stdout.splitlines()
    assert lines[:7] == [
        "The iron tower is 330 metres tall. [1]",
        "It “is 330 metres tall”. [1]",
        "Its maker called it “[not in your documents]”.",
        "Everybody likes it. [no proof found]",
        "Note: 1 quotation is in none of the passages: struck out.",
        "",
        "[1] The iron tower is 330 metres tall.",
    ]
    assert re.fullmatch(r"Written by small. Confidence \d+%", lines[-1])
    assert len(configured.requests) == 1


def test_the_status_of_every_sentence_stands_in_the_json(qa_: Qa, configured: ScriptedModel) -> None:
    answer = json.loads(qa_("ask", QUESTION, "--json").stdout)
    assert [each["status"] for each in answer["statements"]] == ["supported", "quoted", "struck", "unsupported"]
    (struck,) = answer["statements"][2]["struck"]
    assert answer["statements"][2]["text"][slice(*struck)] == "the ladder to heaven"
    assert answer["writer"] == "small"


def test_quotes_are_given_without_asking_the_language_model(qa_: Qa, configured: ScriptedModel) -> None:
    """Nor are its settings read: they may be wrong."""
    shown = qa_("ask", QUESTION, "--quotes").stdout
    assert shown.startswith("[1] The iron tower is 330 metres tall.\n") and "Written by" not in shown
    answer = json.loads(qa_("ask", QUESTION, "--quotes", "--json").stdout)
    assert answer["writer"] is None
    assert configured.requests == []


def test_without_a_language_model_answers_are_quotes(qa_: Qa, model: ScriptedModel) -> None:
    assert qa_("ask", QUESTION).stdout.startswith("[1] The iron tower is 330 metres tall.\n")
    assert model.requests == []


def test_nothing_is_sent_when_the_documents_do_not_answer(qa_: Qa, configured: ScriptedModel) -> None:
    shown = qa_("ask", "Which tower has the whitest marmosets?").stdout
    assert shown.startswith("Not found in your documents.\n")
    assert configured.requests == []


def test_a_language_model_that_finds_nothing_is_heard(qa_: Qa, configured: ScriptedModel) -> None:
    configured.say("NOT_FOUND")
    shown = qa_("ask", QUESTION).stdout
    assert shown.startswith("Not found in your documents.\n\nThe nearest passages:\n1. ")
    assert shown.endswith("Note: small finds no answer in the nearest passages.\n")


def test_when_it_breaks_off_what_was_checked_stays_and_quotes_follow(qa_: Qa, configured: ScriptedModel) -> None:
    configured.replies = [Reply(["The iron tower is 330 metres tall [1]. It was bu"], cut=True)]
    lines = qa_("ask", QUESTION).stdout.splitlines()
    assert lines[0] == "The iron tower is 330 metres tall. [1]"
    (note,) = [line for line in lines if line.startswith("Note: ")]
    assert "broke off before its end" in note and note.endswith("Showing quotes from your documents instead.")
    assert lines[lines.index(note) + 2] == "[1] The iron tower is 330 metres tall."
    assert not lines[-1].startswith("Written by")


@pytest.mark.parametrize("status", [401, 500], ids=["wrong key", "error"])
def test_when_it_fails_the_quotes_are_there(qa_: Qa, configured: ScriptedModel, status: int) -> None:
    configured.replies = [Reply(status=status, body="{}")]
    lines = qa_("ask", QUESTION).stdout.splitlines()
    assert lines[0].startswith(f"Note: {configured.url} ") and lines[2] == "[1] The iron tower is 330 metres tall."
    assert not lines[-1].startswith("Written by")


def test_nothing_that_a_language_model_writes_is_obeyed_by_the_terminal(qa_: Qa, configured: ScriptedModel) -> None:
    configured.say(
        "The iron tower is \x1b[31m330 metres\x1b[0m tall [1]. \x1b]8;;http://e.example\x07Here\x1b]8;;\x07 it is."
    )
    shown = qa_("ask", QUESTION).stdout
    assert "[31m330 metres[0m tall." in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


class Terminal(io.StringIO):
    """A stream on which rich draws as on a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(statement: Statement, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {"TERM": "xterm", "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    out = Output(False)
    stream = Terminal()
    monkeypatch.setattr(out, "_out", Console(file=stream, highlight=False, markup=False, emoji=False))
    show_statement(out, statement)
    return stream.getvalue().rstrip()


def test_on_a_terminal_struck_words_are_struck_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """9: struck through, 31: red, 33: yellow, 36: the marker's."""
    struck = Statement("He said “never more” then.", (2,), "struck", ((9, 19),))
    shown = on_terminal(struck, monkeypatch)
    assert shown == (
        "He said “\x1b[9;31mnever more\x1b[0m\x1b[31m [not in your documents]\x1b[0m” then.\x1b[36m [2]\x1b[0m"
    )
    unproven = on_terminal(Statement("All is well.", (), "unsupported"), monkeypatch)
    assert unproven == "All is well.\x1b[33m [no proof found]\x1b[0m"


def test_a_sentence_is_shown_before_the_next_one_has_come(qa_: Qa, configured: ScriptedModel) -> None:
    first = "The iron tower is 330 metres tall. [1]\n"
    shown_meanwhile = []

    def pieces() -> Iterator[str]:
        """Continue when the first sentence is on stdout, or fail after two minutes."""
        yield "The iron tower is 330 metres tall [1]. It was built bet"
        deadline = time.monotonic() + 120
        while first != (shown := sys.stdout.buffer.getvalue().decode()) and time.monotonic() < deadline:  # type: ignore[attr-defined]
            time.sleep(0.01)
        shown_meanwhile.append(shown)
        yield "ween 1887 and 1889 [1]."

    configured.replies = [Reply(pieces())]  # type: ignore[arg-type]
    shown = qa_("ask", QUESTION).stdout
    assert shown_meanwhile == [first]
    assert shown.startswith(first + "It was built between 1887 and 1889. [2]\n\n[1] ")


# --- what the address offers ------------------------------------------------------------------------------------------


def test_the_models_of_the_address_are_listed_with_the_one_in_use(qa_: Qa, configured: ScriptedModel) -> None:
    assert qa_("models").stdout == "large\nsmall\tconfigured\n"
    assert json.loads(qa_("models", "--json").stdout) == {
        "url": configured.url,
        "configured": "small",
        "models": ["large", "small"],
    }


def test_an_address_alone_is_enough_to_list_but_not_to_ask(
    qa_: Qa, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERBATIM_LLM_URL", model.url)
    listed = qa_("models")
    assert listed.stdout == "large\nsmall\n"
    assert listed.stderr == "qa: no model is chosen: set VERBATIM_LLM_MODEL to one of them.\n"
    assert json.loads(qa_("models", "--json").stdout)["configured"] is None
    assert "VERBATIM_LLM_MODEL" in qa_("ask", QUESTION, code=1).stderr


def test_a_model_that_the_address_does_not_offer_is_named(
    qa_: Qa, configured: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERBATIM_LLM_MODEL", "tiny")
    listed = qa_("models")
    assert listed.stdout == "large\nsmall\n"
    assert "the configured model 'tiny' is not among them" in listed.stderr


def test_an_address_without_models_says_so(qa_: Qa, configured: ScriptedModel) -> None:
    configured.models = []
    listed = qa_("models")
    assert (listed.stdout, listed.stderr) == ("", f"qa: {configured.url} offers no model yet.\n")


def test_an_address_that_does_not_answer_is_an_error(
    qa_: Qa, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERBATIM_LLM_URL", model.url)
    model.close()
    failed = qa_("models", code=1)
    assert failed.stdout == "" and failed.stderr.startswith(f"qa: {model.url} cannot be reached")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=401, body="{}"), "asks for a key, and none is set (401)"),
        (
            Reply(body="<html>Welcome</html>", headers={"Content-Type": "text/html"}),
            "Such an address often ends in /v1",
        ),
    ],
    ids=["key", "page"],
)
def test_an_address_that_gives_no_list_says_why(qa_: Qa, configured: ScriptedModel, reply: Reply, words: str) -> None:
    configured.instead_of_models = reply
    failed = qa_("models", code=1)
    assert failed.stdout == "" and words in failed.stderr and len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["models"], ["evaluate", "q.csv", "--writer"]], ids=["models", "evaluate"])
def test_without_configuration_it_is_said_how(qa_: Qa, arguments: list[str]) -> None:
    failed = qa_(*arguments, code=1)
    names = ("URL", "MODEL", "KEY", "CONTEXT", "TEMPERATURE", "TIMEOUT")
    assert failed.stdout == "" and len(failed.stderr.splitlines()) == 1
    assert [name for name in names if f"_{name}" not in failed.stderr] == [] and "llm.json" in failed.stderr


def test_the_file_configures_as_the_environment_does(qa_: Qa, model: ScriptedModel) -> None:
    save_language_model(LanguageModel(url=model.url, model="large"))
    assert load_language_model() == LanguageModel(url=model.url, model="large")
    assert qa_("models").stdout == "large\tconfigured\nsmall\n"


# --- follow-ups -------------------------------------------------------------------------------------------------------


def test_a_follow_up_goes_to_the_conversation_used_last_and_says_what_was_searched(qa_: Qa) -> None:
    first = qa_("ask", QUESTION).stdout
    assert "Searched for" not in first
    searched, _, quote, *_ = qa_("ask", "--continue", "and when was it built?").stdout.splitlines()
    assert searched.startswith("Searched for: ") and "iron tower" in searched
    assert quote.startswith("[1] The iron tower was built between 1887 and 1889.")
    with Library.open(encoder=HashingEncoder()) as library:
        (conversation,) = library.conversations.all()
        assert len(library.conversations.messages(conversation.id)) == 2


def test_a_follow_up_in_json_is_the_answer_to_the_question_that_was_searched(qa_: Qa) -> None:
    qa_("ask", QUESTION, "--json")
    answer = json.loads(qa_("ask", "--continue", "and when was it built?", "--json").stdout)
    assert "iron tower" in answer["question"] and "1889" in answer["text"]


def test_a_follow_up_to_nothing_is_a_first_question(qa_: Qa) -> None:
    assert "330 metres" in qa_("ask", "--continue", QUESTION).stdout


def test_that_a_question_could_not_be_saved_is_said_only_to_those_who_continue(
    qa_: Qa, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise LibraryNotWritable("the disk is full.")

    monkeypatch.setattr(Conversations, "create", full)
    assert "Note: " not in qa_("ask", QUESTION).stdout
    assert "Note: This conversation could not be saved: the disk is full." in qa_("ask", "--continue", QUESTION).stdout


def test_sentences_of_a_language_model_come_after_the_question_that_was_searched(
    qa_: Qa, configured: ScriptedModel
) -> None:
    qa_("ask", QUESTION)
    configured.replies = [Reply(["When was the iron tower built?"]), Reply(["It was built between 1887 and 1889 [1]."])]
    lines = qa_("ask", "--continue", "and when was it built?").stdout.splitlines()
    assert lines[:3] == ["Searched for: When was the iron tower built?", "", "It was built between 1887 and 1889. [1]"]
