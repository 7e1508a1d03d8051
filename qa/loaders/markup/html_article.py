"""The article of a web page, and what is around it: menus, teasers, forms.

The article is the smallest element with most of the page's prose, as in Readability, but judged by text and links
alone, in any language. Measured by ``benchmarks.saved_pages``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from qa.types import Block

_PROSE_BYTES = 80
"""Bytes, because a letter of Chinese says more than one of English."""
_LINKED = 1 / 3
"""Share of the text in links from which it is no prose."""
_ARTICLE_BYTES = 600
_ARTICLE_SHARE = 0.8
_LINKED_AROUND = 0.25
"""Share of the text around the article in links from which the page has menus; without, it is a plain document."""
_SUBSTANTIAL = 0.25
"""Unlinked text around the article that is so large against the article's is kept."""
_CONTENT = ("heading", "table_row", "code", "question", "answer")
"""What is around the article with one of these, unlinked, is a section of its own."""
_PARTS_OF_TEXT = frozenset(
    ["blockquote", "dd", "dl", "dt", "figure", "li", "ol", "p", "pre", "table", "tbody", "td", "tr", "ul"]
)


@dataclass(frozen=True, slots=True)
class Outline:
    """The elements of a page in document order, and the element of each block."""

    parents: list[int] = field(default_factory=list)
    """Index of the element around; -1 for the first, which is around all others."""
    tags: list[str] = field(default_factory=list)
    places: list[tuple[int, float]] = field(default_factory=list)
    """Of each block: the index of the element around it, and the share of its text that is in links."""

    def add(self, parent: int, tag: str) -> None:
        """Append an element."""
        self.parents.append(parent)
        self.tags.append(tag)


class _Part(NamedTuple):
    """A block, and what says whether it is of the article."""

    place: int
    """Among the blocks."""
    block: Block
    element: int
    size: int
    linked: float
    """The share of the size that is in links."""

    @property
    def plain(self) -> float:
        """The size of what is not in links."""
        return self.size * (1 - self.linked)

    @property
    def is_linked(self) -> bool:
        return self.linked >= _LINKED

    @property
    def is_prose(self) -> bool:
        return self.size >= _PROSE_BYTES and not self.is_linked and self.block.kind != "caption"

    @property
    def is_title(self) -> bool:
        return self.block.kind == "heading" and self.block.level == 1


def around_article(outline: Outline, blocks: Sequence[Block], text: str, *, without: Container[int] = ()) -> set[int]:
    """Indices of the blocks around the article: links, and what is small against the article; none of ``without``.

    Empty for a page that does not plainly have an article with menus around it. Headings of level 1, and what stands
    beside them unlinked (author, date), are never among them.
    """
    parts = [
        _Part(index, block, element, 0 if index in without else len(text[block.start : block.end].encode()), linked)
        for index, (block, (element, linked)) in enumerate(zip(blocks, outline.places, strict=True))
    ]
    prose = [part.size if part.is_prose else 0 for part in parts]
    if sum(prose) < _ARTICLE_BYTES:
        return set()
    branch_of = _branches(outline, prose)
    around = [part for part in parts if branch_of[part.element] >= 0 and part.place not in without]
    size, plain = _sizes(around)
    if size - plain < max(_LINKED_AROUND * size, 1):
        return set()
    enough = _SUBSTANTIAL * (_sizes(parts)[1] - plain)
    branches = defaultdict[int, list[_Part]](list)
    for part in around:
        branches[branch_of[part.element]].append(part)
    return {part.place for branch in branches.values() if _is_chrome(branch, enough) for part in _untitled(branch)}


def _sizes(parts: Sequence[_Part]) -> tuple[int, float]:
    """The size of all, and that of what is not in links."""
    return sum(part.size for part in parts), sum(part.plain for part in parts)


def _is_chrome(branch: Sequence[_Part], enough: float) -> bool:
    """True for an element beside the article that is links, or less than ``enough`` and no section of its own."""
    size, plain = _sizes(branch)
    if size - plain >= _LINKED * size:
        return True
    is_section = any(part.block.kind in _CONTENT and not part.is_linked and not part.is_title for part in branch)
    return plain < enough and not is_section


def _untitled(branch: Sequence[_Part]) -> list[_Part]:
    """The blocks of an element without the title in it and what stands beside that unlinked."""
    if any(part.is_title for part in branch):
        return [part for part in branch if part.is_linked and not part.is_title]
    return [*branch]


def _branches(outline: Outline, prose: Sequence[int]) -> list[int]:
    """Of each element, the outermost element around it that is beside the article; -1 inside the article."""
    weights = [0] * len(outline.parents)
    for (element, _), weight in zip(outline.places, prose, strict=True):
        weights[element] += weight
    heaviest: dict[int, int] = {}
    for element in range(len(weights) - 1, -1, -1):  # from the leaves to the root
        parent = outline.parents[element]
        if parent >= 0:
            weights[parent] += weights[element]
        if parent not in heaviest or weights[element] > weights[heaviest[parent]]:
            heaviest[parent] = element
    around, article = {-1}, -1
    while (child := heaviest.get(article, -1)) >= 0:
        if weights[child] < _ARTICLE_SHARE * sum(prose) or outline.tags[child] in _PARTS_OF_TEXT:
            break
        around.add(article)
        article = child
    branches: list[int] = []
    for element, parent in enumerate(outline.parents):
        if element == article or (parent not in around and branches[parent] < 0):
            branches.append(-1)
        else:
            branches.append(element if parent in around else branches[parent])
    return branches
