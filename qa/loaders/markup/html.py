"""HTML: readable text and headings; nothing hidden, no scripts, no navigation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qa.loaders.base import LoadedText, TextBuilder, one_line, without_empty
from qa.loaders.markup.html_rules import BLOCK_TAGS, NOT_TEXT_TAGS, is_hidden, limit_depth
from qa.loaders.markup.html_table import inline_text, is_data_table, table_grid
from qa.loaders.plain.encoding import decode
from qa.loaders.tables import add_table
from qa.types import BlockKind, MetadataValue

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*+=\s*+["']?\s*+([\w.:-]+)""", re.IGNORECASE
)
_SPACES = re.compile("[ \t\n\r\f\xa0]+")
_INVISIBLE = re.compile("[\xad\u200b\ufeff]")  # where a word may break
_BREAK = "\x0b"  # for <br>, until white space is collapsed
_KINDS: dict[str, BlockKind] = {
    "li": "list_item",
    "dd": "list_item",
    "blockquote": "quote",
    "figcaption": "caption",
    "caption": "caption",
}
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = ("ul", "ol", "menu", "dir", "dl")
_AROUND = ("header", "footer", "aside")
_META = {
    "author": "author",
    "dc.creator": "author",
    "article:author": "author",
    "description": "description",
    "dc.description": "description",
    "og:description": "description",
    "date": "date",
    "dc.date": "date",
    "dcterms.created": "date",
    "article:published_time": "date",
    "last-modified": "date",
    "keywords": "tags",
}


def load(data: bytes, name: str) -> LoadedText:
    """Read an HTML file: encoding from its byte-order mark, its declaration, or guessed. No line numbers."""
    from selectolax.lexbor import LexborHTMLParser

    declared = _DECLARED.search(data[:4096])
    decoded = decode(data, name, declared[1].decode("ascii") if declared else None)
    page = LexborHTMLParser(limit_depth(decoded.text))
    builder = TextBuilder(keep_lines=False)
    walker = _Walker(builder, 1)
    if page.root is not None:
        walker.walk(page.root)
    return builder.build(title=_title(page) or walker.title, metadata=_metadata(page), notes=decoded.notes)


