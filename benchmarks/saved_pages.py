"""Saved web pages: how much of the article is indexed, and how much of what is indexed is not the article.

python -m benchmarks.saved_pages FOLDER     FOLDER/PAGE/source.html and expected.html for each page

Both are shares of runs of four words. Pages are cut by name into a half for development and one for reporting.
"""

from __future__ import annotations

import argparse
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from qa import Settings
from qa.loaders import FileReader

_RUN_WORDS = 4


class PageFigures(NamedTuple):
    """Of one page."""

    kept: float
    """Share of the article's runs of words that are indexed."""
    chrome: float
    """Share of the indexed runs of words that are not the article's."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each page, and mean and median for each half."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    halves: dict[str, list[PageFigures]] = {"development": [], "reporting": []}
    with FileReader(Settings()) as reader:
        for page in sorted(parser.parse_args(arguments).folder.glob("*/source.html")):
            document = reader.read(page)
            indexed = "\n".join(document.text[block.start : block.end] for block in document.blocks if block.indexed)
            found = figures(indexed, page.with_name("expected.html").read_text(errors="replace"))
            half = list(halves)[zlib.crc32(page.parent.name.encode()) % 2]
            halves[half].append(found)
            print(f"{page.parent.name:40} {half:12} kept {found.kept:.3f}  chrome {found.chrome:.3f}", flush=True)
    for half, pages in (*halves.items(), ("all", halves["development"] + halves["reporting"])):
        if pages:
            kept, chrome = zip(*pages, strict=True)
            print(f"{half}, {len(pages)} pages: kept mean {mean(kept):.3f}, median {median(kept):.3f}, ", end="")
            print(f"least {min(kept):.3f}; chrome mean {mean(chrome):.3f}, median {median(chrome):.3f}")


def figures(indexed: str, article: str) -> PageFigures:
    """The figures of a page of which ``indexed`` is indexed and the HTML ``article`` should be."""
    page = LexborHTMLParser(article)
    page.strip_tags(["script", "style"])
    wanted, found = _runs(page.text(separator=" ")), _runs(indexed)
    return PageFigures(len(wanted & found) / len(wanted), len(found - wanted) / len(found) if found else 0.0)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[start : start + _RUN_WORDS]) for start in range(max(len(words) - _RUN_WORDS + 1, 1))}


if __name__ == "__main__":
    main()
