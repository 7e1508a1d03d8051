"""Labelled question sets as libraries: documents written out whole, labels as places in what was read.

The sets lie outside the project, in ``../shared/data`` (``--data`` names another place).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.evaluation import read_questions
from qa.evaluation.corpus import join_rows, labelled_spans

WIKI = ("squad11", "clapnq", "nq_whole")
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Question:
    """One labelled question."""

    id: str
    text: str
    document: str | None
    """Name of the file that answers; None for one that no document answers."""
    spans: tuple[tuple[int, int], ...]
    """Labelled places that answer, counted in characters of that file that are not white space."""
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A set's documents (file name → text) and questions, all of one part of the splits."""

    name: str
    part: str
    documents: dict[str, str]
    questions: tuple[Question, ...]

    def write(self, folder: Path) -> Path:
        """Write the documents as text files; unchanged ones are left alone, and others in the folder deleted."""
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.name not in self.documents:
                path.unlink()
        for name, text in self.documents.items():
            path = folder / name
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
        return folder


def load(name: str, part: str, *, distractors: int | None = None, data: Path = DATA) -> QuestionSet:
    """The set ``name``, cut by title to ``part`` (``train``, ``tune``, ``test``; ``all`` for covidqa).

    ``wiki`` is squad11, clapnq and nq_whole in one: their documents and boolq's articles of the same part, of which
    ``distractors`` (default: all) that no question is about are kept, the first by title. ``wiki1000`` adds the
    evidence paragraphs of boolq's questions of that part as short documents: with 150 distractors 885 in the tune part.
    """
    if name == "wiki":
        return _together([load(each, part, distractors=distractors, data=data) for each in WIKI])
    if name == "wiki1000":
        wiki = load("wiki", part, distractors=distractors, data=data)
        return replace(wiki, name="wiki1000", documents={**wiki.documents, **_evidence(part, data)})
    titles = _titles(part, data)
    rows = [row for row in _rows(data / "questions" / name / "docs.jsonl.gz") if _in(row["title"], titles)]
    labelled, _ = read_questions(data / "questions" / name / "questions.jsonl.gz")
    labels = [question for question in labelled if question.answerable]
    if name == "nq_whole":
        rows += _articles(
            titles, {row["id"] for row in rows}, {i for q in labels for i in q.documents}, distractors, data
        )
    documents, places = join_rows(rows)
    questions = []
    for label in labels:
        if label.documents[0] in places:
            place = places[label.documents[0]]
            spans = tuple((place.before + a, place.before + b) for a, b in labelled_spans(label, place.text))
            if spans:
                questions.append(Question(f"{name}/{label.id}", label.text, place.file, spans, label.answers))
    return QuestionSet(name, part, documents, tuple(questions))


def _articles(
    titles: frozenset[str] | None, known: set[str], wanted: set[str], distractors: int | None, data: Path
) -> list[dict[str, Any]]:
    """boolq's articles: those that questions are about, and distractors."""
    rows = [
        row
        for row in _rows(data / "questions" / "boolq" / "docs.jsonl.gz")
        if row["id"] not in known and _in(row["title"], titles)
    ]
    others = sorted((row for row in rows if row["id"] not in wanted), key=lambda row: (row["title"], row["id"]))
    return [row for row in rows if row["id"] in wanted] + others[:distractors]


def _evidence(part: str, data: Path) -> dict[str, str]:
    titles = _titles(part, data)
    documents = {row["id"]: row["title"] for row in _rows(data / "questions" / "boolq" / "docs.jsonl.gz")}
    found = {}
    for row in _rows(data / "questions" / "boolq" / "questions.jsonl.gz"):
        if row["evidence"] and _in(documents[row["answer_doc_ids"][0]], titles):
            found[f"boolq {row['id']}.txt"] = f"{documents[row['answer_doc_ids'][0]]}\n\n{row['evidence']}"
    return found


def _together(sets: Sequence[QuestionSet]) -> QuestionSet:
    documents: dict[str, str] = {}
    for each in sets:
        documents |= each.documents
    return QuestionSet("wiki", sets[0].part, documents, tuple(q for each in sets for q in each.questions))


def _titles(part: str, data: Path) -> frozenset[str] | None:
    if part == "all":
        return None
    return frozenset(json.loads((data / "splits.json").read_text(encoding="utf-8"))[part])


def _in(title: str, titles: frozenset[str] | None) -> bool:
    return titles is None or title in titles


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)
