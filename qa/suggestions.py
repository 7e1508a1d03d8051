"""Questions that a document can answer, made from its own sentences and tables by rules, and asked to make sure.

English only; the rules stand in ``qa.question_rules``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa.question_rules import Found, Sentence, asked_of_cell, questions, words_of
from qa.text.sentences import sentences
from qa.text.table_rows import cells
from qa.types import Answer, Block, Document

WANTED = 3
MARGIN = 0.2
"""A question is offered when its answer's confidence is at least so far above the threshold."""
MOST_ASKED = 15
"""Candidates tried for one library, so that looking ends soon where little is found."""
_READ_CHARS = 60_000
"""Of each document, so much is looked at."""
_LENGTH = range(12, 100)

_NAME_INSIDE = re.compile(r"[a-z,;] ([A-Z][\w'’-]*)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question made from a document, not asked yet."""

    question: str
    document_id: str
    answer: tuple[int, int]
    """Offsets into the document's text of the words that should answer."""
    rank: int
    """0 for those that read best."""


def candidates(document: Document, title: str = "") -> list[Candidate]:
    """The questions that the rules make of a document, best first; none of one that is not in English."""
    if document.language not in (None, "en"):
        return []
    text = document.text[:_READ_CHARS]
    made: dict[str, Candidate] = {}
    for start, found in [*_from_prose(document, text, title), *_from_tables(document, text)]:
        question = " ".join(found.question.split())
        if len(question) in _LENGTH:
            answer = (start + found.answer[0], start + found.answer[1])
            made.setdefault(question, Candidate(question, document.id, answer, found.rank))
    return sorted(made.values(), key=lambda candidate: candidate.rank)


def proven(
    groups: Sequence[Sequence[Candidate]],
    ask: Callable[[str], Answer],
    threshold: float,
    *,
    wanted: int = WANTED,
    most: int = MOST_ASKED,
) -> Iterator[str]:
    """Those of the candidates (a group for each document, best first) that are answered with the quote they were made
    from and well above ``threshold``; of documents that have none yet rather than of others."""
    tried, kept = [0] * len(groups), [0] * len(groups)
    while sum(kept) < wanted and sum(tried) < most:
        left = [number for number, group in enumerate(groups) if tried[number] < len(group)]
        if not left:
            return
        number = min(left, key=lambda number: 2 * kept[number] + tried[number])
        candidate = groups[number][tried[number]]
        tried[number] += 1
        if is_proven(candidate, ask(candidate.question), threshold):
            kept[number] += 1
            yield candidate.question


def is_proven(candidate: Candidate, answer: Answer, threshold: float) -> bool:
    """Whether the answer's first quote has the words that should answer, and, where the exact words are known, names
    them; with a confidence well above the threshold."""
    if answer.status != "answered" or answer.confidence < min(threshold + MARGIN, 0.95) or not answer.citations:
        return False
    quote = answer.citations[0]
    start, end = candidate.answer
    if quote.document_id != candidate.document_id or not (quote.start <= start and end <= quote.end):
        return False
    return not quote.spans or any(a < end and start < b for a, b in quote.spans[:1])


def _from_prose(document: Document, text: str, title: str) -> Iterator[tuple[int, Found]]:
    """With the offset of the sentence."""
    lower = set(re.findall(r"\b[a-z][\w'’-]*", text))
    names = frozenset(name for name in _NAME_INSIDE.findall(text) if name.lower() not in lower)
    about = words_of(f"{title} {document.title or ''}")
    section: frozenset[str] = frozenset()
    for block in _looked_at(document.blocks, len(text)):
        if block.kind == "heading":
            section = words_of(text[block.start : block.end])
        elif block.kind in ("paragraph", "list_item"):
            for start, end in sentences(text, block.start, block.end, "en"):
                flat = re.sub(r"\s", " ", text[start:end])
                sentence = Sentence(flat, start == block.start, about | section, names)
                for found in questions(sentence):
                    yield start, found


def _looked_at(blocks: Iterable[Block], limit: int) -> Iterator[Block]:
    return (block for block in blocks if block.indexed and block.end <= limit)


def _from_tables(document: Document, text: str) -> Iterator[tuple[int, Found]]:
    """``Planet: Mars; Mass (kg): 6.4`` → ``What is the mass of Mars?``; each pair of key and header once."""
    seen: set[tuple[str, str]] = set()
    for block in _looked_at(document.blocks, len(text)):
        line = text[block.start : block.end]
        row = cells(line) if block.kind == "table_row" else []
        key = line[row[0].cell : row[0].end].strip() if row else ""
        if not re.fullmatch(r"[A-Z][\w'’.\- ]*", key) or len(key.split()) > 4:
            continue
        for cell in row[1:]:
            header, value = line[cell.start : cell.cell - 2], line[cell.cell : cell.end].strip()
            if (key, header) not in seen and (asked := asked_of_cell(header, key, value)):
                yield block.start, Found(asked, (cell.cell, cell.end), 2)
            seen.add((key, header))
