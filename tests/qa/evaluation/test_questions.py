"""Question files: both formats, and their problems by line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import FileUnreadable
from qa.evaluation import Problem, Question, read_questions

GOOD = {"id": "a", "question": "How tall is it?", "answers": ["330 metres", "330 m"]}


def lines(*rows: object) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def read(tmp_path: Path, content: str | bytes, name: str = "q.jsonl") -> tuple[list[Question], list[Problem]]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    questions, problems = read_questions(path)
    return list(questions), list(problems)


def test_a_row_of_the_labelled_sets_keeps_its_labels(tmp_path: Path) -> None:
    row = {**GOOD, "answer_doc_ids": ["Tower/0"], "answerable": True, "answer_starts": [5, -1]}
    questions, problems = read(tmp_path, lines(row))
    assert problems == []
    expected = Question("a", GOOD["question"], ("330 metres", "330 m"), ("Tower/0",), (("330 metres", 5),), line=1)
    assert questions == [expected]


def test_the_sample_questions_are_read_without_problems() -> None:
    questions, problems = read_questions(Path(__file__).parents[3] / "qa" / "samples" / "questions.jsonl")
    assert (len(questions), problems) == (30, ())
    assert [question.id for question in questions if not question.answerable] == [f"s{n}" for n in range(25, 31)]
    assert questions[0].documents == ("coffee.md",)


def test_gzip_is_recognised_by_its_bytes(tmp_path: Path) -> None:
    plain, _ = read(tmp_path, lines(GOOD), "plain.jsonl")
    packed, _ = read(tmp_path, gzip.compress(lines(GOOD).encode()), "named-otherwise.jsonl")
    assert plain == packed


def test_the_id_of_a_question_without_one_depends_only_on_its_words(tmp_path: Path) -> None:
    row = {"question": "How tall is it?", "answer": "330 metres"}
    (alone,), _ = read(tmp_path, lines(row))
    (_, second), _ = read(tmp_path, lines(GOOD, row), "other.jsonl")
    assert alone.id == second.id != "a"


@pytest.mark.parametrize(
    "row", [{"answers": []}, {"answer": None}, {"answerable": False, "answers": ["330"]}, {"answers": [" "]}]
)
def test_a_question_without_answers_is_unanswerable(tmp_path: Path, row: dict[str, Any]) -> None:
    (question,), problems = read(tmp_path, lines({"question": "Who?", **row}))
    assert (question.answerable, problems) == (False, [])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"answers": ["x"]}, "the field question is missing or empty"),
        ({"question": "  ", "answers": ["x"]}, "the field question is missing or empty"),
        ({"question": "Who?"}, "the field answers is missing"),
        ({"question": "Who?", "answers": 7}, "the field answers is '7'"),
        ({"question": "Who?", "answers": [], "answerable": True}, "answerable is true, but there are no answers"),
        ({"question": "Who?", "answers": ["x"], "answerable": "maybe"}, "answerable is 'maybe'"),
        ({"question": "Who?", "answers": ["x"], "answer_starts": [1, 2]}, "answer_starts has 2 numbers for 1 answers"),
        ({"question": "Who?", "answers": ["x"], "document": {"a": 1}}, "the field document is"),
        ({**GOOD, "question": "Another?"}, "the id 'a' is already on line 1"),
        ('{"question": ', "not JSON: "),
        ("[1, 2]", "not an object: [1, 2]"),
        ('{"question": "\\ud800", "answers": ["x"]}', "not UTF-8"),
    ],
)
def test_a_bad_row_is_named_by_line_and_the_rest_is_read(tmp_path: Path, row: object, message: str) -> None:
    questions, problems = read(tmp_path, lines(GOOD, "", row, {**GOOD, "id": "last"}))
    assert [question.id for question in questions] == ["a", "last"]
    assert [(problem.line, message in problem.message) for problem in problems] == [(3, True)]


def test_bytes_that_are_not_utf8_cost_only_their_line(tmp_path: Path) -> None:
    questions, problems = read(tmp_path, b'{"question": "caf\xe9?", "answers": ["x"]}\n' + lines(GOOD).encode())
    assert [question.id for question in questions] == ["a"]
    assert problems == [Problem(1, "not UTF-8")]


def test_damaged_gzip_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="damaged gzip"):
        read(tmp_path, gzip.compress(lines(GOOD).encode())[:-9])


# --- CSV --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_may_use_any_common_separator(tmp_path: Path, separator: str) -> None:
    text = "\ufeffQuestion,Answer,document,answerable\nHow tall?,330 metres|330 m,tower.md,\nWho?,,,false\n"
    questions, problems = read(tmp_path, text.replace(",", separator), "q.csv")
    assert problems == []
    assert [(q.text, q.answers, q.documents, q.line) for q in questions] == [
        ("How tall?", ("330 metres", "330 m"), ("tower.md",), 2),
        ("Who?", (), (), 3),
    ]


def test_rows_with_the_same_question_give_one_question_with_several_answers(tmp_path: Path) -> None:
    text = 'question,answer\nHow tall?,330 metres\n"Who,\nand why?",Ada\nHow tall?,330 m\n'
    questions, problems = read(tmp_path, text, "q.csv")
    assert problems == []
    assert [(q.text, q.answers, q.line) for q in questions] == [
        ("How tall?", ("330 metres", "330 m"), 2),
        ("Who,\nand why?", ("Ada",), 3),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Who?,Ada,more", "3 cells, but the first line names 2 columns"),
        (",Ada", "the field question is missing or empty"),
        ('Who?,"Ada" Ada', "not CSV from here on"),
    ],
)
def test_a_bad_csv_row_is_named_by_line(tmp_path: Path, row: str, message: str) -> None:
    questions, problems = read(tmp_path, f"question,answer\nHow tall?,330 metres\n\n{row}\n", "q.csv")
    assert [question.text for question in questions] == ["How tall?"]
    assert [(problem.line, message in problem.message) for problem in problems] == [(4, True)]


def test_two_questions_with_one_id_in_a_csv_are_a_problem(tmp_path: Path) -> None:
    questions, problems = read(tmp_path, "id,question,answer\n1,Who?,Ada\n1,When?,1843\n", "q.csv")
    assert [question.answers for question in questions] == [("Ada",)]
    assert problems == [Problem(3, "the id '1' is already on line 2")]


def test_a_csv_without_its_columns_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="must name the columns question and answer; it says 'frage, antwort'"):
        read(tmp_path, "frage,antwort\nWer?,Ada\n", "q.csv")
