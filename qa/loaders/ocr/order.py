"""The reading order of the lines on a page: pure functions.

Columns of text are read one after the other; cells of a table, which are short, by rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from statistics import median

from qa.loaders.ocr.scan import Line

_DEPTH = 8
"""Columns in columns, at most."""
_COLUMN_LINES = 3
_COLUMN_CHARS = 12
_COLUMN_FILLED = 0.55
"""What has so many lines, of so many characters, that fill so much of its width (medians) is a column of text."""
_WIDE = 0.55
"""A line of this share of the width, alone in its row, goes over all columns."""
_SAME_ROW = 0.5
"""Lines that share so much of their height are in one row."""


def in_reading_order(lines: Sequence[Line], depth: int = 0) -> list[Line]:
    """The lines of a page, those of one row joined."""
    if len(lines) < 2:
        return list(lines)
    if depth < _DEPTH and (sides := _columns(lines)):
        return [line for side in sides for line in in_reading_order(side, depth + 1)]
    rows = _rows(lines)
    width = max(line.right for line in lines) - min(line.left for line in lines)
    runs = [(wide, list(run)) for wide, run in groupby(rows, lambda row: _goes_over_all(row, width))]
    if depth == _DEPTH or len(runs) == 1:
        return [_joined(row) for row in rows]
    ordered = list[Line]()
    for wide, run in runs:
        inside = [line for row in run for line in row]
        ordered += inside if wide else in_reading_order(inside, depth + 1)
    return ordered


def _columns(lines: Sequence[Line]) -> tuple[list[Line], list[Line]] | None:
    """The lines at the left and at the right of a gap that no line crosses; None where they are no columns of text."""
    ordered = sorted(lines, key=lambda line: line.left)
    gap, edge = median(line.bottom - line.top for line in lines), ordered[0].right
    for index, line in enumerate(ordered):
        if line.left - edge > gap:
            sides = ordered[:index], ordered[index:]
            if all(map(_is_column, sides)):
                return sides
        edge = max(edge, line.right)
    return None


def _is_column(lines: Sequence[Line]) -> bool:
    if len(lines) < _COLUMN_LINES or median(len(line.text) for line in lines) < _COLUMN_CHARS:
        return False
    width = max(line.right for line in lines) - min(line.left for line in lines)
    return median(line.right - line.left for line in lines) >= _COLUMN_FILLED * width


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines by rows, from the top; each row from the left."""
    rows = list[list[Line]]()
    for line in sorted(lines, key=lambda line: line.top + line.bottom):
        if rows and _shared_height(rows[-1][0], line) >= _SAME_ROW:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _shared_height(one: Line, other: Line) -> float:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared / max(min(one.bottom - one.top, other.bottom - other.top), 0.01)


def _goes_over_all(row: Sequence[Line], width: float) -> bool:
    return len(row) == 1 and row[0].right - row[0].left >= _WIDE * width


def _joined(row: Sequence[Line]) -> Line:
    return Line(
        " ".join(line.text for line in row),
        tuple(word for line in row for word in line.words),
        min(line.left for line in row),
        min(line.top for line in row),
        max(line.right for line in row),
        max(line.bottom for line in row),
    )