def add_html(builder: TextBuilder, html: str, *, first_line: int) -> None:
    """Append the blocks of a piece of HTML inside another format; all get the source line ``first_line``."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(limit_depth(html)).body
    if body is not None:
        _Walker(builder, first_line).walk(body)


class _Walker:
    """Walks the tree with a stack of its own (pages nest thousands deep) and appends blocks."""

    def __init__(self, builder: TextBuilder, line: int) -> None:
        self.title: str | None = None
        self._builder = builder
        self._line = line
        self._parts: list[str] = []
        self._captions: list[str] = []
        self._kinds: list[BlockKind] = []
        self._numbers: list[int | None] = []  # of the lists around, the next item's number
        self._marker = ""
        self._main = 0  # how many <main> and <article> are around
        self._drops_around = False

    def walk(self, root: LexborNode) -> None:
        """Append the text of ``root``."""
        self._drops_around = root.css_first("main, article, [role=main]") is not None
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node, node.tag or "")
            elif node.is_text_node:
                self._parts.append(node.text_content or "")
            elif node.is_element_node and self._enter(node, node.tag or ""):
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
        self._flush("paragraph")

    def _enter(self, node: LexborNode, tag: str) -> bool:
        """Begin an element; False when its children are not to be walked."""
        attributes = node.attributes
        if self._left_out(node, tag, attributes):
            return False
        if tag in BLOCK_TAGS:
            self._flush()
        if tag in ("br", "img", "pre") or (tag == "table" and is_data_table(node)):
            self._leaf(node, tag)
            return False
        self._begin_list(tag, attributes)
        if tag in _KINDS:
            self._kinds.append(_KINDS[tag])
        self._main += _is_main(tag, attributes)
        return True

    def _begin_list(self, tag: str, attributes: dict[str, str | None]) -> None:
        """Begin a list, or number an item of one."""
        if tag in _LISTS:
            start = attributes.get("start") or "1"
            self._numbers.append((int(start) if start.isdecimal() and len(start) < 10 else 1) if tag == "ol" else None)
        number = self._numbers[-1] if tag == "li" and self._numbers else None
        if number is not None:
            self._marker = f"{number}. "
            self._numbers[-1] = number + 1

    def _left_out(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
        if tag in NOT_TEXT_TAGS or tag == "nav" or (tag == "dialog" and "open" not in attributes):
            return True
        if (tag in _AROUND and self._drops_around and not self._main) or (tag == "li" and _is_language_link(node)):
            return True
        return bool(attributes) and (attributes.get("role") in ("navigation", "search") or is_hidden(attributes))

    def _leave(self, node: LexborNode, tag: str) -> None:
        if tag in _HEADINGS:
            text = self._flush("heading", int(tag[1]))
            self.title = self.title or (text if tag == "h1" and text else None)
        elif tag in BLOCK_TAGS:
            self._flush()
        if tag in _KINDS:
            self._kinds.pop()
        if tag == "li":
            self._marker = ""
        if tag in _LISTS:
            self._numbers.pop()
        self._main -= _is_main(tag, node.attributes)

    def _leaf(self, node: LexborNode, tag: str) -> None:
        if tag == "br":
            self._parts.append(_BREAK)
        elif tag == "img":
            alt = one_line(node.attributes.get("alt"))
            if alt and any(part.strip() for part in self._parts):
                self._captions.append(alt)  # after the current text
            elif alt:
                self._append("caption", alt)
        elif tag == "pre":
            self._flush()
            self._append("code", inline_text(node, breaks="\n"))
        else:
            caption, grid = table_grid(node)
            self._append("caption", caption)
            add_table(self._builder, grid, lines=[self._line] * len(grid))

    def _flush(self, kind: BlockKind | None = None, level: int = 0) -> str:
        """End the current text as one block, followed by the captions of its pictures; return the text."""
        text = ""
        if self._parts:
            text = _SPACES.sub(" ", _INVISIBLE.sub("", "".join(self._parts))).strip()
            self._parts.clear()
            if _BREAK in text:
                text = "\n".join(line.strip() for line in text.split(_BREAK)).strip()
        if text:
            kind = kind or (self._kinds[-1] if self._kinds else "paragraph")
            level = len(self._numbers) if kind == "list_item" else level
            self._append(kind, self._marker + text, level)
            self._marker = ""
        for caption in self._captions:
            self._append("caption", caption)
        self._captions.clear()
        return text

    def _append(self, kind: BlockKind, text: str, level: int = 0) -> None:
        self._builder.block(kind, text, level=level, marks=[(0, self._line)])


def _is_main(tag: str, attributes: dict[str, str | None]) -> bool:
    return tag in ("main", "article") or attributes.get("role") == "main"


def _is_language_link(item: LexborNode) -> bool:
    """True for a list item that is nothing but a link to the same page in another language."""
    first = next(item.iter(include_text=True, skip_empty=True), None)
    return first is not None and first.tag == "a" and "hreflang" in first.attributes


def _title(page: LexborHTMLParser) -> str | None:
    node = page.css_first("head > title")
    return one_line(node.text()) or None if node is not None else None


def _metadata(page: LexborHTMLParser) -> dict[str, MetadataValue]:
    """Metadata from ``<meta>`` and ``<html lang>``; the first value of each key counts."""
    found: dict[str, MetadataValue] = {}
    for node in page.css("meta"):
        attributes = node.attributes
        key = _META.get((attributes.get("name") or attributes.get("property") or "").strip().lower())
        value = one_line(attributes.get("content"))
        if key and value:
            found.setdefault(key, tuple(filter(None, map(str.strip, value.split(",")))) if key == "tags" else value)
    root = page.css_first("html")
    language = (root.attributes.get("lang") or "").strip() if root is not None else ""
    return without_empty({**found, "lang": language})
