"""A language model on loopback that writes, and misbehaves, as models do."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.errors import WriterError
from qa.generation import FAILURES, Writer, failure_words
from qa.generation.writer import without_thoughts
from qa.settings import Settings
from qa.types import Answer, Citation, Statement
from tests.scripted_model import Reply, ScriptedModel, scripted_model

QUESTION = "When was the plant in Ostrava closed?"
PLANT = """\
# The plant

The plant in Ostrava was opened in 1951. It was closed in 1972 after the fire. Nobody was hurt.
"""
QUOTE = "The plant in Ostrava was opened in 1951. It was closed in 1972 after the fire."
"""What is quoted without a language model."""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "plant.md").write_text(PLANT, encoding="utf-8")
    with Library.open(tmp_path / "library", encoder=HashingEncoder(), settings=Settings(reader="none")) as opened:
        opened.add(tmp_path / "plant.md")
        yield opened


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as made:
        yield made


def _ask(library: Library, model: ScriptedModel, **changes: object) -> Answer:
    return library.ask(QUESTION, threshold=0.0, writer=Writer(model.settings(**changes)))


def _notes(answer: Answer) -> dict[str, str]:
    return {note.code: note.message for note in answer.notes}


def test_every_quote_is_a_slice_and_what_is_not_proven_says_so(library: Library, model: ScriptedModel) -> None:
    model.say(
        "The plant was closed in 1972 after a fire [1]. It was “closed in 1972 after the  fire” [1]. It killed 40 "
        'people [1]. The owner said "we are sorry" [1].'
    )
    answer = _ask(library, model)
    assert [each.status for each in answer.statements] == ["supported", "quoted", "unsupported", "struck"]
    assert answer.text == (
        "The plant was closed in 1972 after a fire. [1] It was “closed in 1972 after the fire”. [1] It killed 40 "
        'people. [no proof found] The owner said "[not in your documents]".'
    )
    for citation in answer.citations:
        assert citation.quote == library.document(citation.document_id).text[citation.start : citation.end]
    assert _notes(answer)["quotes_struck"] == "1 quotation is in none of the passages: struck out."
    assert answer.writer == "small"


def test_statements_are_given_as_they_are_checked(library: Library, model: ScriptedModel) -> None:
    model.say("The plant was opened in 1951 [1]. The plant was closed in 1972 [1].", size=1)
    seen: list[tuple[int, int]] = []

    def watch(statements: Sequence[Statement], citations: Sequence[Citation]) -> None:
        seen.append((len(statements), len(citations)))

    answer = library.ask(QUESTION, threshold=0.0, writer=Writer(model.settings()), on_statement=watch)
    assert seen == [(0, 0), (1, 1), (2, 2)]
    assert len(answer.statements) == 2


def test_below_the_threshold_nothing_is_sent(library: Library, model: ScriptedModel) -> None:
    answer = library.ask("Who sings in Zanzibar?", threshold=1.0, writer=Writer(model.settings()))
    assert answer.status == "not_found"
    assert model.requests == []


def test_the_model_may_say_that_nothing_answers(library: Library, model: ScriptedModel) -> None:
    model.say("NOT_FOUND")
    answer = _ask(library, model)
    assert (answer.status, answer.statements, answer.citations) == ("not_found", (), ())
    assert answer.hits
    assert _notes(answer)["writer_found_nothing"] == "small finds no answer in the nearest passages."


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=401, body='{"error": {"message": "bad key sk-secret"}}'), "refused the key (401)"),
        (Reply(status=403, body="{}"), "does not allow small"),
        (Reply(status=404, body='{"error": {"message": "pull it first"}}'), "has no model 'small': “pull it first”"),
        (Reply(status=429, body="{}"), "has too much to do, or its quota is used up (429). Ask again later."),
        (Reply(status=429, body="{}", headers={"retry-after": "3600"}), "Ask again in 3600 seconds."),
        (Reply(status=500, body='{"error": {"message": "sk-secret leaked"}}'), "answered with an error: “*** leaked”"),
        (Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}), "answered with an error"),
        (Reply(body="<html>Login</html>", headers={"Content-Type": "text/html"}), "does not answer as an OpenAI"),
        (Reply(body='{"hello": 1}'), "does not answer as an OpenAI-compatible"),
        (Reply(body='data: {"choices": [{"delta": 5}]}\n\n', headers={"Content-Type": "text/event-stream"}),
         "does not answer as an OpenAI-compatible"),
        (Reply(), "gave an empty answer"),
        (Reply(["Sorry, I cannot help with that."]), "Nothing that small wrote is proven"),
        (Reply(["Yes."] * 4000), "did not come to an end"),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_the_quotes_are_there_and_the_note_says_what(
    library: Library, model: ScriptedModel, reply: Reply, words: str
) -> None:
    model.replies = [reply]
    answer = _ask(library, model, key="sk-secret")
    assert answer.status == "answered"
    assert answer.statements[-1].text == QUOTE
    assert answer.citations[answer.statements[-1].citations[0] - 1].quote == QUOTE
    (message,) = (note.message for note in answer.notes if note.code in FAILURES)
    assert words in message
    assert failure_words(answer.notes) == f"{message} Showing quotes from your documents instead."
    assert "sk-secret" not in str(answer.to_dict())


@pytest.mark.parametrize("how", [{"cut": True}, {"ends": False}])
def test_what_was_checked_before_a_stream_broke_off_stays(
    library: Library, model: ScriptedModel, how: dict[str, bool]
) -> None:
    model.replies = [Reply(["The plant was closed in 1972 [1]. Then it"], **how)]
    answer = _ask(library, model)
    assert [(each.text, each.status) for each in answer.statements] == [
        ("The plant was closed in 1972.", "supported"),
        ("Then it", "unsupported"),
        (QUOTE, "quoted"),
    ]
    assert "broke off before its end" in _notes(answer)["writer_failed"]


def test_a_short_wait_that_is_asked_for_is_waited_once(library: Library, model: ScriptedModel) -> None:
    model.replies = [Reply(status=429, headers={"retry-after": "0.1"}), Reply(["The plant was closed in 1972 [1]."])]
    assert [each.status for each in _ask(library, model).statements] == ["supported"]
    assert len(model.requests) == 2


def test_silence_is_given_up_after_the_time_that_is_set(library: Library, model: ScriptedModel) -> None:
    given_up = threading.Event()
    model.replies = [Reply(["late"], silent_until=given_up)]
    notes = _notes(_ask(library, model, timeout=0.3))
    given_up.set()
    assert "was silent for 0.3 seconds" in notes["writer_failed"]


def test_a_server_that_is_not_there_is_named(library: Library, model: ScriptedModel) -> None:
    answer = _ask(library, model, url="http://127.0.0.1:9/v1")
    assert "http://127.0.0.1:9/v1 cannot be reached" in _notes(answer)["writer_failed"]


def test_a_sentence_without_a_marker_is_unsupported_beside_one_that_has_one(
    library: Library, model: ScriptedModel
) -> None:
    model.say("The plant was closed in 1972 [1]. The plant was opened in 1951.")
    assert [each.status for each in _ask(library, model).statements] == ["supported", "unsupported"]


def test_only_what_fits_the_model_is_sent_and_numbers_stay_true(tmp_path: Path, model: ScriptedModel) -> None:
    for number in range(8):
        text = (
            f"The plant in Ostrava, part {number}, was closed in 19{number}0. " + "It made long rails of steel. " * 30
        )
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    model.say("It was closed [1].")
    with Library.open(tmp_path / "library", encoder=HashingEncoder(), settings=Settings(reader="none")) as library:
        library.add(tmp_path)
        library.ask(QUESTION, threshold=0.0, writer=Writer(model.settings(context=2048)))
        few = model.requests[-1]["messages"][1]["content"]
        library.ask(QUESTION, threshold=0.0, writer=Writer(model.settings(context=8192)))
        many = model.requests[-1]["messages"][1]["content"]
    assert 0 < few.count("<<<PASSAGE") < many.count("<<<PASSAGE")
    assert len(few.encode()) / 3 < 2048 - 800
    assert few.endswith(f"Question: {QUESTION}")


def test_what_a_model_thinks_aloud_is_no_answer() -> None:
    text = "\n<think>It says “none” [1]. Or?</think>\nThe plant [1]."
    for size in (1, 3, 100):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        assert "".join(without_thoughts(pieces)).strip() == "The plant [1]."
    assert "".join(without_thoughts(["<th", "ree> of them"])) == "<three> of them"
    assert "".join(without_thoughts(["<"])) == "<"


def test_a_follow_up_is_rewritten_by_the_model(model: ScriptedModel) -> None:
    model.say("Question: When was the plant in Ostrava opened?")
    writer = Writer(model.settings())
    assert writer.standalone("And opened?", [(QUESTION, "1972")]) == "When was the plant in Ostrava opened?"
    assert "Answer: 1972" in model.requests[0]["messages"][1]["content"]
    assert writer.standalone("And opened?", []) == "And opened?"
    model.say("word " * 200)
    with pytest.raises(WriterError, match="made no question"):
        writer.standalone("And opened?", [(QUESTION, "1972")])


def test_the_models_of_an_address_are_listed(model: ScriptedModel) -> None:
    assert Writer(model.settings()).models() == ["large", "small"]


def test_an_address_without_the_interface_is_named_when_models_are_asked_for(model: ScriptedModel) -> None:
    model.instead_of_models = Reply(status=404, body="404 page not found")
    with pytest.raises(WriterError, match="Such an address often ends in /v1"):
        Writer(model.settings()).models()


def test_the_environment_of_other_tools_reaches_no_address(
    library: Library, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-other")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    model.say("The plant was closed in 1972 [1].")
    assert _ask(library, model).statements[0].status == "supported"
    assert "other" not in str(model.headers)
