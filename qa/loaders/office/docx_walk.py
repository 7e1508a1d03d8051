"""Turns the elements of a WordprocessingML body, in reading order, into blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.office.docx_inline import Inline, InlineReader, NoteReference
from qa.loaders.office.docx_notes import NoteNumbers
from qa.loaders.office.docx_numbering import Counters, Label, Lists, Numbering, Place
from qa.loaders.office.docx_styles import Style, block_kind, is_hidden, place_in_list
from qa.loaders.office.docx_table import as_grid, header_rows, read_rows
from qa.loaders.office.docx_xml import DELETED, MC, W, children, is_deleted, style_id
from qa.loaders.tables import add_table

_UNLABELLED = Label("", "", "", goes_on=False)


class _Paragraph(NamedTuple):
    """A ``w:p``, read."""

    properties: Any | None
    mark: Any | None
    """Properties of its mark, which ends it."""
    style: Style
    inline: Inline

    @property
    def is_unseen(self) -> bool:
        """True if not even its mark is there."""
        hidden = is_hidden(self.mark)
        return is_deleted(self.mark) or bool(self.style.hidden if hidden is None else hidden)


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
        for element in self._children(container):
            if isinstance(element, _Paragraph):
                self._paragraph(element)
            elif element.tag == W + "tbl":
                self._table(element)
            elif element.tag == W + "altChunk":
                self.inline.left_out["file"] += 1

    def words(self, container: Any) -> str:
        """All words of ``container``, paragraphs on lines of their own; for headers and footers."""
        return "\n".join(filter(None, (paragraph.inline.text for paragraph in self._inner_paragraphs(container))))

    def _inner_paragraphs(self, container: Any) -> Iterator[_Paragraph]:
        """All paragraphs inside ``container``, at any depth."""
        return (self._open(element) for element in container.iter(W + "p") if not _inside_deleted(element))

    def _children(self, container: Any) -> Iterator[Any]:
        """The children of ``container``, paragraphs opened; one whose mark is deleted goes on in the next one."""
        before: _Paragraph | None = None
        for element in children(container):
            if element.tag != W + "p":
                if before:
                    yield before
                    before = None
                yield element
                continue
            paragraph = self._open(element)
            if before:
                before.inline.add(paragraph.inline)
                paragraph = paragraph._replace(inline=before.inline)
            before = paragraph if is_deleted(paragraph.mark) else None
            if not before:
                yield paragraph
        if before:
            yield before

    def _open(self, element: Any) -> _Paragraph:
        properties = element.find(W + "pPr")
        if properties is None:
            mark, style = None, self._styles[""]
        else:
            mark = properties.find(W + "rPr")
            style = self._styles.get(style_id(properties, "pStyle"), self._styles[""])
        return _Paragraph(properties, mark, style, self.inline.read(element, hidden=style.hidden or False))

    def _paragraph(self, paragraph: _Paragraph) -> None:
        properties, style, inline = paragraph.properties, paragraph.style, paragraph.inline
        place = place_in_list(properties, style)
        text, label = inline.text, self._label(paragraph, place)
        kind, level = block_kind(properties, style, place)
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

    def _label(self, paragraph: _Paragraph, place: Place | None) -> Label:
        """The paragraph's automatic number; one of which nothing is seen is not counted."""
        if place is None or (not paragraph.inline.text and paragraph.is_unseen):
            return _UNLABELLED
        return self._counters.label(place)

    def _labelled(self, paragraph: _Paragraph) -> str:
        """The words of a paragraph in a cell or a note, after its number."""
        place = place_in_list(paragraph.properties, paragraph.style)
        return self._label(paragraph, place).text + paragraph.inline.text

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
        text = "\n".join(map(self._labelled, self._inner_paragraphs(element))).strip()
        self._counters = body
        if text and not (reference.is_own_mark and text.startswith(reference.number)):
            text = f"{reference.number} {text}".lstrip()
        self.builder.block("note", text, number=reference.number)

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
        size = header_rows(element, rows, self._styles)
        add_table(self.builder, grid, header_rows=size, repeated_header=True, after_row=append_hanging)
        append_hanging(len(rows))

    def _cell(self, cell: Any, tables: list[Any], hanging: Inline) -> str:
        """The words of a cell, its paragraphs on one line."""
        texts = []
        for element in self._children(cell):
            if isinstance(element, _Paragraph):
                texts.append(self._labelled(element))
                hanging.boxes += element.inline.boxes
                hanging.notes += element.inline.notes
            elif element.tag == W + "tbl":
                tables.append(element)
            elif element.tag == W + "altChunk":
                self.inline.left_out["file"] += 1
        return " ".join(texts)


def _inside_deleted(element: Any) -> bool:
    return any(ancestor.tag in DELETED or ancestor.tag == MC + "Fallback" for ancestor in element.iterancestors())
