"""PDF files: pages read by ``qa.loaders.pdf.pdfium``, laid out by ``pdf_layout``, put together here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText
from qa.loaders.pdf import pdfium
from qa.loaders.pdf.layout import Part, make_parts, mark_headings
from qa.loaders.pdf.lines import Page, find_furniture
from qa.loaders.pdf.text import PdfText, count_words
from qa.types import MetadataValue, Note


def load(data: bytes, name: str) -> LoadedText:
    """Read a PDF. Raises ``FileEncrypted`` when it needs a password and ``FileUnreadable`` when it is damaged.

    Furniture and the text of unreadable pages stand behind the last page's body, so that a paragraph running over
    a page break stays in one piece. A page without body starts where the next page does.
    """
    document = pdfium.open_pdf(data, name)
    try:
        if len(document) == 0:
            raise FileUnreadable(name, "has no pages")
        pages, failures = pdfium.read_pages(document)
        metadata, title = pdfium.read_metadata(document)
        outline, labels = pdfium.read_outline(document), pdfium.read_labels(document)
    finally:
        document.close()
    return _assemble(pages, outline, metadata, title=title, labels=labels, failures=failures)


def _assemble(
    pages: Sequence[Page],
    outline: Mapping[int, Mapping[str, int]],
    metadata: Mapping[str, MetadataValue],
    *,
    title: str | None,
    labels: tuple[str, ...],
    failures: Mapping[int, str],
) -> LoadedText:
    furniture = find_furniture([page if page.readable else Page(page.width, page.height, ()) for page in pages])
    body = [
        [line for at, line in enumerate(page.lines) if (index, at) not in furniture] if page.readable else []
        for index, page in enumerate(pages)
    ]
    parts = make_parts(body)
    mark_headings(parts, outline)
    result = PdfText(len(pages), count_words([line for lines in body for line in lines]))
    for part in parts:
        result.add(part)
    body_end = len(result)
    for index, page in enumerate(pages):
        result.add_unindexed(
            line for at, line in enumerate(page.lines) if (index, at) in furniture or not page.readable
        )
    return LoadedText(
        text=result.text,
        blocks=tuple(result.blocks),
        title=title or _title_of(parts),
        page_starts=result.page_starts(body_end),
        page_labels=labels,
        source_map=tuple(result.spans),
        metadata=metadata,
        notes=_notes(pages, failures),
        pages=len(pages),
        unreadable_pages=tuple(number for number, page in enumerate(pages, 1) if not page.readable),
    )


def _notes(pages: Sequence[Page], failures: Mapping[int, str]) -> tuple[Note, ...]:
    notes: list[Note] = []
    for index, page in enumerate(pages):
        if index in failures:
            reason = f"page {index + 1} could not be opened ({failures[index]})"
            notes.append(Note("page_unreadable", reason, index + 1))
        elif not page.lines:
            notes.append(Note("page_without_text", f"page {index + 1} holds no text; it may be a picture", index + 1))
        elif not page.readable:
            visible = sum(len(line.text) - line.text.count(" ") for line in page.lines)
            share = f"{page.replaced} of its {visible} characters have no readable value"
            notes.append(Note("page_unreadable", f"page {index + 1} is not indexed: {share}", index + 1))
    partly = [index for index, page in enumerate(pages) if page.readable and page.replaced]
    if partly:
        total = sum(pages[index].replaced for index in partly)
        where = ", ".join(str(index + 1) for index in partly[:10]) + ("…" if len(partly) > 10 else "")
        notes.append(
            Note("characters_unreadable", f"{total} characters could not be read (pages {where})", partly[0] + 1)
        )
    return tuple(notes)


def _title_of(parts: Sequence[Part]) -> str | None:
    """The first top-level heading of the first page."""
    for part in parts:
        if part.lines[0].page > 0:
            return None
        if part.kind == "heading" and part.level == 1:
            return " ".join(line.text for line in part.lines)
    return None
