"""Word files (DOCX, DOCM), read with python-docx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText
from qa.loaders.faq import Hints, with_questions
from qa.loaders.office.archive import core_properties, is_ole, open_archive, refuse_encrypted, well_named
from qa.types import MetadataValue, Note

_MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
_TEMPLATE_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
_NUMBER_FIELDS = (["LISTNUM"], ["AUTONUM"], ["AUTONUMLGL"], ["AUTONUMOUT"])
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

_REMARKS = {
    "symbol": (
        "characters_unreadable",
        "character in a symbol font could not be read",
        "characters in symbol fonts could not be read",
    ),
    "file": ("embedded_not_read", "embedded file was not read", "embedded files were not read"),
    "hidden": (
        "hidden_not_read",
        "piece of hidden or deleted text is not read",
        "pieces of hidden or deleted text are not read",
    ),
    "comment": ("comments_not_read", "comment on the text is not read", "comments on the text are not read"),
    "furniture": (
        "headers_not_searched",
        "line of headers and footers is kept but not searched",
        "lines of headers and footers are kept but not searched",
    ),
    "picture": ("pictures_not_read", "picture is not read", "pictures are not read"),
    "note number": (
        "note_numbers_unknown",
        "note has a number that depends on its page and is not known",
        "notes have numbers that depend on their pages and are not known",
    ),
    "chart": ("charts_not_read", "chart is not read", "charts are not read"),
    "diagram": ("diagrams_not_read", "diagram is not read", "diagrams are not read"),
    "form control": ("controls_not_read", "ActiveX form control is not read", "ActiveX form controls are not read"),
    "number": (
        "numbers_not_read",
        "number that a field makes (LISTNUM, AUTONUM) is not read",
        "numbers that fields make (LISTNUM, AUTONUM) are not read",
    ),
}
"""What is left out, by the kind under which it is counted: code, and the note for one and for several."""


def load(data: bytes, name: str) -> LoadedText:
    """Read a Word file.

    Automatic numbers of headings, lists and notes are part of the text. Deleted revisions, hidden text, comments and
    field codes are not text; inserted revisions are. A footnote follows the paragraph that refers to it; headers and
    footers come once each, at the end, and are not indexed.
    Raises ``FileEncrypted``, ``FileUnreadable`` or ``FileTooHeavy``.
    """
    document, metadata, title = _open(data, name)
    from qa.loaders.office.docx_notes import NoteNumbers
    from qa.loaders.office.docx_numbering import Numbering
    from qa.loaders.office.docx_styles import read_styles
    from qa.loaders.office.docx_walk import Walker
    from qa.loaders.office.docx_xml import W

    body = document.element.body
    numbering = Numbering(next(_related(document, "numbering"), None))
    sections = [section for section in body.iter(W + "sectPr") if section.getparent().tag != W + "sectPrChange"]
    note_numbers = NoteNumbers(_related(document, "settings"), sections)
    walker = Walker(read_styles(document.styles.element, numbering), numbering, note_numbers, dict(_notes(document)))
    walker.blocks(body)
    furniture = list(_furniture(document, walker))
    for words in furniture:
        walker.builder.block("furniture", words, indexed=False)
    left_out = walker.inline.left_out
    left_out["comment"] = sum(len(root.findall(W + "comment")) for root in _related(document, "comments"))
    left_out["furniture"] = len(furniture)
    codes = (
        (field.text or field.get(W + "instr") or "").split() for field in body.iter(W + "instrText", W + "fldSimple")
    )
    left_out["number"] = sum(code[:1] in _NUMBER_FIELDS for code in codes)
    left_out["hidden"] += sum(1 for _ in body.iter(W + "delText"))
    title = title or walker.title or walker.first_heading
    return with_questions(walker.builder.build(title=title, metadata=metadata, notes=_remarks(left_out)), Hints())


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


def _remarks(left_out: Mapping[str, int]) -> list[Note]:
    counted = ((left_out.get(kind, 0), *remark) for kind, remark in _REMARKS.items())
    return [Note(code, f"{count:,} {one if count == 1 else many}") for count, code, one, many in counted if count]
