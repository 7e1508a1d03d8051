"""Finds the tables among a page's lines: ruled ones by their lines, the others by columns that stand under each other.

Pure functions, after the methods of pdfplumber and camelot ("lattice" and "stream"). A table has its place where its
first line has it in reading order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise

from qa.loaders.pdf.columns import find_table
from qa.loaders.pdf.grid import RuledGrid, Table, fill_grid, find_grids, level_lines, pieces_of
from qa.loaders.pdf.lines import WIDE_GAP, Line, Rule

_MAX_BRIDGE = 2
"""Lines of one piece in a row that may stand between two rows of a table."""
_NEAR = 2.6
"""Rows of one table are not farther apart than this multiple of the font size."""
_LARGER = 1.1
"""A line of one piece in larger letters by this factor is above another table."""
_RISE = 8
"""The second cell of a row starts above the last line of the first by at most so many lines; columns of prose more."""
_SHORT = 30
"""Lines of fewer characters that stand beside each other may be cells wherever they are in reading order."""


def find_tables(
    lines: Sequence[Line], rules: Sequence[Rule], furniture: Sequence[Line]
) -> tuple[list[Line | Table], list[Line]]:
    """The body of one page, in reading order, with each table in the place of its lines; and the furniture.

    ``furniture`` are those of ``lines`` that other pages repeat. What of them is a row of a table is none.
    """
    heads = set(map(id, furniture))
    body = [line for line in lines if id(line) not in heads]
    rows: set[int] = set()
    while near := _rows_near((line for line in furniture if id(line) in heads), body):
        rows |= near
        heads -= near
        body = [line for line in lines if id(line) not in heads]
    items = _with_tables(body, rules)
    return (
        [item for item in items if id(item) not in rows],
        [line for line in lines if id(line) in heads]
        + [item for item in items if isinstance(item, Line) and id(item) in rows],
    )


def _rows_near(furniture: Iterable[Line], body: Sequence[Line]) -> set[int]:
    """The ids of lines of several pieces directly above or below a line of the body."""
    rows: set[int] = set()
    tops, bottoms = sorted(line.top for line in body), sorted(line.bottom for line in body)
    for line in furniture:
        if not line.sideways and any(gap.right - gap.left >= WIDE_GAP * line.size for gap in line.gaps):
            below = bisect_left(tops, line.bottom - 0.5 * line.size)
            above = bisect_right(bottoms, line.top + 0.5 * line.size) - 1
            near = below < len(tops) and tops[below] - line.bottom < line.size
            if near or (above >= 0 and line.top - bottoms[above] < line.size):
                rows.add(id(line))
    return rows


def _with_tables(lines: Sequence[Line], rules: Sequence[Rule]) -> list[Line | Table]:
    items = _ruled(lines, rules)
    found: list[Line | Table] = []
    start = 0
    for index in range(len(items) + 1):
        if index == len(items) or isinstance(items[index], Table):
            found += _unruled([item for item in items[start:index] if isinstance(item, Line)], rules)
            found += items[index : index + 1]
            start = index + 1
    return found


def _ruled(lines: Sequence[Line], rules: Sequence[Rule]) -> list[Line | Table]:
    tables: dict[int, list[Table]] = {}
    taken: dict[int, list[Line]] = {}
    for grid in find_grids(rules) if rules else ():
        inside, rest = _inside(grid, lines, taken)
        table = fill_grid(grid, inside) if inside else None
        if table is not None:
            tables.setdefault(min(rest), []).append(table)
            taken |= rest
    items: list[Line | Table] = []
    for index, line in enumerate(lines):
        items += tables.get(index, [])
        items += taken.get(index, [line])
    return items


def _inside(grid: RuledGrid, lines: Sequence[Line], taken: Container[int]) -> tuple[list[Line], dict[int, list[Line]]]:
    """The pieces of lines inside the grid; and those outside of the same lines, by the lines' places."""
    inside, rest = list[Line](), dict[int, list[Line]]()
    for index, line in enumerate(lines):
        if index in taken or line.bottom < grid.ys[0] or line.top > grid.ys[-1] or line.sideways:
            continue
        pieces = pieces_of(line, grid.xs)
        held = [piece for piece in pieces if grid.holds(piece)]
        if held:
            inside += held
            rest[index] = [piece for piece in pieces if not grid.holds(piece)]
    return inside, rest


