"""Excel workbooks (XLSX, XLSM) as the program shows them, from their XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder, one_line
from qa.loaders.office.archive import (
    Package,
    core_properties,
    is_ole,
    open_archive,
    parse,
    refuse_encrypted,
    refusing_damage,
    relations,
    stream,
)
from qa.loaders.office.chart import title_text
from qa.loaders.office.format_codes import BUILT_IN, GENERAL
from qa.loaders.office.number_format import show_number, show_text
from qa.loaders.office.sheet import LeftOut, Merge, Sheet, SheetNote, add_sheet
from qa.loaders.tables import MAX_SPAN

_TRUE = ("1", "true", "on")
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_R_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_LAST_COLUMN = 16_384
_LAST_ROW = 1_048_576
_REFERENCE = re.compile(r"\$?+([A-Za-z]{1,3})\$?+(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def load(data: bytes, name: str) -> LoadedText:
    """Read each sheet's tables as rows of ``header: value``, numbers in their formats; text boxes and notes on cells.

    What is hidden is left out, as are pictures and formulas without a stored value; the notes count them. Raises
    ``FileEncrypted``, ``FileUnreadable`` or ``FileTooHeavy``.
    """
    refuse_encrypted(data, name)
    if is_ole(data):
        raise FileUnreadable(name, "is an old Excel file (XLS) or another kind of container, not an XLSX")
    builder, left_out = TextBuilder(), LeftOut()
    with open_archive(data, name) as archive, refusing_damage(name, "not a workbook"):
        for sheet in _Workbook(archive, builder, left_out).sheets():
            add_sheet(builder, sheet, left_out)
        metadata, title = core_properties(archive)
    return builder.build(title=title, metadata=metadata, notes=left_out.notes())


class _Workbook:
    """The parts of an archive that sheets share."""

    def __init__(self, archive: Package, builder: TextBuilder, left_out: LeftOut) -> None:
        self.left_out = left_out
        self._archive = archive
        self._builder = builder
        """For its limits."""
        main = next(
            (path for kind, path in relations(archive, "").values() if kind == "officeDocument"), "xl/workbook.xml"
        )
        self._parts = relations(archive, main)
        self._root = parse(archive.read(main))
        self.from_1904 = any(found.get("date1904") in _TRUE for found in self._root.iter("{*}workbookPr"))
        self.strings = self._strings()
        self.formats = self._formats()

    def _part(self, kind: str) -> str | None:
        """The path of the part of this kind; None where there is none."""
        return next((path for found, path in self._parts.values() if found == kind and path in self._archive), None)

    def _strings(self) -> list[str]:
        path = self._part("sharedStrings")
        return [_string(item) for item in stream(self._archive, path, "si")] if path else []

    def _formats(self) -> list[str]:
        """The format code of each style of cells."""
        path = self._part("styles")
        if path is None:
            return []
        try:
            root = parse(self._archive.read(path))
        except SyntaxError:
            self.left_out["formats_damaged"] += 1
            return []
        codes = dict(BUILT_IN)
        for found in root.iter("{*}numFmt"):
            codes[_number(found.get("numFmtId"))] = found.get("formatCode", GENERAL)
        styles = next(root.iter("{*}cellXfs"), ())
        return [codes.get(_number(style.get("numFmtId")), GENERAL) for style in styles]

    def sheets(self) -> Iterator[Sheet]:
        """The visible sheets with cells, in their order, read one by one."""
        for entry in self._root.iter("{*}sheet"):
            kind, path = self._parts.get(entry.get(_R_ID) or entry.get(_STRICT_R_ID) or "", ("", ""))
            if entry.get("state") in ("hidden", "veryHidden"):
                self.left_out["sheets"] += 1
            elif kind in ("worksheet", "chartsheet", "dialogsheet"):
                yield _SheetReader(self, self._archive, path, self._builder).read(entry.get("name", ""))


class _SheetReader:
    """Reads one sheet's parts."""

    def __init__(self, workbook: _Workbook, archive: Package, path: str, builder: TextBuilder) -> None:
        self._workbook = workbook
        self._left_out = workbook.left_out
        self._archive = archive
        self._path = path
        self._builder = builder
        self._chars = self._cells = 0
        self._rows: dict[int, dict[int, str]] = {}
        self._hidden: dict[int, dict[int, str]] = {}
        """What hidden rows and columns hold."""
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()

    def read(self, name: str) -> Sheet:
        """The sheet's visible rows, merged cells, notes on cells and drawings."""
        merges, number = list[Merge](), 0
        for element in stream(self._archive, self._path, "cols", "row", "mergeCell"):
            if element.tag.endswith("}row"):
                number = _number(element.get("r")) or number + 1
                self._row(element, number, element.get("hidden") in _TRUE)
            elif element.tag.endswith("}cols"):
                self._columns(element)
            elif merge := _range(element.get("ref", "")):
                merges.append(self._unhidden(merge))
        columns = {
            column for number, cells in self._hidden.items() if number not in self._hidden_rows for column in cells
        }
        self._left_out["rows"] += sum(number in self._hidden_rows for number in self._hidden)
        self._left_out["columns"] += len(columns)
        sheet = Sheet(name, sorted(self._rows.items()), merges, sorted(self._hidden_rows), sorted(self._hidden_columns))
        for kind, path in relations(self._archive, self._path).values():
            if path not in self._archive:
                continue
            if kind == "drawing":
                self._drawing(sheet, path)
            elif kind in ("comments", "threadedComment"):
                self._comments(sheet, parse(self._archive.read(path)))
        return sheet

    def _columns(self, columns: Any) -> None:
        seen = 0
        for column in columns:
            first, last = max(_number(column.get("min")), seen + 1), min(_number(column.get("max")), _LAST_COLUMN)
            if column.get("hidden") in _TRUE:
                self._hidden_columns.update(range(first, last + 1))
            seen = max(seen, last)

    def _row(self, row: Any, number: int, is_hidden: bool) -> None:
        space, column, shown = row.tag[: -len("row")], 0, self._hidden if is_hidden else self._rows
        tags = (space + "v", space + "is", space + "f")
        if is_hidden:
            self._hidden_rows.add(number)
        for cell in row.iterchildren(space + "c"):
            column = _column(cell.get("r", "").rstrip("0123456789")) or column + 1
            text = self._text(cell, *tags) if len(cell) else ""
            if text:
                self._chars += len(text)
                self._cells += 1
                rows = self._hidden if column in self._hidden_columns else shown
                rows.setdefault(number, {})[column] = text
        self._builder.check(self._chars, self._cells)

    def _text(self, cell: Any, value_tag: str, words_tag: str, formula_tag: str) -> str:
        """What a cell shows."""
        kind = cell.get("t", "n")
        value = _string(cell.find(words_tag)) if kind == "inlineStr" else cell.findtext(value_tag) or ""
        if not value:
            if kind != "str" and cell.find(formula_tag) is not None:
                self._left_out["formulas_without_value"] += 1
            return ""
        if kind in ("b", "e", "d"):  # a truth, an error, or a date in ISO form
            return ("FALSE" if value == "0" else "TRUE") if kind == "b" else str(value)
        style, formats = _number(cell.get("s")), self._workbook.formats
        return self._formatted(kind, value, formats[style] if style < len(formats) else GENERAL)

    def _formatted(self, kind: str, value: str, code: str) -> str:
        if kind == "n":
            shown = show_number(value, code, from_1904=self._workbook.from_1904)
        else:
            value = self._shared(value) if kind == "s" else _unescaped(value) if kind == "str" else value
            shown = value if code == GENERAL else show_text(value, code)
        if value.strip() and not shown.strip():
            self._left_out["values"] += 1
        return shown.strip()

    def _shared(self, value: str) -> str:
        index, strings = _number(value, -1), self._workbook.strings
        if 0 <= index < len(strings):
            return strings[index]
        self._left_out["texts_missing"] += 1
        return ""

    def _unhidden(self, merge: Merge) -> Merge:
        """A merged cell shows its text in what of it is not hidden."""
        text = self._hidden.get(merge.top, {}).get(merge.left)
        if not text:
            return merge
        bottom, right = min(merge.bottom, merge.top + MAX_SPAN), min(merge.right, merge.left + MAX_SPAN)
        top = next((row for row in range(merge.top, bottom + 1) if row not in self._hidden_rows), 0)
        left = next((column for column in range(merge.left, right + 1) if column not in self._hidden_columns), 0)
        if not (top and left):
            return merge
        self._rows.setdefault(top, {}).setdefault(left, text)
        return Merge(top, left, merge.bottom, merge.right)

    def _drawing(self, sheet: Sheet, path: str) -> None:
        """Add the words of text boxes and the titles of charts; count the pictures."""
        parts = relations(self._archive, path)
        root = parse(self._archive.read(path))
        for fallback in [*root.iter("{*}Fallback")]:
            fallback.clear()
        for shape in root.iter("{*}sp", "{*}pic", "{*}graphicFrame"):
            kind = shape.tag.rpartition("}")[2]
            if any(found.get("hidden") in _TRUE for found in shape.iterfind("*/{*}cNvPr")):
                continue
            if kind == "sp":
                sheet.drawn += [("paragraph", text) for text in map(title_text, shape.iter("{*}p")) if text]
            elif kind == "pic":
                self._left_out["pictures_not_read"] += 1
            for chart in shape.iter("{*}chart"):
                found = parts.get(chart.get(_R_ID) or chart.get(_STRICT_R_ID) or "", ("", ""))[1]
                if found in self._archive:
                    self._left_out["charts_not_read"] += 1
                    title = parse(self._archive.read(found)).find("{*}chart/{*}title")
                    sheet.drawn += [("caption", text)] if title is not None and (text := title_text(title)) else []

    def _comments(self, sheet: Sheet, root: Any) -> None:
        """Add notes on cells, and comments; a comment is also stored as a note for older programs."""
        threaded = [*root.iter("{*}threadedComment")]
        if threaded:
            places = {found.get("ref") for found in threaded}
            sheet.notes = [note for note in sheet.notes if note.cell not in places]
        known = {note.cell for note in sheet.notes} if not threaded else set()
        for found in threaded or root.iter("{*}comment"):
            place, text = found.get("ref", ""), one_line(_string(found.find("{*}text")) or found.findtext("{*}text"))
            cell = _REFERENCE.fullmatch(place)
            if not (cell and text) or place in known:
                continue
            if int(cell[2]) in self._hidden_rows or _column(cell[1]) in self._hidden_columns:
                self._left_out["notes"] += 1
            else:
                sheet.notes.append(SheetNote(int(cell[2]), _column(cell[1]), text))


