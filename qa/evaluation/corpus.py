"""Documents in the labelled sets' format (``docs.jsonl``: ``id``, ``title``, ``text``) as files; labels as places.

Rows whose ids are paragraphs of something (``Oxygen/12``, or ``clap/`` and ``nq/`` with a hash) are joined to whole
documents, with a blank line between them; others are a document each. Reading a file may change its white space, so
places are counted in characters that are not white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from qa.evaluation.questions import Problem, Question, json_rows
from qa.types import Document

_HASHED = re.compile("^(clap|nq)/")
_NUMBERED = re.compile(r"/\d+$")
_LIKE_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Row:
    """Where the text of one row of the documents stands."""

    file: str
    before: int
    """Characters of the file before it that are not white space."""
    text: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents (file name → text) and where each row of them stands."""

    documents: dict[str, str]
    rows: dict[str, Row]
    """By the row's id."""
    problems: tuple[str, ...] = field(default=())
    """What is wrong with the rows that were left out, each with its line."""

    def write(self, folder: Path) -> Path:
        """Write the documents into a new folder, which is given back."""
        folder.mkdir(parents=True)
        for name, text in self.documents.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        return folder


def is_corpus(path: Path) -> bool:
    """Whether this is a file of documents rather than a document or a folder of them."""
    return path.is_file() and path.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))


def read_corpus(path: Path) -> Corpus:
    """The documents of a ``docs.jsonl``, gzipped or not. Raises ``FileUnreadable`` or ``OSError``."""
    rows: dict[str, dict[str, Any]] = {}
    problems = []
    for line, row in json_rows(path):
        problem = _problem(row, rows)
        if problem:
            problems.append(Problem(line, problem))
        else:
            rows[str(row["id"])] = {**row, "id": str(row["id"]), "title": str(row.get("title") or "")}
    documents, places = join(list(rows.values()))
    return Corpus(documents, places, tuple(f"{path.name}, line {p.line}: {p.message}" for p in problems))


def _problem(row: Mapping[str, Any], rows: Mapping[str, Any]) -> str:
    if "problem" in row and "text" not in row:
        return str(row["problem"])
    for name in ("id", "text"):
        if not isinstance(row.get(name), (str, int)) or not str(row[name]).strip():
            return f"the field {name} is missing or empty"
    try:
        f"{row['id']}{row.get('title')}{row['text']}".encode()
    except UnicodeEncodeError:
        return "not UTF-8"
    return f"the id {row['id']!r} stands twice" if str(row["id"]) in rows else ""


def join(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], dict[str, Row]]:
    """File name → text, and where each row stands; the paragraphs of one document become one file."""
    each_whole = not all(_HASHED.match(row["id"]) or _NUMBERED.search(row["id"]) for row in rows)
    files: dict[str, str] = {}
    documents: dict[str, list[str]] = {}
    lengths: dict[str, int] = {}
    places = {}
    for row in rows:
        stem = re.sub(r"[^\w\- ]+", "_", row["title"])[:80].strip() or "untitled"
        identity = re.sub(r"[^\w.-]+", "-", row["id"])[-80:]
        group = row["id"] if each_whole else _group(row)
        if group not in files:
            name = f"{stem} {identity}.txt" if each_whole else f"{stem}.txt"
            files[group] = _free(name, documents)
        file = files[group]
        places[row["id"]] = Row(file, lengths.get(file, 0), row["text"])
        documents.setdefault(file, []).append(row["text"])
        lengths[file] = lengths.get(file, 0) + dense_length(row["text"])
    return {file: "\n\n".join(texts) for file, texts in documents.items()}, places


def _group(row: Mapping[str, Any]) -> str:
    """What paragraphs of one document share: the id before their number, else the title."""
    return str(row["title"]) if _HASHED.match(row["id"]) else "/" + _NUMBERED.sub("", row["id"])


def _free(name: str, taken: Mapping[str, Any]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name.removesuffix('.txt')} ({number}).txt"
    return free


# --- places -----------------------------------------------------------------------------------------------------------


def dense_length(text: str) -> int:
    """Characters that are not white space."""
    return len("".join(text.split()))


class Places:
    """Counts of non-space characters ↔ offsets of one document's text."""

    def __init__(self, document: Document) -> None:
        found = (index for index, char in enumerate(document.text) if not char.isspace())
        self._offsets = np.fromiter(found, np.int32)

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """The offsets of non-space characters ``first`` to ``last`` (exclusive); None beyond the text."""
        if not 0 <= first < last <= len(self._offsets):
            return None
        return int(self._offsets[first]), int(self._offsets[last - 1]) + 1


def labelled_spans(question: Question, text: str) -> Iterator[tuple[int, int]]:
    """The labelled places of a question in the text of its row, in characters that are not white space."""
    if question.places:
        for answer, start in question.places:
            if text[start : start + len(answer)] == answer:
                first = dense_length(text[:start])
                yield first, first + dense_length(answer)
        return
    for part in question.evidence:
        place = _evidence_place(part, text)
        if place is None:
            continue
        first, dense = place
        if question.whole_evidence:
            yield first, first + len(dense)
            continue
        for answer in question.answers:
            inner = dense.find("".join(answer.split()))
            if inner >= 0:
                yield first + inner, first + inner + dense_length(answer)


def _evidence_place(evidence: str, text: str) -> tuple[int, str] | None:
    """Where the evidence stands, and its non-space characters there; for another version of an article, the paragraph
    that shares over 60 % of the evidence's words."""
    packed, dense = "".join(text.split()), "".join(evidence.split())
    at = packed.find(dense) if dense else -1
    if at >= 0:
        return at, dense
    words = set(re.findall(r"\w+", evidence.lower()))
    best: tuple[float, int, str] = (_LIKE_ENOUGH, 0, "")
    offset = 0
    for paragraph in text.split("\n"):
        here = "".join(paragraph.split())
        shared = len(words & set(re.findall(r"\w+", paragraph.lower()))) / max(len(words), 1)
        best = max(best, (shared, offset, here), key=lambda item: item[0])
        offset += len(here)
    return (best[1], best[2]) if best[2] else None
