"""Email messages (EML), read with the standard library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses, parsedate_to_datetime

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder, one_line, without_empty
from qa.loaders.markup.html import add_html
from qa.types import MetadataValue, Note

_MAX_DEPTH = 5
"""Messages inside messages are read this deep."""


def load(data: bytes, name: str) -> LoadedText:
    """Read an email message: subject as heading and title, body as text, messages inside it under their own subjects.

    Other attachments are named in the notes and not read.
    """
    message = message_from_bytes(data, policy=policy.default)
    if not message.keys():
        raise FileUnreadable(name, "is not an email message: it has no headers")
    builder = TextBuilder()
    attachments: list[str] = []
    _add(builder, message, attachments, depth=1)
    notes = []
    if attachments:
        notes.append(Note("attachments_not_read", f"attachments are not read: {', '.join(attachments)}"))
    loaded = builder.build(title=_header(message, "subject") or None, metadata=_metadata(message), notes=notes)
    return replace(loaded, source_map=())  # lines of the decoded body are not lines of the file


def _add(builder: TextBuilder, message: EmailMessage, attachments: list[str], *, depth: int) -> None:
    body = _body(message)
    text = "" if body is None else _content(body)
    inner = [part for part in _attached(message) if part.get_content_type() == "message/rfc822"]
    if text.strip() or inner:
        builder.block("heading", _header(message, "subject"), level=min(depth, 6))
    if body is not None and body.get_content_type() == "text/html":
        add_html(builder, text, first_line=1)
    else:
        _add_plain(builder, text)
    for part in _attached(message):
        held = part.get_payload()
        if part in inner and depth < _MAX_DEPTH and isinstance(held, list) and isinstance(held[0], EmailMessage):
            _add(builder, held[0], attachments, depth=depth + 1)
        elif part is not body:
            attachments.append(one_line(part.get_filename() or part.get_content_type()))


def _body(message: EmailMessage) -> MIMEPart | None:
    """The part to read: plain text where it says something, else HTML."""
    found = [message.get_body((kind,)) for kind in ("plain", "html")]
    said = [part for part in found if part is not None and _content(part).strip()]
    return said[0] if said else None


def _attached(message: EmailMessage) -> Iterator[MIMEPart]:
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        yield from message.iter_attachments()


def _content(part: MIMEPart) -> str:
    """The decoded text of a part; what is not in the encoding it names becomes U+FFFD."""
    try:
        content = part.get_content(errors="replace")
    except (LookupError, KeyError, ValueError):  # an encoding nobody knows, or a broken part
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return content if isinstance(content, str) else ""


def _add_plain(builder: TextBuilder, text: str) -> None:
    """Paragraphs between blank lines; those of quoted lines are quotes."""
    for paragraph in "\n".join(map(str.rstrip, text.splitlines())).split("\n\n"):
        quoted = all(line.startswith(">") for line in paragraph.strip().split("\n"))
        builder.block("quote" if quoted else "paragraph", paragraph)


def _metadata(message: EmailMessage) -> dict[str, MetadataValue]:
    sender = _header(message, "from")
    names = [person or address for person, address in getaddresses([sender])]
    metadata: dict[str, MetadataValue] = {"from": sender, "author": names[0] if names else sender}
    for key in ("to", "cc"):
        people = getaddresses([_header(message, key)])
        metadata[key] = tuple(filter(None, (address or person for person, address in people)))
    with suppress(TypeError, ValueError, IndexError):
        metadata["date"] = parsedate_to_datetime(_header(message, "date")).date().isoformat()
    return without_empty(metadata)


def _header(message: EmailMessage, name: str) -> str:
    """The decoded value of a header on one line; empty if it is missing or cannot be decoded."""
    try:
        return one_line(str(message.get(name, "")))
    except (ValueError, IndexError, AttributeError, TypeError):  # faults of the library on damaged headers
        return ""
