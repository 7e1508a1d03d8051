"""The kind of a file from its first bytes, where these say it beyond doubt."""

from __future__ import annotations

import io
import re
import zipfile

_MBOX = re.compile(rb"From [^\r\n]{3,500}+\r?\n[!-9;-~]{1,80}+:")
_HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_MIME_HEADERS = re.compile(rb"(?:[A-Za-z][A-Za-z-]*+:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)++")
_SAVED_PAGE = re.compile(
    rb"^(?:Snapshot-Content-Location:|From:[ \t\"<]{0,9}Saved by|Content-Type:[ \t]{0,9}multipart/related\b)",
    re.IGNORECASE | re.MULTILINE,
)
_MAIL = re.compile(
    rb"^(?:To|Cc|Received|Return-Path|Message-ID|In-Reply-To|From(?!:[ \t\"<]{0,9}Saved by)):",
    re.IGNORECASE | re.MULTILINE,
)
_ZIP_PARTS = (("word/", ".docx"), ("ppt/", ".pptx"), ("xl/workbook.bin", ".xlsb"), ("xl/", ".xlsx"))
_MIME_SUFFIXES = {
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
    b"application/epub+zip": ".epub",
}
_OLE_STREAMS = (("WordDocument", ".doc"), ("PowerPoint Document", ".ppt"), ("Workbook", ".xls"), ("__nameid", ".msg"))


def sniff(data: bytes) -> str | None:
    """The suffix that fits the content (``.pdf``, ``.docx``, ``.html``, …); None when the content does not say."""
    head = data[:2048]
    if b"%PDF-" in head[:1024] and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(data)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _sniff_ole(data)
    if head.startswith(b"{\\rtf"):
        return ".rtf"
    if _is_saved_page(head):
        return ".mhtml"
    if head.startswith(b"From ") and _MBOX.match(head):
        return ".mbox"
    return ".html" if _is_html(head) else None


def _is_saved_page(head: bytes) -> bool:
    """True for the headers of a MIME message that is a web page and was not sent to anybody."""
    found = _MIME_HEADERS.match(head.removeprefix(b"\xef\xbb\xbf").lstrip())
    headers = found[0] if found else b""
    return b"mime-version:" in headers.lower() and bool(_SAVED_PAGE.search(headers)) and not _MAIL.search(headers)


def _is_html(head: bytes) -> bool:
    """True when ``<html>`` or its doctype is the first thing in ``head`` but for comments and an XML declaration."""
    rest = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith((b"<!--", b"<?xml")):
        rest = rest.partition(b"-->" if rest.startswith(b"<!") else b"?>")[2].lstrip()
    return _HTML.match(rest) is not None


def _sniff_zip(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.replace("\\", "/").lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    for mime, suffix in _MIME_SUFFIXES.items():
        if mime in data[30:200]:
            return suffix
    for part, suffix in _ZIP_PARTS:
        if any(name.startswith(part) for name in names):
            return suffix
    return None


def _sniff_ole(data: bytes) -> str | None:
    for stream, suffix in _OLE_STREAMS:
        if stream.encode("utf-16-le") in data:
            return suffix
    return None
