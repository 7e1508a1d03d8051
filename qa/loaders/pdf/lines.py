"""Lines of a PDF page with their position, and what can be told from them without any library.

Coordinates are in points on the page turned so that most of its text is upright, measured from its top left corner;
``top`` is smaller than ``bottom``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import NamedTuple

from qa.loaders.pdf.annotations import NOTHING, Overlay
from qa.loaders.pdf.page_objects import Lost

HYPHEN_MARK = "\x02"
"""pdfium's character for a hyphen at the end of a line (it then gives no line break)."""

_EDGE_SHARE = 0.13
"""Running heads are within this share of the page's height from its upper or lower edge."""
_EDGE_LINES = 3
"""… and among this many lines next to that edge."""
_SAME_HEIGHT_SHARE = 0.02
"""Repetitions are at the same height within this share of the page's height."""


NOTICED_GAP = 0.3
"""White space inside a line narrower than this share of the font size is not kept: it parts words, not columns."""


WIDE_GAP = 0.65
"""White space of this share of the font size may part two columns."""


class Gap(NamedTuple):
    """White space inside a line, from ``left`` to ``right``; ``start`` is the offset of the first character after it.

    ``bold_before`` and ``bold_after`` are known of wide ones (``WIDE_GAP``).
    """

    start: int
    left: float
    right: float
    bold_before: bool = False
    bold_after: bool = False


class Rule(NamedTuple):
    """A straight line drawn on the page, or an edge of a filled area: upright or level."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one page.

    ``runs`` holds ``(offset, char, length)``: ``text[offset + i]`` is pdfium's character ``char + i`` of the page.
    """

    page: int
    text: str
    runs: tuple[tuple[int, int, int], ...]
    left: float
    right: float
    top: float
    bottom: float
    size: float
    """Font size in points."""
    bold: bool
    hyphen: bool = False
    """The line's last character is a hyphen that divides a word."""
    sideways: bool = False
    """It runs across the direction of most of the page's text."""
    gaps: tuple[Gap, ...] = ()
    """Its wide white space, from left to right (``NOTICED_GAP``)."""


def made_line(page: int, text: str, left: float = 0.0, bottom: float = 0.0, size: float = 1.0) -> Line:
    """A line of words that are not among the page's characters, such as a form's."""
    return Line(page, text, (), left, left + len(text) * size, bottom - size, bottom, size, bold=False)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines in reading order."""

    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...] = ()
    replaced: int = 0
    """Unreadable characters (no Unicode value, or private use)."""
    readable: bool = True
    """False: no text, or more than 5 % of its characters are unreadable."""
    overlay: Overlay = NOTHING
    lost: tuple[Lost, ...] = ()
    found: int = 0
    """Lines of what pdfium drops that the second reader found."""
    blank: bool = False
    """Nothing at all is on it, or it could not be opened."""


def cut_lines(chars: str) -> Iterable[tuple[int, int, bool]]:
    """Start, end (white space at both ends excluded) and "ends in a hyphen" of each line in a page's characters."""
    for match in re.finditer(rf"[^\r\n{HYPHEN_MARK}]*[\r\n{HYPHEN_MARK}]?", chars):
        start, end = match.span()
        hyphen = end > start and chars[end - 1] == HYPHEN_MARK
        while start < end and chars[start].isspace():
            start += 1
        while end > start and chars[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end, hyphen


def line_text(chars: str, start: int, end: int) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """The text of one line and its runs (see ``Line``).

    Surrogate pairs, which pdfium counts as two characters, become one; soft hyphens inside the line are left out.
    """
    segment = chars[start:end]
    odd = [match.span() for match in re.finditer("[\ud800-\udbff][\udc00-\udfff]|[\xad\ufeff](?!$)", segment)]
    parts: list[str] = []
    runs: list[tuple[int, int, int]] = []
    length = done = 0
    for first, last in [*odd, (len(segment), len(segment))]:
        if first > done:
            parts.append(segment[done:first].replace(HYPHEN_MARK, "-"))
            runs.append((length, start + done, first - done))
            length += first - done
        if last - first == 2:
            high, low = ord(segment[first]), ord(segment[first + 1])
            parts.append(chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)))
            runs.append((length, start + first, 1))
            length += 1
        done = last
    return "".join(parts), tuple(runs)


def without_spaces(text: str, runs: Sequence[tuple[int, int, int]]) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """``text`` and its runs without its spaces."""
    kept: list[tuple[int, int, int]] = []
    for offset, char, length in runs:
        for match in re.finditer(r"[^ ]++", text[offset : offset + length]):
            kept.append((offset + match.start(), char + match.start(), len(match.group())))
    shown, at = list[tuple[int, int, int]](), 0
    for _, char, length in kept:
        shown.append((at, char, length))
        at += length
    return text.replace(" ", ""), tuple(shown)


def join_fragments(lines: Sequence[Line]) -> list[Line]:
    """``lines`` with the pieces of one visual line put together: pdfium breaks lines at raised and lowered letters."""
    joined: list[Line] = []
    for line in lines:
        if joined and _same_line(joined[-1], line):
            joined[-1] = _joined(joined[-1], line)
        else:
            joined.append(line)
    return joined


