"""Parts of a PDF into one text with blocks, page starts and the map back to page characters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from embeddings import is_set_solid
from qa.loaders.pdf.layout import Part, breaks_line
from qa.loaders.pdf.lines import Line
from qa.types import Block, SourceSpan

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENS = "-\xad\u2010"


class PdfText:
    """Collects text, blocks, page starts and spans; what it puts in itself (joining spaces) has no span."""

    def __init__(self, page_count: int, words: Counter[str]) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._page_starts: list[int | None] = [None] * page_count
        self._words = words
        self.blocks: list[Block] = []
        self.spans: list[SourceSpan] = []

    def add(self, part: Part) -> None:
        """Append a part of the body as one block."""
        self._set_off(close=part.kind == "list_item" and self._last_kind() == "list_item")
        start = self._length
        for index, line in enumerate(part.lines):
            if self._page_starts[line.page] is None:
                self._page_starts[line.page] = self._length
            after = part.lines[index + 1] if index + 1 < len(part.lines) else None
            text, joint = (line.text, "") if after is None else self._join(line, after, part)
            self._line(line, text)
            self._raw(joint)
        self.blocks.append(Block(part.kind, start, self._length, part.level))

    def add_unindexed(self, lines: Iterable[Line]) -> None:
        """Append furniture or unreadable lines, one block each, behind the body."""
        for line in lines:
            self._set_off(close=self._last_kind() == "furniture")
            start = self._length
            self._line(line, line.text)
            self.blocks.append(Block("furniture", start, self._length, indexed=False))

    @property
    def text(self) -> str:
        """Everything appended so far."""
        return "".join(self._parts)

    def page_starts(self, body_end: int) -> tuple[int, ...]:
        """Where each page's body starts; a page without body starts where the next one does, or at ``body_end``."""
        starts: list[int] = []
        following = body_end
        for start in reversed(self._page_starts):
            following = following if start is None else start
            starts.append(following)
        return tuple(reversed(starts))

    def __len__(self) -> int:
        return self._length

    def _join(self, line: Line, after: Line, part: Part) -> tuple[str, str]:
        """What ``line`` gives when ``after`` follows it in the same block, and what stands between the two."""
        if breaks_line(line, after, part):
            return line.text, "\n"
        divides = line.hyphen or (line.text[-1] in _HYPHENS and line.text[-2:-1].isalpha())
        if divides:
            return (line.text[:-1] if self._drops_hyphen(line.text, after.text) else line.text), ""
        solid = is_set_solid(line.text[-1]) and is_set_solid(after.text[0])
        return line.text, "" if solid else " "

    def _drops_hyphen(self, before: str, after: str) -> bool:
        """Is the hyphen between the two lines only there because the line ended?

        Decided by the document's own words: it stays where the hyphened form stands elsewhere and the joined one
        does not, and where both halves are words of the document and the joined form is not.
        """
        if not after[0].islower():
            return before[-1] == "\xad"
        head = _WORD.findall(before[:-1].lower())
        tail = _WORD.match(after.lower())
        if not head or tail is None:
            return True
        first, second = head[-1], tail.group()
        if self._words[first + second]:
            return True
        two_words = min(len(first), len(second)) > 2 and self._words[first] and self._words[second]
        return not (self._words[f"{first}-{second}"] or two_words)

    def _line(self, line: Line, text: str) -> None:
        for offset, char, length in line.runs:
            length = min(length, len(text) - offset)
            if length > 0:
                start = self._length + offset
                self.spans.append(SourceSpan(start, start + length, page=line.page, char=char))
        self._raw(text)

    def _set_off(self, *, close: bool) -> None:
        if self.blocks:
            self._raw("\n" if close else "\n\n")

    def _last_kind(self) -> str:
        return self.blocks[-1].kind if self.blocks else ""

    def _raw(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def count_words(lines: Sequence[Line]) -> Counter[str]:
    """How often each word, hyphens included, stands inside lines; words cut by a line's end are left out."""
    words: Counter[str] = Counter()
    for line in lines:
        found = _WORD.findall(line.text.lower())
        words.update(found[1:-1] if line.hyphen else found[1:])
    return words
