"""The nouns of the project: frozen values without I/O and without any library's types.

Offsets everywhere are Unicode code points into ``Document.text``; ``end`` is exclusive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

BlockKind = Literal[
    "heading",
    "paragraph",
    "list_item",
    "table_row",
    "code",
    "quote",
    "caption",
    "footnote",
    "furniture",  # running heads, page numbers: in the text, never indexed
    "noise",  # a block of which one repeated line makes over 80 %: in the text, never indexed
]

MetadataValue = str | tuple[str, ...]

HEADING_SEPARATOR = " › "
"""Stands between the headings of a path."""


class Cell(NamedTuple):
    """One cell of a table row that has words in it."""

    start: int
    end: int
    """Offsets into the document's text; the words of the header are not in it."""
    header: str = ""
    """The words of its column's header; empty where the table has none."""


@dataclass(frozen=True, slots=True)
class Block:
    """One structural piece of a document's text.

    Blocks stand in text order and do not overlap; what lies between two blocks is white space.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    """Of a heading 1 (title) to 6; of a list item its nesting depth from 1; otherwise 0."""
    indexed: bool = True
    """False: the block stays readable in the text but no passage covers it."""
    cells: tuple[Cell, ...] = ()
    """Of a table row, in text order; empty for other blocks."""


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """Where ``text[start:end]`` stands in the file it was read from.

    For text formats ``line`` is the 1-based line of the file where ``text[start]`` stands. For PDF ``page`` is
    the 0-based page index and ``char`` the index of pdfium's character for ``text[start]``; the characters of
    one span follow each other: ``text[start + i]`` is character ``char + i`` of that page.
    """

    start: int
    end: int
    line: int | None = None
    page: int | None = None
    char: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """One thing a reader should know about a document or an answer."""

    code: str
    """Stable name for programs, such as ``page_without_text``, ``encoding_guessed``, ``language_unknown``."""
    message: str
    """One sentence for people, naming the value."""
    page: int | None = None
    """0-based page index it is about, where there is one."""


@dataclass(frozen=True, slots=True)
class ReadingReport:
    """How a file was read and what of it could not be."""

    loader: str
    """Name and version of the loader, such as ``markdown/1``."""
    notes: tuple[Note, ...] = ()
    pages: int | None = None
    """Number of pages, None for formats without pages."""
    unreadable_pages: tuple[int, ...] = ()
    """0-based indices of pages whose text could not be read."""


@dataclass(frozen=True, slots=True)
class Document:
    """One immutable version of a file's content.

    ``text`` has ``\\n`` newlines, no NUL and no lone surrogates.
    """

    id: str
    """Hash of the file's bytes and the loader's name and version: 32 hexadecimal digits."""
    text: str
    blocks: tuple[Block, ...]
    report: ReadingReport
    title: str | None = None
    """The title the document gives itself (front matter, first heading, properties); None where it gives none."""
    language: str | None = None
    """ISO 639-1 code detected from the text, None when there is too little of it to say."""
    page_starts: tuple[int, ...] = ()
    """Offset in ``text`` at which each page starts, ascending; empty for formats without pages."""
    page_labels: tuple[str, ...] = ()
    """The pages' printed labels (``iv``, ``12``), as long as ``page_starts``, or empty where the file has none."""
    source_map: tuple[SourceSpan, ...] = ()
    """In text order; may leave gaps (characters that the loader put in itself)."""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    """What the file says of itself: ``author``, ``date``, ``tags``, …; keys in lower case."""

    def page_of(self, offset: int) -> int | None:
        """The 0-based index of the page on which ``text[offset]`` stands; None for formats without pages."""
        return max(bisect_right(self.page_starts, offset) - 1, 0) if self.page_starts else None

    def section_of(self, offset: int) -> str:
        """The headings in force at ``offset`` (a heading standing there included), outermost first."""
        path: list[Block] = []
        for block in self.blocks:
            if block.start > offset:
                break
            if block.kind == "heading":
                path = [outer for outer in path if outer.level < block.level] + [block]
        return HEADING_SEPARATOR.join(" ".join(self.text[b.start : b.end].split()) for b in path)

    def line_of(self, offset: int) -> int | None:
        """The 1-based line of the source file on which ``text[offset]`` stands; None where lines mean nothing."""
        index = bisect_right(self.source_map, offset, key=lambda span: span.start) - 1
        return self.source_map[index].line if index >= 0 else None


@dataclass(frozen=True, slots=True)
class Source:
    """A file or upload that was added to a library. It points to its current document."""

    id: int
    """Stable for as long as the source is in the library; never given to another."""
    path: str
    """Absolute path; for an upload, its place inside the library folder."""
    title: str
    """The document's own title, else the file's name."""
    document_id: str
    root: str | None = None
    """The folder it was added from; None for a file added by itself or an upload."""
    upload: bool = False
    size: int = 0
    """Bytes."""
    modified_ns: int = 0
    added: str = ""
    """ISO 8601 time in UTC."""


