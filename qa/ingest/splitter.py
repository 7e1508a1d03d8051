"""Blocks → passages: whole sentences packed up to a length, never across a main heading, each a slice of the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import NamedTuple

from qa.text.sentences import STRETCH_CHARS, sentences, stretches, strip
from qa.types import HEADING_SEPARATOR, Block, Document, Unit

CountTokens = Callable[[str], int]

_PREFIX_SHARE = 0.25
"""The title and headings that are embedded with a passage take at most this share of the window."""
_MAIN_LEVEL = 2
"""Passages never mix the text before and after a heading of this level or above."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a passage may get."""

    chars: int
    """Target; only one sentence alone may be longer."""
    tokens: int
    """Never exceeded, title and headings counted."""
    min_sentence_chars: int
    """Shorter sentences get no vector of their own."""


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage before it is stored. Offsets are absolute."""

    start: int
    end: int
    heading: str
    """Headings above and at its start, outermost first."""
    prefix: str
    """The text that is embedded before its own: the title, and the headings that are not in the passage itself."""
    units: tuple[Unit, ...]
    """Its sentences, whole table rows, and the code of each block in one piece; headings are left out unless there is
    nothing else."""


class _Atom(NamedTuple):  # many are made: a named tuple takes a third of a frozen dataclass's time
    """A piece that is never divided between two passages: a sentence, a line of code, a table row, or a heading."""

    start: int
    end: int
    tokens: int
    level: int
    """Of a heading; 0 for text."""
    block: Block


class _Section:
    """The headings in force."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []
        self._above: dict[int, str] = {}

    def enter(self, level: int, words: str) -> None:
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, words))
        self._above.clear()

    def above(self, level: int) -> str:
        """Return the headings above one of ``level``; all of them for text (level 0)."""
        if level not in self._above:
            words = [words for depth, words in self._path if not level or depth < level]
            self._above[level] = HEADING_SEPARATOR.join(words)
        return self._above[level]


def split(document: Document, title: str, count: CountTokens, limits: Limits) -> list[PassageDraft]:
    """Return the document's passages in text order.

    Every character of an indexed block, white space between sentences aside, lies in exactly one passage, and no
    passage covers anything of a block that is not indexed. ``title`` is embedded with every passage.
    """
    splitter = _Splitter(document, title, count, limits)
    drafts: list[PassageDraft] = []
    for run in _runs(document.blocks):
        drafts.extend(splitter.pack(run))
    return drafts


