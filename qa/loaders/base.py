"""The result of a loader, and the builder for it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from qa.errors import FileTooHeavy
from qa.types import Block, BlockKind, Cell, MetadataValue, Note, ScannedWord, SourceSpan

_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_UNCLEAN = re.compile("[\x00\x0b-\r\x85\u2028\u2029\ud800-\udfff]")
_UNCLEAN_ASCII = "\x00\x0b\x0c\r"

_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_NO_RAISED = dict.fromkeys(_RAISED)
_CLOSE_KINDS = ("list_item", "table_row", "furniture")


@dataclass(frozen=True, slots=True)
class LoadedText:
    """A loader's result: the parts of a ``Document`` that only the loader can know (see ``qa.types.Document``)."""

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    page_starts: tuple[int, ...] = ()
    page_labels: tuple[str, ...] = ()
    source_map: tuple[SourceSpan, ...] = ()
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    pages: int | None = None
    unreadable_pages: tuple[int, ...] = ()
    waiting_pages: tuple[int, ...] = ()
    scanned: tuple[ScannedWord, ...] = ()


def clean(text: str) -> str:
    """``text`` with ``\\n`` newlines, and U+FFFD for every NUL and lone surrogate (length may shrink at ``\\r\\n``)."""
    if is_clean(text):  # nearly always, and a fifth of the work
        return text
    return _NOT_TEXT.sub("\ufffd", _NEWLINES.sub("\n", text))


def one_line(text: str | None) -> str:
    """``text`` with single spaces for all white space; empty for None."""
    return " ".join((text or "").split())


def raised(text: str, before: str) -> str:
    """``text`` that is set above the line, behind ``before``: a number behind another keeps its form, as 10⁶ is not
    106 and 2021¹ not 20211; else as it is."""
    behind_number = before[-1:].isdigit() or before[-1:] == "⁻"
    return text.translate(_RAISED) if behind_number and not text.translate(_NO_RAISED) else text


def split_tags(text: str) -> tuple[str, ...]:
    """The tags of a list that is separated by commas or semicolons."""
    return tuple(tag.strip() for tag in re.split("[,;]", text) if tag.strip())


def without_empty(values: Mapping[str, MetadataValue]) -> dict[str, MetadataValue]:
    """The metadata that says something."""
    return {key: value for key, value in values.items() if value}


def counted_notes(counts: Mapping[str, int], words: Mapping[str, tuple[str, str]]) -> list[Note]:
    """A note on each code that was counted, in the order of ``words``: code → what follows a count of one, of more."""
    found = [(code, counts[code], words[code]) for code in words if counts.get(code)]
    return [Note(code, f"{count:,} {one if count == 1 else many}") for code, count, (one, many) in found]


def is_clean(text: str) -> bool:
    """True when ``clean`` would change nothing."""
    if text.isascii():  # a tenth of the expression's time
        return not any(char in text for char in _UNCLEAN_ASCII)
    return not _UNCLEAN.search(text)


