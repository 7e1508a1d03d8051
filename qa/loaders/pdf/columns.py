"""Tables without ruled lines: columns are white stripes that go down through most rows. Pure functions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from math import ceil
from statistics import median

from qa.loaders.pdf.grid import NUMBER, Table, TableCell, visual_rows
from qa.loaders.pdf.lines import Gap, Line, cut_at
from qa.loaders.pdf.table_checks import Placed, Range, Row, is_aligned, is_numeric, is_table

_GUTTER = 0.45
"""The white stripe between two columns is at least this share of the font size wide."""
_CROSSING = 0.1
"""A stripe is still white when this share of the rows writes over it: titles and headers that span columns."""
_WIDER = 1.2
"""Narrow white space parts cells if it is wider than that between their words by this factor."""
_TIGHT = 1.45
"""Lines of one paragraph are not farther apart than this multiple of the font size."""
_MAX_PIECES = 300
"""Of one row of a table."""


def find_table(lines: Sequence[Sequence[Line]], levels: Sequence[float]) -> Table | None:
    """The table that these lines, each cut in its pieces, hold, without what is above and below; None for other things.

    ``levels``: the heights of level lines drawn on the page, in order.
    """
    rows = visual_rows(piece for line in lines for piece in line)
    columns = _find_columns(rows)
    if len(columns) < 2:
        return None
    placed = _trimmed([_place(row, columns) for row in rows], columns)
    if sum(len(row.columns) > 1 for row in placed) < 2 or not is_table(placed, columns):
        return None
    header = _header_lines(placed, columns, levels)
    body = _logical_rows(placed[header:], columns, levels)
    top = _header_rows(placed[:header])
    if len(top) + len(body) < (3 if len(columns) == 2 else 2):
        return None
    named = not top and _names_rows(placed)
    cells = [cell for index, row in enumerate((*top, *body)) for cell in _cells(index, row)]
    return Table(cells, len(top) + len(body), tuple(columns), len(top) or None, named)


def _names_rows(rows: Sequence[Row]) -> bool:
    """True if the first cells end with colons, or they alone are bold."""
    first = [piece for row in rows for column, _, piece in row.pieces if column == 0]
    others = [piece for row in rows for column, _, piece in row.pieces if column == 1]
    if sum(piece.text.endswith(":") for piece in first) >= 0.6 * len(first):
        return True
    return all(piece.bold for piece in first) and not any(piece.bold for piece in others)


def _find_columns(rows: Sequence[Sequence[Line]]) -> list[Range]:
    """Left and right of each column: what is left between the white stripes of the rows that have most pieces."""
    counts = Counter(len(row) for row in rows if len(row) > 1)
    total, usual = counts.total(), 0
    for count in sorted(counts, reverse=True):
        usual += counts[count]
        if usual >= max(2, 0.25 * total):
            break
    else:
        return []
    basis = [row for row in rows if len(row) >= max(2, ceil(0.6 * count))]
    columns = _between_stripes(basis)
    below = _between_stripes(basis[1:]) if len(basis) > 4 else []  # names may stand over several columns
    return below if len(below) > len(columns) else columns


def _between_stripes(rows: Sequence[Sequence[Line]]) -> list[Range]:
    size = median(piece.size for row in rows for piece in row)
    events = sorted(
        (edge, step) for row in rows for piece in row for edge, step in ((piece.left, 1), (piece.right, -1))
    )
    columns: list[Range] = []
    covered, left, right = 0, None, 0.0
    allowed = int(_CROSSING * len(rows))
    for edge, step in events:
        before, covered = covered, covered + step
        if before <= allowed < covered:
            if left is None or edge - right >= _GUTTER * size:
                if left is not None:
                    columns.append((left, right))
                left = edge
        elif covered <= allowed < before:
            right = edge
    if left is not None:
        columns.append((left, right))
    return columns


def _place(row: Sequence[Line], columns: Sequence[Range]) -> Row:
    """The pieces with their columns, cut again where one goes over a white stripe and has some white in it."""
    middles = [(left[1] + right[0]) / 2 for left, right in pairwise(columns)]
    placed: list[Placed] = []
    for piece in row:
        for part in cut_at(piece, _borders(piece, columns, middles)) if len(row) > 1 else [piece]:
            inset = min(part.size, (part.right - part.left) / 3)
            first = bisect_right(middles, part.left + 0.3 * inset)
            last = max(first, bisect_left(middles, part.right - 0.3 * inset))
            placed.append((first, last, part))
    return Row(placed)


def _borders(piece: Line, columns: Sequence[Range], middles: Sequence[float]) -> list[Gap]:
    """The white space of ``piece`` between two columns; none if it is no wider than that between other words."""
    borders, others = list[Gap](), list[float]()
    for gap in piece.gaps:
        stripes = _stripes(columns, middles, gap.left, gap.right)
        if any(gap.left < right[0] and gap.right > left[1] for left, right in stripes):
            borders.append(gap)
        else:
            others.append(gap.right - gap.left)
    least = _WIDER * median(others) if others else 0.0
    return [gap for gap in borders if gap.right - gap.left >= least]


def _stripes(
    columns: Sequence[Range], middles: Sequence[float], left: float, right: float
) -> list[tuple[Range, Range]]:
    """The pairs of neighbouring columns whose stripe may touch the white space from ``left`` to ``right``."""
    at = bisect_left(middles, (left + right) / 2)
    return [(columns[i], columns[i + 1]) for i in (at - 1, at) if 0 <= i < len(middles)]


def _trimmed(rows: list[Row], columns: Sequence[Range]) -> list[Row]:
    """``rows`` without those above the first and below the last that fill two columns; the last row's end stays."""
    full = [index for index, row in enumerate(rows) if len(row.columns) > 1]
    numeric = _numeric_columns(rows)
    while len(full) > 2 and 2 * len(numeric) >= len(columns) and _is_caption(rows[full[-1]], numeric):
        full.pop()
    if not full:
        return []
    first, last = full[0], full[-1] + 1
    while last < len(rows) and _continues(rows[last - 1], rows[last], columns, frozenset()):
        last += 1
    if first and _spans_some(rows[first - 1], rows[first], columns) and _near(rows[first - 1], rows[first]):
        first -= 1
    return rows[first:last]


