"""A second reading of pages of which pdfium drops letters, by pypdf. Only this module knows pypdf."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import groupby
from typing import Any

from qa.loaders.base import clean, one_line

_NEAR = 1.0
"""Points by which the two readers may place a letter differently."""
_SAME_LINE = 2.0
_MAX_OPERATIONS_BYTES = 5_000_000
"""A longer content stream is not read a second time: pypdf takes minutes for it."""

Place = tuple[float, float]
"""Where a text begins, in the file's coordinates."""


def is_installed() -> bool:
    """True if pypdf can be used (extra ``pdf``)."""
    return find_spec("pypdf") is not None


def read_lost(data: bytes, lost: Mapping[int, Sequence[Place]]) -> dict[int, list[tuple[Place, str]]]:
    """The words that begin at these places, by page: each line of them with its place, from the top.

    Pages that pypdf cannot read are left out; all of them where it is not installed (extra ``pdf``).
    """
    if not lost or not is_installed():
        return {}
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    found: dict[int, list[tuple[Place, str]]] = {}
    try:
        pages = PdfReader(io.BytesIO(data)).pages
        for page, places in lost.items():
            found[page] = _lines(_words(pages[page], {(round(x), round(y)) for x, y in places}))
    except (PyPdfError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        pass  # what was not read is named in the report
    return {page: lines for page, lines in found.items() if lines}


def _words(page: Any, places: set[tuple[int, int]]) -> list[tuple[Place, str]]:
    words: list[tuple[Place, str]] = []
    contents = page.get_contents()
    if contents is None or len(contents.get_data()) > _MAX_OPERATIONS_BYTES:
        return words

    def visit(text: str, outer: Sequence[float], inner: Sequence[float], *_: object) -> None:
        x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
        y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        near = {(round(x + dx), round(y + dy)) for dx in (-_NEAR / 2, _NEAR / 2) for dy in (-_NEAR / 2, _NEAR / 2)}
        if text.strip() and near & places:
            words.append(((x, y), text.strip()))

    page.extract_text(visitor_text=visit)
    return words


def _lines(words: Sequence[tuple[Place, str]]) -> list[tuple[Place, str]]:
    """Words at one height as one line."""
    lines = []
    ordered = sorted(words, key=lambda word: (-round(word[0][1] / _SAME_LINE), word[0][0]))
    for _, group in groupby(ordered, key=lambda word: round(word[0][1] / _SAME_LINE)):
        parts = list(group)
        lines.append((parts[0][0], one_line(clean("".join(text for _, text in parts)))))
    return lines
