"""An ``Answer`` as Markdown that is safe to show: pure functions, text in, text out.

Nothing of a document reaches the page unescaped. Every sign that Markdown, HTML or a diagram language could read is
written as a character reference; the only live parts are the links and tags put in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from urllib.parse import quote as percent_encoded

from qa.generation import FAILURES, failure_words
from qa.text.table_rows import Cell, cells
from qa.types import HEADING_SEPARATOR, STRUCK, UNPROVEN, Answer, Citation, Hit, Note, Source, Statement

_ACTIVE = re.compile(r"[&<>\"'\\`*_{}\[\]()#+\-.!|~$:=^@%/]")
_SPACE = re.compile(r"\s+")
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_NEAREST_SHOWN = 3
_CARD_CHARS = 600
_LINKED_WORDS, _LINKED_CHARS, _LINKED_SEARCHED = 8, 60, 2_000
"""So much of a quote goes into a link to it, looked for among its first characters."""


def escape(text: str) -> str:
    """``text`` on one line with every active sign as a character reference: it shows as written and does nothing."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", _SPACE.sub(" ", text).strip())


def escape_lines(text: str) -> str:
    """As ``escape``, but line breaks stay, as references that cannot end an HTML block."""
    return "&#10;".join(line for line in map(escape, text.splitlines()) if line)


def quote_href(document_id: str, start: int, end: int, source_id: int = 0, quote: str = "", *, mark: str = "") -> str:
    """The fragment that names a place. With the source's id and the quote, whose first words it takes along, the place
    can be found again after the document has changed; with the ``mark`` of the library, no source of the same number
    is taken for it in another library (``qa.web.routes.links``)."""
    place = f"#c-{document_id}-{start}-{end}"
    if not source_id:
        return place
    words = percent_encoded(_first_words(quote), safe="").replace("_", "%5F").replace("~", "%7E")
    return f"{place}-{source_id}{mark and f'.{mark}'}-{words}"


def _first_words(quote: str) -> str:
    """At most eight words and 60 characters, set apart by single spaces; never empty unless the quote is."""
    words = " ".join(quote[:_LINKED_SEARCHED].split()[:_LINKED_WORDS])
    if len(words) <= _LINKED_CHARS:
        return words
    return words[: _LINKED_CHARS + 1].rpartition(" ")[0] or words[:_LINKED_CHARS]


def confidence_words(confidence: float) -> str:
    """A probability (0 to 1) as words for people."""
    if confidence >= 0.85:
        return "High confidence"
    if confidence >= 0.65:
        return "Good confidence"
    return "Some confidence: check the quote" if confidence >= 0.4 else "Low confidence: check the quote"


def place_words(citation: Citation) -> str:
    """Where a quote stands, for people: ``Title › Section, page 3``; unescaped."""
    parts = [source_name(citation.source)]
    if section := _inner_section(citation.section, citation.source.title):
        parts.append(section)
    if where := _page_words(citation) or (f"line {citation.line}" if citation.line else ""):
        parts.append(where)
    return " · ".join(parts)


def source_name(source: Source) -> str:
    """What a source is called on the page; never empty."""
    return source.title.strip() or PurePath(source.path).name


def answer_markdown(answer: Answer, promise: str = "", *, limited: bool = False, mark: str = "") -> str:
    """The whole message for an answer: what was found or not, its quotes, its notes. ``promise``: one sentence on how
    often such answers are wrong. ``limited``: the question went to chosen documents only; where nothing was found in
    them, a link ``#widen`` offers to ask all. ``mark``: of the library, for the links (``quote_href``)."""
    parts = _not_found(answer, limited, mark) if answer.status == "not_found" else _found(answer, promise, mark)
    notes = (note for note in answer.notes if note.code not in FAILURES)  # which stands above the quotes it speaks of
    return "\n\n".join(filter(None, [*parts, *_notes(notes)]))


def message_markdown(text: str) -> str:
    """A message of the program itself, such as an error: plain words."""
    return f'<p class="vb-note">{escape(text)}</p>'


def writing_markdown(
    statements: Sequence[Statement], citations: Sequence[Citation], writer: str, *, mark: str = ""
) -> str:
    """What is shown while the language model ``writer`` writes: its sentences so far, each checked."""
    words = f"{writer} is writing. Each sentence is checked before it is shown."
    working = f'<p class="vb-writing vb-working">{escape(words)}</p>'
    return "\n\n".join(filter(None, (_written(statements, _by_number(citations), mark), working)))


