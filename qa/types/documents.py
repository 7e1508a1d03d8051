"""Documents and their parts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import ConfigDict, Field

BlockKind = Literal[
    "heading",
    "paragraph",
    "list_item",
    "table_row",
    "question",  # of an FAQ or an exam
    "answer",  # a paragraph that answers a question
    "caption",
    "code",
    "quote",
    "note",  # footnotes, endnotes, comments, what a speaker says to a slide
    "furniture",  # running heads, page numbers: in the text, never indexed
    "noise",  # a block of which one repeated line makes over 80 %: in the text, never indexed
]

MetadataValue = str | tuple[str, ...]

HEADING_SEPARATOR = " › "
"""Separates the headings of a path."""


class Noun:
    """Base of the nouns: tells the codec that the strings below their fields describe them."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )


class Cell(NamedTuple):
    """One cell of a table row that has words in it."""

    start: int
    end: int
    """Offsets into the document's text; the words of the header are not in it."""
    header: str = ""
    """The words of its column's header rows, outermost first, joined with `` › ``; empty where the table has none."""
    column: int = 0
    """The 1-based number of its column, the first of a merged cell; 0 where it is not known."""


@dataclass(frozen=True, slots=True)
class Block(Noun):
    """One structural piece of a document's text.

    Blocks are in text order and do not overlap; between two blocks there is only white space.
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
    number: str = ""
    """Of a heading, list item or note, as shown: ``6.2``, ``(a)``, ``3.``; the text begins with it. Bullets: none."""
    group: int | None = None
    """The items of one list, nested ones too, and the rows of one table share a number."""
    sheet: str = ""
    """Of a spreadsheet's row: the name of its sheet."""
    row: int | None = None
    """Of a table row, 1-based: as the program shows it in a spreadsheet, else counted with the header rows."""
    answers: int | None = None
    """The index in ``Document.blocks`` of the question, or of the turn of a conversation, that this block answers."""
    speaker: str = ""
    """Of a turn of a conversation: who says it. A turn is the run of blocks with the same speaker and time."""
    time: str = ""
    """Of a turn or subtitle: when, as shown."""


@dataclass(frozen=True, slots=True)
class SourceSpan(Noun):
    """The location of ``text[start:end]`` in the file it was read from.

    For text formats ``line`` is the 1-based line of the file with ``text[start]``. For PDF ``page`` is
    the 0-based page index and ``char`` the index of pdfium's character for ``text[start]``; the characters of
    one span follow each other: ``text[start + i]`` is character ``char + i`` of that page.
    """

    start: int
    end: int
    line: int | None = None
    page: int | None = None
    char: int | None = None


class ScannedWord(NamedTuple):
    """Words of the text that OCR has read, and where they are on their page."""

    start: int
    end: int
    """Offsets into the document's text."""
    page: int
    """1-based number of the page."""
    left: float
    top: float
    right: float
    bottom: float
    """Edges as shares (0 to 1) of the width and height of the page as shown, from its upper left corner."""
    certainty: float
    """Of OCR, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Note(Noun):
    """One thing a reader should know about a document or an answer."""

    code: str
    """Stable name for programs, such as ``page_without_text``, ``encoding_guessed``, ``language_unknown``."""
    message: str
    """One sentence for people, naming the value."""
    page: int | None = None
    """1-based number of the page it is about; None where it is about no page."""


@dataclass(frozen=True, slots=True)
class ReadingReport(Noun):
    """How a file was read and what of it could not be."""

    loader: str
    """Name and version of the loader, such as ``markdown/2``."""
    notes: tuple[Note, ...] = ()
    pages: int | None = None
    """Number of pages, None for formats without pages."""
    unreadable_pages: tuple[int, ...] = ()
    """1-based numbers of the pages whose text could not be read."""
    waiting_pages: tuple[int, ...] = ()
    """1-based numbers of those of them that show something, and that OCR has not read yet."""


@dataclass(frozen=True, slots=True)
class Document(Noun):
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
    scanned: tuple[ScannedWord, ...] = ()
    """The words that were read by OCR, in text order; the source map has nothing about them."""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    """The file's own metadata: ``author``, ``date``, ``tags``, …; keys in lower case."""

    def page_of(self, offset: int) -> int | None:
        """The 1-based number of the page that has ``text[offset]``; None for formats without pages."""
        return max(bisect_right(self.page_starts, offset), 1) if self.page_starts else None

    def section_of(self, offset: int) -> str:
        """The headings in force at ``offset`` (a heading at that offset included), outermost first."""
        path: list[Block] = []
        for block in self.blocks:
            if block.start > offset:
                break
            if block.kind == "heading":
                path = [outer for outer in path if outer.level < block.level] + [block]
        return HEADING_SEPARATOR.join(" ".join(self.text[b.start : b.end].split()) for b in path)

    def block_at(self, offset: int) -> Block | None:
        """The block with ``text[offset]``, or the last one before it; None before the first."""
        index = bisect_right(self.blocks, offset, key=lambda block: block.start) - 1
        return self.blocks[index] if index >= 0 else None

    def certainty_of(self, start: int, end: int) -> float:
        """The lowest certainty of the words that OCR has read in ``text[start:end]``; 1 where it has read none."""
        first = bisect_right(self.scanned, start, key=lambda word: word.end)
        words = takewhile(lambda word: word.start < end, islice(self.scanned, first, None))
        return min((word.certainty for word in words), default=1.0)

    def line_of(self, offset: int) -> int | None:
        """The 1-based line of the source file with ``text[offset]``; None where lines mean nothing."""
        index = bisect_right(self.source_map, offset, key=lambda span: span.start) - 1
        return self.source_map[index].line if index >= 0 else None


@dataclass(frozen=True, slots=True)
class Source(Noun):
    """A file or upload that was added to a library. It points to its current document."""

    id: int
    """Stable for as long as the source is in the library; never given to another."""
    path: str
    """Absolute path; for an upload, of the copy in the library folder."""
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
    """True if it has a vector of its own; short ones have none."""


@dataclass(frozen=True, slots=True)
class Passage(Noun):
    """A run of whole sentences of one document, the unit that is searched: ``text == document.text[start:end]``."""

    id: int
    """Never reused."""
    document_id: str
    start: int
    end: int
    text: str
    heading: str = ""
    """The headings above it, outermost first, joined with `` › ``; empty above the first heading."""
    units: Annotated[tuple[Unit, ...], Field(exclude=True)] = ()
    """In text order; headings are left out unless there is nothing else."""
