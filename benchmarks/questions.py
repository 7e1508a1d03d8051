"""Labelled question sets as libraries: documents written out whole, labels as spans of them.

The sets are not part of the project; they are expected in ``../shared/data`` (or where ``--data`` says).
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.evaluation import read_questions
from qa.evaluation.corpus import join_rows, labelled_spans

WIKI = ("squad11", "clapnq", "nq_whole")
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """One question with the spans that answer it."""

    id: str
    text: str
    document: str
    """Name of the file that answers it."""
    spans: tuple[tuple[int, int], ...]
    """Spans that answer it, counted in characters of that file that are not white space."""
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents (file name → text) and questions of one part of the splits."""

    name: str
    part: str
    documents: dict[str, str]
    questions: tuple[LabelledQuestion, ...]

    def write(self, folder: Path) -> Path:
        """Write the documents as text files, leaving unchanged ones alone and deleting others in the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.name not in self.documents:
                path.unlink()
        for name, text in self.documents.items():
            path = folder / name
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
        return folder

    def sample(self, most: int | None, seed: int = 0) -> list[LabelledQuestion]:
        """All questions, or ``most`` of them drawn at random."""
        if most is None or most >= len(self.questions):
            return list(self.questions)
        return random.Random(seed).sample(list(self.questions), most)


def load(name: str, part: str, *, distractors: int | None = None, data: Path = DATA) -> QuestionSet:
    """The set ``name``, cut by title to ``part`` (``train``, ``tune``, ``test``; ``all`` for covidqa).

    ``wiki`` combines squad11, clapnq and nq_whole: their documents and boolq's articles of the same part, of which
    ``distractors`` (default: all) that no question is about are included, the first by title. ``wiki1000`` adds the
    evidence paragraphs of boolq's questions of that part as short documents: with 150 distractors 885 in the tune part.
    """
    if name == "wiki":
        return _combined([load(each, part, distractors=distractors, data=data) for each in WIKI])
    if name == "wiki1000":
        wiki = load("wiki", part, distractors=distractors, data=data)
        return replace(wiki, name="wiki1000", documents={**wiki.documents, **_evidence(part, data)})
    titles = _titles(part, data)
    rows = [row for row in rows_of(data / "questions" / name / "docs.jsonl.gz") if _in(row["title"], titles)]
    questions, _ = read_questions(data / "questions" / name / "questions.jsonl.gz")
    answerable = [question for question in questions if question.answerable]
    if name == "nq_whole":
        wanted = {document for question in answerable for document in question.documents}
        rows += _articles(titles, {row["id"] for row in rows}, wanted, distractors, data)
    documents, locations = join_rows(rows)
    labelled = []
    for question in answerable:
        location = locations.get(question.documents[0])
        spans = tuple(labelled_spans(question, location.text)) if location else ()
        if location and spans:
            spans = tuple((location.before + start, location.before + end) for start, end in spans)
            identity = f"{name}/{question.id}"
            labelled.append(LabelledQuestion(identity, question.text, location.file, spans, question.answers))
    return QuestionSet(name, part, documents, tuple(labelled))


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def _articles(
    titles: frozenset[str] | None, known: set[str], wanted: set[str], distractors: int | None, data: Path
) -> list[dict[str, Any]]:
    """boolq's articles: those that questions are about, and distractors."""
    rows = [
        row
        for row in rows_of(data / "questions" / "boolq" / "docs.jsonl.gz")
        if row["id"] not in known and _in(row["title"], titles)
    ]
    others = sorted((row for row in rows if row["id"] not in wanted), key=lambda row: (row["title"], row["id"]))
    return [row for row in rows if row["id"] in wanted] + others[:distractors]


def _evidence(part: str, data: Path) -> dict[str, str]:
    titles = _titles(part, data)
    documents = {row["id"]: row["title"] for row in rows_of(data / "questions" / "boolq" / "docs.jsonl.gz")}
    found = {}
    for row in rows_of(data / "questions" / "boolq" / "questions.jsonl.gz"):
        title = documents[row["answer_doc_ids"][0]]
        if row["evidence"] and _in(title, titles):
            found[f"boolq {row['id']}.txt"] = f"{title}\n\n{row['evidence']}"
    return found


def _combined(sets: Sequence[QuestionSet]) -> QuestionSet:
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
