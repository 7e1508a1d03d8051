"""What pdfium knows of the objects drawn on a page beside its text: straight lines, edges of areas, lost letters."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

_MAX_OBJECTS = 50_000
"""Objects and segments of a page looked at: a map or a drawing has more, a page of tables never."""
_MAX_DEPTH = 5
"""Of forms inside forms."""
_NO_WIDTH = 0.01
"""pdfium drops texts that are narrower, in points."""
_IDEOGRAPH = 0x4E00
"""The character that a font of many thousand has, and one of letters has not."""
_THIN = 3.0
"""A filled area this thin, in points, is a line."""
_SHORTEST = 4.0
"""Shorter lines, in points, are parts of drawings."""

Edges = tuple[float, float, float, float]
"""Left, low, right and high of a rectangle in the file's coordinates."""
_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Lost(NamedTuple):
    """A text that is on the page and not among pdfium's characters: where it begins, and its font."""

    x: float
    y: float
    font: str


def read_objects(page: Any) -> tuple[list[Edges], list[Lost]]:
    """The level and upright lines of a page with the edges of its areas, and the texts that pdfium drops."""
    objects = _Objects()
    return list(objects.rules(page.raw)), objects.lost


class _Objects:
    """Goes through a page's objects, those of its forms included, until it has seen ``_MAX_OBJECTS``."""

    def __init__(self) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._left = _MAX_OBJECTS
        self._bounds = [ctypes.c_float() for _ in range(4)]
        self._point = [ctypes.c_float() for _ in range(2)]
        self._modes = ctypes.c_int(), ctypes.c_int()
        self.lost: list[Lost] = []

    def rules(self, page: Any) -> Iterator[Edges]:
        pdfium = self._pdfium
        for index in range(min(pdfium.FPDFPage_CountObjects(page), self._left)):
            yield from self._rules_of(pdfium.FPDFPage_GetObject(page, index), _IDENTITY, 0)

    def _rules_of(self, item: Any, matrix: _Matrix, depth: int) -> Iterator[Edges]:
        pdfium = self._pdfium
        self._left -= 1
        if self._left <= 0:
            return
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            self._text(item, matrix)
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            yield from self._path(item, matrix)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            inner = _product(self._matrix_of(item), matrix)
            for index in range(min(pdfium.FPDFFormObj_CountObjects(item), self._left)):
                yield from self._rules_of(pdfium.FPDFFormObj_GetObject(item, index), inner, depth + 1)

    def _text(self, item: Any, matrix: _Matrix) -> None:
        """Note a text without width, which pdfium leaves out: its font is not in the file and not on this machine."""
        pdfium, (left, low, right, high) = self._pdfium, self._bounds
        pdfium.FPDFPageObj_GetBounds(item, left, low, right, high)
        if right.value - left.value >= _NO_WIDTH:
            return
        font = pdfium.FPDFTextObj_GetFont(item)
        width = ctypes.c_float()
        is_wide = pdfium.FPDFFont_GetGlyphWidth(font, _IDEOGRAPH, 1.0, width) and width.value > 0
        if is_wide and not pdfium.FPDFFont_GetIsEmbedded(font):  # in other fonts it is a space
            name = ctypes.create_string_buffer(128)
            pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
            x, y = _product(self._matrix_of(item), matrix)[4:]
            self.lost.append(Lost(x, y, name.value.decode("utf-8", "replace")))

    def _path(self, item: Any, matrix: _Matrix) -> Iterator[Edges]:
        """The lines of one path: itself if it is thin, else those of its segments that are level or upright."""
        left, low, right, high = self._bounds
        self._pdfium.FPDFPageObj_GetBounds(item, left, low, right, high)
        width, height = right.value - left.value, high.value - low.value
        if max(width, height) < _SHORTEST:
            return
        if min(width, height) <= _THIN:
            yield _box(_moved(left.value, low.value, matrix), _moved(right.value, high.value, matrix))
            return
        self._pdfium.FPDFPath_GetDrawMode(item, *self._modes)
        if min(width, height) < _SHORTEST or not any(mode.value for mode in self._modes):
            return
        for start, end in self._segments(item, _product(self._matrix_of(item), matrix)):
            edges = _box(start, end)
            across, up = edges[2] - edges[0], edges[3] - edges[1]
            if min(across, up) <= 0.5 and max(across, up) >= _SHORTEST:
                yield edges

    def _segments(self, path: Any, matrix: _Matrix) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
        """The straight pieces of a path: where each starts and ends."""
        pdfium, (x, y) = self._pdfium, self._point
        first = last = (0.0, 0.0)
        for index in range(min(pdfium.FPDFPath_CountSegments(path), self._left)):
            self._left -= 1
            segment = pdfium.FPDFPath_GetPathSegment(path, index)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            point = _moved(x.value, y.value, matrix)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                first = point
            elif kind == pdfium.FPDF_SEGMENT_LINETO:
                yield last, point
            last = point
            if pdfium.FPDFPathSegment_GetClose(segment):
                yield last, first
                last = first

    def _matrix_of(self, item: Any) -> _Matrix:
        matrix = self._pdfium.FS_MATRIX()
        self._pdfium.FPDFPageObj_GetMatrix(item, matrix)
        return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _moved(x: float, y: float, matrix: _Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _product(first: _Matrix, then: _Matrix) -> _Matrix:
    (a, b), (c, d) = _moved(first[0], first[1], (*then[:4], 0, 0)), _moved(first[2], first[3], (*then[:4], 0, 0))
    return a, b, c, d, *_moved(first[4], first[5], then)


def _box(start: tuple[float, float], end: tuple[float, float]) -> Edges:
    return min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1])
