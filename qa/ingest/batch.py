"""The tasks and changes of an ``add``, and the batches in which they are committed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.errors import FileError
from qa.ingest.discovery import FoundFile
from qa.ingest.prepare import Prepared
from qa.storage.records import StoredSource
from qa.types import FileOutcome

_MOST_PASSAGES = 20_000
_MOST_SECONDS = 5.0
"""Bulk adding commits, and becomes findable by words, this often."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file, and what to do about it."""

    found: FoundFile | FileOutcome
    known: StoredSource | None = None
    """The source that the file was before."""
    document_id: str = ""
    """Of its content; empty where nothing is to be saved."""
    must_read: bool = False
    """False where the library has the document already, or gets it from a file before this one."""

    @property
    def path(self) -> Path | None:
        """The file to be prepared; None: there is nothing to prepare."""
        return Path(self.found.path) if self.must_read else None

    @property
    def size(self) -> int:
        """Of the file, in bytes."""
        return self.found.size if isinstance(self.found, FoundFile) else 0


@dataclass(frozen=True, slots=True)
class Change:
    """A file to be saved: as a source, and its document where the library has none of this id."""

    file: FoundFile
    known: StoredSource | None
    document_id: str
    prepared: Prepared | None
    """None where the library has the document."""


class Batch:
    """The changes and outcomes between two commits, in the order of the files."""

    def __init__(self) -> None:
        self.items: list[Change | FileOutcome] = []
        self._passages, self._started = 0, time.monotonic()

    @property
    def changes(self) -> list[Change]:
        """The items to be saved."""
        return [item for item in self.items if isinstance(item, Change)]

    def append(self, task: Task, result: Prepared | FileError | None) -> None:
        """Add a file and the result of preparing it."""
        if isinstance(task.found, FileOutcome):
            self.items.append(task.found)
        elif isinstance(result, FileError):
            self.items.append(failure(task.found.path, task.known, result.reason))
        else:
            identity = result.document.id if result else task.document_id  # it may have changed since it was asked for
            self.items.append(Change(task.found, task.known, identity, result))
            self._passages += len(result.passages) if result else 0

    @property
    def is_full(self) -> bool:
        """True if it is time to commit."""
        return self._passages >= _MOST_PASSAGES or time.monotonic() - self._started > _MOST_SECONDS


def failure(path: str, known: StoredSource | None, reason: str) -> FileOutcome:
    """Return the outcome of a file that could not be read."""
    if known is None:
        return FileOutcome(path, "failed", reason)
    return FileOutcome(path, "kept_old", f"{reason}; the earlier version is kept", known.source.id)


def moves(changes: Sequence[Change], known: Mapping[str, StoredSource]) -> dict[str, StoredSource]:
    """Return the files that were moved, by their new path: sources of the same content whose file is gone."""
    by_document: dict[str, list[StoredSource]] = {}
    for stored in known.values():
        by_document.setdefault(stored.source.document_id, []).append(stored)
    moved: dict[str, StoredSource] = {}
    taken: set[int] = set()
    for change in changes:
        if change.known is not None or change.prepared is not None:
            continue
        for stored in by_document.get(change.document_id, []):
            source = stored.source
            if source.id not in taken and not source.upload and not os.path.exists(source.path):
                moved[change.file.path] = stored
                taken.add(source.id)
                break
    return moved
