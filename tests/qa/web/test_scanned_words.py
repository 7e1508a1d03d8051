"""Rectangles of quotes of scanned text on the picture of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.loaders import FileReader
from qa.types import Document, ReadingReport, ScannedWord
from qa.web.page_pictures import PagePictures
from qa.web.scanned_words import scanned_lines
from tests.qa.loaders.ocr.scans import column, file_of, needs_ocr, picture, scan

Box = tuple[float, float, float, float]


def document(*words: tuple[int, Box]) -> Document:
    """A document whose words, ten letters each, are in these boxes of these pages."""
    placed = [ScannedWord(at * 10, at * 10 + 9, page, *box, 0.9) for at, (page, box) in enumerate(words)]
    return Document("id", " " * 10 * len(words), (), ReadingReport("picture/1"), scanned=tuple(placed))


A, B = (0.1, 0.10, 0.2, 0.12), (0.21, 0.10, 0.3, 0.12)
BELOW, LEANING, LOW = (0.1, 0.13, 0.2, 0.15), (0.21, 0.107, 0.3, 0.127), (0.31, 0.118, 0.4, 0.138)
UP_1, UP_2 = (0.10, 0.8, 0.12, 0.9), (0.10, 0.69, 0.12, 0.79)

CASES = {
    "words of a line are one rectangle": ([(1, A), (1, B)], {1: [(0.1, 0.10, 0.3, 0.12)]}),
    "the next line is another": ([(1, A), (1, B), (1, BELOW)], {1: [(0.1, 0.10, 0.3, 0.12), BELOW]}),
    "pages are apart": ([(1, A), (2, B)], {1: [A], 2: [B]}),
    "words far apart are apart": ([(1, A), (1, (0.6, 0.10, 0.7, 0.12))], {1: [A, (0.6, 0.10, 0.7, 0.12)]}),
    "a line that leans": ([(1, A), (1, LEANING)], {1: [(0.1, 0.10, 0.3, 0.127)]}),
    "a line that leans far is several": ([(1, A), (1, LEANING), (1, LOW)], {1: [(0.1, 0.10, 0.3, 0.127), LOW]}),
    "a line that runs up the page": ([(1, UP_1), (1, UP_2)], {1: [(0.10, 0.69, 0.12, 0.9)]}),
    "none": ([], {}),
}


@pytest.mark.parametrize("name", CASES)
def test_rectangles_of_scanned_words(name: str) -> None:
    words, expected = CASES[name]
    found = scanned_lines(document(*words), 0, 100)
    assert {page: list(lines) for page, lines in found.items()} == expected


@pytest.mark.parametrize(("start", "end", "boxes"), [(0, 5, [A]), (9, 10, []), (10, 11, [B]), (9, 30, [B, BELOW])])
def test_only_the_words_of_the_quote_are_covered(start: int, end: int, boxes: list[Box]) -> None:
    found = scanned_lines(document((1, A), (1, B), (1, BELOW)), start, end)
    assert list(found.get(1, ())) == boxes


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    found = scan(*column(["The relief valve of the pump", "opens at 4.0 bar."]))
    monkeypatch.setattr(FileReader, "scan", lambda _reader, _path, _page: found)
    page = picture("anything", size=(600, 800))
    (tmp_path / "scan.tiff").write_bytes(file_of(page, "TIFF", [page], dpi=(72, 72)))
    (tmp_path / "scan.pdf").write_bytes(file_of(page, "PDF", [page], resolution=72))
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as opened:
        opened.add([tmp_path / "scan.tiff", tmp_path / "scan.pdf"])
        yield opened


@needs_ocr
@pytest.mark.parametrize("name", ["scan.tiff", "scan.pdf"])
def test_a_quote_of_a_scan_is_shown_on_its_page(library: Library, name: str) -> None:
    (source,) = library.sources([name])
    text = library.document(source.document_id).text
    start = text.rindex("valve")
    shown = PagePictures(library)
    try:
        pages = shown.pages(source.document_id, start, start + len("valve of the pump opens"))
        drawn = shown.picture(source.document_id, 2, 300)
    finally:
        shown.close()
    assert (pages["count"], pages["first"]) == (2, 2)
    sheet = pages["sheets"][2]
    assert (sheet["width"], sheet["height"]) == (600, 800)
    # "valve" begins 11 letters of 6 points after the left edge, 50 points; "pump" ends at the 28th.
    expected = [(116 / 600, 50 / 800, 218 / 600, 62 / 800), (50 / 600, 66 / 800, 80 / 600, 78 / 800)]
    assert [tuple(rectangle) for rectangle in sheet["rectangles"]] == [pytest.approx(box) for box in expected]
    assert drawn.startswith(b"\x89PNG")
