"""A bounded memory for what is worked out word by word."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T", bound=int | str)
_MAX_CHARS = 8_000_000
"""About a million words; in a script without spaces a "word" is a whole line."""


class WordMemory(dict[str, _T]):
    """Word → its value, worked out when it is first looked up. Texts share most of their words.

    Past ``_MAX_CHARS`` characters of words (and of values, where these are strings) it starts again empty.
    """

    def __init__(self, work_out: Callable[[str], _T]) -> None:
        super().__init__()
        self._work_out, self._chars = work_out, 0

    def __missing__(self, word: str) -> _T:
        value = self._work_out(word)
        size = len(word) + (len(value) if isinstance(value, str) else 0)
        self._chars += size
        if self._chars > _MAX_CHARS:
            self.clear()
            self._chars = size
        self[word] = value
        return value
