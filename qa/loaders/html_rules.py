"""What of HTML is no text: elements, attributes and styles that hide. Shared by HTML and by HTML inside Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping

# fmt: off
VOID_TAGS = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
NOT_TEXT_TAGS = frozenset(
    [
        "applet", "audio", "canvas", "datalist", "frameset", "head", "iframe", "map", "noframes", "noscript",
        "object", "option", "script", "select", "style", "svg", "template", "title", "video"
    ]
)
TEXT_TAGS = frozenset(
    [
        "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "body",
        "button", "caption", "center", "cite", "code", "colgroup", "data", "dd", "del", "details", "dfn",
        "dialog", "dir", "div", "dl", "dt", "em", "fieldset", "figcaption", "figure", "font", "footer", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "html", "i", "ins", "kbd", "label", "legend",
        "li", "main", "mark", "math", "menu", "meter", "nav", "nobr", "ol", "optgroup", "output", "p",
        "picture", "pre", "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "search", "section",
        "slot", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td",
        "textarea", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var"
    ]
)
# fmt: on
KNOWN_TAGS = VOID_TAGS | NOT_TEXT_TAGS | TEXT_TAGS
_HIDING_STYLE = re.compile(r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse))(?:!important)?(?:;|$)")
_STYLE_FILLER = re.compile(r"/\*.*?\*/|\s+", re.DOTALL)


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """True when an element's attributes (names in lower case) say that it is not shown."""
    if "hidden" in attributes:
        return True
    if (attributes.get("aria-hidden") or "").strip().lower() == "true":
        return True
    style = attributes.get("style")
    return bool(style) and bool(_HIDING_STYLE.search(_STYLE_FILLER.sub("", style or "").lower()))
