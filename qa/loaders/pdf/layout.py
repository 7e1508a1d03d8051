"""Groups the lines of a PDF into paragraphs, list items and headings: pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from qa.loaders.pdf.grid import Table
from qa.loaders.pdf.lines import Line
from qa.types import BlockKind

_SENTENCE_END = re.compile(r"[.!?:;…。！？：؟۔।][\"'”’»)\]]*\s*$")
_LIST_MARK = re.compile(
    r"(?:[•●○◦▪▫■□‣⁃►➢➤✓✔–—*·\ufffd\ue000-\uf8ff☐☑☒-]|(?P<number>\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]))\s+\S"
)
_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){1,4}\.?|§\s*\d+)\s+\S")
_HEADING_NUMBER = re.compile(
    r"(?P<number>(?:[^\W\d_]{1,10}\s)?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[A-Z]|[IVX]{1,5})[.:)]?)\s+[^\W\d_]"
)
_LEADER = re.compile(r"(?:\.{4}|(?:\. ){3}|…{2})\s*\w+$")
_BARE = re.compile(r"[^\W_]+")

_OPEN = ("paragraph", "list_item")
"""Parts that go on in a next line, and may turn out to be headings."""
_HEADING_CHARS = 160
"""A longer block is not a heading, however large its letters."""
_LARGER = 1.15
"""A heading's letters are larger than the body's by this factor."""
_SAME_SIZE = 0.12
"""Lines whose sizes differ by a larger share do not belong to one paragraph."""


@dataclass(slots=True)
class Part:
    """A block in the making: its lines in reading order, possibly of several pages."""

    kind: BlockKind
    lines: list[Line]
    level: int = 0
    table: Table | None = None
    """Of a table, which is one part; ``lines`` are its cells' lines."""
    number: str = ""
    group: int | None = None
    """As in ``Block``."""


def body_size(lines: Iterable[Line]) -> float:
    """The font size most characters are set in, in points; 0 when there are no lines."""
    weights: Counter[float] = Counter()
    for line in lines:
        if line.runs:
            weights[round(line.size, 1)] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


Item = Line | Table | Part
"""What a page holds: lines, and what is known to be a block."""


def make_parts(pages: Sequence[Sequence[Item]]) -> list[Part]:
    """Paragraphs, list items and tables of all pages; one that runs over a page or column break is one part."""
    parts: list[Part] = []
    for items in pages:
        leading = _leading([item for item in items if isinstance(item, Line)])
        for index, line in enumerate(items):
            last = parts[-1] if parts else None
            if isinstance(line, Part):
                parts.append(line)
            elif isinstance(line, Table):
                before = last.table if last is not None and index == 0 else None
                if before is not None and before.goes_on_in(line):
                    before.extend(line)
                else:
                    parts.append(Part("table_row", list(line.lines()), table=line))
            elif last is not None and _takes(last, line, leading if index else None):
                last.lines.append(line)
            elif _LIST_MARK.match(line.text):
                parts.append(Part("list_item", [line], 1))
            else:
                parts.append(Part("paragraph", [line]))
    return parts


def _takes(part: Part, line: Line, leading: float | None) -> bool:
    """True if ``line`` belongs to the part before it; ``leading``: of their page, None if ``line`` begins another."""
    if part.kind not in _OPEN:
        return False
    return _continues(part, line) if leading is None else _belongs(part, line, leading)


