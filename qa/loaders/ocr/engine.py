"""RapidOCR: the lines and words on a picture. Only this module knows it.

Its models (PP-OCRv6, of many languages) are in its package; nothing is downloaded. Its classifier of upside-down lines
is left out: it turned a tenth of the upright lines of ``benchmarks/ocr.py``. A page is turned as a whole instead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.loaders.ocr.order import in_reading_order
from qa.loaders.ocr.scan import Line, Scan, Word

Points = NDArray[np.float64]
"""Corners on the picture, ``(n, 2)``."""

DPI = 300
MAX_PIXELS = 4_000_000
"""Of the picture that is read; A4 at 205 dots an inch. Larger ones are made smaller: time and memory grow with it."""
_SIDE = 736
"""Pixels of the shorter side that are best for finding lines; the engine would enlarge a long strip without limit."""
_SMALLEST = 32
"""A picture that is still fewer pixels wide or high when it is enlarged holds no words."""
_UPRIGHT = 0.8
"""A page whose words are less certain than this on average may be upside down: measured, 0.6 if it is, else 0.95."""
_TALL = 1.5
"""The height of a line's box by its width from which on it runs up or down the page."""


def enlargement(width: int, height: int) -> float:
    """By how much a picture is to be enlarged before it is read: 1 or more."""
    return max(1.0, min(_SIDE / min(width, height), math.sqrt(MAX_PIXELS / (width * height))))


def read_page(pixels: NDArray[np.uint8], points: tuple[float, float]) -> Scan:
    """The lines on a picture, of at most ``MAX_PIXELS`` in RGB or grey; ``points``: its width and height in points."""
    if min(pixels.shape[:2]) < _SMALLEST:
        return Scan(*points)
    pixels = pixels[..., ::-1] if pixels.ndim == 3 else np.stack([pixels] * 3, axis=2)  # as OpenCV has them
    turns, best = 0, _Found.on(pixels)
    if best.is_sideways:
        turns, best = 1, _Found.on(np.rot90(pixels))
    if best.certainty < _UPRIGHT and best.lines:
        other = _Found.on(np.rot90(pixels, turns + 2))
        if other.certainty > best.certainty:
            turns, best = turns + 2, other
    height, width = pixels.shape[:2]
    return _scan(best, turns, (width, height), points)


_Word = tuple[str, float, Points]
"""Its text, its certainty and its corners."""


def _measured(words: Sequence[tuple[str, float, Sequence[Any]]]) -> list[_Word]:
    return [(text, float(sure), np.array(corners, float)) for text, sure, corners in words]


class _Found:
    """The engine's result: for each line its text, its corners, and its words with certainty and corners."""

    def __init__(self, lines: list[tuple[str, Points, list[_Word]]]) -> None:
        self.lines = lines

    @classmethod
    def on(cls, pixels: NDArray[np.uint8]) -> _Found:
        """What the engine finds on a picture in OpenCV's order of colours."""
        pixels = np.ascontiguousarray(pixels)
        try:
            found = _engine()(pixels, return_word_box=True)
        except IndexError:  # a line without any word
            found = _engine()(pixels, return_word_box=False)
        if found.txts is None or found.boxes is None:
            return cls([])
        lines = list(zip(found.txts, np.asarray(found.boxes, float), strict=True))
        if len(found.word_results) == len(lines):
            return cls([(*line, _measured(words)) for line, words in zip(lines, found.word_results, strict=True)])
        return cls([(*line, [(line[0], float(sure), line[1])]) for line, sure in zip(lines, found.scores, strict=True)])

    @property
    def certainty(self) -> float:
        """The mean of the words, by their length."""
        words = [(len(text), sure) for _, _, line in self.lines for text, sure, _ in line]
        return sum(length * sure for length, sure in words) / max(1, sum(length for length, _ in words))

    @property
    def is_sideways(self) -> bool:
        """True if more characters are in lines that run up or down the page."""
        count = 0
        for text, corners, _ in self.lines:
            width, height = np.ptp(corners, axis=0)
            if len(text) > 1:
                count += len(text) if height > _TALL * width else -len(text)
        return count > 0


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    options = {"log_level": "critical", "use_cls": False, "max_side_len": 1 << 20, "text_score": 0.0}
    sides = {"Det.limit_side_len": _SMALLEST}
    return RapidOCR(params={**{f"Global.{name}": value for name, value in options.items()}, **sides})


def _scan(found: _Found, turns: int, size: tuple[int, int], points: tuple[float, float]) -> Scan:
    """``turns``: quarters, counter-clockwise, by which the picture of this ``size`` was turned to be upright."""
    across, down = points if turns % 2 == 0 else points[::-1]
    width, height = size if turns % 2 == 0 else size[::-1]
    slope = _slope([corners for _, corners, _ in found.lines])
    lines = []
    for text, corners, words in found.lines:
        straight = np.stack([corners[:, 0], corners[:, 1] - slope * (corners[:, 0] - width / 2)], axis=1)
        (left, top), (right, bottom) = straight.min(axis=0), straight.max(axis=0)
        edges = np.array([left * across, top * down, right * across, bottom * down]) / (width, height, width, height)
        shown = [Word(word, round(sure, 3), *_share(box, turns, (width, height))) for word, sure, box in words]
        lines.append(Line(text, tuple(shown), *edges.round(2).tolist()))
    return Scan(across, down, tuple(in_reading_order(lines)))


def _slope(lines: Sequence[Points]) -> float:
    """How far the page's lines fall, by their length; long lines tell it."""
    slopes, widths = list[float](), list[float]()
    for corners in lines:
        along = (corners[1] + corners[2] - corners[0] - corners[3]) / 2
        slopes.append(along[1] / max(along[0], 1.0))
        widths.append(along[0])
    long = [slope for slope, width in zip(slopes, widths, strict=True) if width >= 0.5 * max(widths)]
    return median(long) if long and abs(median(long)) < math.tan(math.radians(15)) else 0.0


def _share(box: Points, turns: int, size: tuple[int, int]) -> Iterator[float]:
    """A box on the turned picture of this ``size``, as shares of the picture as it was."""
    (left, top), (right, bottom) = box.min(axis=0) / size, box.max(axis=0) / size
    for _ in range(turns % 4):  # each step undoes a quarter turn
        left, top, right, bottom = 1 - bottom, left, 1 - top, right
    yield from (round(min(max(float(edge), 0.0), 1.0), 5) for edge in (left, top, right, bottom))
