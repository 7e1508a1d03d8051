"""Which HTML elements are text and which are hidden; for HTML files and for HTML inside Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from qa.loaders.base import raised

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# fmt: off
VOID_TAGS = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
NOT_TEXT_TAGS = frozenset(
    [
        "annotation", "applet", "audio", "button", "canvas", "datalist", "frameset", "head", "iframe", "map",
        "noframes", "noscript",
        "object", "option", "script", "select", "style", "svg", "template", "textarea", "title", "video"
    ]
)
BLOCK_TAGS = frozenset(
    [
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
        "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
        "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "search", "section",
        "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"
    ]
)
INLINE_TAGS = frozenset(
    [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "ins", "kbd", "label", "mark", "math", "nobr", "picture", "q", "ruby", "s", "samp", "slot", "small", "span",
        "strike", "strong", "sub", "sup", "time", "tt", "u", "var"
    ]
)
# fmt: on
HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_OTHER_TAGS = ("colgroup", "meter", "optgroup", "output", "pre", "progress", "rb", "rp", "rt", "rtc")
KNOWN_TAGS = VOID_TAGS.union(NOT_TEXT_TAGS, BLOCK_TAGS, INLINE_TAGS, _OTHER_TAGS)
_NOTES = frozenset(["doc-footnote", "doc-endnote", "doc-endnotes", "footnote", "footnotes", "endnotes", "rearnotes"])
_PLAIN_TAGS = INLINE_TAGS - {"a", "b", "strong"}
_MEANINGFUL = frozenset(["aria-hidden", "hidden", "itemprop", "itemtype", "property", "role", "style", "typeof"])
_HIDING_STYLE = re.compile(r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse))(?:!important)?(?:;|$)")
_BOXES = ", ".join(f"{place} > input[type=checkbox]" for place in ("li", "li > label", "li > p", "td", "td > label"))
_STYLE_FILLER = re.compile(r"/\*.*?(?:\*/|\Z)|\s+", re.DOTALL)


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """True when an element's attributes (names in lower case) say that it is not shown."""
    if (
        attributes.get("hidden", "until-found") != "until-found"
        or (attributes.get("aria-hidden") or "").strip().lower() == "true"
    ):
        return True
    style = attributes.get("style")
    return bool(style and _HIDING_STYLE.search(_STYLE_FILLER.sub("", style).lower()))


def is_plain(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """True for an element that is only letters in another form."""
    return tag in _PLAIN_TAGS and (not attributes or _MEANINGFUL.isdisjoint(attributes))


def is_main(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """True for the main part of a page, or an article."""
    return tag in ("main", "article") or attributes.get("role") == "main"


def is_notes(attributes: Mapping[str, str | None]) -> bool:
    """True for a footnote, and for the part of a page that holds them."""
    if not attributes:
        return False
    names = f"{attributes.get('role') or ''} {attributes.get('epub:type') or ''} {attributes.get('class') or ''}"
    return not _NOTES.isdisjoint(names.split()) or "mso-element:footnote" in (attributes.get("style") or "")


def is_language_link(item: LexborNode) -> bool:
    """True for a list item that is nothing but a link to the same page in another language."""
    first = next(item.iter(include_text=True, skip_empty=True), None)
    return first is not None and first.tag == "a" and "hreflang" in first.attributes


def mark_powers(root: LexborNode) -> None:
    """Write the numbers that are set above the line behind numbers so that they are told apart from these."""
    for node in root.css("sup"):
        text, before = node.text().strip(), node.prev
        if before is not None and (power := raised(text, before.text())) != text:
            node.replace_with(power)


def mark_ticks(root: LexborNode) -> None:
    """Write the check boxes of list items and table cells as they are shown."""
    for node in root.css(_BOXES):
        if not is_hidden(node.attributes):
            node.replace_with("☒ " if "checked" in node.attributes else "☐ ")


_OPENING = re.compile(r"<(/?)([a-zA-Z][\w:-]*+)[^<>]*+>")
_UNCOUNTED = VOID_TAGS | {"p", "li", "dt", "dd", "tr", "td", "th", "option", "html", "head", "body", "script", "style"}
_MAX_DEPTH = 500


def limit_depth(html: str) -> str:
    """``html`` without the tags that open elements more than 500 deep; their text stays.

    The parser's time grows with the square of the depth (100,000 elements deep: 20 s). Browsers stop at 512.
    """
    if html.count("<") <= _MAX_DEPTH:
        return html
    depth, parts, done = 0, list[str](), 0
    for match in _OPENING.finditer(html):
        if match[2].lower() in _UNCOUNTED:
            continue
        depth = depth - 1 if match[1] else depth + 1
        if depth > _MAX_DEPTH or (match[1] and depth == _MAX_DEPTH):
            parts.append(html[done : match.start()])
            done = match.end()
        depth = max(depth, 0)
    parts.append(html[done:])
    return "".join(parts)
