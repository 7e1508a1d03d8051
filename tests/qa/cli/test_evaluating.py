"""``qa evaluate`` through its real runner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.answering.error_rate import ErrorRate, error_rate
from qa.evaluation import compare, evaluate
from tests.helpers import write
from tests.qa.cli.command_line import Qa, command_line
from tests.scripted_model import scripted_model

TOWER = "# The Tower\n\nThe iron tower was built between 1887 and 1889. The iron tower is 330 metres tall.\n"
CSV = "question,answer\nHow tall is the iron tower?,330 metres|330 m\nWho discovered Neptune?,\nHow wide is it?,7 m\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Documents in ``docs`` and their library in ``library``."""
    write(tmp_path, {"docs/tower.md": TOWER, "q.csv": CSV})
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add(tmp_path / "docs")
    return tmp_path


@pytest.fixture
def qa_(monkeypatch: pytest.MonkeyPatch) -> Qa:
    """Runs the command line; its libraries use the encoder that needs no model, its intervals few resamples."""
    for function in (evaluate, compare):
        monkeypatch.setitem(function.__kwdefaults__, "rounds", 50)
    return command_line(monkeypatch)


def test_a_folder_is_evaluated_from_end_to_end(qa_: Qa, folder: Path) -> None:
    result = qa_(
        *("evaluate", folder / "q.csv", "--documents", folder / "docs"),
        *("--output", folder / "result.json", "--plots", folder / "plots"),
    )
    assert "line 4: no document contains the answer '7 m'" in result.stdout
    assert "recall@1\t1.000\t1.000 to 1.000\t1\n" in result.stdout
    assert sorted(path.name for path in (folder / "plots").iterdir()) == ["calibration.png", "risk-coverage.png"]
    assert len(json.loads((folder / "result.json").read_text("utf-8"))["questions"]) == 2


def test_two_outputs_are_compared_without_asking(qa_: Qa, folder: Path) -> None:
    first = qa_("evaluate", folder / "q.csv", "--library", folder / "library", "--output", folder / "a.json", "--json")
    assert json.loads(first.stdout)["format"] == "verbatim-evaluation/1"
    second = qa_("evaluate", folder / "a.json", "--compare", folder / "a.json")
    assert "recall@1\t1.000\t1.000\t0.000 to 0.000\tmay be chance\t1\n" in second.stdout
    assert "2 questions in both; 0 in only one" in second.stdout


def test_a_library_keeps_the_promise_of_fifty_questions(qa_: Qa, folder: Path) -> None:
    rows = [{"id": n, "question": "How tall is the iron tower?", "answers": ["330 metres"]} for n in range(50)]
    (folder / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    few = qa_("evaluate", folder / "q.jsonl", "--library", folder / "library", "--limit", 49)
    assert error_rate(folder / "library", 0.0) is None and "The library has saved this error rate" not in few.stdout
    many = qa_("evaluate", folder / "q.jsonl", "--library", folder / "library")
    assert error_rate(folder / "library", 0.0) == ErrorRate(0.0, 50, own=True)
    assert "The library has saved this error rate" in many.stdout


def test_answers_of_the_configured_language_model_are_measured(
    qa_: Qa, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no promise is made of them: it speaks of quoting answers, too."""
    rows = [{"id": n, "question": "How tall is the iron tower?", "answers": ["330 metres"]} for n in range(50)]
    (folder / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with scripted_model() as model:
        model.say("The iron tower is 330 metres tall [1]. It is red [1].")
        monkeypatch.setenv("VERBATIM_LLM_URL", model.url)
        monkeypatch.setenv("VERBATIM_LLM_MODEL", "small")
        shown = qa_("evaluate", folder / "q.jsonl", "--library", folder / "library", "--writer").stdout
    assert "citation recall\t0.500\t0.500 to 0.500\t50\n" in shown
    assert ", answers written by small" in shown and error_rate(folder / "library", 0.0) is None


def test_when_nothing_can_be_evaluated_the_code_is_1(qa_: Qa, folder: Path) -> None:
    (folder / "q.jsonl").write_text('{"question": "Who?"}\n')
    result = qa_("evaluate", folder / "q.jsonl", "--library", folder / "library", code=1)
    assert "line 1: the field answers is missing" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere.csv"],
        ["q.csv", "--documents", "nowhere"],
        ["q.csv", "--compare", "q.csv"],
        ["q.csv", "--library", "no"],
    ],
)
def test_a_file_that_is_not_there_is_one_line(
    qa_: Qa, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(folder)
    if "--documents" not in arguments:
        monkeypatch.setenv("VERBATIM_LIBRARY", str(folder / "library"))
    result = qa_("evaluate", *arguments, code=1)
    assert result.stderr.startswith("qa: ") and len(result.stderr.splitlines()) == 1


def test_documents_and_a_library_exclude_each_other(qa_: Qa, folder: Path) -> None:
    result = qa_("evaluate", "q.csv", "--documents", folder, "--library", folder / "library", code=2)
    assert "--documents" in result.stderr and result.stdout == ""


def test_why_says_where_an_answer_got_lost(qa_: Qa, folder: Path) -> None:
    """For people and as JSON."""
    question = ["why", "How tall is the iron tower?", "--expected", "330 metres", "--library", folder / "library"]
    shown = qa_(*question).stdout
    assert "“330 metres” · The Tower · line 3" in shown and "rank 1 (" in shown
    assert json.loads(qa_(*question, "--json").stdout)["occurrences"][0]["rank"] == 1
    missing = qa_("why", "How wide?", "--expected", "7 m", "--library", folder / "library").stdout
    assert missing.startswith("Not in what was read.\nNo document in the library contains “7 m”.")
