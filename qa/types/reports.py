"""The reports of adding, syncing and checking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from qa.types.documents import Note, Noun

FileStatus = Literal["added", "updated", "moved", "unchanged", "removed", "skipped", "failed", "kept_old"]


READ_AGAIN = "read again with a newer version of the program"
"""Reason of an ``updated`` file that is itself unchanged."""


@dataclass(frozen=True, slots=True)
class FileOutcome(Noun):
    """The outcome for one file of an ``add`` or ``sync``."""

    path: str
    status: FileStatus
    """``skipped``: not a document (hidden, ignored, unsupported); ``failed``: could not be read;
    ``kept_old``: changed but could not be read, so the earlier version stays."""
    reason: str = ""
    """For people; empty for added, updated, moved and unchanged files without remarks (``READ_AGAIN`` is one)."""
    source_id: int | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class AddReport(Noun):
    """The outcome of an ``add``, ``sync`` or ``remove``, file by file in the order they were met."""

    files: tuple[FileOutcome, ...]
    waiting: int = 0
    """Passages that still have no vector (found by their words only)."""
    waiting_pages: int = 0
    """Pages that OCR has not read yet."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds by phase: ``read``, ``encode`` (with OCR)."""

    def count(self, status: FileStatus) -> int:
        """Return the number of files with this status."""
        return sum(outcome.status == status for outcome in self.files)


@dataclass(frozen=True, slots=True)
class Progress(Noun):
    """The progress of a long piece of work; passed to ``on_progress`` callbacks."""

    phase: Literal["read", "encode", "ocr"]
    done: int
    total: int
    """In ``unit``."""
    unit: Literal["files", "passages", "pages"]
    item: str = ""
    """The file at hand."""
    rate: float = 0.0
    """Units a second."""
    seconds_left: float | None = None
    """None before there is anything to estimate it from."""


@dataclass(frozen=True, slots=True)
class LibraryStats(Noun):
    """Sizes of a library."""

    sources: int
    documents: int
    passages: int
    waiting: int
    """Passages without a vector."""
    waiting_pages: int
    """Pages that OCR has not read yet."""
    model: str
    """Name of the model whose vectors the library holds."""
    outdated: int = 0
    """Sources that an earlier version of the program read; syncing reads them again."""


@dataclass(frozen=True, slots=True)
class CheckReport(Noun):
    """The result of ``check``: what was compared, found and repaired."""

    passages: int
    problems: tuple[str, ...] = ()
    """One sentence each; empty when SQLite, FAISS and tantivy agree."""
    repaired: bool = False
    """True when every problem found was mended."""