def _same_line(before: Line, after: Line) -> bool:
    if before.hyphen or before.sideways or after.sideways:
        return False
    overlap = min(before.bottom, after.bottom) - max(before.top, after.top)
    size = max(before.size, after.size)
    if overlap < 0.3 * min(before.bottom - before.top, after.bottom - after.top):
        return False
    return -0.5 * size < after.left - before.right < 1.5 * size


def _joined(before: Line, after: Line) -> Line:
    size = max(before.size, after.size)
    joint = " " if after.left - before.right > 0.15 * size else ""
    offset = len(before.text) + len(joint)
    wide = after.left - before.right >= NOTICED_GAP * size
    between = (Gap(offset, before.right, after.left, before.bold, after.bold),) if wide else ()
    main = before if len(before.text) >= len(after.text) else after
    return replace(
        main,
        text=before.text + joint + after.text,
        runs=before.runs + tuple((at + offset, char, length) for at, char, length in after.runs),
        left=min(before.left, after.left),
        right=max(before.right, after.right),
        bold=before.bold and after.bold,
        hyphen=after.hyphen,
        gaps=(*before.gaps, *between, *(gap._replace(start=gap.start + offset) for gap in after.gaps)),
    )


def cut_at(line: Line, gaps: Sequence[Gap]) -> list[Line]:
    """The pieces of ``line`` between ``gaps``, which are some of its own, as lines of their own."""
    pieces: list[Line] = []
    start, left, bold = 0, line.left, gaps[0].bold_before if gaps else line.bold
    for gap in (*gaps, Gap(len(line.text), line.right, line.right)):
        end = len(line.text[: gap.start].rstrip())
        if end > start:
            pieces.append(_piece(line, start, end, left, gap.left, bold))
        start, left, bold = gap.start, gap.right, gap.bold_after
    return pieces


def _piece(line: Line, start: int, end: int, left: float, right: float, bold: bool) -> Line:
    runs = [
        (max(at, start) - start, char + max(start - at, 0), min(at + length, end) - max(at, start))
        for at, char, length in line.runs
        if at < end and at + length > start
    ]
    return Line(
        line.page,
        line.text[start:end],
        tuple(runs),
        left,
        right,
        line.top,
        line.bottom,
        line.size,
        bold,
        line.hyphen and end == len(line.text),
        line.sideways,
        tuple([gap._replace(start=gap.start - start) for gap in line.gaps if start < gap.start < end]),
    )


def count_unreadable(text: str) -> int:
    """How many characters of ``text`` are replacement characters or private-use ones."""
    if text.isascii():
        return 0
    return sum(char == "\ufffd" or unicodedata.category(char) in ("Co", "Cn") for char in text if char >= "\u0378")


def find_furniture(pages: Sequence[Page]) -> frozenset[tuple[int, int]]:
    """``(page, index of the line)`` of running heads and page numbers.

    A line counts when the same text, digits aside, is at the same height near the upper or the lower edge of at
    least three pages, or of half the pages of a document of two to five. So does what runs sideways along the left
    or right edge.
    """
    seen: dict[tuple[str, bool], list[tuple[float, int, int]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for index, upper in _edge_lines(page):
            line = page.lines[index]
            key = _furniture_key(line.text)
            seen[key, upper].append((line.top / page.height, number, index))
    needed = min(3, max(2, (len(pages) + 1) // 2))
    found = {(number, index) for number, page in enumerate(pages) for index in _side_lines(page)}
    for lines in seen.values():
        middle = median(height for height, _, _ in lines)
        near = [(number, index) for height, number, index in lines if abs(height - middle) <= _SAME_HEIGHT_SHARE]
        if len({number for number, _ in near}) >= needed:
            found.update(near)
    return frozenset(found)


def _edge_lines(page: Page) -> Iterable[tuple[int, bool]]:
    """Index and "at the upper edge" of the lines that may be furniture; bare numbers only as the outermost line."""
    order = sorted(range(len(page.lines)), key=lambda index: page.lines[index].top)
    for upper in (True, False):
        outermost = order[:_EDGE_LINES] if upper else order[::-1][:_EDGE_LINES]
        for rank, index in enumerate(outermost):
            line = page.lines[index]
            inside = line.bottom > page.height * _EDGE_SHARE if upper else line.top < page.height * (1 - _EDGE_SHARE)
            if not inside and (rank == 0 or any(char.isalpha() for char in line.text)):
                yield index, upper


def _side_lines(page: Page) -> Iterable[int]:
    for index, line in enumerate(page.lines):
        if line.sideways and (line.right < 0.1 * page.width or line.left > 0.9 * page.width):
            yield index


_NUMBER = re.compile(r"\d+(?:[.\-/]\d+)*|\b[ivxlc]+\b")


def _furniture_key(text: str) -> str:
    """``text`` with its numbers (Arabic and small Roman) and its spacing made equal."""
    return " ".join(_NUMBER.sub("#", text.lower()).split())
