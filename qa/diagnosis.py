"""Where a known answer got lost on its way from a document to a person: ``Library.why``, ``qa why``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from embeddings import is_unspaced
from qa.codec import to_json
from qa.errors import QuestionError
from qa.ingest.discovery import FoundFile, find_files
from qa.types import Answer, Document, Hit, Passage, Source

if TYPE_CHECKING:
    from qa.library import Library

Stage = Literal["not_read", "not_indexed", "not_a_candidate", "ranked_under", "not_quoted", "under_threshold", "found"]
"""How far the expected words came, the earliest loss first."""
STAGES: tuple[Stage, ...] = get_args(Stage)

_WIDE = 10
"""Ranks are told down to so many times the candidates."""
_PLACES_TRIED = 1000
_PLACES_KEPT = 10
_UNREAD_KEPT = 50
_APOSTROPHES, _QUOTES = "'‘’‚‛′`´", '"“”„‟«»″'


@dataclass(frozen=True, slots=True)
class Place:
    """Where the expected words stand, and how far they came from there."""

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
    """The passage that holds them, else the one of those that hold a part of them that came furthest."""
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
    """Something that may hold the words without the library knowing."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Why:
    """What became of the expected words."""

    question: str
    expected: str
    stage: Stage
    """Of the place that came furthest."""
    reason: str
    places: tuple[Place, ...]
    """At most ten, those that came furthest first; empty for ``not_read``."""
    unread: tuple[Unread, ...]
    """For ``not_read``: documents of which parts could not be read, and files beside them that the library lacks."""
    answer: Answer
    """The library's."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "question": self.question,
            "expected": self.expected,
            "stage": self.stage,
            "reason": self.reason,
            "places": [_place_to_dict(place) for place in self.places],
            "unread": [{"path": each.path, "reason": each.reason} for each in self.unread],
            "answer": self.answer.to_dict(),
        }


def _place_to_dict(place: Place) -> dict[str, Any]:
    values = {name: getattr(place, name) for name in Place.__slots__}
    return {**values, "source": to_json(place.source)}


def why(library: Library, question: str, expected: str) -> Why:
    """How far the words ``expected`` come when ``question`` is asked.

    They are looked for in all documents, whatever their case, white space and forms of quotation marks. Raises
    ``QuestionError`` when there are none, and as ``Library.ask``.
    """
    pattern = pattern_of(expected)
    best = ask_best(library, question)
    threshold = library.settings.threshold
    held_back = best.confidence < threshold or best.status == "not_found"
    answer = replace(best, status="not_found", statements=(), citations=(), short=None) if held_back else best
    tracer = _Tracer(library, question, best, held_back)
    places = []
    for source, document, start, end in _found(library, pattern):
        places.append(tracer.place(source, document, start, end))
        if len(places) == _PLACES_TRIED:
            break
    places.sort(key=lambda place: (-STAGES.index(place.stage), place.rank or 10**9, place.words_rank or 10**9))
    if places:
        stage, reason = places[0].stage, places[0].reason
        return Why(question, expected, stage, reason, tuple(places[:_PLACES_KEPT]), (), answer)
    unread = tuple(each for each, _ in zip(_unread(library), range(_UNREAD_KEPT), strict=False))
    return Why(question, expected, "not_read", _not_read(expected, unread), (), unread, answer)


def ask_best(library: Library, question: str) -> Answer:
    """The library's best answer, also where its confidence is under the threshold."""
    return library.ask(question, threshold=0.0)


# --- finding the words ------------------------------------------------------------------------------------------------


def pattern_of(words: str) -> re.Pattern[str]:
    """Finds ``words`` as whole words in any text, whatever the case, white space and quotation marks.

    Searching the text itself, not a changed copy of it, gives its own offsets. Raises ``QuestionError`` when there
    are no words.
    """
    parts = words.split()
    if not any(char.isalnum() for char in words):
        raise QuestionError(f"The expected words {words[:40]!r} have no words in them. Give words of the document.")
    body = r"\s+".join("".join(map(_char, part)) for part in parts)
    return re.compile(_edge(parts[0][0], r"(?<!\w)") + body + _edge(parts[-1][-1], r"(?!\w)"), re.IGNORECASE)


def _char(char: str) -> str:
    group = next((group for group in (_APOSTROPHES, _QUOTES) if char in group), None)
    return f"[{re.escape(group)}]" if group else re.escape(char)


def _edge(char: str, rule: str) -> str:
    return rule if re.match(r"\w", char) and not is_unspaced(char) else ""


def _found(library: Library, pattern: re.Pattern[str]) -> Iterator[tuple[Source, Document, int, int]]:
    seen = set()
    for source in library.sources():
        if source.document_id not in seen:
            seen.add(source.document_id)
            document = library.document(source.document_id)
            for match in pattern.finditer(document.text):
                yield source, document, match.start(), match.end()


def _unread(library: Library) -> Iterator[Unread]:
    """Documents with parts that could not be read, then files under their folders that are not in the library."""
    sources = library.sources()
    for source in sources:
        report = library.document(source.document_id).report
        if report.unreadable_pages:
            pages = ", ".join(map(str, report.unreadable_pages[:10]))
            more = " …" if len(report.unreadable_pages) > 10 else ""
            yield Unread(source.path, f"{len(report.unreadable_pages)} of its pages could not be read ({pages}{more})")
        for note in report.notes:
            yield Unread(source.path, note.message)
    known = {source.path for source in sources}
    roots = dict.fromkeys(source.root for source in sources if source.root)
    for found in find_files(list(roots), max_file_bytes=library.settings.max_file_bytes):
        if not isinstance(found, FoundFile):
            yield Unread(found.path, found.reason)
        elif found.path not in known:
            yield Unread(found.path, "not in the library: it could not be read, or is new (qa sync)")


