"""The content of Word's paragraphs: words, and what hangs on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import hexdigits
from typing import Any, NamedTuple

from qa.loaders.base import raised
from qa.loaders.office.docx_forms import TICKED, UNTICKED, field_value, shown_in, symbol
from qa.loaders.office.docx_notes import NoteNumbers
from qa.loaders.office.docx_styles import Style, is_hidden
from qa.loaders.office.docx_xml import MC, W, alternative, children, is_raised, is_ticked, style_id

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_CHARACTERS = {W + "tab": "\t", W + "cr": "\n", W + "noBreakHyphen": "-", W + "ptab": "\t"}
_NOTE_MARKS = {W + "footnoteReference": "footnote", W + "endnoteReference": "endnote"}
_DRAWINGS = {W + "drawing", W + "pict", W + "object"}
_TEXT_BOX = W + "txbxContent"
_UNREAD = {
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart": "chart",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds": "diagram",
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip": "picture",
    "{urn:schemas-microsoft-com:vml}imagedata": "picture",
    "{urn:schemas-microsoft-com:office:office}OLEObject": "file",
    W + "control": "form control",
}
_TRUE = ("1", "true", "on")


class NoteReference(NamedTuple):
    """Where a text refers to a note."""

    kind: str
    """``footnote`` or ``endnote``."""
    id: str
    number: str
    """As shown; empty when it is not known."""
    is_own_mark: bool = False
    """True for a mark that the author wrote, such as ``*``; the note usually begins with it."""


@dataclass(slots=True)
class Inline:
    """The content of one paragraph: its words, and the text boxes and notes that come after it."""

    words: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    notes: list[NoteReference] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words, white space around them removed."""
        return "".join(self.words).strip()

    def add(self, other: Inline) -> None:
        """Go on with what ``other`` holds."""
        self.words += other.words
        self.boxes += other.boxes
        self.notes += other.notes


@dataclass(slots=True)
class _Field:
    """A complex field that is open."""

    is_unseen: bool
    """True when its result is not shown: its value was taken from its data, or it is part of another field's code."""
    in_result: bool = False


class InlineReader:
    """Reads paragraphs."""

    def __init__(self, styles: Mapping[str, Style], numbers: NoteNumbers) -> None:
        self._styles = styles
        self._numbers = numbers
        self.left_out: Counter[str] = Counter()
        """What is not read, by kind."""

    def read(self, paragraph: Any, *, hidden: bool) -> Inline:
        """The content of a ``w:p``; ``hidden``: its style hides what does not say that it is shown."""
        inline = Inline()
        self._collect(paragraph, inline, [], hidden, "")
        return inline

    def _collect(self, element: Any, inline: Inline, fields: list[_Field], hidden: bool, font: str) -> None:
        for child in children(element):
            tag = child.tag
            if tag == W + "r":
                self._run(child, inline, fields, hidden)
            elif tag == W + "fldChar":
                self._field(child, inline, fields, hidden)
            elif tag in _DRAWINGS:
                self._drawing(child, inline, hidden)
            elif hidden:
                self.left_out["hidden"] += tag == W + "t"
            elif fields and fields[-1].in_result and fields[-1].is_unseen:
                continue
            elif tag == W + "sdt":
                inline.words.append(TICKED if is_ticked(child) else UNTICKED)
            elif tag in _NOTE_MARKS:
                self._note(child, inline)
            else:
                words = self._words(child, font)
                if words is None:
                    self._collect(child, inline, fields, hidden, font)
                else:
                    inline.words.append(words)

    def _run(self, run: Any, inline: Inline, fields: list[_Field], hidden: bool) -> None:
        start = len(inline.words)
        self._collect(run, inline, fields, *self._run_style(run, hidden))
        if is_raised(run):
            before = inline.words[start - 1] if start else ""
            inline.words[start:] = [raised("".join(inline.words[start:]), before)]

    def _words(self, element: Any, font: str) -> str | None:
        """The words of an element that holds no others; None for one that does."""
        tag = element.tag
        if tag in (W + "t", _MATH + "t"):
            return shown_in(font, element.text or "")
        if tag == W + "br":
            return " " if element.get(W + "type") in ("page", "column") else "\n"
        if tag == W + "sym":
            return self._symbol(element)
        return _CHARACTERS.get(tag)

    def _field(self, element: Any, inline: Inline, fields: list[_Field], hidden: bool) -> None:
        kind = element.get(W + "fldCharType")
        if kind == "begin":
            data = element.find(W + "ffData")
            shown = None if data is None else field_value(data)
            in_code = bool(fields) and (fields[-1].is_unseen or not fields[-1].in_result)
            fields.append(_Field(shown is not None or in_code))
            if shown and not hidden:
                inline.words.append(shown)
        elif kind == "separate" and fields:
            fields[-1].in_result = True
        elif kind == "end" and fields:
            fields.pop()

    def _drawing(self, element: Any, inline: Inline, hidden: bool) -> None:
        if hidden:
            return
        for inner in _drawn(element):
            if inner.tag == _TEXT_BOX:
                inline.boxes.append(inner)
            elif element.tag != W + "object" or _UNREAD[inner.tag] != "picture":  # the picture of an embedded file
                self.left_out[_UNREAD[inner.tag]] += 1

    def _note(self, element: Any, inline: Inline) -> None:
        kind = _NOTE_MARKS[element.tag]
        is_own_mark = element.get(W + "customMarkFollows") in _TRUE
        if is_own_mark:
            mark = element.getnext()
            number = "" if mark is None or mark.tag != W + "t" else (mark.text or "").strip()
        else:
            number = self._numbers.number(kind)
            inline.words.append(f"[{number}]" if number else "")
            self.left_out["note number"] += not number
        inline.notes.append(NoteReference(kind, element.get(W + "id") or "", number, is_own_mark))

    def _run_style(self, run: Any, hidden: bool) -> tuple[bool, str]:
        """Whether a ``w:r`` is hidden, ``hidden`` where it does not say, and its font."""
        properties = run.find(W + "rPr")
        if properties is None:
            return hidden, ""
        own, style, fonts = is_hidden(properties), style_id(properties, "rStyle"), properties.find(W + "rFonts")
        if own is None and style in self._styles and style:
            own = self._styles[style].hidden
        return hidden if own is None else own, "" if fonts is None else fonts.get(W + "ascii") or ""

    def _symbol(self, element: Any) -> str:
        code = element.get(W + "char") or ""
        known = len(code) <= 6 and code.strip(hexdigits) == "" and code
        shown = symbol(element.get(W + "font") or "", int(code, 16)) if known else None
        self.left_out["symbol"] += shown is None
        return "\ufffd" if shown is None else shown


def _drawn(element: Any) -> Iterator[Any]:
    """The outermost text boxes inside ``element``, each once, and what is not read beside them."""
    for child in element.iterchildren("*"):
        if child.tag == _TEXT_BOX or child.tag in _UNREAD:
            yield child
        else:
            yield from _drawn(alternative(child) if child.tag == MC + "AlternateContent" else child)
