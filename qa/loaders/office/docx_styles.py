"""Reads styles of paragraphs and runs: heading level, list and level, hidden or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from qa.loaders.office.docx_numbering import NO_LIST, Numbering, Place, read_place
from qa.loaders.office.docx_xml import W, is_on, number, style_id, value
from qa.types import BlockKind

_HEADING_NAME = re.compile(r"heading (\d)$")
_LIST_NAME = re.compile(r"list (?:bullet|number|continue) ?(\d?)$")


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it inherits; None where neither it nor its bases say anything."""

    name: str = ""
    outline: int | None = None
    """0 for the highest level, 9 for body text."""
    list_id: str | None = None
    """``w:numId``; "0" when the style takes its paragraphs out of lists."""
    list_level: int | None = None
    """0 for the outermost."""
    hidden: bool | None = None
    bold: bool | None = None
    bold_first_row: bool = False
    """Of a table's style: it makes the first row bold."""


def read_styles(root: Any, numbering: Numbering) -> dict[str, Style]:
    """The styles by their id, from a ``w:styles`` element; that of paragraphs which name none by the empty id."""
    elements = {element.get(W + "styleId") or "": element for element in root.iterchildren(W + "style")}
    styles: dict[str, Style] = {}
    for key in elements:
        chain: dict[str, None] = {}  # in order
        while key in elements and key not in styles and key not in chain:
            chain[key] = None
            key = style_id(elements[key], "basedOn")
        for inner in reversed(chain):
            base = styles.get(style_id(elements[inner], "basedOn"), Style())
            styles[inner] = _read_style(inner, elements[inner], base, numbering)
    default = next((key for key, element in elements.items() if _is_default(element)), "")
    return {"": styles.get(default, Style()), **styles}


def _is_default(style: Any) -> bool:
    return style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true", "on")


def _read_style(key: str, element: Any, base: Style, numbering: Numbering) -> Style:
    properties = element.find(W + "pPr")
    outline, (list_id, level) = outline_level(properties), read_place(properties)
    run = element.find(W + "rPr")
    hidden, bold = is_hidden(run), is_on(run, "b")
    first_rows = (part for part in element.iterchildren(W + "tblStylePr") if part.get(W + "type") == "firstRow")
    list_id = base.list_id if list_id is None else list_id
    linked = numbering.linked_level(list_id, key) if list_id else None
    level = level if linked is None else linked
    return Style(
        name=(value(element, "name") or "").lower(),
        outline=base.outline if outline is None else outline,
        list_id=list_id,
        list_level=base.list_level if level is None else level,
        hidden=base.hidden if hidden is None else hidden,
        bold=base.bold if bold is None else bold,
        bold_first_row=base.bold_first_row or any(is_on(part.find(W + "rPr"), "b") for part in first_rows),
    )


def outline_level(properties: Any) -> int | None:
    """The outline level that paragraph properties name themselves."""
    return number(properties, "outlineLvl")


def is_hidden(properties: Any) -> bool | None:
    """True if run properties hide their text; None when they do not say."""
    return is_on(properties, "vanish")


def place_in_list(properties: Any, style: Style) -> Place | None:
    """The place of a paragraph with these properties and this style; None when it is in no list."""
    list_id, level = read_place(properties)
    list_id = style.list_id if list_id is None else list_id
    level = style.list_level if level is None else level
    return Place(list_id, level or 0) if list_id and list_id != NO_LIST else None


def block_kind(properties: Any, style: Style, place: Place | None) -> tuple[BlockKind, int]:
    """Kind and level of a paragraph with these properties, this style and this place in a list."""
    heading = _heading_level(properties, style)
    if heading is not None:
        return "heading", heading
    if style.name == "caption":
        return "caption", 0
    named = _LIST_NAME.match(style.name)
    if place or (named and (read_place(properties)[0] or style.list_id) != NO_LIST):
        by_name = int(named.group(1) or 1) if named else 1
        return "list_item", max(place.level + 1 if place else 1, by_name)
    return ("quote" if style.name in ("quote", "intense quote") else "paragraph"), 0


def _heading_level(properties: Any, style: Style) -> int | None:
    outline = outline_level(properties)
    named = _HEADING_NAME.match(style.name)
    if outline is None and style.name == "title":
        return 1
    if outline is None and named:
        return min(max(int(named.group(1)), 1), 6)
    outline = style.outline if outline is None else outline
    return None if outline is None or outline > 8 else min(outline + 1, 6)