def _not_read(expected: str, unread: Sequence[Unread]) -> str:
    maybe = " Something was not read that may hold them." if unread else ""
    return f"“{expected}” stands in no document of the library.{maybe}"


# --- following them ---------------------------------------------------------------------------------------------------


class _Tracer:
    """What one question finds, asked once for all places."""

    def __init__(self, library: Library, question: str, best: Answer, held_back: bool) -> None:
        self._library, self._best, self._held_back = library, best, held_back
        self._candidates = max(library.settings.candidates, len(best.hits))  # as the asking itself took
        close = library.search(question, self._candidates)
        self._close = {hit.passage.id: (rank, hit) for rank, hit in enumerate(close, 1)}
        self._wide = {hit.passage.id: hit for hit in library.search(question, _WIDE * self._candidates)}
        self._shown = {hit.passage.id: (rank, hit) for rank, hit in enumerate(best.hits, 1)}
        self._passages: dict[str, list[Passage]] = {}

    def place(self, source: Source, document: Document, start: int, end: int) -> Place:
        if document.id not in self._passages:
            self._passages[document.id] = self._library.passages(document.id)
        passages = self._passages[document.id]
        holding = [p for p in passages if p.start <= start and end <= p.end]
        page, line = document.page_of(start), document.line_of(start)
        place = Place(
            *(source, document.id, start, end, document.text[start:end]),
            *(page, line, "not_indexed", _not_indexed(document, start)),
        )
        parts = holding or [p for p in passages if p.start < end and start < p.end]
        if not parts:
            return place
        split = "" if holding else f" They lie across {len(parts)} passages."
        traced = [self._traced(place, passage, split) for passage in parts]
        return max(traced, key=lambda each: (STAGES.index(each.stage), -(each.rank or 10**9)))

    def _traced(self, place: Place, passage: Passage, split: str) -> Place:
        wide: Hit | None = self._wide.get(passage.id)
        shown = self._shown.get(passage.id)
        rank, hit = self._close.get(passage.id, (None, None))
        detail = (hit or wide).detail if hit or wide else None  # type: ignore[union-attr]
        ranks = wide.detail if wide else detail
        stage, reason = self._stage(place, passage, rank, (ranks.sparse_rank, ranks.dense_rank) if ranks else ())
        return replace(
            place,
            stage=stage,
            reason=reason + split,
            passage_id=passage.id,
            rank=rank,
            score=hit.score if hit else None,
            words_rank=ranks.sparse_rank if ranks else None,
            meaning_rank=ranks.dense_rank if ranks else None,
            bm25=detail.bm25 if detail else None,
            cosine=detail.cosine if detail else None,
            read_rank=shown[0] if shown else None,
            reader=shown[1].detail.reader if shown else None,
        )

    def _missed(self, passage: Passage, rank: int | None) -> str:
        words = f"Their passage, {_nth(rank)} of those found, was read, but other words were quoted."
        at, hit = self._shown.get(passage.id, (None, None))
        if hit and hit.detail.reader is not None:
            words += f" The reader put it at number {at}, its best words there at {hit.detail.reader:+.1f}."
        elif self._library.reader:
            words += f" The reader put it under the first {len(self._shown)}."
        return words

    def _stage(
        self, place: Place, passage: Passage, rank: int | None, ranks: tuple[int | None, ...]
    ) -> tuple[Stage, str]:
        quoted = any(
            c.document_id == place.document_id and c.start <= place.start and place.end <= c.end
            for c in self._best.citations
        )
        if quoted and self._held_back:
            limits = f"{self._best.confidence:.2f} is under the threshold of {self._library.settings.threshold:.2f}"
            return "under_threshold", f"The answer was found, but its confidence of {limits}."
        if quoted:
            return "found", "The answer quotes them."
        read = library_reads(self._library, len(self._best.hits))
        if passage.id in self._shown or (rank is not None and rank <= read):
            return "not_quoted", self._missed(passage, rank)
        if any(each is not None and each <= self._candidates for each in ranks):
            place_words = f"is {_nth(rank)}" if rank else f"is not among the first {self._candidates}"
            return "ranked_under", f"Their passage {place_words}; the first {read} are read."
        words = " and ".join(
            f"{_nth(each)} by {name}" if each else f"beyond {_WIDE * self._candidates} by {name}"
            for name, each in zip(("words", "meaning"), ranks or (None, None), strict=True)
        )
        return "not_a_candidate", f"Their passage is {words}; the first {self._candidates} of each are looked at."


def library_reads(library: Library, hits: int) -> int:
    """How many of the best passages are read for an answer."""
    return library.settings.read_passages if library.reader else hits


def _nth(rank: int | None) -> str:
    return "unranked" if rank is None else f"number {rank}"


def _not_indexed(document: Document, start: int) -> str:
    kind = next((block.kind for block in document.blocks if block.start <= start < block.end), None)
    stands = f" They stand in a block of the kind “{kind}”." if kind else ""
    return f"They are in the document's text, but in no passage: what repeats on pages is not indexed.{stands}"


StageWords = Mapping[Stage, str]
STAGE_WORDS: StageWords = {
    "not_read": "Not in what was read",
    "not_indexed": "Read, but not indexed",
    "not_a_candidate": "Indexed, but not among the candidates",
    "ranked_under": "A candidate, but ranked too low to be read",
    "not_quoted": "Read, but not quoted: the reader missed them",
    "under_threshold": "Found, but held back",
    "found": "Found",
}
"""What a stage is called."""
