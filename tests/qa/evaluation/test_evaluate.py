"""Evaluating a question set with real libraries."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import qa.evaluation.plots as plots_module
from embeddings import HashingEncoder
from qa import Library, Settings, Writer
from qa.answering.error_rate import ErrorRate, error_rate, save_outcomes
from qa.errors import FileUnreadable, PackageMissing
from qa.evaluation import Evaluation, Problem, Question, compare, evaluate, outcomes, save_plots
from tests.helpers import write
from tests.scripted_model import Reply, ScriptedModel, scripted_model

TOWER = "# The Tower\n\nThe iron tower was built between 1887 and 1889. The iron tower is 330 metres tall.\n"
BRIDGE = "# The Bridge\n\nThe long bridge has nine arches of grey stone. It was opened in 1889.\n"
QUESTIONS = [
    {"id": "tall", "question": "How tall is the iron tower?", "answers": ["330 metres"], "file": "tower.md"},
    {"id": "arches", "question": "How many arches has the long bridge?", "answers": ["nine"]},
    {"id": "neptune", "question": "Who discovered Neptune?", "answers": [], "answerable": False},
]


def make_library(folder: Path, **settings: float) -> Library:
    return Library.open(folder, settings=Settings(**settings), encoder=HashingEncoder())  # type: ignore[arg-type]


@pytest.fixture
def filled(tmp_path: Path) -> Library:
    library = make_library(tmp_path / "library")
    library.add(write(tmp_path / "docs", {"tower.md": TOWER, "bridge.md": BRIDGE}))
    return library


def question_file(folder: Path, *rows: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def ids(result: Evaluation) -> list[str]:
    return [row.id for row in result.questions]


def test_every_question_is_asked_and_scored(filled: Library, tmp_path: Path) -> None:
    result = evaluate(question_file(tmp_path, *QUESTIONS), filled, rounds=20)
    tall, arches, neptune = result.questions
    assert result.problems == ()
    assert (tall.rank, tall.in_quote, tall.in_500, tall.right) == (1, True, True, True)
    assert arches.rank == 1
    assert (neptune.answerable, neptune.right, neptune.rank, neptune.in_1000) == (False, False, None, False)
    assert result.figure("recall@1").value == 1
    assert result.figure("recall@1").n == 2
    assert set(tall.seconds) >= {"search", "answer", "total"}
    assert result.about["sources"] == 2 and result.about["model"] == filled.stats().model


def test_not_found_scores_0_but_the_withheld_answer_is_judged(tmp_path: Path) -> None:
    """A threshold that no answer reaches: none is shown, but the confidence is compared with the best answer."""
    library = make_library(tmp_path / "library", threshold=1.0)
    library.add(write(tmp_path / "docs", {"tower.md": TOWER}))
    assert library.ask(QUESTIONS[0]["question"]).status == "not_found"  # type: ignore[arg-type]
    (row,) = evaluate([Question("tall", "How tall is the iron tower?", ("330 metres",))], library, rounds=20).questions
    assert (row.answered, row.exact, row.f1, row.in_quote) == (False, 0, 0, False)
    assert (row.right, row.rank, row.in_500) == (True, 1, True)


def test_the_best_answer_ignores_the_threshold_and_does_not_change_it(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", threshold=1.0)
    library.add(write(tmp_path / "docs", {"tower.md": TOWER}))
    assert library.ask("How tall is the iron tower?", threshold=0.0).status == "answered"
    assert library.ask("How tall is the iron tower?").status == "not_found"


def test_recall_is_measured_on_ten_passages(tmp_path: Path) -> None:
    """The answering passage is the least similar of ten that all contain the question's words."""
    library = make_library(tmp_path / "library")
    texts = {f"{n}.txt": "How tall is the iron tower? " * 3 for n in range(9)}
    filler = "Of many other things there is much to say here, and it is said at length. " * 8
    texts["last.txt"] = f"{filler} The tower has 330 metres."
    library.add(write(tmp_path / "docs", texts))
    (row,) = evaluate([Question("x", "How tall is the iron tower?", ("330 metres",))], library, rounds=20).questions
    assert row.rank is not None and 1 < row.rank <= 10


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"question": "Who?", "answers": ["Ada"], "document": "gone.md"},
            "the document 'gone.md' is not in the library",
        ),
        (
            {"question": "How wide?", "answers": ["7 m"], "document": "tower.md"},
            "the answer '7 m' is not in tower.md",
        ),
        ({"question": "How wide is it?", "answers": ["7 m"]}, "no document contains the answer '7 m'"),
        ({"question": "? !", "answers": ["nine"]}, "has no words in it"),
        ({"question": "w" * 5000, "answers": ["nine"]}, "the limit is 4,000"),
    ],
)
def test_a_question_that_cannot_be_scored_is_named_by_line_and_the_rest_is_evaluated(
    filled: Library, tmp_path: Path, row: dict[str, object], message: str
) -> None:
    result = evaluate(question_file(tmp_path, QUESTIONS[0], row, QUESTIONS[1]), filled, rounds=20)
    assert ids(result) == ["tall", "arches"]
    assert [(problem.line, message in problem.message) for problem in result.problems] == [(2, True)]


