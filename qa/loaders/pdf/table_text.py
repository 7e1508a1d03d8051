"""Finds the words of a PDF's tables in the finished text, and maps them to the pages' characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa.loaders.base import LoadedText, clean
from qa.loaders.pdf.lines import Line
from qa.types import Block, SourceSpan

Placed = tuple[int, Line, int]
"""Offset of a line in its block's text, the line, and how many of its characters are in the text."""
Letter = tuple[str, int, int]
"""A character that is no white space, its page and pdfium's index of it there."""


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """The blocks that a table became, from ``first`` up to ``end``, its first page, and the letters of each row of its
    grid."""

    first: int
    end: int
    page: int
    rows: Sequence[Sequence[Letter]]


def letters_of(text: str, placed: Iterable[Placed]) -> Iterator[Letter]:
    """The letters of a block's text that come from the page."""
    for offset, line, length in placed:
        for first, char, count in line.runs:
            for index in range(min(count, length - first)):
                letter = text[offset + first + index]
                if not letter.isspace():
                    yield letter, line.page, char + index


def find_letters(table: WrittenTable, loaded: LoadedText) -> Iterator[tuple[Block, list[SourceSpan]]]:
    """Each block of the table, with a source span for each run of letters; words of a header above have none."""
    titles = iter(range(len(table.rows)))
    for block in loaded.blocks[table.first : table.end]:
        row = next((row for row in titles if table.rows[row]), 0) if block.row is None else block.row - 1
        yield block, list(_find(table.rows[row], block, loaded.text))


def _find(letters: Sequence[Letter], block: Block, text: str) -> Iterator[SourceSpan]:
    """The spans of one block, whose cells are written in the order of ``letters``."""
    page = clean("".join(letter for letter, _, _ in letters))
    after = 0
    for start, end in _ranges(block, text, page):
        offsets = [offset for offset in range(start, end) if not text[offset].isspace()]
        found = page.find("".join(text[offset] for offset in offsets), after)
        if found >= 0:
            after = found + len(offsets)
            yield from _spans(offsets, letters[found:after])


def _ranges(block: Block, text: str, page: str) -> Iterator[tuple[int, int]]:
    """Start and end of what to look for: the cells, and before them the first cell of the row where it names them."""
    if not block.cells:
        yield block.start, block.end
        return
    first = block.cells[0]
    name = "".join(first.header.split())
    value = "".join(text[first.start : first.end].split())
    if name and text.startswith(first.header, block.start) and page.startswith((name + value, f"{name}:{value}")):
        yield block.start, block.start + len(first.header)
    for cell in block.cells:
        yield cell.start, cell.end


def _spans(offsets: Sequence[int], letters: Sequence[Letter]) -> Iterator[SourceSpan]:
    """``letters`` at ``offsets``; neighbours in both are one span."""
    start = 0
    for index in range(1, len(offsets) + 1):
        if index < len(offsets):
            (_, page, char), (_, last_page, last) = letters[index], letters[index - 1]
            if page == last_page and offsets[index] - offsets[index - 1] == char - last > 0:
                continue
        _, page, char = letters[start]
        yield SourceSpan(offsets[start], offsets[index - 1] + 1, page=page, char=char)
        start = index
