"""Documents of which pages were read by OCR: PDFs with pictures of pages, and picture files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from statistics import median

import numpy as np

from qa.loaders.base import LoadedText
from qa.loaders.ocr import engine, is_installed, pictures
from qa.loaders.ocr.scan import Line as Found
from qa.loaders.ocr.scan import Scan, Scans, Word
from qa.loaders.pdf import load as pdf
from qa.loaders.pdf.lines import Gap, Line, Page
from qa.loaders.pdf.page_images import page_pixels
from qa.types import Note, ScannedWord, SourceSpan

_BODY = (0.75, 1.3)
"""Boxes of lines differ in height by their letters: within these multiples of the median, all are text of one size."""
_LETTERS = 0.8
"""The font's size by the height of a line's box."""


def scan_page(data: bytes, name: str, page: int, kind: str) -> Scan:
    """What OCR finds on a page (0-based) of a file of this kind (``pdf`` or ``picture``). Raises ``FileError``."""
    if kind == "pdf":
        pixels, size = page_pixels(data, name, page, engine.DPI, engine.MAX_PIXELS)
    else:
        picture = pictures.open_page(data, name, page, engine.MAX_PIXELS)
        enlarged = engine.enlargement(*picture.size)
        pixels = np.asarray(picture.resize((round(picture.width * enlarged), round(picture.height * enlarged))))
        size = pictures.page_size(data, name, page)
    return engine.read_page(pixels, size)


def load_picture(data: bytes, name: str) -> LoadedText:
    """A picture file whose pages OCR has not read yet. Raises ``ModuleNotFoundError`` where there is no OCR."""
    if not is_installed():
        raise ModuleNotFoundError("rapidocr")
    pages = tuple(range(1, pictures.count_pages(data, name) + 1))
    return LoadedText(
        "", (), page_starts=(0,) * len(pages), pages=len(pages), unreadable_pages=pages, waiting_pages=pages
    )


def load_scanned_picture(data: bytes, name: str, scans: Scans) -> LoadedText:
    """A picture file whose pages OCR has read."""
    count = pictures.count_pages(data, name)
    blank = Page(1.0, 1.0, (), readable=False)
    read = _pages(scans)
    return _with_words(pdf.assemble([read.get(index, blank) for index in range(count)], {}, {}, title=None), scans)


def load_scanned_pdf(data: bytes, name: str, scans: Scans) -> LoadedText:
    """A PDF of which OCR has read these pages."""
    return _with_words(pdf.load(data, name, _pages(scans)), scans)


def _pages(scans: Scans) -> dict[int, Page]:
    """The pages that were read, as those of a PDF; a line's characters count from the page's first one."""
    read = {index: scan for index, scan in scans.items() if isinstance(scan, Scan)}
    usual = median([line.bottom - line.top for scan in read.values() for line in scan.lines] or [0.0])
    return {index: _page(index, scan, usual) for index, scan in read.items()}


def _page(index: int, scan: Scan, usual: float) -> Page:
    lines = list[Line]()
    for char, line in _numbered(scan):
        height = line.bottom - line.top
        size = usual if _BODY[0] * usual <= height <= _BODY[1] * usual else height
        runs = ((0, char, len(line.text)),)
        edges = line.left, line.right, line.top, line.bottom
        gaps = tuple(Gap(*gap) for gap in line.gaps)
        lines.append(Line(index, line.text, runs, *edges, size=max(_LETTERS * size, 0.1), bold=False, gaps=gaps))
    return Page(max(scan.width, 1.0), max(scan.height, 1.0), tuple(lines), readable=bool(lines))


def _numbered(scan: Scan | str) -> Iterator[tuple[int, Found]]:
    """The lines that were found on a page, each with the number of its first character on it."""
    char = 0
    for line in scan.lines if isinstance(scan, Scan) else ():
        if line.text.strip():
            yield char, line
            char += len(line.text)


def _with_words(loaded: LoadedText, scans: Scans) -> LoadedText:
    """The text with the places of its scanned words, which the source map, of characters in the file, has not."""
    others = tuple(span for span in loaded.source_map if span.page not in scans)
    here = [span for span in loaded.source_map if span.page in scans]
    words = tuple(sorted(_words(here, scans)))
    numbers = {index + 1 for index in scans}
    notes = [note for note in loaded.notes if note.page not in numbers]
    return replace(
        loaded,
        source_map=others,
        scanned=words,
        notes=(*_notes(scans, words), *notes),
        waiting_pages=tuple(number for number in loaded.waiting_pages if number not in numbers),
    )


def _words(spans: Iterable[SourceSpan], scans: Scans) -> Iterator[ScannedWord]:
    """Each word at the place in the text where its characters went, a hyphen at a line's end perhaps cut off."""
    pages = {index: list(_placed(scan)) for index, scan in scans.items()}
    for span in spans:
        page, char = span.page or 0, span.char or 0
        words, shift = pages[page], span.start - char
        for first, last, word in islice(words, bisect_right(words, char, key=lambda placed: placed[1]), None):
            start, end = max(first + shift, span.start), min(last + shift, span.end)
            if start >= end:
                break
            yield ScannedWord(start, end, page + 1, *word[2:], word.certainty)


def _placed(scan: Scan | str) -> Iterator[tuple[int, int, Word]]:
    """The words on a page, each with the numbers of its first character on it and of the one after it."""
    for char, line in _numbered(scan):
        at = 0
        for word in line.words:
            found = line.text.find(word.text, at)
            if found >= 0:
                at = found + len(word.text)
                yield char + found, char + at, word


def _notes(scans: Scans, words: Sequence[ScannedWord]) -> Iterator[Note]:
    read = {word.page for word in words}
    if read:
        letters = sum(word.end - word.start for word in words)
        sure = sum((word.end - word.start) * word.certainty for word in words) / letters
        message = f"{_page_words(read)} read by OCR, with a certainty of {sure:.0%} on average; words may be wrong"
        yield Note("read_by_ocr", message, min(read))
    for index, scan in sorted(scans.items()):
        if isinstance(scan, str):
            yield Note("page_unreadable", f"page {index + 1} could not be read by OCR: {scan}", index + 1)
        elif index + 1 not in read:
            yield Note("page_without_text", f"page {index + 1} holds no words that OCR could find", index + 1)


def _page_words(pages: Iterable[int]) -> str:
    """``page 3 was`` or ``pages 1–4, 7 were``."""
    runs = list[list[int]]()
    for page in sorted(pages):
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    numbers = ", ".join(shown[:10]) + (" …" if len(shown) > 10 else "")
    return f"page {numbers} was" if sum(map(len, runs)) == 1 else f"pages {numbers} were"
