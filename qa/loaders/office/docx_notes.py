"""Numbers of footnotes and endnotes (ECMA-376 part 1, 17.11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from qa.loaders.number_words import in_format
from qa.loaders.office.docx_xml import W, number, value

KINDS = ("footnote", "endnote")
_DEFAULT_FORMATS = {"footnote": "decimal", "endnote": "lowerRoman"}


class _Rule(NamedTuple):
    form: str
    start: int
    restart: str


class NoteNumbers:
    """Counts the notes of a document, in the order in which its text refers to them."""

    def __init__(self, settings: Iterable[Any], sections: Iterable[Any]) -> None:
        """``settings``: roots of the settings parts; ``sections``: the ``w:sectPr`` elements, in order."""
        properties = [*settings]
        self._sections = [*sections]
        self._rules = {kind: _rule(kind, properties) for kind in KINDS}
        self._section = 0
        self._counts = {kind: self._rule(kind).start - 1 for kind in KINDS}

    def next_section(self) -> None:
        """Go on in the next section of the document."""
        self._section += 1
        for kind in KINDS:
            if self._rule(kind).restart == "eachSect":
                self._counts[kind] = self._rule(kind).start - 1

    def number(self, kind: str) -> str:
        """The number of the next note; empty where each page starts anew, for nobody but Word knows the pages."""
        rule = self._rule(kind)
        self._counts[kind] += 1
        return "" if rule.restart == "eachPage" else in_format(self._counts[kind], rule.form)

    def _rule(self, kind: str) -> _Rule:
        own = self._sections[self._section] if self._section < len(self._sections) else None
        return self._rules[kind] if own is None else _rule(kind, [own], self._rules[kind])


def _rule(kind: str, properties: Iterable[Any], rule: _Rule | None = None) -> _Rule:
    rule = rule or _Rule(_DEFAULT_FORMATS[kind], 1, "continuous")
    for element in properties:
        own = element.find(f"{W}{kind}Pr")
        start = number(own, "numStart")
        form, restart = value(own, "numFmt") or rule.form, value(own, "numRestart") or rule.restart
        rule = _Rule(form, rule.start if start is None else start, restart)
    return rule
