"""Word files (DOCX, DOCM), read with python-docx."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText
from qa.loaders.office.archive import core_properties, is_ole, open_archive, refuse_encrypted, well_named
from qa.types import MetadataValue, Note

_MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
_TEMPLATE_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def load(data: bytes, name: str) -> LoadedText:
    """Read a Word file.

    Deleted revisions, hidden text, comments and field codes are not text; inserted revisions are. A footnote
    follows the paragraph that refers to it; headers and footers come once each, at the end, and are not indexed.
    Raises ``FileEncrypted``, ``FileUnreadable`` or ``FileTooHeavy``.
    """
    document, metadata, title = _open(data, name)
    from qa.loaders.office.docx_styles import read_styles
    from qa.loaders.office.docx_walk import Walker

    styles = read_styles(document.styles.element)
    walker = Walker(styles, dict(_notes(document)))
    walker.blocks(document.element.body)
    for words in _furniture(document, walker):
        walker.builder.block("furniture", words, indexed=False)
    title = title or walker.title or walker.first_heading
    return walker.builder.build(title=title, metadata=metadata, notes=_remarks(walker))


def _open(data: bytes, name: str) -> tuple[Any, dict[str, MetadataValue], str | None]:
    """python-docx's document, and the metadata and title of the core properties."""
    refuse_encrypted(data, name)
    if is_ole(data):
        raise FileUnreadable(name, "is an old Word file or another kind of container, not a DOCX")
    with open_archive(data, name) as archive:
        if "[Content_Types].xml" not in archive:
            raise FileUnreadable(name, "is a zip archive, but not a Word file")
        metadata, title = core_properties(archive)
        data = well_named(archive, data)
    from docx.opc.part import PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart

    for content_type in (_MACRO_TYPE, _TEMPLATE_TYPE):
        PartFactory.part_type_for[content_type] = DocumentPart
    try:
        part = Package.open(BytesIO(data)).main_document_part
    except Exception as error:  # python-docx lets many kinds through: KeyError, zlib.error, XMLSyntaxError, …
        raise FileUnreadable(name, f"is damaged, or not a Word file ({type(error).__name__}: {error})") from error
    if not isinstance(part, DocumentPart):
        raise FileUnreadable(name, f"is not a Word file: its main part is {part.content_type}")
    return part.document, metadata, title


def _related(document: Any, kind: str) -> Iterator[Any]:
    """Root elements of the parts that the main part refers to as ``kind``."""
    for relation in document.part.rels.values():
        if relation.reltype == _RELATIONS + kind and not relation.is_external:
            yield _root(relation.target_part)


def _root(part: Any) -> Any:
    from docx.oxml.parser import parse_xml

    element = getattr(part, "element", None)
    return parse_xml(part.blob) if element is None else element


def _notes(document: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """Footnotes and endnotes by kind and id; the lines that separate them are left out."""
    from docx.oxml.ns import qn

    for kind in ("footnote", "endnote"):
        for root in _related(document, kind + "s"):
            for element in root.iterchildren(qn(f"w:{kind}")):
                if element.get(qn("w:type")) in (None, "normal"):
                    yield (kind, element.get(qn("w:id")) or ""), element


def _furniture(document: Any, walker: Any) -> Iterator[str]:
    """Lines of headers and footers, each once."""
    seen: set[str] = set()
    for kind in ("header", "footer"):
        for root in _related(document, kind):
            for line in walker.words(root).split("\n"):
                if line and line not in seen:
                    seen.add(line)
                    yield line


def _remarks(walker: Any) -> list[Note]:
    remarks = []
    if walker.lost_symbols:
        message = f"{walker.lost_symbols} characters in symbol fonts could not be read"
        remarks.append(Note("characters_unreadable", message))
    if walker.embedded:
        remarks.append(Note("embedded_not_read", f"{walker.embedded} embedded files were not read"))
    return remarks
