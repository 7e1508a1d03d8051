"""CSV and its relatives: each row a line of ``header: cell``."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from qa.loaders.base import LoadedText, TextBuilder, row_text
from qa.loaders.plain.encoding import decode

_DELIMITERS = "\t;,|"
_SAMPLE_LINES = 50
_NUMBER = re.compile(r"[+−-]?[.,' ]*+\d[\d.,' ]*+%?")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_FIELD_LIMIT = 2**31 - 1


def load(data: bytes, name: str) -> LoadedText:
    """Read a file of separated values; raises ``FileUnreadable`` when it is binary."""
    decoded = decode(data, name)
    text = decoded.text
    separator = re.match(r"sep=(.)\n", text)  # a line that Excel writes
    delimiter = separator[1] if separator else _delimiter(text)
    rows = _rows(text, delimiter)
    if separator:
        next(rows, None)
    builder = TextBuilder()
    _add_rows(builder, rows)
    return builder.build(notes=decoded.notes)


def _add_rows(builder: TextBuilder, rows: Iterator[tuple[int, list[str]]]) -> None:
    """The first row is the header when it reads like one; lines without any value are left out."""
    first: list[tuple[int, list[str]]] = []
    for line, cells in rows:
        filled = sum(bool(cell.strip()) for cell in cells)
        if first and filled > 1 == sum(map(bool, first[0][1])):  # a line alone above the table: its title
            builder.block("paragraph", row_text((), first[0][1])[0], lines=(first.pop()[0],))
        if filled:
            first.append((line, cells))
        if len(first) == 2:
            break
    header: Sequence[str] = ()
    if len(first) == 2 and _is_header(first[0][1], first[1][1]):
        header = first.pop(0)[1]
    for line, cells in first:
        builder.row(header, cells, lines=(line,))
    for line, cells in rows:
        builder.row(header, cells, lines=(line,))


def _is_header(first: Sequence[str], second: Sequence[str]) -> bool:
    """True if the first row has different words, no numbers and, in a single column, another kind of value."""
    names = [cell.strip() for cell in first]
    while names and not names[-1]:
        names.pop()
    if not names or len(set(names)) != len(names) or any(_NUMBER.fullmatch(name) for name in names):
        return False
    if len(names) > 1:
        return sum(map(bool, names)) * 2 > len(names) and all(len(name) <= 200 for name in names)
    value = second[0].strip() if second else ""
    return bool(_NUMBER.fullmatch(value)) or (len(names[0]) <= 40 and len(value) > 2 * len(names[0]))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the 1-based line each starts on; a quote that is never closed ends its row's quoting."""
    csv.field_size_limit(_FIELD_LIMIT)
    lines = text.split("\n")
    if not _quotes_balance(text):
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, skipinitialspace=True)
    start = 1
    for row in reader:
        yield start, row
        start = reader.line_num + 1


def _quotes_balance(text: str) -> bool:
    return text.count('"') % 2 == 0


def _delimiter(text: str) -> str:
    """The delimiter that cuts most of the first lines into the same number of cells, and that more than one."""
    sample = _QUOTED.sub("", text[:100_000])
    lines = [line for line in sample.split("\n")[:_SAMPLE_LINES] if line.strip()]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        if usual:
            agreeing = counts.count(usual) / len(counts)
            score = agreeing + (0.1 if usual == counts[0] else 0) + min(usual, 20) / 1000
            if score > best_score:
                best, best_score = delimiter, score
    return best
