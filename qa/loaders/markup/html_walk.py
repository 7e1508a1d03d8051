"""The tree of an HTML page → blocks, as a browser shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.faq import Hints
from qa.loaders.markup.html_article import Outline
from qa.loaders.markup.html_lists import (
    Entry,
    List,
    begin_list,
    is_entry,
    is_question,
    unfolds_text,
    word_item,
    word_number,
)
from qa.loaders.markup.html_rules import (
    BLOCK_TAGS,
    HEADING_TAGS,
    NOT_TEXT_TAGS,
    is_hidden,
    is_language_link,
    is_main,
    is_notes,
    is_plain,
)
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
_BOLD = ("b", "strong")
Attributes = dict[str, str | None]


class HtmlWalker:
    """Walks a tree with a stack of its own (pages nest thousands deep) and appends blocks to ``builder``.

    All get the source line ``line``; ``answers`` is what they answer where no question of the page's is nearer.
    Menus are left out unless ``keeps_menus``.
    """

    def __init__(
        self, builder: TextBuilder, line: int, *, answers: int | None = None, keeps_menus: bool = False
    ) -> None:
        self.title: str | None = None
        """The first heading of level 1."""
        self.menus: set[int] = set()
        """The blocks of menus, and of headers and footers around the main part."""
        self.outline = Outline()
        self.hints = Hints()
        self._builder, self._line = builder, line
        self._first = builder.next_index
        self._keeps_menus = keeps_menus
        self._in_menu = 0
        self._parts: list[str] = []
        self._captions: list[str] = []
        self._kinds: list[BlockKind] = []
        self._lists: list[List] = []
        self._entries = [Entry(question=answers)]
        self._is_new_item = self._is_term = False  # the text that comes begins an item; is a term or a question
        self._number = ""  # of the next item
        self._word_lists: dict[str, int] = {}
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
            node.attributes["aria-controls"] for node in root.css("[aria-controls]") if unfolds_text(node)
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
                plain = is_plain(tag, attributes)
                if plain or self._enter(node, tag, attributes):
                    if not plain:
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
        if attributes and (attributes.get("style") or "").lower() == "mso-list:ignore":
            self._number = word_number(node.text())
            return False
        is_menu = self._is_menu(tag, attributes)
        if tag in BLOCK_TAGS or is_menu:
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
        self._in_menu += is_menu
        self._in_main += is_main(tag, attributes)
        self._begin_entry(tag, attributes)
        self._begin_list(node, tag, attributes)
        if tag in _KINDS or is_notes(attributes):
            self._kinds.append(self._kind(tag, attributes))
        return True

    def _begin_list(self, node: LexborNode, tag: str, attributes: Attributes) -> None:
        """Begin a list or an item of one."""
        if tag in _LISTS:
            self._lists.append(begin_list(node, self._lists[-1] if self._lists else None, self._builder))
        elif tag == "li" and self._lists:
            self._number = self._lists[-1].next_number(attributes)
        elif tag == "p" and (item := word_item(attributes)):
            name, level = item
            if name not in self._word_lists:
                self._word_lists[name] = self._builder.new_group()
            self._lists += [List(self._word_lists[name])] * level
            self._kinds.append("list_item")
        elif tag != "dd":
            return
        self._is_new_item = tag not in _LISTS

    def _end_list(self, tag: str, attributes: Attributes) -> None:
        """End what ``_begin_list`` began."""
        if tag in _LISTS:
            self._lists.pop()
        elif tag == "li":
            self._number = ""
        elif tag == "p" and (item := word_item(attributes)):
            del self._lists[-item[1] :]
            self._kinds.pop()
            self._number = ""

    def _kind(self, tag: str, attributes: Attributes) -> BlockKind:
        if is_notes(attributes) or (tag == "li" and self._kinds[-1:] == ["note"]):
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
        if not self._keeps_menus and self._is_menu(tag, attributes):
            return True
        return tag == "li" and is_language_link(node)

    def _is_menu(self, tag: str, attributes: Attributes) -> bool:
        """True for a menu, and for a header or footer around the main part."""
        if tag == "nav" or (attributes and attributes.get("role") in ("navigation", "search")):
            return True
        return tag in _AROUND and self._drops_around and not self._in_main and not is_notes(attributes)

    def _leave(self, tag: str, attributes: Attributes) -> None:
        self._in_main -= is_main(tag, attributes)
        is_menu = self._is_menu(tag, attributes)
        if tag in HEADING_TAGS:
            text = self._flush("heading", int(tag[1]))
            if tag == "h1" and not self._in_menu:
                self.title = self.title or text or None
        elif tag in BLOCK_TAGS or is_menu:
            self._flush()
        if tag in BLOCK_TAGS:
            self._element = self.outline.parents[self._element]
        self._in_link -= tag == "a"
        self._in_bold -= tag in _BOLD
        self._in_heading -= tag in HEADING_TAGS
        self._in_menu -= is_menu
        self._end_entry(tag, attributes)
        if tag in _KINDS or is_notes(attributes):
            self._kinds.pop()
        self._end_list(tag, attributes)

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
            self._append(kind, *self._numbered(text), level, share)
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
        text, number = self._numbered(text)
        self._add_pending()
        if bold:
            self.hints.bold[self._builder.next_index] = bold + len(text) - length
        if kind == "list_item" and not self._is_new_item:
            self.hints.continued.add(self._builder.next_index)
        self._is_new_item = False
        self._append(kind, text, number, level, share)

    def _numbered(self, text: str) -> tuple[str, str]:
        """A text behind the number of the item that it begins, and the number."""
        number, self._number = self._number, ""
        return text if not number or text.startswith(number) else f"{number} {text}", number

    def _end_term(self, kind: BlockKind | None, text: str, level: int, share: float) -> None:
        """A term waits for its definition; a question, or a heading, is a block that the definition answers."""
        entry = self._entries[-1]
        self._is_term = False
        is_asked = entry.is_faq or is_question(text)
        if kind is None and not is_asked:
            entry.terms.append(text)
            return
        index = self._builder.next_index
        self._append(kind or "question", *self._numbered(text), level, share)
        if is_asked:
            entry.question = index

    def _append(self, kind: BlockKind, text: str, number: str = "", level: int = 0, share: float = 0.0) -> None:
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
            self._append("list_item" if is_list else "paragraph", text, level=len(self._lists) if is_list else 0)

    def _place(self, share: float) -> None:
        """Remember where the new blocks are."""
        added = self._builder.next_index - self._first - len(self.outline.places)
        self.outline.places.extend([(self._element, share)] * added)
        if self._in_menu:
            self.menus.update(range(self._builder.next_index - added, self._builder.next_index))


def _joined(parts: Sequence[str]) -> str:
    """The parts as a browser shows them."""
    text = _SPACES.sub(" ", _INVISIBLE.sub("", "".join(parts))).strip()
    return "\n".join(line.strip() for line in text.split(_BREAK)).strip() if _BREAK in text else text
