"""Old Office files, XLSB, OpenDocument, RTF, e-books and Outlook messages; only this module knows xberg."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import PurePath
from typing import Any

from qa.errors import FileEncrypted, FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder, one_line, without_empty
from qa.loaders.faq import Hints, with_questions
from qa.loaders.markup.html import add_html, decode_html
from qa.loaders.office.archive import PASSWORD_NEEDED, open_archive, refuse_encrypted, refuse_protected
from qa.loaders.office.hidden import without_hidden
from qa.loaders.office.outlook import html_body
from qa.loaders.office.xberg_nodes import Node, add_elements, add_nodes, add_sheets
from qa.types import MetadataValue, Note

_ATTACHMENTS = "Attachments:"
_CONTAINERS = ("application/zip", "application/x-zip-compressed", "application/octet-stream")
_NEWER = {".xls": "XLSX", ".xlsb": "XLSX", ".doc": "DOCX", ".ppt": "PPTX"}
_SHEETS = "application/vnd.ms-excel"
_PLAIN_XML = ("application/xml", "text/xml")


def load(data: bytes, name: str) -> LoadedText:
    """Read a file that xberg reads. Raises ``FileEncrypted``, ``FileUnreadable`` or ``FileTooHeavy``.

    Hidden parts of OpenDocument files are left out (in XLS, XLSB and PPT they cannot be told and are read). The numbers
    of XLS and XLSB are as stored, which a note says. The attachments of a message are named in the notes and not read.
    """
    _check(data, name)
    data, hidden = without_hidden(data)
    result = _extract(data, name)
    metadata = result.metadata
    mail = metadata.format.email if metadata.format and metadata.format.format_type == "email" else None
    nodes = list(_nodes(result))
    builder = TextBuilder(keep_lines=False)
    title = one_line(metadata.subject if mail else metadata.title)
    if mail:
        builder.block("heading", title, level=1)
        nodes = _without_attachments(nodes)
    if mail and (html := html_body(data)):  # of which xberg makes text, its style sheets included
        add_html(builder, decode_html(html, name).text, first_line=1)
    elif result.mime_type in _PLAIN_XML:
        add_elements(builder, nodes)
    elif result.mime_type.startswith(_SHEETS):
        add_sheets(builder, nodes)
    else:
        add_nodes(builder, nodes)
        title = title or next((node["text"].strip() for node in nodes if _is_title(node)), "")
    notes = _notes(result, mail, hidden, nodes)
    return with_questions(builder.build(title=title or None, metadata=_metadata(metadata, mail), notes=notes), Hints())


def _notes(result: Any, mail: Any, hidden: int, nodes: list[Node]) -> list[Note]:
    notes = [Note("extraction_warning", one_line(warning.message)) for warning in result.processing_warnings]
    if result.mime_type.startswith(_SHEETS):
        message = "numbers are given as they are stored, not in their formats, and hidden cells are read; save as XLSX"
        notes.append(Note("formats_not_read", message))
    if mail and mail.attachments:
        message = f"attachments are not read: {', '.join(one_line(item) for item in mail.attachments)}"
        notes.append(Note("attachments_not_read", message))
    if hidden:
        message = f"{hidden} hidden or deleted parts (slides, rows, columns, text) and comments are not read"
        notes.append(Note("hidden_not_read", message))
    if count := sum(node["node_type"] == "list_item" and node["is_ordered"] for node in nodes):
        notes.append(Note("numbers_not_read", f"the automatic numbers of list items ({count:,}) are not read"))
    return notes


def _check(data: bytes, name: str) -> None:
    """Refuse files that need a password and archives that unpack to too much."""
    refuse_encrypted(data, name)
    if data.startswith(b"PK"):
        with open_archive(data, name) as archive:
            refuse_protected(archive, name)


def _extract(data: bytes, name: str) -> Any:
    """xberg's document, with its structure; without OCR, cache or anything fetched."""
    import xberg

    suffix = PurePath(name).suffix.lower()
    given = xberg.ExtractInput(kind="bytes", bytes=data, filename=f"file{suffix}")
    config = xberg.ExtractionConfig(
        disable_ocr=True,
        use_cache=False,
        include_document_structure=True,
        output_format="plain",
        security_limits=xberg.SecurityLimits(max_table_cells=TextBuilder.max_pieces),
    )
    try:
        extraction = asyncio.run(xberg.extract(given, config))
    except (RuntimeError, ValueError, OSError) as error:
        raise _refusal(name, str(error)) from error
    except BaseException as error:  # of a library written in Rust; not always an Exception
        if "panic" not in type(error).__name__.lower():
            raise
        newer = _NEWER.get(suffix)
        advice = f"; save it as {newer} and add that" if newer else ""
        raise FileUnreadable(name, f"is damaged, or holds what cannot be read{advice}") from error
    if not extraction.results:
        reasons = [str(item.message) for item in extraction.errors]
        raise _refusal(name, reasons[0] if reasons else "nothing was found in it")
    result = extraction.results[0]
    if result.mime_type in _CONTAINERS:
        raise FileUnreadable(name, "is an archive, but not a document of the kind that its name says")
    return result


