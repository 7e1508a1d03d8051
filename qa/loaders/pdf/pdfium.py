"""All that reading asks of pdfium, with ``geometry``, ``page_objects`` and ``annotations``."""

from __future__ import annotations

import ctypes
import re
from collections import defaultdict
from dataclasses import replace
from typing import Any

from qa.errors import FileEncrypted, FileUnreadable
from qa.loaders.base import one_line, split_tags, without_empty
from qa.loaders.pdf.annotations import read_overlay
from qa.loaders.pdf.geometry import PageGeometry
from qa.loaders.pdf.layout import bare
from qa.loaders.pdf.lines import (
    HYPHEN_MARK,
    Page,
    Rule,
    count_unreadable,
    cut_lines,
    join_fragments,
)
from qa.loaders.pdf.page_objects import read_objects
from qa.types import MetadataValue

_ODD = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_UNREADABLE_SHARE = 0.05
"""A page is unreadable when a larger share of its characters is replaced or private-use ones."""


def open_pdf(data: bytes, name: str) -> Any:
    """pdfium's document. Raises ``FileEncrypted`` when it needs a password, ``FileUnreadable`` when it is damaged."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise FileEncrypted(name, "needs a password; save a copy without one and add that") from error
        raise FileUnreadable(
            name, f"is not a readable PDF: damaged, cut off or another kind of file ({error})"
        ) from error


def read_pages(document: Any) -> tuple[list[Page], dict[int, str]]:
    """All pages, and the reasons of those that pdfium could not open."""
    import pypdfium2

    if document.get_formtype():
        document.init_forms()
    pages: list[Page] = []
    failures: dict[int, str] = {}
    for index in range(len(document)):
        try:
            page = document[index]
            textpage = page.get_textpage()
        except pypdfium2.PdfiumError as error:
            pages.append(Page(1.0, 1.0, (), readable=False, blank=True))
            failures[index] = str(error)
            continue
        pages.append(replace(_read_page(index, page, textpage), overlay=read_overlay(document, page)))
        textpage.close()
        page.close()
    return pages, failures


def _read_page(index: int, page: Any, textpage: Any) -> Page:
    chars = _characters(textpage)
    geometry = PageGeometry(textpage, page.get_cropbox())
    lines = join_fragments(
        [
            line
            for start, end, hyphen in cut_lines(chars)
            for line in geometry.lines(index, chars, start, end, hyphen=hyphen)
        ]
    )
    visible = sum(len(line.text) - line.text.count(" ") for line in lines)
    replaced = sum(count_unreadable(line.text) for line in lines)
    readable = visible > 0 and replaced <= _UNREADABLE_SHARE * visible
    edges, lost = read_objects(page)
    return Page(
        max(geometry.width, 1.0),
        max(geometry.height, 1.0),
        tuple(lines),
        tuple(Rule(*geometry.turned(*edge)) for edge in edges) if readable else (),
        replaced=replaced,
        readable=readable,
        blank=not lines and not _shows_anything(page),
        lost=tuple(lost),
    )


def _shows_anything(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    return bool(pdfium.FPDFPage_CountObjects(page.raw) > 0)


def _characters(textpage: Any) -> str:
    """The page's characters, each at its pdfium index: surrogate pairs are still two.

    Line breaks that pdfium made and its marks of line-end hyphens stay; other control characters are glyphs without
    a Unicode value and become U+FFFD, or a space for mapped white space.
    """
    import pypdfium2.raw as pdfium

    chars = _raw_characters(textpage.raw, textpage.count_chars())
    changed: dict[int, str] = {}
    for match in _ODD.finditer(chars):
        index, char = match.start(), match.group()
        if char in "\r\n" and pdfium.FPDFText_IsGenerated(textpage, index) == 1:
            continue
        if char == HYPHEN_MARK and pdfium.FPDFText_IsHyphen(textpage, index) == 1:
            continue
        if "\ud800" <= char <= "\udfff" and _in_pair(chars, index):
            continue
        mapped_space = char.isspace() and pdfium.FPDFText_HasUnicodeMapError(textpage, index) != 1
        changed[index] = " " if mapped_space else "\ufffd"
    if not changed:
        return chars
    return "".join([changed.get(index, char) for index, char in enumerate(chars)])


def _raw_characters(textpage: Any, count: int) -> str:
    """What ``FPDFText_GetUnicode`` gives for each character; asked in one call where the answer shows no gaps."""
    import pypdfium2.raw as pdfium

    get = pdfium.FPDFText_GetUnicode
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(textpage, 0, count, buffer) != count + 1:
        return "".join([chr(get(textpage, index)) for index in range(count)])
    chars = "".join(map(chr, buffer[:count]))
    found = [match.start() for match in _ODD.finditer(chars) if match.group() not in "\r\n"]
    odd = {index: chr(get(textpage, index)) for index in found}
    if all(chars[index] == char for index, char in odd.items()):
        return chars
    return "".join([odd.get(index, char) for index, char in enumerate(chars)])


def _in_pair(chars: str, index: int) -> bool:
    if chars[index] < "\udc00":
        return "\udc00" <= chars[index + 1 : index + 2] <= "\udfff"
    return index > 0 and "\ud800" <= chars[index - 1] <= "\udbff"


def read_labels(document: Any) -> tuple[str, ...]:
    """The pages' printed labels; empty when the file gives none."""
    labels = tuple(_clean_value(document.get_page_label(index)) for index in range(len(document)))
    return labels if any(labels) else ()


def read_outline(document: Any) -> dict[int, dict[str, int]]:
    """Page index → bare bookmark title → level from 1."""
    outline: dict[int, dict[str, int]] = defaultdict(dict)
    for bookmark in document.get_toc(max_depth=6):
        destination = bookmark.get_dest()
        page = None if destination is None else destination.get_index()
        title = bare(bookmark.get_title())
        if page is not None and title:
            outline[page].setdefault(title, bookmark.level + 1)
    return outline


_FILE_TITLE = re.compile(r"\.\w{2,5}$|^(microsoft \w+ - |untitled|document\d*$|title$|\W*$)", re.IGNORECASE)
_FILLING = ("(anonymous)", "(unspecified)", "anonymous", "unspecified", "unknown")
"""What PDF writers fill in where nothing was given."""


def read_metadata(document: Any) -> tuple[dict[str, MetadataValue], str | None]:
    """Author, subject, keywords, dates; and the title, unless it is a file's name or a program's filling."""
    values = {key: _clean_value(value) for key, value in document.get_metadata_dict().items()}
    values = {key: value for key, value in values.items() if value.lower() not in _FILLING}
    metadata: dict[str, MetadataValue] = {}
    for key in ("Author", "Subject", "Title"):
        metadata[key.lower()] = values.get(key, "")
    metadata["tags"] = split_tags(values.get("Keywords", ""))
    for key, name in (("CreationDate", "date"), ("ModDate", "modified")):
        match = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)", values.get(key, ""))
        if match:
            metadata[name] = "-".join(match.groups())
    title = values.get("Title", "")
    return without_empty(metadata), title if title and not _FILE_TITLE.search(title) else None


def _clean_value(value: str) -> str:
    return one_line(_ODD.sub(" ", value))
