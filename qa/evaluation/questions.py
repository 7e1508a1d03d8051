"""Question sets: JSON lines in the format of the labelled sets, or a CSV of question and answer; either may be gzipped.

A row has ``question`` and ``answers`` (a list of accepted wordings, or one as ``answer``); optional are ``id``,
``document`` (also ``documents``, ``file`` or ``answer_doc_ids``: name, path or id of the document that answers),
``answerable``, ``answer_starts`` (offset of each answer in the first of ``answer_doc_ids``, −1 where it is not there
literally), ``evidence`` and ``long_answer``. A question without answers, or with ``answerable`` false, is one that no
document answers. A CSV has the columns ``question`` and ``answer``; several accepted wordings are separated by ``|`` or
given in several rows with the same question.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import FileUnreadable

_DOCUMENT_FIELDS = ("answer_doc_ids", "documents", "document", "file")
_ANSWERABLE = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_GZIP = b"\x1f\x8b"

Numbered = tuple[int, dict[str, Any]]
"""The line on which a row starts, and the row."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is known about its answer."""

    id: str
    text: str
    answers: tuple[str, ...]
    """Accepted wordings; empty when no document answers."""
    documents: tuple[str, ...] = ()
    """Names, paths or ids of the documents that answer; empty when any may."""
    offsets: tuple[tuple[str, int], ...] = ()
    """Answers with the offset of each in the first of ``documents``; empty when none is known."""
    evidence: tuple[str, ...] = ()
    """Excerpts of the first of ``documents`` that answer."""
    whole_evidence: bool = False
    """True if the evidence as a whole is the answer; else the answers are searched inside it."""
    line: int = 0
    """1-based line of the file; 0 when it is not from a file."""

    @property
    def answerable(self) -> bool:
        """True if some document answers it."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Problem:
    """The reason why part of a question set was left out."""

    line: int
    """1-based line of the question file; 0 when the problem is not in one of its lines."""
    message: str
    """For people; includes the value."""


class _BadRow(Exception):
    """The message says what is wrong with the row."""


def read_questions(path: str | Path) -> tuple[tuple[Question, ...], tuple[Problem, ...]]:
    """The questions of a file, in order, and the problems with the rows that were left out.

    Raises ``FileUnreadable`` when the file as a whole is not a question set, ``OSError`` when it is missing.
    """
    path = Path(path)
    rows = _csv_rows(path) if {".csv", ".tsv"} & {suffix.lower() for suffix in path.suffixes} else json_rows(path)
    questions: dict[str, Question] = {}
    problems: list[Problem] = []
    for line, row in rows:
        try:
            question = _question(row, line)
            if question.id in questions:
                raise _BadRow(f"the id {question.id!r} is already on line {questions[question.id].line}")
            questions[question.id] = question
        except _BadRow as error:
            problems.append(Problem(line, str(error)))
    return tuple(questions.values()), tuple(problems)


def json_rows(path: Path) -> Iterator[Numbered]:
    """The objects of a file of JSON lines, gzipped or not; ``{"problem": …}`` for a line that is not an object.

    Bytes that are not UTF-8 become lone surrogates. Raises ``FileUnreadable`` for damaged gzip, ``OSError``.
    """
    for number, line in enumerate(_text_of(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            row = {"problem": f"not JSON: {error.msg if isinstance(error, json.JSONDecodeError) else error}"}
        yield number, row if isinstance(row, dict) else {"problem": f"not an object: {line.strip()[:40]}"}


def _text_of(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise FileUnreadable(str(path), f"damaged gzip: {error}") from error
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def _csv_rows(path: Path) -> Iterator[Numbered]:
    """Rows as from JSON lines; the answers of one with the same id or question as an earlier one are added to that."""
    text = _text_of(path)
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    rows: list[Numbered] = []
    first: dict[str, dict[str, Any]] = {}
    line = 1
    try:
        names = _csv_names(path, next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if any(map(str.strip, cells)):
                row = _csv_row(names, cells)
                key = row.get("id") or row.get("question")
                same = first.setdefault(key, row) if key else row
                if same is not row and same.get("question") == row.get("question"):
                    same["answers"] += row["answers"]
                else:
                    rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        rows.append((line, {"problem": f"not CSV from here on: {error}"}))
    yield from rows


def _csv_names(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if "question" not in names or not {"answer", "answers"} & set(names):
        says = repr(", ".join(cells)[:100])
        raise FileUnreadable(str(path), f"its first line must name the columns question and answer; it says {says}")
    return names


def _csv_row(names: list[str], cells: list[str]) -> dict[str, Any]:
    if len(cells) != len(names):
        return {"problem": f"{len(cells)} cells, but the first line names {len(names)} columns"}
    row: dict[str, Any] = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}
    row["answers"] = f"{row.pop('answers', '')}|{row.pop('answer', '')}".split("|")
    if "answerable" in row:
        row["answerable"] = _ANSWERABLE.get(row["answerable"].lower(), row["answerable"])
    return row


def _question(row: Mapping[str, Any], line: int) -> Question:
    if "problem" in row and "question" not in row:
        raise _BadRow(row["problem"])
    text = row.get("question")
    if not isinstance(text, str) or not text.strip():
        raise _BadRow("the field question is missing or empty")
    wordings = _texts(row.get("answers", row.get("answer")), "answers")
    answers = _answers(row, wordings)
    evidence = _texts(row.get("evidence"), "evidence")
    whole_evidence = bool(row.get("long_answer")) or isinstance(row.get("evidence"), list)
    key, documents = _id(row, text), _documents(row)
    try:
        "\n".join((key, text, *answers, *documents, *evidence)).encode()
    except UnicodeEncodeError as error:
        raise _BadRow("not UTF-8") from error
    if not answers:
        return Question(key, text.strip(), (), documents, whole_evidence=whole_evidence, line=line)
    offsets = _offsets(row.get("answer_starts") or [], wordings)
    return Question(key, text.strip(), answers, documents, offsets, tuple(evidence), whole_evidence, line)


def _id(row: Mapping[str, Any], text: str) -> str:
    """The row's own, else one derived from the question, so that two runs can be compared."""
    given = row.get("id")
    if isinstance(given, (str, int)) and str(given).strip():
        return str(given).strip()
    return "q-" + hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:12]