def _refusal(name: str, message: str) -> FileEncrypted | FileUnreadable:
    if re.search(r"password|encrypt", message, re.IGNORECASE):
        return FileEncrypted(name, PASSWORD_NEEDED)
    return FileUnreadable(name, f"is damaged, or not what its name says ({one_line(message)[:200]})")


def _nodes(result: Any) -> Iterator[Node]:
    """The document's nodes as JSON values, comments and pictures left out."""
    nodes = result.document.nodes if result.document else []
    lists: list[tuple[int, int, bool]] = []  # depth, index of the outermost list, whether the innermost is ordered
    for index, node in enumerate(nodes):
        content = json.loads(str(node.content))
        parent = -1 if node.parent is None else node.parent
        depth, outermost, is_ordered = lists[parent] if 0 <= parent < len(lists) else (0, index, False)
        if content["node_type"] == "list":
            lists.append((depth + 1, outermost if depth else index, bool(content.get("ordered"))))
            continue
        lists.append((depth, outermost, is_ordered))
        if content["node_type"] not in ("group", "comment", "image", "metadata_block"):
            layer = str(node.content_layer)
            yield {**content, "layer": layer, "depth": depth, "list": outermost, "is_ordered": is_ordered}


def _without_attachments(nodes: list[Node]) -> list[Node]:
    """The nodes of a message up to xberg's list of attachments, which the attachments' texts follow."""
    for index in range(len(nodes) - 1, -1, -1):
        if nodes[index].get("text") == _ATTACHMENTS:
            following = nodes[index + 1] if index + 1 < len(nodes) else {}
            if re.fullmatch(r".*\([\d.]+ ?[KMG]?B\)", str(following.get("text", "")).strip()):
                return nodes[:index]
    return nodes


def _is_title(node: Mapping[str, Any]) -> bool:
    return node["node_type"] in ("title", "heading") and int(node.get("level", 1)) == 1


def _metadata(found: Any, mail: Any) -> dict[str, MetadataValue]:
    """What the file says about itself, without empty values."""
    authors = tuple(filter(None, map(one_line, found.authors or ())))
    values: dict[str, MetadataValue] = {
        "author": authors[0] if len(authors) == 1 else authors,
        "subject": one_line(found.subject),
        "language": one_line(found.language),
        "tags": tuple(filter(None, map(one_line, found.keywords or ()))),
        "date": _day(found.created_at or ""),
        "modified": _day(found.modified_at or ""),
    }
    if mail:
        values["from"] = one_line(f"{mail.from_name or ''} <{mail.from_email or ''}>")
        values["to"] = tuple(map(one_line, mail.to_emails))
        values["cc"] = tuple(map(one_line, mail.cc_emails))
        del values["subject"]  # it is the title
    return without_empty(values)


def _day(moment: str) -> str:
    """The ISO date of a moment in ISO or mail form; empty when it is in neither."""
    match = re.match(r"\d{4}-\d\d-\d\d", moment)
    if match:
        return match.group()
    try:
        return parsedate_to_datetime(moment).date().isoformat()
    except (TypeError, ValueError, IndexError):
        return ""
