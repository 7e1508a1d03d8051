"""Removes the hidden parts of OpenDocument files before the extraction library reads them.

Hidden sheets, rows, columns and slides, deleted revisions, hidden text and comments are cut out of the archive before
it is read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from qa.loaders.office.archive import parse, serialised

_CONTENT = "content.xml"
_COLLAPSED = ("collapse", "filter")
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _TEXT, _DRAW, _STYLE = (_ODF % name for name in ("table", "text", "drawing", "style"))
_PRESENTATION, _COMMENT = _ODF % "presentation", _ODF % "office" + "annotation"


def without_hidden(data: bytes) -> tuple[bytes, int]:
    """``data`` without its hidden parts and with its text boxes behind their paragraphs, the same object if it has
    neither; and the number of the hidden parts."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            root = parse(archive.read(_CONTENT))
            count, boxes = _clear(root), _lift_text_boxes(root)
            return (_rewritten(archive, {_CONTENT: serialised(root)}), count) if count or boxes else (data, 0)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, KeyError, EOFError, OSError, SyntaxError):
        return data, 0  # damaged, or another format: the extraction library says so


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


def _clear(root: Any) -> int:
    gone = dict.fromkeys([*_hidden_by_themselves(root), *_hidden_by_style(root)])
    return _remove([element for element in gone if not any(outer in gone for outer in element.iterancestors())])


def _lift_text_boxes(root: Any) -> int:
    """Put what text boxes hold behind the paragraphs that they are in, for xberg reads it twice there; their number."""
    boxes = [*root.iter(_DRAW + "text-box")]
    for box in reversed(boxes):
        for block in islice(box.iterancestors(_TEXT + "p", _TEXT + "h"), 1):
            for child in reversed([*box]):
                child.tail = None
                block.addnext(child)
    return len(boxes)


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
