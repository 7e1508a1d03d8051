"""CSV and its relatives: each row a line of ``header: cell``."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from qa.loaders.base import LoadedText, TextBuilder
from qa.loaders.plain.csv_tables import add_rows
from qa.loaders.plain.encoding import decode

_DELIMITERS = "\t;,|"
_ODD_DELIMITERS = "^~!#&*=:/\\¦§"
"""Characters that separate columns only if every line has as many of them, and the others do not do as well."""
_PAIRED = "=:/&*"
"""Odd delimiters that words and numbers may hold: two a line at least, and not between digits."""
_WITHIN_WORDS = re.compile(r"\d[=:/&*]\d|//")
_SAMPLE_LINES = 50
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
    add_rows(builder, rows, delimiter)
    return builder.build(notes=decoded.notes)


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
    lines = [line for line in sample.split("\n")[:_SAMPLE_LINES] if line.strip() and not line.startswith("#")]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        score = _score(delimiter, lines)
        if score > best_score:
            best, best_score = delimiter, score
    if best_score < 1:
        odd = [delimiter for delimiter in _ODD_DELIMITERS if _is_even(delimiter, lines)]
        best = max(odd, key=lambda delimiter: lines[0].count(delimiter), default=best)
    return best


def _score(delimiter: str, lines: Sequence[str]) -> float:
    counts = [line.count(delimiter) for line in lines]
    usual = max(set(counts), key=counts.count, default=0)
    agreeing = counts.count(usual) / len(counts) if usual else 0
    return agreeing + (0.1 if usual == counts[0] else 0) + min(usual, 20) / 1000 if usual else 0


def _is_even(delimiter: str, lines: Sequence[str]) -> bool:
    """True when every line has as many of an odd delimiter, and none is part of a word or a number."""
    counts = {line.count(delimiter) for line in lines}
    least = 2 if delimiter in _PAIRED else 1
    if len(lines) < 2 or len(counts) != 1 or min(counts) < least:
        return False
    return delimiter not in _PAIRED or not any(_WITHIN_WORDS.search(line) for line in lines)
