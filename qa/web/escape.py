"""Text from documents made safe to show: every character that Markdown, HTML or a diagram language could read becomes a
character reference, so it shows as written and does nothing. And the links to quotes, which carry words of documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote as percent_encoded

_ACTIVE = re.compile(r"[&<>\"'\\`*_{}\[\]()#+\-.!|~$:=^@%/]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")
_LINKED_WORDS, _LINKED_CHARS, _LINKED_SEARCHED = 8, 60, 2_000
"""How much of a quote goes into a link to it, and among how many of its first characters it is looked for."""


def upright(name: str) -> str:
    """A name with a visible mark for each character that turns the direction of others: ``photo_gpj.exe`` with one of
    them looks like ``photo_exe.jpg``."""
    return _TURNS.sub("\N{REPLACEMENT CHARACTER}", name)


def escape(text: str) -> str:
    """``text`` on one line, with each run of white space as one space and without white space at its ends."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", _SPACE.sub(" ", text).strip())


def escape_lines(text: str) -> str:
    """As ``escape``, but line breaks stay, as references that cannot end an HTML block."""
    return "&#10;".join(line for line in map(escape, text.splitlines()) if line)


def escape_part(text: str) -> str:
    """As ``escape`` for a part of a line: one space stays where the part begins or ends with white space."""
    inner = escape(text)
    left = " " if text[:1].isspace() else ""
    return f"{left}{inner}{' ' if inner and text[-1:].isspace() else ''}"


def escape_bold(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """As ``escape_part``, with these ``[start:end]`` bold; one that overlaps another before it is left out."""
    parts, at = [], 0
    for start, end in spans:
        if start >= at and text[start:end].strip():
            parts += [escape_part(text[at:start]), f"<strong>{escape_part(text[start:end])}</strong>"]
            at = end
    return "".join(parts) + escape_part(text[at:])


def quote_href(
    document_id: str, start: int, end: int, source_id: int = 0, quote: str = "", *, library_id: str = ""
) -> str:
    """The fragment that names a location in a document. The source and the first words of the quote let
    ``qa.web.routes.links`` find it again after a change; the library's id tells that source from another library's.
    """
    location = f"#c-{document_id}-{start}-{end}"
    if not source_id:
        return location
    words = percent_encoded(_first_words(quote), safe="").replace("_", "%5F").replace("~", "%7E")
    return f"{location}-{source_id}{library_id and f'.{library_id}'}-{words}"


def _first_words(quote: str) -> str:
    """At most eight words and 60 characters, separated by single spaces; never empty unless the quote is."""
    words = " ".join(quote[:_LINKED_SEARCHED].split()[:_LINKED_WORDS])
    if len(words) <= _LINKED_CHARS:
        return words
    return words[: _LINKED_CHARS + 1].rpartition(" ")[0] or words[:_LINKED_CHARS]
