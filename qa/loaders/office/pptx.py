"""PowerPoint slides (PPTX), from their XML: libraries put spaces between the pieces of a word, or lose the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from qa.loaders.base import LoadedText, TextBuilder, counted_notes, one_line
from qa.loaders.number_words import in_format
from qa.loaders.office.archive import (
    Package,
    core_properties,
    open_archive,
    parse,
    refuse_encrypted,
    refusing_damage,
    relations,
)
from qa.loaders.office.chart import add_chart
from qa.loaders.tables import GridCell, add_table, spread

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_TRUE = ("1", "true", "on")
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("ftr", "hdr", "dt", "sldNum")
_FILLING = ("powerpoint presentation", "presentation", "slide 1")
"""Titles that programs fill in where nobody gave one."""
_LEFT_OUT = {
    "hidden_not_read": ("hidden slide is not read", "hidden slides are not read"),
    "comments_not_read": ("comment is not read", "comments are not read"),
    "pictures_not_read": ("picture is not read", "pictures are not read"),
    "points_not_read": ("point of a chart is not read", "points of charts are not read"),
}


def load(data: bytes, name: str) -> LoadedText:
    """Read slides in their order: title (else "Slide n") as heading, text, tables, charts' numbers, speaker notes.

    Hidden slides and shapes, comments and pictures are left out and counted in the notes; footers and slide numbers are
    not indexed.
    """
    refuse_encrypted(data, name)
    with open_archive(data, name) as archive, refusing_damage(name, "has no slides"):
        slides = list(_slides(archive))
        deck = _Deck(archive)
        for number, path, root in slides:
            deck.slide(number, path, root)
        metadata, title = core_properties(archive)
    for line in deck.furniture:
        deck.builder.block("furniture", line, indexed=False)
    notes = counted_notes(deck.left_out, _LEFT_OUT)
    title = None if title and title.lower() in _FILLING else title
    return deck.builder.build(title=title or deck.title, metadata=metadata, notes=notes)


def _slides(archive: Package) -> Iterator[tuple[int, str, Any]]:
    """Number, path and root element of each slide in presentation order."""
    main = next((path for kind, path in relations(archive, "").values() if kind == "officeDocument"), "")
    targets = relations(archive, main)
    for number, slide in enumerate(parse(archive.read(main)).iter(_P + "sldId"), 1):
        path = targets[slide.get(_R + "id", "")][1]
        yield number, path, parse(archive.read(path))


class _Deck:
    """Appends slides to a text."""

    def __init__(self, archive: Package) -> None:
        self.builder = TextBuilder()
        self.furniture: dict[str, None] = {}
        self.left_out: Counter[str] = Counter()
        """How much is not read, by the keys of ``_LEFT_OUT``."""
        self.title: str | None = None
        """The first visible slide's title."""
        self._archive = archive
        self._relations: dict[str, tuple[str, str]] = {}

    def slide(self, number: int, path: str, root: Any) -> None:
        """Append one slide, or count it when it is hidden."""
        if root.get("show") in ("0", "false"):
            self.left_out["hidden_not_read"] += 1
            return
        self._relations = relations(self._archive, path)
        tree = root.find(f"{_P}cSld/{_P}spTree")
        titles = (one_line(_text(shape)) for shape in _shapes(tree) if _placeholder(shape) in _TITLES)
        title = next(filter(None, titles), "")
        self.title = self.title or title or None
        self.builder.block("heading", title or f"Slide {number}", level=2)
        for shape in _shapes(tree):
            self._shape(shape)
        for kind, part in self._relations.values():
            if part not in self._archive:
                continue
            if kind == "notesSlide":
                self._notes(parse(self._archive.read(part)))
            elif kind == "comments":
                comments = parse(self._archive.read(part)).iter("{*}cm")
                self.left_out["comments_not_read"] += sum(1 for _ in comments)

    def _notes(self, root: Any) -> None:
        for shape in _shapes(root.find(f"{_P}cSld/{_P}spTree")):
            if _placeholder(shape) == "body":
                for paragraph in shape.iter(_A + "p"):
                    self.builder.block("note", _paragraph_text(paragraph))

    def _shape(self, shape: Any) -> None:
        placeholder = _placeholder(shape)
        if placeholder in _TITLES:
            return
        if placeholder in _FURNITURE:
            self.furniture.setdefault(one_line(_text(shape)))
        elif shape.tag == _P + "pic":
            self.left_out["pictures_not_read"] += 1
        elif shape.tag == _P + "graphicFrame":
            self._graphic(shape)
        else:
            self._paragraphs(shape, lists=placeholder in ("body", "obj"))

    def _paragraphs(self, shape: Any, *, lists: bool) -> None:
        """A shape's paragraphs; those of a text placeholder with several are a list unless they say otherwise."""
        paragraphs = [item for item in shape.iter(_A + "p") if _paragraph_text(item)]
        counts, group = dict[int, int](), None
        for paragraph in paragraphs:
            properties = paragraph.find(_A + "pPr")
            marks = {} if properties is None else {child.tag.rpartition("}")[2]: child for child in properties}
            text = _paragraph_text(paragraph)
            if "buNone" in marks or not ((lists and len(paragraphs) > 1) or marks.keys() & {"buChar", "buAutoNum"}):
                self.builder.block("paragraph", text)
                counts, group = {}, None
                continue
            level = 0 if properties is None else _whole(properties.get("lvl"), 0)
            number = _number(counts, level, marks.get("buAutoNum"))
            group = group or self.builder.new_group()
            self.builder.block("list_item", f"{number} {text}".strip(), level=level + 1, number=number, group=group)

    def _graphic(self, frame: Any) -> None:
        for table in frame.iter(_A + "tbl"):
            add_table(self.builder, spread([_cells(row) for row in table.iter(_A + "tr")]), header_rows=_headers(table))
        for reference in frame.iter("{*}chart", "{*}relIds"):
            key = reference.get(_R + "id") or reference.get(_R + "dm") or ""
            kind, path = self._relations.get(key, ("", ""))
            if kind == "chart" and path in self._archive:
                self.left_out["points_not_read"] += add_chart(self.builder, parse(self._archive.read(path)))
            elif kind == "diagramData" and path in self._archive:
                for point in parse(self._archive.read(path)).iter("{*}pt"):
                    self.builder.block("list_item", _text(point), level=1)


