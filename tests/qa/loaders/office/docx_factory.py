"""Word files for tests: python-docx for the frame, raw XML for what it cannot write."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def saved(document: Any, notes: dict[str, str] | None = None) -> bytes:
    """The file's bytes. ``notes``: "footnotes" or "endnotes" → the XML of its notes."""
    target = BytesIO()
    document.save(target)
    return _with_notes(target.getvalue(), notes) if notes else target.getvalue()


def add_xml(document: Any, xml: str) -> None:
    """Append a raw ``w:`` element to the body."""
    element = parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls('w')}", xml, count=1))
    document.element.body.insert(len(document.element.body) - 1, element)


def paragraph(inner: str, properties: str = "") -> str:
    """A ``w:p`` with this inner XML."""
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inner}</w:p>"


def run(words: str, properties: str = "") -> str:
    """A ``w:r`` with these words."""
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{words}</w:t></w:r>'


def new() -> Any:
    """An empty document."""
    return docx.Document()


def set_numbering(document: Any, xml: str) -> None:
    """Replace the document's list definitions by these ``w:abstractNum`` and ``w:num`` elements."""
    root = document.part.numbering_part.element
    for child in list(root):
        root.remove(child)
    root.extend(list(parse_xml(f"<w:numbering {nsdecls('w')}>{xml}</w:numbering>")))


def level(index: int, kind: str, pattern: str, extra: str = "", start: str = '<w:start w:val="1"/>') -> str:
    """A ``w:lvl`` that starts at 1."""
    return f'<w:lvl w:ilvl="{index}">{start}<w:numFmt w:val="{kind}"/>{extra}<w:lvlText w:val="{pattern}"/></w:lvl>'


def abstract(key: int, *levels: str, extra: str = "") -> str:
    """A ``w:abstractNum``, and the ``w:num`` of the same id that uses it."""
    return f'<w:abstractNum w:abstractNumId="{key}">{extra}{"".join(levels)}</w:abstractNum>' + instance(key, key)


def instance(key: int, of: int, overrides: str = "") -> str:
    """A ``w:num``."""
    return f'<w:num w:numId="{key}"><w:abstractNumId w:val="{of}"/>{overrides}</w:num>'


def in_list(key: int | None = None, index: int | None = None) -> str:
    """A ``w:numPr``."""
    level_xml = "" if index is None else f'<w:ilvl w:val="{index}"/>'
    list_xml = "" if key is None else f'<w:numId w:val="{key}"/>'
    return f"<w:numPr>{level_xml}{list_xml}</w:numPr>"


def _with_notes(data: bytes, notes: dict[str, str]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(target, "w") as changed:
        for member in old.namelist():
            content = old.read(member).decode("utf-8") if member.endswith((".xml", ".rels")) else None
            if content is None:
                changed.writestr(member, old.read(member))
                continue
            for kind in notes:
                if member == "[Content_Types].xml":
                    part = f'<Override PartName="/word/{kind}.xml" ContentType="{_WORD}.{kind}+xml"/></Types>'
                    content = content.replace("</Types>", part)
                if member == "word/_rels/document.xml.rels":
                    link = (
                        f'<Relationship Id="rId{kind}" Type="{_RELATION}/{kind}" Target="{kind}.xml"/></Relationships>'
                    )
                    content = content.replace("</Relationships>", link)
            changed.writestr(member, content)
        for kind, inner in notes.items():
            changed.writestr(f"word/{kind}.xml", f"<w:{kind} {nsdecls('w')}>{inner}</w:{kind}>")
    return target.getvalue()
