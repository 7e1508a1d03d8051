"""Office files without what they hide, so that the extraction library cannot read it.

Hidden sheets, rows and columns of XLSX and ODS, hidden slides of ODP, deleted revisions and hidden text of OpenDocument
files are cut out of the archive before it is read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from qa.loaders.archive import parse, serialised

_TRUE = ("1", "true", "on")
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _TEXT, _DRAW, _STYLE = (_ODF % name for name in ("table", "text", "drawing", "style"))
_PRESENTATION = _ODF % "presentation"
_CELL = re.compile(r"([A-Z]{1,3})\d+$")


def without_hidden(data: bytes) -> bytes:
    """``data`` without hidden parts; the same object when it hides nothing or is no office archive."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            changed = dict(_changed_members(archive))
            return _rewritten(archive, changed) if changed else data
    except (zipfile.BadZipFile, NotImplementedError, ValueError, KeyError, EOFError, OSError, SyntaxError):
        return data  # damaged: the extraction library says so


def _changed_members(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for name in archive.namelist():
        for pattern, clear in _CLEARERS:
            if pattern.fullmatch(name):
                root = parse(archive.read(name))
                if clear(root):
                    yield name, serialised(root)


def _rewritten(archive: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as result:
        for member in archive.infolist():
            content = changed.get(member.filename)
            result.writestr(member.filename, archive.read(member) if content is None else content)
    return target.getvalue()


def _remove(elements: list[Any]) -> bool:
    """Take the elements out, keeping the text behind each; True when there were any."""
    for element in elements:
        parent, before = element.getparent(), element.getprevious()
        if element.tail and before is not None:
            before.tail = (before.tail or "") + element.tail
        elif element.tail:
            parent.text = (parent.text or "") + element.tail
        parent.remove(element)
    return bool(elements)


def _clear_workbook(root: Any) -> bool:
    sheets = [element for element in root.iter("{*}sheet") if element.get("state") in ("hidden", "veryHidden")]
    return _remove(sheets)


def _clear_sheet(root: Any) -> bool:
    rows = [row for row in root.iter("{*}row") if row.get("hidden") in _TRUE]
    columns: set[int] = set()
    for column in root.iter("{*}col"):
        if column.get("hidden") in _TRUE:
            columns.update(range(int(column.get("min", "0")), min(int(column.get("max", "0")), 16384) + 1))
    cells = [] if not columns else [cell for cell in root.iter("{*}c") if _column(cell.get("r", "")) in columns]
    return _remove(cells) | _remove(rows)


def _column(reference: str) -> int:
    """1 for ``A7``, 28 for ``AB7``; 0 for what is no cell."""
    match = _CELL.match(reference)
    number = 0
    for letter in match.group(1) if match else "":
        number = number * 26 + ord(letter) - 64
    return number


def _clear_odf(root: Any) -> bool:
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


_CLEARERS: tuple[tuple[re.Pattern[str], Callable[[Any], bool]], ...] = (
    (re.compile(r"xl/workbook\.xml"), _clear_workbook),
    (re.compile(r"xl/worksheets/[^/]+\.xml"), _clear_sheet),
    (re.compile(r"content\.xml"), _clear_odf),
)
