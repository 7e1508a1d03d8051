"""Web pages saved as one file (MHTML, MHT): a message of MIME parts, of which the page is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import urldefrag

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText, one_line
from qa.loaders.markup.html import load_page
from qa.types import Note

_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_MAX_HEADER_CHARS = 2000


class _Part(Message):
    """A part whose headers are read so far only: the library's time grows with the square of their length."""

    def get(self, name: str, failobj: Any = None) -> Any:
        value = super().get(name, failobj)
        return str(value)[:_MAX_HEADER_CHARS] if value is not None else value


def load(data: bytes, name: str) -> LoadedText:
    """Read the page of an MHTML file as an HTML file; pictures and style sheets are left out.

    Frames, which are pages of their own, are named in a note. Raises ``FileUnreadable`` when there is no page.
    """
    message = message_from_bytes(data.removeprefix(b"\xef\xbb\xbf").lstrip(), _class=_Part)
    pages = [part for part in message.walk() if part.get_content_type() in _PAGE_TYPES and not part.is_multipart()]
    if not pages:
        raise FileUnreadable(name, "holds no HTML page; save the web page again, as HTML")
    page = _page(message, pages)
    content: Any = page.get_payload(decode=True)
    loaded = load_page(content, name, page.get_content_charset())
    if len(pages) == 1:
        return loaded
    note = Note("frames_not_read", f"Frames, which are pages inside the page, are not read: {len(pages) - 1}.")
    return replace(loaded, notes=(*loaded.notes, note))


def _page(message: Message, pages: Sequence[Message]) -> Message:
    """The part that is the page itself: the one that the headers name, else the first."""
    start = message.get_param("start")
    address = message.get("Snapshot-Content-Location") or message.get("Content-Location")
    for page in pages:
        if start and one_line(page.get("Content-ID")) == start:
            return page
        if address and urldefrag(one_line(page.get("Content-Location"))).url == urldefrag(one_line(address)).url:
            return page
    return pages[0]