class TextBuilder:
    """Builds a text and its blocks side by side, so that offsets cannot drift.

    Every loader's text grows here, so here its growth is limited: a small file can give a large text, and a large table
    many more cells than fit in memory.
    """

    max_chars: ClassVar[int] = 50_000_000
    """``Settings.max_text_chars`` in the reading process."""
    max_pieces: ClassVar[int] = 2_500_000
    """Blocks, cells and source spans together; a million takes about 300 MB in the process that adds the file."""

    def __init__(self, *, keep_lines: bool = True) -> None:
        """``keep_lines=False``: source lines mean nothing in this format, and those given are left out."""
        self._keep_lines = keep_lines
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._spans: list[SourceSpan] = []
        self._cells = self._groups = 0

    def __len__(self) -> int:
        """Length of the text so far, in code points: where the next ``raw`` text will start."""
        return self._length

    def block(  # noqa: PLR0913 – the fields of ``Block``
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 0,
        indexed: bool = True,
        lines: Sequence[int] | None = None,
        marks: Sequence[tuple[int, int]] | None = None,
        cells: Iterable[tuple[int, int, str, int]] = (),
        number: str = "",
        group: int | None = None,
        sheet: str = "",
        row: int | None = None,
        answers: int | None = None,
        speaker: str = "",
        time: str = "",
    ) -> Block | None:
        """Append ``text`` as one block; empty text appends nothing and gives None.

        ``text`` is cleaned and stripped of newlines at both ends and of white space at its end. ``lines`` names
        the source line of each line of ``text``; one number alone is that of the first line only. ``marks`` does
        the same where source lines were joined: (offset in ``text``, source line) in order, the first at 0. With
        either, ``text`` must not begin with newlines. ``cells`` are those of ``row_text``; the rest as in ``Block``.
        The block is set off from the one before by a blank line, or by a newline between two list items, table rows
        or furniture lines.
        """
        text = clean(text).strip("\n").rstrip()
        if not text:
            return None
        self.check(len(text))
        blocks, parts, start = self._blocks, self._parts, self._length
        if blocks:
            close = kind in _CLOSE_KINDS and blocks[-1].kind == kind
            parts.append("\n" if close else "\n\n")
            start += 1 if close else 2
        end = self._length = start + len(text)
        parts.append(text)
        if marks is not None and self._keep_lines:
            self._map_marks(marks, start, end)
        elif lines is not None and self._keep_lines:
            self._map_lines(lines, text, start)
        placed = tuple([Cell(start + first, start + last, header, column) for first, last, header, column in cells])
        self._cells += len(placed)
        block = Block(kind, start, end, level, indexed, placed, number, group, sheet, row, answers, speaker, time)
        blocks.append(block)
        return block

    def check(self, chars: int = 0, spans: int = 0) -> None:
        """Raise ``FileTooHeavy`` when the text, with so many more characters and source spans, is over a limit."""
        if self._length + chars > self.max_chars:
            reason = f"holds more than {self.max_chars:,} characters of text, the limit (VERBATIM_MAX_TEXT_CHARS)"
            raise FileTooHeavy("", f"{reason}; the headers of a table count in every row")
        if len(self._blocks) + len(self._spans) + self._cells + spans > self.max_pieces:
            reason = f"holds more than {self.max_pieces:,} paragraphs, lines and cells, the limit"
            raise FileTooHeavy("", f"{reason}; split it into smaller files")

    @property
    def next_index(self) -> int:
        """The index that the next block will have, for ``Block.answers``."""
        return len(self._blocks)

    def new_group(self) -> int:
        """A number for one list or table, for ``Block.group``."""
        self._groups += 1
        return self._groups

    def row(
        self,
        header: Sequence[str],
        values: Sequence[str],
        *,
        lines: Sequence[int] | None = None,
        group: int | None = None,
        sheet: str = "",
        row: int | None = None,
        answers: int | None = None,
    ) -> None:
        """Append one table row, with its cells; see ``row_text`` and ``Block``."""
        text, cells = row_text(header, values)
        if not is_clean(text):
            text, cells = row_text([*map(clean, header)], [*map(clean, values)])
        self.block("table_row", text, lines=lines, cells=cells, group=group, sheet=sheet, row=row, answers=answers)

    def _map_lines(self, lines: Sequence[int], text: str, start: int) -> None:
        for line, part in zip(lines, text.split("\n"), strict=False):
            self._spans.append(SourceSpan(start, start + len(part), line))
            start += len(part) + 1

    def _map_marks(self, marks: Sequence[tuple[int, int]], start: int, end: int) -> None:
        """Turn marks into source spans between ``start`` and ``end``; marks beyond the end are ignored."""
        begin, line = start + marks[0][0], marks[0][1]
        for offset, next_line in (*marks[1:], (end - start, 0)):
            stop = min(start + offset, end)
            if stop > begin or len(marks) == 1:
                self._spans.append(SourceSpan(begin, stop, line))
                begin = stop
            line = next_line

    def raw(self, text: str) -> None:
        """Append text as it is, outside any block: it must be clean and, between blocks, white space."""
        self._parts.append(text)
        self._length += len(text)

    def build(
        self,
        *,
        title: str | None = None,
        metadata: Mapping[str, MetadataValue] | None = None,
        notes: Iterable[Note] = (),
    ) -> LoadedText:
        """The finished text of a format without pages."""
        return LoadedText(
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            title=title,
            source_map=tuple(self._spans),
            metadata=metadata or {},
            notes=tuple(notes),
        )


def row_text(header: Sequence[str], values: Sequence[str]) -> tuple[str, list[tuple[int, int, str, int]]]:
    """One table row as ``header: value; header: value``, so that a quoted row says what its numbers are; and its cells.

    Values are put on one line and empty ones left out; a value without a header, or equal to its header, is written
    alone. Each cell is the start and end of its value in the row, its header and its column.
    """
    row, cells = "", list[tuple[int, int, str, int]]()
    for index, value in enumerate(values):
        words = " ".join(value.split())
        if not words:
            continue
        name = sys.intern(" ".join(header[index].split())) if index < len(header) else ""
        row += ("; " if cells else "") + (f"{name}: " if name and name != words else "")
        cells.append((len(row), len(row) + len(words), name, index + 1))
        row += words
    return row, cells
