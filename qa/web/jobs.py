"""The work in the background of the page: loading the model, reading files, embedding; and its status in words."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Literal

from qa.errors import NotFoundError, error_words
from qa.ingest.sync import ALONE, REFUSED, UNCONFIRMED
from qa.library import Library
from qa.types import AddReport, FileOutcome, Progress
from qa.web.escape import upright

ModelState = Literal["waiting", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the work in the background, for the page."""

    model: ModelState = "waiting"
    reading: Progress | None = None
    encoding: Progress | None = None
    reading_problem: str = ""
    """One sentence for people about the last failure of reading files; empty when it went well."""
    model_problem: str = ""
    removing: int = 0
    report: AddReport | None = None
    """The outcome for the files named at the start, or of the last update of the folders."""
    missing: tuple[FileOutcome, ...] = ()
    """Folders that the last update left for the user to decide: too many of their files are gone, or they were not
    added on this machine."""
    changes: int = 0
    """Grows with every change of the documents in this process."""

    @property
    def loading(self) -> bool:
        """True until the model is ready or has failed."""
        return self.model in ("waiting", "loading")

    @property
    def busy(self) -> bool:
        """True while anything is under way."""
        return self.loading or bool(self.reading or self.encoding or self.removing)

    @property
    def problem(self) -> str:
        """The last failures that have not been made good since, for people; empty when there are none."""
        return " ".join(filter(None, (self.reading_problem, self.model_problem)))

    @property
    def message(self) -> str:
        """The work going on, in words; empty when there is none."""
        if self.removing:
            return f"Removing {self.removing:,} {'document' if self.removing == 1 else 'documents'} without a trace"
        if self.reading is not None:
            return progress_words(self.reading)
        if self.encoding is not None and self.model == "ready":
            return progress_words(self.encoding)
        return "Loading the model…" if self.loading else ""


def progress_words(progress: Progress) -> str:
    """The progress of a piece of work, with its rate and the time left where they are known."""
    if progress.phase == "read":
        if not progress.total:
            return "Looking for changes in the added folders"
        item = f": {upright(PurePath(progress.item).name)}" if progress.item else ""
        return f"Reading files, {progress.done:,} of {progress.total:,} done{item}"
    if progress.phase == "ocr":
        words = f"Reading pictures of pages, {progress.done:,} of {progress.total:,} pages done"
        return words + _time_left(progress)
    words = f"Embedding: {progress.done:,} of {progress.total:,} {progress.unit}"
    if progress.rate:
        words += f", {progress.rate:,.0f} per second"
    return words + _time_left(progress)


def _time_left(progress: Progress) -> str:
    if progress.seconds_left is None or progress.done >= progress.total:
        return ""
    return f", {time_words(progress.seconds_left)} left"


