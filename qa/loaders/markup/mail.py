"""Email messages (EML) and mailboxes (mbox), read with the standard library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from email.utils import getaddresses, parsedate_to_datetime
from typing import cast

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder, one_line, without_empty
from qa.loaders.markup.html import add_html
from qa.loaders.markup.mail_thread import Paragraph, Part, paragraphs, parts_of
from qa.loaders.turns import Turn, with_turns
from qa.types import BlockKind, MetadataValue, Note

_MAX_DEPTH = 5
"""Messages inside messages are read this deep."""
_MAX_NAMED = 20
_MAX_PARAMETERS = 2000
_FROM = re.compile(rb"^From [^\r\n]{1,500}+\r?\n(?=[!-9;-~]{1,80}:)", re.MULTILINE)
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_REPLY = re.compile(r"(?:(?:re|aw|fwd?|wg|sv|vs|antw|r|rif|tr|odp)(?:\[\d{1,3}\])? ?[:：] ?)++", re.IGNORECASE)
_IDS = re.compile(r"<[^<>\s]{1,500}+>")


class _Policy(EmailPolicy):
    """Keeps the beginning of headers with parameters: the library's time grows with the square of their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_MAX_PARAMETERS] if name.lower().startswith("content-") else value


_POLICY = cast("EmailPolicy[EmailMessage]", _Policy())


@dataclass(slots=True)
class _Mailbox:
    """What is read, and which of its mails answers which."""

    builder: TextBuilder
    turns: list[Turn] = field(default_factory=list)
    bodies: list[tuple[int, int, str, str, int | None]] = field(default_factory=list)
    """Of each HTML body its first block, the one after its last, its sender, its time and what the mail answers."""
    attachments: list[str] = field(default_factory=list)
    firsts: dict[str, int] = field(default_factory=dict)
    """The first block of each mail, by its id."""


def load(data: bytes, name: str) -> LoadedText:
    """Read an email message, or the messages of a mailbox: each subject as heading, the body as turns, those of the
    mails that it quotes included, messages inside it under their own subjects.

    Other attachments are named in the notes and not read.
    """
    messages = [message_from_bytes(each, policy=_POLICY) for each in _split(data)]
    if not messages or not messages[0].keys():
        raise FileUnreadable(name, "is not an email message: it has no headers")
    box = _Mailbox(TextBuilder(keep_lines=False))
    for message in messages:
        _add(box, message, depth=1)
    notes = []
    if box.attachments:
        shown = ", ".join(box.attachments[:_MAX_NAMED]) + (", …" if len(box.attachments) > _MAX_NAMED else "")
        notes.append(Note("attachments_not_read", f"attachments are not read: {shown}"))
    subjects = {_REPLY.sub("", _header(message, "subject")).casefold() for message in messages}
    title = _header(messages[0], "subject") if len(subjects) == 1 else ""
    metadata = _metadata(messages[0]) if len(messages) == 1 else {}
    loaded = box.builder.build(title=title or None, metadata=metadata, notes=notes)
    for body in box.bodies:
        box.turns += _html_turns(loaded, *body)
    return with_turns(loaded, box.turns)


def _split(data: bytes) -> list[bytes]:
    """The messages of a mailbox; those of a single mail are it alone."""
    if not data.startswith(b"From "):
        return [data]
    starts = [match for match in _FROM.finditer(data) if _is_parted(data, match.start())]
    ends = [*(match.start() for match in starts[1:]), len(data)]
    return [_ESCAPED.sub(rb"\1", data[match.end() : end]) for match, end in zip(starts, ends, strict=True)]


def _is_parted(data: bytes, start: int) -> bool:
    """True below an empty line and at the start."""
    return not start or data[max(start - 3, 0) : start].endswith((b"\n\n", b"\n\r\n"))


