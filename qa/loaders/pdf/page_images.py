"""A PDF's pages as pictures, and where on them characters are."""

from __future__ import annotations

import ctypes
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from qa.errors import FileUnreadable
from qa.loaders.pdf.lines import HYPHEN_MARK
from qa.loaders.pdf.pdfium import open_pdf

Run = tuple[int, int]
"""Index of a page's first character as pdfium counts, and how many."""
_Share = Annotated[float, Field(ge=0, le=1)]
Rectangle = tuple[_Share, _Share, _Share, _Share]
"""Left, top, right and bottom as shares (0 to 1) of the page's width and height, from its upper left corner."""

_HYPHENS = frozenset(map(ord, f"{HYPHEN_MARK}-\xad\u2010"))
_DEVICE = 1_000_000
"""pdfium gives positions on a picture as whole numbers: on one this wide and high they are exact enough."""
_THIN_SHARE = 0.25
"""A character's loose box lower than this share of its font size is of a font that tells nothing: its ink is taken."""
_JOIN_GAP = 1.5
"""Pieces of one line at most this many line heights apart are one rectangle."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as it is shown: its size in points, and a rectangle for each line of the words asked for."""

    width: float
    height: float
    rectangles: tuple[Rectangle, ...] = ()


@dataclass(frozen=True, slots=True)
class _Box:
    """A piece of a line in points on the page as shown; ``sideways``: its line runs up or down the page."""

    left: float
    top: float
    right: float
    bottom: float
    sideways: bool

    def union(self, other: _Box) -> _Box:
        return _Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.sideways,
        )

    def continues_in(self, after: _Box) -> bool:
        """True if ``after`` is in the same line and near."""
        if self.sideways != after.sideways:
            return False
        across = min(self.bottom, after.bottom) - max(self.top, after.top)
        along = max(self.left, after.left) - min(self.right, after.right)
        heights = self.bottom - self.top, after.bottom - after.top
        if self.sideways:
            across, along = -along, -across
            heights = self.right - self.left, after.right - after.left
        return across > 0.5 * min(heights) and along < _JOIN_GAP * max(heights)


def draw_page(data: bytes, name: str, page: int, width: int, max_pixels: int) -> bytes:
    """The page (0-based) as a PNG ``width`` pixels wide, or less where it would have more than ``max_pixels``.

    Raises as ``open_pdf``, and ``FileUnreadable`` for a page that is not there or cannot be drawn.
    """
    with _page(data, name, page) as opened:
        return _png(_pixels(opened, name, page, width, max_pixels))


def page_pixels(data: bytes, name: str, page: int, dpi: float, max_pixels: int) -> tuple[Any, tuple[float, float]]:
    """The page (0-based) with so many dots an inch, as an array of RGB or grey bytes; and its size in points. Raises as
    ``draw_page``."""
    with _page(data, name, page) as opened:
        size = opened.get_size()
        pixels = _pixels(opened, name, page, size[0] * dpi / 72, max_pixels)
        return (pixels if pixels.ndim == 2 else pixels[..., :3]), size


def _pixels(page: Any, name: str, number: int, width: float, max_pixels: int) -> Any:
    import pypdfium2

    across, up = page.get_size()
    if across <= 0 or up <= 0:
        raise FileUnreadable(name, f"page {number + 1} has no size")
    scale = min(width / across, (max_pixels / (across * up)) ** 0.5, max_pixels / max(across, up))
    try:
        bitmap = page.render(scale=scale, rev_byteorder=True, bitmap_maker=pypdfium2.PdfBitmap.new_native)
    except (pypdfium2.PdfiumError, ValueError, ctypes.ArgumentError) as error:
        raise FileUnreadable(name, f"page {number + 1} cannot be drawn") from error
    try:
        return bitmap.to_numpy().copy()
    finally:
        bitmap.close()


def find_on_pages(data: bytes, name: str, pages: Mapping[int, Sequence[Run]]) -> dict[int, Sheet]:
    """Each page (0-based) with the rectangles of these runs of its characters, which are in reading order.

    A hyphen at a line's end, which is left out of the text where it only divides a word, belongs to its line.
    """
    return {page: _sheet(data, name, page, runs) for page, runs in pages.items()}


