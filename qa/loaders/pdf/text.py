"""Joins the parts of a PDF into one text with blocks, page starts and the map back to page characters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from embeddings import is_set_solid
from qa.loaders.base import LoadedText, TextBuilder
from qa.loaders.pdf.grid import Table
from qa.loaders.pdf.layout import Part, breaks_line
from qa.loaders.pdf.lines import Line
from qa.loaders.pdf.table_text import Letter, Placed, WrittenTable, find_letters, letters_of
from qa.loaders.tables import EMPTY, Grid, Slot, add_table
from qa.types import BlockKind, MetadataValue, SourceSpan

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_REPEATED_CHARS = 100
"""A longer text in a cell that spans rows is said once, not in each row."""
_HYPHENS = "-\xad\u2010"


class PdfText:
    """Builds the text of a PDF. What is not in the file, such as spaces that join lines, has no source span."""

    def __init__(self, page_count: int, words: Counter[str]) -> None:
        self._builder = TextBuilder()
        self._page_starts: list[int | None] = [None] * page_count
        self._spans: list[SourceSpan] = []
        self._words = words
        self._groups: dict[int, int] = {}
        self._tables: list[WrittenTable] = []
        self._table_spans = 0

    def add(self, part: Part) -> None:
        """Append a part of the body as one block."""
        if part.table is not None:
            self._add_table(part.table)
            return
        text, placed = self._joined(part)
        group = None if part.group is None else self._group(part.group)
        start = self._append(part.kind, text, placed, level=part.level, number=part.number, group=group)
        for offset, line, _ in placed:
            self._note_page(line.page, start + offset)

    def _note_page(self, page: int, start: int) -> None:
        self._page_starts[page] = min(start, start if (known := self._page_starts[page]) is None else known)

    def _add_table(self, table: Table) -> None:
        grid: Grid = [[EMPTY] * len(table.edges) for _ in range(table.height)]
        sources: list[list[Letter]] = [[] for _ in range(table.height)]
        for cell in table.cells:
            text, placed = self._joined(Part("table_row", list(cell.lines)))
            letters = list(letters_of(text, placed))
            names = table.named_by_first and cell.column == 0
            text = text.rstrip(": ") if names else text
            for down in range(cell.rows if len(text) <= _REPEATED_CHARS else 1):
                sources[cell.row + down] += letters
                for at in range(cell.columns):
                    grid[cell.row + down][cell.column + at] = Slot(text, at == 0, down == 0, names)
        first = self._builder.next_index
        add_table(self._builder, grid, header_rows=table.header_rows, repeated_header=True)
        page = next((line.page for line in table.lines()), 0)
        self._tables.append(WrittenTable(first, self._builder.next_index, page, sources))
        self._table_spans += len(table.cells)
        self._builder.check(spans=len(self._spans) + self._table_spans)

    def _joined(self, part: Part) -> tuple[str, list[Placed]]:
        text, placed = "", list[Placed]()
        for line, after in zip_longest(part.lines, part.lines[1:]):
            words, joint = (line.text, "") if after is None else self._join(line, after, part)
            placed.append((len(text), line, len(words)))
            text += words + joint
        return text, placed

    def _group(self, number: int) -> int:
        """The builder's number for the list that the layout calls ``number``."""
        if number not in self._groups:
            self._groups[number] = self._builder.new_group()
        return self._groups[number]

    def add_unindexed(self, lines: Iterable[Line]) -> None:
        """Append furniture or unreadable lines, one block each, after the body."""
        for line in lines:
            self._append("furniture", line.text, [(0, line, len(line.text))], indexed=False)

    def build(self, title: str | None, metadata: Mapping[str, MetadataValue]) -> LoadedText:
        """Return what was appended, without anything about pages."""
        loaded = self._builder.build(title=title, metadata=metadata)
        spans: list[SourceSpan] = []
        for table in self._tables:
            page = table.page
            for block, found in find_letters(table, loaded):
                page = max((span.page or 0 for span in found), default=page)
                self._note_page(page, block.start)
                spans += found
        return replace(loaded, source_map=tuple(sorted((*self._spans, *spans), key=lambda span: span.start)))

    def page_starts(self, body_end: int) -> tuple[int, ...]:
        """Where each page's body starts, known after ``build``; a page without body starts where the next one does,
        or at ``body_end``."""
        starts: list[int] = []
        following = body_end
        for start in reversed(self._page_starts):
            following = following if start is None else min(start, following)
            starts.append(following)
        return tuple(reversed(starts))

    def __len__(self) -> int:
        return len(self._builder)

    def _append(self, kind: BlockKind, text: str, placed: Iterable[Placed], **options: Any) -> int:
        """Append a block and the spans of its lines; return where it starts."""
        block = self._builder.block(kind, text, **options)
        start = len(self) if block is None else block.start
        for offset, line, length in placed:
            for first, char, count in line.runs:
                at, count = start + offset + first, min(count, length - first)
                if count > 0:
                    self._spans.append(SourceSpan(at, at + count, page=line.page, char=char))
        self._builder.check(spans=len(self._spans) + self._table_spans)
        return start

    def _join(self, line: Line, after: Line, part: Part) -> tuple[str, str]:
        """The text of ``line`` when ``after`` follows it in the same block, and what joins the two."""
        if breaks_line(line, after, part):
            return line.text, "\n"
        divides = line.hyphen or (line.text[-1] in _HYPHENS and line.text[-2:-1].isalpha())
        if divides:
            return (line.text[:-1] if self._drops_hyphen(line.text, after.text) else line.text), ""
        solid = is_set_solid(line.text[-1]) and is_set_solid(after.text[0])
        return line.text, "" if solid else " "

    def _drops_hyphen(self, before: str, after: str) -> bool:
        """True if the hyphen between the two lines is only there because the line ended.

        The document's own words decide: the hyphen stays if the hyphenated form occurs elsewhere and the joined one
        does not, or if both halves are words of the document and the joined form is not.
        """
        if not after[0].islower():
            return before[-1] == "\xad"
        head = _WORD.findall(before[:-1].lower())
        tail = _WORD.match(after.lower())
        if not head or tail is None:
            return True
        first, second = head[-1], tail.group()
        if self._words[first + second]:
            return True
        two_words = min(len(first), len(second)) > 2 and self._words[first] and self._words[second]
        return not (self._words[f"{first}-{second}"] or two_words)


def count_words(lines: Sequence[Line]) -> Counter[str]:
    """How often each word, hyphens included, occurs inside lines; words that a line's end may cut are left out."""
    words: Counter[str] = Counter()
    for line in lines:
        found = _WORD.findall(line.text.lower())
        words.update(found[1:-1] if line.hyphen else found[1:])
    return words
