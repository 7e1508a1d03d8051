"""Where words that OCR has read are on their pages."""

from __future__ import annotations

from bisect import bisect_right

from qa.loaders.pdf.page_images import Rectangle
from qa.types import Document, ScannedWord

_GAP = 0.05
"""Words of one line are at most this share of the page apart."""
_LEANING = 1.8
"""A rectangle is at most so many times as high as its words."""


def scanned_lines(document: Document, start: int, end: int) -> dict[int, tuple[Rectangle, ...]]:
    """Page (from 1) → the rectangles of the words that OCR has read in ``text[start:end]``: one for each line, or more
    where the page is not quite straight."""
    lines: dict[int, list[Rectangle]] = {}
    last: ScannedWord | None = None
    words = document.scanned
    for word in words[bisect_right(words, start, key=lambda word: word.end) :]:
        if word.start >= end:
            break
        here = lines.setdefault(word.page, [])
        if last and last.page == word.page and (joined := _joined(here[-1], _box(last), _box(word))):
            here[-1] = joined
        else:
            here.append(_box(word))
        last = word
    return {page: tuple(found) for page, found in lines.items()}


def _box(word: ScannedWord) -> Rectangle:
    return word.left, word.top, word.right, word.bottom


def _joined(line: Rectangle, last: Rectangle, word: Rectangle) -> Rectangle | None:
    """The line with the word after its last one; None where that is in another line, or where the line leans so far
    that its rectangle would cover others. On a page that lies on its side, lines run up or down."""
    joined = min(line[0], word[0]), min(line[1], word[1]), max(line[2], word[2]), max(line[3], word[3])
    for low, high in ((1, 3), (0, 2)):
        shared = min(last[high], word[high]) - max(last[low], word[low])
        size = min(last[high] - last[low], word[high] - word[low])
        gap = max(last[1 - low], word[1 - low]) - min(last[3 - low], word[3 - low])
        if shared > 0.5 * size and gap < _GAP and joined[high] - joined[low] < _LEANING * size:
            return joined
    return None
