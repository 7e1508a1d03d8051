"""How many tokens a text has for a model, from the model's ``tokenizer.json`` alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embeddings.errors import ModelDamaged

_REMEMBERED_CHARS = 8_000_000
"""About a million words; in a script without spaces a "word" is a whole line."""
_ASCII_PARTS = re.compile(r"[A-Za-z0-9]+|[!-/:-@\[-`{-~]")
"""Runs of letters and digits, and single signs: what BERT's pre-tokenizer makes of ASCII."""


class TokenCounter:
    """Counts a model's tokens word by word, with a memory for words.

    Exact for WordPiece, whose pieces never cross white space; for other kinds a word's count may differ from its
    count within a sentence by a token or so, which ``slack`` allows for.
    """

    def __init__(self, tokenizer_file: Path) -> None:
        """Raises ``ModelDamaged`` when the file cannot be read."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:
            raise ModelDamaged(f"{tokenizer_file} cannot be read: {error}") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._counts = _Counts(_counting(tokenizer))
        self.slack = 0.0 if type(tokenizer.model).__name__ == "WordPiece" else 0.1
        """Share of a window to leave free, because counts are only nearly exact."""

    def __call__(self, text: str) -> int:
        return sum(map(self._counts.__getitem__, text.split()))


class _Counts(dict[str, int]):
    """Word → tokens; counts what it does not hold."""

    def __init__(self, count: Callable[[str], int]) -> None:
        super().__init__()
        self._count, self._chars = count, 0

    def __missing__(self, word: str) -> int:
        self._chars += len(word)
        if self._chars > _REMEMBERED_CHARS:
            self.clear()
            self._chars = len(word)
        self[word] = count = self._count(word)
        return count


def _counting(tokenizer: Any) -> Callable[[str], int]:
    """The tokenizer's count of a word; of ASCII without BERT's rules for Unicode, in a quarter of the time."""
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    def count(word: str) -> int:
        return len(tokenizer.encode(word, add_special_tokens=False))

    model, normalizer = tokenizer.model, tokenizer.normalizer
    is_bert = isinstance(model, WordPiece) and isinstance(tokenizer.pre_tokenizer, BertPreTokenizer)
    if not (is_bert and isinstance(normalizer, BertNormalizer)):
        return count
    lower: bool = normalizer.lowercase

    def count_ascii(word: str) -> int:
        if not (word.isascii() and word.isprintable()):
            return count(word)
        return sum(len(model.tokenize(part)) for part in _ASCII_PARTS.findall(word.lower() if lower else word))

    return count_ascii