def _found(answer: Answer, promise: str, mark: str) -> list[str]:
    cards = _cards((_citation_card(citation, mark) for citation in answer.citations), "Quotes")
    percent, words = round(answer.confidence * 100), confidence_words(answer.confidence)
    citations = _by_number(answer.citations)
    if answer.writer is None:
        title = f"{percent} in 100 such answers are right"
        return [*_quoted(answer.statements, citations, mark), cards, _confidence(title, words, promise)]
    written, quoted = _parted(answer)
    failed = failure_words(answer.notes)
    level = words.partition(" ")[0].lower()
    return [
        _written(written, citations, mark),
        _by_model(answer.writer) if written else "",
        message_markdown(failed) if failed else "",
        *_quoted(quoted, citations, mark),
        cards,
        _confidence(f"{percent} in 100 such passages answer", f"Confidence that the passages answer: {level}"),
    ]


def _confidence(title: str, *words: str) -> str:
    return f'<p class="vb-confidence" title="{title}" tabindex="0">{escape(". ".join(filter(None, words)))}</p>'


def _by_number(citations: Iterable[Citation]) -> dict[int, Citation]:
    return {citation.number: citation for citation in citations}


def _by_model(name: str) -> str:
    words = (
        f"Written by {name}. Its quotes were checked: each stands in your documents word for word, or is struck out."
    )
    return f'<p class="vb-writer">{escape(words)}</p>'


def _parted(answer: Answer) -> tuple[Sequence[Statement], Sequence[Statement]]:
    """What the language model wrote, and the quotes that follow it where it failed."""
    quotes = {citation.quote for citation in answer.citations}
    at = len(answer.statements)
    if failure_words(answer.notes):
        while at and answer.statements[at - 1].text in quotes:
            at -= 1
    return answer.statements[:at], answer.statements[at:]


def _written(statements: Iterable[Statement], citations: dict[int, Citation], mark: str) -> str:
    """One paragraph of sentences; what is not proven softer and with a remark, what stands in no document struck."""
    return " ".join(_sentence(statement, citations, mark) for statement in statements)


def _sentence(statement: Statement, citations: dict[int, Citation], mark: str) -> str:
    shown, at = "", 0
    for start, end in statement.struck:
        shown += (
            f"{_keep_ends(statement.text[at:start])}<del>{escape(statement.text[start:end])}</del> {_remark(STRUCK)}"
        )
        at = end
    shown += _keep_ends(statement.text[at:])
    if statement.status == "unsupported":
        shown += f" {_remark(UNPROVEN)}"
    if statement.status in ("unsupported", "struck"):
        shown = f'<span class="vb-unproven">{shown}</span>'
    return f"{shown} {_markers(statement, citations, mark)}".strip()


def _remark(words: str) -> str:
    return f'<span class="vb-remark">&#40;{words}&#41;</span>'


def _quoted(statements: Iterable[Statement], citations: dict[int, Citation], mark: str) -> list[str]:
    """One paragraph a quote; the exact words that answer bold, a table's headers softer than its cells."""
    paragraphs = []
    for statement in statements:
        cited = (citations[number] for number in statement.citations if number in citations)
        spans = next((_inside(citation) for citation in cited if citation.quote == statement.text), ())
        paragraphs.append(f"{_lines(statement.text, spans, ' ')} {_markers(statement, citations, mark)}".rstrip())
    return paragraphs


def _markers(statement: Statement, citations: dict[int, Citation], mark: str) -> str:
    return "".join(_marker(citations[number], mark) for number in statement.citations if number in citations)


def _inside(citation: Citation) -> list[tuple[int, int]]:
    """The exact words as offsets into the quote, in its order."""
    return sorted((start - citation.start, end - citation.start) for start, end in citation.spans)


def _lines(text: str, spans: Sequence[tuple[int, int]], separator: str) -> str:
    """The lines of ``text`` with these words bold, those that are rows of a table as their cells."""
    shown = []
    for match in _LINE.finditer(text):
        start, line = match.start(), match[0]
        row = [_cell(text, start, cell, spans) for cell in cells(line)]
        words = "".join(row) or _slice(text, start, match.end(), spans).strip()
        shown.append(f'<span class="vb-row">{words}</span>' if row else words)
    return separator.join(shown)


def _cell(text: str, at: int, cell: Cell, spans: Sequence[tuple[int, int]]) -> str:
    head = _slice(text, at + cell.start, at + cell.cell, spans)
    words = _slice(text, at + cell.cell, at + cell.end, spans)
    after = _slice(text, at + cell.end, at + cell.after, spans)
    separator = f'<span class="vb-sep">{after}</span>' if after else ""
    return (
        f'<span class="vb-cell"><span class="vb-head">{head}</span><span class="vb-value">{words}</span>'
        f"{separator}</span>"
    )