def _add(box: _Mailbox, message: EmailMessage, *, depth: int) -> None:
    body = _body(message)
    text = "" if body is None else _content(body)
    attached = [(part, _inner(part)) for part in _attached(message)]
    if text.strip() or any(inner is not None for _, inner in attached):
        box.builder.block("heading", _header(message, "subject"), level=min(depth, 6))
    first = box.builder.next_index
    speaker, time, answers = _sender(message), _time(message), _answered(box, message)
    if body is not None and body.get_content_type() == "text/html":
        add_html(box.builder, text, first_line=1)
        box.bodies.append((first, box.builder.next_index, speaker, time, answers))
    else:
        _add_plain(box, text, speaker, time, answers)
    if box.builder.next_index > first and (key := _header(message, "message-id")):
        box.firsts.setdefault(key, first)
    for part, inner in attached:
        if inner is not None and depth < _MAX_DEPTH:
            _add(box, inner, depth=depth + 1)
        elif part is not body:
            box.attachments.append(one_line(part.get_filename() or part.get_content_type()))


def _inner(part: MIMEPart) -> EmailMessage | None:
    """The message that a part holds."""
    held = part.get_payload() if part.get_content_type() == "message/rfc822" else None
    return held[0] if isinstance(held, list) and isinstance(held[0], EmailMessage) else None


def _body(message: EmailMessage) -> MIMEPart | None:
    """The part to read: plain text where it says something, else HTML."""
    found = [message.get_body((kind,)) for kind in ("plain", "html")]
    said = [part for part in found if part is not None and _content(part).strip()]
    return said[0] if said else None


def _attached(message: EmailMessage) -> Iterator[MIMEPart]:
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        yield from message.iter_attachments()


def _content(part: MIMEPart) -> str:
    """The decoded text of a part; what is not in the encoding it names, else UTF-8, becomes U+FFFD."""
    try:
        if part.get_content_charset() in (None, "us-ascii"):
            part.set_param("charset", "utf-8")
        content = part.get_content(errors="replace")
    except (LookupError, KeyError, ValueError):  # an encoding nobody knows, or a broken part
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return content if isinstance(content, str) else ""


def _add_plain(box: _Mailbox, text: str, speaker: str, time: str, answers: int | None) -> None:
    items, first = paragraphs(text), box.builder.next_index
    for at, (item, part) in enumerate(zip(items, parts_of(items, speaker, time), strict=True), first):
        kind: BlockKind = "caption" if part.is_label else "quote" if item.depth else "paragraph"
        box.builder.block(kind, item.text)
        if not part.is_label:
            box.turns.append(Turn(at, at + 1, part.speaker, part.time, _answers(part, item, first, answers)))


def _answers(part: Part, item: Paragraph, first: int, answers: int | None) -> int | None:
    """The block that a paragraph answers; of those that answer nothing in their own mail, what the mail answers."""
    if part.answers is not None:
        return first + part.answers
    return None if item.depth or part.is_quoted else answers


def _html_turns(
    loaded: LoadedText, first: int, last: int, speaker: str, time: str, answers: int | None
) -> Iterator[Turn]:
    """The turns of an HTML body, whose quotations are blocks of their own."""
    blocks = loaded.blocks[first:last]
    items = [Paragraph(loaded.text[block.start : block.end], int(block.kind == "quote")) for block in blocks]
    for at, (item, part) in enumerate(zip(items, parts_of(items, speaker, time), strict=True), first):
        if not part.is_label:
            yield Turn(at, at + 1, part.speaker, part.time, _answers(part, item, first, answers))


def _sender(message: EmailMessage) -> str:
    return next((name or address for name, address in getaddresses([_header(message, "from")])), "")


def _time(message: EmailMessage) -> str:
    """When it was sent, by the clock of its sender; a date that cannot be read as it is."""
    shown = _header(message, "date")
    with suppress(TypeError, ValueError, IndexError):
        return parsedate_to_datetime(shown).strftime("%Y-%m-%d %H:%M")
    return shown


def _answered(box: _Mailbox, message: EmailMessage) -> int | None:
    """The first block of the mail above that this one is a reply to."""
    keys = [*_IDS.findall(_header(message, "in-reply-to")), *reversed(_IDS.findall(_header(message, "references")))]
    return next((box.firsts[key] for key in keys if key in box.firsts), None)


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
