"""Lists of HTML: numbers of items, and terms or questions with what belongs to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.markup.html_rules import HEADING_TAGS
from qa.loaders.number_words import in_format

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_INTEGER = re.compile(r"\s*+([+-]?\d{1,9})")
_WORD_ITEM = re.compile(r"mso-list:\s{0,9}(l\d{1,9}) level([1-9])")
_WORD_BULLETS = ("o", "§", "·", "v", "Ø", "ü", "q")  # as the letters of the fonts Symbol, Wingdings and Courier
_STYLES = {"none": "", "lower-alpha": "a", "upper-alpha": "A", "lower-roman": "i", "upper-roman": "I"}
_QUESTION = re.compile(
    r"""(?:[?？؟⁇⁈፧⸮]!?|[\u0370-\u03ff];|\u037e|(?:です|ます|ません|でしょう)か[。．]?|[吗呢嗎][。．]?)["'’”»“)）」』\]]{0,3}$"""
)
_ARMENIAN_MARK = "\u055e"  # on the word that is asked for
_FAQ = re.compile(r"(?:^|[\s_-])faqs?(?:$|[\s_-])", re.IGNORECASE)
_QUESTION_TYPE = re.compile(r"(?:^|[/:\s])Question(?:$|\s)")
_ANSWER_PROPERTIES = ("acceptedAnswer", "suggestedAnswer")
Attributes = Mapping[str, str | None]


def is_question(text: str) -> bool:
    """True for a text that ends with a question mark of any script, or that ends as questions do without one."""
    text = text.strip()
    return bool(_QUESTION.search(text[-12:])) or _ARMENIAN_MARK in text[-100:]


def unfolds_text(node: LexborNode) -> bool:
    """True for what a reader presses to see more text, not a menu: it is in a heading or a question."""
    around = (node, node.parent, node.parent and node.parent.parent)
    if any(each is not None and each.tag in (*HEADING_TAGS, "dt", "summary") for each in around):
        return True
    return node.tag == "button" and is_question(node.text())


@dataclass(slots=True)
class List:
    """A list that the walk is in."""

    group: int
    next: int | None = None
    """The number of the next item; None in a list without numbers."""
    step: int = 1
    style: str = "1"

    def next_number(self, attributes: Attributes) -> str:
        """The next item's number as it is shown; empty in a list without numbers."""
        if self.next is None:
            return ""
        number = _integer(attributes.get("value"), self.next)
        self.next = number + self.step
        return f"{_written(number, self.style)}."


def begin_list(node: LexborNode, around: List | None, builder: TextBuilder) -> List:
    """The list of an element ``ul``, ``ol``, …; one inside another is part of it."""
    attributes = node.attributes
    group = around.group if around else builder.new_group()
    style = _style(attributes.get("style") or "", attributes.get("type") or "1")
    if node.tag != "ol" or not style:
        return List(group)
    if "reversed" not in attributes:
        return List(group, _integer(attributes.get("start"), 1), 1, style)
    count = sum(child.tag == "li" for child in node.iter())
    return List(group, _integer(attributes.get("start"), count), -1, style)


def word_item(attributes: Attributes) -> tuple[str, int] | None:
    """Of a paragraph that Word saved as an item of a list: the list's name, and the item's level."""
    found = _WORD_ITEM.search(attributes.get("style") or "") if attributes else None
    return (found[1], int(found[2])) if found else None


def word_number(text: str) -> str:
    """The number in the text that Word puts before an item; empty for a bullet."""
    number = one_line(text)
    return number if number not in _WORD_BULLETS and any(map(str.isalnum, number)) else ""


def _style(css: str, default: str) -> str:
    """The style of a list's numbers, as in the attribute ``type``; empty where none are shown."""
    for declaration in css.lower().split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() in ("list-style", "list-style-type"):
            default = next((_STYLES[word] for word in value.split() if word in _STYLES), default)
    return default


def _integer(text: str | None, default: int) -> int:
    match = _INTEGER.match(text or "")
    return int(match[1]) if match else default


def _written(number: int, style: str) -> str:
    if style in ("i", "I") and 0 < number < 4000:
        letters = in_format(number, "lowerRoman")
    elif style in ("a", "A") and number > 0:
        letters = ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord("a") + rest) + letters
    else:
        return str(number)
    return letters.upper() if style.isupper() else letters


@dataclass(slots=True)
class Entry:
    """A ``dl``, a ``details`` or a question of schema.org that the walk is in; outside, what answers nothing."""

    tag: str = ""
    is_faq: bool = False
    """True where every term is a question."""
    is_marked: bool = False
    """True for schema.org's, whose answers are marked too."""
    question: int | None = None
    """The block that what comes answers."""
    outer: int | None = None
    """The block that all of the entry answers."""
    is_answering: bool = True
    terms: list[str] = field(default_factory=list)
    pending: str = ""
    """Terms that wait for the text of their definition, which is ``depth`` kinds deep."""
    depth: int = 0
    is_defined: bool = False
    """True when the terms have been given their definition."""

    @classmethod
    def begin(cls, tag: str, attributes: Attributes, around: Entry) -> Entry:
        """The entry of an element that ``is_entry``."""
        marked = _has_type(attributes)
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''} {_type(attributes)}"
        is_faq = marked or bool(tag == "dl" and (_FAQ.search(names) or "FAQPage" in names))
        return cls(tag, is_faq, marked, None, around.answered, not marked)

    @property
    def answered(self) -> int | None:
        """The block that a text here answers."""
        return self.question if self.question is not None and self.is_answering else self.outer

    def is_term(self, tag: str, attributes: Attributes) -> bool:
        """True for the element of a term, or of the question's words."""
        if (self.tag == "dl" and tag == "dt") or (self.tag == "details" and tag == "summary"):
            return True
        return self.is_marked and self.question is None and not self.is_answering and _property(attributes) == "name"

    def is_answer(self, attributes: Attributes) -> bool:
        """True for the element of a marked answer."""
        return self.is_marked and _property(attributes) in _ANSWER_PROPERTIES

    def begin_term(self) -> None:
        """What comes is a term, the first of an entry or a further one for the same definition."""
        self.question = None
        if self.is_defined:
            self.terms, self.is_defined = [], False

    def begin_definition(self, depth: int) -> None:
        """What comes defines the terms."""
        self.is_defined = True
        self.depth = depth
        self.pending = ", ".join(self.terms)

    def take_pending(self, is_last: bool = False) -> str:
        """The terms that wait for a text, as its beginning; with ``is_last`` also those that have no definition."""
        if is_last and not self.is_defined:
            self.pending, self.terms = ", ".join(self.terms), []
        text, self.pending = self.pending, ""
        return text if not text else f"{text} " if text.endswith(":") else f"{text}: "


def is_entry(tag: str, attributes: Attributes) -> bool:
    """True for an element that holds terms or a question."""
    return tag in ("dl", "details") or _has_type(attributes)


def _has_type(attributes: Attributes) -> bool:
    return bool(attributes and (named := _type(attributes)) and _QUESTION_TYPE.search(named))


def _type(attributes: Attributes) -> str:
    return attributes.get("itemtype") or attributes.get("typeof") or ""


def _property(attributes: Attributes) -> str:
    return attributes.get("itemprop") or attributes.get("property") or ""