def _is_caption(row: Row, numeric: Container[int]) -> bool:
    """True for words where other rows have several numbers."""
    texts = [piece.text for first, _, piece in row.pieces if first in numeric]
    spans = any(last > first for first, last, _ in row.pieces)
    return (len(texts) > 1 or spans) and not any(map(NUMBER.fullmatch, texts))


def _spans_some(row: Row, below: Row, columns: Sequence[Range]) -> bool:
    """True for a header over some of the columns; a title is larger, or stands over all of them or in their middle."""
    first, last, piece = row.pieces[0]
    if len(row.pieces) > 1 or piece.size > 1.1 * below.pieces[0][2].size or last - first + 1 in (1, len(columns)):
        return False
    left, right = columns[0][0], columns[-1][1]
    return abs(piece.left + piece.right - left - right) > 0.1 * (right - left)


def _near(above: Row, row: Row) -> bool:
    return row.bottom - above.bottom <= _TIGHT * max(row.pieces[0][2].size, above.pieces[0][2].size)


def _numeric_columns(rows: Sequence[Row]) -> frozenset[int]:
    by_column: dict[int, list[Line]] = {}
    for row in rows:
        for first, last, piece in row.pieces:
            if first == last:
                by_column.setdefault(first, []).append(piece)
    return frozenset(column for column, pieces in by_column.items() if is_numeric(pieces))


def _header_lines(rows: Sequence[Row], columns: Sequence[Range], levels: Sequence[float]) -> int:
    """The number of text rows at the top that belong to the header; 0 when nothing tells."""
    numeric = _numeric_columns(rows)
    if numeric:
        return next((index for index, row in enumerate(rows[:6]) if _holds_numbers(row, numeric)), 0)
    bold = next((index for index, row in enumerate(rows) if not all(piece.bold for _, _, piece in row.pieces)), 0)
    if bold:
        return bold if bold <= 4 else 0
    parted = [_parted(above, row, levels) for above, row in pairwise(rows)]
    ruled = next((index for index, is_parted in enumerate(parted[:4], 1) if is_parted), 0)
    return 0 if any(parted[ruled:]) else ruled


def _holds_numbers(row: Row, numeric: Container[int]) -> bool:
    """True if most of the row's cells in these columns are numbers."""
    values = [NUMBER.fullmatch(piece.text) is not None for first, _, piece in row.pieces if first in numeric]
    return sum(values) > 0.5 * len(values)


def _parted(above: Row, row: Row, levels: Sequence[float]) -> bool:
    """True if a level line is drawn between the two rows."""
    middles = [
        max((p.top + p.bottom) / 2 for _, _, p in above.pieces),
        min((p.top + p.bottom) / 2 for _, _, p in row.pieces),
    ]
    return bisect_left(levels, middles[0]) < bisect_right(levels, middles[1])


def _header_rows(rows: Sequence[Row]) -> list[Row]:
    """The header's text rows, wrapped ones joined; cells that span columns stay a row of their own."""
    joined: list[Row] = []
    for row in rows:
        if joined and not _is_over(joined[-1], row):
            joined[-1] = Row([*joined[-1].pieces, *row.pieces])
        else:
            joined.append(row)
    return [_spread(row, below) for row, below in pairwise(joined)] + joined[-1:]


def _is_over(above: Row, row: Row) -> bool:
    """True if a name of the row above spans columns: it reaches over a white stripe or is set over none."""
    own = {first: piece for first, _, piece in row.pieces}
    return any(
        last > first or (first in own and first + 1 in own and not is_aligned([piece, own[first]]))
        for first, last, piece in above.pieces
        if first + 1 not in above.columns
    )


