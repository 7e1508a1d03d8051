"""The rows of a CSV file → its tables: titles, header rows, rows of units, comments, one table below another."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple

from qa.loaders.base import TextBuilder, one_line
from qa.types import HEADING_SEPARATOR

_NUMBER = re.compile(r"[+−-]?[.,' ]*+\d[\d.,' ]*+%?")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_BRACKETED = re.compile(r"\([^()]{1,12}\)|\[[^\[\]]{1,12}\]")
_UNITS = frozenset(
    (
        *("%", "‰", "°", "°c", "°f", "k", "kg", "g", "mg", "µg", "t", "lb", "lbs", "oz", "m", "mm", "cm", "km", "µm"),
        *("nm", "in", "inch", "ft", "yd", "mi", "m²", "m2", "cm²", "mm²", "km²", "ha", "m³", "m3", "cm³", "l", "ml"),
        *("cl", "dl", "gal", "s", "sec", "ms", "µs", "min", "h", "hr", "hrs", "d", "days", "hz", "khz", "mhz", "ghz"),
        *("v", "kv", "mv", "a", "ma", "w", "kw", "mw", "kwh", "mwh", "j", "kj", "mj", "kcal", "cal", "n", "kn", "pa"),
        *("kpa", "mpa", "bar", "mbar", "psi", "mol", "mmol", "ppm", "ppb", "db", "rpm", "km/h", "kmh", "mph", "m/s"),
        *("m/s²", "l/min", "l/h", "m³/h", "kg/m³", "g/l", "mg/l", "€/kg", "eur", "usd", "gbp", "chf", "jpy", "€", "$"),
        *("£", "¥", "pcs", "pc", "stk", "st.", "stück", "px", "pt", "dpi", "bit", "byte", "kb", "mb", "gb", "tb"),
        *("deg", "rad"),
    )
)
_MAX_NAME = 200
_MAX_TITLES = 10
_MAX_ASIDE_WIDTH = 2
_MAX_PREAMBLE, _MAX_PREAMBLE_WIDTH = 20, 3


class _Row(NamedTuple):
    number: int
    """In the file, counted from 1."""
    line: int
    cells: list[str]


def add_rows(builder: TextBuilder, rows: Iterator[tuple[int, list[str]]], delimiter: str) -> None:
    """Append the rows of a file, each with the line it starts on; rows without any value are left out."""
    _Tables(builder, rows, delimiter).read()


class _Tables:
    """Reads the rows one by one, so that a long file takes no more memory than its text."""

    def __init__(self, builder: TextBuilder, rows: Iterator[tuple[int, list[str]]], delimiter: str) -> None:
        self._builder, self._joint = builder, f"{delimiter} "
        self._rows = (_Row(number, line, cells) for number, (line, cells) in enumerate(rows, 1))
        self._ahead = deque[_Row]()
        self._header: Sequence[str] = ()
        self._width = 0
        """Of the header's row, empty cells at its end included; 0 above the first table."""
        self._last: Sequence[str] = ()
        self._group = 0
        self._body = 0
        """The number of the row that is the header below a preamble; 0 where there is none."""

    def read(self) -> None:
        after_blank = is_aside = False
        while row := self._next():
            cells = row.cells
            if not any(cells) or not any(map(str.strip, cells)):
                after_blank = True
                continue
            if cells[0][:1] == "#" and self._is_comment(row):
                text = one_line(self._joint.join(cells)).lstrip("# ")
                self._builder.block("note", text, lines=(row.line,))
                continue
            may_start = after_blank or len(cells) != self._width
            if row.number == self._body or (may_start and self._starts_table(row, after_blank=after_blank)):
                row = self._begin(row)
            is_aside = (after_blank or is_aside) and self._is_narrow(row.cells)
            header = () if is_aside else self._header
            self._builder.row(header, row.cells, lines=(row.line,), group=self._group, row=row.number)
            self._last, after_blank = row.cells, False

    def _is_narrow(self, cells: Sequence[str]) -> bool:
        """True for a remark or a name and its value, of which the header of a wide table says nothing."""
        width = _width(cells)
        return width <= _MAX_ASIDE_WIDTH and 2 * width <= _width(self._header)

    def _next(self) -> _Row | None:
        return self._ahead.popleft() if self._ahead else next(self._rows, None)

    def _peek(self, count: int) -> list[_Row]:
        """Up to ``count`` rows that come next and have values."""
        filled = [row for row in self._ahead if _filled(row.cells)]
        while len(filled) < count and len(self._ahead) < 50 and (row := next(self._rows, None)):
            self._ahead.append(row)
            if _filled(row.cells):
                filled.append(row)
        return filled[:count]

    def _take(self) -> _Row | None:
        """The next row that has values."""
        while (row := self._next()) and not _filled(row.cells):
            pass
        return row

    def _is_comment(self, row: _Row) -> bool:
        """True unless the line has as many cells as the table, or as the row below it: then it may be a header."""
        if self._width:
            return len(row.cells) != self._width
        below = self._peek(2)
        if not below or len(row.cells) != len(below[0].cells) or len(row.cells) == 1:
            return True
        return len(below) > 1 and _is_header(below[0].cells, below[1].cells) and not _has_number(below[0].cells)

    def _starts_table(self, row: _Row, *, after_blank: bool) -> bool:
        """True for the first row, and for a title or a header of another table below."""
        if not self._width:
            return True
        below = self._peek(2)
        if not below:
            return False
        if _filled(row.cells) == 1:  # a title above a header
            return after_blank and self._starts_below_title(below)
        cells, values = row.cells, below[0].cells
        if not _is_header(cells, values):
            return False
        if not after_blank:
            return len(values) == len(cells) and _has_number(values)
        if _width(cells) != _width(self._header or self._last):
            return _width(values) == _width(cells)
        pairs = zip(self._last, cells, values, strict=False)
        return any(_is_number(before) and _is_number(after) and not _is_number(cell) for before, cell, after in pairs)

    def _starts_below_title(self, below: Sequence[_Row]) -> bool:
        """True if a header and the first row of another table are ``below``."""
        if len(below) < 2:
            return False
        names, values = below[0].cells, below[1].cells
        is_header = _filled(names) > 1 and _is_header(names, values)
        return is_header and (_width(names) != _width(self._last) or _has_number(values))

    def _begin(self, row: _Row) -> _Row:
        """Begin a table with its titles and its header; returns its first row."""
        row = self._add_titles(row)
        self._group, self._width, self._header = self._builder.new_group(), len(row.cells), ()
        ahead = self._peek(_MAX_PREAMBLE)
        self._body = _below_preamble([row, *ahead])
        below = [each.cells for each in ahead[:2]]
        if self._body or not below or not _is_header(row.cells, below[0]):
            return row
        self._header = row.cells
        if len(below) > 1 and (joined := _joined_headers(row.cells, *below)):
            self._header, self._width = joined, len(joined)
            row = self._take() or row
        return self._take() or row

    def _add_titles(self, row: _Row) -> _Row:
        """Append the lines that stand alone above a table; returns the row below them."""
        for _ in range(_MAX_TITLES):
            below = self._peek(_MAX_TITLES)
            if _filled(row.cells) != 1 or not row.cells[0].strip() or all(_filled(each.cells) < 2 for each in below):
                break
            self._builder.block("caption", one_line(row.cells[0]), lines=(row.line,))
            row = self._take() or row
        return row


