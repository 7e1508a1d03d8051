"""How many tokens a text has for a model, from the model's ``tokenizer.json`` alone."""

from __future__ import annotations

import re
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
        self._counts = (_BertCounts if _is_bert(tokenizer) else _Counts)(tokenizer)
        self.slack = 0.0 if type(tokenizer.model).__name__ == "WordPiece" else 0.1
        """Share of a window to leave free, because counts are only nearly exact."""

    def __call__(self, text: str) -> int:
        return sum(map(self._counts.__getitem__, text.split()))


class _Counts(dict[str, int]):
    """Word → tokens; counts what it does not hold."""

    def __init__(self, tokenizer: Any) -> None:
        super().__init__()
        self._tokenizer, self._chars = tokenizer, 0

    def __missing__(self, word: str) -> int:
        count = self._count(word)
        self._chars += len(word)
        if self._chars > _REMEMBERED_CHARS:
            self.clear()
            self._chars = len(word)
        self[word] = count
        return count

    def _count(self, word: str) -> int:
        return len(self._tokenizer.encode(word, add_special_tokens=False))


class _BertCounts(_Counts):
    """Of ASCII, which BERT cuts at every sign, only the parts that are new need the model, and none of them its rules
    for Unicode."""

    def __init__(self, tokenizer: Any) -> None:
        super().__init__(tokenizer)
        self._tokenize = tokenizer.model.tokenize
        self._lower: bool = tokenizer.normalizer.lowercase

    def _count(self, word: str) -> int:
        if not (word.isascii() and word.isprintable()):
            return super()._count(word)
        parts = _ASCII_PARTS.findall(word)
        if len(parts) == 1:
            return len(self._tokenize(word.lower() if self._lower else word))
        return sum(map(self.__getitem__, parts))


def _is_bert(tokenizer: Any) -> bool:
    """Whether it cuts texts as BERT does: by its rules, then each word into pieces."""
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    cuts = isinstance(tokenizer.pre_tokenizer, BertPreTokenizer) and isinstance(tokenizer.normalizer, BertNormalizer)
    return cuts and isinstance(tokenizer.model, WordPiece)
