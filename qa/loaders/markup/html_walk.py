"""The tree of an HTML page → blocks, as a browser shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.faq import Hints
from qa.loaders.markup.html_article import Outline
from qa.loaders.markup.html_lists import Entry, List, begin_list, is_entry, is_question
from qa.loaders.markup.html_rules import BLOCK_TAGS, HEADING_TAGS, INLINE_TAGS, NOT_TEXT_TAGS, is_hidden
from qa.loaders.markup.html_table import inline_text, is_data_table, table_grid
from qa.loaders.tables import add_table
from qa.types import BlockKind

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_SPACES = re.compile("[ \t\n\r\f\xa0]+")
_INVISIBLE = re.compile("[\xad\u200b\ufeff]")  # where a word may break
_BREAK = "\x0b"  # for <br>, until white space is collapsed
_KINDS: dict[str, BlockKind] = {
    "li": "list_item",
    "dd": "list_item",
    "blockquote": "quote",
    "details": "paragraph",
    "figcaption": "caption",
    "caption": "caption",
}
_LISTS = ("ul", "ol", "menu", "dir", "dl")
_AROUND = ("header", "footer", "aside")
_TERMS = ("dt", "summary")
_NOTES = frozenset(["doc-footnote", "doc-endnote", "doc-endnotes", "footnote", "footnotes", "endnotes", "rearnotes"])
_BOLD = ("b", "strong")
_PLAIN_TAGS = INLINE_TAGS - {"a", *_BOLD}
_MEANINGFUL = frozenset(["aria-hidden", "hidden", "itemprop", "itemtype", "property", "role", "style", "typeof"])
"""Attributes without which those tags are only letters in another form."""
Attributes = dict[str, str | None]


class HtmlWalker:
    """Walks a tree with a stack of its own (pages nest thousands deep) and appends blocks to ``builder``.

    All get the source line ``line``; ``answers`` is what they answer where no question of the page's is nearer.
    """

    def __init__(self, builder: TextBuilder, line: int, answers: int | None = None) -> None:
        self.title: str | None = None
        """The first heading of level 1."""
        self.left_out = 0
        """The number of menus, and of headers and footers around the main part, that were left out."""
        self.outline = Outline()
        self.hints = Hints()
        self._builder, self._line = builder, line
        self._first = builder.next_index
        self._parts: list[str] = []
        self._captions: list[str] = []
        self._kinds: list[BlockKind] = []
        self._lists: list[List] = []
        self._entries = [Entry(question=answers)]
        self._is_term = False  # the text that comes is a term or a question
        self._number = ""  # of the next item
        self._is_new_item = False
        self._in_bold = 0
        self._bold = 0  # parts of the bold words at the start of the current text
        self._in_main = self._in_link = self._in_heading = 0  # how many are around
        self._drops_around = False
        self._expandable: frozenset[str | None] = frozenset()
        self._element = -1  # around, in the outline
        self._chars = self._linked = 0  # of the current text

    def walk(self, root: LexborNode) -> None:
        """Append the text of ``root``."""
        self._drops_around = root.css_first("main, article, [role=main]") is not None
        self._expandable = frozenset(
            node.attributes["aria-controls"] for node in root.css("[aria-controls]") if _unfolds_text(node)
        )
        stack: list[tuple[LexborNode, Attributes | None]] = [(root, None)]  # attributes: of what is left, not entered
        while stack:
            node, left = stack.pop()
            if left is not None:
                self._leave(node.tag or "", left)
            elif node.is_text_node:
                self._add_text(node.text_content or "")
            elif node.is_element_node:
                tag, attributes = node.tag or "", node.attributes
                is_plain = tag in _PLAIN_TAGS and (not attributes or _MEANINGFUL.isdisjoint(attributes))
                if is_plain or self._enter(node, tag, attributes):
                    if not is_plain:
                        stack.append((node, attributes))
                    stack.extend([(child, None) for child in reversed(list(node.iter(include_text=True)))])
        self._flush("paragraph")

    def _add_text(self, text: str) -> None:
        if self._bold == len(self._parts) and (self._in_bold or not text.strip()):
            self._bold += 1
        self._parts.append(text)
        chars = len(text.strip())
        self._chars += chars
        self._linked += chars if self._in_link else 0

    def _enter(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        """Begin an element; False when its children are not to be walked."""
        if self._is_left_out(node, tag, attributes):
            return False
        if tag in BLOCK_TAGS:
            self._flush()
        if tag in ("br", "img", "pre") or (tag == "table" and is_data_table(node)):
            self._leaf(node, tag)
            return False
        if tag in BLOCK_TAGS:
            self.outline.add(self._element, tag)
            self._element = len(self.outline.tags) - 1
        self._in_link += tag == "a"
        self._in_bold += tag in _BOLD
        self._in_heading += tag in HEADING_TAGS
        self._in_main += _is_main(tag, attributes)
        self._begin_entry(tag, attributes)
        if tag in _LISTS:
            self._lists.append(begin_list(node, self._lists[-1] if self._lists else None, self._builder))
        self._is_new_item = self._is_new_item or tag in ("li", "dd")
        if tag == "li" and self._lists:
            self._number = self._lists[-1].next_number(attributes)
        if tag in _KINDS or _is_notes(attributes):
            self._kinds.append(self._kind(tag, attributes))
        return True

    def _kind(self, tag: str, attributes: Attributes) -> BlockKind:
        if _is_notes(attributes) or (tag == "li" and self._kinds[-1:] == ["note"]):
            return "note"
        if is_entry(tag, attributes) or (tag == "dd" and self._entries[-1].question is not None):
            return "paragraph"
        return _KINDS[tag]

    def _begin_entry(self, tag: str, attributes: Attributes) -> None:
        """Begin a list of definitions, a question that is marked up as one, or a part of these."""
        begins = is_entry(tag, attributes)
        if begins or tag in _LISTS:
            self._add_pending()
        if begins:
            self._entries.append(Entry.begin(tag, attributes, self._entries[-1]))
        entry = self._entries[-1]
        if entry.is_term(tag, attributes):
            entry.begin_term()
            self._is_term = True
        elif tag == "dd":
            entry.begin_definition(len(self._kinds) + 1)
        elif entry.is_answer(attributes):
            entry.is_answering = True

    def _is_left_out(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        if tag == "button":
            return not (self._in_heading or self._is_term or is_question(node.text()))
        if tag in NOT_TEXT_TAGS or (tag == "dialog" and "open" not in attributes):
            return True
        if is_hidden(attributes):
            return attributes.get("id") not in self._expandable and not self._entries[-1].is_answer(attributes)
        is_menu = tag == "nav" or attributes.get("role") in ("navigation", "search")
        if is_menu or (tag in _AROUND and self._drops_around and not self._in_main and not _is_notes(attributes)):
            self.left_out += 1
            return True
        return tag == "li" and _is_language_link(node)

    def _leave(self, tag: str, attributes: Attributes) -> None:
        if tag in HEADING_TAGS:
            text = self._flush("heading", int(tag[1]))
            self.title = self.title or (text if tag == "h1" and text else None)
        elif tag in BLOCK_TAGS:
            self._flush()
        if tag in BLOCK_TAGS:
            self._element = self.outline.parents[self._element]
        self._in_link -= tag == "a"
        self._in_bold -= tag in _BOLD
        self._in_heading -= tag in HEADING_TAGS
        self._in_main -= _is_main(tag, attributes)
        self._end_entry(tag, attributes)
        if tag in _KINDS or _is_notes(attributes):
            self._kinds.pop()
        if tag == "li":
            self._number = ""
        elif tag in _LISTS:
            self._lists.pop()

    def _end_entry(self, tag: str, attributes: Attributes) -> None:
        """End what ``_begin_entry`` began."""
        entry = self._entries[-1]
        if self._is_term and entry.is_term(tag, attributes) and not any(map(str.strip, self._parts)):
            self._is_term = False
        if tag == "summary":
            entry.begin_definition(len(self._kinds))
        elif tag in ("dd", "dl", "details"):
            self._add_pending(is_last=tag != "dd")
        if entry.is_answer(attributes):
            entry.is_answering = False
        if is_entry(tag, attributes):
            self._entries.pop()

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
            self._add_pending()
            add_table(self._builder, grid, lines=[self._line] * len(grid), answers=self._entries[-1].answered)
            self._place(sum(len(link.text()) for link in node.css("a")) / max(len(node.text()), 1))

    def _flush(self, kind: BlockKind | None = None, level: int = 0) -> str:
        """End the current text as one block, followed by the captions of its pictures; return the text."""
        text = _joined(self._parts) if self._parts else ""
        bold = len(_joined(self._parts[: self._bold])) if self._bold else 0
        share = self._linked / max(self._chars, 1)
        self._parts.clear()
        self._chars = self._linked = self._bold = 0
        if text and self._is_term:
            self._end_term(kind, text, level, share)
        elif text and kind:
            self._append(kind, text, level, share=share)
        elif text:
            self._add_item(text, share, bold)
        for caption in self._captions:
            self._append("caption", caption)
        self._captions.clear()
        return text

    def _add_item(self, text: str, share: float, bold: int) -> None:
        """Append a text that is no heading: a list item with its number, a definition behind its term."""
        length = len(text)
        entry, kind = self._entries[-1], self._kinds[-1] if self._kinds else "paragraph"
        level = len(self._lists) if kind == "list_item" else 0
        if entry.pending and entry.depth == len(self._kinds):
            text = entry.take_pending() + text
        number, self._number = self._number, ""
        if number and not text.startswith(number):
            text = f"{number} {text}"
        self._add_pending()
        if bold:
            self.hints.bold[self._builder.next_index] = bold + len(text) - length
        if kind == "list_item" and not self._is_new_item:
            self.hints.continued.add(self._builder.next_index)
        self._is_new_item = False
        self._append(kind, text, level, number, share)

    def _end_term(self, kind: BlockKind | None, text: str, level: int, share: float) -> None:
        """A term waits for its definition; a question, or a heading, is a block that the definition answers."""
        entry = self._entries[-1]
        self._is_term = False
        is_asked = entry.is_faq or is_question(text)
        if kind is None and not is_asked:
            entry.terms.append(text)
            return
        index = self._builder.next_index
        self._append(kind or "question", text, level, share=share)
        if is_asked:
            entry.question = index

    def _append(self, kind: BlockKind, text: str, level: int = 0, number: str = "", share: float = 0.0) -> None:
        if not text.strip():
            return
        self._add_pending()
        answers = self._entries[-1].answered if kind not in ("heading", "question") else None
        if answers is not None and kind == "paragraph":
            kind = "answer"
        group = self._lists[-1].group if self._lists and kind in ("list_item", "note") else None
        marks = [(0, self._line)]
        self._builder.block(kind, text, level=level, marks=marks, number=number, group=group, answers=answers)
        self._place(share)

    def _add_pending(self, is_last: bool = False) -> None:
        """Append a term that no text follows as a block of its own."""
        if text := self._entries[-1].take_pending(is_last).removesuffix(": "):
            is_list = self._entries[-1].tag == "dl"
            self._append("list_item" if is_list else "paragraph", text, len(self._lists) if is_list else 0)

    def _place(self, share: float) -> None:
        """Remember where the new blocks are."""
        added = self._builder.next_index - self._first - len(self.outline.places)
        self.outline.places.extend([(self._element, share)] * added)


def _joined(parts: Sequence[str]) -> str:
    """The parts as a browser shows them."""
    text = _SPACES.sub(" ", _INVISIBLE.sub("", "".join(parts))).strip()
    return "\n".join(line.strip() for line in text.split(_BREAK)).strip() if _BREAK in text else text


def _is_main(tag: str, attributes: Attributes) -> bool:
    return tag in ("main", "article") or attributes.get("role") == "main"


def _is_notes(attributes: Attributes) -> bool:
    """True for a footnote, and for the part of a page that holds them."""
    if not attributes:
        return False
    names = f"{attributes.get('role') or ''} {attributes.get('epub:type') or ''} {attributes.get('class') or ''}"
    return not _NOTES.isdisjoint(names.split()) or "mso-element:footnote" in (attributes.get("style") or "")


def _is_language_link(item: LexborNode) -> bool:
    """True for a list item that is nothing but a link to the same page in another language."""
    first = next(item.iter(include_text=True, skip_empty=True), None)
    return first is not None and first.tag == "a" and "hreflang" in first.attributes


def _unfolds_text(node: LexborNode) -> bool:
    """True for what a reader presses to see more text, not a menu: it is in a heading or a question."""
    around = (node, node.parent, node.parent and node.parent.parent)
    if any(each is not None and each.tag in (*HEADING_TAGS, *_TERMS) for each in around):
        return True
    return node.tag == "button" and is_question(node.text())
