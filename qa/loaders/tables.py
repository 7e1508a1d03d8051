"""Tables of every format: a grid of cells → titles, header rows and rows of ``header: value``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from qa.loaders.base import TextBuilder, one_line
from qa.types import HEADING_SEPARATOR

MAX_SPAN = 1000
"""The most rows or columns that one cell may take, as in HTML's standard."""
_MAX_REPEATED = 10
"""Cells that span rows or columns are repeated until a table's grid has so many times more positions than cells."""
_MAX_HEADER_ROWS = 4
_MAX_NAME_CHARS = 100
_NUMBER = re.compile(r"[-+−–(≈~<>±]?+[$€£¥]?+[-+−]?+\d[\d.,' \u00a0\u202f]*+\s?+(?:%|‰|[$€£¥]|[A-Z]{3})?+\)?+")
_PREFIX = re.compile(r"[$€£¥(]{1,2}")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_SUFFIX = re.compile(r"[)%]{1,2}")


class GridCell(NamedTuple):
    """A cell as it is written: its text, and how many columns and rows it takes."""

    text: str
    columns: int = 1
    rows: int = 1
    is_header: bool = False
    """True where the file says so."""


class Slot(NamedTuple):
    """One position of a grid: the text of the cell that covers it."""

    text: str
    is_first: bool = True
    """True in the cell's first column."""
    is_top: bool = True
    """True in the cell's first row."""
    is_header: bool = False


EMPTY = Slot("")
Grid = list[list[Slot]]
"""Rows of slots by column; rows may be of different lengths."""


def spread(rows: Sequence[Sequence[GridCell]]) -> Grid:
    """The grid of a table whose cells are written row by row, each in the next free column, as HTML has them.

    A cell that spans rows or columns is repeated in each, within limits.
    """
    grid, carried = Grid(), dict[int, tuple[int, Slot]]()  # column → rows still to fill, what with
    left = _MAX_REPEATED * (sum(map(len, rows)) + 100)
    for index, row in enumerate(rows):
        line: list[Slot] = []
        for cell in row:
            _fill_carried(line, carried)
            below = min(cell.rows, MAX_SPAN, len(rows) - index) - 1
            for column in range(min(cell.columns, MAX_SPAN)):
                if column and left <= 0:
                    break
                slot = Slot(cell.text, column == 0, True, cell.is_header)
                if below > 0 and left > 0:
                    carried[len(line)] = (below, slot._replace(is_top=False))
                line.append(slot)
                left -= max(below, 0) + 1
        _fill_carried(line, carried)
        grid.append(line)
    return grid


def _fill_carried(line: list[Slot], carried: dict[int, tuple[int, Slot]]) -> None:
    while len(line) in carried:
        left, slot = carried.pop(len(line))
        if left > 1:
            carried[len(line)] = (left - 1, slot)
        line.append(slot)


class Row(NamedTuple):
    """A row of a table's body."""

    position: int
    """The index of the grid's row."""
    header: Sequence[str]
    """The names of the columns, for ``TextBuilder.row``."""
    values: Sequence[str]


class Table(NamedTuple):
    """What a grid says."""

    titles: list[Row]
    """The rows above the header that hold one cell, and a header that names an empty column; without names."""
    rows: list[Row]
    """Its body; of a table that is nothing but header, the header."""


def add_table(  # noqa: PLR0913 – the fields of ``Block``
    builder: TextBuilder,
    grid: Grid,
    *,
    header_rows: int | None = None,
    repeated_header: bool = False,
    row_numbers: Sequence[int] | None = None,
    lines: Sequence[int] | None = None,
    sheet: str = "",
    answers: int | None = None,
    after_row: Callable[[int], None] | None = None,
) -> None:
    """Append a table: its titles as captions, then its rows; one of a single column without a header as paragraphs.

    ``row_numbers`` (None: counted from 1) and ``lines`` are those of the grid's rows; ``answers`` as in ``Block``; on a
    ``sheet``, captions and paragraphs have it and their row too;
    ``after_row`` is called with the index of each row that was appended, to append what belongs behind it; the rest as
    in ``parse_table``.
    """
    titles, rows = parse_table(grid, header_rows, repeated_header=repeated_header)
    numbers = row_numbers or range(1, len(grid) + 1)
    for title in titles:
        line, number = lines and (lines[title.position],), numbers[title.position] if sheet else None
        builder.block("caption", title.values[0], lines=line, sheet=sheet, row=number, answers=answers)
        if after_row:
            after_row(title.position)
    is_list = not any(row.header for row in rows) and all(sum(map(bool, row.values)) < 2 for row in rows)
    group = None if is_list else builder.new_group()
    for index, header, values in rows:
        line = lines and (lines[index],)
        if is_list:
            number = numbers[index] if sheet else None
            builder.block("paragraph", "".join(values), lines=line, sheet=sheet, row=number, answers=answers)
        else:
            builder.row(header, values, lines=line, group=group, sheet=sheet, row=numbers[index], answers=answers)
        if after_row:
            after_row(index)


