"""Messages between the program and its reading process: a JSON header and a body of bytes, lengths first.

Plain data only: the reading process parses hostile files, so nothing it sends is unpickled, and what it sends is
checked before it becomes a ``Document``.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import IO, Any, get_args

from qa.loaders.pdf.page_images import Rectangle, Sheet
from qa.types import Block, BlockKind, Cell, Document, Note, ReadingReport, SourceSpan

_LENGTHS = struct.Struct(">QQ")
_KINDS = frozenset(get_args(BlockKind))


class MessageTooLong(Exception):
    """The other side announced a message over the limit."""


def send(stream: IO[bytes], header: dict[str, Any], body: bytes = b"") -> None:
    """Write one message and flush it."""
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    stream.write(_LENGTHS.pack(len(encoded), len(body)))
    stream.write(encoded)
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], max_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Read one message. Raises ``EOFError`` when the stream ends, ``MessageTooLong`` over ``max_bytes``."""
    header_bytes, body_bytes = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    if header_bytes + body_bytes > max_bytes:
        raise MessageTooLong
    header = json.loads(_exactly(stream, header_bytes))
    if not isinstance(header, dict):
        raise TypeError("not a message")
    return header, _exactly(stream, body_bytes)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def pack_document(document: Document) -> tuple[dict[str, Any], bytes]:
    """A document as header and body."""
    report = document.report
    header = {
        "id": document.id,
        "blocks": [astuple(block) for block in document.blocks],
        "spans": [(span.start, span.end, span.line, span.page, span.char) for span in document.source_map],
        "title": document.title,
        "language": document.language,
        "page_starts": document.page_starts,
        "page_labels": document.page_labels,
        "metadata": dict(document.metadata),
        "loader": report.loader,
        "notes": [(note.code, note.message, note.page) for note in report.notes],
        "pages": report.pages,
        "unreadable_pages": report.unreadable_pages,
    }
    return header, document.text.encode()


def unpack_document(header: dict[str, Any], body: bytes) -> Document:
    """The document of ``pack_document``. Raises ``ValueError``, ``TypeError`` or ``KeyError`` when it is not one."""
    text = body.decode()
    blocks = tuple(Block(*fields[:5], tuple(Cell(*cell) for cell in fields[5])) for fields in header["blocks"])
    spans = tuple(SourceSpan(*fields) for fields in header["spans"])
    starts = tuple(header["page_starts"])
    _check_ranges(text, blocks, spans, starts)
    return Document(
        id=_string(header["id"]),
        text=text,
        blocks=blocks,
        report=ReadingReport(
            loader=_string(header["loader"]),
            notes=tuple(Note(_string(code), _string(message), page) for code, message, page in header["notes"]),
            pages=header["pages"],
            unreadable_pages=tuple(int(page) for page in header["unreadable_pages"]),
        ),
        title=None if header["title"] is None else _string(header["title"]),
        language=None if header["language"] is None else _string(header["language"]),
        page_starts=starts,
        page_labels=tuple(_string(label) for label in header["page_labels"]),
        source_map=spans,
        metadata={
            key: value if isinstance(value, str) else tuple(_string(item) for item in value)
            for key, value in header["metadata"].items()
        },
    )


def pack_sheets(sheets: Mapping[int, Sheet]) -> tuple[dict[str, Any], bytes]:
    """Pages with their rectangles as header and (empty) body."""
    return {"sheets": [(page, sheet.width, sheet.height, sheet.rectangles) for page, sheet in sheets.items()]}, b""


def unpack_sheets(header: dict[str, Any], _body: bytes) -> dict[int, Sheet]:
    """What ``pack_sheets`` packed. Raises ``ValueError``, ``TypeError`` or ``KeyError`` when it is not that."""
    return {
        int(page): Sheet(float(width), float(height), tuple(map(_rectangle, rectangles)))
        for page, width, height, rectangles in header["sheets"]
    }


def _rectangle(values: Sequence[float]) -> Rectangle:
    left, top, right, bottom = map(float, values)
    if not (0 <= left <= right <= 1 and 0 <= top <= bottom <= 1):
        raise ValueError(f"not a rectangle on a page: {values!r}")
    return left, top, right, bottom


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not text: {value!r}")
    return value


def _check_ranges(text: str, blocks: tuple[Block, ...], spans: tuple[SourceSpan, ...], starts: tuple[int, ...]) -> None:
    """Blocks and spans in order inside the text, page starts ascending; otherwise ``ValueError``."""
    done = 0
    for block in blocks:
        edges = [done, block.start, *(edge for cell in block.cells for edge in cell[:2]), block.end, len(text)]
        if block.kind not in _KINDS or block.start == block.end or edges != sorted(edges):
            raise ValueError(f"block out of order: {block}")
        done = block.end
    done = 0
    for span in spans:
        if not done <= span.start <= span.end <= len(text):
            raise ValueError(f"span out of order: {span}")
        done = span.end
    if list(starts) != sorted(starts) or (starts and not 0 <= starts[0] <= starts[-1] <= len(text)):
        raise ValueError("page starts out of order")
