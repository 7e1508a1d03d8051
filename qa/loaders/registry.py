"""The one table of loaders and suffixes, and the ids of documents.

No content is looked into here: that is done in the reading process (``qa.loaders.load``).
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from qa.loaders.base import LoadedText
from qa.loaders.ocr import is_installed

Load = Callable[[bytes, str], LoadedText]


@dataclass(frozen=True, slots=True)
class Loader:
    """One way of reading a family of files."""

    name: str
    version: int
    """Raised whenever the loader gives another text for the same bytes: documents are then read anew."""
    target: str
    """``module:function``, imported at first use; the function is ``(data, name) -> LoadedText``."""
    suffixes: tuple[str, ...]
    extra: str | None = None
    """The extra that installs its packages; None: they are required."""
    scanned_target: str = ""
    """As ``target``, for ``(data, name, scans) -> LoadedText``; empty for formats that OCR does not read."""

    @property
    def label(self) -> str:
        """Name and version, as in ``ReadingReport.loader``."""
        return f"{self.name}/{self.version}"


LOADERS = (
    Loader(
        "markdown", 3, "qa.loaders.markup.markdown:load", (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd")
    ),
    Loader(
        "text",
        2,
        "qa.loaders.conversations.chat:load",
        (".txt", ".text", ".log", ".rst", ".adoc", ".asciidoc", ".asc", ".org", ".tex", ".textile", ".wiki", ".pod"),
    ),
    Loader("html", 3, "qa.loaders.markup.html:load", (".html", ".htm", ".xhtml")),
    Loader("mhtml", 1, "qa.loaders.markup.mhtml:load", (".mhtml", ".mht")),
    Loader("table", 3, "qa.loaders.plain.delimited:load", (".csv", ".tsv", ".tab")),
    Loader("json", 2, "qa.loaders.conversations.exports:load", (".json", ".jsonl", ".ndjson")),
    Loader("subtitles", 1, "qa.loaders.conversations.subtitles:load", (".srt", ".vtt")),
    Loader("notebook", 2, "qa.loaders.markup.notebook:load", (".ipynb",)),
    Loader("pdf", 3, "qa.loaders.pdf.load:load", (".pdf",), scanned_target="qa.loaders.ocr.documents:load_scanned_pdf"),
    Loader(
        "picture",
        1,
        "qa.loaders.ocr.documents:load_picture",
        (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"),
        extra="ocr",
        scanned_target="qa.loaders.ocr.documents:load_scanned_picture",
    ),
    Loader("docx", 3, "qa.loaders.office.docx:load", (".docx", ".docm"), extra="office"),
    Loader(
        "extracted",
        3,
        "qa.loaders.office.xberg_files:load",
        (
            *(".xlsb", ".xls", ".odt", ".odp", ".rtf", ".epub", ".fb2", ".msg", ".doc"),
            *(".ppt", ".xml", ".nxml"),
        ),
        extra="office",
    ),
    Loader("ods", 1, "qa.loaders.office.ods:load", (".ods", ".ots"), extra="office"),
    Loader("xlsx", 1, "qa.loaders.office.xlsx:load", (".xlsx", ".xlsm", ".xltx", ".xltm"), extra="office"),
    Loader(
        "pptx",
        3,
        "qa.loaders.office.pptx:load",
        (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"),
        extra="office",
    ),
    Loader("mail", 3, "qa.loaders.markup.mail:load", (".eml", ".mbox", ".mbx")),
)
BY_NAME = {loader.name: loader for loader in LOADERS}
BY_SUFFIX = {suffix: loader for loader in LOADERS for suffix in loader.suffixes}
TEXT_FAMILY = ("markdown", "text", "html", "table", "json", "subtitles", "notebook")
_OCR_VERSION = 1
"""Raised whenever OCR gives another text for the same page."""
_HEAD_BYTES = 4096
_CHUNK_BYTES = 1 << 20
_SIGNATURES = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"From ")


def supported_suffixes() -> frozenset[str]:
    """Suffixes of the files that can be read, in lower case with the dot; of pictures only where there is OCR."""
    return frozenset(suffix for suffix, loader in BY_SUFFIX.items() if loader.extra != "ocr" or is_installed())


def loaders_version() -> str:
    """Changes whenever any loader may give another text for the same bytes."""
    return " ".join([*(loader.label for loader in LOADERS), f"ocr/{_OCR_VERSION}"])


def scanned_id(identity: str) -> str:
    """The id of the document that these bytes give once OCR has read its pages; ``identity``: the id before that."""
    return hashlib.sha256(f"ocr/{_OCR_VERSION}\n{identity}".encode()).hexdigest()[:32]


def document_id(stream: BinaryIO, name: str, max_bytes: int) -> str:
    """The id of the document that these bytes give, 32 hex digits: a hash of them, and of the name and version of the
    loader that the suffix names; of all loaders where the content may choose another.

    Looks at nothing but the first bytes, so that it is safe for any file. Raises ``OSError``, also over ``max_bytes``:
    a file may be longer than it said, or endless.
    """
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    loader = BY_SUFFIX.get(PurePath(name).suffix.lower())
    label = loaders_version() if loader is None or _may_be_another(head, loader) else loader.label
    digest = hashlib.sha256(f"{label}\n".encode())
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
        if stream.tell() > max_bytes:
            raise OSError(errno.EFBIG, f"it has over {max_bytes:,} bytes, the limit (VERBATIM_MAX_FILE_BYTES)")
    return digest.hexdigest()[:32]


def _may_be_another(head: bytes, loader: Loader) -> bool:
    """True when a file with the suffix of a text may be of another kind."""
    if loader.name not in TEXT_FAMILY:
        return False
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_SIGNATURES):
        return True
    starts = (b"mime-version:",) if loader.name == "html" else (b"<html", b"<!doctype html", b"mime-version:")
    return any(start in head.lower() for start in starts)