def parse_table(grid: Grid, header_rows: int | None = None, *, repeated_header: bool = False) -> Table:
    """Find a grid's titles, header and rows.

    Titles are the rows above a wider one that hold a single cell. ``header_rows``: their number where the file says
    it, titles included; None: as the cells say that are marked as header, else guessed: a row that reads like names,
    and another below cells that span columns. A row under no header that begins with a cell marked as header is named
    by it. ``repeated_header``: rows that repeat a header row are left out.
    """
    rows = _filled(grid)
    titles = _titles(list(rows.values()))
    above, below = list(rows)[:titles], list(rows)[titles:]
    size = max((header_rows or 0) - titles, 0) or _header_size([rows[index] for index in below])
    top, body = [rows[index] for index in below[:size]], below[size:]
    if repeated_header:
        body = [index for index in body if _texts(rows[index]) not in map(_texts, top)]
    header = _joined_header(top)
    said = [Row(index, (), ["".join(_values(rows[index], ()))]) for index in above if rows[index][0].is_top]
    if header and not body:
        return Table(said, [Row(below[0], (), header)])
    if _names_nothing(header, [rows[index] for index in body]):
        said.append(Row(below[0], (), ["; ".join(dict.fromkeys(filter(None, header)))]))
    return Table(said, [_row(index, header, rows[index]) for index in body])


def _filled(grid: Grid) -> dict[int, list[Slot]]:
    """The rows that hold something by their index, each text on one line."""
    rows = ([slot._replace(text=one_line(slot.text)) for slot in row] for row in grid)
    return {index: row for index, row in enumerate(rows) if any(_texts(row))}


def _names_nothing(header: Sequence[str], rows: Sequence[Sequence[Slot]]) -> bool:
    """True if a column has a name and nothing else, so that no row says its name."""
    used = {column for row in rows if not _is_alone(row) for column, slot in enumerate(row) if slot.text}
    return any(name and column not in used for column, name in enumerate(header))


def _titles(rows: Sequence[Sequence[Slot]]) -> int:
    """The number of rows at the top that hold one cell, over a wider row: that cell at the left or over all columns."""
    count = next((at for at, row in enumerate(rows) if not _is_title(row)), len(rows))
    return count if count < len(rows) else 0


def _is_title(row: Sequence[Slot]) -> bool:
    cells = [slot for slot in row if slot.text and slot.is_first]
    return len(cells) == 1 and row[0].text == cells[0].text


def _texts(row: Sequence[Slot]) -> list[str]:
    return [slot.text for slot in row]


def _header_size(rows: Sequence[Sequence[Slot]]) -> int:
    """The number of header rows at the top."""
    marked = next((at for at, row in enumerate(rows) if not all(s.is_header or not s.text for s in row)), len(rows))
    if marked:
        return marked if marked < len(rows) else int(marked > 1)
    if not rows or any(row[0].is_header for row in rows) or _is_sparse(rows) or not _reads_like_header(rows):
        return 0
    size = 1
    while size < min(_MAX_HEADER_ROWS, len(rows) - 1) and _goes_on(rows[size - 1], rows[size]):
        size += 1
    return size


def _goes_on(row: Sequence[Slot], below: Sequence[Slot]) -> bool:
    """True if the names of ``row`` span columns, which those of the row below tell apart."""
    spans = any(slot.text and not slot.is_first for slot in row)
    if not spans and not (row[0].text and below[0].text):  # the first column is hardly ever told apart
        spans = any(not a.text and b.text for a, b in zip(row[1:], below[1:], strict=False))
    names = [slot.text for slot in below if slot.text]
    return spans and len(names) > 1 and not any(_is_value(name) or len(name) > _MAX_NAME_CHARS for name in names)


