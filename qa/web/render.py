"""An ``Answer`` as Markdown for Gradio's chat: nothing of a document gets in unescaped, and the only live parts are the
links and tags put in here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from qa.answering.citations import inner_section, location
from qa.generation import FAILURES, failure_words
from qa.types import HEADING_SEPARATOR, STRUCK, UNPROVEN, Answer, Citation, Document, Hit, Passage, Source, Statement
from qa.web.escape import escape, escape_bold, escape_part, quote_href, upright
from qa.web.table_cells import ShownCell, ShownRow, rows_in

_LINE = re.compile(r"\S[^\n]*")
_NEAREST_SHOWN = 3
_CARD_CHARS = 600

Spans = Sequence[tuple[int, int]]
Citations = Mapping[int, Citation]


def confidence_words(confidence: float) -> str:
    """A probability (0 to 1) in words."""
    if confidence >= 0.85:
        return "High confidence"
    if confidence >= 0.65:
        return "Good confidence"
    return "Some confidence: check the quote" if confidence >= 0.4 else "Low confidence: check the quote"


def location_words(citation: Citation) -> str:
    """Source and location of a quote, such as ``Title · Section, page 3``; not escaped."""
    return " · ".join(filter(None, (source_name(citation.source), location(citation))))


def source_name(source: Source) -> str:
    """The name of a source on the page; never empty."""
    return upright(source.title.strip() or PurePath(source.path).name)


def render_notice(text: str) -> str:
    """A message from the program itself, such as an error."""
    return f'<p class="vb-notice">{escape(text)}</p>'


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders the answers of one library."""

    library_id: str = ""
    """Goes into the links (``quote_href``)."""
    find_document: Callable[[str], Document | None] = lambda _id: None
    """The document of this id, where it is still in the library. Asked only for quotes that may be rows of a table."""

    def answer(self, answer: Answer, error_rate: str = "", *, limited: bool = False) -> str:
        """The whole message for an answer. ``error_rate``: one sentence on how often such answers are wrong.

        ``limited``: only chosen documents were searched; if nothing was found, a link ``#widen`` offers to search all.
        """
        parts = self._not_found(answer, limited) if answer.status == "not_found" else self._found(answer, error_rate)
        notes = (render_notice(note.message) for note in answer.notes if note.code not in FAILURES)
        return _paragraphs(*parts, *notes)

    def draft(self, statements: Sequence[Statement], citations: Sequence[Citation], writer: str) -> str:
        """The message while the language model ``writer`` writes: its sentences so far, each checked."""
        words = escape(f"{writer} is writing. Each sentence is checked before it is shown.")
        written = self._written(statements, _by_number(citations))
        return _paragraphs(written, f'<p class="vb-writing vb-working">{words}</p>')

    def _found(self, answer: Answer, error_rate: str) -> list[str]:
        cards = _cards(map(self._citation_card, answer.citations), "Quotes")
        percent, words = round(answer.confidence * 100), confidence_words(answer.confidence)
        citations = _by_number(answer.citations)
        if answer.writer is None:
            confidence = _confidence(f"{percent} in 100 such answers are right", words, error_rate)
            return [*self._quoted(answer.statements, citations), cards, confidence]
        written, quoted = _split_written(answer)
        failed = failure_words(answer.notes)
        level = words.partition(" ")[0].lower()
        title = f"{percent} in 100 such passages contain the answer"
        return [
            self._written(written, citations),
            _written_by(answer.writer) if written else "",
            render_notice(failed) if failed else "",
            *self._quoted(quoted, citations),
            cards,
            _confidence(title, f"Confidence that these passages contain the answer: {level}"),
        ]

    def _written(self, statements: Iterable[Statement], citations: Citations) -> str:
        """One paragraph of a language model's sentences."""
        return " ".join(f"{_sentence(each)} {self._markers(each, citations)}".strip() for each in statements)

    def _quoted(self, statements: Iterable[Statement], citations: Citations) -> list[str]:
        """One paragraph for each quote; the exact words that answer bold, a table's headers softer than its cells."""
        paragraphs = []
        for statement in statements:
            cited = (citations[number] for number in statement.citations if number in citations)
            citation = next((citation for citation in cited if citation.quote == statement.text), None)
            rows = self._rows(citation.document_id, citation.start, citation.quote) if citation else []
            spans = _inside(citation) if citation else []
            words = _lines(statement.text, rows, spans, " ")
            paragraphs.append(f"{words} {self._markers(statement, citations)}".rstrip())
        return paragraphs

    def _markers(self, statement: Statement, citations: Citations) -> str:
        return "".join(self._marker(citations[number]) for number in statement.citations if number in citations)

    def _marker(self, citation: Citation) -> str:
        href = self._href(citation, citation.source, citation.quote)
        return f'[\\[{citation.number}\\]]({href} "{escape(location_words(citation))}")'

    def _href(self, at: Citation | Passage, source: Source, text: str) -> str:
        return quote_href(at.document_id, at.start, at.end, source.id, text, library_id=self.library_id)

    def _rows(self, document_id: str, start: int, quote: str) -> list[ShownRow]:
        document = self.find_document(document_id) if "; " in quote else None
        return rows_in(document, start, start + len(quote))

    def _citation_card(self, citation: Citation) -> str:
        """The quote with its number; the cells of a table one below the other."""
        shown = _shortened(citation.quote)
        rows = self._rows(citation.document_id, citation.start, shown)
        words = _lines(shown, rows, _inside(citation) if rows else (), "&#10;")
        kind = "vb-text vb-cells" if rows else "vb-text"
        number = f'<span class="vb-number">{citation.number}</span>'
        href = self._href(citation, citation.source, citation.quote)
        return _card(href, number, location_words(citation), kind, words)

    def _not_found(self, answer: Answer, limited: bool) -> list[str]:
        where = "the documents chosen" if limited else "your documents"
        widen = ['<p class="vb-widen"><a href="#widen">Search all documents</a></p>'] if limited else []
        if not answer.hits:
            return [f"<strong>Not found in {where}.</strong>", *widen]
        return [
            f"<strong>Not found in {where}.</strong> Nothing in them seems to answer this.",
            *widen,
            '<p class="vb-nearest">The closest passages, which may or may not help:</p>',
            _cards(map(self._hit_card, answer.hits[:_NEAREST_SHOWN]), "Closest passages", " vb-near"),
        ]

    def _hit_card(self, hit: Hit) -> str:
        """A passage without a number and without the heading it begins with, which is shown above it already."""
        passage = hit.passage
        section = inner_section(passage.heading, hit.source.title)
        where = " · ".join(filter(None, (source_name(hit.source), section)))
        rest = _without_heading(passage.text, passage.heading)
        shown = _shortened(rest)
        words = _lines(shown, self._rows(passage.document_id, passage.end - len(rest), shown), (), "&#10;")
        return _card(self._href(passage, hit.source, passage.text), "", where, "vb-text", words)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _by_number(citations: Iterable[Citation]) -> Citations:
    return {citation.number: citation for citation in citations}


