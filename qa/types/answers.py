"""Hits, citations and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, computed_field

from qa.codec import to_json
from qa.types.documents import Document, Note, Noun, Passage, ReadingReport, Source, Unit


@dataclass(frozen=True, slots=True)
class SpanScore(Noun):
    """Words that may be the exact answer, as the reader sees it."""

    start: int
    end: int
    """Offsets into the document's text."""
    score: float
    """Logit of these words less that of "no answer here": comparable across passages, above 0 when it believes them."""


@dataclass(frozen=True, slots=True)
class HitDetail(Noun):
    """How a hit came by its score (shown by ``search(explain=True)``)."""

    dense_rank: int | None
    """1-based rank among the nearest vectors; None when it was not among them."""
    sparse_rank: int | None
    """1-based rank among the keyword hits; None when it was not among them."""
    cosine: float | None
    """Cosine of the best unit, or of the whole passage where it is nearer; None without a vector yet."""
    bm25: float
    """BM25 score, 0 when not among the keyword candidates."""
    bm25_share: float
    """BM25 divided by the best of this question, 0 to 1."""
    words: tuple[str, ...] = ()
    """The question's words (stems) that the passage has; filled by ``search(explain=True)`` only."""
    reader: float | None = None
    """Score of the reader's best span; None where it has not read the passage."""


@dataclass(frozen=True, slots=True)
class Hit(Noun):
    """One found passage."""

    source: Source
    document: Annotated[Document, Field(exclude=True, default=Document("", "", (), ReadingReport("")))]
    """Left out of the JSON; of a saved answer's hit, a document without text."""
    passage: Passage
    score: float
    """Fused score of both indexes, about 0 to 1; higher is better. Comparable within one question only."""
    detail: HitDetail
    cosines: Annotated[tuple[float | None, ...], Field(exclude=True)] = ()
    """The cosine between the question and each of the passage's units, −1 to 1; None for units without a vector."""
    spans: Annotated[tuple[SpanScore, ...], Field(exclude=True)] = ()
    """The words in it that the reader thinks may answer, best first; none where no reader has read it."""
    page: int | None = None
    """1-based number of the page where the passage starts; None for formats without pages."""
    line: int | None = None
    """1-based line of the source file where it starts; None where lines mean nothing."""

    @property
    def nearest_unit(self) -> Unit | None:
        """The unit of its passage nearest to the question in meaning; None where none has a vector."""
        scored = [(cosine, unit) for cosine, unit in zip(self.cosines, self.passage.units, strict=False) if cosine]
        return max(scored, key=lambda item: item[0])[1] if scored else None


@dataclass(frozen=True, slots=True)
class Citation(Noun):
    """A quote and its location: ``quote == document.text[start:end]``. Made by ``qa.answering.citations.cite`` only."""

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
    sheet: str | None = None
    """Name of the spreadsheet's sheet."""
    row: int | None = None
    """Number of the table's row where the quote starts, 1-based, as the program shows it in a spreadsheet."""
    row_end: int | None = None
    """Number of the row where it ends."""
    speaker: str | None = None
    """Who says it, in a conversation; ``Mia, Tom`` where a quote goes on into the words of another."""
    time: str | None = None
    """When it is said, in a conversation or a film, as shown."""
    spans: tuple[tuple[int, int], ...] = ()
    """The exact words inside the quote that answer, as absolute offsets; empty when the whole quote does."""


STRUCK = "not in your documents"
"""Remark on a quotation that is in no source."""
UNPROVEN = "no proof found"
StatementStatus = Literal["quoted", "supported", "unsupported", "struck"]


@dataclass(frozen=True, slots=True)
class Statement(Noun):
    """One sentence of an answer with the numbers of the citations it rests on."""

    text: str
    citations: tuple[int, ...]
    status: StatementStatus = "quoted"
    """``quoted``: words of the sources, or with such words in quotation marks; ``supported``: the sources say so in
    other words; ``unsupported``: no proof was found; ``struck``: with a quotation that is in no source."""
    struck: tuple[tuple[int, int], ...] = ()
    """Where in ``text`` the words of such quotations are, as ``[start:end]``."""

    @property
    def honest_text(self) -> str:
        """``text`` with a remark instead of each struck quotation and after an unsupported sentence, for plain text."""
        text = self.text
        for start, end in reversed(self.struck):
            text = f"{text[:start]}[{STRUCK}]{text[end:]}"
        return text if self.status != "unsupported" else f"{text} [{UNPROVEN}]"


@dataclass(frozen=True, slots=True)
class Answer(Noun):
    """The result of ``Library.ask``; the same in Python, on the command line, over HTTP and in saved conversations."""

    question: str
    status: Literal["answered", "not_found"]
    confidence: float
    """Probability, 0 to 1, that the best candidate answers the question; stated also when not found."""
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    short: str | None = None
    """The exact words, where the question asks for them and they were found; a slice of a citation's quote."""
    hits: tuple[Hit, ...] = ()
    """The best passages, best first; for ``not_found``, the closest ones."""
    notes: tuple[Note, ...] = ()
    """Remarks on what could not be read or is not searchable by meaning yet, where it may affect the answer."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds by part: ``search``, ``read``, ``answer``, ``write``, ``total``."""
    writer: str | None = None
    """Name of the language model that wrote the statements; None: they are quotes."""

    @computed_field  # type: ignore[prop-decorator]
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
        """As JSON values; ``docs/answer.schema.json`` is their schema."""
        return dict(to_json(self))
