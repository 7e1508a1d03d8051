"""Tables with ruled lines: the grid that the lines make, its cells and what is written in them. Pure functions."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, product
from typing import NamedTuple

from qa.loaders.pdf.lines import WIDE_GAP, Line, Rule, cut_at

NUMBER = re.compile(
    r"[-+−–(<>~≈±]?+(?:[A-Z]{2,3}\s?)?+[$€£¥]?+\s?+[-+−]?+"
    r"\d[\d.,'’ \u00a0\u202f/:%-]*+\s?+(?:[^\W\d_]{1,3}|[$€£¥°])?+\)?+"
)
"""A number, with a sign, currency or a short unit; also a date or time."""
_SNAP = 3.0
"""Lines this near, in points, are one, and ends this near meet."""
_MAX_STROKES = 400
"""A page with more separate lines in one direction is a drawing."""
_SAME_COLUMN = 0.03
"""Columns of a table's continuation are where they were, within this share of its width."""
_MAX_GRIDS = 50
_MAX_CELLS = 20_000
_FILLED = 0.4
"""A grid of which a smaller share of the cells holds words is a drawing."""
_MAX_CELL_CHARS = 1500
"""A frame around more text than this is part of the page's layout, not a cell."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell's lines, top to bottom, and where it is: rows and columns are counted from 0."""

    lines: tuple[Line, ...]
    row: int
    column: int
    rows: int = 1
    columns: int = 1


@dataclass(slots=True)
class Table:
    """A table in the making; its page is that of its lines, and a continued one has several."""

    cells: list[TableCell]
    """Those that hold words, in order."""
    height: int
    edges: tuple[tuple[float, float], ...]
    """Left and right of each column."""
    header_rows: int | None = None
    """None: not known."""
    named_by_first: bool = False
    """The first cell of each row names what follows in it."""

    def lines(self) -> Iterable[Line]:
        """All its lines."""
        return (line for cell in self.cells for line in cell.lines)

    def goes_on_in(self, other: Table) -> bool:
        """True if ``other``, which begins the next page, has the same columns."""
        if len(self.edges) != len(other.edges):
            return False
        width = max(self.edges[-1][1] - self.edges[0][0], 1.0)
        near = [
            min(abs(ours[0] - theirs[0]), abs(ours[1] - theirs[1])) < _SAME_COLUMN * width
            for ours, theirs in zip(self.edges, other.edges, strict=True)
        ]
        return all(near)

    def extend(self, other: Table) -> None:
        """Append the rows of ``other``."""
        self.cells += [replace(cell, row=cell.row + self.height) for cell in other.cells]
        self.height += other.height


class _Stroke(NamedTuple):
    at: float
    start: float
    end: float