@pytest.mark.parametrize("label", ["tower.md", "docs/tower.md", "./tower.md", "tower", "The Tower", "1"])
def test_a_label_is_a_file_name_path_title_or_id(tmp_path: Path, label: str) -> None:
    library = make_library(tmp_path / "library")
    library.add(write(tmp_path / "docs", {"tower.md": TOWER}))
    result = evaluate([Question("x", "How tall is the tower?", ("330 metres",), (label,))], library, rounds=20)
    assert result.problems == ()


def test_a_hit_must_be_in_the_labelled_document(filled: Library) -> None:
    """Both documents contain 1889."""
    named = Question("x", "When was the iron tower built?", ("1889",), ("bridge.md",))
    (row,) = evaluate([named], filled, rounds=20).questions
    assert row.rank == 2
    assert evaluate([replace(named, documents=())], filled, rounds=20).questions[0].rank == 1


def test_the_seed_determines_which_questions_a_limit_draws(filled: Library) -> None:
    questions = [Question(str(n), "How tall is the iron tower?", ("330 metres",)) for n in range(20)]
    drawn = [ids(evaluate(questions, filled, limit=5, seed=seed, rounds=5)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0] == sorted(drawn[0], key=int) and len(drawn[0]) == 5


# --- documents --------------------------------------------------------------------------------------------------------


def test_a_folder_is_evaluated_as_a_library_that_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    docs = write(tmp_path / "docs", {"tower.md": TOWER, "bridge.md": BRIDGE, "broken.pdf": b"%PDF-1.4 broken"})
    result = evaluate(question_file(tmp_path, *QUESTIONS), documents=docs, open_library=make_library, rounds=20)
    assert ids(result) == ["tall", "arches", "neptune"]
    assert [(p.line, p.message.startswith("broken.pdf could not be read: ")) for p in result.problems] == [(0, True)]
    assert list(temporary.iterdir()) == []


def test_a_docs_jsonl_gives_labelled_spans(tmp_path: Path) -> None:
    """Paragraphs with one id prefix are one document; the label tells which 1889 is meant."""
    rows = [
        {"id": "Tower/0", "title": "Tower", "text": "In 1889 the iron tower was opened."},
        {"id": "Tower/1", "title": "Tower", "text": "The iron tower was repainted in 1889."},
        {"id": "Tower/1", "title": "Tower", "text": "Twice the same id."},
        {"id": "Bridge/0", "title": "Bridge"},
    ]
    docs = tmp_path / "docs.jsonl.gz"
    docs.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    labelled = {"question": "When was the iron tower repainted?", "answers": ["1889"], "answer_doc_ids": ["Tower/1"]}
    questions = [
        {**labelled, "id": "right", "answer_starts": [32]},
        {**labelled, "id": "elsewhere", "answer_doc_ids": ["Bridge/0"]},
    ]
    opened: list[Library] = []

    def open_library(folder: Path) -> Library:
        opened.append(make_library(folder, max_quotes=1))
        return opened[0]

    result = evaluate(question_file(tmp_path, *questions), documents=docs, open_library=open_library, rounds=20)
    assert result.problems == (
        Problem(0, "docs.jsonl.gz, line 3: duplicate id 'Tower/1'"),
        Problem(0, "docs.jsonl.gz, line 4: the field text is missing or empty"),
        Problem(2, "the document 'Bridge/0' is not in the library"),
    )
    (row,) = result.questions
    assert result.about["sources"] == 1
    assert row.right and row.rank == 1


# --- the result -------------------------------------------------------------------------------------------------------


def test_an_evaluation_can_be_saved_and_loaded(filled: Library, tmp_path: Path) -> None:
    result = evaluate(question_file(tmp_path, *QUESTIONS), filled, rounds=20)
    result.save(tmp_path / "result.json")
    assert Evaluation.load(tmp_path / "result.json") == result
    assert str(filled.folder) not in (tmp_path / "result.json").read_text("utf-8")
    assert compare(tmp_path / "result.json", result, rounds=20).common == 3


@pytest.mark.parametrize("content", ["{}", "[]", "x", '{"format": "another/9"}'])
def test_any_other_file_is_refused_as_an_evaluation(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(FileUnreadable, match="not a file written by `qa evaluate --output`"):
        Evaluation.load(tmp_path / "x.json")


def test_both_plots_are_png_files(filled: Library, tmp_path: Path) -> None:
    result = evaluate(question_file(tmp_path, *QUESTIONS), filled, rounds=20)
    paths = save_plots(result, tmp_path / "plots")
    assert [path.name for path in paths] == ["risk-coverage.png", "calibration.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    assert save_plots(replace(result, questions=()), tmp_path / "none") == []


def test_only_plots_need_the_extra_and_the_error_names_it(
    filled: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots_module, "find_spec", lambda name: None)
    result = evaluate([Question("tall", "How tall is the iron tower?", ("330 metres",))], filled, rounds=5)
    with pytest.raises(PackageMissing, match=r"needs matplotlib.*'verbatim-qa\[evaluate\]'"):
        save_plots(result, tmp_path)


def test_fifty_questions_give_an_error_rate_and_fewer_do_not(filled: Library, tmp_path: Path) -> None:
    result = evaluate(question_file(tmp_path, *QUESTIONS), filled, rounds=20)
    right, wrong = (replace(result.questions[0], right=value, confidence=0.6) for value in (True, False))
    low = replace(wrong, confidence=0.2)
    assert not save_outcomes(filled.folder, outcomes(replace(result, questions=(right,) * 49)))
    assert error_rate(filled.folder, 0.3) is None
    assert save_outcomes(
        filled.folder, outcomes(replace(result, questions=(right,) * 30 + (wrong,) * 10 + (low,) * 10))
    )
    assert error_rate(filled.folder, 0.3) == ErrorRate(0.25, 40, own=True)
    assert error_rate(filled.folder, 0.0) == ErrorRate(0.4, 50, own=True)
    assert error_rate(filled.folder, 0.9) is None
    assert [path.name for path in filled.folder.iterdir() if path.name.startswith(".evaluation")] == []


# --- answers that a language model writes -----------------------------------------------------------------------------

WRITTEN = (
    "The iron tower is 330 metres tall [1]. It “is 330 metres tall” [1]. "
    "Its maker called what “is 330 metres tall” “the ladder to heaven” [1]. Everybody likes it."
)
"""Supported, quoted, struck with a quotation that is real, unsupported: 2 of 4 sentences are proven; of 3 citations the
struck sentence's proves nothing; of 3 quotations 1 is struck."""
TALL = Question("tall", "How tall is the iron tower?", ("330 metres",), line=1)
ARCHES = Question("arches", "How many arches has the long bridge?", ("nine",), line=2)


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as started:
        yield started


def test_what_a_language_model_writes_is_scored_by_sentence_citation_and_quotation(
    filled: Library, model: ScriptedModel
) -> None:
    model.say(WRITTEN)
    result = evaluate([TALL], filled, writer=Writer(model.settings()), rounds=20)
    (row,) = result.questions
    assert (row.citation_recall, row.citation_precision, row.struck) == (1 / 2, 2 / 3, 1 / 3)
    assert (row.in_quote, row.in_500, row.answered) == (True, True, True)
    assert result.figure("citation precision").value == pytest.approx(2 / 3, abs=1e-6)
    assert [result.figure(name).n for name in ("citation recall", "struck quotations")] == [1, 1]
    assert row.seconds["write"] > 0 and result.about["writer"] == "small"


def test_without_a_language_model_its_figures_are_absent(filled: Library) -> None:
    result = evaluate([TALL], filled, rounds=5)
    assert "citation recall" not in {figure.name for figure in result.figures}
    assert result.about["writer"] is None


def test_a_question_at_which_the_language_model_fails_is_named_and_the_rest_is_scored(
    filled: Library, model: ScriptedModel
) -> None:
    """Also where it breaks off, whether or not something before was proven: what came before is not a whole answer."""
    cut = Reply(["The iron tower is 330 metres tall [1]. It was bu"], cut=True)
    unproven = Reply(["Everybody likes the iron tower. It was bu"], cut=True)
    model.replies = [cut, unproven, Reply(["It has nine arches of grey stone [1]."]), Reply(status=500, body="{}")]
    questions = [TALL, replace(TALL, id="unproven", line=2), ARCHES, replace(TALL, id="again", line=4)]
    result = evaluate(questions, filled, writer=Writer(model.settings()), rounds=5)
    assert ids(result) == ["arches"]
    assert [problem.line for problem in result.problems] == [1, 2, 4]
    assert all("broke off before its end" in problem.message for problem in result.problems[:2])
    assert result.problems[2].message == f"{model.url} answered with an error."


def test_an_answer_without_support_counts(filled: Library, model: ScriptedModel) -> None:
    """Leaving it out would make the model look better; people see the quotes."""
    model.say("Everybody likes the iron tower.")
    (row,) = evaluate([TALL], filled, writer=Writer(model.settings()), rounds=5).questions
    assert (row.citation_recall, row.citation_precision, row.struck, row.in_quote) == (0, 0, None, True)


def test_a_language_model_that_finds_nothing_has_not_answered(filled: Library, model: ScriptedModel) -> None:
    model.say("NOT_FOUND")
    (row,) = evaluate([TALL], filled, writer=Writer(model.settings()), rounds=5).questions
    assert (row.answered, row.in_quote, row.right, row.citation_recall) == (False, False, True, None)


def test_nothing_is_sent_below_the_threshold(tmp_path: Path, model: ScriptedModel) -> None:
    library = make_library(tmp_path / "library", threshold=1.0)
    library.add(write(tmp_path / "docs", {"tower.md": TOWER}))
    (row,) = evaluate([TALL], library, writer=Writer(model.settings()), rounds=5).questions
    assert (row.answered, model.requests) == (False, [])


def test_heavy_packages_are_loaded_only_when_needed() -> None:
    """`qa list` starts quickly: the command line imports ``evaluate`` without its packages."""
    heavy = {"sklearn", "scipy", "matplotlib", "openai"}
    code = f"import sys, qa.cli, qa.evaluation; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_figure_is_explained(filled: Library, tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text("utf-8")
    table = page.split("| Figure |")[1].split("\n\n")[0]
    explained = {name for line in table.splitlines() for name in re.findall("`([^`]+)`", line.split("|")[1])}
    with scripted_model() as model:
        model.say(WRITTEN)
        result = evaluate(question_file(tmp_path, *QUESTIONS), filled, writer=Writer(model.settings()), rounds=5)
    assert explained == {re.sub("^.*(?= p\\d\\d, ms)", "…", figure.name) for figure in result.figures}


@pytest.mark.corpus
def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text("utf-8")
    (example,) = re.findall("```python\n(.*?)```", page, re.DOTALL)
    question_file(tmp_path, *QUESTIONS)
    write(tmp_path, {"my-folder/tower.md": TOWER, "my-folder/bridge.md": BRIDGE})
    monkeypatch.chdir(tmp_path)
    with make_library(tmp_path / "library") as library:
        library.add("my-folder")
        evaluate("questions.jsonl", library, rounds=5).save("yesterday.json")
    example = example.replace('"my-folder")', '"my-folder", open_library=open_library)')
    exec(compile(example, "docs/evaluation.md", "exec"), {"open_library": make_library})
    assert "exact match 0.0 0.0 False" in capsys.readouterr().out