def _sheet(data: bytes, name: str, page: int, runs: Sequence[Run]) -> Sheet:
    with _page(data, name, page) as opened:
        width, height = opened.get_size()
        if not runs:
            return Sheet(width, height)
        textpage = opened.get_textpage()
        try:
            pieces = _CharacterBoxes(opened, textpage, width, height).pieces(runs)
        finally:
            textpage.close()
    lines: list[_Box] = []
    for piece in pieces:
        if lines and lines[-1].continues_in(piece):
            lines[-1] = lines[-1].union(piece)
        else:
            lines.append(piece)
    return Sheet(width, height, tuple(_share(line, width, height) for line in lines))


@contextmanager
def _page(data: bytes, name: str, number: int) -> Iterator[Any]:
    import pypdfium2

    document = open_pdf(data, name)
    try:
        if not 0 <= number < len(document):
            raise FileUnreadable(name, f"has {len(document)} pages; there is no page {number + 1}")
        try:
            page = document[number]
        except pypdfium2.PdfiumError as error:
            raise FileUnreadable(name, f"page {number + 1} is damaged and cannot be opened") from error
        try:
            yield page
        finally:
            page.close()
    finally:
        document.close()


class _CharacterBoxes:
    """Measures characters of one page where they are shown: turned, cropped, from the upper left corner."""

    def __init__(self, page: Any, textpage: Any, width: float, height: float) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._page, self._textpage = page.raw, textpage.raw
        self._count = textpage.count_chars()
        self._x, self._y = width / _DEVICE, height / _DEVICE
        self._lies = page.get_rotation() in (90, 270)

    def pieces(self, runs: Sequence[Run]) -> list[_Box]:
        """A box for each run that shows anything; no run goes over a line's end."""
        boxes = []
        for number, (char, length) in enumerate(runs):
            end = min(char + length, self._count)
            if number + 1 < len(runs) and end < self._count and self._code(end) in _HYPHENS:
                end += 1
            shown = [self._box(index) for index in range(max(char, 0), end) if not chr(self._code(index)).isspace()]
            if shown:
                box = shown[0]
                for other in shown[1:]:
                    box = box.union(other)
                boxes.append(box)
        return boxes

    def _code(self, index: int) -> int:
        return int(self._pdfium.FPDFText_GetUnicode(self._textpage, index)) & 0x1FFFFF

    def _box(self, index: int) -> _Box:
        pdfium, matrix, loose = self._pdfium, self._pdfium.FS_MATRIX(), self._pdfium.FS_RECTF()
        pdfium.FPDFText_GetMatrix(self._textpage, index, matrix)
        turned = abs(matrix.b) > abs(matrix.a)
        pdfium.FPDFText_GetLooseCharBox(self._textpage, index, loose)
        edges = loose.left, loose.bottom, loose.right, loose.top
        size = pdfium.FPDFText_GetFontSize(self._textpage, index) * (matrix.c**2 + matrix.d**2) ** 0.5
        if abs(edges[2] - edges[0] if turned else edges[3] - edges[1]) < _THIN_SHARE * size:
            edges = self._ink(index)
        (x1, y1), (x2, y2) = self._shown(edges[0], edges[1]), self._shown(edges[2], edges[3])
        return _Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2), turned != self._lies)

    def _ink(self, index: int) -> tuple[float, float, float, float]:
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        self._pdfium.FPDFText_GetCharBox(self._textpage, index, left, right, bottom, top)
        return left.value, bottom.value, right.value, top.value

    def _shown(self, x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        self._pdfium.FPDF_PageToDevice(self._page, 0, 0, _DEVICE, _DEVICE, 0, x, y, across, down)
        return across.value * self._x, down.value * self._y


def _share(box: _Box, width: float, height: float) -> Rectangle:
    def inside(value: float) -> float:
        return round(min(max(value, 0.0), 1.0), 5)

    return inside(box.left / width), inside(box.top / height), inside(box.right / width), inside(box.bottom / height)


def _png(pixels: Any) -> bytes:
    """An array ``(height, width, 3 or 4)`` of RGB bytes, or ``(height, width)`` of grey ones, as a PNG."""
    import numpy as np

    if pixels.ndim == 3:
        red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
        grey = bool((red == green).all() and (red == blue).all())
        pixels = red if grey else pixels[..., :3]
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels).reshape(height, -1)
    lines = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 0 if pixels.ndim == 2 else 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 4)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