def _inside(citation: Citation) -> list[tuple[int, int]]:
    """The exact words as offsets into the quote, in text order."""
    return sorted((start - citation.start, end - citation.start) for start, end in citation.spans)


def _confidence(title: str, *words: str) -> str:
    return f'<p class="vb-confidence" title="{title}" tabindex="0">{escape(". ".join(filter(None, words)))}</p>'


def _written_by(name: str) -> str:
    words = f"Written by {name}. Its quotes were checked word for word; those not in your documents are struck out."
    return f'<p class="vb-writer">{escape(words)}</p>'


def _split_written(answer: Answer) -> tuple[Sequence[Statement], Sequence[Statement]]:
    """The language model's sentences, and the quotes that follow them if it failed."""
    quotes = {citation.quote for citation in answer.citations}
    at = len(answer.statements)
    if failure_words(answer.notes):
        while at and answer.statements[at - 1].text in quotes:
            at -= 1
    return answer.statements[:at], answer.statements[at:]


def _sentence(statement: Statement) -> str:
    """Softer and with a remark where no proof was found; quotations that are in no document are struck out."""
    shown, at = "", 0
    for start, end in statement.struck:
        struck = escape(statement.text[start:end])
        shown += f"{escape_part(statement.text[at:start])}<del>{struck}</del> {_remark(STRUCK)}"
        at = end
    shown += escape_part(statement.text[at:])
    if statement.status == "unsupported":
        shown += f" {_remark(UNPROVEN)}"
    return f'<span class="vb-unproven">{shown}</span>' if statement.status in ("unsupported", "struck") else shown


def _remark(words: str) -> str:
    return f'<span class="vb-remark">&#40;{words}&#41;</span>'


def _cards(cards: Iterable[str], label: str, kind: str = "") -> str:
    return f'<div class="vb-quotes{kind}" role="group" title="{label}">{"".join(cards)}</div>'


def _card(href: str, number: str, where: str, kind: str, words: str) -> str:
    shown = f'<span class="vb-location">{escape(where)}</span>'
    return f'<a class="vb-quote" href="{href}">{number}{shown}<span class="{kind}">{words}</span></a>'


def _shortened(text: str) -> str:
    """As much as a card has room for, without the last word, which may not be whole."""
    return text if len(text) <= _CARD_CHARS else "".join(text[:_CARD_CHARS].rsplit(None, 1)[:1]) + " …"


def _without_heading(text: str, heading: str) -> str:
    first, _, rest = text.partition("\n")
    last = heading.rpartition(HEADING_SEPARATOR)[2]
    return rest if rest.strip() and last and " ".join(first.split()) == last else text


def _lines(text: str, rows: Sequence[ShownRow], spans: Spans, separator: str) -> str:
    """The lines of ``text`` with these words bold; rows of a table as their cells."""
    shown, at = [], 0
    for row in rows:
        shown += [*_plain_lines(text, at, row.start, spans), _row(text, row, spans)]
        at = row.end
    return separator.join([*shown, *_plain_lines(text, at, len(text), spans)])


def _plain_lines(text: str, start: int, end: int, spans: Spans) -> list[str]:
    return [_slice(text, *match.span(), spans).strip() for match in _LINE.finditer(text, start, end)]


def _row(text: str, row: ShownRow, spans: Spans) -> str:
    return f'<span class="vb-row">{"".join(_cell(text, cell, spans) for cell in row.cells)}</span>'


def _cell(text: str, cell: ShownCell, spans: Spans) -> str:
    head = _slice(text, cell.header, cell.words, [span for span in spans if span[1] <= cell.words])
    words = _slice(text, cell.words, cell.separator, spans)
    after = _slice(text, cell.separator, cell.end, spans)
    separator = f'<span class="vb-sep">{after}</span>' if after else ""
    return (
        f'<span class="vb-cell"><span class="vb-head">{head}</span><span class="vb-value">{words}</span>'
        f"{separator}</span>"
    )


def _slice(text: str, start: int, end: int, spans: Spans) -> str:
    """``text[start:end]`` with those of its words bold that are in ``spans``."""
    inside = ((max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start)
    return escape_bold(text[start:end], inside)
