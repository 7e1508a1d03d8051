"""OpenDocument spreadsheets (ODS): their files hold each cell's text as the program shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qa.loaders.base import LoadedText, TextBuilder, one_line, split_tags, without_empty
from qa.loaders.office.archive import Package, open_archive, parse, refuse_protected, refusing_damage, stream
from qa.loaders.office.number_format import show_number
from qa.loaders.office.sheet import LeftOut, Merge, Sheet, SheetNote, add_sheet
from qa.types import MetadataValue

_ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _TEXT, _STYLE, _OFFICE, _DRAW = (_ODF % name for name in ("table", "text", "style", "office", "drawing"))
_HIDDEN = ("collapse", "filter")
_LAST_COLUMN = 16_384
_LAST_ROW = 1_048_576


def load(data: bytes, name: str) -> LoadedText:
    """Read each sheet's tables as rows of ``header: value``, text boxes and notes on cells, as ``xlsx.load`` does.

    Raises ``FileEncrypted``, ``FileUnreadable`` or ``FileTooHeavy``.
    """
    builder, left_out = TextBuilder(), LeftOut()
    with open_archive(data, name) as archive, refusing_damage(name, "not a spreadsheet"):
        refuse_protected(archive, name)
        for sheet in _Reader(archive, builder, left_out).sheets():
            add_sheet(builder, sheet, left_out)
        metadata, title = _properties(archive)
    return builder.build(title=title, metadata=metadata, notes=left_out.notes())


class _Reader:
    """Reads the sheets one by one."""

    def __init__(self, archive: Package, builder: TextBuilder, left_out: LeftOut) -> None:
        self._archive = archive
        self._builder = builder
        """For its limits."""
        self._left_out = left_out
        self._read = {
            _TABLE + "shapes": self._drawn,
            _TABLE + "table-column": self._columns,
            _TABLE + "table-row": self._rows,
        }
        self._begin()

    def _begin(self) -> None:
        self._sheet = Sheet("")
        self._row = self._column = self._chars = self._cells = 0
        self._hidden_columns: set[int] = set()
        self._used_hidden: set[int] = set()
        """Hidden columns that hold anything."""

    def sheets(self) -> Iterator[Sheet]:
        """The visible sheets, in their order."""
        hiding = set[str]()
        for element in stream(self._archive, "content.xml", "style", "shapes", "table-column", "table-row", "table"):
            if element.tag == _STYLE + "style":
                if any(found.get(_TABLE + "display") == "false" for found in element):
                    hiding.add(element.get(_STYLE + "name", ""))
            elif element.tag == _TABLE + "table":
                if not _is_sheet(element):
                    continue
                if element.get(_TABLE + "style-name") in hiding:
                    self._left_out["sheets"] += 1
                else:
                    self._left_out["columns"] += len(self._used_hidden)
                    yield self._finished(element)
                self._begin()
            elif element.tag in self._read and _is_sheet(next(element.iterancestors(_TABLE + "table"), None)):
                self._read[element.tag](element)

    def _finished(self, table: Any) -> Sheet:
        self._sheet.name = table.get(_TABLE + "name", "")
        self._sheet.hidden_columns = sorted(self._hidden_columns)
        return self._sheet

    def _columns(self, element: Any) -> None:
        end = min(self._column + _count(element, "number-columns-repeated"), _LAST_COLUMN)
        if element.get(_TABLE + "visibility") in _HIDDEN:
            self._hidden_columns.update(range(self._column + 1, end + 1))
        self._column = end

    def _rows(self, element: Any) -> None:
        """Add a row, as often as it is repeated."""
        first = self._row + 1
        self._row = min(self._row + _count(element, "number-rows-repeated"), _LAST_ROW)
        is_hidden = element.get(_TABLE + "visibility") in _HIDDEN
        cells = dict(self._texts(element, first, is_hidden))
        if is_hidden:
            self._left_out["rows"] += bool(cells)
            self._sheet.hidden_rows += range(first, self._row + 1)
            return
        self._used_hidden |= self._hidden_columns & cells.keys()
        shown = {column: text for column, text in cells.items() if column not in self._hidden_columns}
        for number in range(first, self._row + 1) if shown else ():
            self._chars += sum(map(len, shown.values()))
            self._cells += len(shown)
            self._builder.check(self._chars, self._cells)
            self._sheet.rows.append((number, shown))

    def _texts(self, row: Any, number: int, is_hidden: bool) -> Iterator[tuple[int, str]]:
        """The columns with text, and what they show."""
        column = 1
        for cell in row.iterchildren(_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            repeated = min(_count(cell, "number-columns-repeated"), _LAST_COLUMN + 1 - column)
            if cell.tag == _TABLE + "table-cell" and (len(cell) or cell.get(_OFFICE + "value-type")):
                text = self._shown(cell)
                for at in range(column, column + repeated if text else column):
                    yield at, text
                if not is_hidden:
                    self._extras(cell, number, column)
            column += repeated

    def _shown(self, cell: Any) -> str:
        text = "\n".join(filter(None, map(_words, cell.iterchildren(_TEXT + "p")))).strip()
        if not text:
            text = cell.get(_OFFICE + "string-value") or show_number(cell.get(_OFFICE + "value", ""))
        if not text and cell.get(_TABLE + "formula"):
            self._left_out["formulas_without_value"] += 1
        return text

    def _extras(self, cell: Any, row: int, column: int) -> None:
        """Add the cell's merged range, its note, and what is drawn at it."""
        columns, rows = _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
        if columns > 1 or rows > 1:
            self._sheet.merges.append(Merge(row, column, row + rows - 1, column + columns - 1))
        if column in self._hidden_columns:
            return
        for annotation in cell.iterchildren(_OFFICE + "annotation"):
            text = one_line(" ".join(map(_words, annotation.iter(_TEXT + "p"))))
            self._sheet.notes += [SheetNote(row, column, text)] if text else []
        self._drawn(cell)

    def _drawn(self, parent: Any) -> None:
        for shape in parent:
            if not isinstance(shape.tag, str) or not shape.tag.startswith(_DRAW):
                continue
            objects = sum(1 for _ in shape.iter(_DRAW + "object"))  # charts, each with a picture of it
            self._left_out["charts_not_read"] += objects
            self._left_out["pictures_not_read"] += 0 if objects else sum(1 for _ in shape.iter(_DRAW + "image"))
            self._sheet.drawn += [("paragraph", text) for text in map(_words, shape.iter(_TEXT + "p")) if text]