def _below_preamble(rows: Sequence[_Row]) -> int:
    """The number of the header that is below narrow rows of names and values, as banks write; 0 where none is.

    Narrow rows with a column of numbers are a table of their own."""
    for at, (row, after) in enumerate(pairwise(rows)):
        width = _width(row.cells)
        if width <= _MAX_PREAMBLE_WIDTH:
            continue
        above = [each.cells for each in rows[:at]]
        is_header = _is_header(row.cells, after.cells) and _has_number(after.cells) and width > _MAX_PREAMBLE_WIDTH + 1
        columns = zip_longest(*above[1:], fillvalue="")
        is_table = len(above) > 2 and any(all(map(_is_number, column)) for column in columns)
        return row.number if above and is_header and not is_table else 0
    return 0


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, map(str.strip, cells)))


def _width(cells: Sequence[str]) -> int:
    """The number of cells up to the last that has words."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def _has_number(cells: Sequence[str]) -> bool:
    return any(map(_is_number, cells))


def _is_header(first: Sequence[str], second: Sequence[str]) -> bool:
    """True if the first row has different words, no numbers and, in a single column, another kind of value.

    A few words may come again above a row of numbers: a currency beside each amount."""
    names = [cell.strip() for cell in first[: _width(first)]]
    filled = [name for name in names if name]
    least = len(filled) * 3 / 4 if _has_number(second) else len(filled)
    if not names or len(set(filled)) < least or (_has_number(names) and not _names_years(names, second)):
        return False
    if len(names) > 1:
        return len(filled) * 2 > len(names) and all(len(name) <= _MAX_NAME for name in names)
    value = second[0].strip() if second else ""
    return bool(_NUMBER.fullmatch(value)) or (len(names[0]) <= 40 and len(value) > 2 * len(names[0]))


def _names_years(names: Sequence[str], second: Sequence[str]) -> bool:
    """True if the numbers of a row are several years, and no years are below them."""
    numbers = [(name, below.strip()) for name, below in zip(names, second, strict=False) if _is_number(name)]
    return len(numbers) > 1 and all(_YEAR.fullmatch(name) and not _YEAR.fullmatch(below) for name, below in numbers)


def _joined_headers(top: Sequence[str], names: Sequence[str], below: Sequence[str]) -> list[str]:
    """The names of a header of two rows; empty if the second of them belongs to the rows ``below``."""
    if _goes_on(top, names, below):
        top = _spread(top, len(names))
    elif not _is_units(top, names, below):
        return []
    pairs = zip_longest(top, names, fillvalue="")
    return [HEADING_SEPARATOR.join(filter(None, map(one_line, pair))) for pair in pairs]


def _goes_on(top: Sequence[str], names: Sequence[str], below: Sequence[str]) -> bool:
    """True if the second row tells apart the columns that a name of the first one is for."""
    gaps = any(not one.strip() and two.strip() for one, two in zip(top[1:], names[1:], strict=False))
    return gaps and _filled(names) > 1 and not _has_number(names) and _has_number(below)


def _is_units(top: Sequence[str], units: Sequence[str], below: Sequence[str]) -> bool:
    """True if the second row holds the units of the numbers below it."""
    written = [(at, unit.strip()) for at, unit in enumerate(units) if unit.strip() not in ("", "-")]
    known = [at for at, unit in written if unit.lower() in _UNITS or _BRACKETED.fullmatch(unit)]
    numbers = [at for at in known if at < len(below) and _is_number(below[at])]
    return len(known) * 2 > len(written) and bool(numbers) and len(units) <= len(top)


def _spread(names: Sequence[str], width: int) -> list[str]:
    """The names of a row, each also for the empty cells after it."""
    spread, last = list[str](), ""
    for name in (*names, *[""] * (width - len(names))):
        last = name.strip() or last
        spread.append(last)
    return spread
