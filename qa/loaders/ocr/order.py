"""The reading order of the lines on a page: pure functions.

Columns of text are read one after the other; cells of a table, which are short, by rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise, product, takewhile
from statistics import median

from qa.loaders.ocr.scan import Line

_DEPTH = 8
"""Columns in columns, at most."""
_GAP = 0.5
"""Columns are at least this share of a line's height apart; lines seem a little longer than they are."""
_COLUMN_LINES = 3
_COLUMN_CHARS = 12
_COLUMN_FILLED = 0.55
"""What has so many lines, of so many characters, that fill so much of its width (medians) is a column of text."""
_OUTER_ROWS = 6
"""Rows above columns, and below them, at most."""
_WIDE = 0.55
"""A line of this share of the width, alone in its row, goes over all columns."""
_SAME_ROW = 0.5
"""Lines that share so much of their height are in one row."""


def in_reading_order(lines: Sequence[Line], depth: int = 0) -> list[Line]:
    """The lines of a page, those of one row joined."""
    rows = _rows(lines)
    if depth < _DEPTH and (parts := _in_columns(rows)):
        return [line for part in parts for line in in_reading_order(part, depth + 1)]
    width = max((line.right for line in lines), default=0) - min((line.left for line in lines), default=0)
    runs = [(wide, list(run)) for wide, run in groupby(rows, lambda row: _goes_over_all(row, width))]
    if depth == _DEPTH or len(runs) < 2:
        return [_joined(row) for row in rows]
    ordered = list[Line]()
    for wide, run in runs:
        inside = [line for row in run for line in row]
        ordered += inside if wide else in_reading_order(inside, depth + 1)
    return ordered


def _in_columns(rows: Sequence[list[Line]]) -> list[list[Line]]:
    """The columns of text, with the few rows above and below them; nothing where there are none.

    Those are of one line each, but for the outermost, which may be a running head with a page number.
    """
    for first, last in product(range(_rows_of_one(rows) + 1), range(_rows_of_one(rows[::-1]) + 1)):
        middle = len(rows) - last
        if columns := _columns([line for row in rows[first:middle] for line in row]):
            return [*rows[:first], *columns, *rows[middle:]]
    return []


def _rows_of_one(rows: Sequence[list[Line]]) -> int:
    """How many rows from the first on may be none of the columns'."""
    outer = takewhile(lambda number: number == 0 or len(rows[number]) == 1, range(min(_OUTER_ROWS, len(rows))))
    return sum(1 for _ in outer)


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines between gaps that no line crosses; nothing where these are not all columns of text."""
    if not lines:
        return []
    ordered = sorted(lines, key=lambda line: line.left)
    gap, edge = _GAP * median(line.bottom - line.top for line in lines), ordered[0].right
    parts = [list[Line]()]
    for line in ordered:
        if line.left - edge > gap:
            parts.append([])
        parts[-1].append(line)
        edge = max(edge, line.right)
    return parts if len(parts) > 1 and all(map(_is_column, parts)) else []


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
    text, gaps = row[0].text, list[tuple[int, float, float]]()
    for before, after in pairwise(row):
        text += " "
        gaps.append((len(text), before.right, max(before.right, after.left)))
        text += after.text
    return Line(
        text,
        tuple(word for line in row for word in line.words),
        min(line.left for line in row),
        min(line.top for line in row),
        max(line.right for line in row),
        max(line.bottom for line in row),
        tuple(gaps),
    )
