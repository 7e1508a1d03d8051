"""The table rows inside a quote, with their cells, as the loader has marked them on the document's blocks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from qa.types import Block, Document


@dataclass(frozen=True, slots=True)
class ShownCell:
    """Offsets into the quote: the column's header with ``: ``, the cell's words, and what separates the next cell."""

    header: int
    words: int
    separator: int
    end: int


@dataclass(frozen=True, slots=True)
class ShownRow:
    """``quote[start:end]`` is a row of at least two cells under headers, which without gaps are the whole of it."""

    start: int
    end: int
    cells: tuple[ShownCell, ...]


def rows_in(document: Document | None, start: int, end: int) -> list[ShownRow]:
    """The rows of ``document.text[start:end]``, each cut where the range ends; none where there is no document."""
    return list(_rows(document, start, end)) if document else []


def _rows(document: Document, start: int, end: int) -> Iterator[ShownRow]:
    blocks = document.blocks
    for block in blocks[bisect_right(blocks, start, key=lambda block: block.end) :]:
        if block.start >= end:
            break
        cells = list(_cells(document.text, block, end)) if block.start >= start else []
        if len(cells) > 1 and any(cell.header for cell in block.cells):
            shifted = (ShownCell(c.header - start, c.words - start, c.separator - start, c.end - start) for c in cells)
            yield ShownRow(block.start - start, min(block.end, end) - start, tuple(shifted))


def _cells(text: str, block: Block, limit: int) -> Iterator[ShownCell]:
    """In offsets of the document. A cell that begins beyond ``limit`` is left out."""
    gaps = (text[a.end : b.start].lstrip("; \t\n") for a, b in pairwise(block.cells))  # each ends with a header
    headers = [block.start, *(cell.start - len(gap) for cell, gap in zip(block.cells[1:], gaps, strict=True))]
    ends = [*headers[1:], block.end]
    for cell, header, end in zip(block.cells, headers, ends, strict=False):
        if cell.start < limit:
            yield ShownCell(header, cell.start, min(cell.end, limit), min(end, limit))