def _reads_like_header(rows: Sequence[Sequence[Slot]]) -> bool:
    """True for a first row of short different words over numbers or in more than two columns, or an empty corner with
    anything beside it. A word that ends with a colon names what follows in its row; and where each row begins with a
    code, so does a first row that is no header."""
    first, below = [slot.text for slot in rows[0] if slot.is_first and slot.is_top], rows[1:]
    names = list(filter(None, first))
    if min(len(rows), len(first)) < 2 or not _are_names(names):
        return False
    if not first[0]:
        return len(names) > 1 or len(below) > 1
    coded = len(below) > 1 and all(map(_begins_with_code, below))
    if len(names) < 2 or any(map(_names_no_column, names)) or (coded and _begins_with_code(rows[0])):
        return False
    return len(names) > 2 or coded or any(map(_has_value, below))


def _is_sparse(rows: Sequence[Sequence[Slot]]) -> bool:
    """True for a first row with words over no more than half of the columns and no names below, such as the head of a
    letter."""
    width = max((sum(map(bool, _values(row, ()))) for row in rows[1 : _MAX_HEADER_ROWS + 1]), default=0)
    return sum(map(bool, _texts(rows[0]))) * 2 <= width and not _goes_on(rows[0], rows[1])


def _names_no_column(text: str) -> bool:
    return _is_value(text) or text.endswith(":")


def _has_value(row: Sequence[Slot]) -> bool:
    """True if a column but the first holds a number."""
    return any(_is_value(slot.text) for slot in row[1:])


def _begins_with_code(row: Sequence[Slot]) -> bool:
    """True for a first word with a digit that is no year."""
    text = row[0].text if row else ""
    return any(map(str.isdigit, text)) and not _YEAR.fullmatch(text)


def _are_names(texts: Sequence[str]) -> bool:
    """True for short texts of which none is there twice."""
    return len(set(texts)) == len(texts) and max(map(len, texts), default=0) <= _MAX_NAME_CHARS


def _is_value(text: str) -> bool:
    """True for a number that is not a year: these name columns."""
    return bool(_NUMBER.fullmatch(text)) and not _YEAR.fullmatch(text)


def _joined_header(rows: Sequence[Sequence[Slot]]) -> list[str]:
    """The names of the columns, of several rows joined."""
    width = max(map(len, rows), default=0)
    columns = ([row[index].text for row in rows if index < len(row)] for index in range(width))
    return [HEADING_SEPARATOR.join(dict.fromkeys(filter(None, names))) for names in columns]


def _row(index: int, header: list[str], slots: Sequence[Slot]) -> Row:
    values = _values(slots, header)
    if not header and slots[0].is_header:  # the cell names what follows
        said = [value for value in values[1:] if value]
        return Row(index, values[:1], said) if said else Row(index, (), values)
    if all(slot.is_first or not slot.text for slot in slots):
        return Row(index, header, values)
    return Row(index, () if _is_alone(slots) else _spanned(header, slots), values)


def _is_alone(slots: Sequence[Slot]) -> bool:
    """True for a row of one cell over several columns: a title between rows, which no column names."""
    return sum(slot.is_first and bool(slot.text) for slot in slots) == 1 and not slots[-1].is_first


def _spanned(header: Sequence[str], slots: Sequence[Slot]) -> list[str]:
    """The names of a row's cells, each in its first column: of all the columns that it spans."""
    names, first = list[dict[str, None]](), 0
    for column in range(len(header)):
        names.append({})
        slot = slots[column] if column < len(slots) else EMPTY
        first = column if slot.is_first else first
        names[first][header[column]] = None
    return [", ".join(filter(None, each)) for each in names]


def _values(slots: Sequence[Slot], header: Sequence[str]) -> list[str]:
    """The row's texts, each cell's in its first column; currency, bracket and per cent signs in cells of their own are
    joined to their numbers, in the column of the sign where only that has a name."""
    values = [slot.text if slot.is_first else "" for slot in slots]
    before, last, at = "", 0, 0
    for index, value in enumerate(values):
        if not value:
            continue
        if _PREFIX.fullmatch(value):
            at = at if before else index
            before, values[index] = before + value, ""
        elif before:
            last = at if _name(header, at) and not _name(header, index) else index
            values[index] = ""
            values[last], before = before + value, ""
        elif last < index and values[last] and _SUFFIX.fullmatch(value):
            values[last], values[index] = values[last] + value, ""
        else:
            last = index
    if before:
        values[-1] += before
    return values


def _name(header: Sequence[str], column: int) -> str:
    return header[column] if column < len(header) else ""