def _headers(table: Any) -> int | None:
    """The number of header rows where the table says it: with cells that span columns there may be more than one."""
    marked = any(found.get("firstRow") in _TRUE for found in table.iterchildren(_A + "tblPr"))
    first = next(table.iter(_A + "tr"), ())
    return 1 if marked and not any(cell.get("gridSpan") for cell in first) else None


def _cells(row: Any) -> list[GridCell]:
    """The row's cells; those that another covers are left out."""
    return [
        GridCell(_text(cell), _whole(cell.get("gridSpan"), 1), _whole(cell.get("rowSpan"), 1))
        for cell in row.iterchildren(_A + "tc")
        if not {cell.get("hMerge"), cell.get("vMerge")} & {*_TRUE}
    ]


def _number(counts: dict[int, int], level: int, scheme: Any) -> str:
    """The number of a list's item as shown; ``counts`` has the last at each level. Deeper levels begin anew."""
    for deeper in [other for other in counts if other > level]:
        del counts[deeper]
    if scheme is None:
        counts.pop(level, None)
        return ""
    counts[level] = counts.get(level, _whole(scheme.get("startAt"), 1) - 1) + 1
    kind = scheme.get("type", "")
    letters = next((words for start, words in _LETTERS.items() if kind.startswith(start)), "decimal")
    around = next((form for end, form in _AROUND.items() if kind.endswith(end)), "{}.")
    return around.format(in_format(counts[level], letters))


_LETTERS = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}
_AROUND = {"ParenBoth": "({})", "ParenR": "{})", "Plain": "{}"}


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else otherwise


def _shapes(container: Any) -> Iterator[Any]:
    """The visible shapes, groups opened, in the order in which they are drawn."""
    for child in () if container is None else container.iterchildren("*"):
        if any(found.get("hidden") in _TRUE for found in child.iterfind(f"*/{_P}cNvPr")):
            continue
        if child.tag == _P + "grpSp":
            yield from _shapes(child)
        elif child.tag == _MC + "AlternateContent":
            yield from _shapes(child.find(_MC + "Choice"))
        elif child.tag in (_P + "sp", _P + "graphicFrame", _P + "pic"):
            yield child


def _placeholder(shape: Any) -> str:
    """The kind of placeholder a shape fills; empty when it fills none."""
    placeholder = shape.find(f"*/{_P}nvPr/{_P}ph")
    return "" if placeholder is None else placeholder.get("type", "obj")


def _text(element: Any) -> str:
    return "\n".join(filter(None, map(_paragraph_text, element.iter(_A + "p"))))


def _paragraph_text(paragraph: Any) -> str:
    words = []
    for element in paragraph.iter(_A + "t", _A + "br", "{*}oMath"):
        if element.tag == _A + "br":
            words.append("\n")
        elif element.tag == _A + "t":
            words.append(element.text or "")
        else:
            words.extend(text.text or "" for text in element.iter("{*}t"))
    return "".join(words).strip()
