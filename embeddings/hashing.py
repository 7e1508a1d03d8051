"""An encoder without a model, for tests and for trying things out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from embeddings.encoder import Floats, PassageInput, PassageVectors


class HashingEncoder:
    """A real, deterministic encoder that needs no model: every word is hashed to a signed component of the vector.

    Texts that share words are near each other, so tests can say which passage must win. Word endings ``s``, ``ed``
    and ``ing`` are cut, nothing else is known of language.
    """

    def __init__(self, dim: int = 256, window: int = 256) -> None:
        self.dim = dim
        self.window = window
        self.name = f"hashing-{dim}-{window}"
        self.languages: frozenset[str] | None = None
        self.loaded = True

    def load(self) -> None:
        """Nothing to load."""

    def count_tokens(self, text: str) -> int:
        """White-space separated words."""
        return len(text.split())

    def encode_question(self, question: str) -> Floats:
        """As ``Encoder``."""
        return self._vector(question)

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """As ``Encoder``."""
        return [PassageVectors(self._vector(passage.embedded), self._sentences(passage)) for passage in passages]

    def _sentences(self, passage: PassageInput) -> Floats:
        rows = [self._vector(passage.text[start:end]) for start, end in passage.sentences]
        return np.array(rows, np.float32).reshape(-1, self.dim)

    def _vector(self, text: str) -> Floats:
        vector = np.zeros(self.dim, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.blake2b(re.sub(r"(?<=\w{3})(s|ed|ing)$", "", word).encode(), digest_size=8).digest()
            number = int.from_bytes(digest, "little")
            vector[number % self.dim] += 1.0 if number >> 63 else -1.0
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector
