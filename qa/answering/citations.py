"""Citations, made here only, by slicing; and where they are, in words."""

from __future__ import annotations

from collections.abc import Iterable

from qa.types import HEADING_SEPARATOR, Citation, Document, Source


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
        spans=spans,
    )


def location(citation: Citation) -> str:
    """Where a quote is, for people: ``Section › Sub, page 3 (“iv”)``, or ``Section › Sub, line 12`` where there are no
    pages; without the document's title, and empty where there is nothing to say."""
    where = page_words(citation) or (f"line {citation.line}" if citation.line else "")
    return ", ".join(filter(None, (inner_section(citation.section, citation.source.title), where)))


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