def _runs(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield the runs of indexed blocks with nothing unindexed between them."""
    run: list[Block] = []
    for block in blocks:
        if block.indexed:
            run.append(block)
        elif run:
            yield run
            run = []
    if run:
        yield run


class _Splitter:
    def __init__(self, document: Document, title: str, count: CountTokens, limits: Limits) -> None:
        self.document, self.title, self.count, self.limits = document, title, count, limits
        self.section = _Section()
        self.prefix_tokens = int(limits.tokens * _PREFIX_SHARE)
        self._budget = limits.tokens - self.prefix_tokens
        self._prefix = cache(self._make_prefix)

    def pack(self, run: Sequence[Block]) -> Iterator[PassageDraft]:
        """Pack the units of consecutive indexed blocks."""
        groups = self._groups(run)
        budget, chars = self._budget, self.limits.chars
        current: list[_Atom] = []
        tokens = last = 0
        for index, group in enumerate(groups):
            size = _tokens(group)
            if not current:
                last = group[0].start + chars
            elif tokens + size > budget or group[-1].end > last or self._ends(current, tokens, last, groups, index):
                yield self._draft(current)
                current, tokens, last = [], 0, group[0].start + chars
            current += group
            tokens += size
        if current:
            yield self._draft(current)

    def _groups(self, run: Sequence[Block]) -> list[list[_Atom]]:
        """Return the atoms that stay together: headings and questions with what is below them, every other alone."""
        groups: list[list[_Atom]] = []
        held: list[_Atom] = []
        for block in run:
            for unit in self._atoms(block):
                leads = unit.level > 0 or block.kind == "question"
                if held and leads and _has_nothing_below(held[-1], unit):
                    groups.append(held)
                    held = []
                if not held and not leads:
                    groups.append([unit])
                elif not self._fits(held, unit):
                    groups += [held, [unit]] if held else [[unit]]
                    held = []
                elif leads:
                    held.append(unit)
                else:
                    groups.append([*held, unit])
                    held = []
        if held:
            groups.append(held)
        return groups

    def _fits(self, held: Sequence[_Atom], unit: _Atom) -> bool:
        return sum(u.tokens for u in held) + unit.tokens <= self._budget

    def _ends(
        self, current: Sequence[_Atom], tokens: int, last: int, groups: Sequence[Sequence[_Atom]], index: int
    ) -> bool:
        """True if the heading that ``groups[index]`` may begin with ends the passage, of ``tokens`` and at most up to
        ``last``, although the group would fit."""
        level = groups[index][0].level
        if not level:
            return False
        if level <= _MAIN_LEVEL:
            return not all(unit.level for unit in current)
        tokens += _tokens(groups[index])
        for following in islice(groups, index + 1, None):  # a small section joins its neighbours only as a whole
            if following[0].level:
                break
            tokens += _tokens(following)
            if tokens > self._budget or following[-1].end > last:
                return True
        return False

    def _atoms(self, block: Block) -> Iterator[_Atom]:
        text, count, budget = self.document.text, self.count, self._budget
        if block.kind in ("heading", "table_row"):
            spans = [(block.start, block.end)]
        elif block.kind == "code":
            spans = list(_lines(text, block))
        else:
            spans = self._sentences(block)
        level = max(block.level, 1) if block.kind == "heading" else 0
        for start, end in spans:
            tokens = count(text[start:end])
            if tokens <= budget and end - start <= STRETCH_CHARS:
                level_or_text = level if tokens <= budget // 2 else 0  # a long heading is a paragraph
                yield _Atom(start, end, tokens, level_or_text, block)
            else:
                for a, b in self._cut(start, end):
                    yield _Atom(a, b, count(text[a:b]), 0, block)

    def _sentences(self, block: Block) -> list[tuple[int, int]]:
        """Return the sentences of a block; the number that it begins with, such as ``1.``, is none by itself."""
        text = self.document.text
        numbered = len(block.number) if text.startswith(block.number, block.start) else 0
        first, *others = sentences(text, block.start + numbered, block.end, self.document.language) or [(0, block.end)]
        return [(block.start, first[1]), *others]

    def _cut(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Cut what is too long at words, or within a word that is too long itself (a line of 100,000 letters may be one
        token)."""
        text = self.document.text
        for a, b in stretches(text, start, end):
            if self.count(text[a:b]) > self._budget:
                yield from _pieces(text, a, b, self.count, self._budget)
            else:
                yield a, b

    def _draft(self, atoms: Sequence[_Atom]) -> PassageDraft:
        outer = self.section.above(atoms[0].level)
        heading = None
        for atom in atoms:
            if atom.level:
                words = self.document.text[atom.start : atom.end]
                self.section.enter(atom.level, " ".join(words.split()))
            elif heading is None:
                heading = self.section.above(0)
        return PassageDraft(
            start=atoms[0].start,
            end=atoms[-1].end,
            heading=self.section.above(0) if heading is None else heading,
            prefix=self._prefix(outer),
            units=tuple(_units(atoms, self.limits.min_sentence_chars)),
        )

    def _make_prefix(self, outer: str) -> str:
        """Return title and headings, cut at words to their share of the window."""
        parts = [self.title] if self.title else []
        parts += [part for part in outer.split(HEADING_SEPARATOR) if part and part != self.title]
        words = HEADING_SEPARATOR.join(parts).split()
        total = 0
        for index, word in enumerate(words):
            total += self.count(word)
            if total > self.prefix_tokens:
                return " ".join(words[:index])
        return " ".join(words)


def _has_nothing_below(lead: _Atom, following: _Atom) -> bool:
    """True if a heading or question that follows another begins something new."""
    if not lead.level or not following.level:  # a question
        return not lead.level and lead.block is not following.block
    return following.level <= lead.level


def _units(atoms: Sequence[_Atom], shortest: int) -> Iterator[Unit]:
    """The units of a passage; of at least ``shortest`` characters they are embedded."""
    texts = [atom for atom in atoms if not atom.level]
    if not texts:
        yield Unit(atoms[0].start, atoms[-1].end, "heading", False)
    for index, (start, end, _, _, block) in enumerate(texts):
        if block.kind == "code":
            if index and texts[index - 1].block is block:
                continue
            end = next(other.end for other in reversed(texts) if other.block is block)
        yield Unit(start, end, block.kind, end - start >= shortest)


def _tokens(group: Sequence[_Atom]) -> int:
    return group[0].tokens if len(group) == 1 else sum(unit.tokens for unit in group)


def _lines(text: str, block: Block) -> Iterator[tuple[int, int]]:
    start = block.start
    for line in text[block.start : block.end].split("\n"):
        if span := strip(text, start, start + len(line)):
            yield span
        start += len(line) + 1


def _pieces(text: str, start: int, end: int, length: CountTokens, size: int) -> Iterator[tuple[int, int]]:
    """langchain's recursive splitter with overlap 0, its pieces checked to be the slices they claim to be.

    No piece has length 0 for it: it would repeat one (a second space, say) at the start of the next piece.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=["\n", " ", ""],
        chunk_size=size,
        chunk_overlap=0,
        length_function=lambda piece: max(length(piece), 1),
        keep_separator="end",
        strip_whitespace=False,
    )
    part = text[start:end]
    cursor = 0
    for piece in splitter.split_text(part):
        if part[cursor : cursor + len(piece)] != piece:
            raise AssertionError(f"the splitter gave a piece that is not the slice at {start + cursor}")
        if span := strip(text, start + cursor, start + cursor + len(piece)):
            yield span
        cursor += len(piece)
    if part[cursor:].strip():
        raise AssertionError(f"the splitter lost text at {start + cursor}")
