"""Every tunable, once, with its unit and reason. ``VERBATIM_<NAME>`` in the environment overrides a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qa.errors import SettingsError

_PREFIX = "VERBATIM_"


class Settings(BaseSettings):
    """Frozen; give changed values to the constructor or set environment variables."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    library: Path = Field(default_factory=lambda: user_data_path("verbatim", appauthor=False))
    """Folder of the library that is used when none is named."""
    model: str | None = None
    """Embedding model: a name, a folder, or a hub name. None: the one the library was made with, else the default."""

    max_file_bytes: int = 256 * 1024 * 1024
    """A larger file is refused: it is read whole, and its text several times over must fit in memory."""
    max_text_chars: int = 50_000_000
    """A file that unfolds to more text than this is refused (archives of zeros; a large book has 3 million)."""
    read_seconds: float = 120.0
    """Time for one file in the reading process; the slowest real file measured took 20 s."""
    read_memory_bytes: int = 3 * 1024 * 1024 * 1024
    """Address space of the reading process."""

    passage_chars: int = Field(1000, ge=200, le=8000)
    """Target length of a passage: 1,000 measured better than 500, and 1,600 is cut by the default encoder."""
    max_tokens: int = Field(256, ge=32)
    """A passage with its title and heading is at most min(this, the encoder's window) tokens."""
    min_sentence_chars: int = 25
    """Shorter sentences get no vector of their own (measured: they only add noise)."""

    reader: str = "default"
    """Extractive reader: ``default`` (the shipped one), a folder or hub name of another, or ``none``: by sentences."""
    read_passages: int = Field(20, ge=1, le=200)
    """The reader reads this many of the best passages: 20 take about 0.4 s on 2 cores."""

    candidates: int = Field(100, ge=1)
    """Passages taken from each of the two indexes before the fused score ranks them."""
    dense_weight: float = Field(0.7, ge=0.0, le=1.0)
    """Weight of the cosine of the best sentence, or of the passage where it is nearer; the rest is that of BM25 by its
    best. Taken from 0.5 to 0.8 on tune questions (nq_whole 31, clapnq 32, squad11 300), where the differences were
    within the noise."""
    max_question_chars: int = 4000
    """A longer question is refused; the encoder reads about 1,000 characters of it."""
    places: int = Field(3, ge=1)
    """An answer quotes at most this many places."""
    threshold: float = Field(0.45, ge=0.0, le=1.0)
    """Below this confidence the answer is ``not_found``. On 400 tune questions, in libraries of 10 to 885 documents,
    92 % of what the documents answer was answered at 0.45, and 4 % of what they do not
    (``benchmarks/confidence.py``)."""

    sync_gone_share: float = Field(0.3, ge=0.0, le=1.0)
    """A sync that misses a larger share of a root's files removes nothing unless told to."""


def load_settings(
    library: str | Path | None = None,
    model: str | None = None,
    reader: str | None = None,
    threshold: float | None = None,
) -> Settings:
    """The settings of this process, with these values where they are given.

    Raises ``SettingsError``, which names the environment variable, the value and what is wrong with it.
    """
    changes: dict[str, Any] = {"library": library, "model": model, "reader": reader, "threshold": threshold}
    try:
        return Settings(**{name: value for name, value in changes.items() if value is not None})
    except ValidationError as error:
        found = [
            f"{_PREFIX}{problem['loc'][0]}".upper() + f"={problem['input']}: {problem['msg']}."
            for problem in error.errors()
        ]
        raise SettingsError(" ".join(found)) from error
