"""Turns the elements of a WordprocessingML body, in reading order, into blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.office.docx_inline import Inline, InlineReader, NoteReference
from qa.loaders.office.docx_notes import NoteNumbers
from qa.loaders.office.docx_numbering import Counters, Label, Lists, Numbering
from qa.loaders.office.docx_styles import Style, block_kind, is_hidden, place_in_list
from qa.loaders.office.docx_table import as_grid, header_rows, read_rows
from qa.loaders.office.docx_xml import DELETED, MC, W, children, is_deleted, style_id
from qa.loaders.tables import add_table

_UNLABELLED = Label("", "", "", goes_on=False)


class Walker:
    """Appends the blocks of WordprocessingML elements to a ``TextBuilder``.

    ``notes`` finds a footnote's or endnote's element by ("footnote" or "endnote", id).
    """

    def __init__(
        self,
        styles: Mapping[str, Style],
        numbering: Numbering,
        note_numbers: NoteNumbers,
        notes: Mapping[tuple[str, str], Any],
    ) -> None:
        self.builder = TextBuilder()
        self.title: str | None = None
        """The first paragraph in the style "Title"."""
        self.first_heading: str | None = None
        self.inline = InlineReader(styles, note_numbers)
        self._styles = styles
        self._numbering = numbering
        self._counters = Counters(numbering)
        self._lists = Lists(self.builder.new_group)
        self._note_numbers = note_numbers
        self._notes = dict(notes)

    def blocks(self, container: Any) -> None:
        """Append the paragraphs and tables of ``container``."""
        for element, inline in self._paragraphs(container):
            if inline is not None:
                self._paragraph(element, inline)
            elif element.tag == W + "tbl":
                self._table(element)
            elif element.tag == W + "altChunk":
                self.inline.left_out["file"] += 1

    def words(self, container: Any) -> str:
        """All words of ``container``, paragraphs on lines of their own; for headers and footers."""
        paragraphs = (element for element in container.iter(W + "p") if not _inside_deleted(element))
        return "\n".join(filter(None, (self.inline.read(element).text for element in paragraphs)))

    def _paragraphs(self, container: Any) -> Iterator[tuple[Any, Inline | None]]:
        """The children of ``container``, those that are paragraphs with their content.

        A paragraph whose mark is deleted goes on in the next one.
        """
        before: Inline | None = None
        last = None
        for element in children(container):
            if element.tag != W + "p":
                if before:
                    yield last, before
                    before = None
                yield element, None
                continue
            inline = self.inline.read(element)
            if before:
                before.add(inline)
                inline = before
            gone = is_deleted(element.find(f"{W}pPr/{W}rPr"))
            before, last = (inline, element) if gone else (None, None)
            if not gone:
                yield element, inline
        if before:
            yield last, before

    def _paragraph(self, element: Any, inline: Inline) -> None:
        properties = element.find(W + "pPr")
        style = self._style(properties)
        text, label = inline.text, self._label(element, inline)
        kind, level = block_kind(properties, style)
        if kind == "heading":
            text = one_line(text)
            self.first_heading = self.first_heading or text or None
            if style.name == "title":
                self.title = self.title or text or None
        if text:
            group = None
            if kind == "list_item":
                group = self._lists.group(level, label)
            else:
                self._lists.end(label if kind == "heading" else None)
            self.builder.block(kind, label.text + text, level=level, number=label.number, group=group)
        self._append_hanging(inline)
        if properties is not None and properties.find(W + "sectPr") is not None:
            self._note_numbers.next_section()

    def _style(self, properties: Any) -> Style:
        return self._styles.get(style_id(properties, "pStyle"), self._styles[""])

    def _label(self, element: Any, inline: Inline) -> Label:
        """The paragraph's automatic number; one of which nothing is seen is not counted."""
        properties = element.find(W + "pPr")
        mark = None if properties is None else properties.find(W + "rPr")
        style = self._style(properties)
        place = place_in_list(properties, style)
        hidden = is_hidden(mark)
        if place is None or (not inline.text and (is_deleted(mark) or (style.hidden if hidden is None else hidden))):
            return _UNLABELLED
        return self._counters.label(place)

    def _append_hanging(self, inline: Inline) -> None:
        """Text boxes as blocks of their own, then the notes that the paragraph refers to."""
        for box in inline.boxes:
            self.blocks(box)
        for reference in inline.notes:
            element = self._notes.pop((reference.kind, reference.id), None)
            if element is not None:
                self._note(element, reference)

    def _note(self, element: Any, reference: NoteReference) -> None:
        body, self._counters = self._counters, Counters(self._numbering)
        inlines = [(item, self.inline.read(item)) for item in element.iter(W + "p") if not _inside_deleted(item)]
        text = "\n".join(self._label(item, inline).text + inline.text for item, inline in inlines).strip()
        self._counters = body
        if reference.number and text and not text.startswith(reference.number + " "):
            text = f"{reference.number} {text.removeprefix(reference.number).lstrip()}"
        self.builder.block("note", text, number=reference.number if text else "")

    def _table(self, element: Any) -> None:
        """Append a table, with what hangs on a row behind it: tables in its cells, text boxes and notes."""
        rows = read_rows(element)
        self._lists.end()
        if len(rows) == 1 or all(len(row.cells) == 1 and not row.skipped for row in rows):
            for cell in (cell for row in rows for cell in row.cells):  # a frame around text, not a table of values
                if cell.starts:
                    self.blocks(cell.element)
            return
        hanging = [(list[Any](), Inline()) for _ in rows]
        done = 0

        def append_hanging(index: int) -> None:
            nonlocal done
            for tables, inline in hanging[done : index + 1]:
                for inner in tables:
                    self._table(inner)
                self._append_hanging(inline)
            done = index + 1

        grid = as_grid(rows, lambda index, cell: self._cell(cell, *hanging[index]))
        add_table(self.builder, grid, header_rows=header_rows(rows), repeated_header=True, after_row=append_hanging)
        append_hanging(len(rows))

    def _cell(self, cell: Any, tables: list[Any], hanging: Inline) -> str:
        """The words of a cell, its paragraphs on one line."""
        texts = []
        for element, inline in self._paragraphs(cell):
            if inline is not None:
                texts.append(self._label(element, inline).text + inline.text)
                hanging.boxes += inline.boxes
                hanging.notes += inline.notes
            elif element.tag == W + "tbl":
                tables.append(element)
            elif element.tag == W + "altChunk":
                self.inline.left_out["file"] += 1
        return " ".join(texts)


def _inside_deleted(element: Any) -> bool:
    return any(ancestor.tag in DELETED or ancestor.tag == MC + "Fallback" for ancestor in element.iterancestors())
