"""HTML inside Markdown: text without tags and hidden elements, even those around Markdown."""

from __future__ import annotations

import re
from functools import cached_property
from html import escape

from qa.loaders.base import TextBuilder
from qa.loaders.markup.html_rules import KNOWN_TAGS, NOT_TEXT_TAGS, VOID_TAGS, is_hidden

_NAME = r"([a-zA-Z][\w:-]*+)"
_CLOSING = re.compile(f"</{_NAME}")
_TAG = re.compile(rf"<(/?){_NAME}((?:\"[^\"]{{0,2000}}+\"|'[^']{{0,2000}}+'|[^'\"<>]++){{0,200}}+)>")
_ATTRIBUTE = re.compile(r"([^\s\"'>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?")
_COMPONENT = re.compile(r"<[A-Z][\w.]*+\s(?:[^<>\"']++|\"[^\"<>]*+\"|'[^'<>]*+')*+>")
_LABEL = re.compile(r"\s(?:label|title)=\{?(?:\"([^\"]*+)\"|'([^']*+)')")
_MARKUP = re.compile(r"<!--.*?(?:-->|\Z)|<[?!/a-zA-Z][^<>]*>", re.DOTALL)


class HtmlPieces:
    """Follows the HTML pieces of one Markdown text. ``hiding`` is True inside a hidden element."""

    def __init__(self, source: str) -> None:
        self.hiding = False
        self._source = source
        self._name = ""
        self._depth = 0
        self._inline = False

    def inline(self, tag: str) -> str:
        """The text of an inline piece: a newline for ``<br>``, ``<T>`` itself when it is not HTML, or none."""
        match = _TAG.fullmatch(tag)
        if not match:
            return ""  # a comment, a declaration
        closing, name, attributes = bool(match[1]), match[2].lower(), match[3]
        if self.hiding:
            self._follow(closing, name)
            return ""
        if self._opens_hidden(closing, name, attributes):
            self._inline = True
            return ""
        if name == "br":
            return "\n"
        if not closing and (label := _label(tag)):
            return f"{label}: "
        unknown = name not in KNOWN_TAGS and not closing and not attributes.strip()
        return tag if unknown and name not in self._closed else ""

    def end_of_block(self) -> None:
        """An inline element hides no further than its own block."""
        if self._inline:
            self.hiding = self._inline = False

    def block(self, html: str, builder: TextBuilder, line: int) -> None:
        """Append the text of an HTML block that starts on source line ``line``."""
        if self.hiding:
            end = self._end_of_hidden(html)
            if end is None:
                return
            line += html.count("\n", 0, end)
            html = html[end:]
        if "label=" in html or "title=" in html:
            html = _COMPONENT.sub(lambda match: f"<figcaption>{escape(_label(match[0]))}</figcaption>{match[0]}", html)
        if not _MARKUP.sub("", html).strip():
            self._open(html)
            return
        from qa.loaders.markup.html import add_html

        add_html(builder, html, first_line=line)
        self._open(html)

    @cached_property
    def _closed(self) -> frozenset[str]:
        """Names of all elements that are closed anywhere in the source."""
        return frozenset(name.lower() for name in _CLOSING.findall(self._source))

    def _follow(self, closing: bool, name: str) -> None:
        if name == self._name:
            self._depth += -1 if closing else 1
            self.hiding = self._depth > 0
            self._inline = self._inline and self.hiding

    def _opens_hidden(self, closing: bool, name: str, attributes: str) -> bool:
        """Start hiding at a hidden element's opening tag, when it is closed anywhere in the source."""
        if closing or name in VOID_TAGS or attributes.endswith("/"):
            return False
        if name not in NOT_TEXT_TAGS and not is_hidden(_attributes(attributes)):
            return False
        if name not in self._closed:
            return False
        self.hiding, self._name, self._depth = True, name, 1
        return True

    def _open(self, html: str) -> None:
        """Start hiding when a hidden element opened in ``html`` is still open at its end."""
        if "<!--" in html:
            html = re.sub(r"<!--.*?(?:-->|\Z)", "", html, flags=re.DOTALL)
        for match in _TAG.finditer(html):
            if self.hiding:
                self._follow(bool(match[1]), match[2].lower())
            else:
                self._opens_hidden(bool(match[1]), match[2].lower(), match[3])

    def _end_of_hidden(self, html: str) -> int | None:
        for match in _TAG.finditer(html):
            self._follow(bool(match[1]), match[2].lower())
            if not self.hiding:
                return match.end()
        return None


def _label(tag: str) -> str:
    """The words that a component of MDX (``<TabItem label="Linux">``) shows above its content; empty for others."""
    found = _LABEL.search(tag) if tag[1:2].isupper() else None
    return (found[1] or found[2] or "").strip() if found else ""


def _attributes(text: str) -> dict[str, str | None]:
    return {match[1].lower(): match[2] or match[3] or match[4] for match in _ATTRIBUTE.finditer(text)}
