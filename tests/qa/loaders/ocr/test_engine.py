"""RapidOCR itself, on small scans: it is slow, so there are few."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa.loaders import FileReader
from qa.loaders.ocr import engine
from qa.loaders.ocr.scan import Scan
from qa.settings import Settings
from tests.qa.loaders.ocr.scans import file_of, needs_ocr, picture

pytestmark = [needs_ocr, pytest.mark.corpus]
WORDS = ["The relief valve opens at 4.0 bar.", "Größe, Maß und Öl: je 8,35 €."]
PAGE = picture(*WORDS, size=(1000, 760))


def scanned(turned: float) -> Scan:
    page = PAGE.rotate(turned, expand=True, fillcolor="white")
    return engine.read_page(np.asarray(page), page.size)


@pytest.mark.parametrize(("turned", "axis"), [(0, 0), (90, 1), (180, 0), (270, 1), (2, 0), (-2, 0)])
def test_a_page_is_read_however_it_lies_and_words_are_where_they_are_shown(turned: float, axis: int) -> None:
    found = scanned(turned)
    assert [line.text for line in found.lines] == WORDS
    assert min(word.certainty for line in found.lines for word in line.words) > 0.5
    first, last = found.lines[0].words[0], found.lines[0].words[-1]
    forward = turned in (0, 270, 2, -2)
    assert (first[2 + axis] < last[2 + axis]) is forward
    # "The" begins 60 of 1,000 pixels from the left edge and 50 of 760 from the upper one.
    along, across = (first[2 + axis], first[3 - axis]) if forward else (1 - first[4 + axis], 1 - first[5 - axis])
    assert along == pytest.approx(0.06, abs=0.03)
    if turned in (0, 180):
        assert across == pytest.approx(50 / 760, abs=0.03)


def test_a_line_is_where_it_would_be_on_the_upright_page() -> None:
    upright, lying = scanned(0), scanned(90)
    assert (upright.width, upright.height) == (lying.width, lying.height)
    for one, other in zip(upright.lines, lying.lines, strict=True):
        assert one[2:6] == pytest.approx(other[2:6], abs=8)


def test_a_page_of_one_colour_holds_nothing() -> None:
    assert engine.read_page(np.full((400, 400, 3), 255, np.uint8), (100, 100)) == Scan(100, 100)


@pytest.mark.parametrize("size", [(1, 1), (3, 5000), (5000, 3)])
def test_what_is_too_small_for_words_is_not_read(size: tuple[int, int]) -> None:
    assert engine.read_page(np.zeros(size, np.uint8), (10, 10)) == Scan(10, 10)


@pytest.mark.parametrize(
    ("size", "by"), [((736, 2000), 1), ((184, 184), 4), ((100, 4000), (4_000_000 / 400_000) ** 0.5)]
)
def test_small_pictures_are_enlarged_and_long_ones_within_the_limit(size: tuple[int, int], by: float) -> None:
    assert engine.enlargement(*size) == pytest.approx(by)


def test_a_pdf_of_pictures_is_read_in_the_guarded_process(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(file_of(PAGE, "PDF", resolution=100))
    with FileReader(Settings(), seconds=120) as reader:
        document = reader.read(path, {0: reader.scan(path, 0)})
    assert document.text == " ".join(WORDS)
    assert document.language is None or isinstance(document.language, str)
