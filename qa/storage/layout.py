"""The names of the files in a library folder."""

from __future__ import annotations

from pathlib import Path


class Layout:
    """The paths of everything in a library folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "library.db"
        """The SQLite file, which is the truth."""
        self.dense = folder / "dense" / "index.faiss"
        self.sparse = folder / "sparse"
        """The folder of the keyword index."""
        self.uploads = folder / "uploads"
        """The folder of uploaded files."""
        self.feedback = folder / "feedback.jsonl"
        """The ratings of answers, as a question set for ``qa evaluate``."""
        self.evaluation = folder / "evaluation.json"
        """The outcomes of the last ``qa evaluate`` (``qa.answering.error_rate``)."""
        self.lock = folder / "writer.lock"
        """The file that is locked while a process writes to the library."""
