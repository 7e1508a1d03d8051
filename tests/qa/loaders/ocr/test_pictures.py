"""Picture files: pages, sizes, what is damaged or too large."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from qa.errors import FileError, FileTooHeavy, FileUnreadable
from qa.loaders.load import load
from qa.loaders.ocr.pictures import count_pages, draw_page, find_on_pages, open_page, page_size
from tests.qa.loaders.ocr.scans import file_of, needs_ocr, picture

PAGE = picture("Words")


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("JPEG", {}), ("WEBP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})],
)
def test_each_kind_is_opened(kind: str, options: dict[str, str]) -> None:
    data = file_of(PAGE, kind, **options)
    assert count_pages(data, "a") == 1
    shown = np.asarray(open_page(data, "a", 0, 10**6))
    assert shown.shape == (300, 1000, 3)
    assert shown.min() < 60 and shown.max() > 250


@pytest.mark.parametrize(
    "odd",
    [
        PAGE.convert("1"),
        PAGE.convert("P"),
        PAGE.convert("LA"),
        Image.fromarray(np.asarray(PAGE).astype(np.uint16) * 257),
        picture("Words", mode="RGBA", ground=(0, 0, 0, 0), ink=(0, 0, 0, 255)),
    ],
    ids=["black and white", "palette", "grey with alpha", "16 bits", "black on nothing"],
)
def test_what_is_drawn_in_any_mode_is_dark_on_white(odd: Image.Image) -> None:
    shown = np.asarray(open_page(file_of(odd, "PNG"), "a", 0, 10**6))
    assert shown.min() < 60 and np.median(shown) > 250


def test_every_page_of_a_tiff_counts_and_only_the_first_of_an_animation() -> None:
    tiff = file_of(PAGE, "TIFF", [picture(str(page)) for page in range(4)])
    assert count_pages(tiff, "a") == 5
    assert open_page(tiff, "a", 4, 10**6).size == (1000, 300)
    assert count_pages(file_of(PAGE, "WEBP", [picture("2")]), "a") == 1


def test_a_page_that_is_not_there_is_named() -> None:
    with pytest.raises(FileUnreadable, match="no page 2"):
        open_page(file_of(PAGE, "TIFF"), "a", 1, 10**6)


def test_a_turned_photograph_is_shown_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file_of(PAGE.rotate(90, expand=True), "JPEG", exif=exif, dpi=(100, 100))
    assert open_page(data, "a", 0, 10**6).size == (1000, 300)
    assert page_size(data, "a", 0) == (720, 216)


@pytest.mark.parametrize(("dpi", "width"), [(300, 240), (1, 480), (5000, 480)])
def test_the_size_is_what_the_file_says_unless_that_cannot_be(dpi: int, width: float) -> None:
    assert page_size(file_of(PAGE, "PNG", dpi=(dpi, dpi)), "a", 0)[0] == pytest.approx(width, rel=0.01)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_of_100_megapixels_is_made_smaller(kind: str) -> None:
    shown = open_page(file_of(Image.new("L", (10_000, 10_000), 255), kind), "a", 0, 4_000_000)
    assert shown.width * shown.height <= 4_010_000


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is this large, with next to nothing in it."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0")
    chunks = (
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (head, body)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@needs_ocr
def test_a_bomb_is_refused_with_its_size_and_the_limit() -> None:
    with pytest.raises(FileTooHeavy, match=r"60,000 × 60,000 pixels; the limit is 250,000,000"):
        load(png_of(60_000, 60_000), "bomb.png")


@needs_ocr
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"x" * 400,
        b"II*\0\xff\xff\xff\xff",
        file_of(PAGE, "JPEG")[:20],
    ],
    ids=["empty", "signature", "noise", "tiff of nothing", "cut at its head"],
)
def test_what_is_no_picture_is_refused_with_the_reason(data: bytes) -> None:
    with pytest.raises(FileError, match=r"is empty|is damaged, cut off, or no picture"):
        load(data, "a.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_picture_that_is_cut_off_is_named(kind: str) -> None:
    grain = Image.effect_noise((400, 400), 90)
    data = file_of(grain, kind)
    with pytest.raises(FileUnreadable, match="cut off"):
        open_page(data[: len(data) // 2], "a", 0, 10**6)


def test_pages_are_drawn_and_measured_for_the_viewer() -> None:
    data = file_of(PAGE, "TIFF", dpi=(100, 100))
    drawn = draw_page(data, "a", 0, 500, 10**6)
    assert open_page(drawn, "a", 0, 10**6).size == (500, 150)
    sheet = find_on_pages(data, "a", {0: []})[0]
    assert (sheet.width, sheet.height, sheet.rectangles) == (720, 216, ())
