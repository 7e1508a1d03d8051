"""The names of the files in a library folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of everything in a library folder."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file, which is the truth."""
        return self.folder / "library.db"

    @property
    def dense(self) -> Path:
        """The FAISS index."""
        return self.folder / "dense" / "index.faiss"

    @property
    def sparse(self) -> Path:
        """The folder of the keyword index."""
        return self.folder / "sparse"

    @property
    def uploads(self) -> Path:
        """The folder of uploaded files."""
        return self.folder / "uploads"

    @property
    def feedback(self) -> Path:
        """People's feedback on answers, as a question set for ``qa evaluate``."""
        return self.folder / "feedback.jsonl"

    @property
    def evaluation(self) -> Path:
        """The last result of ``qa evaluate`` (``qa.answering.error_rate``)."""
        return self.folder / "evaluation.json"

    @property
    def lock(self) -> Path:
        """The file that whoever writes holds locked."""
        return self.folder / "writer.lock"