class RuledGrid(NamedTuple):
    """The lines of one ruled table: the edges of its columns and rows, and where a line is missing between cells."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[tuple[int, int, int, int], ...]
    """Row, column, rows and columns of each."""

    def holds(self, line: Line) -> bool:
        """True if the middle of ``line`` is inside."""
        across, down = (line.left + line.right) / 2, (line.top + line.bottom) / 2
        return self.xs[0] < across < self.xs[-1] and self.ys[0] < down < self.ys[-1]


def find_grids(rules: Sequence[Rule]) -> list[RuledGrid]:
    """The grids of at least two rows and two columns that ruled lines make, from the top."""
    across = level_lines(rules)
    upright = _merged([_Stroke((r.left + r.right) / 2, r.top, r.bottom) for r in rules if not _is_level(r)])
    if max(len(across), len(upright)) > _MAX_STROKES:
        return []
    grids = (_grid(*component) for component in _components(across, upright))
    return sorted(filter(None, grids), key=lambda grid: grid.ys[0])[:_MAX_GRIDS]


def level_lines(rules: Sequence[Rule]) -> list[_Stroke]:
    """The level lines of a page, pieces of one line joined, from the top."""
    strokes = _merged([_Stroke((r.top + r.bottom) / 2, r.left, r.right) for r in rules if _is_level(r)])
    return strokes if len(strokes) <= _MAX_STROKES else []


def _is_level(rule: Rule) -> bool:
    return rule.right - rule.left >= rule.bottom - rule.top


def _merged(strokes: Iterable[_Stroke]) -> list[_Stroke]:
    """Strokes at about the same place that touch, as one."""
    merged: list[_Stroke] = []
    cluster: list[_Stroke] = []
    for stroke in sorted(strokes):
        if cluster and stroke.at - cluster[0].at > _SNAP:
            merged += _joined(cluster)
            cluster = []
        cluster.append(stroke)
    return merged + _joined(cluster)


def _joined(cluster: Sequence[_Stroke]) -> list[_Stroke]:
    joined: list[_Stroke] = []
    for stroke in sorted(cluster, key=lambda stroke: stroke.start):
        if joined and stroke.start <= joined[-1].end + _SNAP:
            joined[-1] = joined[-1]._replace(end=max(joined[-1].end, stroke.end))
        else:
            joined.append(stroke._replace(at=cluster[0].at))
    return joined


def _components(across: Sequence[_Stroke], upright: Sequence[_Stroke]) -> Iterable[tuple[list[_Stroke], list[_Stroke]]]:
    """The groups of lines that cross."""
    parents = list(range(len(across) + len(upright)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = index = parents[parents[index]]
        return index

    for i, level in enumerate(across):
        for j, high in enumerate(upright, len(across)):
            meets = level.start - _SNAP <= high.at <= level.end + _SNAP
            if meets and high.start - _SNAP <= level.at <= high.end + _SNAP:
                parents[root(i)] = root(j)
    groups: dict[int, tuple[list[_Stroke], list[_Stroke]]] = defaultdict(lambda: ([], []))
    for index, stroke in enumerate((*across, *upright)):
        groups[root(index)][index >= len(across)].append(stroke)
    return groups.values()


def _grid(across: Sequence[_Stroke], upright: Sequence[_Stroke]) -> RuledGrid | None:
    xs, ys = _edges(upright), _edges(across)
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 2 or rows * columns > _MAX_CELLS:
        return None
    below = _covered(across, ys, xs)
    right = _covered(upright, xs, ys)
    cells: list[tuple[int, int, int, int]] = []
    taken: set[tuple[int, int]] = set()
    for row, column in product(range(rows), range(columns)):
        if (row, column) not in taken:
            width = 1
            while column + width < columns and row not in right[column + width] and (row, column + width) not in taken:
                width += 1
            inside = range(column + 1, column + width)
            height = 1
            while row + height < rows and _goes_on(row + height, column, inside, below, right):
                height += 1
            taken.update(product(range(row, row + height), range(column, column + width)))
            cells.append((row, column, height, width))
    return RuledGrid(xs, ys, tuple(cells))


def _goes_on(
    row: int, column: int, inside: Iterable[int], below: Mapping[int, set[int]], right: Mapping[int, set[int]]
) -> bool:
    """True if no line parts this row from the one above, nor its columns ``column`` and ``inside`` from each other."""
    return column not in below[row] and not any(at in below[row] or row in right[at] for at in inside)


def _edges(strokes: Iterable[_Stroke]) -> tuple[float, ...]:
    edges: list[float] = []
    for stroke in sorted(strokes):
        if not edges or stroke.at - edges[-1] > _SNAP:
            edges.append(stroke.at)
    return tuple(edges)


def _covered(strokes: Iterable[_Stroke], edges: Sequence[float], others: Sequence[float]) -> dict[int, set[int]]:
    """Edge → the stretches between ``others`` along which it is drawn."""
    middles = [(start + end) / 2 for start, end in pairwise(others)]
    covered: dict[int, set[int]] = defaultdict(set)
    for stroke in strokes:
        edge = bisect_right(edges, stroke.at) - 1
        covered[edge].update(range(bisect_left(middles, stroke.start), bisect_right(middles, stroke.end)))
    return covered


def pieces_of(line: Line, xs: Sequence[float] = ()) -> list[Line]:
    """``line`` cut at its wide gaps, and at those through which one of the upright lines ``xs`` goes."""

    def parts(left: float, right: float) -> bool:
        return right - left >= WIDE_GAP * line.size or bisect_right(xs, left) < bisect_left(xs, right)

    gaps = [gap for gap in line.gaps if parts(gap.left, gap.right)]
    return cut_at(line, gaps) if gaps else [line]


def fill_grid(grid: RuledGrid, pieces: Iterable[Line]) -> Table | None:
    """The table of a grid and the pieces inside it; None when it is a frame or a drawing."""
    owners = {
        place: (row, column, height, width)
        for row, column, height, width in grid.cells
        for place in product(range(row, row + height), range(column, column + width))
    }
    words: dict[tuple[int, int, int, int], list[Line]] = defaultdict(list)
    for piece in pieces:
        row = bisect_right(grid.ys, (piece.top + piece.bottom) / 2) - 1
        column = bisect_right(grid.xs, (piece.left + piece.right) / 2) - 1
        if (row, column) in owners:
            words[owners[row, column]].append(piece)
    cells = [
        TableCell(tuple(sorted(found, key=_reading_order)), row, column, rows, columns)
        for (row, column, rows, columns), found in sorted(words.items())
    ]
    if any(sum(len(line.text) for line in cell.lines) > _MAX_CELL_CHARS for cell in cells) or _is_underruled(cells):
        return None
    table = _split_rows(Table(cells, len(grid.ys) - 1, tuple(pairwise(grid.xs))))
    table.header_rows = _header_rows(table.cells, {cell.row for cell in cells if cell.columns > 1})
    full = sum(len(columns) > 1 for columns in _columns_by_row(table).values())
    return table if full > 1 and len(cells) >= _FILLED * len(grid.cells) else None


def _header_rows(cells: Sequence[TableCell], spanned: Container[int]) -> int | None:
    """The number of rows in bold at the top, up to the first that is not ``spanned``; None if there is none."""
    plain = {cell.row for cell in cells if not all(piece.bold for piece in cell.lines)}
    bold = next((row for row in sorted({cell.row for cell in cells}) if row in plain), 0)
    first = next((row for row in range(bold) if row not in spanned), bold)
    return min(bold, first + 1) or None


def _is_underruled(cells: Sequence[TableCell]) -> bool:
    """True if many rows of text have several pieces inside one cell: the lines are not those of the table's cells."""
    pieces = [len(row) for cell in cells for row in visual_rows(cell.lines)]
    return sum(count > 1 for count in pieces) > max(2, 0.25 * len(pieces))