def _spread(row: Row, below: Row) -> Row:
    """``row`` with each name that is not set over one column alone taking its empty neighbours, which the row below
    tells apart."""
    own = {first: piece for first, _, piece in below.pieces}
    names = [placed for placed in row.pieces if placed[0] in own and not is_aligned([placed[2], own[placed[0]]])]
    if not names:
        return row
    taken = {column for first, last, _ in row.pieces for column in range(first, last + 1)}
    reach = {id(piece): (first, last) for first, last, piece in row.pieces}
    for column in sorted(set(own) - taken):
        middle = own[column].left + own[column].right
        piece = min((piece for _, _, piece in names), key=lambda piece: abs(piece.left + piece.right - middle))
        first, last = reach[id(piece)]
        reach[id(piece)] = min(first, column), max(last, column)
    return Row([(*reach[id(piece)], piece) for _, _, piece in row.pieces])


def _logical_rows(rows: Sequence[Row], columns: Sequence[Range], levels: Sequence[float]) -> list[Row]:
    """The rows of the table: text rows with the wrapped lines of their cells."""
    parted = [_parted(above, row, levels) for above, row in pairwise(rows)]
    numeric = _numeric_columns(rows)
    banded = len(parted) > 1 and sum(parted) >= 2 and _one_full_each(rows, parted)
    loose = not banded and _is_loose(rows)
    joined: list[Row] = []
    for index, row in enumerate(rows):
        if index == 0:
            joins = False
        elif banded:
            joins = not parted[index - 1]
        elif loose:
            joins = not parted[index - 1] and _near(rows[index - 1], row)
        else:
            joins = not parted[index - 1] and _continues(rows[index - 1], row, columns, numeric, joined[-1])
        if joins and len(joined[-1].pieces) < _MAX_PIECES:
            joined[-1] = Row([*joined[-1].pieces, *row.pieces])
        else:
            joined.append(row)
    return joined


def _one_full_each(rows: Sequence[Row], parted: Sequence[bool]) -> bool:
    """True if level lines part the rows of the table: between two of them is hardly ever more than one full row."""
    usual = max(len(row.columns) for row in rows)
    bands = [0]
    for row, new in zip(rows, (False, *parted), strict=True):
        if new:
            bands.append(0)
        bands[-1] += len(row.columns) >= max(2, 0.75 * usual)
    return sum(count <= 1 for count in bands) >= 0.9 * len(bands)


def _is_loose(rows: Sequence[Row]) -> bool:
    """True if rows stand clearly farther apart than the lines inside their cells."""
    near = [_near(above, row) for above, row in pairwise(rows)]
    if all(near) or not any(near):
        return False
    groups = [0]
    usual = max(len(row.columns) for row in rows)
    for row, tight in zip(rows, (True, *near), strict=True):
        if not tight:
            groups.append(0)
        groups[-1] += len(row.columns) >= max(2, 0.75 * usual)
    return max(groups) <= 1


def _continues(
    above: Row, row: Row, columns: Sequence[Range], numeric: frozenset[int], started: Row | None = None
) -> bool:
    """True if ``row`` holds nothing but the rest of cells begun above."""
    begun = (started or above).columns
    if not (_near(above, row) and row.columns <= begun and len(row.columns) < max(len(begun), 2)):
        return False
    return all(
        _goes_on(placed, row, (*(started or above).pieces, *above.pieces), columns, numeric) for placed in row.pieces
    )


def _goes_on(
    placed: Placed, row: Row, above: Sequence[Placed], columns: Sequence[Range], numeric: Container[int]
) -> bool:
    """True if this piece of ``row`` is the rest of its cell ``above``."""
    first, last, piece = placed
    alone = len(row.pieces) == 1
    if last > first and (first == 0 or not alone):
        return False
    if first in numeric and NUMBER.fullmatch(piece.text):
        return False
    before = [other for column, _, other in above if column == first][-1]
    end = columns[first + 1][0] if first + 1 < len(columns) else columns[first][1]
    return (alone and first > 0) or piece.text[0].islower() or _is_full(before, piece, end)


def _is_full(before: Line, after: Line, end: float) -> bool:
    """True if the first word of ``after`` would not have fitted between ``before`` and the next column."""
    word = len(after.text.split(maxsplit=1)[0]) + 1
    return before.right + word * (after.right - after.left) / len(after.text) > end - after.size


def _cells(index: int, row: Row) -> Iterator[TableCell]:
    """The cells of the row ``index`` with their pieces from the top, from the left."""
    cells: dict[int, list[Placed]] = {}
    for placed in row.pieces:
        cells.setdefault(placed[0], []).append(placed)
    for first, pieces in sorted(cells.items()):
        last = max(last for _, last, _ in pieces)
        yield TableCell(tuple(piece for _, _, piece in pieces), index, first, 1, last - first + 1)
