"""Citations, made here only, by slicing; and where they are, in words."""

from __future__ import annotations

from collections.abc import Iterable

from qa.types import HEADING_SEPARATOR, Block, Citation, Document, Source

_NO_BLOCK = Block("paragraph", 0, 0)


def cite(
    number: int,
    source: Source,
    document: Document,
    start: int,
    end: int,
    spans: Iterable[tuple[int, int]] = (),
) -> Citation:
    """The citation of ``document.text[start:end]``. ``spans``: the exact words in it, as absolute offsets.

    Raises ``ValueError`` for a range that is empty or outside the text, and for a span outside the range.
    """
    if not 0 <= start < end <= len(document.text):
        raise ValueError(f"[{start}:{end}] is not a range of a text of {len(document.text)} characters")
    spans = tuple(spans)
    for a, b in spans:
        if not start <= a < b <= end:
            raise ValueError(f"the span [{a}:{b}] is not inside the quote [{start}:{end}]")
    first, last = document.page_of(start), document.page_of(end - 1)
    block, last_block = document.block_at(start) or _NO_BLOCK, document.block_at(end - 1) or _NO_BLOCK
    return Citation(
        number=number,
        source=source,
        document_id=document.id,
        start=start,
        end=end,
        quote=document.text[start:end],
        section=document.section_of(start),
        page=first,
        page_end=last,
        page_label=document.page_labels[first - 1] if first is not None and document.page_labels else None,
        line=document.line_of(start),
        sheet=block.sheet or None,
        row=block.row,
        row_end=last_block.row if last_block.group == block.group else None,
        speaker=", ".join(dict.fromkeys(filter(None, (block.speaker, last_block.speaker)))) or None,
        time=block.time or None,
        spans=spans,
    )


def location(citation: Citation) -> str:
    """Where a quote is, for people: ``Section › Sub, page 3 (“iv”)``, ``sheet Pumps, row 8`` in a spreadsheet,
    ``Mia, 10:02`` in a conversation, else ``Section › Sub, line 12``; without the document's title, and empty where
    there is nothing to say."""
    section = inner_section(citation.section, citation.source.title)
    if citation.sheet and (section == citation.sheet or section.endswith(HEADING_SEPARATOR + citation.sheet)):
        section = section[: -len(citation.sheet)].removesuffix(HEADING_SEPARATOR)
    where = page_words(citation) or _row_words(citation)
    if not where and not citation.time and citation.line:
        where = f"line {citation.line}"
    return ", ".join(filter(None, (section, where, citation.speaker, citation.time)))


def _row_words(citation: Citation) -> str:
    """``sheet Pumps, row 8`` or ``sheet Pumps, rows 8–9``; empty outside a spreadsheet."""
    if not citation.sheet or citation.row is None:
        return ""
    last = citation.row_end or citation.row
    rows = f"rows {citation.row}–{last}" if last > citation.row else f"row {citation.row}"
    return f"sheet {citation.sheet}, {rows}"


def page_words(citation: Citation) -> str:
    """``page 3``, ``pages 3–4`` or ``page 3 (“iv”)``, where the printed number is another; empty without pages."""
    if citation.page is None:
        return ""
    last = citation.page_end or citation.page
    words = f"pages {citation.page}–{last}" if last > citation.page else f"page {citation.page}"
    label = citation.page_label
    return f"{words} (“{label}”)" if label and label != str(citation.page) else words


def inner_section(section: str, title: str) -> str:
    """The headings without the document's title in front: most documents begin with it as a heading."""
    headings = [part.strip() for part in section.split(HEADING_SEPARATOR) if part.strip()]
    if headings and headings[0].casefold() == title.strip().casefold():
        headings = headings[1:]
    return HEADING_SEPARATOR.join(headings)
