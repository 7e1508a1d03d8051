"""PDF files: pages are read by ``pdfium``, laid out by ``layout``, joined by ``text``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText
from qa.loaders.pdf import pdfium
from qa.loaders.pdf.annotations import Overlay
from qa.loaders.pdf.grid import Table, TableCell
from qa.loaders.pdf.layout import Item, Part, make_parts, mark_headings, number_parts
from qa.loaders.pdf.lines import Line, Page, find_furniture, made_line
from qa.loaders.pdf.second_reader import is_installed, read_lost
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
        pages = _with_lost(data, pages)
        for index, page in scanned.items():
            pages[index] = replace(page, overlay=pages[index].overlay)
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


def _split(pages: Sequence[Page]) -> tuple[list[list[Item]], list[Line]]:
    """The body's lines and tables of each page; and the lines of furniture and of unreadable pages."""
    furniture = find_furniture([page if page.readable else Page(page.width, page.height, ()) for page in pages])
    body, unindexed = list[list[Item]](), list[Line]()
    for index, page in enumerate(pages):
        heads = [line for at, line in enumerate(page.lines) if (index, at) in furniture]
        items, left_out = find_tables(page.lines if page.readable else (), page.rules, heads)
        body.append([*items, *_over(index, page.overlay)])
        unindexed += left_out if page.readable else page.lines
    return body, unindexed


def _with_lost(data: bytes, pages: list[Page]) -> list[Page]:
    """``pages`` with the lines that only the second reader finds, each above the first line below it."""
    found = read_lost(data, {index: [(x, y) for x, y, _ in page.lost] for index, page in enumerate(pages) if page.lost})
    for index, lines in found.items():
        page = pages[index]
        rest = list(page.lines)
        size = rest[0].size if rest else 10.0
        for (x, y), words in lines:
            line = made_line(index, words, x, page.height - y, size)
            at = next((at for at, other in enumerate(rest) if other.bottom > line.bottom), len(rest))
            rest.insert(at, line)
        pages[index] = replace(page, lines=tuple(rest), readable=page.readable or not page.lines, found=len(lines))
    return pages


def _lost_note(pages: Sequence[Page]) -> Iterator[Note]:
    lost = [number for number, page in enumerate(pages, 1) for _ in page.lost]
    if lost:
        fonts = ", ".join(list(dict.fromkeys(text.font or "unnamed" for page in pages for text in page.lost))[:5])
        what = f"the letters of {_count(lost, 'text')} are lost: their font ({fonts}) is neither in the file nor here"
        read = [number for number, page in enumerate(pages, 1) if page.found]
        if read:
            what += f"; a second reader found {sum(page.found for page in pages)} lines of them, without their places"
        elif not is_installed():
            what += "; install 'verbatim-qa[pdf]' to have them read another way"
        yield Note("letters_lost", what, lost[0])


def _over(page: int, overlay: Overlay) -> Iterator[Item]:
    """The fields of a form as one table of names and values, and the comments."""
    cells = [
        TableCell((made_line(page, words),), row, column)
        for row, field in enumerate(overlay.fields)
        for column, words in enumerate(field)
        if words
    ]
    if cells:
        yield Table(cells, len(overlay.fields), ((0, 0), (0, 0)), named_by_first=True)
    for comment in overlay.comments:
        yield Part("note", [made_line(page, comment)])


def _overlay_notes(pages: Sequence[Page]) -> Iterator[Note]:
    fields = [number for number, page in enumerate(pages, 1) for _ in page.overlay.fields]
    if fields:
        yield Note("form_fields", f"{_count(fields, 'form field')} read as “name: value”", fields[0])
    comments = [number for number, page in enumerate(pages, 1) for _ in page.overlay.comments]
    if comments:
        yield Note("comments", f"{_count(comments, 'comment')} read as notes", comments[0])
    for mark in sorted({mark for page in pages for mark in page.overlay.marks}):
        marked = [number for number, page in enumerate(pages, 1) for other in page.overlay.marks if other == mark]
        yield Note("marks_without_text", f"{_count(marked, mark)} without a comment left out", marked[0])


def _count(pages: Sequence[int], noun: str) -> str:
    """How many there are, and the first pages that have them."""
    several = list(dict.fromkeys(pages))
    where = ", ".join(map(str, several[:10])) + ("…" if len(several) > 10 else "")
    return f"{len(pages)} {noun}{'s'[: len(pages) > 1]} (page{'s'[: len(several) > 1]} {where})"


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
    return (*notes, *_lost_note(pages), *_overlay_notes(pages))


def _title_of(parts: Sequence[Part]) -> str | None:
    """The first top-level heading of the first page."""
    for part in parts:
        if part.lines[0].page > 0:
            return None
        if part.kind == "heading" and part.level == 1:
            return " ".join(line.text for line in part.lines)
    return None
