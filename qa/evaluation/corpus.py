"""Documents in the format of the labelled sets (``docs.jsonl``: ``id``, ``title``, ``text``) as files; labels as spans.

Rows whose ids are those of paragraphs (``Oxygen/12``, or ``clap/`` and ``nq/`` with a hash) are joined to whole
documents, separated by blank lines; any other row is a document. Reading a file may change its white space, so labelled
spans are counted in characters that are not white space.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np

from qa.evaluation.questions import Question, json_rows
from qa.types import Document

_HASHED = re.compile("^(clap|nq)/")
_NUMBERED = re.compile(r"/\d+$")
_LIKE_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class RowLocation:
    """The location of one row's text in the files."""

    file: str
    before: int
    """Number of characters before it in the file that are not white space."""
    text: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents (file name → text) and the location of each row in them."""

    documents: dict[str, str]
    rows: dict[str, RowLocation]
    """By the row's id."""
    problems: tuple[str, ...] = ()
    """Problems with the rows that were left out, each with its line."""

    def write(self, folder: Path) -> Path:
        """Write the documents into a new folder; return it."""
        folder.mkdir(parents=True)
        for name, text in self.documents.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        return folder


def is_corpus(path: Path) -> bool:
    """True if this is a ``docs.jsonl`` rather than a document or a folder of them."""
    return path.is_file() and path.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))


def read_corpus(path: Path) -> Corpus:
    """The documents of a ``docs.jsonl``, gzipped or not. Raises ``FileUnreadable`` or ``OSError``."""
    rows: dict[str, dict[str, Any]] = {}
    problems = []
    for line, row in json_rows(path):
        if problem := _problem(row, rows):
            problems.append(f"{path.name}, line {line}: {problem}")
        else:
            key = str(row["id"])
            rows[key] = {"id": key, "title": str(row.get("title") or ""), "text": str(row["text"])}
    return Corpus(*join_rows(list(rows.values())), tuple(problems))


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
    return f"duplicate id {row['id']!r}" if str(row["id"]) in rows else ""


def join_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], dict[str, RowLocation]]:
    """File name → text, and the location of each row by its id; the paragraphs of one document become one file."""
    whole = not all(_HASHED.match(row["id"]) or _NUMBERED.search(row["id"]) for row in rows)
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["id"] if whole else _document_of(row)].append(row)
    documents: dict[str, str] = {}
    locations = {}
    for group in groups.values():
        file, before = _free(_file_name(group[0], whole), documents), 0
        documents[file] = "\n\n".join(row["text"] for row in group)
        for row in group:
            locations[row["id"]] = RowLocation(file, before, row["text"])
            before += dense_length(row["text"])
    return documents, locations


def _file_name(row: Mapping[str, Any], whole: bool) -> str:
    stem = re.sub(r"[^\w\- ]+", "_", row["title"])[:80].strip() or "untitled"
    identity = re.sub(r"[^\w.-]+", "-", row["id"])[-80:]
    return f"{stem} {identity}.txt" if whole else f"{stem}.txt"


def _document_of(row: Mapping[str, Any]) -> str:
    """The same for all paragraphs of one document: the id without its number, else the title."""
    return str(row["title"]) if _HASHED.match(row["id"]) else "/" + _NUMBERED.sub("", row["id"])


def _free(name: str, taken: Mapping[str, Any]) -> str:
    names = chain([name], (f"{name.removesuffix('.txt')} ({number}).txt" for number in count(2)))
    return next(each for each in names if each not in taken)


def dense_length(text: str) -> int:
    """The number of characters that are not white space."""
    return len(_dense(text))


class DenseOffsets:
    """Converts positions among the characters of a text that are not white space to offsets into the text."""

    def __init__(self, document: Document) -> None:
        self._offsets = np.flatnonzero([not char.isspace() for char in document.text])

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """The offsets of characters ``first`` to ``last`` (exclusive), counted so; None beyond the end of the text."""
        if not 0 <= first < last <= len(self._offsets):
            return None
        return int(self._offsets[first]), int(self._offsets[last - 1]) + 1


def labelled_spans(question: Question, text: str) -> Iterator[tuple[int, int]]:
    """The labelled spans of a question in the text of its row, in characters that are not white space."""
    if question.offsets:
        for answer, start in question.offsets:
            if text[start : start + len(answer)] == answer:
                first = dense_length(text[:start])
                yield first, first + dense_length(answer)
        return
    for part in question.evidence:
        first, dense = _find_evidence(part, text)
        for wanted in [dense] if question.whole_evidence else map(_dense, question.answers):
            inner = dense.find(wanted) if dense else -1
            if inner >= 0:
                yield first + inner, first + inner + len(wanted)


def _find_evidence(evidence: str, text: str) -> tuple[int, str]:
    """The position of the evidence among the non-space characters, and these characters of it; in another version of
    the article, those of the paragraph that shares most of the evidence's words, over 60 % of them; else nothing."""
    dense = _dense(evidence)
    at = _dense(text).find(dense) if dense else -1
    if at >= 0:
        return at, dense
    words, paragraphs = _words(evidence), text.split("\n")
    shares = [len(words & _words(paragraph)) / max(len(words), 1) for paragraph in paragraphs]
    best = shares.index(max(shares))
    if shares[best] <= _LIKE_ENOUGH:
        return 0, ""
    return sum(map(dense_length, paragraphs[:best])), _dense(paragraphs[best])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _dense(text: str) -> str:
    return "".join(text.split())
