"""Where a known answer got lost on its way from a document to a person: ``Library.why``, ``qa why``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any, Literal, Protocol, get_args

from qa.codec import to_json
from qa.errors import QuestionError
from qa.ingest.discovery import FoundFile, find_files
from qa.reader import Reader
from qa.settings import Settings
from qa.text.matching import find_all
from qa.types import Answer, Document, Hit, HitDetail, Passage, Source

Stage = Literal["not_read", "not_indexed", "not_a_candidate", "ranked_under", "not_quoted", "under_threshold", "found"]
"""Where the expected words got lost, earliest first; ``found``: they did not."""
STAGES: tuple[Stage, ...] = get_args(Stage)
STAGE_WORDS: Mapping[Stage, str] = {
    "not_read": "Not in what was read",
    "not_indexed": "Read, but not indexed",
    "not_a_candidate": "Indexed, but not among the candidates",
    "ranked_under": "A candidate, but ranked too low to be read",
    "not_quoted": "Read, but not quoted: the reader missed them",
    "under_threshold": "Found, but held back",
    "found": "Found",
}
"""The name of each stage for people."""

_WIDE = 10
"""Ranks are given down to so many times the candidates."""
_MOST_TRACED = 1000
_MOST_GIVEN = 10
_MOST_UNREAD = 50


class Traceable(Protocol):
    """The part of a library that a diagnosis needs; each as in ``qa.Library``."""

    settings: Settings
    reader: Reader | None

    def ask(self, question: str, *, threshold: float | None = None) -> Answer:
        """Return an answer."""

    def search(self, question: str, k: int = 10) -> list[Hit]:
        """Return the best passages."""

    def sources(self) -> list[Source]:
        """Return all sources."""

    def document(self, document_id: str) -> Document:
        """Return a document."""

    def passages(self, document_id: str) -> list[Passage]:
        """Return a document's passages."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence of the expected words, and how far it got."""

    source: Source
    document_id: str
    start: int
    end: int
    words: str
    """``document.text[start:end]``."""
    page: int | None
    """1-based."""
    line: int | None
    stage: Stage
    reason: str
    """One sentence for people."""
    passage_id: int | None = None
    """The passage that has the words, else the one of those with a part of them that got furthest."""
    rank: int | None = None
    """1-based, in the order of ``Library.search``; None beyond the number of candidates."""
    score: float | None = None
    words_rank: int | None = None
    meaning_rank: int | None = None
    """By BM25 alone and by the vectors alone; None beyond ten times the number of candidates."""
    bm25: float | None = None
    cosine: float | None = None
    read_rank: int | None = None
    """1-based, in the order of the answer's passages, which is the reader's where there is one; None beyond them."""
    reader: float | None = None
    """Score of the reader's best words in the passage; None without a reader, and beyond the answer's passages."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that may have the words without the library knowing."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How far the expected words got, and why no further."""

    question: str
    expected: str
    stage: Stage
    """The stage of the occurrence that got furthest."""
    reason: str
    occurrences: tuple[Occurrence, ...]
    """At most ten, those that got furthest first; empty for ``not_read``."""
    unread: tuple[Unread, ...]
    """For ``not_read``: documents of which parts could not be read, and files beside them that the library lacks."""
    answer: Answer
    """The library's."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return dict(to_json(self))


def why(library: Traceable, question: str, expected: str) -> Diagnosis:
    """Find out how far the words ``expected`` get when ``question`` is asked.

    All documents are searched for them, ignoring case and differences in white space and quotation marks. Raises
    ``QuestionError`` when there are none, and as ``Library.ask``.
    """
    if not any(char.isalnum() for char in expected):
        raise QuestionError(f"The expected words {expected[:40]!r} have no words in them. Give words of the document.")
    best = library.ask(question, threshold=0.0)
    held_back = best.confidence < library.settings.threshold or best.status == "not_found"
    answer = replace(best, status="not_found", statements=(), citations=(), short=None) if held_back else best
    tracer = _Tracer(library, question, best, held_back)
    found = [tracer.trace(*each) for each in islice(_occurrences(library, expected), _MOST_TRACED)]
    found.sort(key=lambda each: (-STAGES.index(each.stage), each.rank or 10**9, each.words_rank or 10**9))
    if found:
        stage, reason = found[0].stage, found[0].reason
        return Diagnosis(question, expected, stage, reason, tuple(found[:_MOST_GIVEN]), (), answer)
    unread = tuple(islice(_unread(library), _MOST_UNREAD))
    maybe = " Something that may have them was not read." if unread else ""
    reason = f"No document in the library contains “{expected}”.{maybe}"
    return Diagnosis(question, expected, "not_read", reason, (), unread, answer)


def _occurrences(library: Traceable, words: str) -> Iterator[tuple[Source, Document, int, int]]:
    seen = set()
    for source in library.sources():
        if source.document_id not in seen:
            seen.add(source.document_id)
            document = library.document(source.document_id)
            for start, end in find_all(words, document.text, ignore_case=True):
                yield source, document, start, end


def _unread(library: Traceable) -> Iterator[Unread]:
    """Documents with parts that could not be read, then files in their folders that are not in the library."""
    sources = library.sources()
    for source in sources:
        report = library.document(source.document_id).report
        if pages := report.unreadable_pages:
            numbers = ", ".join(map(str, pages[:10])) + (" …" if len(pages) > 10 else "")
            yield Unread(source.path, f"{len(pages)} of its pages could not be read ({numbers})")
        for note in report.notes:
            yield Unread(source.path, note.message)
    known = {source.path for source in sources}
    roots = dict.fromkeys(source.root for source in sources if source.root)
    for found in find_files(list(roots), max_file_bytes=library.settings.max_file_bytes):
        if not isinstance(found, FoundFile):
            yield Unread(found.path, found.reason)
        elif found.path not in known:
            yield Unread(found.path, "not in the library: it could not be read, or is new (qa sync)")


class _Tracer:
    """The ranks of all that one question finds, searched once for all occurrences."""

    def __init__(self, library: Traceable, question: str, best: Answer, held_back: bool) -> None:
        self._library, self._best, self._held_back = library, best, held_back
        settings = library.settings
        self._candidates = max(settings.candidates, len(best.hits))  # as the asking itself took
        self._read = settings.read_passages if library.reader else settings.shown_passages
        close = library.search(question, self._candidates)
        self._close = {hit.passage.id: (rank, hit) for rank, hit in enumerate(close, 1)}
        self._wide = {hit.passage.id: hit for hit in library.search(question, _WIDE * self._candidates)}
        self._shown = {hit.passage.id: (rank, hit) for rank, hit in enumerate(best.hits, 1)}
        self._passages = cache(library.passages)

    def trace(self, source: Source, document: Document, start: int, end: int) -> Occurrence:
        """Find out how far the words ``document.text[start:end]`` got."""
        words, page, line = document.text[start:end], document.page_of(start), document.line_of(start)
        reason = _not_indexed(document, start)
        found = Occurrence(source, document.id, start, end, words, page, line, "not_indexed", reason)
        passages = self._passages(document.id)
        whole = [p for p in passages if p.start <= start and end <= p.end]
        parts = whole or [p for p in passages if p.start < end and start < p.end]
        if not parts:
            return found
        split = "" if whole else f" They lie across {len(parts)} passages."
        traced = [self._in_passage(found, passage, split) for passage in parts]
        return max(traced, key=lambda each: (STAGES.index(each.stage), -(each.rank or 10**9)))

    def _in_passage(self, found: Occurrence, passage: Passage, split: str) -> Occurrence:
        rank, hit = self._close.get(passage.id, (None, None))
        read_rank, shown = self._shown.get(passage.id, (None, None))
        wide = self._wide.get(passage.id, hit)
        detail = hit.detail if hit else wide.detail if wide else None
        stage, reason = self._stage(found, passage, rank, wide.detail if wide else None)
        return replace(
            found,
            stage=stage,
            reason=reason + split,
            passage_id=passage.id,
            rank=rank,
            score=hit.score if hit else None,
            words_rank=wide.detail.sparse_rank if wide else None,
            meaning_rank=wide.detail.dense_rank if wide else None,
            bm25=detail.bm25 if detail else None,
            cosine=detail.cosine if detail else None,
            read_rank=read_rank,
            reader=shown.detail.reader if shown else None,
        )

    def _stage(
        self, found: Occurrence, passage: Passage, rank: int | None, detail: HitDetail | None
    ) -> tuple[Stage, str]:
        if any(
            citation.document_id == found.document_id and citation.start <= found.start and found.end <= citation.end
            for citation in self._best.citations
        ):
            return self._quoted()
        if passage.id in self._shown or (rank is not None and rank <= self._read):
            return "not_quoted", self._missed(passage, rank)
        ranks = (detail.sparse_rank, detail.dense_rank) if detail else (None, None)
        if any(each is not None and each <= self._candidates for each in ranks):
            where = f"is {_nth(rank)}" if rank else f"is not among the first {self._candidates}"
            return "ranked_under", f"Their passage {where}; the first {self._read} are read."
        return "not_a_candidate", self._too_far(ranks)

    def _quoted(self) -> tuple[Stage, str]:
        if not self._held_back:
            return "found", "The answer quotes them."
        limits = f"{self._best.confidence:.2f} is under the threshold of {self._library.settings.threshold:.2f}"
        return "under_threshold", f"The answer was found, but its confidence of {limits}."

    def _missed(self, passage: Passage, rank: int | None) -> str:
        words = f"Their passage, {_nth(rank)} of those found, was read, but other words were quoted."
        at, hit = self._shown.get(passage.id, (None, None))
        if hit and hit.detail.reader is not None:
            return f"{words} The reader put it at number {at}, its best words there at {hit.detail.reader:+.1f}."
        return f"{words} The reader put it below the first {len(self._shown)}." if self._library.reader else words

    def _too_far(self, ranks: Sequence[int | None]) -> str:
        beyond = f"beyond {_WIDE * self._candidates}"
        by_words, by_meaning = (_nth(rank) if rank else beyond for rank in ranks)
        looked_at = f"the first {self._candidates} of each are looked at"
        return f"Their passage is {by_words} by words and {by_meaning} by meaning; {looked_at}."


def _nth(rank: int | None) -> str:
    return "unranked" if rank is None else f"number {rank}"


def _not_indexed(document: Document, start: int) -> str:
    kind = next((block.kind for block in document.blocks if block.start <= start < block.end), None)
    where = f" They are in a block of the kind “{kind}”." if kind else ""
    return f"They are in the document's text, but in no passage: what repeats on pages is not indexed.{where}"