def _number(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else otherwise


@lru_cache(maxsize=2 * _LAST_COLUMN)
def _column(letters: str) -> int:
    """1 for ``A``, 28 for ``AB``; 0 for what is no column."""
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + ord(letter) - 64
    return number if 0 < number <= _LAST_COLUMN else 0


def _range(reference: str) -> Merge | None:
    """The range that ``B2:C4`` names; None where it is none, or a single cell."""
    corners = [_REFERENCE.fullmatch(corner) for corner in reference.split(":")[:2]]
    if len(corners) < 2 or not (corners[0] and corners[1]):
        return None
    columns = sorted(_column(corner[1]) for corner in corners if corner)
    rows = sorted(min(int(corner[2]), _LAST_ROW) for corner in corners if corner)
    return Merge(rows[0], columns[0], rows[1], columns[1]) if columns[0] and rows[0] else None


def _string(item: Any) -> str:
    """The words of a rich or plain text, without the pronunciation of its signs."""
    if item is None or not len(item):
        return ""
    if len(item) == 1 and item[0].tag.endswith("}t"):  # nearly always, and a third of the work
        return _unescaped(item[0].text or "")
    return _unescaped("".join(found.text or "" for path in ("{*}t", "{*}r/{*}t") for found in item.iterfind(path)))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
