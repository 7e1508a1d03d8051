"""Labelled question sets as libraries: documents written out whole, labels as places in what was read.

The sets lie outside the project, in ``../shared/data`` (``--data`` names another place).
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    ``distractors`` (default: all) that no question is about are kept, the first by title.
    """
    if name == "wiki":
        return _together([load(each, part, distractors=distractors, data=data) for each in WIKI])
    titles = _titles(part, data)
    rows = [row for row in _rows(data / "questions" / name / "docs.jsonl.gz") if _in(row["title"], titles)]
    labels = [q for q in _rows(data / "questions" / name / "questions.jsonl.gz") if q["answerable"]]
    if name == "nq_whole":
        rows += _articles(
            titles, {row["id"] for row in rows}, {i for q in labels for i in q["answer_doc_ids"]}, distractors, data
        )
    documents, places = _join(rows)
    questions = []
    for row in labels:
        if row["answer_doc_ids"][0] in places:
            file, offset, text = places[row["answer_doc_ids"][0]]
            spans = tuple((offset + a, offset + b) for a, b in _spans(row, text))
            if spans:
                identity = f"{name}/{row['id']}"
                questions.append(Question(identity, row["question"], file, spans, tuple(row["answers"])))
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


def _together(sets: Sequence[QuestionSet]) -> QuestionSet:
    documents: dict[str, str] = {}
    for each in sets:
        documents |= each.documents
    return QuestionSet("wiki", sets[0].part, documents, tuple(q for each in sets for q in each.questions))


def dense_length(text: str) -> int:
    """Characters that are not white space."""
    return len("".join(text.split()))


def _titles(part: str, data: Path) -> frozenset[str] | None:
    if part == "all":
        return None
    return frozenset(json.loads((data / "splits.json").read_text(encoding="utf-8"))[part])


def _in(title: str, titles: frozenset[str] | None) -> bool:
    return titles is None or title in titles


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def _join(rows: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, tuple[str, int, str]]]:
    """Paragraphs of one title become one file; id → (file, characters before it, its text)."""
    documents: dict[str, str] = {}
    places: dict[str, tuple[str, int, str]] = {}
    whole_by_id = not all(re.search(r"/\d+$|^(clap|nq)/", row["id"]) for row in rows)
    for row in rows:
        stem = re.sub(r"[^\w\- ]+", "_", row["title"])[:80].strip() or "untitled"
        file = f"{stem} {row['id'].replace('/', '-')}.txt" if whole_by_id else f"{stem}.txt"
        before = documents.get(file, "")
        places[row["id"]] = (file, dense_length(before), row["text"])
        documents[file] = before + ("\n\n" if before else "") + row["text"]
    return documents, places


def _spans(row: dict[str, Any], text: str) -> Iterator[tuple[int, int]]:
    """Labelled spans in non-space characters of the labelled paragraph."""
    starts = row.get("answer_starts")
    if starts:
        for answer, start in zip(row["answers"], starts, strict=True):
            if start >= 0 and text[start : start + len(answer)] == answer:
                first = dense_length(text[:start])
                yield first, first + dense_length(answer)
        return
    evidence = row.get("evidence") or []
    for part in [evidence] if isinstance(evidence, str) else evidence:
        place = _place(part, text)
        if place is None:
            continue
        first, dense = place
        if row.get("long_answer") or isinstance(evidence, list):
            yield first, first + len(dense)
            continue
        for answer in row["answers"]:
            inner = dense.find("".join(answer.split()))
            if inner >= 0:
                yield first + inner, first + inner + len("".join(answer.split()))


def _place(evidence: str, text: str) -> tuple[int, str] | None:
    """Where the evidence stands, and its non-space characters there; for another version of an article, the paragraph
    that shares over 60 % of the evidence's words."""
    packed, dense = "".join(text.split()), "".join(evidence.split())
    at = packed.find(dense) if dense else -1
    if at >= 0:
        return at, dense
    words = set(re.findall(r"\w+", evidence.lower()))
    best: tuple[float, int, str] = (0.6, 0, "")
    offset = 0
    for paragraph in text.split("\n"):
        here = "".join(paragraph.split())
        shared = len(words & set(re.findall(r"\w+", paragraph.lower()))) / max(len(words), 1)
        best = max(best, (shared, offset, here), key=lambda item: item[0])
        offset += len(here)
    return (best[1], best[2]) if best[2] else None
