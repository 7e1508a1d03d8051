"""Reads styles of paragraphs and runs: heading level, list level, hidden or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

from qa.types import BlockKind

_HEADING_NAME = re.compile(r"heading (\d)$")
_LIST_NAME = re.compile(r"list (?:bullet|number|continue) ?(\d?)$")
_FALSE = ("0", "false", "off", "none")


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it inherits; None where neither it nor its bases say anything."""

    name: str = ""
    outline: int | None = None
    """0 for the highest level, 9 for body text."""
    list_level: int | None = None
    """0 for the outermost; -1 when the style takes its paragraphs out of lists."""
    hidden: bool | None = None


def read_styles(root: Any) -> dict[str, Style]:
    """The styles by their id, from a ``w:styles`` element."""
    elements = {element.get(qn("w:styleId")): element for element in root.iterchildren(qn("w:style"))}
    styles: dict[str, Style] = {}
    for style_id in elements:
        chain: list[str] = []
        while style_id in elements and style_id not in styles and style_id not in chain:
            chain.append(style_id)
            style_id = _value(elements[style_id], "w:basedOn") or ""
        for inner in reversed(chain):
            styles[inner] = _read_style(
                elements[inner], styles.get(_value(elements[inner], "w:basedOn") or "", Style())
            )
    return {key: style for key, style in styles.items() if key is not None}


def _read_style(element: Any, base: Style) -> Style:
    properties, run = element.find(qn("w:pPr")), element.find(qn("w:rPr"))
    own_outline, own_list = outline_level(properties), list_level(properties)
    own_hidden = is_hidden(run)
    return Style(
        name=(_value(element, "w:name") or "").lower(),
        outline=base.outline if own_outline is None else own_outline,
        list_level=base.list_level if own_list is None else own_list,
        hidden=base.hidden if own_hidden is None else own_hidden,
    )


def outline_level(properties: Any) -> int | None:
    """The outline level that paragraph properties name themselves."""
    value = None if properties is None else _value(properties, "w:outlineLvl")
    return int(value) if value and value.isdigit() else None


def list_level(properties: Any) -> int | None:
    """The list level that paragraph properties name themselves; -1 when they say "in no list"."""
    numbering = None if properties is None else properties.find(qn("w:numPr"))
    if numbering is None:
        return None
    if _value(numbering, "w:numId") == "0":
        return -1
    level = _value(numbering, "w:ilvl") or "0"
    return int(level) if level.isdigit() else 0


def is_hidden(properties: Any) -> bool | None:
    """True if run properties hide their text; None when they do not say."""
    element = None if properties is None else properties.find(qn("w:vanish"))
    if element is None:
        return None
    return (element.get(qn("w:val")) or "true") not in _FALSE


def style_id(properties: Any, tag: str) -> str:
    """The id of the style that properties refer to with ``tag``; empty when to none."""
    return "" if properties is None else _value(properties, tag) or ""


def block_kind(properties: Any, style: Style) -> tuple[BlockKind, int]:
    """Kind and level of a paragraph with these properties and this style."""
    heading = _heading_level(properties, style)
    if heading is not None:
        return "heading", heading
    level = list_level(properties)
    level = style.list_level if level is None else level
    named = _LIST_NAME.match(style.name)
    if (level is not None and level >= 0) or (named and level is None):
        by_name = int(named.group(1) or 1) if named else 1
        return "list_item", max((level or 0) + 1, by_name)
    if style.name == "caption":
        return "caption", 0
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


def _value(element: Any, tag: str) -> str | None:
    child = element.find(qn(tag))
    return None if child is None else child.get(qn("w:val"))