class Unit(NamedTuple):
    """The unit of evidence: a sentence, a list item's sentence, a table row, or the code of one block in a passage."""

    start: int
    end: int
    """Offsets into the document's text."""
    kind: BlockKind = "paragraph"
    """Of its block."""
    embedded: bool = True
    """Whether it has a vector of its own; short ones have none."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one document, the unit that is searched: ``text == document.text[start:end]``."""

    id: int
    """Never reused."""
    document_id: str
    start: int
    end: int
    text: str
    heading: str = ""
    """The headings above it, outermost first, joined with `` › ``; empty above the first heading."""
    units: tuple[Unit, ...] = ()
    """In text order; headings are left out unless there is nothing else."""


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """A sentence of a passage and how well it fits the question."""

    start: int
    end: int
    """Offsets into the document's text."""
    score: float
    """Cosine between the question and the sentence, −1 to 1; higher is better."""


@dataclass(frozen=True, slots=True)
class SpanScore:
    """Words that may be the exact answer, as the reader sees it."""

    start: int
    end: int
    """Offsets into the document's text."""
    score: float
    """Logit of these words less that of "no answer here": comparable across passages, above 0 when it believes them."""


@dataclass(frozen=True, slots=True)
class HitDetail:
    """How a hit came by its score (``search(explain=True)``, and always kept for the answerer)."""

    dense_rank: int | None
    """1-based rank among the nearest vectors; None when it was not among them."""
    sparse_rank: int | None
    """1-based rank among the keyword hits; None when it was not among them."""
    cosine: float | None
    """Cosine of the best sentence, or of the whole passage where it is nearer; None without a vector yet."""
    bm25: float
    """BM25 score, 0 when not among the keyword candidates."""
    bm25_share: float
    """BM25 divided by the best of this question, 0 to 1."""
    words: tuple[str, ...] = ()
    """The question's words (stems) that the passage has; filled by ``search(explain=True)`` only."""
    fused: float | None = None
    """The score before the reader re-ordered; None where none did."""
    reader: float | None = None
    """Score of the reader's best span; None where it has not read the passage."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One found passage."""

    source: Source
    document: Document
    passage: Passage
    score: float
    """Fused score, about 0 to 1, from which a reader takes up to 0.3; higher is better. Comparable within one question
    only."""
    detail: HitDetail
    sentences: tuple[SentenceScore, ...] = ()
    """The passage's sentences with vectors, best first."""
    spans: tuple[SpanScore, ...] = ()
    """The words in it that the reader thinks may answer, best first."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and its place: ``quote == document.text[start:end]``. Made by ``qa.answering.citations.cite`` only."""

    number: int
    """1-based, as in the marker ``[1]``."""
    source: Source
    document_id: str
    start: int
    end: int
    quote: str
    section: str = ""
    """Headings above the quote."""
    page: int | None = None
    """1-based number of the page where the quote starts."""
    page_end: int | None = None
    """1-based number of the page where it ends."""
    page_label: str | None = None
    """The page's printed label, where the file has labels."""
    line: int | None = None
    """1-based line of the source file, for formats with lines."""
    spans: tuple[tuple[int, int], ...] = ()
    """The exact words inside the quote that answer, as absolute offsets; empty when the whole quote does."""


