"""What OCR finds on one page. Plain values, so that they can be sent between processes and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Word(NamedTuple):
    """A word, and where it is on the page as shown: shares (0 to 1) of its width and height from the upper left."""

    text: str
    certainty: float
    """0 to 1."""
    left: float
    top: float
    right: float
    bottom: float


class Line(NamedTuple):
    """One line that was found, and where it is on the page turned upright, in points from the upper left."""

    text: str
    words: tuple[Word, ...]
    left: float
    top: float
    right: float
    bottom: float
    gaps: tuple[tuple[int, float, float], ...] = ()
    """Where it was joined of several: offset in the text after the gap, and the gap's edges from the left."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The lines of one page in reading order, its size in points when turned upright."""

    width: float
    height: float
    lines: tuple[Line, ...] = ()


Scans = Mapping[int, Scan | str]
"""Page (0-based) → what OCR has found on it, or why it could not be read."""