def number_parts(parts: Iterable[Part]) -> None:
    """Give parts the numbers that they begin with, and items of one list one group: those with nothing between."""
    group, before = 0, None
    for part in parts:
        first = part.lines[0].text
        pattern = {"list_item": _LIST_MARK, "heading": _HEADING_NUMBER, "paragraph": _NUMBERED}.get(part.kind)
        match = pattern.match(first) if pattern else None
        if match is not None and match["number"]:
            part.number = match["number"]
        if part.kind == "list_item":
            group += before is None or before.kind != "list_item"
            part.group = group
        before = part


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance from one line's bottom to the next one's, as a multiple of the font size."""
    steps = [
        (after.bottom - before.bottom) / before.size
        for before, after in pairwise(lines)
        if 0.8 * before.size < after.bottom - before.bottom < 2.2 * before.size
    ]
    return min(median(steps), 1.9) if steps else 1.3


def _belongs(part: Part, line: Line, leading: float) -> bool:
    """True if ``line``, next on the same page, belongs to the paragraph ``part``."""
    last = part.lines[-1]
    if _LIST_MARK.match(line.text) or _differs(last, line):
        return False
    step = line.bottom - last.bottom
    if step < -0.5 * line.size or step > 12 * line.size:
        return _continues(part, line)  # another column
    if step > (leading + 0.35) * max(last.size, line.size):
        return False
    if last.hyphen or not _ends_sentence(last):
        return True
    return not (_indented(part, line) or _short(last, [*part.lines, line]))


def _continues(part: Part, line: Line) -> bool:
    """True if ``line``, first of a page or column, continues the unfinished paragraph ``part``."""
    last = part.lines[-1]
    if _LIST_MARK.match(line.text) or _NUMBERED.match(line.text) or _differs(last, line):
        return False
    if last.hyphen:
        return True
    if _ends_sentence(last) or (
        line.text[0].isupper() and (line.bold or _short(last, part.lines) or len(part.lines) < 2)
    ):
        return False
    return line.text[0].islower() or not _short(last, part.lines)


def _differs(last: Line, line: Line) -> bool:
    """True if the two lines differ in size or in weight."""
    larger = max(last.size, line.size)
    if abs(last.size - line.size) > _SAME_SIZE * larger and min(len(last.text), len(line.text)) > 2:
        return True
    return last.bold != line.bold and not last.hyphen and (_ends_sentence(last) or not line.text[0].islower())


def _ends_sentence(line: Line) -> bool:
    return _SENTENCE_END.search(line.text) is not None


def _indented(part: Part, line: Line) -> bool:
    """True if ``line`` is indented as first lines of paragraphs are."""
    last = part.lines[-1]
    column = [other for other in part.lines if other.page == last.page and other.right > last.left]
    margin = min(other.left for other in column[1:] or column)
    return 0.6 * line.size < line.left - margin < 8 * line.size


def _short(last: Line, lines: Sequence[Line]) -> bool:
    """True if ``last`` ends well before the right margin of ``lines``."""
    left, right = _margins(last, lines)
    return last.right < right - max(0.12 * (right - left), 2 * last.size)


def _margins(last: Line, lines: Iterable[Line]) -> tuple[float, float]:
    """Left and right edge of the column of ``last``, as ``lines`` show it."""
    column = [line for line in lines if line.page == last.page and line.left < last.right and line.right > last.left]
    return min(line.left for line in column), max(line.right for line in column)


def breaks_line(last: Line, line: Line, part: Part) -> bool:
    """True if the line break after ``last`` is intended (verse, addresses, rows of a table), not made by the margin."""
    if last.hyphen or last.page != line.page or line.text[0].islower():
        return False
    if _LEADER.search(last.text):
        return True
    word = len(line.text.split(maxsplit=1)[0]) + 1
    fits = last.right + word * (line.right - line.left) / len(line.text) < _margins(last, part.lines)[1]
    return fits and _short(last, part.lines)


def mark_headings(parts: Sequence[Part], outline: Mapping[int, Mapping[str, int]]) -> None:
    """Turn parts into headings, conservatively: in the outline, clearly larger than the body, or short and bold.

    ``outline`` maps a page index to the levels (from 1) of the bookmarks that point there, by ``bare`` title.
    """
    body = body_size(line for part in parts for line in part.lines)
    ranks = _heading_sizes(parts, body)
    has_bold_headings = not _mostly_bold(parts)
    for part in parts:
        level = _outline_level(part, outline)
        if level is None and _may_be_heading(part):
            if part.lines[0].size >= body * _LARGER:
                level = next((rank for size, rank in ranks if part.lines[0].size >= size), None)
            elif has_bold_headings and _is_bold_heading(part, body):
                level = len(ranks) + 1
        if level is not None:
            part.kind, part.level = "heading", max(1, min(level, 6))


def _heading_sizes(parts: Sequence[Part], body: float) -> list[tuple[float, int]]:
    """The sizes of headings that are larger than the body, as ``_ranks``; a cover's many sizes are no levels."""
    larger = [part.lines[0] for part in parts if part.lines[0].size >= body * _LARGER and _may_be_heading(part)]
    inside = [line.size for line in larger if line.page > 0]
    return _ranks(inside if len(inside) > 2 else [line.size for line in larger])


def bare(text: str) -> str:
    """``text`` reduced to its letters and digits, for comparing titles."""
    return "".join(_BARE.findall(text)).casefold()


def _outline_level(part: Part, outline: Mapping[int, Mapping[str, int]]) -> int | None:
    titles = outline.get(part.lines[0].page)
    if not titles or part.kind not in _OPEN or len(part.lines) > 3:
        return None
    text = bare("".join(line.text for line in part.lines))
    if text in titles:
        return titles[text]
    return next((level for title, level in titles.items() if len(title) > 3 and _numbered_form(text, title)), None)


def _numbered_form(text: str, title: str) -> bool:
    """True if ``text`` is ``title`` after a number ("Chapter 3", "2.1")."""
    return text.endswith(title) and re.fullmatch(r"[^\W\d]{0,10}[\divx]{1,6}", text[: -len(title)]) is not None


def _may_be_heading(part: Part) -> bool:
    first = part.lines[0]
    if (
        part.kind not in ("paragraph", "list_item")
        or len(part.lines) > 3
        or first.sideways
        or first.page != part.lines[-1].page
    ):
        return False
    text = " ".join(line.text for line in part.lines)
    if len(text) > _HEADING_CHARS or sum(map(str.isalpha, text)) < 3 or "...." in text or ". . ." in text:
        return False
    return part.kind == "paragraph" or first.bold or _NUMBERED.match(text) is not None


def _is_bold_heading(part: Part, body: float) -> bool:
    text = " ".join(line.text for line in part.lines)
    return (
        all(line.bold for line in part.lines)
        and len(part.lines) <= 2
        and part.lines[0].size >= 0.95 * body
        and len(text) <= 100
        and not text.endswith((".", ",", ";", ":"))
        and not text[0].islower()
    )


def _mostly_bold(parts: Iterable[Part]) -> bool:
    bold = plain = 0
    for part in parts:
        for line in part.lines:
            bold, plain = (bold + len(line.text), plain) if line.bold else (bold, plain + len(line.text))
    return bold > plain


def _ranks(sizes: Iterable[float]) -> list[tuple[float, int]]:
    """Sizes that differ by more than 8 %, largest first, each with its level: ``(smallest size of it, level)``."""
    ranks: list[tuple[float, int]] = []
    top = 0.0
    for size in sorted(sizes, reverse=True):
        if not ranks or size < top * 0.92:
            ranks.append((size, len(ranks) + 1))
            top = size
        else:
            ranks[-1] = (size, ranks[-1][1])
    return ranks
