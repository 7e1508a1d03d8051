"""Jupyter notebooks: Markdown cells as Markdown, code cells as code, outputs as far as they are text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder, one_line
from qa.loaders.markup.markdown import add_markdown
from qa.loaders.plain.encoding import decode
from qa.loaders.plain.text import add_paragraphs
from qa.types import MetadataValue, Note


def load(data: bytes, name: str) -> LoadedText:
    """Read a notebook. Raises ``FileUnreadable`` when it is not JSON or has no cells."""
    decoded = decode(data, name)
    try:
        notebook = json.loads(decoded.text)
    except (ValueError, RecursionError) as error:
        raise FileUnreadable(name, f"is not a notebook: {error}") from error
    cells = list(_cells(notebook))
    if not cells:
        raise FileUnreadable(name, "is not a notebook, or has no cells")
    builder, title, dropped = TextBuilder(keep_lines=False), None, 0
    notes = list(decoded.notes)
    for cell in cells:
        source = _joined(cell.get("source", cell.get("input")))
        if cell.get("cell_type") == "markdown":
            walker = add_markdown(builder, source, first_line=1)
            title = title or walker.title
            notes += walker.notes
        elif cell.get("cell_type") == "code":
            builder.block("code", source)
            dropped += _add_outputs(builder, cell)
        else:
            add_paragraphs(builder, source, first_line=1)
    if dropped:
        notes.append(Note("outputs_without_text", f"{dropped} outputs are pictures or other data and are not read."))
    return builder.build(title=_own_title(notebook) or title, metadata=_metadata(notebook), notes=notes)


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    """Cells of notebook formats 4 and 3."""
    if not isinstance(notebook, dict):
        return
    sheets = [notebook, *(sheet for sheet in _list(notebook.get("worksheets")) if isinstance(sheet, dict))]
    for sheet in sheets:
        yield from (cell for cell in _list(sheet.get("cells")) if isinstance(cell, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _joined(value: Any) -> str:
    """A multi-line string of the format: a string or a list of strings; clean for any loader."""
    text = "".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""
    return text.replace("\r\n", "\n").replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _add_outputs(builder: TextBuilder, cell: dict[str, Any]) -> int:
    """Append the outputs that are text; returns how many are not."""
    dropped = 0
    for output in _list(cell.get("outputs")):
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        text = _joined(output.get("text")) or _joined(data.get("text/plain") if isinstance(data, dict) else None)
        if output.get("output_type") in ("error", "pyerr"):
            text = f"{output.get('ename', '')}: {output.get('evalue', '')}".strip(": ")
        is_picture = isinstance(data, dict) and any(str(kind).startswith("image/") for kind in data)
        if is_picture or not text.strip():
            dropped += 1
        else:
            builder.block("code", _joined(text))
    return dropped


def _own_title(notebook: dict[str, Any]) -> str | None:
    metadata = notebook.get("metadata")
    title = metadata.get("title") if isinstance(metadata, dict) else None
    return one_line(title) or None if isinstance(title, str) else None


def _metadata(notebook: dict[str, Any]) -> dict[str, MetadataValue]:
    metadata = notebook.get("metadata")
    authors = _list(metadata.get("authors")) if isinstance(metadata, dict) else []
    names = tuple(str(author["name"]) for author in authors if isinstance(author, dict) and author.get("name"))
    return {"author": names[0] if len(names) == 1 else names} if names else {}