def _unruled(lines: Sequence[Line], rules: Sequence[Rule]) -> list[Line | Table]:
    items: list[Line | Table] = []
    flags = _tabular(lines)
    levels = [level.at for level in level_lines(rules)] if any(flags) else []
    done = 0
    for start, end in _runs(lines, flags):
        start = max(start, done)
        items += lines[done:start]
        items += _in_run(lines[start:end], flags[start:end], levels)
        done = end
    return [*items, *lines[done:]]


def _in_run(lines: Sequence[Line], flags: Sequence[bool], levels: Sequence[float]) -> list[Line | Table]:
    """The lines with the table that they hold; if they hold none together, with those between lines of one piece."""
    pieces = [pieces_of(line) for line in lines]
    table = find_table(pieces, levels)
    if table is not None:
        return _with_table(lines, pieces, table)
    if all(flags[1:-1]):
        return list(lines)
    items: list[Line | Table] = []
    start = 0
    for index in range(len(lines) + 1):
        if index == len(lines) or not flags[index]:
            part, own = lines[start:index], pieces[start:index]
            table = find_table(own, levels) if len(part) > 1 else None
            items += part if table is None else _with_table(part, own, table)
            items += lines[index : index + 1]
            start = index + 1
    return items


def _with_table(lines: Sequence[Line], pieces: Sequence[Sequence[Line]], table: Table) -> list[Line | Table]:
    """``lines`` with the table in the place of its own; ``pieces`` are those of each."""
    held = {char for line in table.lines() for _, char, _ in line.runs}
    rest = [[piece for piece in own if piece.runs[0][1] not in held] for own in pieces]
    first = next(at for at, own in enumerate(pieces) if len(rest[at]) < len(own))
    after = [
        piece
        for line, own, left in zip(lines[first:], pieces[first:], rest[first:], strict=True)
        for piece in ([line] if len(left) == len(own) else left)
    ]
    return [*lines[:first], table, *after]


def _runs(lines: Sequence[Line], flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Start and end of stretches of lines that may hold a table, with a line of one piece before and some after."""
    index = 0
    while index < len(lines):
        if not flags[index]:
            index += 1
            continue
        start = index - 1 if index and _is_next(lines[index - 1], lines[index], lines[index - 1].bottom) else index
        end, top, bottom = index + 1, lines[index].top, lines[index].bottom
        bridge = 0
        while end < len(lines) and bridge <= _MAX_BRIDGE:
            line = lines[end]
            if line.sideways or line.top < top - line.size or line.top - bottom > _NEAR * line.size:
                break
            if not flags[end] and line.size > _LARGER * lines[end - 1].size:
                break  # a heading
            bridge = 0 if flags[end] else bridge + 1
            bottom = max(bottom, line.bottom)
            end += 1
        yield max(start, 0), end
        index = end


def _tabular(lines: Sequence[Line]) -> list[bool]:
    """For each line: it has several pieces, or stands beside the line before or after it in reading order."""
    flags = [
        not line.sideways and any(gap.right - gap.left >= WIDE_GAP * line.size for gap in line.gaps) for line in lines
    ]
    for index, (before, after) in enumerate(pairwise(lines)):
        if _is_beside(before, after):
            flags[index] = flags[index + 1] = True
    short = [index for index, line in enumerate(lines) if len(line.text) < _SHORT and not line.sideways]
    short.sort(key=lambda index: (lines[index].bottom, lines[index].left))
    for first, second in pairwise(short):
        apart = lines[second].left - lines[first].right
        if lines[second].bottom - lines[first].bottom < 1 and apart > WIDE_GAP * lines[second].size:
            flags[first] = flags[second] = True
    return flags


def _is_beside(before: Line, after: Line) -> bool:
    """True if ``after`` may be the next cell of the row that ``before``, or lines above it, belong to."""
    if before.sideways or after.sideways or after.left < before.left + after.size:
        return False
    overlap = min(before.bottom, after.bottom) - max(before.top, after.top)
    if overlap > 0.5 * min(before.bottom - before.top, after.bottom - after.top):
        return after.left >= before.right + WIDE_GAP * after.size
    rise = before.bottom - after.bottom
    return 0 < rise < _RISE * after.size


def _is_next(above: Line, line: Line, bottom: float) -> bool:
    return line.top - bottom + line.size >= 0 and line.top - bottom <= line.size
