"""Measures the lines of one page: where they are, their font, the white space inside them."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import Any

from qa.loaders.pdf.lines import NOTICED_GAP, WIDE_GAP, Gap, Line, cut_lines, line_text, without_spaces

_BOLD_NAME = re.compile(r"bold|black|heavy|demi|-medi$|(?:cm|sf)(?:ss)?[bs]x", re.IGNORECASE)
_BOLD_WEIGHT = 600
_LETTERS_APART = re.compile(r"(?=(?:[^\W\d_]{1,2} ){2})(?:[^\W\d_]{1,2} )*+[^\W\d_]{1,2}$")
_SAME_PITCH = 0.05
"""Letters that are each set by themselves, at equal distances within this share."""
_Run = tuple[int, int, int]
"""As in ``Line``."""
_LOOSE = 1.5
"""A word that is wider than this multiple of the font size for each letter is not one; …"""
_FEW = 4
"""… asked of words of so many letters at most."""
_STACKED = 0.9
"""Characters of one line differ in height by at most this share of the font size."""
_LEVEL = 0.2
"""… and words beside each other by at most this share."""
_SAMPLES = 4
"""Characters of a line whose position and font are asked for: boxes of all would double the time."""


def _main_size(sizes: Sequence[float]) -> float:
    """The size most samples have, the largest of several; small figures in a line must not make the line small."""
    if len(set(sizes)) == 1:
        return max(round(sizes[0], 1), 0.1)
    counts = Counter(round(size, 1) for size in sizes)
    return max(max(counts, key=lambda size: (counts[size], size)), 0.1)


@lru_cache(maxsize=1000)
def _is_bold_name(font: bytes) -> bool:
    return _BOLD_NAME.search(font.decode("utf-8", "replace")) is not None


def _offset_of(char: int, runs: Sequence[_Run]) -> int:
    """The offset in a line's text of pdfium's character ``char``, or of what follows it."""
    for offset, first, length in runs:
        if char < first + length:
            return offset + max(char - first, 0)
    return runs[-1][0] + runs[-1][2]


def _samples(chars: str, start: int, end: int) -> list[int]:
    """Characters that tell where the line of ``start`` to ``end`` is and how it is set: the first, the last, others."""
    last = end - 1
    step = max(1, (last - start) // (_SAMPLES - 1))
    return [index for index in (*range(start, last, step)[: _SAMPLES - 1], last) if not chars[index].isspace()]


class PageGeometry:
    """Measures lines of one page, turned so that most of its text is upright (see ``qa.loaders.pdf.lines``)."""

    def __init__(self, textpage: Any, box: Sequence[float]) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._textpage = textpage.raw
        self._loose_box = pdfium.FPDFText_GetLooseCharBox
        self._rect = pdfium.FS_RECTF()
        self._matrix = pdfium.FS_MATRIX()
        self._font = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()
        self._x, self._y = box[0], box[1]
        self._turn = self._main_turn(textpage.count_chars())
        across, up = box[2] - box[0], box[3] - box[1]
        self.width, self.height = (up, across) if self._turn in (90, 270) else (across, up)

    def _main_turn(self, count: int) -> int:
        """The direction in which most characters run, counter-clockwise from rightwards: 0, 90, 180 or 270."""
        turns = Counter(self._font_of(index)[1] for index in range(0, count, max(1, count // 40)))
        return turns.most_common(1)[0][0] if turns else 0

    def lines(self, page: int, chars: str, start: int, end: int, *, hyphen: bool) -> Iterator[Line]:
        """The line of these characters, or the lines: pdfium gives no break between narrow words under each other."""
        line, spread = self._line(page, chars, start, end, hyphen=hyphen)
        if line.sideways or spread <= _LEVEL * line.size:
            yield line
            return
        find = self._stacked if spread > _STACKED * line.size else self._set_back
        cuts = [start, *find(chars, start, end, line.size), end]
        if len(cuts) == 2:
            yield line
            return
        for first, last in pairwise(cuts):
            for begin, stop, _ in cut_lines(chars[first:last]):
                ends = hyphen and last == end
                yield self._line(page, chars, first + begin, first + stop, hyphen=ends)[0]

    def _stacked(self, chars: str, start: int, end: int, size: float) -> Iterator[int]:
        """The characters that stand on another height than those before."""
        last = self._shown(start)[3]
        for index in range(start + 1, end):
            bottom = last if chars[index].isspace() else self._shown(index)[3]
            if abs(bottom - last) > _STACKED * size:
                yield index
            last = bottom

    def _set_back(self, chars: str, start: int, end: int, size: float) -> Iterator[int]:
        """The words that stand before the line's first and on another height: of a column that pdfium joined to it."""
        left, _, _, bottom = self._shown(start)
        for index in range(start + 1, end):
            if chars[index - 1] == " " and chars[index] != " ":
                box = self._shown(index)
                if box[0] < left - 2 * size and abs(box[3] - bottom) > _LEVEL * size:
                    yield index
                    left, bottom = box[0], box[3]

    def _line(self, page: int, chars: str, start: int, end: int, *, hyphen: bool) -> tuple[Line, float]:
        """The line of the page's characters ``start`` to ``end``, and how far apart in height these are."""
        text, runs = line_text(chars, start, end)
        if _LETTERS_APART.match(text) and self._is_pitched(chars, start, end):
            text, runs = without_spaces(text, runs)
        samples = _samples(chars, start, end)
        lefts, tops, rights, bottoms = zip(*map(self._shown, samples), strict=True)
        sizes, turns = zip(*map(self._font_of, samples), strict=True)
        size = _main_size(sizes)
        sideways = all((turn - self._turn) % 180 == 90 for turn in turns)
        left, right = min(lefts), max(rights)
        line = Line(
            page,
            text,
            runs,
            left=left,
            right=right,
            top=median(tops),
            bottom=median(bottoms),
            size=size,
            bold=self._bold(start) and (end == start + 1 or self._bold(end - 1)),
            hyphen=hyphen,
            sideways=sideways,
            gaps=() if sideways else tuple(self._gaps(chars, start, end, runs, size, (left, right))),
        )
        return line, max(bottoms) - min(bottoms)

    def _is_pitched(self, chars: str, start: int, end: int) -> bool:
        """True if the letters stand at equal distances, so that spaces between them are pdfium's guesses."""
        pdfium = self._pdfium
        spaces = [index for index in range(start, end) if chars[index] == " "]
        if not all(pdfium.FPDFText_IsGenerated(self._textpage, index) == 1 for index in spaces):
            return False
        x, y = ctypes.c_double(), ctypes.c_double()
        places = []
        for index in range(start, end):
            if chars[index] != " ":
                pdfium.FPDFText_GetCharOrigin(self._textpage, index, x, y)
                places.append((x.value**2 + y.value**2) ** 0.5 if self._turn else x.value)
        steps = [abs(after - before) for before, after in pairwise(places)]
        usual = median(steps)
        size = self._font_of(start)[0]
        return 0 < usual < size and len(steps) > 2 and all(abs(step - usual) <= _SAME_PITCH * usual for step in steps)

    def _gaps(
        self, chars: str, start: int, end: int, runs: Sequence[_Run], size: float, edges: tuple[float, float]
    ) -> Iterator[Gap]:
        """The noticeable white space of the line, which lies between ``edges``."""
        first, begins, across = start, edges[0], self._across
        wide = WIDE_GAP * size
        least = NOTICED_GAP * size
        few = _FEW if edges[1] - edges[0] < 2 * size * (end - start) else 0  # letters stretched all along are words
        while first < end:
            space = chars.find(" ", first, end)
            last = end if space < 0 else space
            ends = edges[1] if space < 0 else across(last - 1)[1]
            if last - first <= few and ends - begins > _LOOSE * size * (last - first):
                for index in range(first + 1, last):
                    yield from self._gap(index - 1, index, runs, size)
            first = last + 1
            while first < end and chars[first] == " ":
                first += 1
            if first < end:
                begins = across(first)[0]
                if begins - ends >= least:
                    bold = (self._bold(last - 1), self._bold(first)) if begins - ends >= wide else (False, False)
                    yield Gap(_offset_of(first, runs), ends, begins, *bold)

    def _across(self, index: int) -> tuple[float, float]:
        """Left and right of a character's box on the turned page."""
        if self._turn:
            box = self._shown(index)
            return box[0], box[2]
        rect = self._rect
        self._loose_box(self._textpage, index, rect)
        return rect.left - self._x, rect.right - self._x

    def _gap(self, before: int, after: int, runs: Sequence[_Run], size: float) -> Iterator[Gap]:
        """White space without a space: letters far apart."""
        left, right = self._across(before)[1], self._across(after)[0]
        if right - left >= WIDE_GAP * size:
            yield Gap(_offset_of(after, runs), left, right, self._bold(before), self._bold(after))

    def _shown(self, index: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a character's box on the turned page."""
        rect = self._rect
        self._loose_box(self._textpage, index, rect)
        return self.turned(rect.left, rect.bottom, rect.right, rect.top)

    def turned(self, left: float, low: float, right: float, high: float) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the turned page of a rectangle in the file's coordinates."""
        left, right, low, high = left - self._x, right - self._x, low - self._y, high - self._y
        if self._turn == 90:
            return low, left, high, right
        if self._turn == 180:
            return self.width - right, low, self.width - left, high
        if self._turn == 270:
            return self.width - high, self.height - right, self.width - low, self.height - left
        return left, self.height - high, right, self.height - low

    def _font_of(self, index: int) -> tuple[float, int]:
        """Font size in points, and the direction in which the character runs (see ``_main_turn``)."""
        matrix = self._matrix
        self._pdfium.FPDFText_GetMatrix(self._textpage, index, matrix)
        size = float(self._pdfium.FPDFText_GetFontSize(self._textpage, index))
        size *= float((matrix.c**2 + matrix.d**2) ** 0.5)
        if abs(matrix.b) > abs(matrix.a):
            return size, 90 if matrix.b > 0 else 270
        return size, 0 if matrix.a >= 0 else 180

    def _bold(self, index: int) -> bool:
        if self._pdfium.FPDFText_GetFontWeight(self._textpage, index) >= _BOLD_WEIGHT:
            return True
        self._pdfium.FPDFText_GetFontInfo(self._textpage, index, self._font, len(self._font), self._flags)
        return _is_bold_name(self._font.value)