def _is_sheet(table: Any) -> bool:
    parent = None if table is None else table.getparent()
    return parent is not None and parent.tag == _OFFICE + "spreadsheet"


def _count(element: Any, attribute: str) -> int:
    text = element.get(_TABLE + attribute, "")
    return min(max(int(text), 1), _LAST_ROW) if text.isdecimal() and len(text) < 10 else 1


def _words(paragraph: Any) -> str:
    """The words of a paragraph, its blanks and tabs among them."""
    words = [paragraph.text or ""]
    for element in paragraph.iterdescendants():
        if element.tag in (_TEXT + "s", _TEXT + "tab", _TEXT + "line-break"):
            words.append(" ")
        elif isinstance(element.tag, str):
            words.append(element.text or "")
        words.append(element.tail or "")
    return one_line("".join(words))


def _properties(archive: Package) -> tuple[dict[str, MetadataValue], str | None]:
    """Metadata and title that the file gives itself."""
    if "meta.xml" not in archive:
        return {}, None
    found: dict[str, list[str]] = {}
    for element in parse(archive.read("meta.xml")).iter(
        "{*}title", "{*}creator", "{*}initial-creator", *_DATES, *_TAGS
    ):
        found.setdefault(element.tag.rpartition("}")[2], []).append(one_line(element.text))
    first = {name: texts[0] for name, texts in found.items()}
    metadata: dict[str, MetadataValue] = {
        "author": first.get("initial-creator") or first.get("creator", ""),
        "subject": first.get("subject", ""),
        "language": first.get("language", ""),
        "tags": tuple(tag for text in found.get("keyword", ()) for tag in split_tags(text)),
        "date": first.get("creation-date", "")[:10],
        "modified": first.get("date", "")[:10],
    }
    return without_empty(metadata), first.get("title") or None


_DATES = ("{*}creation-date", "{*}date")
_TAGS = ("{*}keyword", "{*}subject", "{*}language")
