"""Office files without what they hide, so that the extraction library cannot read it.

Hidden sheets, rows and columns of XLSX and ODS, hidden slides of ODP, deleted revisions and hidden text of OpenDocument
files are cut out of the archive before it is read.
"""

from __future__ import annotations

import re
import zipfile
from bisect import bisect_left
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from qa.loaders.office.archive import parse, serialised

_TRUE = ("1", "true", "on")
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _TEXT, _DRAW, _STYLE = (_ODF % name for name in ("table", "text", "drawing", "style"))
_PRESENTATION = _ODF % "presentation"
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
    """Move rows up over hidden ones: a gap would part the table. What names rows by number is dropped."""
    _remove([*root.iter("{*}mergeCells")])
    for row in root.iter("{*}row"):
        number = int(row.get("r", "0"))
        moved = number - bisect_left(gone, number)
        if moved != number:
            row.set("r", str(moved))
            for cell in row.iter("{*}c"):
                cell.set("r", cell.get("r", "").rstrip("0123456789") + str(moved))


def _column(reference: str) -> int:
    """1 for ``A7``, 28 for ``AB7``; 0 for what is no cell."""
    match = _CELL.match(reference)
    number = 0
    for letter in match.group(1) if match else "":
        number = number * 26 + ord(letter) - 64
    return number


def _clear_odf(root: Any) -> int:
    gone = [*root.iter(_TEXT + "tracked-changes")]
    gone += [element for element in root.iter(_TEXT + "section") if element.get(_TEXT + "display") == "none"]
    gone += [*root.iter(_TEXT + "hidden-text", _TEXT + "hidden-paragraph")]
    gone += [row for row in root.iter(_TABLE + "table-row") if row.get(_TABLE + "visibility") in ("collapse", "filter")]
    styles = {style.get(_STYLE + "name"): style for style in root.iter(_STYLE + "style")}
    hidden = {name for name, style in styles.items() if _hides(style)}
    gone += [table for table in root.iter(_TABLE + "table") if table.get(_TABLE + "style-name") in hidden]
    gone += [page for page in root.iter(_DRAW + "page") if page.get(_DRAW + "style-name") in hidden]
    gone += [run for run in root.iter(_TEXT + "span", _TEXT + "p") if run.get(_TEXT + "style-name") in hidden]
    gone += [cell for table in root.iter(_TABLE + "table") for cell in _hidden_cells(table)]
    outermost = set(gone)
    return _remove([element for element in outermost if not outermost.intersection(element.iterancestors())])


def _hides(style: Any) -> bool:
    """Does this style hide a table, a slide or text?"""
    for properties in style:
        if properties.get(_TABLE + "display") == "false" or properties.get(_PRESENTATION + "visibility") == "hidden":
            return True
        if properties.get(_TEXT + "display") == "none":
            return True
    return False


def _hidden_cells(table: Any) -> Iterator[Any]:
    """The cells of collapsed columns."""
    hidden: set[int] = set()
    place = 0
    for column in table.iter(_TABLE + "table-column"):
        count = min(int(column.get(_TABLE + "number-columns-repeated", "1")), 16384)
        if column.get(_TABLE + "visibility") in ("collapse", "filter"):
            hidden.update(range(place, place + count))
        place += count
    if not hidden:
        return
    for row in table.iter(_TABLE + "table-row"):
        place = 0
        for cell in row.iterchildren(_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            count = min(int(cell.get(_TABLE + "number-columns-repeated", "1")), 16384)
            if hidden.issuperset(range(place, place + count)):
                yield cell
            place += count


_CLEARERS: tuple[tuple[re.Pattern[str], Callable[[Any], int]], ...] = (
    (re.compile(r"xl/workbook\.xml"), _clear_workbook),
    (re.compile(r"xl/worksheets/[^/]+\.xml"), _clear_sheet),
    (re.compile(r"content\.xml"), _clear_odf),
)
