"""PDF files: pages are read by ``pdfium``, laid out by ``layout``, joined by ``text``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText
from qa.loaders.pdf import pdfium
from qa.loaders.pdf.layout import Part, make_parts, mark_headings, number_parts
from qa.loaders.pdf.grid import Table
from qa.loaders.pdf.lines import Line, Page, find_furniture
from qa.loaders.pdf.tables import find_tables
from qa.loaders.pdf.text import PdfText, count_words
from qa.types import MetadataValue, Note


def load(data: bytes, name: str, scanned: Mapping[int, Page] = MappingProxyType({})) -> LoadedText:
    """Read a PDF. Raises ``FileEncrypted`` when it needs a password and ``FileUnreadable`` when it is damaged.

    Furniture and the text of unreadable pages come after the last page's body, so that a paragraph running over
    a page break stays in one piece. A page without body starts where the next page does. ``scanned``: pages (0-based)
    that were read by OCR.
    """
    document = pdfium.open_pdf(data, name)
    try:
        if len(document) == 0:
            raise FileUnreadable(name, "has no pages")
        pages, failures = pdfium.read_pages(document)
        pages = [scanned.get(index, page) for index, page in enumerate(pages)]
        metadata, title = pdfium.read_metadata(document)
        outline, labels = pdfium.read_outline(document), pdfium.read_labels(document)
    finally:
        document.close()
    return assemble(pages, outline, metadata, title=title, labels=labels, failures=failures)


def assemble(
    pages: Sequence[Page],
    outline: Mapping[int, Mapping[str, int]],
    metadata: Mapping[str, MetadataValue],
    *,
    title: str | None,
    labels: tuple[str, ...] = (),
    failures: Mapping[int, str] = MappingProxyType({}),
) -> LoadedText:
    """The text of these pages. ``outline``: see ``mark_headings``; ``failures``: see ``pdfium.read_pages``."""
    body, unindexed = _split(pages)
    parts = make_parts(body)
    mark_headings(parts, outline)
    number_parts(parts)
    result = PdfText(len(pages), count_words([line for part in parts for line in part.lines]))
    for part in parts:
        result.add(part)
    body_end = len(result)
    result.add_unindexed(unindexed)
    return replace(
        result.build(title or _title_of(parts), metadata),
        page_starts=result.page_starts(body_end),
        page_labels=labels,
        notes=_notes(pages, failures),
        pages=len(pages),
        unreadable_pages=tuple(number for number, page in enumerate(pages, 1) if not page.readable),
        waiting_pages=tuple(number for number, page in enumerate(pages, 1) if not page.readable and not page.blank),
    )


def _split(pages: Sequence[Page]) -> tuple[list[list[Line | Table]], list[Line]]:
    """The body's lines and tables of each page; and the lines of furniture and of unreadable pages."""
    furniture = find_furniture([page if page.readable else Page(page.width, page.height, ()) for page in pages])
    body, unindexed = list[list[Line | Table]](), list[Line]()
    for index, page in enumerate(pages):
        heads = [line for at, line in enumerate(page.lines) if (index, at) in furniture]
        items, left_out = find_tables(page.lines if page.readable else (), page.rules, heads)
        body.append(items)
        unindexed += left_out if page.readable else page.lines
    return body, unindexed


def _notes(pages: Sequence[Page], failures: Mapping[int, str]) -> tuple[Note, ...]:
    notes: list[Note] = []
    for number, page in enumerate(pages, 1):
        if number - 1 in failures:
            reason = f"page {number} could not be opened ({failures[number - 1]})"
            notes.append(Note("page_unreadable", reason, number))
        elif not page.lines:
            notes.append(Note("page_without_text", f"page {number} holds no text; it may be a picture", number))
        elif not page.readable:
            visible = sum(len(line.text) - line.text.count(" ") for line in page.lines)
            share = f"{page.replaced} of its {visible} characters have no readable value"
            notes.append(Note("page_unreadable", f"page {number} is not indexed: {share}", number))
    partly = [number for number, page in enumerate(pages, 1) if page.readable and page.replaced]
    if partly:
        total = sum(pages[number - 1].replaced for number in partly)
        where = ", ".join(map(str, partly[:10])) + ("…" if len(partly) > 10 else "")
        words = f"{total} character{'s'[: total > 1]} could not be read (page{'s'[: len(partly) > 1]} {where})"
        notes.append(Note("characters_unreadable", words, partly[0]))
    return tuple(notes)


def _title_of(parts: Sequence[Part]) -> str | None:
    """The first top-level heading of the first page."""
    for part in parts:
        if part.lines[0].page > 0:
            return None
        if part.kind == "heading" and part.level == 1:
            return " ".join(line.text for line in part.lines)
    return None
