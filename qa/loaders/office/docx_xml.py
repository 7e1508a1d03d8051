"""WordprocessingML as elements: names, properties, and children without wrappers and deleted revisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docx.oxml.ns import nsmap

W = f"{{{nsmap['w']}}}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"

DELETED = (W + "del", W + "moveFrom")
"""Revisions that take text away."""
_NOT_TEXT = {W + name for name in ("delText", "instrText", "pPr", "rPr", "rt", "annotationRef", "tblPr", "tblGrid")}
"""Field codes, properties, pronunciation above the line."""
_WRAPPERS = {W + name for name in ("ins", "moveTo", "customXml", "smartTag")}
_FALSE = ("0", "false", "off", "none")
_MAX_DIGITS = 9


def children(container: Any) -> Iterator[Any]:
    """Children of ``container``, wrappers opened and what is deleted left out.

    A content control that is a check box comes as it is.
    """
    for child in container.iterchildren("*"):
        if child.tag in DELETED or child.tag in _NOT_TEXT:
            continue
        if child.tag == W + "sdt":
            content = child.find(W + "sdtContent")
            if content is not None and is_ticked(child) is not None and content.find(W + "r") is not None:
                yield child
            else:
                yield from () if content is None else children(content)
        elif child.tag == MC + "AlternateContent":
            yield from children(alternative(child))
        elif child.tag in _WRAPPERS:
            yield from children(child)
        else:
            yield child


def alternative(element: Any) -> Any:
    """The first choice of an ``mc:AlternateContent``; the fallback repeats it for old programs."""
    choice = element.find(MC + "Choice")
    return element if choice is None else choice


def is_ticked(control: Any) -> bool | None:
    """Whether a content control is a ticked check box; None when it is none."""
    box = control.find(f"{W}sdtPr/{W14}checkbox")
    if box is None:
        return None
    state = box.find(W14 + "checked")
    return state is not None and (state.get(W14 + "val") or "1") not in _FALSE


def value(element: Any, name: str) -> str | None:
    """``w:val`` of the child ``name``; None without one."""
    child = None if element is None else element.find(W + name)
    return None if child is None else child.get(W + "val")


def number(element: Any, name: str) -> int | None:
    """``value`` as a number; None when it is none, or too large to be meant."""
    return to_number(value(element, name))


def to_number(words: str | None) -> int | None:
    """A number that is not negative and of at most nine digits."""
    return int(words) if words and words.isascii() and words.isdigit() and len(words) <= _MAX_DIGITS else None


def is_on(element: Any, name: str) -> bool | None:
    """What the switch ``name`` says; None when it is not there."""
    child = None if element is None else element.find(W + name)
    return None if child is None else (child.get(W + "val") or "true") not in _FALSE


def style_id(properties: Any, name: str) -> str:
    """The id of the style that properties refer to with ``name``; empty when to none."""
    return value(properties, name) or ""


def is_raised(run: Any) -> bool:
    """True if a run's properties set it above the line."""
    return value(run.find(W + "rPr"), "vertAlign") == "superscript"


def is_deleted(properties: Any) -> bool:
    """True if properties of a row or of a paragraph's mark say that a revision took it away."""
    return properties is not None and any(properties.find(tag) is not None for tag in DELETED)
