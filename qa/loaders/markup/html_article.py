"""The article of a web page, and what is around it: menus, teasers, forms.

The article is the smallest element with most of the page's prose, as in Readability, but judged by text and links
alone, in any language. Measured by ``benchmarks.saved_pages``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

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


def around_article(outline: Outline, blocks: Sequence[Block], text: str, *, without: Container[int] = ()) -> set[int]:
    """Indices of the blocks around the article: links, and what is small against the article; none of ``without``.

    Empty for a page that does not plainly have an article with menus around it. Headings of level 1, and what stands
    beside them unlinked (author, date), are never among them.
    """
    sizes = [
        0 if index in without else len(text[block.start : block.end].encode()) for index, block in enumerate(blocks)
    ]
    shares = [share for _, share in outline.places]
    plain = [size * (1 - share) for size, share in zip(sizes, shares, strict=True)]
    prose = [
        size if size >= _PROSE_BYTES and share < _LINKED and block.kind != "caption" else 0
        for block, size, share in zip(blocks, sizes, shares, strict=True)
    ]
    if sum(prose) < _ARTICLE_BYTES:
        return set()
    of_element = _branches(outline, prose)
    branches = [of_element[element] for element, _ in outline.places]
    around = [index for index, branch in enumerate(branches) if branch >= 0 and index not in without]
    size_around = sum(sizes[index] for index in around)
    plain_around = sum(plain[index] for index in around)
    if size_around - plain_around < max(_LINKED_AROUND * size_around, 1):
        return set()
    enough = _SUBSTANTIAL * (sum(plain) - plain_around)
    titles = {index for index in around if (blocks[index].kind, blocks[index].level) == ("heading", 1)}
    titled = {branches[index] for index in titles}
    sections = {
        branches[index]
        for index in around
        if blocks[index].kind in _CONTENT and shares[index] < _LINKED and index not in titles
    }
    totals = defaultdict[int, list[float]](lambda: [0, 0])
    for index in around:
        totals[branches[index]][0] += sizes[index]
        totals[branches[index]][1] += plain[index]
    chrome = {
        branch
        for branch, (size, said) in totals.items()
        if size - said >= _LINKED * size or (said < enough and branch not in sections)
    }
    return {
        index
        for index in around
        if branches[index] in chrome and (branches[index] not in titled or shares[index] >= _LINKED)
    } - titles


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
