"""HTML: readable text and headings; nothing hidden, no scripts, no navigation."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.loaders.base import LoadedText, TextBuilder, one_line, without_empty
from qa.loaders.faq import with_questions
from qa.loaders.markup.html_article import around_article
from qa.loaders.markup.html_faq import add_marked_questions
from qa.loaders.markup.html_rules import limit_depth, mark_powers, mark_ticks
from qa.loaders.markup.html_walk import HtmlWalker
from qa.loaders.plain.encoding import Decoded, decode
from qa.types import Block, MetadataValue, Note

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*+=\s*+["']?\s*+([\w.:-]+)""", re.IGNORECASE
)
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
    """Read an HTML file: encoding from its byte-order mark, its declaration, or guessed. No line numbers.

    Menus and what is around an article are in the text as furniture.
    """
    return load_page(data, name)


def load_page(data: bytes, name: str, charset: str | None = None) -> LoadedText:
    """Read an HTML page whose encoding is ``charset`` where it does not declare one itself."""
    from selectolax.lexbor import LexborHTMLParser

    decoded = decode_html(data, name, charset)
    page = LexborHTMLParser(limit_depth(decoded.text))
    builder = TextBuilder(keep_lines=False)
    walker = HtmlWalker(builder, 1, keeps_menus=True)
    if page.root is not None:
        mark_powers(page.root)
        mark_ticks(page.root)
        walker.walk(page.root)
    loaded = builder.build()
    menus = walker.menus if len(walker.menus) < len(loaded.blocks) else set[int]()
    titles = {index for index, block in enumerate(loaded.blocks) if (block.kind, block.level) == ("heading", 1)}
    menus = menus - titles if titles <= menus else menus  # the only titles are in the header above the main part
    around = around_article(walker.outline, loaded.blocks, loaded.text, without=menus)
    blocks = [
        Block("furniture", block.start, block.end, indexed=False) if index in menus or index in around else block
        for index, block in enumerate(loaded.blocks)
    ]
    blocks = add_marked_questions(builder, page, blocks)
    notes = (*decoded.notes, *_around_note(len(around)))
    loaded = builder.build(title=_title(page) or walker.title, metadata=_metadata(page), notes=notes)
    return with_questions(replace(loaded, blocks=(*blocks, *loaded.blocks[len(blocks) :])), walker.hints)


def _around_note(paragraphs: int) -> tuple[Note, ...]:
    said = f"{paragraphs:,} paragraphs" if paragraphs > 1 else "1 paragraph"
    message = f"What is around the article ({said}: menus, teasers, forms) is not searched."
    return (Note("around_article", message),) if paragraphs else ()


def decode_html(data: bytes, name: str, charset: str | None = None) -> Decoded:
    """Decode HTML by its byte-order mark, its declaration, ``charset``, or as guessed."""
    declared = _DECLARED.search(data[:4096])
    return decode(data, name, declared[1].decode("ascii") if declared else charset)


def add_html(builder: TextBuilder, html: str, *, first_line: int) -> None:
    """Append the blocks of a piece of HTML inside another format; all get the source line ``first_line``."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(limit_depth(html)).body
    if body is not None:
        mark_powers(body)
        mark_ticks(body)
        HtmlWalker(builder, first_line).walk(body)


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