STRUCK = "not in your documents"
"""What is said of a quotation that stands in no source."""
UNPROVEN = "no proof found"
StatementStatus = Literal["quoted", "supported", "unsupported", "struck"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer with the numbers of the citations it rests on."""

    text: str
    citations: tuple[int, ...]
    status: StatementStatus = "quoted"
    """``quoted``: words of the sources, or with words of them in quotation marks; ``supported``: the sources say so in
    other words; ``unsupported``: no proof was found; ``struck``: with a quotation that stands in no source."""
    struck: tuple[tuple[int, int], ...] = ()
    """Where in ``text`` the words of such quotations are, as ``[start:end]``."""

    @property
    def honest_text(self) -> str:
        """``text`` with a remark in the place of each struck quotation, and after what is not proven: for where nothing
        can be struck through."""
        text = self.text
        for start, end in reversed(self.struck):
            text = f"{text[:start]}[{STRUCK}]{text[end:]}"
        return text if self.status != "unsupported" else f"{text} [{UNPROVEN}]"


@dataclass(frozen=True, slots=True)
class Answer:
    """What every door gives back for a question."""

    question: str
    status: Literal["answered", "not_found"]
    confidence: float
    """Probability, 0 to 1, that the best candidate answers the question; stated also when not found."""
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    short: str | None = None
    """The exact words, where the question asks for them and they were found; a slice of a citation's quote."""
    hits: tuple[Hit, ...] = ()
    """The nearest passages, best first; for ``not_found`` they are what comes nearest."""
    notes: tuple[Note, ...] = ()
    """What could not be read or is not searchable by meaning yet, where it may matter."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds by part: ``search``, ``read``, ``answer``, ``write``, ``total``."""
    writer: str | None = None
    """Name of the language model that wrote the statements; None: they are quotes."""

    @property
    def text(self) -> str:
        """The answer for reading: its statements with markers, or the sentence that says nothing was found."""
        if self.status == "not_found":
            return "Not found in your documents."
        return " ".join(
            statement.honest_text + "".join(f" [{number}]" for number in statement.citations)
            for statement in self.statements
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of every door; its schema stands in ``docs/answer.schema.json``."""
        return {
            "question": self.question,
            "status": self.status,
            "confidence": round(self.confidence, 4),
            "text": self.text,
            "short": self.short,
            "statements": [
                {
                    "text": s.text,
                    "citations": list(s.citations),
                    "status": s.status,
                    "struck": [list(x) for x in s.struck],
                }
                for s in self.statements
            ],
            "citations": [citation_to_dict(c) for c in self.citations],
            "hits": [hit_to_dict(h) for h in self.hits],
            "notes": [{"code": n.code, "message": n.message, "page": n.page} for n in self.notes],
            "timings": {name: round(seconds, 6) for name, seconds in self.timings.items()},
            "writer": self.writer,
        }


def citation_to_dict(citation: Citation) -> dict[str, Any]:
    """A citation as JSON values."""
    return {
        "number": citation.number,
        "source": source_to_dict(citation.source),
        "document_id": citation.document_id,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "section": citation.section,
        "page": citation.page,
        "page_end": citation.page_end,
        "page_label": citation.page_label,
        "line": citation.line,
        "spans": [list(span) for span in citation.spans],
    }


def source_to_dict(source: Source) -> dict[str, Any]:
    """A source as JSON values."""
    return {"id": source.id, "title": source.title, "path": source.path, "upload": source.upload}


def hit_to_dict(hit: Hit) -> dict[str, Any]:
    """A hit as JSON values."""
    page = hit.document.page_of(hit.passage.start)
    return {
        "source": source_to_dict(hit.source),
        "document_id": hit.passage.document_id,
        "passage_id": hit.passage.id,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "text": hit.passage.text,
        "section": hit.passage.heading,
        "page": None if page is None else page + 1,
        "line": hit.document.line_of(hit.passage.start),
        "score": round(hit.score, 6),
        "detail": {
            "dense_rank": hit.detail.dense_rank,
            "sparse_rank": hit.detail.sparse_rank,
            "cosine": None if hit.detail.cosine is None else round(hit.detail.cosine, 6),
            "bm25": round(hit.detail.bm25, 6),
            "bm25_share": round(hit.detail.bm25_share, 6),
            "words": list(hit.detail.words),
            "fused": None if hit.detail.fused is None else round(hit.detail.fused, 6),
            "reader": None if hit.detail.reader is None else round(hit.detail.reader, 6),
        },
    }


FileStatus = Literal["added", "updated", "moved", "unchanged", "removed", "skipped", "failed", "kept_old"]


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file of an ``add`` or ``sync``."""

    path: str
    status: FileStatus
    """``skipped``: not a document (hidden, ignored, unsupported); ``failed``: could not be read;
    ``kept_old``: changed but could not be read, so the earlier version stays."""
    reason: str = ""
    """For people; empty for added, updated, moved and unchanged files without remarks."""
    source_id: int | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class AddReport:
    """What an ``add``, ``sync`` or ``remove`` did, file by file in the order they were met."""

    files: tuple[FileOutcome, ...]
    waiting: int = 0
    """Passages that still have no vector (found by their words only)."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds by phase: ``read``, ``encode``."""

    def count(self, status: FileStatus) -> int:
        """How many files came out with this status."""
        return sum(outcome.status == status for outcome in self.files)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work is; passed to ``on_progress`` callbacks."""

    phase: Literal["read", "encode"]
    done: int
    total: int
    """In ``unit``."""
    unit: Literal["files", "passages"]
    item: str = ""
    """The file at hand."""
    rate: float = 0.0
    """Units a second."""
    seconds_left: float | None = None
    """None before there is anything to estimate it from."""


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """Sizes of a library."""

    sources: int
    documents: int
    passages: int
    waiting: int
    """Passages without a vector."""
    model: str
    """Name of the model whose vectors the library holds."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What ``check`` compared, found and mended."""

    passages: int
    problems: tuple[str, ...] = ()
    """One sentence each; empty when SQLite, FAISS and tantivy agree."""
    repaired: bool = False
    """True when every problem found was mended."""