def _answers(row: Mapping[str, Any], wordings: Sequence[str]) -> tuple[str, ...]:
    answerable = row.get("answerable")
    if not {"answers", "answer"} & set(row):
        if str(row.get("feedback")).startswith("wrong"):
            raise _BadRow(f"its answer was marked {row['feedback']}: write the correct one into the field answers")
        if answerable is not False:
            raise _BadRow("the field answers is missing (use an empty list for a question that no document answers)")
    answers = tuple(dict.fromkeys(text for text in wordings if text.strip()))
    if answerable is not None and not isinstance(answerable, bool):
        raise _BadRow(f"answerable is {answerable!r}; it must be true or false")
    if answerable and not answers:
        raise _BadRow("answerable is true, but there are no answers")
    return () if answerable is False else answers


def _texts(given: Any, field: str) -> list[str]:
    values = [given] if isinstance(given, str) and given else given or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _BadRow(f"the field {field} is {str(values)[:40]!r}; it must be a text or a list of texts")
    return values


def _documents(row: Mapping[str, Any]) -> tuple[str, ...]:
    for field in _DOCUMENT_FIELDS:
        given = row.get(field)
        if isinstance(given, (str, int)):
            given = [str(given).strip()] if str(given).strip() else None
        if given:
            several = [str(v) if isinstance(v, int) else v for v in given] if isinstance(given, list) else given
            return tuple(_texts(several, field))
    return ()


def _offsets(starts: Any, answers: Sequence[str]) -> tuple[tuple[str, int], ...]:
    if not isinstance(starts, list) or not all(isinstance(start, int) for start in starts):
        raise _BadRow(f"the field answer_starts is {str(starts)[:40]!r}; it must be a list of numbers")
    if starts and len(starts) != len(answers):
        raise _BadRow(f"answer_starts has {len(starts)} numbers for {len(answers)} answers")
    known = [(answer, start) for answer, start in zip(answers, starts, strict=False) if start >= 0 and answer.strip()]
    return tuple(dict.fromkeys(known))
