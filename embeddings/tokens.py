"""How many tokens a text has for a model, from the model's ``tokenizer.json`` alone."""

from __future__ import annotations

from pathlib import Path

from embeddings.errors import ModelDamaged
from embeddings.scripts import replace_surrogates
from embeddings.word_memory import WordMemory


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
        self.slack = 0.0 if type(self._tokenizer.model).__name__ == "WordPiece" else 0.1
        """Share of a window to leave free, because counts are only nearly exact."""

    def __call__(self, text: str) -> int:
        return sum(map(self._counts.__getitem__, text.split()))

    def _count(self, word: str) -> int:
        return len(self._tokenizer.encode(replace_surrogates(word), add_special_tokens=False))
