"""Scans made for tests: pictures of text, and what OCR would find on them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from PIL import Image, ImageDraw, ImageFont

from qa.loaders.ocr import is_installed
from qa.loaders.ocr.scan import Line, Scan, Word

needs_ocr = pytest.mark.skipif(not is_installed(), reason="the extra ocr is not installed")
FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
"""With letters of many languages."""
WIDTH, HEIGHT, LETTER = 600.0, 800.0, 6.0


def line(text: str, left: float = 50, top: float = 50, *, height: float = 12, sure: float = 0.99) -> Line:
    """A line that was found on a page of 600 × 800 points, each letter six points wide."""
    words, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        x = left + at * LETTER
        edges = (x / WIDTH, top / HEIGHT, (x + len(word) * LETTER) / WIDTH, (top + height) / HEIGHT)
        words.append(Word(word, sure, *edges))
        at += len(word)
    return Line(text, tuple(words), left, top, left + len(text) * LETTER, top + height)


def column(texts: Sequence[str], left: float = 50, top: float = 50, *, leading: float = 16) -> list[Line]:
    """Lines below each other."""
    return [line(text, left, top + leading * number) for number, text in enumerate(texts)]


def scan(*lines: Line) -> Scan:
    """A page with these lines, in reading order."""
    return Scan(WIDTH, HEIGHT, lines)


def picture(
    *texts: str, size: tuple[int, int] = (1000, 300), letters: int = 34, mode: str = "L", **colours: Any
) -> Image.Image:
    """A picture with these lines."""
    page = Image.new(mode, size, colours.get("ground", "white"))
    draw, font = ImageDraw.Draw(page), ImageFont.truetype(FONT, letters)
    for number, text in enumerate(texts):
        draw.text((60, 50 + number * letters * 1.7), text, fill=colours.get("ink", "black"), font=font)
    return page


def file_of(picture: Image.Image, kind: str, more: Sequence[Image.Image] = (), **options: Any) -> bytes:
    """The picture as a file of this kind; ``more``: further pages of a PDF or TIFF."""
    written = io.BytesIO()
    pages: dict[str, Any] = {"save_all": True, "append_images": list(more)} if more else {}
    picture.save(written, kind, **pages, **options)
    return written.getvalue()
