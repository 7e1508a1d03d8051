"""How many tokens a text has for a model, from the model's ``tokenizer.json`` alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from embeddings.errors import ModelDamaged
from embeddings.scripts import replace_surrogates
from embeddings.word_memory import WordMemory

_ASCII_PARTS = re.compile(r"[A-Za-z0-9]+|[!-/:-@\[-`{-~]")
"""Runs of letters and digits, and single punctuation characters: how BERT's pre-tokenizer cuts ASCII."""


class TokenCounter:
    """Counts a model's tokens word by word, each word once.

    Exact for WordPiece, whose pieces never cross white space; for other kinds a word's count may differ from its
    count within a sentence by a token or so, which ``slack`` allows for.
    """

    def __init__(self, tokenizer_file: Path) -> None:
        """Raises ``ModelDamaged`` when the file cannot be read."""
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:
            raise ModelDamaged(f"{tokenizer_file} cannot be read: {error}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._counts = WordMemory(self._count)
        if _is_bert(self._tokenizer):
            self._pieces, self._lower = self._tokenizer.model.tokenize, self._tokenizer.normalizer.lowercase
            self._counts = WordMemory(self._count_bert)
        self.slack = 0.0 if type(self._tokenizer.model).__name__ == "WordPiece" else 0.1
        """Share of a window to leave free, because counts are only nearly exact."""

    def __call__(self, text: str) -> int:
        return sum(map(self._counts.__getitem__, text.split()))

    def _count(self, word: str) -> int:
        return len(self._tokenizer.encode(replace_surrogates(word), add_special_tokens=False))

    def _count_bert(self, word: str) -> int:
        """Of ASCII, only new parts of words need the model, and none of its rules for Unicode. It pays: without it,
        ``benchmarks.speed adding --passages 16000`` had a third more processor time."""
        if not (word.isascii() and word.isprintable()):
            return self._count(word)
        parts = _ASCII_PARTS.findall(word)
        if len(parts) == 1:
            return len(self._pieces(word.lower() if self._lower else word))
        return sum(map(self._counts.__getitem__, parts))


def _is_bert(tokenizer: Any) -> bool:
    """True if it cuts texts by BERT's rules, then each word into WordPieces."""
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    cuts = isinstance(tokenizer.pre_tokenizer, BertPreTokenizer) and isinstance(tokenizer.normalizer, BertNormalizer)
    return cuts and isinstance(tokenizer.model, WordPiece)