def time_words(seconds: float) -> str:
    """A length of time, roughly."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


_CLOSING_SECONDS = 10.0


class Background:
    """Two threads: one loads the model and then embeds whatever is not embedded yet, one reads files at the start.

    The library lets only one thread write. Readers go first: embedding stops when one comes, and goes on afterwards.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._status = Status()
        self._lock = threading.Lock()
        self._embedding_wanted = threading.Event()
        self._writers = 0
        self._closed = False
        self._embedding: threading.Thread | None = None

    @property
    def status(self) -> Status:
        return self._status

    def start(self, paths: Sequence[Path] = ()) -> None:
        """Start to load the model, to update the added folders, to read ``paths``, and to embed. Returns at once."""
        self._embedding = threading.Thread(target=self._embed_forever, name="verbatim-embed", daemon=True)
        self._embedding.start()
        if paths or self._library.stats().sources:
            threading.Thread(target=self.catch_up, args=(paths,), name="verbatim-read", daemon=True).start()

    def close(self) -> None:
        """Let the threads end. The one that embeds is waited for: a process that ends while torch computes aborts."""
        self._closed = True
        self._embedding_wanted.set()
        if self._embedding:
            self._embedding.join(_CLOSING_SECONDS)

    def add_upload(self, name: str, data: bytes, folder: str = "") -> AddReport:
        """Save and read one uploaded file; it is embedded in the background. Raises ``VerbatimError``."""
        with self._reading(Progress("read", 0, 1, "files", name)):
            return self._library.add_upload(name, data, folder=folder, vectors=False)

    def read_again(self, sources: Sequence[int]) -> AddReport:
        """Read the files of these sources again. Raises ``VerbatimError``."""
        with self._reading(Progress("read", 0, len(sources), "files")):
            return self._library.read_again(sources, on_progress=self._show, vectors=False)

    def remove(self, sources: Sequence[int]) -> AddReport:
        """Remove these sources without a trace. Raises ``VerbatimError``."""
        with self.changing():
            self._count_removing(len(sources))
            try:
                return self._library.remove(sources)
            finally:
                self._count_removing(-len(sources))

    def sync(self) -> AddReport:
        """Update the added folders. What the user must confirm is ``missing`` in the status; raises VerbatimError."""
        with self._reading(Progress("read", 0, 0, "files")):
            report = self._library.sync(on_progress=self._show, vectors=False)
        self._set(report=report, missing=_refused(report), reading_problem="")
        return report

    def confirm(self, folder: str) -> AddReport:
        """Read one of the ``missing`` folders that was not added on this machine; of others, remove the documents that
        are missing, unless more are missing now than the user was told.

        Raises ``NotFoundError`` when there is nothing to confirm.
        """
        asked = next((outcome for outcome in self.status.missing if outcome.path == folder), None)
        if asked is None:
            raise NotFoundError(f"there is nothing to confirm about {folder!r}. Update the folders again.")
        single_files = [source.path for source in self._library.sources() if source.root is None and not source.upload]
        with self._reading(Progress("read", 0, 0, "files")):
            chosen = single_files if folder == ALONE else [folder]
            report = self._library.sync(chosen, on_progress=self._show, vectors=False)
            if asked in _refused(report):
                report = self._library.sync(chosen, yes=True, on_progress=self._show, vectors=False)
        others = [outcome for outcome in self.status.missing if outcome.path != folder]
        self._set(report=report, missing=(*others, *_refused(report)))
        return report

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Read files and folders; the outcome is in the status, failures included."""
        try:
            with self._reading(Progress("read", 0, len(paths), "files")):
                report = self._library.add(list(paths), on_progress=self._show, vectors=False)
            self._set(report=report, reading_problem="", changed=True)
        except Exception as error:  # shown in the page, and in the log
            self._failed("reading_problem", error)

    def catch_up(self, paths: Sequence[Path]) -> None:
        """At the start: update all folders that were added before, and add those of ``paths`` that are new."""
        self._library.added.note(paths)
        known = {source.root for source in self._library.sources()}
        new = [path for path in paths if os.path.abspath(path.expanduser()) not in known]
        try:
            if known:
                self.sync()
        except Exception as error:  # shown in the page, and in the log
            self._failed("reading_problem", error)
        if new:
            self.add_paths(new)

    @contextmanager
    def _reading(self, first: Progress) -> Iterator[None]:
        """While a file is read, its progress is in the status and nothing is embedded."""
        with self.changing():
            self._show(first)
            try:
                yield
            finally:
                self._set(reading=None)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """While documents change, nothing is embedded; afterwards, whatever is new is."""
        with self._lock:
            self._writers += 1
        try:
            yield
        finally:
            with self._lock:
                self._writers -= 1
            self._set(changed=True)
            self._embedding_wanted.set()

    def _embed_forever(self) -> None:
        self.load_model()
        while not self._closed:
            self._embedding_wanted.wait()
            self._embedding_wanted.clear()
            if not self._closed and self._status.model == "ready":
                self.embed()

    def load_model(self) -> None:
        """Load the model; a failure is in the status."""
        self._set(model="loading")
        try:
            self._library.warm_up()
        except Exception as error:  # shown in the page, and in the log
            self._failed("model_problem", error)
            self._set(model="failed")
        else:
            self._set(model="ready")
            self._embedding_wanted.set()

    def embed(self) -> None:
        """Embed what is not embedded yet, until documents change; a failure is in the status."""
        try:
            if waiting := self._library.stats().waiting:
                self._show(Progress("encode", 0, waiting, "passages"))
            self._library.encode(on_progress=self._show, should_stop=self._must_wait)
            self._set(model_problem="")
        except Exception as error:  # shown in the page, and in the log
            self._failed("model_problem", error)
        finally:
            self._set(encoding=None, changed=True)

    def _must_wait(self) -> bool:
        """True while documents change: whoever changes them asks for the rest to be embedded afterwards."""
        return self._closed or self._writers > 0

    def _show(self, progress: Progress) -> None:
        if progress.phase == "read":
            self._set(reading=progress)
        else:
            self._set(encoding=progress)

    def _count_removing(self, number: int) -> None:
        with self._lock:
            self._status = replace(self._status, removing=self._status.removing + number)

    def _failed(self, problem: str, error: Exception) -> None:
        if not self._closed:  # else the end of the program has interrupted it
            values: dict[str, Any] = {problem: error_words(error)}
            self._set(**values)

    def _set(self, *, changed: bool = False, **values: Any) -> None:
        """``changed``: the documents have changed, too."""
        with self._lock:
            self._status = replace(self._status, changes=self._status.changes + changed, **values)


def is_refused(outcome: FileOutcome) -> bool:
    """True for a folder that a sync left for the user to decide."""
    return any(note.code in (REFUSED, UNCONFIRMED) for note in outcome.notes)


def _refused(report: AddReport) -> tuple[FileOutcome, ...]:
    return tuple(filter(is_refused, report.files))
