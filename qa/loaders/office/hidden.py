"""Removes the hidden parts of Office files before the extraction library reads them.

Hidden sheets, rows and columns of XLSX and ODS, hidden slides of ODP, deleted revisions and hidden text of OpenDocument
files are cut out of the archive before it is read.
"""

from __future__ import annotations

import re
import zipfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

from qa.loaders.office.archive import parse, serialised

_TRUE = ("1", "true", "on")
_COLLAPSED = ("collapse", "filter")
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _TEXT, _DRAW, _STYLE = (_ODF % name for name in ("table", "text", "drawing", "style"))
_PRESENTATION, _COMMENT = _ODF % "presentation", _ODF % "office" + "annotation"
_CELL = re.compile(r"([A-Z]{1,3})\d+$")


def without_hidden(data: bytes) -> tuple[bytes, int]:
    """``data`` without its hidden parts, and their number; the same object and 0 when it hides nothing."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            changed: dict[str, bytes] = {}
            parts = 0
            for name, root, count in _cleared(archive):
                changed[name] = serialised(root)
                parts += count
            return (_rewritten(archive, changed), parts) if changed else (data, 0)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, KeyError, EOFError, OSError, SyntaxError):
        return data, 0  # damaged, or no archive: the extraction library says so


def _cleared(archive: zipfile.ZipFile) -> Iterator[tuple[str, Any, int]]:
    """Name, changed root and number of hidden parts of each member that hides something."""
    for name in archive.namelist():
        for pattern, clear in _CLEARERS:
            if pattern.fullmatch(name):
                root = parse(archive.read(name))
                count = clear(root)
                if count:
                    yield name, root, count


def _rewritten(archive: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as result:
        for member in archive.infolist():
            content = changed.get(member.filename)
            result.writestr(member.filename, archive.read(member) if content is None else content)
    return target.getvalue()


def _remove(elements: list[Any]) -> int:
    """Take the elements out, keeping the text behind each; their number."""
    for element in elements:
        parent, before = element.getparent(), element.getprevious()
        if element.tail and before is not None:
            before.tail = (before.tail or "") + element.tail
        elif element.tail:
            parent.text = (parent.text or "") + element.tail
        parent.remove(element)
    return len(elements)


def _clear_workbook(root: Any) -> int:
    return _remove([sheet for sheet in root.iter("{*}sheet") if sheet.get("state") in ("hidden", "veryHidden")])


def _clear_sheet(root: Any) -> int:
    rows = [row for row in root.iter("{*}row") if row.get("hidden") in _TRUE]
    columns: set[int] = set()
    for column in root.iter("{*}col"):
        if column.get("hidden") in _TRUE:
            columns.update(range(int(column.get("min", "0")), min(int(column.get("max", "0")), 16384) + 1))
    cells = [] if not columns else [cell for cell in root.iter("{*}c") if _column(cell.get("r", "")) in columns]
    _remove(cells)
    if rows:
        _close_gaps(root, sorted(int(row.get("r", "0")) for row in rows))
    return _remove(rows) + len({cell.get("r", "").rstrip("0123456789") for cell in cells})


def _close_gaps(root: Any, gone: list[int]) -> None:
    """Move rows up over hidden ones, for a gap would split the table. Merged ranges, which name rows, are dropped."""
    _remove([*root.iter("{*}mergeCells")])
    for row in root.iter("{*}row"):
        number = int(row.get("r", "0"))
        moved = number - bisect_left(gone, number)
        if moved != number:
            row.set("r", str(moved))
            for cell in row.iter("{*}c"):
                cell.set("r", cell.get("r", "").rstrip("0123456789") + str(moved))


def _column(reference: str) -> int:
    """1 for ``A7``, 28 for ``AB7``; 0 for what is not a cell."""
    match = _CELL.match(reference)
    number = 0
    for letter in match.group(1) if match else "":
        number = number * 26 + ord(letter) - 64
    return number


def _clear_odf(root: Any) -> int:
    gone = dict.fromkeys([*_hidden_by_themselves(root), *_hidden_by_style(root)])
    return _remove([element for element in gone if not any(outer in gone for outer in element.iterancestors())])


def _hidden_by_themselves(root: Any) -> Iterator[Any]:
    yield from root.iter(_COMMENT, *(_TEXT + name for name in ("tracked-changes", "hidden-text", "hidden-paragraph")))
    yield from (section for section in root.iter(_TEXT + "section") if section.get(_TEXT + "display") == "none")
    yield from (row for row in root.iter(_TABLE + "table-row") if row.get(_TABLE + "visibility") in _COLLAPSED)
    for table in root.iter(_TABLE + "table"):
        yield from _hidden_cells(table)


def _hidden_by_style(root: Any) -> Iterator[Any]:
    """Tables, slides and text in a style that hides them."""
    hides = {style.get(_STYLE + "name"): _hides(style) for style in root.iter(_STYLE + "style")}
    for element in root.iter(_TABLE + "table", _DRAW + "page", _TEXT + "span", _TEXT + "p"):
        namespace = element.tag.partition("}")[0]
        if hides.get(element.get(f"{namespace}}}style-name")):
            yield element


def _hides(style: Any) -> bool:
    """True if this style hides a table, a slide or text."""
    for properties in style:
        if properties.get(_TABLE + "display") == "false" or properties.get(_PRESENTATION + "visibility") == "hidden":
            return True
        if properties.get(_TEXT + "display") == "none":
            return True
    return False


def _hidden_cells(table: Any) -> Iterator[Any]:
    """The cells of collapsed columns."""
    hidden: set[int] = set()
    for columns, column in _spread(table.iter(_TABLE + "table-column")):
        if column.get(_TABLE + "visibility") in _COLLAPSED:
            hidden.update(columns)
    for row in table.iter(_TABLE + "table-row") if hidden else ():
        cells = row.iterchildren(_TABLE + "table-cell", _TABLE + "covered-table-cell")
        yield from (cell for columns, cell in _spread(cells) if hidden.issuperset(columns))


def _spread(elements: Iterable[Any]) -> Iterator[tuple[range, Any]]:
    """Columns or cells with the numbers of the columns they take."""
    start = 0
    for element in elements:
        end = start + min(int(element.get(_TABLE + "number-columns-repeated", "1")), 16384)
        yield range(start, end), element
        start = end


_CLEARERS: tuple[tuple[re.Pattern[str], Callable[[Any], int]], ...] = (
    (re.compile(r"xl/workbook\.xml"), _clear_workbook),
    (re.compile(r"xl/worksheets/[^/]+\.xml"), _clear_sheet),
    (re.compile(r"content\.xml"), _clear_odf),
)
