"""``retrieve``: one call for scripts and notebooks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from qa.library import Library
from qa.types import Hit


def retrieve(question: str, library: Library | str | Path | None = None, k: int = 5) -> list[Hit]:
    """The ``k`` best passages for ``question``, best first.

    ``library``: an open one, or its folder (default: that of the settings), which must hold a library and is kept
    open for further calls. Raises what ``Library.open`` and ``Library.search`` raise.
    """
    opened = library if isinstance(library, Library) else _open(None if library is None else str(library))
    return opened.search(question, k)


@lru_cache(maxsize=4)
def _open(folder: str | None) -> Library:
    return Library.open(folder, create=False)