def _columns_by_row(table: Table) -> dict[int, set[int]]:
    rows: dict[int, set[int]] = defaultdict(set)
    for cell in table.cells:
        rows[cell.row].add(cell.column)
    return rows


def _reading_order(line: Line) -> tuple[int, float]:
    return round((line.top + line.bottom) / line.size), line.left


def visual_rows(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that stand beside each other, from the top; those of a row from the left."""
    rows: list[list[Line]] = []
    bottom = 0.0
    for line in sorted(lines, key=lambda line: line.top + line.bottom):
        middle = (line.top + line.bottom) / 2
        if rows and middle < bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
            bottom = middle + 0.5 * min(line.bottom - line.top, line.size)
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _split_rows(table: Table) -> Table:
    """``table`` with the rows told apart that no line parts: those where nearly every line fills most columns."""
    by_row: dict[int, list[TableCell]] = defaultdict(list)
    for cell in table.cells:
        by_row[cell.row].append(cell)
    cells: list[TableCell] = []
    shift = 0
    for row in range(table.height):
        found = by_row[row]
        lines = _rows_inside(found, few=table.height <= 3)
        if not lines:
            cells += [replace(cell, row=row + shift) for cell in found]
            continue
        owners = {id(piece): cell for cell in found for piece in cell.lines}
        for index, line in enumerate(lines):
            for cell, pieces in groupby(line, key=lambda piece: owners[id(piece)]):
                cells.append(replace(cell, lines=tuple(pieces), row=row + shift + index))
        shift += len(lines) - 1
    return Table(cells, table.height + shift, table.edges)


def _rows_inside(cells: Sequence[TableCell], *, few: bool) -> list[list[Line]]:
    """The rows of text inside one row of cells, where they look like rows of a table and not like wrapped words."""
    if len(cells) < 2 or any(cell.rows > 1 for cell in cells):
        return []
    rows = visual_rows(line for cell in cells for line in cell.lines)
    texts = [piece.text for row in rows for piece in row]
    full = sum(len(row) >= max(2, 0.6 * len(cells)) for row in rows)
    running = sum(text[0].islower() and " " in text for text in texts)
    if len(rows) < 2 or full < 0.7 * len(rows) or running > 0.3 * len(texts):
        return []
    short = few and len(rows) > 2 and max(map(len, texts)) <= 25
    return rows if short or any(len(cell.lines) > 1 and _share_of_numbers(cell.lines) >= 0.6 for cell in cells) else []


def _share_of_numbers(lines: Sequence[Line]) -> float:
    return sum(NUMBER.fullmatch(line.text) is not None for line in lines) / len(lines)