def _slice(text: str, start: int, end: int, spans: Iterable[tuple[int, int]]) -> str:
    """``text[start:end]`` escaped, with what of ``spans`` is in it bold."""
    inside = ((max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start)
    return _bold(text[start:end], inside)


def _bold(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Escaped, with these words bold; a span that overlaps one before it is left out."""
    parts, at = [], 0
    for start, end in spans:
        if start >= at and text[start:end].strip():
            parts += [_keep_ends(text[at:start]), f"<strong>{escape(text[start:end])}</strong>"]
            at = end
    return "".join(parts) + _keep_ends(text[at:])


def _keep_ends(text: str) -> str:
    """Escaped, with one space kept where the text began or ended with white space."""
    inner = escape(text)
    left = " " if text[:1].isspace() else ""
    return f"{left}{inner}{' ' if inner and text[-1:].isspace() else ''}"


def _href(citation: Citation, mark: str) -> str:
    return quote_href(citation.document_id, citation.start, citation.end, citation.source.id, citation.quote, mark=mark)


def _marker(citation: Citation, mark: str) -> str:
    return f'[\\[{citation.number}\\]]({_href(citation, mark)} "{escape(place_words(citation))}")'


def _citation_card(citation: Citation, mark: str) -> str:
    return _card(_href(citation, mark), place_words(citation), citation.quote, str(citation.number), _inside(citation))


def _card(href: str, place: str, text: str, number: str = "", spans: Sequence[tuple[int, int]] = ()) -> str:
    """A quote with its number, or a passage without one: its rows' cells stand one below the other in a quote only."""
    shown = text if len(text) <= _CARD_CHARS else _whole_words(text[:_CARD_CHARS]) + " …"
    label = f'<span class="vb-number">{number}</span>' if number else ""
    is_table = bool(number) and any(cells(line) for line in shown.split("\n"))
    words = _lines(shown, spans if is_table else (), "&#10;")
    kind = "vb-text vb-cells" if is_table else "vb-text"
    return (
        f'<a class="vb-quote" href="{href}">{label}<span class="vb-place">{escape(place)}</span>'
        f'<span class="{kind}">{words}</span></a>'
    )


def _whole_words(cut: str) -> str:
    """Without the last word, which may not be whole; nothing where there are only blank lines."""
    return "".join(cut.rsplit(None, 1)[:1])


def _cards(cards: Iterable[str], label: str, kind: str = "") -> str:
    return f'<div class="vb-quotes{kind}" role="group" title="{label}">{"".join(cards)}</div>'


def _not_found(answer: Answer, limited: bool, mark: str) -> list[str]:
    where = "the documents chosen" if limited else "your documents"
    widen = ['<p class="vb-widen"><a href="#widen">Ask all documents</a></p>'] if limited else []
    if not answer.hits:
        return [f"<strong>Not found in {where}.</strong>", *widen]
    return [
        f"<strong>Not found in {where}.</strong> Nothing in them seems to answer this.",
        *widen,
        '<p class="vb-nearest">The nearest passages, which may or may not help:</p>',
        _cards((_hit_card(hit, mark) for hit in answer.hits[:_NEAREST_SHOWN]), "Nearest passages", " vb-near"),
    ]


def _hit_card(hit: Hit, mark: str) -> str:
    section = _inner_section(hit.passage.heading, hit.source.title)
    place = " · ".join(part for part in (source_name(hit.source), section) if part)
    passage = hit.passage
    href = quote_href(passage.document_id, passage.start, passage.end, hit.source.id, passage.text, mark=mark)
    return _card(href, place, _without_heading(passage.text, passage.heading))


def _without_heading(text: str, heading: str) -> str:
    """A passage's words without the heading it begins with, which stands above them already."""
    first, _, rest = text.partition("\n")
    last = heading.rpartition(HEADING_SEPARATOR)[2]
    return rest if rest.strip() and last and " ".join(first.split()) == last else text


def _notes(notes: Iterable[Note]) -> list[str]:
    return [message_markdown(note.message) for note in notes]


def _inner_section(section: str, title: str) -> str:
    """The section without the document's own title in front, which is shown already."""
    headings = [part.strip() for part in section.split(HEADING_SEPARATOR) if part.strip()]
    if headings and headings[0].casefold() == title.strip().casefold():
        headings = headings[1:]
    return HEADING_SEPARATOR.join(headings)


def _page_words(citation: Citation) -> str:
    if citation.page is None:
        return ""
    if citation.page_label:
        return f"page {citation.page_label}"
    if citation.page_end and citation.page_end != citation.page:
        return f"pages {citation.page}–{citation.page_end}"
    return f"page {citation.page}"
